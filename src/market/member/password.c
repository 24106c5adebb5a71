#include "market/member/password.h"

#include <sodium.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Words that most guessable passwords are built around, without their ornaments. */
static const char *const common[] = {"abc", "access", "admin", "administrator", "amazing", "andrea",
	"angel", "arsenal", "asdf", "asdfghjkl", "baseball", "basketball", "batman", "berlin",
	"bestellung", "bitte", "blink", "buster", "business", "changeme", "changethis", "charlie",
	"chelsea", "chocolate", "computer", "company", "corona", "correcthorsebatterystaple",
	"daniel", "default", "demo", "deutschland", "dragon", "einkauf", "fckgwrhqq", "firma",
	"football", "forever", "freedom", "friends", "fussball", "geheim", "guest", "hallo",
	"hallowelt", "hamburg", "hello", "helloworld", "hunter", "iloveyou", "internet", "jennifer",
	"jessica", "jesus", "jordan", "killer", "kontor", "kennwort", "letmein", "letmeinnow",
	"liverpool", "login", "lovely", "lovelove", "loveme", "manager", "marketplace",
	"marktplatz", "master", "michael", "michelle", "monkey", "mustang", "mypassword", "nicole",
	"office", "passwort", "password", "passwords", "passwordpassword", "passw", "passphrase",
	"pokemon", "princess", "purchase", "qwer", "qwert", "qwertz", "qwerty", "qwertyuiop",
	"qwertzuiop", "root", "schalke", "schatz", "secret", "secretpassword", "service", "shadow",
	"sommer", "soccer", "starwars", "start", "startrek", "summer", "sunshine", "superman",
	"superuser", "supersecret", "supplier", "system", "telekom", "test", "testing", "testtest",
	"thomas", "trustno", "user", "verkauf", "volkswagen", "wasser", "webmaster", "welcome",
	"whatever", "william", "willkommen", "winter", "wolfgang", "zaq"};
/* What is typed by running along keys: any part of these, forwards or backwards, at any length. */
static const char *const rows[] = {"abcdefghijklmnopqrstuvwxyz", "01234567890123456789",
	"qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn",
	"1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1qay2wsx3edc4rfv5tgb6zhn7ujm",
	"qazwsxedcrfvtgbyhnujm", "q1w2e3r4t5y6u7i8o9p0"};

/* Signs that stand for letters, so that p4$$w0rd is the word that it is. */
static char plain(char c)
{
	static const char from[] = "@4310!$57", to[] = "aaeioisst";
	const char *at = c ? strchr(from, c) : NULL;

	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return at ? to[at - from] : c;
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c & 0x80);
}

static bool on_list(str word)
{
	for (size_t i = 0; i < COUNT(common); i++)
		if (str_eq(word, str_of(common[i])))
			return true;
	return false;
}

/* The letters between leading and trailing ornaments; with `read`, signs count as letters. */
static str core(struct arena *a, str s, bool read)
{
	char *v = arena_array(a, char, s.n + 1);
	size_t from = 0, to = s.n;

	for (size_t i = 0; i < s.n; i++)
		v[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] - 'A' + 'a') : s.p[i];
	while (from < to && !letter(v[from]) && plain(v[from]) == v[from])
		from++;
	while (to > from && !letter(v[to - 1]))
		to--;
	if (read)
		for (size_t i = from; i < to; i++)
			v[i] = plain(v[i]);
	while (from < to && !letter(v[from]))
		from++;
	return (str){v + from, to - from};
}

static bool is_common(struct arena *a, str s)
{
	str word = core(a, s, false), read = core(a, s, true);

	if (on_list(word) || on_list(read))
		return true;
	/* a word twice, or two of them, is no better than one */
	for (size_t cut = 3; cut + 3 <= read.n; cut++)
		if (on_list(str_sub(read, 0, cut)) && on_list(str_sub(read, cut, read.n - cut)))
			return true;
	return false;
}

