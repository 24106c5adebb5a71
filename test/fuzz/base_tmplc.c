/* Any bytes as a template: an answer or a mistake with its place, never anything else. */
#define TMPLC_NO_MAIN
#include "../../tool/tmplc.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_make((size_t)64 << 20);
	struct fault_point fp;
	struct out c, h;

	if (FAULT_TRY(fp)) {
		out_init(&c, a, 256, FILE_BYTES_MAX, NULL);
		out_init(&h, a, 256, FILE_BYTES_MAX, NULL);
		compile(a, "fuzz.html", str_dup(a, (str){n ? (const char *)data : "", n}), &c, &h);
		FAULT_END(fp);
	} else if (fp.kind == FAULT_BUG ||
		   (fp.kind == FAULT_OUTSIDE && !strstr(fp.what, "fuzz.html:"))) {
		abort();
	}
	arena_free(a);
	return 0;
}
