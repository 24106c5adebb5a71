/* Documents of products: data sheets, certificates, manuals; always a download. */
#include "market/catalogue/selling.h"

#include "gen/document.sql.h"

int document_show(struct req *r)
{
	struct document_public_row d;

	if (!document_public(r->db, (struct document_id){path_id(r, "document")}, &d))
		return problem(r, 404, text_none());
	str bytes = db_file_get(r->db, d.file, REQ_UPLOAD_BYTES_MAX);

	if (!bytes.p)
		return problem(r, 404, text_none());
	bool pdf = str_eq(d.media_type, S("application/pdf"));

	answer_download(r, str_fmt(r->arena, STR_FMT "%s", STR_ARG(d.title), pdf ? ".pdf" : ""),
		pdf ? "application/pdf" : "application/octet-stream");
	answer_etag(r, d.file);
	out_bytes(r->out, bytes.p, bytes.n);
	return 200;
}
