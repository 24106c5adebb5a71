/* Every route of members, as everybody who should not: anonymous, in another role, without a form's
 * token, with rubbish, with too much; and no file of the installation holds what people typed. */
#include "test/journey/member.h"

/* A route's path with something in each place. */
static const char *filled(const struct route *t, const char *value)
{
	str rest = str_of(t->path), path = S("");

	while (rest.p) {
		str piece = str_cut(&rest, '{');

		path = str_cat(journey.arena, path, piece);
		if (!rest.p)
			break;
		(void)str_cut(&rest, '}');
		path = str_cat(journey.arena, path, str_of(value));
	}
	return path.p;
}

static bool for_everybody(const struct route *t)
{
	return (t->who & BIT(ROLE_VISITOR)) != 0;
}

static bool is_api(const struct route *t)
{
	return !strncmp(t->path, "/api/", 5);
}

static void blame(const struct route *t, const char *what)
{
	TEST_FAIL("%s %s: %d for %s", t->method == GET ? "GET" : "POST", t->path, journey.status,
		what);
}

TEST(nobody_passes_without_signing_in)
{
	begin();
	for (const struct route *t = member_routes; t->method; t++) {
		if (for_everybody(t))
			continue;
		const char *path = filled(t, "0amj0rsq00005");
		if (t->method == GET)
			get("%s", path);
		else
			press(path);
		if (is_api(t) ? journey.status != 401
			      : journey.status != 303 && journey.status != 403)
			blame(t, "a visitor");
		if (journey.status == 303 && !str_starts(header("Location"), S("/sign-in")))
			blame(t, "a visitor, sent elsewhere");
	}
	journey_end();
}

TEST(a_colleague_who_only_looks_changes_nothing)
{
	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	post("/account/people/invite", "email=vi%%40nordwerk.test");
	const char *link = link_to_open("vi@nordwerk.test");
	as("viewer");
	post(link, "name=Vi+Ewer&password=" PASSWORD "&terms=true");
	want(303);
	for (const struct route *t = member_routes; t->method; t++) {
		if (is_api(t) || (t->who & (BIT(ROLE_VIEWER) | BIT(ROLE_PERSON))))
			continue;
		const char *path = filled(t, "0amj0rsq00005");
		if (t->method == GET)
			get("%s", path);
		else
			press(path);
		if (journey.status != 403)
			blame(t, "one who looks");
	}
	journey_end();
}

