/* What suppliers bring: documents, variants, the order of pictures, whole catalogues as files. */
#include "test/journey/catalogue.h"
#include "test/places.h"

#include "jobs/jobs.h"
#include "market/catalogue/catalogue.h"

#include <utime.h>

extern const struct job upload_job, stored_file_sweeper; /* upload.h draws pages, like desk.h */

static void sweep_files(void)
{
	while (stored_file_sweeper.run(journey.store, &stored_file_sweeper, journey.arena))
		;
}

/* ---- documents, the order of pictures, variants ---- */

TEST(pictures_change_places_and_words)
{
	begin();
	str to = str_fmt(journey.arena, "/products/" STR_FMT "/pictures", ID(PRODUCT));
	struct part parts[] = {{"alt", NULL, NULL, S("From the front")},
		{"file", "a.png", "image/png", png_of(40, 30)}};

	as("nord");
	post_bare("/enter/" NORD "/sales", "%s", "");
	post_files(to.p, parts, 2);
	parts[0].bytes = S("From the side");
	parts[1].bytes = png_of(50, 30);
	post_files(to.p, parts, 2);
	want(303);
	bearer("nord-sales");
	get("/api/v1/products/" STR_FMT "/pictures", ID(PRODUCT));
	want(200);
	CHECK_TEXT("From the front", json_str_at("items.0.alt"));
	str side = str_dup(journey.arena, json_str_at("items.1.id"));

	bearer(NULL);
	post(str_fmt(journey.arena, STR_FMT "/" STR_FMT "/earlier", STR_ARG(to), STR_ARG(side)).p,
		"%s", "");
	want(303);
	post(str_fmt(journey.arena, STR_FMT "/" STR_FMT "/text", STR_ARG(to), STR_ARG(side)).p,
		"alt=From+aside");
	want(303);
	post(str_fmt(journey.arena, STR_FMT "/" STR_FMT "/text", STR_ARG(to), STR_ARG(side)).p,
		"alt=");
	want(422);
	bearer("nord-sales");
	get("/api/v1/products/" STR_FMT "/pictures", ID(PRODUCT));
	CHECK_TEXT("From aside", json_str_at("items.0.alt"));
	CHECK_TEXT("From the front", json_str_at("items.1.alt"));
	post("/api/v1/products/0000000000001/pictures/0000000000001/earlier", "{}");
	want(404);
	journey_end();
}

TEST(documents_are_sent_loaded_and_removed)
{
	begin();
	str to = str_fmt(journey.arena, "/products/" STR_FMT "/documents", ID(PRODUCT));
	struct part parts[] = {{"document_title", NULL, NULL, S("Data sheet \"2026\"")},
		{"kind", NULL, NULL, S("data_sheet")},
		{"document", "sheet.pdf", "application/pdf", S("%PDF-1.7 and so on")}};

	as("sued");
	post_bare("/enter/" SUED "/sales", "%s", "");
	post_files(to.p, parts, 3);
	want(404); /* another company keeps the text */
	as("nord");
	post_bare("/enter/" NORD "/sales", "%s", "");
	post_files(to.p, parts, 3);
	want(303);
	follow();
	has("Data sheet &quot;2026&quot;");
	parts[2].bytes = S("<html><script>alert(1)</script>");
	post_files(to.p, parts, 3);
	want(422);
	has("neither a PDF");
	parts[1].bytes = S("a novel");
	post_files(to.p, parts, 3);
	want(422);
	as("visitor");
	get("/product/" STR_FMT, ID(PRODUCT));
	str document = between("href=\"/document/", "\"");

	REQUIRE(document.n == 13);
	get("/document/" STR_FMT, STR_ARG(document));
	want(200);
	CHECK_TEXT("%PDF-1.7 and so on", journey.body);
	CHECK_TEXT("application/pdf", header("Content-Type"));
	CHECK(str_starts(header("Content-Disposition"), S("attachment")));
	CHECK_TEXT("nosniff", header("X-Content-Type-Options"));

	/* by the API: a part as a STEP file, the list, removal */
	as("nord");
	bearer("nord-sales");
	post_files(str_cat(journey.arena, S("/api/v1"), to).p,
		(struct part[]){{"document_title", NULL, NULL, S("Model")},
			{"kind", NULL, NULL, S("drawing")},
			{"document", "m.step", "model/step", S("ISO-10303-21;\nHEADER;")}},
		3);
	want(201);
	CHECK_TEXT("model/step", json_str_at("media_type"));
	str model = str_dup(journey.arena, json_str_at("id"));

	get("/api/v1" STR_FMT, STR_ARG(to));
	CHECK_INT(2, json_count_at("items"));
	post(str_fmt(journey.arena, "/api/v1" STR_FMT "/" STR_FMT "/remove", STR_ARG(to),
		     STR_ARG(model))
			.p,
		"{}");
	want(200);
	get("/document/" STR_FMT, STR_ARG(model));
	want(404);
	bearer("nord-buyer");
	post(str_fmt(journey.arena, "/api/v1" STR_FMT "/" STR_FMT "/remove", STR_ARG(to),
		     STR_ARG(document))
			.p,
		"{}");
	want(403);
	journey_end();
}

