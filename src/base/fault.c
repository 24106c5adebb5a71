/* Faults: a stack of jump points per thread, and injection for tests. */
#include "base.h"

#include <stdio.h>
#include <stdlib.h>

static _Thread_local struct fault_point *top;
_Thread_local int64_t fault_injected[FAULT_SITE_COUNT];

void fault_push(struct fault_point *fp)
{
	fp->up = top;
	fp->what[0] = 0;
	top = fp;
}

void fault_pop(struct fault_point *fp)
{
	if (top != fp)
		abort(); /* a try block was left by return or goto */
	top = fp->up;
}

void fault(enum fault_kind kind, const char *fmt, ...)
{
	char what[sizeof top->what];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	struct fault_point *fp = top;

	if (!fp) {
		fprintf(stderr, "kontor: %s: %s\n", fault_name(kind), what);
		abort();
	}
	top = fp->up;
	fp->kind = kind;
	memcpy(fp->what, what, sizeof what);
	longjmp(fp->env, 1);
}

const char *fault_name(enum fault_kind kind)
{
	switch (kind) {
	case FAULT_BUG: return "bug";
	case FAULT_MEMORY: return "memory";
	case FAULT_STORE: return "store";
	case FAULT_RETRY: return "retry";
	case FAULT_TIME: return "time";
	case FAULT_POLICY: return "policy";
	case FAULT_OUTSIDE: return "outside";
	}
	return "unknown";
}

void fault_inject(enum fault_site site, int64_t nth)
{
	fault_injected[site] = nth;
}
