/* limits: every limit of the program, with its unit. A number that bounds something is named here. */
#ifndef KONTOR_LIMITS_H
#define KONTOR_LIMITS_H

enum {
	REQ_BODY_BYTES_MAX = 1 << 20,        /* forms and JSON */
	REQ_UPLOAD_BYTES_MAX = 8 << 20,      /* a picture or a document */
	REQ_ARENA_BYTES_MAX = 32 << 20,
	REQ_HEADER_BYTES_MAX = 16 << 10,
	REQ_URI_BYTES_MAX = 4 << 10,
	REQ_FIELDS_MAX = 256,                /* fields of one form */
	REQ_IDLE_S = 15,                     /* a client that sends nothing */
	REQ_TOTAL_S = 120,                   /* one request, from first byte to last of the answer */
	CONNECTIONS_MAX = 4096,
	CONNECTIONS_PER_ADDRESS_MAX = 256,
	PAGE_BYTES_MAX = 8 << 20,            /* one answer */
	LIST_ROWS_MAX = 1000,                /* any -> many statement */
	PAGE_ROWS = 50,                      /* one page of a list */
	READ_TRANSACTION_S_MAX = 5,
	WRITE_APPLY_MS_MAX = 2000,           /* one unit on the writer */
	WRITE_QUEUE_MAX = 4096,
	WRITE_BATCH_MAX = 256,               /* units in one commit */
	WRITE_SLICE_MS = 20,                 /* an import's slice between other people's writes */
	SESSION_IDLE_S = 30 * 60,
	SESSION_TOTAL_S = 12 * 3600,
	IDEMPOTENCY_S = 24 * 3600,
	JSON_DEPTH_MAX = 16,
	EGRESS_TRIES_MAX = 12,
};

#endif
