/* replay: runs a fuzz driver over its corpus, one TAP line a file: what a fuzzer once found stays
 * found. Usage: DRIVER FOLDER. A driver that has no corpus yet is run on the empty input. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void replay(const char *path)
{
	FILE *f = fopen(path, "rbe");
	uint8_t *p = NULL;
	size_t n = 0, cap = 0;

	if (!f) {
		perror(path);
		exit(1);
	}
	do {
		cap = cap ? cap * 2 : 4096;
		p = realloc(p, cap);
		if (!p)
			exit(1);
		n += fread(p + n, 1, cap - n, f);
	} while (n == cap);
	fclose(f);
	uint8_t *exact = malloc(n ? n : 1); /* so that ASan sees one byte too many */

	if (!exact)
		exit(1);
	memcpy(exact, p, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	free(p);
}

int main(int argc, char **argv)
{
	struct dirent **v = NULL;
	int n = argc > 1 ? scandir(argv[1], &v, NULL, alphasort) : -1, done = 0;

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	printf("ok %d - empty\n", ++done);
	for (int i = 0; i < n; i++) {
		char path[4096];

		if (v[i]->d_name[0] != '.') {
			snprintf(path, sizeof path, "%s/%s", argv[1], v[i]->d_name);
			replay(path);
			printf("ok %d - %s\n", ++done, v[i]->d_name);
		}
		free(v[i]);
	}
	free(v);
	printf("1..%d\n", done);
	return 0;
}
