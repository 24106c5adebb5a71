/* The text of each kind of mail, made when it is sent from what is stored then. */
#include "inside.h"

#include "gen/letter.html.h"

enum about {
	ABOUT_NOTHING,
	ABOUT_ORDER,
	ABOUT_QUOTE,
	ABOUT_COMPANY,
	ABOUT_INVITATION,
	ABOUT_BREACH,
	ABOUT_PETITION
};

/* path: where the mail's link leads; %s is the secret or the id of what the mail is about. */
static const struct kind {
	const char *name;
	int subject, body;
	enum about about;
	const char *path;
	bool to_new;	/* to the address that waits to be confirmed, if there is one */
	bool marketing; /* goes to those who agree when it leaves; the secret ends that */
} kinds[] = {
	{"confirm_address", MSG_mail_confirm_address_subject, MSG_mail_confirm_address_body,
		ABOUT_NOTHING, "/confirm/%s", true},
	{"reset_password", MSG_mail_reset_password_subject, MSG_mail_reset_password_body,
		ABOUT_NOTHING, "/reset/%s"},
	{"account_exists", MSG_mail_account_exists_subject, MSG_mail_account_exists_body,
		ABOUT_NOTHING, "/sign-in"},
	{"invite", MSG_mail_invite_subject, MSG_mail_invite_body, ABOUT_INVITATION,
		"/invitation/%s"},
	{"order_placed", MSG_mail_order_placed_subject, MSG_mail_order_placed_body, ABOUT_ORDER,
		"/order/%s"},
	{"order_confirmed", MSG_mail_order_confirmed_subject, MSG_mail_order_confirmed_body,
		ABOUT_ORDER, "/order/%s"},
	{"order_shipped", MSG_mail_order_shipped_subject, MSG_mail_order_shipped_body, ABOUT_ORDER,
		"/order/%s"},
	{"order_cancelled", MSG_mail_order_cancelled_subject, MSG_mail_order_cancelled_body,
		ABOUT_ORDER, "/order/%s"},
	{"quote_asked", MSG_mail_quote_asked_subject, MSG_mail_quote_asked_body, ABOUT_QUOTE,
		"/quote/%s"},
	{"quote_given", MSG_mail_quote_given_subject, MSG_mail_quote_given_body, ABOUT_QUOTE,
		"/quote/%s"},
	{"quote_declined", MSG_mail_quote_declined_subject, MSG_mail_quote_declined_body,
		ABOUT_QUOTE, "/quote/%s"},
	{"quote_withdrawn", MSG_mail_quote_withdrawn_subject, MSG_mail_quote_withdrawn_body,
		ABOUT_QUOTE, "/quote/%s"},
	{"quote_accepted", MSG_mail_quote_accepted_subject, MSG_mail_quote_accepted_body,
		ABOUT_QUOTE, "/quote/%s"},
	{"quote_refused", MSG_mail_quote_refused_subject, MSG_mail_quote_refused_body, ABOUT_QUOTE,
		"/quote/%s"},
	{"quote_expired", MSG_mail_quote_expired_subject, MSG_mail_quote_expired_body, ABOUT_QUOTE,
		"/quote/%s"},
	{"company_activated", MSG_mail_company_activated_subject, MSG_mail_company_activated_body,
		ABOUT_COMPANY, "/account"},
	{"company_suspended", MSG_mail_company_suspended_subject, MSG_mail_company_suspended_body,
		ABOUT_COMPANY, "/account/company"},
	{"erasure_asked", MSG_mail_erasure_asked_subject, MSG_mail_erasure_asked_body,
		ABOUT_NOTHING, "/account/erase"},
	{"company_closed", MSG_mail_company_closed_subject, MSG_mail_company_closed_body,
		ABOUT_COMPANY, "/account"},
	{"case_confirm", MSG_mail_case_confirm_subject, MSG_mail_case_confirm_body, ABOUT_PETITION,
		"%s"},
	{"case_received", MSG_mail_case_received_subject, MSG_mail_case_received_body,
		ABOUT_PETITION, "%s"},
	{"case_asked", MSG_mail_case_asked_subject, MSG_mail_case_asked_body, ABOUT_PETITION, "%s"},
	{"case_extended", MSG_mail_case_extended_subject, MSG_mail_case_extended_body,
		ABOUT_PETITION, "%s"},
	{"case_answered", MSG_mail_case_answered_subject, MSG_mail_case_answered_body,
		ABOUT_PETITION, "%s"},
	{"case_refused", MSG_mail_case_refused_subject, MSG_mail_case_refused_body, ABOUT_PETITION,
		"%s"},
	{"case_due", MSG_mail_case_due_subject, MSG_mail_case_due_body, ABOUT_PETITION, "%s"},
	{"case_overdue", MSG_mail_case_overdue_subject, MSG_mail_case_overdue_body, ABOUT_PETITION,
		"%s"},
	{"restriction_ends", MSG_mail_restriction_ends_subject, MSG_mail_restriction_ends_body,
		ABOUT_NOTHING, "/account/privacy/requests"},
	{"offers", MSG_mail_offers_subject, MSG_mail_offers_body, ABOUT_NOTHING, "/news",
		.marketing = true},
	{"policy_changed", MSG_mail_policy_changed_subject, MSG_mail_policy_changed_body,
		ABOUT_NOTHING, "/account/policy"},
	{"data_given", MSG_mail_data_given_subject, MSG_mail_data_given_body, ABOUT_NOTHING,
		"/account/disclosures/asked"},
	{"consent_asked", MSG_mail_consent_asked_subject, MSG_mail_consent_asked_body,
		ABOUT_NOTHING, "/account/disclosures/asked"},
	{"breach_notice", MSG_mail_breach_notice_subject, MSG_mail_breach_notice_body, ABOUT_BREACH,
		"/privacy"},
};

