/* Files in a store that speaks S3: put, read, asked for, dropped and listed, signed by libcurl (AWS
 * Signature Version 4). What libcurl 7.88 (Debian 12) leaves to its caller is done here: the digest
 * of what is sent is given in a header, which it signs; a query is given in the order of its names,
 * encoded, since it signs it as it stands; paths are of letters that need no encoding. A header
 * that is taken out ("Expect:") would be signed all the same, and the other side would refuse. */
#include "inside.h"

#include <curl/curl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	OBJECT_TRIES_MAX = 4,
	OBJECT_AGAIN_MS = 100, /* doubled with each try */
	OBJECT_CONNECT_S = 3,
	OBJECT_PUT_S = 20,
	OBJECT_S = 8,
	OBJECT_LIST_BYTES_MAX = 4 << 20,
	OBJECT_HANDLES = 8,
	OBJECT_TEXT_MAX = 300,
};

struct object_store {
	char base[OBJECT_TEXT_MAX];   /* https://HOST/BUCKET */
	char prefix[OBJECT_TEXT_MAX]; /* "" or "PREFIX/" */
	char keys[OBJECT_TEXT_MAX];   /* ID:SECRET */
	char sign[OBJECT_TEXT_MAX];
	char token[2048];	/* a header line; "": none */
	bool plain;		/* http: into private networks alone */
	pthread_rwlock_t drops; /* a put waits for a drop of what may be the same file */
	pthread_mutex_t mutex;
	CURL *free[OBJECT_HANDLES]; /* their connections are open still */
	size_t free_n;
	struct store_bucket bucket;
};

struct call {
	const char *method;
	str name, query, body;
	size_t answer_max;
	long total_s;
	/* what came */
	long status;
	int64_t put_s; /* when it was put; -1: not said */
	char *answer;
	size_t n, cap;
	bool large;
	CURLcode rc;
};

/* ---- one request ----------------------------------------------------------------------------- */
static CURL *handle_take(struct object_store *o)
{
	CURL *c = NULL;

	pthread_mutex_lock(&o->mutex);
	if (o->free_n)
		c = o->free[--o->free_n];
	pthread_mutex_unlock(&o->mutex);
	if (c)
		curl_easy_reset(c);
	else
		c = curl_easy_init();
	if (!c)
		fault(FAULT_MEMORY, "no memory for a request");
	return c;
}

static void handle_give(struct object_store *o, CURL *c)
{
	pthread_mutex_lock(&o->mutex);
	if (o->free_n < OBJECT_HANDLES) {
		o->free[o->free_n++] = c;
		c = NULL;
	}
	pthread_mutex_unlock(&o->mutex);
	curl_easy_cleanup(c);
}

static size_t answer_take(char *p, size_t size, size_t count, void *ctx)
{
	struct call *k = ctx;
	size_t n = size * count;

	if (k->n + n > k->answer_max) {
		k->large = true;
		return 0;
	}
	if (k->n + n > k->cap) {
		size_t cap = (k->n + n) * 2;
		char *more = realloc(k->answer, cap);

		if (!more)
			return 0;
		k->answer = more;
		k->cap = cap;
	}
	memcpy(k->answer + k->n, p, n);
	k->n += n;
	return n;
}

static curl_socket_t socket_open(void *ctx, curlsocktype use, struct curl_sockaddr *a)
{
	const struct object_store *o = ctx;

	if (use != CURLSOCKTYPE_IPCXN || (o->plain && !post_private(&a->addr)))
		return CURL_SOCKET_BAD;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static struct curl_slist *headers(const struct object_store *o, const struct call *k)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	char line[40 + 2 * sizeof digest] = "x-amz-content-sha256: ";
	struct curl_slist *h;
	size_t n = strlen(line);

	crypto_hash_sha256(digest, (const uint8_t *)k->body.p, k->body.n);
	sodium_bin2hex(line + n, sizeof line - n, digest, sizeof digest);
	h = curl_slist_append(NULL, line);
	if (k->body.p)
		h = curl_slist_append(h, "Content-Type: application/octet-stream");
	if (*o->token)
		h = curl_slist_append(h, o->token);
	return h;
}

static void setup(CURL *c, struct object_store *o, struct call *k, struct curl_slist *h)
{
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, o->plain ? "http" : "https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)OBJECT_CONNECT_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, k->total_s);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, socket_open);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, o);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "Kontor");
	curl_easy_setopt(c, CURLOPT_AWS_SIGV4, o->sign);
	curl_easy_setopt(c, CURLOPT_USERPWD, o->keys);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, h);
	curl_easy_setopt(c, CURLOPT_FILETIME, 1L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, answer_take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, k);
	if (!strcmp(k->method, "HEAD"))
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	if (k->body.p) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)k->body.n);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, k->body.p);
	}
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, k->method);
}

