/* The file is a binary trie over the bits of an address: each node two records of three bytes, the
 * lower first, least significant byte first. A record below 0xffff00 is the next node, else a
 * country (GeoIP Legacy, country edition; its order of countries is that of libGeoIP 1.6). */
#include "market/desk/country_of.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { TRIE_COUNTRIES = 0xffff00, TRIE_BYTES_MAX = 32 << 20 };

/* Two letters each, as libGeoIP 1.6.12 numbers them; -- is no country: unknown, a proxy, Europe. */
static const char codes[] =
	"------ADAEAFAGAIALAMCWAOAQARASATAUAWAZBABBBDBEBFBGBHBIBJBMBNBOBRBSBTBVBWBYBZCACCCDCF"
	"CGCHCICKCLCMCNCOCRCUCVCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRSXGAGBGDGEGFGHGIGL"
	"GMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILINIOIQIRISITJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLC"
	"LILKLRLSLTLULVLYMAMCMDMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOM"
	"PAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSTSVSYSZTCTDTFTG"
	"THTJTKTMTNTOTLTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTRSZAZMMEZW------AXGGIMJEBL"
	"MFBQSS";

static struct trie {
	struct arena *a;
	uint8_t *v; /* NULL: there is none */
	size_t n;
} tries[2]; /* IPv4, IPv6 */

static size_t record(const struct trie *t, size_t node, int side)
{
	const uint8_t *r = t->v + node * 6 + (size_t)side * 3;

	return (size_t)r[0] | (size_t)r[1] << 8 | (size_t)r[2] << 16;
}

static str look(const struct trie *t, const uint8_t *address, int bits)
{
	size_t node = 0;

	for (int i = 0; i < bits; i++) {
		if (node * 6 + 6 > t->n)
			return S("");
		node = record(t, node, address[i / 8] >> (7 - i % 8) & 1);
		if (node < TRIE_COUNTRIES)
			continue;
		size_t at = (node - TRIE_COUNTRIES) * 2;

		if (at + 2 > sizeof codes - 1 || codes[at] == '-')
			return S("");
		return (str){codes + at, 2};
	}
	return S("");
}

str visits_country(str network)
{
	str address = str_cut(&network, '/');
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16];

	if (!network.n || address.n >= sizeof text)
		return S("");
	memcpy(text, address.p, address.n);
	text[address.n] = 0;
	if (tries[0].v && inet_pton(AF_INET, text, bytes) == 1)
		return look(&tries[0], bytes, 32);
	if (tries[1].v && inet_pton(AF_INET6, text, bytes) == 1)
		return look(&tries[1], bytes, 128);
	return S("");
}

bool visits_country_known(void)
{
	return tries[0].v || tries[1].v;
}

static void trie_read(struct trie *t, const char *folder, const char *name)
{
	char path[512];
	FILE *in;
	long n;

	if (t->a)
		arena_free(t->a);
	*t = (struct trie){0};
	snprintf(path, sizeof path, "%s/%s", folder, name);
	in = fopen(path, "rb");
	if (!in)
		return;
	if (!fseek(in, 0, SEEK_END) && (n = ftell(in)) > 6 && n <= TRIE_BYTES_MAX &&
		!fseek(in, 0, SEEK_SET)) {
		t->a = arena_make((size_t)n + 4096);
		t->v = arena_alloc(t->a, 1, (size_t)n);
		t->n = fread(t->v, 1, (size_t)n, in);
	}
	fclose(in);
}

bool visits_countries(const char *folder)
{
	trie_read(&tries[0], folder, "GeoIP.dat");
	trie_read(&tries[1], folder, "GeoIPv6.dat");
	return visits_country_known();
}
