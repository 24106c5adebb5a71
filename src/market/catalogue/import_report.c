/* import_report: what the supplier mends. */
#include "market/catalogue/import_report.h"
#include "gen/lang.h"

#include <errno.h>

int import_why_msg(enum import_why w)
{
	static const int msg[IMPORT_WHYS] = {[IMPORT_OK] = MSG_NONE,
		[IMPORT_QUOTE] = MSG_import_why_quote,
		[IMPORT_LONG_ROW] = MSG_import_why_long_row,
		[IMPORT_FIELDS] = MSG_import_why_fields,
		[IMPORT_UTF8] = MSG_import_why_utf8,
		[IMPORT_MISSING] = MSG_import_why_missing,
		[IMPORT_LONG] = MSG_import_why_long,
		[IMPORT_CONTROL] = MSG_import_why_control,
		[IMPORT_NUMBER] = MSG_import_why_number,
		[IMPORT_RANGE] = MSG_import_why_range,
		[IMPORT_PRICE] = MSG_import_why_price,
		[IMPORT_TIERS] = MSG_import_why_tiers,
		[IMPORT_CURRENCY] = MSG_import_why_currency,
		[IMPORT_UNIT] = MSG_import_why_unit,
		[IMPORT_COUNTRY] = MSG_import_why_country,
		[IMPORT_GTIN] = MSG_import_why_gtin,
		[IMPORT_HS_CODE] = MSG_import_why_hs_code,
		[IMPORT_INCOTERM] = MSG_import_why_incoterm,
		[IMPORT_JSON] = MSG_import_why_json,
		[IMPORT_ATTRIBUTES] = MSG_import_why_attributes,
		[IMPORT_TWICE] = MSG_import_why_twice,
		[IMPORT_CUT_OFF] = MSG_import_why_cut_off};

	return w < IMPORT_WHYS ? msg[w] : MSG_NONE;
}

void report_start(struct import_report *r, struct arena *a, const char *file, const char *path)
{
	*r = (struct import_report){.arena = a};
	r->path = path ? str_dup(a, str_of(path)) : str_fmt(a, "%s.report.csv", file);
}

void report_add(struct import_report *r, const struct import_refusal *no)
{
	str why = msg_template(&locales[0], import_why_msg(no->why));

	if (!r->file && !r->broken) {
		r->file = fopen(r->path.p, "we");
		r->broken = !r->file;
		r->made = r->file != NULL;
		if (r->broken)
			LOG(LOG_WARN, "import report cannot be written",
				LOG_S("why", str_of(strerror(errno))));
		else
			fputs("line,column,code,reason\r\n", r->file);
	}
	if (r->file)
		fprintf(r->file, "%lld,%s,%s,\"" STR_FMT "\"\r\n", (long long)no->line, no->column,
			import_why_name(no->why), STR_ARG(why));
}

void report_end(struct import_report *r)
{
	if (r->file && fclose(r->file))
		LOG(LOG_WARN, "import report is not whole", LOG_S("why", str_of(strerror(errno))));
	r->file = NULL;
}