TEST(variants_are_added_named_and_taken_out)
{
	begin();
	str to = str_fmt(journey.arena, "/products/" STR_FMT "/variants", ID(PRODUCT));

	as("sued");
	post_bare("/enter/" SUED "/sales", "%s", "");
	post(to.p, "variant_part=RC-0805&variant=0805");
	want(404);
	as("nord");
	post_bare("/enter/" NORD "/sales", "%s", "");
	post(to.p, "variant_part=RC-0603&variant=itself");
	want(422);
	post(to.p, "variant_part=RC-0805&variant=");
	want(422);
	post(to.p, "variant_part=RC-0805&variant=0805");
	want(303);
	follow();
	has("RC-0805");
	str variant = between(str_fmt(journey.arena, STR_FMT "/", STR_ARG(to)).p, "/name");

	REQUIRE(variant.n == 13);
	get("/product/" STR_FMT, ID(PRODUCT));
	has("0805");
	post(to.p, "variant_part=RC-0805&variant=twice");
	want(422); /* hangs there already */
	post(str_fmt(journey.arena, "/products/" STR_FMT "/variants", STR_ARG(variant)).p,
		"variant_part=RC-1206&variant=deeper");
	want(422);
	post(str_fmt(journey.arena, STR_FMT "/" STR_FMT "/name", STR_ARG(to), STR_ARG(variant)).p,
		"variant=size+0805");
	want(303);
	bearer("nord-sales");
	get("/api/v1/products/" STR_FMT "/variants", ID(PRODUCT));
	CHECK_TEXT("size 0805", json_str_at("items.0.variant"));
	post(str_fmt(journey.arena, "/api/v1" STR_FMT "/" STR_FMT "/remove", STR_ARG(to),
		     STR_ARG(variant))
			.p,
		"{}");
	want(200);
	get("/api/v1/products/" STR_FMT "/variants", ID(PRODUCT));
	CHECK_INT(0, json_count_at("items"));
	get("/api/v1/products/" STR_FMT, STR_ARG(variant));
	want(200); /* a product of its own */
	journey_end();
}

/* ---- the whole catalogue as a file ---- */

static void read_in(void)
{
	while (upload_job.run(journey.store, &upload_job, journey.arena))
		;
}

static const char head[] = "sku,category,subcategory,title,currency,price_tiers,stock,unit\n";

TEST(a_catalogue_goes_in_by_web_with_a_report)
{
	begin();
	as("nord");
	post_bare("/enter/" NORD "/buyer", "%s", "");
	get("/offers/import");
	want(403);
	post_bare("/enter/" NORD "/sales", "%s", "");
	get("/offers/import");
	want(200);
	has("up to 8 MB and 100,000 rows");
	struct part file = {"file", "spring.csv", "text/csv", S("no,csv\n")};

	post_files("/offers/import", &file, 1);
	want(422);
	has("the column sku is missing");
	file.bytes = str_of(head);
	post_files("/offers/import", &file, 1);
	want(422);
	has("no rows");
	file.bytes = S("\x89PNG\r\n\x1a\n");
	post_files("/offers/import", &file, 1);
	want(422);

	file.bytes = str_fmt(journey.arena,
		"%sW-1,Electronics,Resistors,New one,EUR,1:0.50;10:0.40,7,piece\n"
		"W-2,Electronics,Resistors,'=2+3,EUR,1:x,7,piece\n"
		"W-3,Electronics,Resistors,'-40 degrees,EUR,2.5,7,piece\n"
		"N-1,Electronics,Resistors,Chip resistor,EUR,0.09,800,foot\n",
		head);
	post_files("/offers/import", &file, 1);
	want(303);
	follow();
	has("Waiting");
	CHECK_TEXT("2", header("Refresh"));
	post_files("/offers/import", &file, 1); /* sent twice: read once */
	want(303);
	str page = str_dup(journey.arena, header("Location"));

	read_in();
	get("%s", page.p);
	want(200);
	has("Read in");
	CHECK(!header("Refresh").p);
	has("price_tiers");
	has("This unit is not known");
	get("%s/report", page.p);
	want(200);
	has("line,column,code,reason\r\n3,price_tiers,price,");
	has("5,unit,unit,");
	CHECK(str_starts(header("Content-Disposition"), S("attachment")));
	get("/offers");
	has("W-1");
	has("-40 degrees");
	lacks("W-2");
	get("/offers/import");
	CHECK(str_find(journey.body, S("spring.csv")) != (size_t)-1);

	as("sued"); /* another company sees nothing of it */
	post_bare("/enter/" SUED "/sales", "%s", "");
	get("%s", page.p);
	want(404);
	get("%s/report", page.p);
	want(404);
	get("/offers/import");
	lacks("spring.csv");
	places_with_company(journey.dir, "product");
	places_with_company(journey.dir, "offer");
	places_with_company(journey.dir, "import_run");
	journey_end();
}

