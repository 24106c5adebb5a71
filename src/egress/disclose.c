/* May this leave? And if so, it is written down first. */
#include "inside.h"

#include "gen/disclose.sql.h"

const struct policy_recipient *egress_recipient(const struct policy *p, str name)
{
	for (size_t i = 0; i < p->recipients_n; i++)
		if (str_eq(p->recipients[i].name, name))
			return &p->recipients[i];
	fault(FAULT_POLICY, "policy/recipients.yaml declares no recipient \"" STR_FMT "\"",
		STR_ARG(name));
}

static bool listed(const str *v, size_t n, str s)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i], s))
			return true;
	return false;
}

/* "person.email" allows the whole group; "person.email.email" that field alone. */
static bool field_allowed(const struct policy_recipient *r, str field)
{
	if (listed(r->fields, r->fields_n, field))
		return true;
	str rest = field, table = str_cut(&rest, '.'), group = str_cut(&rest, '.');

	return rest.p && listed(r->fields, r->fields_n,
				 (str){table.p, (size_t)(group.p + group.n - table.p)});
}

/* Fields that the recipient must be declared for; what is about nobody (an order's number, a
 * company's name) may go along where the policy lists it for the kind of mail. */
static bool personal(const struct policy *p, str field)
{
	str rest = field, table = str_cut(&rest, '.'), name = str_cut(&rest, '.');
	const struct policy_table *t = policy_table(p, table);
	const struct policy_column *c = t ? policy_column(t, name) : NULL;

	return !t || (c ? c->dpv.n || c->type.kind == TYPE_SEALED : false);
}

static void fields_check(
	const struct policy *p, const struct policy_recipient *r, str fields, bool ordered)
{
	if (ordered && listed(r->fields, r->fields_n, S("as_ordered")))
		return; /* what the order names was decided by two people */
	while (fields.n) {
		str f = str_cut(&fields, ' ');

		if (f.n && personal(p, f) && !field_allowed(r, f))
			fault(FAULT_POLICY,
				"%s:%d: the recipient \"" STR_FMT "\" is not declared for " STR_FMT,
				r->at.file, r->at.line, STR_ARG(r->name), STR_ARG(f));
	}
}

/* What allows it to go to the country where it goes: {NULL, 0}: the operator's own area. */
static str instrument_of(const struct policy *p, const struct policy_recipient *r, str country)
{
	str why = {NULL, 0};
	const struct policy_transfer *t =
		policy_transfer_live(p, r->name, country, clock_now(), &why);

	if (!t)
		fault(FAULT_POLICY, "%s:%d: nothing is sent to \"" STR_FMT "\": " STR_FMT,
			r->at.file, r->at.line, STR_ARG(r->name), STR_ARG(why));
	return t->kind == TRANSFER_INSIDE ? (str){0} : t->name;
}

static void host_check(const struct policy_recipient *r, str host)
{
	if (host.p && !listed(r->hosts, r->hosts_n, host))
		fault(FAULT_POLICY,
			"%s:%d: \"" STR_FMT "\" is not declared at the host \"" STR_FMT "\"",
			r->at.file, r->at.line, STR_ARG(r->name), STR_ARG(host));
}

int64_t egress_disclose(struct db *db, const struct policy *p, const struct disclosure *d)
{
	const struct policy_recipient *r = egress_recipient(p, d->recipient);
	const struct policy_purpose *purpose = policy_purpose(p, d->purpose);

	if (!purpose || !listed(r->purposes, r->purposes_n, d->purpose))
		fault(FAULT_POLICY,
			"%s:%d: the recipient \"" STR_FMT
			"\" is not declared for the purpose \"" STR_FMT "\"",
			r->at.file, r->at.line, STR_ARG(d->recipient), STR_ARG(d->purpose));
	if (r->only_when.n && !str_eq(r->only_when, d->kind))
		fault(FAULT_POLICY,
			"%s:%d: the recipient \"" STR_FMT
			"\" may be asked on the occasion \"" STR_FMT
			"\" alone, and this is \"" STR_FMT "\"",
			r->at.file, r->at.line, STR_ARG(r->name), STR_ARG(r->only_when),
			STR_ARG(d->kind));
	fields_check(p, r, d->fields, d->ordered && d->about);
	host_check(r, d->host);
	str country = d->country.n	    ? d->country
		      : r->countries_n == 1 ? r->countries[0]
					    : (str){NULL, 0};
	str instrument = country.n || r->countries_n ? instrument_of(p, r, country) : (str){0};
	struct disclosure_id id = {id_make()};
	struct subject_key_id owner = {d->person ? d->person : d->owner ? d->owner : id.v};
	struct disclosure_content c = {
		.salt = chain_salt(db->arena), .addressee = d->addressee, .detail = d->detail};
	str record = disclosure_content_pack(db->arena, &c);

	MUST(disclose_add(db, id, d->recipient, d->purpose, d->kind, d->fields,
		     (struct person_id){d->person}, (struct outbox_id){d->message},
		     (struct maybe_int){d->about != 0, d->about},
		     (struct maybe_int){d->consent != 0, d->consent},
		     (str){(const char *)p->hash.b, sizeof p->hash.b}, clock_now(),
		     d->basis.n ? d->basis : purpose->basis, country, instrument, owner, &c,
		     chain_commitment(db->arena, record)) == 1);
	return id.v;
}
