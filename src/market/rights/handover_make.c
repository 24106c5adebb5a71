/* The job of handovers: makes what goes, writes the log, tells people when they may know, and ends
 * what nobody goes on with. */
#include "market/rights/handover.h"

#include "egress/egress.h"

/* ---- the scope --------------------------------------------------------------------------- */

/* Secrets, and the desk's own notes: no order is given them. */
bool handover_may_leave(const struct policy_table *t)
{
	static const char *const never[] = {"credential", "one_time_token", "api_token", "session",
		"outbox", "handover", "handover_part", "handover_event", "read_event", "replay"};

	for (size_t i = 0; i < COUNT(never); i++)
		if (str_eq(t->name, str_of(never[i])))
			return false;
	return t->owns_n > 0;
}

bool handover_in_scope(str tables, str table, str group)
{
	while (tables.n) {
		str rest = str_cut(&tables, ' '), name = str_cut(&rest, '.');

		if (str_eq(name, table) && (!rest.n || !group.n || str_eq(rest, group)))
			return true;
	}
	return false;
}

bool handover_scope_right(const struct policy *p, str tables)
{
	size_t n = 0;

	while (tables.n) {
		str rest = str_cut(&tables, ' '), name = str_cut(&rest, '.');
		const struct policy_table *t = policy_table(p, name);

		if (!t || !handover_may_leave(t) || (rest.n && !policy_group(t, rest)))
			return false;
		n++;
	}
	return n > 0;
}

str handover_fields(struct arena *a, const struct policy *p, str tables)
{
	str list = S("");

	while (tables.n) {
		str whole = str_cut(&tables, ' '), rest = whole, name = str_cut(&rest, '.');
		const struct policy_table *t = policy_table(p, name);

		for (size_t i = 0; t && i < t->columns_n; i++) {
			const struct policy_column *c = &t->columns[i];

			if (rest.n ? str_eq(c->name, rest) : policy_is_personal(c))
				list = str_fmt(a, STR_FMT "%s" STR_FMT "." STR_FMT, STR_ARG(list),
					list.n ? " " : "", STR_ARG(name), STR_ARG(c->name));
		}
	}
	return list.n ? list : S("-");
}

/* ---- making ------------------------------------------------------------------------------ */

struct part {
	int64_t subject;
	bool person;
	str text; /* empty: somebody mentioned */
	int64_t rows;
};
struct making {
	struct store *s;
	const struct job *j;
	const struct policy *policy;
	const struct handover_one_row *h;
	struct arena *arena; /* of one subject */
	struct db *db;
	struct {
		struct part *v;
		size_t n, cap;
	} parts;
	struct {
		int64_t *v;
		size_t n, cap;
	} people; /* mentioned */
	struct out text;
	int64_t subject, rows, since, until;
	bool person, delayed;
	/* over all subjects */
	struct digest digest;
	int64_t people_n, rows_n, bytes_n;
};

static void part_begin(struct making *m)
{
	out_init(&m->text, m->arena, 4096, HANDOVER_PART_BYTES * 2, NULL);
	m->rows = 0;
}

static void part_end(struct making *m)
{
	if (!m->rows)
		return;
	*ARENA_PUSH(m->arena, &m->parts) =
		(struct part){m->subject, m->person, out_view(&m->text), m->rows};
	part_begin(m);
}

/* Somebody else than the subject whose data stands in the subject's rows. */
static void mention(struct making *m, int64_t person)
{
	if (person == m->subject || m->people.n >= HANDOVER_MENTIONED_MAX)
		return;
	for (size_t i = 0; i < m->people.n; i++)
		if (m->people.v[i] == person)
			return;
	*ARENA_PUSH(m->arena, &m->people) = person;
}

static void value_put(struct making *m, struct json *j, const struct walk_value *v)
{
	const struct type *t = &v->column->type;
	const struct policy_enum *e = t->kind == TYPE_ENUM ? policy_enum(m->policy, t->name) : NULL;

	if (v->kind == WALK_TEXT)
		json_str(j, v->s);
	else if (t->kind == TYPE_TIME)
		json_time(j, (instant){v->i});
	else if (t->kind == TYPE_ID)
		json_id(j, v->i);
	else if (e && v->i >= 1 && (size_t)v->i <= e->n)
		json_str(j, e->values[v->i - 1]);
	else if (t->kind == TYPE_BOOL)
		json_bool(j, v->i != 0);
	else
		json_int(j, v->i);
}