static void once(struct object_store *o, struct call *k, const char *url)
{
	struct curl_slist *h;
	curl_off_t when = -1;
	CURL *c = handle_take(o);

	k->n = 0;
	k->status = 0;
	h = headers(o, k);
	setup(c, o, k, h);
	curl_easy_setopt(c, CURLOPT_URL, url);
	k->rc = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &k->status);
	curl_easy_getinfo(c, CURLINFO_FILETIME_T, &when);
	k->put_s = when;
	handle_give(o, c);
	curl_slist_free_all(h);
}

/* Not answered, too busy or broken over there: the same again may be answered. */
static bool passes(const struct call *k)
{
	return k->rc ? !k->large : k->status >= 500 || k->status == 429;
}

static void wait_ms(int64_t ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/* With the tries that the time allows; the answer's bytes are the caller's to free. */
static void call(struct object_store *o, struct call *k)
{
	char url[3 * OBJECT_TEXT_MAX];
	int64_t until = clock_mono_us() + k->total_s * SECOND_US;
	int n = k->query.n ? snprintf(url, sizeof url, "%s?" STR_FMT, o->base, STR_ARG(k->query))
			   : snprintf(url, sizeof url, "%s/%s" STR_FMT, o->base, o->prefix,
				     STR_ARG(k->name));

	MUST(n > 0 && (size_t)n < sizeof url);
	for (int i = 0;; i++) {
		once(o, k, url);
		int64_t again_ms = (int64_t)OBJECT_AGAIN_MS << i;

		if (!passes(k) || i + 1 == OBJECT_TRIES_MAX ||
			clock_mono_us() + again_ms * 1000 > until)
			return;
		wait_ms(again_ms);
	}
}

static noreturn void refused(struct call *k, const char *what)
{
	const char *next =
		k->status == 403 ? " (do AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY fit, and may "
				   "they read, write, list and delete there?)"
		: k->status == 404 ? " (is there such a bucket?)"
				   : "";

	free(k->answer);
	if (k->large)
		fault(FAULT_STORE, "files: %s: it is larger than it may be", what);
	if (k->rc)
		fault(FAULT_STORE, "files: %s: the object store is not reached: %s", what,
			curl_easy_strerror(k->rc));
	fault(FAULT_STORE, "files: %s: the object store answers %ld%s", what, k->status, next);
}

static bool fine(const struct call *k)
{
	return !k->rc && k->status >= 200 && k->status < 300;
}

static bool none(const struct call *k)
{
	return !k->rc && k->status == 404;
}

/* ---- a file ---------------------------------------------------------------------------------- */
static void put(void *ctx, struct arena *a, str name, str bytes)
{
	struct object_store *o = ctx;
	struct call k = {.method = "PUT",
		.name = name,
		.body = {bytes.p ? bytes.p : "", bytes.n},
		.answer_max = OBJECT_LIST_BYTES_MAX,
		.total_s = OBJECT_PUT_S};

	(void)a;
	pthread_rwlock_rdlock(&o->drops);
	call(o, &k);
	pthread_rwlock_unlock(&o->drops);
	if (!fine(&k))
		refused(&k, "put");
	free(k.answer);
}

static str get(void *ctx, struct arena *a, str name, size_t bytes_max)
{
	struct call k = {
		.method = "GET", .name = name, .answer_max = bytes_max, .total_s = OBJECT_S};
	str bytes = {NULL, 0};

	call(ctx, &k);
	if (!fine(&k) && !none(&k))
		refused(&k, "read");
	if (fine(&k)) /* bytes_max fits the arena, so this does not fault with the answer in hand */
		bytes = str_dup(a, (str){k.n ? k.answer : "", k.n});
	free(k.answer);
	return bytes;
}

static bool head(struct object_store *o, str name, int64_t *put_s)
{
	struct call k = {.method = "HEAD",
		.name = name,
		.answer_max = OBJECT_LIST_BYTES_MAX,
		.total_s = OBJECT_S};

	call(o, &k);
	if (!fine(&k) && !none(&k))
		refused(&k, "ask");
	free(k.answer);
	*put_s = k.put_s;
	return fine(&k);
}

static bool there(void *ctx, struct arena *a, str name)
{
	int64_t put_s;

	(void)a;
	return head(ctx, name, &put_s);
}

static bool dropped(struct object_store *o, str name, instant before)
{
	struct call k = {.method = "DELETE",
		.name = name,
		.answer_max = OBJECT_LIST_BYTES_MAX,
		.total_s = OBJECT_S};
	int64_t put_s;

	if (!head(o, name, &put_s) || put_s < 0 || put_s >= before.us / SECOND_US)
		return false;
	call(o, &k);
	if (!fine(&k) && !none(&k))
		refused(&k, "delete");
	free(k.answer);
	return true;
}

/* Nothing is put in between: of who puts the same bytes again just now, the file stays. */
static bool drop(void *ctx, struct arena *a, str name, instant before)
{
	struct object_store *o = ctx;
	struct fault_point fp;
	volatile bool gone = false;

	(void)a;
	fp.kind = 0;
	pthread_rwlock_wrlock(&o->drops);
	if (FAULT_TRY(fp)) {
		gone = dropped(o, name, before);
		FAULT_END(fp);
		fp.kind = 0;
	}
	pthread_rwlock_unlock(&o->drops);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
	return gone;
}

/* ---- the list (ListObjectsV2) ---------------------------------------------------------------- */
/* What stands between <tag> and </tag>, from *rest on; false: there is none any more. */
static bool element(str *rest, const char *tag, str *out)
{
	char open[40], close[40];

	snprintf(open, sizeof open, "<%s>", tag);
	snprintf(close, sizeof close, "</%s>", tag);
	size_t at = str_find(*rest, str_of(open));

	if (at == (size_t)-1)
		return false;
	str from = str_sub(*rest, at + strlen(open), rest->n);
	size_t n = str_find(from, str_of(close));

	if (n == (size_t)-1)
		return false;
	*out = str_sub(from, 0, n);
	*rest = str_sub(from, n + strlen(close), from.n);
	return true;
}

/* "/" alone of what a prefix may hold has to be encoded. */
static str encoded(struct arena *a, const char *prefix)
{
	str out = S("");

	for (const char *p = prefix; *p; p++)
		out = *p == '/' ? str_cat(a, out, S("%2F")) : str_cat(a, out, (str){p, 1});
	return out;
}

static size_t list_read(const struct object_store *o, struct arena *a, str xml, instant before,
	str *v, size_t most, str *last, bool *end)
{
	str rest = xml, one, more = S("");
	size_t n = 0;

	while (n < most && element(&rest, "Contents", &one)) {
		str in = one, key, when;
		instant put_at;

		if (!element(&in, "Key", &key) || !element(&in, "LastModified", &when) ||
			!str_starts(key, str_of(o->prefix)))
			continue;
		key = str_sub(key, strlen(o->prefix), key.n);
		*last = str_dup(a, key);
		if (instant_parse(when, &put_at) && put_at.us < before.us)
			v[n++] = *last;
	}
	rest = xml;
	*end = !element(&rest, "IsTruncated", &more) || !str_eq(more, S("true")) || !last->n;
	return n;
}

static size_t old(void *ctx, struct arena *a, str after, instant before, str *v, size_t most,
	str *last, bool *end)
{
	struct object_store *o = ctx;
	str prefix = encoded(a, o->prefix);
	struct call k = {.method = "GET",
		.query = str_fmt(a, "list-type=2&max-keys=%zu&prefix=" STR_FMT "%s" STR_FMT STR_FMT,
			most < 1000 ? most : 1000, STR_ARG(prefix), after.n ? "&start-after=" : "",
			STR_ARG(after.n ? prefix : S("")), STR_ARG(after)),
		.answer_max = OBJECT_LIST_BYTES_MAX,
		.total_s = OBJECT_S};

	call(o, &k);
	if (!fine(&k))
		refused(&k, "list");
	str xml = str_dup(a, (str){k.n ? k.answer : "", k.n});

	free(k.answer);
	return list_read(o, a, xml, before, v, most, last, end);
}

/* ---- opening --------------------------------------------------------------------------------- */
static noreturn void misnamed(const char *why)
{
	fault(FAULT_OUTSIDE,
		"--files: %s. It is s3://BUCKET[/PREFIX]?endpoint=https://HOST[&region=REGION]",
		why);
}

static bool of_letters(str s, const char *more)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') &&
			!strchr(more, s.p[i]))
			return false;
	return s.n > 0;
}