static const struct kind *kind_of(str name)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (str_eq(name, str_of(kinds[i].name)))
			return &kinds[i];
	return NULL;
}

static bool listed(const str *v, size_t n, str s)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i], s))
			return true;
	return false;
}

/* "company.name" is nobody's; "person.email" and "invitation.email.address" are somebody's. */
static bool personal(const struct policy *p, str field)
{
	str rest = field, table = str_cut(&rest, '.'), name = str_cut(&rest, '.');
	const struct policy_table *t = policy_table(p, table);

	for (size_t i = 0; t && i < t->groups_n; i++)
		if (str_eq(t->groups[i].name, name))
			return true;
	return false;
}

/* "smtp://mail.example:25/x" is mail.example. */
static str host_of(const char *url)
{
	str s = str_of(url);
	size_t at = str_find(s, S("://"));

	s = at == (size_t)-1 ? s : str_sub(s, at + 3, s.n);
	return str_sub(s, 0, strcspn(s.p, s.n && *s.p == '[' ? "/" : ":/"));
}

static void recipient_check(
	const struct policy *p, const struct policy_mail *m, const struct egress_options *o)
{
	const struct policy_recipient *r = NULL;

	for (size_t i = 0; i < p->recipients_n; i++)
		if (str_eq(p->recipients[i].name, m->recipient))
			r = &p->recipients[i];
	if (!r || !listed(r->purposes, r->purposes_n, m->purpose))
		fault(FAULT_POLICY, "policy/recipients.yaml gives " STR_FMT " nothing for " STR_FMT,
			STR_ARG(m->recipient), STR_ARG(m->purpose));
	for (size_t i = 0; i < m->fields_n; i++)
		if (personal(p, m->fields[i]) && !listed(r->fields, r->fields_n, m->fields[i]))
			fault(FAULT_POLICY, "policy/recipients.yaml gives " STR_FMT " no " STR_FMT,
				STR_ARG(r->name), STR_ARG(m->fields[i]));
	if (o->smtp_url && r->hosts_n && !listed(r->hosts, r->hosts_n, host_of(o->smtp_url)))
		fault(FAULT_POLICY,
			"policy/recipients.yaml lets mails go to other hosts than the mail server");
}