static void values_put(struct making *m, struct json *j, const struct walk_row *row)
{
	for (size_t i = 0; i < row->n; i++) {
		const struct walk_value *v = &row->v[i];
		const struct policy_column *c = v->column;

		if (v->kind == WALK_NULL || v->kind == WALK_REDACTED ||
			(v->kind == WALK_BLOB && !v->field) ||
			!handover_in_scope(m->h->tables, row->table->name, c->name))
			continue;
		if (c->type.kind == TYPE_ID && str_eq(c->type.name, S("person_id")))
			mention(m, v->i);
		json_key(j, v->field ? str_fmt(m->arena, STR_FMT "." STR_FMT, STR_ARG(c->name),
					       STR_ARG(v->field->name))
					       .p
				     : str_dup(m->arena, c->name).p);
		value_put(m, j, v);
	}
}

/* Who is restricted (GDPR Art. 18) is not handed on with the business, nor are rows that name them;
 * a law or a claim still reaches them. */
static bool left_out(struct making *m, int64_t subject)
{
	return m->h->ground == HANDOVER_GROUND_UNDERTAKING &&
	       db_subject_now(m->db, subject, NULL) != SUBJECT_ACTIVE;
}

static bool names_left_out(struct making *m, const struct walk_row *row)
{
	for (size_t i = 0; i < row->n; i++) {
		const struct type *t = &row->v[i].column->type;

		if (t->kind == TYPE_ID && row->v[i].kind == WALK_INT &&
			str_eq(t->name, S("person_id")) && left_out(m, row->v[i].i))
			return true;
	}
	return false;
}

static bool row_put(void *ctx, const struct walk_row *row)
{
	struct making *m = ctx;
	bool own = policy_is_subject(row->table) && row->id == row->subject;

	if (!handover_in_scope(m->h->tables, row->table->name, S("")) ||
		!handover_may_leave(row->table) || names_left_out(m, row))
		return true;
	if (!own && (row->id < m->since || row->id >= m->until))
		return true; /* numbers grow with time: made outside the window */
	struct json j = json_to(&m->text);

	json_open(&j);
	json_key(&j, "table");
	json_str(&j, row->table->name);
	json_key(&j, "id");
	json_id(&j, row->id);
	values_put(m, &j, row);
	json_close(&j);
	out_char(&m->text, '\n');
	m->rows++;
	m->rows_n++;
	if (out_view(&m->text).n >= HANDOVER_PART_BYTES)
		part_end(m);
	return true;
}

static bool parts_store(struct db *db, void *ctx)
{
	struct making *m = ctx;
	instant now = clock_now();

	for (size_t i = 0; i < m->parts.n; i++) {
		const struct part *p = &m->parts.v[i];
		struct handover_part_content c = {p->text};
		bool named = p->person && !m->delayed;
		struct subject_key_id owner = {m->delayed ? m->h->id.v : p->subject};

		if (handover_part_add(db, (struct handover_part_id){id_make()}, m->h->id,
			    (struct person_id){named ? p->subject : 0},
			    (struct subject_key_id){p->subject}, owner, p->text.n ? &c : NULL,
			    p->rows, (int64_t)p->text.n, p->person, now) != 1)
			return false;
	}
	return true;
}

static void digest_more(struct making *m, str text)
{
	str before = {(const char *)m->digest.b, sizeof m->digest.b};

	m->digest = digest_of(str_cat(m->arena, before, text));
}

static void subject_make(struct making *m, int64_t subject, bool person)
{
	struct db db;

	m->subject = subject;
	m->person = person;
	m->arena = arena_make((size_t)256 << 20);
	memset(&m->parts, 0, sizeof m->parts);
	memset(&m->people, 0, sizeof m->people);
	part_begin(m);
	store_read_begin(
		m->s, &db, m->arena, (struct viewer){.roles = BIT(m->j->role)}, m->j->purposes);
	m->db = &db;
	if (!left_out(m, subject))
		(void)store_subject_walk(&db, subject, WALK_OPEN, row_put, m);
	store_read_end(&db);
	part_end(m);
	for (size_t i = 0; i < m->people.n && m->parts.n; i++)
		*ARENA_PUSH(m->arena, &m->parts) =
			(struct part){.subject = m->people.v[i], .person = true};
	for (size_t i = 0; i < m->parts.n; i++) {
		digest_more(m, m->parts.v[i].text);
		m->bytes_n += (int64_t)m->parts.v[i].text.n;
	}
	m->people_n += m->parts.n ? (int64_t)m->people.n + person : 0;
	struct arena *done = m->arena;
	bool kept = !m->parts.n || job_write(m->s, m->j, done, true, parts_store, m);

	m->arena = NULL;
	arena_free(done);
	if (!kept)
		fault(FAULT_STORE, "what goes by an order could not be kept");
}

