/* The functions that guards and gates call. They never fault: a fault must not cross the engine. */
#include "lite.h"

static void result_id(sqlite3_context *x, int64_t v)
{
	if (v)
		sqlite3_result_int64(x, v);
	else
		sqlite3_result_null(x);
}

static const struct viewer *viewer(sqlite3_context *x)
{
	static const struct viewer nobody;
	const struct store_conn *c = sqlite3_user_data(x);

	return c->handle ? &c->handle->viewer : &nobody;
}

static void viewer_person(sqlite3_context *x, int n, sqlite3_value **v)
{
	(void)n, (void)v;
	result_id(x, viewer(x)->person);
}

static void viewer_company(sqlite3_context *x, int n, sqlite3_value **v)
{
	(void)n, (void)v;
	result_id(x, viewer(x)->company);
}

static void viewer_session(sqlite3_context *x, int n, sqlite3_value **v)
{
	(void)n, (void)v;
	result_id(x, viewer(x)->session);
}

static void viewer_roles(sqlite3_context *x, int n, sqlite3_value **v)
{
	(void)n, (void)v;
	result_id(x, (int64_t)viewer(x)->roles);
}

/* sealed(row, key, blob): what an opener needs, packed into one value. Guards alone
 * call it; without an owner or a blob there is nothing to open. */
static void sealed(sqlite3_context *x, int n, sqlite3_value **v)
{
	int64_t head[2] = {sqlite3_value_int64(v[0]), sqlite3_value_int64(v[1])};
	int bytes = sqlite3_value_bytes(v[2]);
	const void *blob = sqlite3_value_blob(v[2]);

	(void)n;
	if (!blob || !bytes || !head[1]) {
		sqlite3_result_null(x);
		return;
	}
	char *p = sqlite3_malloc64(sizeof head + (uint64_t)bytes);

	if (!p) {
		sqlite3_result_error_nomem(x);
		return;
	}
	memcpy(p, head, sizeof head);
	memcpy(p + sizeof head, blob, (size_t)bytes);
	sqlite3_result_blob64(x, p, sizeof head + (uint64_t)bytes, sqlite3_free);
}

void functions_install(struct store_conn *c)
{
	static const struct {
		const char *name;
		int args;
		void (*f)(sqlite3_context *, int, sqlite3_value **);
	} list[] = {
		{"viewer_person", 0, viewer_person},
		{"viewer_company", 0, viewer_company},
		{"viewer_session", 0, viewer_session},
		{"viewer_roles", 0, viewer_roles},
		{"sealed", 3, sealed},
	};
	int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

	for (size_t i = 0; i < COUNT(list); i++) {
		int rc = sqlite3_create_function_v2(
			c->db, list[i].name, list[i].args, flags, c, list[i].f, NULL, NULL, NULL);

		if (rc)
			lite_fault(c->db, rc, "functions");
	}
}