const struct policy_mail *mail_allowed(const struct policy *p, const struct egress_options *o,
	str kind, str *fields, struct arena *a)
{
	for (size_t i = 0; i < p->mails_n; i++) {
		const struct policy_mail *m = &p->mails[i];

		if (!str_eq(m->name, kind))
			continue;
		struct out out;

		recipient_check(p, m, o);
		out_init(&out, a, 256, MAIL_BYTES_MAX, locales);
		for (size_t k = 0; k < m->fields_n; k++) {
			if (k)
				out_char(&out, ' ');
			out_str(&out, m->fields[k]);
		}
		*fields = out_view(&out);
		return m;
	}
	fault(FAULT_POLICY, "policy/mails.yaml declares no mail \"" STR_FMT "\"", STR_ARG(kind));
}

/* What somebody wrote in lines of their own, as texts of lang/ write them. */
static str one_line(struct arena *a, str s)
{
	struct out o;

	out_init(&o, a, s.n + 64, MAIL_BYTES_MAX, locales);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\n')
			out_lit(&o, " \u00b6 ");
		else
			out_char(&o, s.p[i]);
	return out_view(&o);
}

static str written(struct arena *a, const struct locale *l, struct text t);

/* A request about data: what is said of it, and by when it is answered or where to complain. */
static void about_petition(struct db *db, const struct kind *k, const struct deliver_due_row *m,
	const struct locale **l, str *said, str *beside)
{
	const struct policy_authority *v;
	struct deliver_petition_note_rows n;
	struct deliver_petition_row p;

	if (!deliver_petition(db, (struct petition_id){m->about_id}, &p))
		return;
	if (!m->person_id.v && p.locale.n && k->body != MSG_mail_case_due_body &&
		k->body != MSG_mail_case_overdue_body)
		*l = locale_of(p.locale);
	n = deliver_petition_note(db, p.id);
	*beside = written(db->arena, *l, TEXT(look_day, p.due_at));
	*said = k->body == MSG_mail_case_asked_body || k->body == MSG_mail_case_extended_body
			? one_line(db->arena, n.n ? n.v[0].note.text : S(""))
			: *beside;
	if (k->body != MSG_mail_case_answered_body && k->body != MSG_mail_case_refused_body)
		return;
	*said = one_line(db->arena, p.answer.text.p ? p.answer.text : S(""));
	v = policy_authority_of(db_policy(db), p.country);
	*beside = v ? str_fmt(db->arena, STR_FMT ", " STR_FMT, STR_ARG(v->title), STR_ARG(v->link))
		    : S("");
}

/* Whom a mail is about, and the number of its order or the product of its quote. */
static void about(struct db *db, const struct kind *k, const struct deliver_due_row *m, str *whom,
	str *number)
{
	struct deliver_order_row o;
	struct deliver_company_row c;
	struct deliver_invitation_row i;
	int64_t company = m->about_id;

	if (k->about == ABOUT_ORDER && deliver_order(db, (struct order_id){m->about_id}, &o)) {
		bool seller = o.seller_id.v == m->company_id.v;

		*whom = seller ? o.buyer : o.seller;
		*number = o.number;
		return;
	}
	struct deliver_quote_row q;

	if (k->about == ABOUT_QUOTE && deliver_quote(db, (struct quote_id){m->about_id}, &q)) {
		*whom = q.seller_id.v == m->company_id.v ? q.buyer : q.seller;
		*number = q.title;
		return;
	}
	struct deliver_breach_row b;

	if (k->about == ABOUT_BREACH && deliver_breach(db, (struct breach_id){m->about_id}, &b)) {
		*whom = b.nature;
		*number = str_fmt(db->arena, STR_FMT " \u00b6 \u00b6 " STR_FMT, STR_ARG(b.effects),
			STR_ARG(b.measures));
		return;
	}
	if (k->about == ABOUT_INVITATION) {
		if (!deliver_invitation(db, (struct invitation_id){m->about_id}, &i))
			return;
		company = i.company_id.v;
	}
	if (k->about != ABOUT_NOTHING && deliver_company(db, (struct company_id){company}, &c))
		*whom = c.name;
}

bool mail_is_marketing(str kind)
{
	const struct kind *k = kind_of(kind);

	return k && k->marketing;
}

static str link_of(struct db *db, const struct egress_options *o, const struct kind *k,
	const struct deliver_due_row *m)
{
	str what = m->secret.token.n && !k->marketing ? m->secret.token
						      : id_text(db->arena, m->about_id);
	str path = str_of(k->path), head = str_cut(&path, '%');

	return path.p ? str_fmt(db->arena, "%s" STR_FMT STR_FMT, o->base_url, STR_ARG(head),
				STR_ARG(what))
		      : str_fmt(db->arena, "%s" STR_FMT, o->base_url, STR_ARG(head));
}