static bool runs(str s, const char *row)
{
	size_t n = strlen(row), forward = 0, back = 0;
	size_t best = 0;

	for (size_t i = 1; i < s.n; i++) {
		bool f = false, b = false;

		for (size_t k = 0; k + 1 < n; k++) {
			f |= row[k] == s.p[i - 1] && row[k + 1] == s.p[i];
			b |= row[k + 1] == s.p[i - 1] && row[k] == s.p[i];
		}
		forward = f ? forward + 1 : 0;
		back = b ? back + 1 : 0;
		best = forward > best ? forward : back > best ? back : best;
	}
	return best + 4 >= s.n; /* all but three signs */
}

static bool is_pattern(struct arena *a, str s)
{
	str low = str_lower(a, s);

	for (size_t period = 1; period <= 4 && period * 2 <= low.n; period++)
		if (!memcmp(low.p, low.p + period, low.n - period))
			return true;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (runs(low, rows[i]))
			return true;
	return false;
}

static bool is_own(struct arena *a, str s, str own)
{
	str low = str_lower(a, s), mine = str_lower(a, own);
	str local = str_cut(&mine, '@');
	size_t at = local.n >= 4 ? str_find(low, local) : (size_t)-1;

	return at != (size_t)-1 && low.n - local.n < 6;
}

enum password_fault password_check(struct arena *a, str password, const str *own, size_t n)
{
	size_t chars = str_chars(password);

	if (chars < PASSWORD_CHARS_MIN)
		return PASSWORD_SHORT;
	if (chars > PASSWORD_CHARS_MAX)
		return PASSWORD_LONG;
	if (is_pattern(a, password))
		return PASSWORD_PATTERN;
	if (is_common(a, password))
		return PASSWORD_COMMON;
	for (size_t i = 0; i < n; i++) {
		str rest = own[i];

		if (is_own(a, password, own[i]))
			return PASSWORD_OWN;
		while (rest.n)
			if (is_own(a, password, str_cut(&rest, ' ')))
				return PASSWORD_OWN;
	}
	return PASSWORD_FINE;
}

#ifndef __SANITIZE_ADDRESS__ /* which has an mmap of its own */
/* The library asks for Argon2id's memory populated at once: the kernel then clears 64 MiB under the
 * lock of the whole address space, on a thread that stands behind all others, and whoever needs
 * that lock waits for it. Page by page nobody does: pages at the 99th percentile took 150 ms while
 * 64 signed in, and 25 ms without the wish (decision 114). */
void *mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
	return (void *)syscall(SYS_mmap, at, n, protection, flags & ~MAP_POPULATE, fd, offset);
}
#endif

enum { ARGON_PASSES = 3, ARGON_BYTES = 64 << 20 };

str password_hash(struct arena *a, str password)
{
	char *hash = arena_array(a, char, crypto_pwhash_STRBYTES);

	if (crypto_pwhash_str_alg(hash, password.p, password.n, ARGON_PASSES, ARGON_BYTES,
		    crypto_pwhash_ALG_ARGON2ID13))
		fault(FAULT_MEMORY, "Argon2id: no %d MiB for a password", ARGON_BYTES >> 20);
	return str_of(hash);
}

/* Of a random password that nobody kept, so that unknown accounts take as long as known ones. */
static const char nobody[crypto_pwhash_STRBYTES] =
	"$argon2id$v=19$m=65536,t=3,p=1$c29tZS1zYWx0LTE2Ynl0ZQ$"
	"Z0sJ0l5bq6v8m4s0cTg0mJ1s3q9jB0c4wqk8V9mO0oA";

bool password_right(str hash, str password)
{
	char full[crypto_pwhash_STRBYTES] = {0}; /* the library reads all of it */

	if (!hash.n || hash.n >= sizeof full) {
		(void)!crypto_pwhash_str_verify(nobody, password.p, password.n);
		return false;
	}
	memcpy(full, hash.p, hash.n);
	return crypto_pwhash_str_verify(full, password.p, password.n) == 0;
}
