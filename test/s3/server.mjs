// A store that speaks S3, for tests: s3rver keeps the objects; in front of it stands what s3rver does
// not do: the signature (AWS Signature Version 4) and the body's digest are checked. What HOME/mode
// says happens to requests: "ok"; "503 N" the next N are answered so; "slow" none is answered.
// server.mjs HOME PORT KEY:SECRET. Each request becomes a line of HOME/requests.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import S3rver from 's3rver';

const [home, port, keys] = process.argv.slice(2);
const [id, secret] = keys.split(':');
const hmac = (key, text) => crypto.createHmac('sha256', key).update(text).digest();
const sha256 = bytes => crypto.createHash('sha256').update(bytes).digest('hex');

function signature(req, body) {
	const found = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
		.exec(req.headers.authorization || '');
	if (!found) return 'no signature';
	const [, who, day, region, signed, given] = found;
	if (who !== id) return 'nobody of that name';
	if (req.headers['x-amz-content-sha256'] !== sha256(body)) return 'another body';
	for (const needed of ['host', 'x-amz-content-sha256', 'x-amz-date'])
		if (!signed.split(';').includes(needed)) return `${needed} is not signed`;
	const url = new URL(req.url, 'http://x');
	const encode = s => encodeURIComponent(s).replace(/[!'()*]/g, c => '%' + c.charCodeAt(0).toString(16).toUpperCase());
	const query = [...url.searchParams].map(([k, v]) => `${encode(k)}=${encode(v)}`).sort().join('&');
	const path = url.pathname.split('/').map(p => encode(decodeURIComponent(p))).join('/');
	const canonical = [req.method, path, query,
		...signed.split(';').map(h => `${h}:${(req.headers[h] ?? '').trim().replace(/ +/g, ' ')}`), '', signed, sha256(body)].join('\n');
	const scope = `${day}/${region}/s3/aws4_request`;
	const text = ['AWS4-HMAC-SHA256', req.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
	const key = hmac(hmac(hmac(hmac('AWS4' + secret, day), region), 's3'), 'aws4_request');
	return hmac(key, text).toString('hex') === given ? '' : 'another signature';
}

function mode() {
	const text = fs.readFileSync(`${home}/mode`, 'utf8').trim();
	const n = /^503 (\d+)$/.exec(text);
	if (n) fs.writeFileSync(`${home}/mode`, +n[1] > 1 ? `503 ${n[1] - 1}` : 'ok');
	return n ? '503' : text;
}

// The first of a list: s3rver's own way to cut lists ends in an error on newer versions of Node.
async function part(answer, res, most) {
	let xml = '', n = 0, cut = false;
	for await (const piece of answer) xml += piece;
	xml = xml.replace(/<Contents>.*?<\/Contents>/gs, one => (++n > most ? ((cut = true), '') : one));
	if (cut) xml = xml.replace('<IsTruncated>false', '<IsTruncated>true');
	res.writeHead(answer.statusCode, {'content-type': 'application/xml'}).end(xml);
}

const inner = new S3rver({port: 0, address: '127.0.0.1', directory: `${home}/data`, silent: true,
	configureBuckets: [{name: 'kontor'}]});
const where = await inner.run();

http.createServer(async (req, res) => {
	const pieces = [];
	for await (const piece of req) pieces.push(piece);
	const body = Buffer.concat(pieces);
	const now = mode();
	const end = (status, why) => {
		fs.appendFileSync(`${home}/requests`, `${req.method} ${req.url} ${status} ${why}\n`);
		return status;
	};
	if (now === 'slow') return end(0, 'slow');
	if (now === '503') return res.writeHead(end(503, '')).end();
	const why = signature(req, body);
	if (why) return res.writeHead(end(403, why)).end();
	const most = /[?&]max-keys=(\d+)/.exec(req.url);
	const path = req.url.replace(/max-keys=\d+/, 'max-keys=1000');
	const out = http.request({port: where.port, host: '127.0.0.1', method: req.method, path, headers: {...req.headers, authorization: req.headers.authorization.replace(id, 'S3RVER')}},
		answer => {
			end(answer.statusCode, '');
			if (most) return part(answer, res, +most[1]);
			res.writeHead(answer.statusCode, answer.headers);
			answer.pipe(res);
		});
	out.end(body);
}).listen(+port, '127.0.0.1', () => fs.writeFileSync(`${home}/ready`, ''));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