static void everybody_make(struct making *m, struct arena *a)
{
	int64_t after = 0;

	for (size_t n = 1, kind = 0; kind < 2;) {
		int64_t ids[200];
		struct db db;

		store_read_begin(
			m->s, &db, a, (struct viewer){.roles = BIT(m->j->role)}, m->j->purposes);
		if (!kind) {
			struct handover_people_rows v =
				handover_people(&db, (struct person_id){after});
			for (n = 0; n < v.n; n++)
				ids[n] = v.v[n].id.v;
		} else {
			struct handover_companies_rows v =
				handover_companies(&db, (struct company_id){after});
			for (n = 0; n < v.n; n++)
				ids[n] = v.v[n].id.v;
		}
		store_read_end(&db);
		for (size_t i = 0; i < n; i++)
			subject_make(m, ids[i], !kind);
		after = n ? ids[n - 1] : 0;
		kind += !n;
	}
}

static bool parts_drop(struct db *db, void *ctx)
{
	const struct handover_id *id = ctx;
	struct handover_parts_rows v = handover_parts(db, *id, (struct handover_part_id){0});

	for (size_t i = 0; i < v.n; i++)
		MUST(handover_part_drop(db, v.v[i].id) == 1);
	return v.n > 0;
}

static bool made(struct db *db, void *ctx)
{
	struct making *m = ctx;

	handover_note(db, m->h->id, 0, HANDOVER_HAPPENING_MADE);
	return handover_made(db, m->h->id, hex_of(db->arena, m->digest.b, sizeof m->digest.b),
		       m->people_n, m->rows_n, m->bytes_n, clock_now()) == 1;
}

static bool subject_of(str said, int64_t *id, bool *person)
{
	*person = str_starts(said, S("person:"));
	(void)str_cut(&said, ':');
	return id_parse(said, id);
}

static void make_one(
	struct store *s, const struct job *j, struct arena *a, const struct handover_one_row *h)
{
	struct making *m = arena_new(a, struct making);
	struct handover_id id = h->id;
	int64_t subject;
	bool person;

	while (job_write(s, j, a, true, parts_drop, &id)) /* of a run that was cut off */
		;
	*m = (struct making){.s = s,
		.j = j,
		.policy = store_policy(s),
		.h = h,
		.since = instant_is(h->since_at) ? id_at(h->since_at) : 0,
		.until = instant_is(h->until_at) ? id_at(h->until_at) : INT64_MAX,
		.delayed = instant_is(h->notice_at) && h->notice_at.us > clock_now().us};
	if (h->whole)
		everybody_make(m, a);
	else if (subject_of(h->paper.subject, &subject, &person))
		subject_make(m, subject, person);
	(void)job_write(s, j, a, true, made, m);
}

/* ---- the log ----------------------------------------------------------------------------- */

void handover_note(struct db *db, struct handover_id id, int64_t staff, int event)
{
	MUST(handover_event_add(db, (struct handover_event_id){id_make()}, id,
		     (struct person_id){staff}, (enum handover_happening)event, clock_now()) == 1);
}

static str basis_of(int ground)
{
	switch ((enum handover_ground)ground) {
	case HANDOVER_GROUND_LAW: return S("A6-1-c");
	case HANDOVER_GROUND_VITAL_INTEREST: return S("A6-1-d");
	case HANDOVER_GROUND_CLAIMS:
	case HANDOVER_GROUND_UNDERTAKING: return S("A6-1-f");
	case HANDOVER_GROUND_CONSENT: return S("A6-1-a");
	}
	return S("");
}

