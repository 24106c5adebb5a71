/* The job that empties the outbox: one message at a time, disclosed before it leaves. */
#include "inside.h"

#define PURPOSES (BIT_(PURPOSE_NOTICE) | BIT_(PURPOSE_PUBLIC) | BIT_(PURPOSE_DISCLOSING))
#define BIT_(x) (UINT64_C(1) << (x))

struct delivery {
	struct store *s;
	const struct egress_options *o;
	struct arena *a;
	const struct deliver_due_row *row;
	struct mail mail;
	const struct policy_mail *allowed;
	str fields;
	const char *trouble;
	bool down;
};

static bool write_down(struct delivery *d, bool (*apply)(struct db *, void *))
{
	struct write_unit u = {.viewer = {.roles = BIT_(ROLE_OUTBOX)},
		.purposes = PURPOSES,
		.arena = d->a,
		.apply = apply,
		.again = write_as_it_is,
		.ctx = d};

	if (store_write_wait(d->s, &u) == WRITE_DONE)
		return true;
	LOG(LOG_WARN, "outbox_write", LOG_I("message", d->row->id.v),
		LOG_S("fault", str_of(u.fault.what)));
	return false;
}

/* One message to a company becomes one to each of its people who has one of the roles. */
static bool spread(struct db *db, void *ctx)
{
	struct delivery *d = ctx;
	const struct deliver_due_row *m = d->row;
	struct deliver_members_rows v = deliver_members(db, m->company_id);

	for (size_t i = 0; i < v.n; i++)
		if (v.v[i].roles & m->roles &&
			deliver_spread(db, (struct outbox_id){id_make()}, m->kind, v.v[i].person_id,
				m->company_id, m->about_id, clock_now(),
				(struct subject_key_id){v.v[i].person_id.v}) != 1)
			return false;
	return deliver_sent(db, m->id, clock_now()) == 1;
}

static bool disclose(struct db *db, void *ctx)
{
	struct delivery *d = ctx;

	egress_disclose(db, store_policy(d->s),
		&(struct disclosure){.recipient = d->allowed->recipient,
			.purpose = d->allowed->purpose,
			.kind = d->mail.kind,
			.fields = d->fields,
			.person = d->mail.person.v,
			.owner = d->row->owner_id.v,
			.message = d->mail.id.v,
			.about = d->row->about_id,
			.addressee = d->mail.to_address});
	return true;
}

static bool sent(struct db *db, void *ctx)
{
	return deliver_sent(db, ((struct delivery *)ctx)->mail.id, clock_now()) == 1;
}

/* Waits 1, 2, 4 … minutes, at most a day; after EGRESS_TRIES_MAX it is a dead letter on the desk.
 * */
static bool again(struct db *db, void *ctx)
{
	struct delivery *d = ctx;
	int64_t tries = d->row->tries + 1, wait = 60 * SECOND_US << (tries < 11 ? tries - 1 : 10);
	bool dead = d->mail.dead || tries >= EGRESS_TRIES_MAX;

	return deliver_again(db, d->row->id, dead ? OUTBOX_STATE_DEAD : OUTBOX_STATE_WAITING, tries,
		       instant_add(clock_now(), wait > DAY_US ? DAY_US : wait),
		       str_of(d->trouble)) == 1;
}

/* What was agreed to when the mail was put in line may have been withdrawn since. */
static bool agreed(struct delivery *d)
{
	struct deliver_agreed_row p;
	struct db db;

	if (store_policy(d->s)->off >> PURPOSE_MARKETING & 1)
		return false;
	store_read_begin(d->s, &db, d->a, (struct viewer){.roles = BIT_(ROLE_MARKETER)},
		BIT_(PURPOSE_MARKETING));
	bool yes = deliver_agreed(&db, d->mail.person, &p);

	store_read_end(&db);
	return yes;
}

/* The picture is the same for everybody of a round: it counts, and recognises nobody. */
static bool counted(struct delivery *d)
{
	struct deliver_counted_row p;
	struct db db;

	if (store_policy(d->s)->off >> PURPOSE_MAIL_OPENS & 1)
		return false;
	store_read_begin(d->s, &db, d->a, (struct viewer){.roles = BIT_(ROLE_OUTBOX)},
		BIT_(PURPOSE_MAIL_OPENS));
	bool yes = deliver_counted(&db, d->row->person_id, &p);

	store_read_end(&db);
	return yes;
}

static void deliver(struct delivery *d)
{
	if (d->row->company_id.v && d->row->roles) {
		write_down(d, spread);
		return;
	}
	struct db db;
	bool count = mail_is_marketing(d->row->kind) && counted(d);

	store_read_begin(d->s, &db, d->a, (struct viewer){.roles = BIT_(ROLE_OUTBOX)}, PURPOSES);
	d->mail = mail_make(&db, d->o, d->row, count);
	store_read_end(&db);
	if (!d->mail.dead && d->mail.marketing && !agreed(d)) {
		d->mail.dead = true;
		d->mail.why = "does not agree to such mails any more";
	}
	d->trouble = d->mail.why;
	if (!d->mail.dead) {
		d->allowed = mail_allowed(store_policy(d->s), d->o, d->mail.kind, &d->fields, d->a);
		if (!write_down(d, disclose))
			return;
		struct sending end = mail_send(d->s, d->o, &d->mail, d->a);

		d->trouble = end.trouble;
		d->mail.dead = end.refused;
		d->down = end.down;
	}
	write_down(d, d->trouble ? again : sent);
	LOG(d->trouble ? LOG_WARN : LOG_INFO, d->trouble ? "mail_failed" : "mail_sent",
		LOG_I("message", d->row->id.v), LOG_S("kind", d->row->kind),
		LOG_S("trouble", str_of(d->trouble ? d->trouble : "")));
}

/* A message that faults waits like one that the server refused. */
static void deliver_safely(struct delivery *d)
{
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		deliver(d);
		FAULT_END(fp);
		return;
	}
	store_read_drop(d->s);
	LOG(LOG_ERROR, "mail_fault", LOG_I("message", d->row->id.v),
		LOG_S("fault", str_of(fp.what)));
	d->trouble = "refused by the policy or broken: see the log";
	write_down(d, again);
}

static int mails_send(struct store *s, const struct egress_options *o, int most, struct arena *list,
	struct arena *one)
{
	struct db db;

	store_read_begin(s, &db, list, (struct viewer){.roles = BIT_(ROLE_OUTBOX)}, PURPOSES);
	struct deliver_due_rows due = deliver_due(&db, clock_now());

	store_read_end(&db);
	int n = 0;

	for (; n < most && (size_t)n < due.n; n++) {
		struct delivery d = {.s = s, .o = o, .a = one, .row = &due.v[n]};

		deliver_safely(&d);
		arena_reset(one);
		if (d.down) { /* each would wait as long for the same: the next run tries again */
			n = 0;
			break;
		}
	}
	return n;
}

int egress_deliver(struct store *s, const struct egress_options *o, int most)
{
	if (!o->smtp_url && !o->to_files)
		return 0; /* no door: they wait, and their tries are not counted */
	struct arena *list = arena_make(EGRESS_ARENA_BYTES_MAX),
		     *one = arena_make(EGRESS_ARENA_BYTES_MAX);
	struct fault_point fp;
	volatile int n = -1;

	if (FAULT_TRY(fp)) {
		n = mails_send(s, o, most, list, one);
		FAULT_END(fp);
	}
	arena_free(one);
	arena_free(list);
	if (n < 0)
		fault(fp.kind, "%s", fp.what);
	return n;
}