TEST(forms_without_their_token_change_nothing)
{
	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	for (const struct route *t = member_routes; t->method; t++) {
		if (t->method != POST || is_api(t))
			continue;
		journey.peer = str_fmt(journey.arena, "198.51.%d.1", (int)(t - member_routes)).p;
		const char *path = filled(t, "0amj0rsq00005");
		post_bare(path, "name=X");
		/* 404 and 410: the form that would be shown again is about nothing */
		if (journey.status != 403 && journey.status != 404 && journey.status != 410)
			blame(t, "no token");
		post_bare(path, "name=X&_token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
		if (journey.status != 403 && journey.status != 404 && journey.status != 410)
			blame(t, "a stale token");
	}
	get("/account");
	want(200);
	has("Ingrid Lund");
	journey_end();
}

TEST(rubbish_is_refused_and_changes_nothing)
{
	char *long_body = malloc(2 << 20);

	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	memset(long_body, 'a', 2 << 20);
	for (const struct route *t = member_routes; t->method; t++) {
		if (is_api(t))
			continue;
		journey.peer = str_fmt(journey.arena, "198.51.%d.1", (int)(t - member_routes)).p;
		if (strchr(t->path, '{') && t->who != ANYONE) {
			const char *path = filled(t, "nonsense'%20or%201");
			if (t->method == GET)
				get("%s", path);
			else
				press(path);
			if (journey.status != 404 && journey.status != 422)
				blame(t, "no id");
		}
		if (t->method != POST || !t->form)
			continue;
		const char *path = filled(t, "0amj0rsq00005");
		post_type(path, "application/x-www-form-urlencoded", (str){long_body, 2 << 20});
		if (journey.status != 413)
			blame(t, "two million bytes");
		post_type(path, "application/x-www-form-urlencoded", S("email=%ff%fe&name=%00"));
		if (journey.status < 400 || journey.status >= 500)
			blame(t, "bytes that are no text");
		post_type(path, "image/png", S("name=X"));
		if (journey.status < 400 || journey.status >= 500)
			blame(t, "another kind of body");
	}
	get("/account");
	has("Ingrid Lund");
	free(long_body);
	journey_end();
}

TEST(too_long_is_told_at_the_field)
{
	begin();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	char long_name[400];

	memset(long_name, 'n', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = 0;
	post("/account", "name=%s&locale=en", long_name);
	want(422);
	has("id=\"e-name\"");
	post("/account/company", "name=%s&sells=true&currency=EUR", long_name);
	want(422);
	has("id=\"e-name\"");
	post("/account/company",
		"name=Nordwerk&sells=true&currency=EUR&website=javascript:alert(1)");
	want(422);
	has("id=\"e-website\"");
	post("/account/company", "name=Nordwerk&sells=true&currency=EUR&founded=99999");
	want(422);
	post("/account/addresses/new", "kind=volcano&company=N&street=%s&city=H&country=DE",
		long_name);
	want(422);
	has("id=\"e-street\"");
	get("/account/addresses");
	lacks("nnnnnnnn");
	journey_end();
}

static const char *const markers[] = {"markername", "markermail", "markerphone", "markerjob",
	"markerdepartment", "markerregister", "markerstreet", "markercity", "markerpass",
	"markerinvited", "markerkey", "markerlabel", "markerconsignee", "markernew",
	"marker-reason"};
static int files_seen, published_seen; /* the name is published: found, or the scan sees nothing */

static int scan(const char *path, const struct stat *s, int flag, struct FTW *f)
{
	(void)f;
	if (flag != FTW_F || strstr(path, "/mail/"))
		return 0;
	FILE *in = fopen(path, "rb");
	size_t n = (size_t)s->st_size;
	char *bytes = calloc(1, n + 1);

	MUST(bytes);
	bool whole = in && fread(bytes, 1, n, in) == n;

	if (!whole) {
		if (!rows_cluster()) /* there files come and go */
			TEST_FAIL("%s cannot be read", path);
		n = 0;
	}
	files_seen += whole;
	for (size_t i = 0; i < n; i++) /* addresses are stored in small letters */
		if (bytes[i] >= 'A' && bytes[i] <= 'Z')
			bytes[i] = (char)(bytes[i] - 'A' + 'a');
	for (size_t i = 0; i < COUNT(markers); i++)
		if (memmem(bytes, n, markers[i], strlen(markers[i])))
			TEST_FAIL("%s holds %s in clear", path, markers[i]);
	published_seen += memmem(bytes, n, "nordwerk", 8) != NULL;
	free(bytes);
	if (in)
		fclose(in);
	return 0;
}

TEST(no_file_holds_what_people_typed)
{
	begin();
	as("a");
	post("/sign-up",
		"company=Nordwerk&country=DE&sole_trader=true&sells=true&street=MARKERstreet&city="
		"MARKERcity&registration="
		"MARKERregister&name=MARKERname&email=MARKERmail%%40n.test&phone=MARKERphone&job_"
		"title=MARKERjob&department="
		"MARKERdepartment&password=MARKERpass+with+words&business=true&terms=true");
	want(303);
	press(link_to_open("markermail@n.test"));
	want(303);
	CHECK_INT(PROCESS_YES, decide_company(company_of("nordwerk"), COMPANY_HAPPENING_APPROVE));
	post("/sign-in", "email=MARKERmail%%40n.test&password=MARKERpass+with+words");
	want(303);
	get("/account");
	has("MARKERname");
	post("/account/people/invite", "email=MARKERinvited%%40n.test&buyer=true");
	want(303);
	post("/account/keys", "label=MARKERkey&days=1&buyer=true");
	want(303);
	post("/account/addresses/new", "kind=delivery&label=MARKERlabel&company=N&name="
				       "MARKERconsignee&street=S&city=C&country=DE");
	want(303);
	post("/account/email", "email=MARKERnew%%40n.test&now=MARKERpass+with+words");
	want(303);
	nftw(journey.dir, scan, 16, FTW_PHYS);
	if (rows_cluster()) { /* its tables and its log */
		rows_change(journey.dir, "checkpoint");
		nftw(str_fmt(journey.arena, "%s/data", rows_cluster()).p, scan, 16, FTW_PHYS);
	}
	CHECK(files_seen >= 3);
	CHECK(published_seen > 0);
	journey_end();
}

int main(void)
{
	return test_main();
}