bool handover_log(struct db *db, struct handover_id id)
{
	const struct policy *p = db_policy(db);
	struct handover_one_row h;

	if (!handover_one(db, id, &h) || h.state != HANDOVER_STATE_LEAVING)
		return true;
	bool hidden = instant_is(h.notice_at) && h.notice_at.us > clock_now().us;
	struct handover_unlogged_rows v = handover_unlogged(db, id);
	str fields = handover_fields(db->arena, p, h.tables);

	for (size_t i = 0; i < v.n; i++) {
		struct disclosure d = {.recipient = h.recipient,
			.purpose = S("handing"),
			.kind = S("order"),
			.fields = fields,
			.country = h.country,
			.person = v.v[i].is_person && !hidden ? v.v[i].subject_id.v : 0,
			.owner = hidden ? id.v : v.v[i].subject_id.v,
			.about = id.v,
			.consent = h.consent_id.v,
			.addressee = h.paper.addressee,
			.detail = h.paper.number,
			.ordered = true,
			.basis = basis_of((int)h.ground)};

		MUST(handover_part_logged(db, v.v[i].id,
			     (struct disclosure_id){egress_disclose(db, p, &d)}) == 1);
	}
	if (v.n == HANDOVER_SLICE)
		return false;
	handover_note(db, id, 0, HANDOVER_HAPPENING_LEFT);
	MUST(handover_move(db, id, HANDOVER_STATE_LEAVING, HANDOVER_STATE_HANDED, clock_now()) ==
		1);
	return true;
}

static bool log_more(struct db *db, void *ctx)
{
	jobs_wake("handover");
	(void)handover_log(db, *(struct handover_id *)ctx);
	return true;
}

/* ---- the notice -------------------------------------------------------------------------- */

static bool tell(struct db *db, void *ctx)
{
	struct handover_id id = *(struct handover_id *)ctx;
	struct handover_part_id after = {0};
	struct handover_parts_rows v;
	struct handover_one_row h;
	int64_t subject = 0;
	bool person = false;

	if (!handover_one(db, id, &h) || h.state == HANDOVER_STATE_LEAVING)
		return false;
	if (!h.whole)
		(void)subject_of(h.paper.subject, &subject, &person);
	while (!h.whole && (v = handover_parts(db, id, after)).n) {
		for (size_t i = 0; i < v.n; i++) {
			struct person_id who = {v.v[i].subject_id.v};

			after = v.v[i].id;
			if (!v.v[i].is_person)
				continue;
			if (v.v[i].disclosure_id.v)
				(void)!handover_log_tell(db, v.v[i].disclosure_id, who);
			(void)!handover_part_tell(db, v.v[i].id, who);
			if (who.v != subject)
				outbox_mail(db, "data_given", who.v, id.v, (str){0});
		}
	}
	if (person)
		outbox_mail(db, "data_given", subject, id.v, (str){0});
	else if (subject)
		outbox_company(db, "data_given", subject, BIT(ROLE_ADMIN), id.v);
	handover_note(db, id, 0, HANDOVER_HAPPENING_TOLD);
	return handover_tell(db, id, (struct person_id){person ? subject : 0},
		       (struct company_id){person ? 0 : subject}, clock_now()) == 1;
}

/* ---- the end ----------------------------------------------------------------------------- */

struct ending {
	struct handover_id id;
	enum handover_state from, to;
	struct handover_part_id after;
	bool drop, more;
};

/* The copy goes; who is to be told later stays on record until then. */
static bool parts_end(struct db *db, void *ctx)
{
	struct ending *e = ctx;
	struct handover_parts_rows v = handover_parts(db, e->id, e->after);

	for (size_t i = 0; i < v.n; i++) {
		e->after = v.v[i].id;
		if (e->drop)
			MUST(handover_part_drop(db, v.v[i].id) == 1);
		else
			MUST(handover_part_empty(db, v.v[i].id, NULL, v.v[i].subject_id) == 1);
	}
	e->more = v.n > 0;
	return true;
}

static bool end(struct db *db, void *ctx)
{
	struct ending *e = ctx;

	if (e->from == HANDOVER_STATE_WITHDRAWN)
		return handover_end(db, e->id, e->from, e->to, clock_now()) == 1;
	handover_note(db, e->id, 0,
		e->to == HANDOVER_STATE_CLOSED ? HANDOVER_HAPPENING_CLOSE
					       : HANDOVER_HAPPENING_EXPIRE);
	return handover_end(db, e->id, e->from, e->to, clock_now()) == 1;
}

