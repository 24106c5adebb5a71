#include "libpq.h"

#include <dlfcn.h>
#include <pthread.h>

struct libpq pq;

#define NAME(f) \
	{ \
#f, offsetof(struct libpq, f) \
	}
static const struct {
	const char *name;
	size_t at;
} names[] = {NAME(PQconnectdbParams), NAME(PQfinish), NAME(PQstatus), NAME(PQerrorMessage),
	NAME(PQdb), NAME(PQparameterStatus), NAME(PQtransactionStatus), NAME(PQsocket),
	NAME(PQsetNoticeProcessor), NAME(PQencryptPasswordConn), NAME(PQfreemem),
	NAME(PQenterPipelineMode), NAME(PQpipelineSync), NAME(PQflush), NAME(PQconsumeInput),
	NAME(PQisBusy), NAME(PQgetResult), NAME(PQnotifies), NAME(PQexec), NAME(PQexecParams),
	NAME(PQsendQueryParams), NAME(PQsendPrepare), NAME(PQsendQueryPrepared),
	NAME(PQresultStatus), NAME(PQresultErrorMessage), NAME(PQresultErrorField), NAME(PQntuples),
	NAME(PQnfields), NAME(PQftype), NAME(PQgetvalue), NAME(PQgetlength), NAME(PQgetisnull),
	NAME(PQcmdTuples), NAME(PQclear), NAME(PQgetCopyData), NAME(PQputCopyData),
	NAME(PQputCopyEnd)};

static const char *missing; /* the name that the library has not; "" all of it */

static void load(void)
{
	void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);

	missing = library ? NULL : "";
	for (size_t i = 0; library && i < COUNT(names); i++) {
		void *f = dlsym(library, names[i].name);

		if (!f)
			missing = names[i].name;
		memcpy((char *)&pq + names[i].at, &f, sizeof f);
	}
}

void libpq_load(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	if (missing && !*missing)
		fault(FAULT_OUTSIDE,
			"PostgreSQL's client library is not installed: apt-get install "
			"libpq5");
	if (missing)
		fault(FAULT_OUTSIDE,
			"PostgreSQL's client library is too old (it has no %s): version "
			"14 or newer is needed",
			missing);
}
