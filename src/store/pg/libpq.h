/* libpq: PostgreSQL's client library, loaded when an installation names such a database and not
 * before: who keeps to SQLite needs no library of it, neither to build nor to run (decision 226).
 * The types and numbers are those of its ABI 5, which has been the same since 2005. */
#ifndef KONTOR_STORE_PG_LIBPQ_H
#define KONTOR_STORE_PG_LIBPQ_H

#include "../../base/base.h"

typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;
typedef struct pg_notify {
	char *relname;
	int be_pid;
	char *extra;
	struct pg_notify *next;
} PGnotify;

enum { PQ_OK = 0 };		      /* of PQstatus */
enum { PQ_IDLE = 0, PQ_UNKNOWN = 4 }; /* of PQtransactionStatus */
enum {				      /* of PQresultStatus */
	PQ_COMMAND_OK = 1,
	PQ_TUPLES_OK = 2,
	PQ_COPY_OUT = 3,
	PQ_COPY_IN = 4,
	PQ_PIPELINE_SYNC = 10,
	PQ_PIPELINE_ABORTED = 11
};
enum { PQ_SQLSTATE = 'C', PQ_MESSAGE = 'M' }; /* of PQresultErrorField */
enum { PQ_TEXT = 0, PQ_BINARY = 1 };	      /* formats */
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25 };
enum { OID_BYTEAS = 1001, OID_TEXTS = 1009, OID_INT8S = 1016 }; /* arrays */

struct libpq {
	PGconn *(*PQconnectdbParams)(const char *const *, const char *const *, int);
	void (*PQfinish)(PGconn *);
	int (*PQstatus)(const PGconn *);
	char *(*PQerrorMessage)(const PGconn *);
	char *(*PQdb)(const PGconn *);
	const char *(*PQparameterStatus)(const PGconn *, const char *);
	int (*PQtransactionStatus)(const PGconn *);
	int (*PQsocket)(const PGconn *);
	void (*PQsetNoticeProcessor)(PGconn *, void (*)(void *, const char *), void *);
	char *(*PQencryptPasswordConn)(PGconn *, const char *, const char *, const char *);
	void (*PQfreemem)(void *);
	int (*PQenterPipelineMode)(PGconn *);
	int (*PQpipelineSync)(PGconn *);
	int (*PQflush)(PGconn *);
	int (*PQconsumeInput)(PGconn *);
	int (*PQisBusy)(PGconn *);
	PGresult *(*PQgetResult)(PGconn *);
	PGnotify *(*PQnotifies)(PGconn *);
	PGresult *(*PQexec)(PGconn *, const char *);
	PGresult *(*PQexecParams)(PGconn *, const char *, int, const unsigned *,
		const char *const *, const int *, const int *, int);
	int (*PQsendQueryParams)(PGconn *, const char *, int, const unsigned *, const char *const *,
		const int *, const int *, int);
	int (*PQsendPrepare)(PGconn *, const char *, const char *, int, const unsigned *);
	int (*PQsendQueryPrepared)(
		PGconn *, const char *, int, const char *const *, const int *, const int *, int);
	int (*PQresultStatus)(const PGresult *);
	char *(*PQresultErrorMessage)(const PGresult *);
	char *(*PQresultErrorField)(const PGresult *, int);
	int (*PQntuples)(const PGresult *);
	int (*PQnfields)(const PGresult *);
	unsigned (*PQftype)(const PGresult *, int);
	char *(*PQgetvalue)(const PGresult *, int, int);
	int (*PQgetlength)(const PGresult *, int, int);
	int (*PQgetisnull)(const PGresult *, int, int);
	char *(*PQcmdTuples)(PGresult *);
	void (*PQclear)(PGresult *);
	int (*PQgetCopyData)(PGconn *, char **, int);
	int (*PQputCopyData)(PGconn *, const char *, int);
	int (*PQputCopyEnd)(PGconn *, const char *);
};
extern struct libpq pq;

/* Faults with what to install when it is not there; as often as wanted. */
void libpq_load(void);

#endif