TEST(a_catalogue_goes_out_and_in_again)
{
	begin();
	as("api");
	bearer("nord-sales");
	get("/api/v1/offers/csv");
	want(200);
	CHECK_TEXT("text/csv; charset=utf-8", header("Content-Type"));
	has("N-1,RC-0603,Yageo,Electronics,Resistors,Chip resistor <10k>,Thick "
	    "film,EUR,1:0.1;100:0.05");
	has("\"{\"\"Resistance\"\":\"\"10k\xce\xa9\"\"}\",live,10");
	struct part file = {"file", "again.csv", "text/csv", str_dup(journey.arena, journey.body)};

	post_files("/api/v1/offers/imports", &file, 1);
	want(202);
	CHECK_TEXT("waiting", json_str_at("state"));
	str run = str_dup(journey.arena, json_str_at("id"));

	read_in();
	get("/api/v1/offers/imports/" STR_FMT, STR_ARG(run));
	CHECK_TEXT("done", json_str_at("state"));
	CHECK_INT(1, json_int_at("changed"));
	CHECK_INT(0, json_int_at("refused"));
	get("/api/v1/offers/imports/" STR_FMT "/refused", STR_ARG(run));
	want(200);
	CHECK_INT(0, json_count_at("items"));
	post_files("/api/v1/offers/imports", &file, 1); /* nothing is different any more */
	want(202);
	read_in();
	get("/api/v1/offers/imports");
	CHECK_INT(2, json_count_at("items"));
	CHECK_INT(1, json_int_at("items.0.same"));
	get("/product/" STR_FMT, ID(PRODUCT));
	has("10kΩ");
	has("Chip resistor &lt;10k&gt;");
	bearer("nord-buyer");
	post_files("/api/v1/offers/imports", &file, 1);
	want(403);
	get("/api/v1/offers/csv");
	want(403);
	journey_end();
}

TEST(files_that_nothing_points_to_go_after_a_day)
{
	begin();
	char path[400], kept[400];
	struct utimbuf old = {1000000000, 1000000000};
	str to = str_fmt(journey.arena, "/products/" STR_FMT "/documents", ID(PRODUCT));

	as("nord");
	post_bare("/enter/" NORD "/sales", "%s", "");
	post_files(to.p,
		(struct part[]){{"document_title", NULL, NULL, S("Sheet")},
			{"kind", NULL, NULL, S("manual")},
			{"document", "a.pdf", "application/pdf", S("%PDF-1.4 kept")}},
		3);
	want(303);
	struct digest d = digest_of(S("%PDF-1.4 kept"));

	snprintf(kept, sizeof kept, "%s/files/doc-%s", journey.dir,
		hex_of(journey.arena, d.b, sizeof d.b).p);
	snprintf(path, sizeof path, "%s/files/doc-0000", journey.dir);
	FILE *f = fopen(path, "we");

	REQUIRE(f && !fclose(f));
	CHECK(!access(kept, F_OK));
	sweep_files();
	CHECK(!access(path, F_OK)); /* young: its row may still come */
	const str names[] = {S("doc-0000"), str_of(strrchr(kept, '/') + 1)};

	stored_files_gone(names, 2); /* their rows are erased: at once, where no other names them */
	sweep_files();
	CHECK(access(path, F_OK));
	CHECK(!access(kept, F_OK));
	f = fopen(path, "we");
	REQUIRE(f && !fclose(f));
	CHECK(!utime(path, &old) && !utime(kept, &old));
	sweep_files();
	CHECK(access(path, F_OK));
	CHECK(!access(kept, F_OK));
	journey_end();
}

/* Pictures start this program anew. */
int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "picture"))
		return picture_worker();
	return test_main();
}
