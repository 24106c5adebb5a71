/* limits: every limit of the program, with its unit. What bounds something is named here. */
#ifndef KONTOR_LIMITS_H
#define KONTOR_LIMITS_H

enum {
	REQ_BODY_BYTES_MAX = 1 << 20,	/* forms and JSON */
	REQ_UPLOAD_BYTES_MAX = 8 << 20, /* a picture or a document */
	REQ_ARENA_BYTES_MAX = 32 << 20,
	REQ_HEADER_BYTES_MAX = 16 << 10,
	REQ_URI_BYTES_MAX = 4 << 10,
	REQ_FIELDS_MAX = 256, /* fields of one form */
	REQ_IDLE_S = 15,      /* a client that sends nothing */
	REQ_TOTAL_S = 120,    /* one request, from first byte to last of the answer */
	CONNECTIONS_MAX = 4096,
	CONNECTIONS_PER_ADDRESS_MAX = 256,
	REQ_HEADERS_MAX = 100, /* header lines */
	/* from the connection's or the last answer's end to the last header byte, beyond idle */
	REQ_HEAD_S = 20,
	REQ_VALUES_MAX = 2048, /* name and value pairs of one body, sub-forms included */
	REQ_FIELD_NAME_BYTES_MAX = 128,
	REQ_PATH_SEGMENTS_MAX = 16,
	REQ_PATH_PARAMS_MAX = 6,
	REQ_PART_HEADER_BYTES_MAX = 2 << 10, /* headers of one part of a multipart body */
	REQ_COOKIE_BYTES_MAX = 4 << 10,
	ROUTES_MAX = 1024,
	ARENAS_KEPT_MAX = 32, /* request arenas kept for the next request */
	PREPARE_THREADS = 2,  /* slow prepare: Argon2id, pictures */
	PREPARE_QUEUE_MAX = 256,
	PREPARE_NICE = 10, /* of these threads, as nice(1) counts */
	LISTEN_THREADS = 2,
	STOP_S = 30,			/* a graceful stop waits this long for what it began */
	RATE_BUCKETS = 1 << 14,		/* addresses and accounts watched at a time */
	SESSION_TOUCH_S = 60,		/* last seen is noted at most this often */
	SESSION_TOUCHES_MAX = 64,	/* such notes waiting at a time: more are lost */
	SESSION_VISITOR_S = 14 * 86400, /* a visitor's basket */
	FLASH_S = 60,
	FORM_TOKEN_S = 12 * 3600, /* a form shown to nobody in particular can be sent this long */
	GZIP_BYTES_MIN = 1024,	  /* smaller answers are not worth it */
	GZIP_LEVEL = 1,
	KEPT_PAGES_MAX = 1 << 12, /* printed pages kept until what they show changes */
	KEPT_BYTES_MAX = 16 << 20,
	KEPT_S = 10,		      /* and not longer, for what depends on the hour */
	LIVE_STREAMS_MAX = 1024,      /* live events: streams of one server */
	LIVE_PERSON_MAX = 4,	      /* and of one person on it */
	LIVE_BEAT_S = 15,	      /* a stream that had nothing to say says that it is there */
	LIVE_QUEUE_MAX = 16,	      /* events waiting for one stream: more are told as "again" */
	LIVE_KEPT_MAX = 256,	      /* events kept for who connects a moment later */
	LIVE_STREAM_BYTES_MAX = 1280, /* memory of one, beside its connection */
	LIVE_RETRY_MS = 3000,	      /* after which a browser connects again */
	COOKIES_SET_MAX = 8,
	TAGS_PAGE_MAX = 16, /* scripts, pixels, embeds and shared links of one page */
	EMBED_ADDRESS_BYTES_MAX = 300,
	COOKIE_CHOICE_DAYS = 180, /* then a visitor is asked again: as CNIL recommends */
	HEADERS_SET_MAX = 16,
	FORM_ERRORS_MAX = 100,
	PAGE_BYTES_MAX = 8 << 20,	  /* one answer */
	RECORD_FIELD_BYTES_MAX = 4 << 20, /* one field of a sealed group */
	LIST_ROWS_MAX = 1000,		  /* any -> many statement */
	LIST_BYTES_MAX = 1 << 20,	  /* a list that a statement is given */
	PAGE_ROWS = 50,			  /* one page of a list */
	READ_TRANSACTION_S_MAX = 5,
	WRITE_APPLY_MS_MAX = 2000,    /* one unit on the writer */
	WRITE_PATIENT_MS_MAX = 20000, /* one that waits for all others: a batch of an import */
	WRITE_QUEUE_MAX = 4096,
	WRITE_BATCH_MAX = 256, /* units in one commit */
	WRITE_TRIES_MAX = 4,   /* of a batch that the database gave up on account of others */
	WRITE_AGAIN_MS = 20,   /* before the second; before the third twice that, and so on */
	WRITE_AGAIN_S_MAX = 8, /* since the first began */
	WRITE_SLICE_MS = 20,   /* an import's slice between other people's writes */
	ERASE_SLICE_MS = 500,  /* of an erasure or of retention, in one unit on the writer */
	SESSION_IDLE_S = 30 * 60,
	SESSION_TOTAL_S = 12 * 3600,
	IDEMPOTENCY_S = 24 * 3600,
	JSON_DEPTH_MAX = 16,
	EGRESS_TRIES_MAX = 12,
	POLICY_FILE_BYTES_MAX = 1 << 20,
	POLICY_FILES_MAX = 512,
	POLICY_DEPTH_MAX = 8,		 /* maps and lists within each other */
	POLICY_TEXT_BYTES_MAX = 8 << 10, /* one value */
	POLICY_NODES_MAX = 100000,	 /* of one file */
	POLICY_ERRORS_MAX = 100,
	POLICY_GATE_TOKENS_MAX = 1000, /* of one gate expression */
};

#endif
