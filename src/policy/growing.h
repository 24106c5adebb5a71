/* growing: the model while its files are read (read.c, read_outside.c). */
#ifndef KONTOR_POLICY_GROWING_H
#define KONTOR_POLICY_GROWING_H

#include "read.h"

#define ONE(T, member) .offset = offsetof(T, member)
#define MANY(T, member) .offset = offsetof(T, member), .offset_n = offsetof(T, member##_n)

/* ---- lists that grow over several files: the model's arrays with their capacities -------- */
struct growing {
	struct reader r;
	struct policy *p;
	struct {
		size_t purposes, roles, enums, ids, tables, recipients, cookies, mails;
		size_t interests, transfers, regions, authorities, tags, texts, collections, scopes;
	} cap;
	struct dpv *dpv;
};
#define GROW(g, list) \
	((g)->p->list##_n == (g)->cap.list \
			? (void)((g)->p->list = arena_grow((g)->r.a, (g)->p->list, \
					 sizeof *(g)->p->list, (g)->p->list##_n, &(g)->cap.list)) \
			: (void)0, \
		&(g)->p->list[(g)->p->list##_n++])

/* Readers of what leaves the house, one for each kind of entry. */
#define NAMED_READER(f) void f(struct growing *g, str name, struct place at, const struct node *n)
NAMED_READER(read_recipient);
NAMED_READER(read_cookie);
NAMED_READER(read_mail);
NAMED_READER(read_interest);
NAMED_READER(read_transfer);
NAMED_READER(read_region);
NAMED_READER(read_authority);
NAMED_READER(read_tag);
NAMED_READER(read_translations);
NAMED_READER(read_collection);
NAMED_READER(read_scope);
void read_operator(struct growing *g, const struct node *n);
void read_minors(struct growing *g, const struct node *n);

#endif
