/* Chains: rows of a log are linked in the order in which the job finds them, and heads are signed.
 *
 * head n = BLAKE2b-256(head n-1, what row n says), where a row says its columns that stand in clear
 * and are about nobody, in the order of their names, nulls left out (so that a column added later
 * changes nothing). What is about somebody is sealed; the row's commitment stands for it. The
 * signature is Ed25519, its seed a secret of the installation ("chain"), so that who can write to
 * the files but has no master key can make no chain that verifies. */
#include "inside.h"

#include <sodium.h>
#include <stdio.h>

/* ---- statements: the house's own, over whatever tables the policy says are chained ---- */
struct prepared *chain_start(struct store_conn *c, const char *sql)
{
	c->chaining = true;
	struct prepared *st = conn_prepare(c, sql, false);

	c->chaining = false;
	return st;
}

/* The statement goes with its fault. */
static noreturn void chain_fault(struct prepared *st)
{
	struct fault_point fp;
	char what[120];

	snprintf(what, sizeof what, "%.100s", prepared_sql(st));
	if (FAULT_TRY(fp))
		prepared_fault(st, what);
	prepared_end(st);
	fault(fp.kind, "%s", fp.what);
}

bool chain_step(struct store_conn *c, struct prepared *st)
{
	store_due();
	c->chaining = true;
	enum prepared_step is = conn_step(c, st);

	c->chaining = false;
	if (is != PREPARED_ROW && is != PREPARED_DONE)
		chain_fault(st);
	return is == PREPARED_ROW;
}

static void chain_run(struct store_conn *c, struct prepared *st)
{
	while (chain_step(c, st))
		;
	prepared_end(st);
}

/* ---- what a chain is ---- */
static str names(struct arena *a, const struct chain *ch)
{
	str s = S("");

	for (size_t i = 0; i < ch->covered_n; i++)
		s = str_fmt(a, STR_FMT ", t.\"" STR_FMT "\"", STR_ARG(s),
			STR_ARG(ch->covered[i]->name));
	return s;
}

/* The columns of the sealed record and of its key's owner; without a group, nothing. */
static str sealed_names(struct arena *a, const struct chain *ch)
{
	const struct policy_group *g = ch->group;

	if (!g)
		return S("null, null");
	return str_fmt(a, "t.\"" STR_FMT "\", t.\"" STR_FMT "\"", STR_ARG(g->name),
		STR_ARG(g->key.n ? g->key : g->subject));
}

struct chain chain_of(struct arena *a, const struct policy_table *t)
{
	struct chain ch = {.table = t, .group = policy_chain_group(t)};

	for (size_t i = 0; i < t->columns_n; i++) {
		size_t at = ch.covered_n;

		if (!policy_chain_covers(t, &t->columns[i]))
			continue;
		MUST(ch.covered_n < CHAIN_COLUMNS_MAX);
		for (; at && str_cmp(ch.covered[at - 1]->name, t->columns[i].name) > 0; at--)
			ch.covered[at] = ch.covered[at - 1];
		ch.covered[at] = &t->columns[i];
		ch.covered_n++;
	}
	str cols = names(a, &ch), seal = sealed_names(a, &ch), n = t->name;

	ch.fresh = str_fmt(a,
		"select t.id" STR_FMT " from \"r_" STR_FMT "\" t where t.id > ?1"
		" and not exists (select 1 from r_chain_link l where l.id = t.id)"
		" order by t.id limit %d",
		STR_ARG(cols), STR_ARG(n), CHAIN_BATCH)
			   .p;
	ch.linked = str_fmt(a,
		"select l.id, l.number, l.head, t.id, " STR_FMT STR_FMT
		" from r_chain_link l left join \"r_" STR_FMT "\" t on t.id = l.id"
		" where l.chain = ?1 and l.number > ?2 order by l.number limit %d",
		STR_ARG(seal), STR_ARG(cols), STR_ARG(n), CHAIN_BATCH)
			    .p;
	ch.strange = str_fmt(a,
		"select t.id, exists (select 1 from r_chain_link l where l.id = t.id"
		" and l.chain = ?2) from \"r_" STR_FMT
		"\" t where t.id > ?1 order by t.id limit %d",
		STR_ARG(n), CHAIN_BATCH)
			     .p;
	ch.drop = str_fmt(a,
		"delete from \"r_" STR_FMT "\" where id in (select l.id from r_chain_link"
		" l where l.chain = ?1 and l.number <= ?2)",
		STR_ARG(n))
			  .p;
	str owner = ch.group ? ch.group->key.n ? ch.group->key : ch.group->subject : S("id");

