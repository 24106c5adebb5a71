/* Where an installation's database is, and as whom the program logs in there. */
#include "pg.h"

#include <sodium.h>
#include <unistd.h>

enum { ADDRESS_BYTES_MAX = 4096 };

const char *pg_address_read(struct arena *a, const char *dir)
{
	char *path = path_join(a, dir, "database");

	if (access(path, F_OK))
		return NULL;
	str s = str_trim(file_read(a, path, ADDRESS_BYTES_MAX));

	return str_dup(a, s).p;
}

void pg_address_keep(struct store *s)
{
	str line = str_fmt(s->arena, "%s\n", s->place->uri);

	file_write_synced(path_join(s->arena, s->dir, "database"), line, 0600);
}

/* postgresql://user@host:5432/kontor?host=… and "dbname=kontor …": the database's name. */
static str database_of(str uri)
{
	bool url = str_starts(uri, S("postgresql://")) || str_starts(uri, S("postgres://"));

	if (!url) {
		size_t at = str_find(uri, S("dbname="));
		str rest = at == (size_t)-1 ? S("") : str_sub(uri, at + 7, uri.n);

		return str_cut(&rest, ' ');
	}
	str rest = str_sub(uri, str_find(uri, S("//")) + 2, uri.n);

	(void)str_cut(&rest, '/');
	return str_cut(&rest, '?');
}

bool pg_address(const char *text)
{
	str s = str_of(text);

	return str_starts(s, S("postgresql://")) || str_starts(s, S("postgres://")) ||
	       str_find(s, S("dbname=")) != (size_t)-1;
}

static bool plain(str s)
{
	bool good = s.n && s.n < PG_ROLE_CHARS - 20;

	for (size_t i = 0; good && i < s.n; i++)
		good = (s.p[i] >= 'a' && s.p[i] <= 'z') || s.p[i] == '_' ||
		       (i && s.p[i] >= '0' && s.p[i] <= '9');
	return good;
}

struct pg_place *pg_place_name(struct store *s, const char *uri)
{
	struct pg_place *p = arena_new(s->arena, struct pg_place);
	str name = database_of(str_of(uri));

	if (!plain(name))
		fault(FAULT_OUTSIDE,
			"the database's address must name the database, in small letters, digits "
			"and \"_\": postgresql://USER@HOST/kontor");
	p->uri = str_fmt(s->arena, "%s", uri).p;
	memcpy(p->roles, name.p, name.n);
	return p;
}

struct pg_place *pg_place_make(struct store *s, const char *uri)
{
	struct pg_place *p = pg_place_name(s, uri);

	for (int i = PG_HOUSE; i <= PG_APP; i++) {
		uint8_t key[KEY_BYTES];

		store_secret(s, i == PG_APP ? "postgresql app" : "postgresql house", key);
		sodium_bin2hex(p->password[i], sizeof p->password[i], key, sizeof key);
		explicit_bzero(key, sizeof key);
	}
	return p;
}