static void end_one(struct store *s, const struct job *j, struct arena *a, struct ending *e)
{
	do {
		e->more = false;
		(void)job_write(s, j, a, true, parts_end, e);
	} while (e->more);
	(void)job_write(s, j, a, true, end, e);
}

static bool erased(struct db *db, const struct handover_in_row *h)
{
	int64_t subject;
	bool person, held;

	return !h->whole && subject_of(h->paper.subject, &subject, &person) &&
	       db_subject_now(db, subject, &held) == SUBJECT_ERASED && !held;
}

/* What is over in one state: its timer, the order's own day, or whom it was about is gone. */
static void state_end(
	struct store *s, const struct job *j, struct arena *a, enum handover_state state)
{
	struct ending over[50];
	size_t n = 0;
	struct db db;
	int event = 0;

	store_read_begin(s, &db, a, (struct viewer){.roles = BIT(j->role)}, j->purposes);
	struct handover_in_rows v = handover_in(&db, state, (struct handover_id){0});

	for (size_t i = 0; i < v.n; i++) {
		instant due = process_due(&handover_process, (int)state, v.v[i].state_at, &event);
		bool handed = state == HANDOVER_STATE_HANDED;

		if ((instant_is(due) && due.us <= clock_now().us) ||
			(!handed &&
				(v.v[i].valid_until.us < clock_now().us || erased(&db, &v.v[i]))))
			over[n++] = (struct ending){.id = v.v[i].id,
				.from = state,
				.to = handed ? HANDOVER_STATE_CLOSED : HANDOVER_STATE_EXPIRED,
				.drop = !handed || instant_is(v.v[i].told_at)};
	}
	store_read_end(&db);
	for (size_t i = 0; i < n; i++)
		end_one(s, j, a, &over[i]);
}

static void withdrawn_end(struct store *s, const struct job *j, struct arena *a)
{
	struct db db;

	store_read_begin(s, &db, a, (struct viewer){.roles = BIT(j->role)}, j->purposes);
	struct handover_withdrawn_rows v = handover_withdrawn(&db);

	store_read_end(&db);
	for (size_t i = 0; i < v.n; i++)
		end_one(s, j, a,
			&(struct ending){.id = v.v[i].id,
				.from = HANDOVER_STATE_WITHDRAWN,
				.to = HANDOVER_STATE_WITHDRAWN,
				.drop = true});
}

/* ---- the job ----------------------------------------------------------------------------- */

static size_t in_state(struct store *s, const struct job *j, struct arena *a,
	enum handover_state state, struct handover_one_row v[50])
{
	struct db db;
	size_t n = 0;

	store_read_begin(s, &db, a, (struct viewer){.roles = BIT(j->role)}, j->purposes);
	struct handover_in_rows rows = handover_in(&db, state, (struct handover_id){0});

	for (size_t i = 0; i < rows.n; i++)
		n += handover_one(&db, rows.v[i].id, &v[n]);
	store_read_end(&db);
	return n;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	static const enum handover_state waiting[] = {
		HANDOVER_STATE_READY, HANDOVER_STATE_APPROVED, HANDOVER_STATE_HANDED};
	struct handover_one_row *v = arena_array(a, struct handover_one_row, 50);
	size_t n = in_state(s, j, a, HANDOVER_STATE_MAKING, v);
	struct db db;

	for (size_t i = 0; i < n; i++)
		make_one(s, j, a, &v[i]);
	n = in_state(s, j, a, HANDOVER_STATE_LEAVING, v);
	for (size_t i = 0; i < n; i++)
		(void)job_write(s, j, a, true, log_more, &v[i].id);
	store_read_begin(s, &db, a, (struct viewer){.roles = BIT(j->role)}, j->purposes);
	struct handover_untold_rows untold = handover_untold(&db, clock_now());

	store_read_end(&db);
	for (size_t i = 0; i < untold.n; i++)
		(void)job_write(s, j, a, true, tell, &untold.v[i].id);
	for (size_t i = 0; i < COUNT(waiting); i++)
		state_end(s, j, a, waiting[i]);
	withdrawn_end(s, j, a);
	return n > 0;
}

const struct job handover_job = {
	.name = "handover",
	.role = ROLE_SWEEPER,
	.purposes = BIT(PURPOSE_HANDING) | BIT(PURPOSE_DISCLOSING) | BIT(PURPOSE_MAILING),
	.every_s = 30,
	.apart = true,
	.run = run,
};