	ch.held = str_fmt(a,
		"select min(l.number) from r_chain_link l join \"r_" STR_FMT "\" t on"
		" t.id = l.id join r_subject s on s.id = t.\"" STR_FMT "\" where l.chain = ?1"
		" and l.number <= ?2 and s.held <> 0",
		STR_ARG(n), STR_ARG(owner))
			  .p;
	return ch;
}

/* ---- digests ---- */
struct digest chain_first(const struct chain *ch)
{
	char text[160];
	int n = snprintf(text, sizeof text, "kontor chain " STR_FMT, STR_ARG(ch->table->name));

	MUST(n > 0 && (size_t)n < sizeof text);
	return digest_of((str){text, (size_t)n});
}

static void part(crypto_generichash_state *h, const void *p, size_t n)
{
	uint8_t size[8];

	for (int i = 0; i < 8; i++)
		size[i] = (uint8_t)(n >> 8 * i);
	crypto_generichash_update(h, size, sizeof size);
	crypto_generichash_update(h, p, n);
}

struct digest chain_next(struct arena *a, const struct chain *ch, struct digest before,
	struct prepared *st, int from)
{
	crypto_generichash_state h;
	struct digest d;

	crypto_generichash_init(&h, NULL, 0, sizeof d.b);
	part(&h, before.b, sizeof before.b);
	for (size_t i = 0; i < ch->covered_n; i++) {
		int col = from + (int)i;
		enum prepared_type type = prepared_type(st, col);
		str name = ch->covered[i]->name;

		if (type == PREPARED_NULL)
			continue;
		part(&h, name.p, name.n);
		if (type == PREPARED_INT) {
			str v = str_fmt(a, "%lld", (long long)prepared_int(st, col));

			part(&h, v.p, v.n);
			continue;
		}
		str v = prepared_blob(st, col);

		part(&h, v.p, v.n);
	}
	crypto_generichash_final(&h, d.b, sizeof d.b);
	return d;
}

str chain_salt(struct arena *a)
{
	uint8_t salt[16];

	random_bytes(salt, sizeof salt);
	return hex_of(a, salt, sizeof salt);
}

str chain_commitment(struct arena *a, str record)
{
	struct digest d = digest_of(record);

	return str_dup(a, (str){(const char *)d.b, sizeof d.b});
}

/* ---- heads ---- */
str chain_head_text(struct arena *a, const struct chain *ch, const struct chain_head *h)
{
	return str_fmt(a, "kontor chain head " STR_FMT " %lld " STR_FMT " %lld %d",
		STR_ARG(ch->table->name), (long long)h->number,
		STR_ARG(hex_of(a, h->head.b, sizeof h->head.b)), (long long)h->at_us, h->cut);
}

void chain_keys(struct store *s, uint8_t pk[32], uint8_t sk[64])
{
	uint8_t seed[32];

	store_secret(s, "chain", seed);
	crypto_sign_seed_keypair(pk, sk, seed);
	explicit_bzero(seed, sizeof seed);
}

static void head_sign(
	struct store *s, struct arena *a, const struct chain *ch, struct chain_head *h)
{
	uint8_t pk[32], sk[64];
	str text = chain_head_text(a, ch, h);

	chain_keys(s, pk, sk);
	crypto_sign_detached(h->signature, NULL, (const void *)text.p, text.n, sk);
	explicit_bzero(sk, sizeof sk);
}

bool chain_head_good(
	struct store *s, struct arena *a, const struct chain *ch, const struct chain_head *h)
{
	uint8_t pk[32], sk[64];
	str text = chain_head_text(a, ch, h);

	chain_keys(s, pk, sk);
	explicit_bzero(sk, sizeof sk);
	return !crypto_sign_verify_detached(h->signature, (const void *)text.p, text.n, pk);
}

static void bind_head(struct prepared *st, int i, const struct digest *head)
{
	prepared_bind_blob(st, i, (str){(const char *)head->b, sizeof head->b});
}

/* What has another length is no digest of ours; the head stays as it was. */
static void read_head(struct prepared *st, int col, struct digest *head)
{
	str v = prepared_blob(st, col);

	if (v.n == sizeof head->b)
		memcpy(head->b, v.p, v.n);
}