static void text_set(char out[OBJECT_TEXT_MAX], str s)
{
	if (s.n >= OBJECT_TEXT_MAX)
		misnamed("it is too long");
	memcpy(out, s.p, s.n);
	out[s.n] = 0;
}

/* The address in its parts; gives the host that is connected to. */
static str address_read(struct object_store *o, struct arena *a, str address)
{
	str rest = str_sub(address, 5, address.n), path = str_cut(&rest, '?'),
	    bucket = str_cut(&path, '/'), endpoint = S(""), region = S("us-east-1");

	while (rest.n) {
		str value = str_cut(&rest, '&'), name = str_cut(&value, '=');

		if (str_eq(name, S("endpoint")))
			endpoint = value;
		else if (str_eq(name, S("region")))
			region = value;
		else
			misnamed("it has a setting that is not known");
	}
	while (str_ends(endpoint, S("/")))
		endpoint.n--;
	o->plain = str_starts(endpoint, S("http://"));
	if (!o->plain && !str_starts(endpoint, S("https://")))
		misnamed("its endpoint must begin with https:// (http:// within private networks)");
	str host = str_sub(endpoint, str_find(endpoint, S("://")) + 3, endpoint.n);

	if (!of_letters(bucket, "-."))
		misnamed("the bucket's name has small letters, digits, \"-\" and \".\"");
	if ((path.n && !of_letters(path, "-_/")) || !of_letters(host, "-.:[]") ||
		!of_letters(region, "-"))
		misnamed("a part of it has other characters than may stand there");
	while (str_ends(path, S("/")))
		path.n--;
	text_set(o->base, str_fmt(a, STR_FMT "/" STR_FMT, STR_ARG(endpoint), STR_ARG(bucket)));
	text_set(o->prefix, path.n ? str_cat(a, path, S("/")) : S(""));
	text_set(o->sign, str_fmt(a, "aws:amz:" STR_FMT ":s3", STR_ARG(region)));
	return egress_host(endpoint);
}

