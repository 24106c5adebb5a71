/* POST to a recipient's own address, and to nowhere else: the address that is connected to is the
 * one that was judged (the socket is opened here, for exactly that address), so a name that
 * changes its mind between looking up and connecting leads nowhere; redirects are not followed. */
#include "inside.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct post_state {
	bool inward, refused;
};

static bool v4_private(uint32_t a) /* host order; RFC 6890 and its registry */
{
	static const struct {
		uint32_t net;
		int bits;
	} nets[] = {{0x00000000, 8}, {0x0a000000, 8}, {0x64400000, 10}, {0x7f000000, 8},
		{0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24},
		{0xc0586300, 24}, {0xc0a80000, 16}, {0xc6120000, 15}, {0xc6336400, 24},
		{0xcb007100, 24}, {0xe0000000, 4}, {0xf0000000, 4}};

	for (size_t i = 0; i < COUNT(nets); i++)
		if (a >> (32 - nets[i].bits) == nets[i].net >> (32 - nets[i].bits))
			return true;
	return false;
}

/* Global unicast is 2000::/3; within it, what maps or tunnels IPv4 and what is for papers is not.
 */
static bool v6_private(const uint8_t a[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (!memcmp(a, mapped, sizeof mapped))
		return v4_private((uint32_t)a[12] << 24 | (uint32_t)a[13] << 16 |
				  (uint32_t)a[14] << 8 | a[15]);
	return (a[0] & 0xe0) != 0x20 || (a[0] == 0x20 && a[1] == 0x02) ||
	       (a[0] == 0x20 && a[1] == 0x01 && a[2] < 2) ||
	       (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8);
}

bool post_private(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return v4_private(ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr));
	if (a->sa_family == AF_INET6)
		return v6_private(((const struct sockaddr_in6 *)a)->sin6_addr.s6_addr);
	return true;
}

static curl_socket_t open_socket(void *ctx, curlsocktype use, struct curl_sockaddr *a)
{
	struct post_state *st = ctx;

	if (use != CURLSOCKTYPE_IPCXN || (post_private(&a->addr) && !st->inward)) {
		st->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* The host of an address, lower case, without port; empty: not an address that is posted to. */
str egress_host(str url)
{
	size_t at = str_find(url, S("://"));

	if (at == (size_t)-1)
		return S("");
	str rest = str_sub(url, at + 3, url.n), host = str_cut(&rest, '/');

	if (str_has(host, '@'))
		return S("");
	if (host.n && host.p[0] == '[')
		return (str){host.p, str_find(host, S("]")) + 1};
	return str_cut(&host, ':');
}

static size_t swallow(char *p, size_t size, size_t n, void *ctx)
{
	(void)p, (void)ctx;
	return size * n;
}

static const char *answer(CURL *c, CURLcode rc, const struct post_state *st)
{
	long status = 0;

	if (st->refused)
		return "the address lies in a private network, which the operator did not allow";
	if (rc != CURLE_OK)
		return curl_easy_strerror(rc);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300)
		return NULL;
	return status >= 300 && status < 400 ? "the answer sends elsewhere: not followed"
					     : "the answer is not 2xx";
}

const char *post_send(struct arena *a, const struct post *p)
{
	struct post_state st = {.inward = p->inward};
	struct curl_slist *h = curl_slist_append(NULL, "content-type: application/json");
	CURL *c;
	const char *why;

	egress_start_curl();
	c = curl_easy_init();
	for (size_t i = 0; i < COUNT(p->header) && p->header[i].name; i++)
		h = curl_slist_append(h,
			str_fmt(a, "%s: " STR_FMT, p->header[i].name, STR_ARG(p->header[i].value))
				.p);
	if (!c || !h) {
		curl_slist_free_all(h);
		curl_easy_cleanup(c);
		return "no memory";
	}
	curl_easy_setopt(c, CURLOPT_URL, str_dup(a, p->url).p);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, p->inward ? "https,http" : "https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)POST_CONNECT_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)POST_TOTAL_S);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, &st);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, h);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "Kontor");
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)p->body.n);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, p->body.p);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, swallow);
	curl_easy_setopt(c, CURLOPT_MAXFILESIZE, (long)POST_ANSWER_BYTES_MAX);
	CURLcode rc = curl_easy_perform(c);

	why = answer(c, rc, &st);
	curl_slist_free_all(h);
	curl_easy_cleanup(c);
	return why;
}