static void head_add(
	struct store_conn *c, struct arena *a, const struct chain *ch, struct chain_head *h)
{
	struct prepared *st =
		chain_start(c, "insert into r_chain_head (id, chain, number, head, at,"
			       " cut, signature) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

	h->at_us = clock_now().us;
	head_sign(c->store, a, ch, h);
	prepared_bind_int(st, 1, id_make());
	prepared_bind_text(st, 2, ch->table->name);
	prepared_bind_int(st, 3, h->number);
	bind_head(st, 4, &h->head);
	prepared_bind_int(st, 5, h->at_us);
	prepared_bind_int(st, 6, h->cut);
	prepared_bind_blob(st, 7, (str){(const char *)h->signature, sizeof h->signature});
	chain_run(c, st);
}

bool chain_head_read(struct store_conn *c, const char *sql, const struct chain *ch, int64_t number,
	struct chain_head *h)
{
	struct prepared *st = chain_start(c, sql);

	prepared_bind_text(st, 1, ch->table->name);
	if (prepared_params(st) > 1)
		prepared_bind_int(st, 2, number);
	bool is = chain_step(c, st);

	if (is) {
		*h = (struct chain_head){.id = prepared_int(st, 0),
			.number = prepared_int(st, 1),
			.at_us = prepared_int(st, 3),
			.cut = prepared_int(st, 4)};
		read_head(st, 2, &h->head);
		str signature = prepared_blob(st, 5);

		if (signature.n == sizeof h->signature)
			memcpy(h->signature, signature.p, signature.n);
	}
	prepared_end(st);
	return is;
}

/* The newest link, or where the chain was cut, or its start. `id`: the newest linked row. */
static void tip(struct store_conn *c, const struct chain *ch, int64_t *number, struct digest *head,
	int64_t *id)
{
	struct prepared *st =
		chain_start(c, "select l.number, l.head, l.id from r_chain_link l where"
			       " l.chain = ?1 order by l.number desc limit 1");
	struct chain_head cut;

	prepared_bind_text(st, 1, ch->table->name);
	*number = *id = 0;
	*head = chain_first(ch);
	if (chain_step(c, st)) {
		*number = prepared_int(st, 0);
		read_head(st, 1, head);
		*id = prepared_int(st, 2);
	} else if (chain_head_read(c, CHAIN_HEAD_LAST, ch, 0, &cut)) {
		*number = cut.number;
		*head = cut.head;
	}
	prepared_end(st);
}

/* ---- linking ---- */
struct linking {
	struct chain chain;
	struct arena *a;
	bool more;
	int64_t before_us; /* cut: what was signed before */
};

static int64_t link_rows(
	struct store_conn *c, struct linking *k, int64_t number, struct digest *head, int64_t from)
{
	struct prepared *st = chain_start(c, k->chain.fresh), *add;
	int64_t n = 0;

