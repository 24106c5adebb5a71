/* Where data may go: countries, regions, and what a transfer rests on at a given time. */
#include "read.h"

/* ISO 3166-1 alpha-2. */
static const char codes[] =
	"AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM "
	"BN BO BQ BR BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX "
	"CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF "
	"GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS "
	"IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV "
	"LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC "
	"NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA "
	"RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ "
	"TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN "
	"VU WF WS YE YT ZA ZM ZW ";

bool policy_country(str s)
{
	for (const char *p = codes; *p; p += 3)
		if (s.n == 2 && p[0] == s.p[0] && p[1] == s.p[1])
			return true;
	return false;
}

const struct policy_region *policy_region_of(const struct policy *p, str country)
{
	const struct policy_region *others = NULL;

	if (!p->regions_n)
		return NULL;
	for (size_t i = 0; i < p->regions_n; i++) {
		if (policy_has(p->regions[i].countries, p->regions[i].countries_n, country))
			return &p->regions[i];
		if (!p->regions[i].countries_n)
			others = &p->regions[i];
	}
	return others && policy_country(country) ? others : &p->regions[0];
}

static const struct policy_authority *authority_in(const struct policy *p, str country)
{
	for (size_t i = 0; i < p->authorities_n; i++)
		if (policy_has(p->authorities[i].countries, p->authorities[i].countries_n, country))
			return &p->authorities[i];
	return NULL;
}

const struct policy_authority *policy_authority_of(const struct policy *p, str country)
{
	const struct policy_authority *v = authority_in(p, country);

	return v ? v : authority_in(p, p->operator.country);
}

/* Is data that goes to this country still in the operator's own area? */
bool policy_inside(const struct policy *p, str country)
{
	const struct policy_region *own = policy_region_of(p, p->operator.country);

	if (str_eq(country, p->operator.country))
		return true;
	return own && own->countries_n && policy_has(own->countries, own->countries_n, country) &&
	       policy_has(own->countries, own->countries_n, p->operator.country);
}

bool policy_transfer_covers(const struct policy_transfer *t, str country)
{
	return t && (t->anywhere || policy_has(t->countries, t->countries_n, country));
}

static bool in_force(const struct policy_transfer *t, instant at)
{
	return (!instant_is(t->from) || t->from.us <= at.us) &&
	       (!instant_is(t->until) || at.us < t->until.us);
}

const struct policy_transfer *policy_transfer_live(
	const struct policy *p, str recipient, str country, instant at, str *why)
{
	static const struct policy_transfer inside = {.name = {"inside", 6},
		.kind = TRANSFER_INSIDE,
		.from = {INT64_MIN},
		.until = {INT64_MIN}};
	const struct policy_recipient *r = policy_recipient(p, recipient);
	bool known = false;
	str unused = {0};

	why = why ? why : &unused;
	*why = S("");
	if (!r)
		*why = S("this recipient is not declared");
	else if (r->planned)
		*why = S("this recipient is declared as planned: nothing is sent to it yet");
	else if (!policy_country(country))
		*why = S("this is no country (ISO 3166-1)");
	else if (!r->anywhere && !policy_has(r->countries, r->countries_n, country))
		*why = S("this recipient is not declared in this country");
	if (!r || why->n)
		return NULL;
	if (policy_inside(p, country))
		return &inside;
	for (size_t i = 0; i < r->instruments_n; i++) {
		const struct policy_transfer *t = policy_transfer(p, r->instruments[i]);

		if (!policy_transfer_covers(t, country))
			continue;
		if (in_force(t, at))
			return t;
		known = true;
	}
	*why = known ? S("the instrument for this country is not in force at this time")
		     : S("no instrument covers this country");
	return NULL;
}

str policy_transfers_due(struct arena *a, const struct policy *p, instant at, int64_t within_us)
{
	str s = S("");

	for (size_t i = 0; i < p->recipients_n; i++) {
		const struct policy_recipient *r = &p->recipients[i];

		for (size_t k = 0; k < r->instruments_n && !r->planned; k++) {
			const struct policy_transfer *t = policy_transfer(p, r->instruments[k]);

			if (t && instant_is(t->until) && t->until.us <= at.us + within_us)
				s = str_fmt(a,
					STR_FMT "%s:%d: the instrument `" STR_FMT
						"` of the recipient `" STR_FMT "` %s on %.10s\n",
					STR_ARG(s), t->at.file, t->at.line, STR_ARG(t->name),
					STR_ARG(r->name), t->until.us <= at.us ? "ended" : "ends",
					instant_iso(a, t->until).p);
		}
	}
	return s;
}

bool policy_tag_live(const struct policy *p, const struct policy_tag *t, instant at)
{
	const struct policy_recipient *r = policy_recipient(p, t->serves);

	if (t->planned || (t->serves.n && (!r || r->planned)))
		return false;
	for (size_t i = 0; r && i < r->countries_n; i++)
		if (!policy_transfer_live(p, r->name, r->countries[i], at, NULL))
			return false;
	return true;
}