static str written(struct arena *a, const struct locale *l, struct text t)
{
	struct out o;

	out_init(&o, a, 1024, MAIL_BYTES_MAX, l);
	out_text_plain(&o, t);
	return out_view(&o);
}

/* Messages stand on one line in lang/: the sign of a paragraph ends a line there. */
static str lines(struct arena *a, str s)
{
	const str mark = S("\u00b6");
	struct out o;
	size_t at;

	out_init(&o, a, s.n + 64, MAIL_BYTES_MAX, locales);
	while ((at = str_find(s, mark)) != (size_t)-1) {
		out_str(&o, str_trim(str_sub(s, 0, at)));
		out_lit(&o, "\r\n");
		s = str_sub(s, at + mark.n, s.n);
	}
	out_str(&o, str_trim(s));
	out_lit(&o, "\r\n");
	return out_view(&o);
}

static bool header_safe(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 32 || s.p[i] == 127)
			return false;
	return s.n > 0;
}

str mail_html(struct arena *a, const struct locale *l, const struct mail *m)
{
	struct out o;

	out_init(&o, a, 4096, MAIL_BYTES_MAX, l);
	letter(&o, m);
	return out_view(&o);
}

struct mail mail_make(struct db *db, const struct egress_options *o,
	const struct deliver_due_row *m, bool counted)
{
	const struct kind *k = kind_of(m->kind);
	struct mail out = {.id = m->id,
		.kind = m->kind,
		.person = m->person_id,
		.owner = m->owner_id.v,
		.to_address = m->address.email};
	struct deliver_person_row p;
	const struct locale *l = &locales[0];

	if (!k)
		return (struct mail){.id = m->id,
			.kind = m->kind,
			.dead = true,
			.why = "no text for this kind of mail"};
	if (m->person_id.v && deliver_person(db, m->person_id, &p)) {
		out.to_name = p.name.name;
		out.to_address =
			k->to_new && p.new_email.email.n ? p.new_email.email : p.email.email;
		l = locale_of(p.locale);
	}
	if (k->marketing) {
		out.unsubscribe =
			str_fmt(db->arena, "%s" STR_FMT, o->base_url, STR_ARG(m->secret.token));
		out.marketing = true;
	}
	if (!header_safe(out.to_address))
		return (struct mail){.id = m->id,
			.kind = m->kind,
			.dead = true,
			.why = "nobody to send it to any more"};
	struct text subject = {.msg = k->subject}, body = {.msg = k->body};

	str whom = S(""), number = S("");

	if (k->about == ABOUT_PETITION)
		about_petition(db, k, m, &l, &whom, &number);
	else
		about(db, k, m, &whom, &number);
	str link = link_of(db, o, k, m);

	if (counted) { /* by the day alone: the same for everybody who gets it today */
		str day = str_sub(instant_iso(db->arena, clock_real()), 0, 10);

		out.pixel =
			str_fmt(db->arena, "%s/pixel/" STR_FMT ".gif", o->base_url, STR_ARG(day));
		link = str_fmt(db->arena, STR_FMT "?mail=" STR_FMT, STR_ARG(link), STR_ARG(day));
	}
	out.locale = l;
	body.arg[0] = ARG(link);
	body.arg[1] = ARG(out.to_name.n ? out.to_name : out.to_address);
	body.arg[2] = ARG(k->marketing ? out.unsubscribe : whom);
	body.arg[3] = ARG(number);
	subject.arg[0] =
		k->about == ABOUT_ORDER || k->about == ABOUT_QUOTE ? ARG(number) : ARG(whom);
	subject.arg[1] = ARG(whom);
	out.subject = written(db->arena, l, subject);
	out.body = lines(db->arena,
		str_fmt(db->arena, STR_FMT " \u00b6 \u00b6 " STR_FMT,
			STR_ARG(written(db->arena, l, body)),
			STR_ARG(written(db->arena, l,
				TEXT(mail_foot, str_fmt(db->arena, "%s/rights", o->base_url))))));
	return out;
}