	add = chain_start(c, "insert into r_chain_link (id, chain, number, head)"
			     " values (?1, ?2, ?3, ?4)");
	prepared_bind_int(st, 1, from);
	while (chain_step(c, st)) {
		*head = chain_next(k->a, &k->chain, *head, st, 1);
		prepared_bind_int(add, 1, prepared_int(st, 0));
		prepared_bind_text(add, 2, k->chain.table->name);
		prepared_bind_int(add, 3, number + ++n);
		bind_head(add, 4, head);
		while (chain_step(c, add))
			;
		prepared_reset(add);
	}
	prepared_end(st);
	prepared_end(add);
	return n;
}

/* Rows whose id is far older than the newest linked one were not written by a writer that waits its
 * turn: they stay unlinked, and the check tells. */
static bool link_apply(struct db *db, void *ctx)
{
	struct linking *k = ctx;
	struct store_conn *c = db->conn;
	struct digest head;
	int64_t number, last, late = (int64_t)CHAIN_LATE_S * 1000 << ID_TIME_SHIFT;

	tip(c, &k->chain, &number, &head, &last);
	int64_t n = link_rows(c, k, number, &head, last > late ? last - late : 0);

	k->more = n == CHAIN_BATCH;
	if (!n)
		return false;
	struct chain_head h = {.number = number + n, .head = head};

	if (!k->more)
		head_add(c, k->a, &k->chain, &h);
	return true;
}

static bool run(struct store *s, struct linking *k, bool (*apply)(struct db *, void *))
{
	struct write_unit u = {.patient = true, .arena = k->a, .apply = apply, .ctx = k};
	enum write_result r = store_write_wait(s, &u);

	if (r == WRITE_FAULTED || r == WRITE_LOST)
		fault(u.fault.kind, "%s", u.fault.what);
	return r == WRITE_DONE;
}

bool store_chain_link(struct store *s, struct arena *a)
{
	bool more = false;

	for (size_t i = 0; i < s->policy->tables_n; i++) {
		struct linking k = {.a = a};

		if (!s->policy->tables[i].chain.n)
			continue;
		k.chain = chain_of(a, &s->policy->tables[i]);
		run(s, &k, link_apply);
		more |= k.more;
	}
	return more;
}

/* ---- cutting: when a keep is over, from the start, at a head signed for it ---- */
static int64_t due_number(struct store_conn *c, const struct linking *k, instant before)
{
	struct chain_head oldest;

	if (!chain_head_read(c,
		    "select id, number, head, at, cut, signature from r_chain_head"
		    " where chain = ?1 and cut = 0 order by number, id limit 1",
		    &k->chain, 0, &oldest) ||
		oldest.at_us > before.us)
		return 0;
	struct prepared *st =
		chain_start(c, "select coalesce(max(h.number), 0) from r_chain_head h where"
			       " h.chain = ?1 and h.at <= ?2");

	prepared_bind_text(st, 1, k->chain.table->name);
	prepared_bind_int(st, 2, before.us);
	int64_t n = chain_step(c, st) ? prepared_int(st, 0) : 0;

	prepared_end(st);
	if (!n)
		return 0;
	st = chain_start(c, k->chain.held);
	prepared_bind_text(st, 1, k->chain.table->name);
	prepared_bind_int(st, 2, n);
	if (chain_step(c, st) && !prepared_null(st, 0))
		n = prepared_int(st, 0) - 1; /* what is held stays, and all behind it */
	prepared_end(st);
	return n;
}

static void cut_run(struct store_conn *c, const struct linking *k, const char *sql, int64_t number)
{
	struct prepared *st = chain_start(c, sql);

	prepared_bind_text(st, 1, k->chain.table->name);
	prepared_bind_int(st, 2, number);
	chain_run(c, st);
}

/* The end of the next piece: a batch from the start, but not beyond what is due. */
static bool cut_end(
	struct store_conn *c, const struct linking *k, int64_t due, struct chain_head *h)
{
	struct prepared *st = chain_start(c,
		"select l.number, l.head from r_chain_link l where l.chain ="
		" ?1 and l.number <= (select min(number) from r_chain_link where chain = ?1) + ?2"
		" and l.number <= ?3 order by l.number desc limit 1");

	prepared_bind_text(st, 1, k->chain.table->name);
	prepared_bind_int(st, 2, CHAIN_BATCH - 1);
	prepared_bind_int(st, 3, due);
	bool is = chain_step(c, st);

	if (is) {
		h->number = prepared_int(st, 0);
		read_head(st, 1, &h->head);
	}
	prepared_end(st);
	return is;
}

static bool cut_apply(struct db *db, void *ctx)
{
	struct linking *k = ctx;
	struct store_conn *c = db->conn;
	struct chain_head h = {.cut = true};
	int64_t due = due_number(c, k, (instant){k->before_us});

	if (!due || !cut_end(c, k, due, &h))
		return false;
	k->more = h.number < due;
	cut_run(c, k, k->chain.drop, h.number);
	cut_run(c, k, "delete from r_chain_link where chain = ?1 and number <= ?2", h.number);
	cut_run(c, k, "delete from r_chain_head where chain = ?1 and number <= ?2", h.number);
	head_add(c, k->a, &k->chain, &h);
	return true;
}

bool store_chain_cut(struct store *s, struct arena *a)
{
	bool more = false;

	for (size_t i = 0; i < s->policy->tables_n; i++) {
		const struct policy_table *t = &s->policy->tables[i];
		struct linking k = {.a = a};

		if (!t->chain.n || !t->keeps_n)
			continue;
		k.chain = chain_of(a, t);
		k.before_us = clock_now().us - policy_duration_s(t->keeps[0].duration) * SECOND_US;
		run(s, &k, cut_apply);
		more |= k.more;
	}
	return more;
}