static void keys_read(struct object_store *o, struct arena *a)
{
	const char *id = getenv("AWS_ACCESS_KEY_ID"), *secret = getenv("AWS_SECRET_ACCESS_KEY"),
		   *token = getenv("AWS_SESSION_TOKEN");

	if (!id || !*id || !secret || !*secret)
		fault(FAULT_OUTSIDE, "--files: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not "
				     "set in the environment");
	text_set(o->keys, str_fmt(a, "%s:%s", id, secret));
	if (token && *token &&
		snprintf(o->token, sizeof o->token, "x-amz-security-token: %s", token) >=
			(int)sizeof o->token)
		fault(FAULT_OUTSIDE, "--files: AWS_SESSION_TOKEN is too long");
}

/* The policy is asked like for everything that leaves. */
static void allowed(const struct policy *p, str host)
{
	const struct policy_recipient *r = policy_recipient(p, S("object_storage"));
	bool named = false;

	for (size_t i = 0; r && i < r->hosts_n; i++)
		named |= str_eq(r->hosts[i], host);
	if (r && !r->planned && named)
		return;
	fault(FAULT_POLICY,
		"--files: the recipient object_storage is off, or is not declared at the host "
		"\"" STR_FMT "\": say who keeps the files in DIR/policy/narrow.yaml: recipients: "
		"{object_storage: "
		"{on: yes, title: \"…\", hosts: [" STR_FMT "]}}",
		STR_ARG(host), STR_ARG(host));
}

static void opened(struct object_store *o, struct arena *a, const struct policy *p, str address)
{
	str v[1], last = {NULL, 0};
	bool end;

	egress_start_curl();
	allowed(p, address_read(o, a, address));
	keys_read(o, a);
	(void)old(o, a, S(""), (instant){0}, v, 1, &last, &end);
}

struct object_store *object_store_open(const struct policy *p, const char *address)
{
	struct object_store *o = calloc(1, sizeof *o);
	struct arena *a = arena_make(16 << 20);
	struct fault_point fp;

	MUST(o);
	o->bucket = (struct store_bucket){
		.ctx = o, .put = put, .get = get, .there = there, .drop = drop, .old = old};
	pthread_rwlock_init(&o->drops, NULL);
	pthread_mutex_init(&o->mutex, NULL);
	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		if (!str_starts(str_of(address), S("s3://")))
			misnamed("it must begin with s3://");
		opened(o, a, p, str_of(address));
		FAULT_END(fp);
		fp.kind = 0;
	}
	arena_free(a);
	if (!fp.kind)
		return o;
	object_store_close(o);
	fault(fp.kind, "%s", fp.what);
}

const struct store_bucket *object_store_bucket(struct object_store *o)
{
	return &o->bucket;
}

void object_store_close(struct object_store *o)
{
	if (!o)
		return;
	while (o->free_n)
		curl_easy_cleanup(o->free[--o->free_n]);
	pthread_rwlock_destroy(&o->drops);
	pthread_mutex_destroy(&o->mutex);
	explicit_bzero(o, sizeof *o);
	free(o);
}
