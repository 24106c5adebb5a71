// Looks at every page in Chromium. Usage:
//   node check.mjs --dir DIR [--shots DIR] [NAME …]     the mock pages, served from a directory
//   node check.mjs --base http://127.0.0.1:8080 [--shots DIR] [--full]   an installation; pages of pages.mjs
// Each page: no axe violation (light and dark, 390 and 1280 px), nothing out of the window (320, 390,
// 1280 px, also from right to left and on paper), no console error, no request to another host; the
// same without JavaScript (axe with empty scripts); and, of an installation, in German without a word
// of English.
// With --full contrast is looked at in both schemes at both widths.
// Prints TAP; exit code 0 when all is well.
import {createServer} from 'node:http';
import {readFile, readdir} from 'node:fs/promises';
import {join, normalize} from 'node:path';
import {parseArgs} from 'node:util';
import {finish, launch, looks, mirrored, others, printed, report, shot, violations, watch, wide} from './browser.mjs';
import {english, foreignWords} from './language.mjs';
import {pages, pathOf, signIn} from './pages.mjs';

const {values: opt, positionals: only} = parseArgs({allowPositionals: true, options: {
	dir: {type: 'string'}, base: {type: 'string'}, shots: {type: 'string'}, full: {type: 'boolean'},
}});
if (!opt.dir === !opt.base) {
	console.error('usage: check.mjs --dir DIR | --base URL [--shots DIR] [--full] [NAME ...]');
	process.exit(2);
}

const types = {html: 'text/html; charset=utf-8', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml'};
// The policy of the program's own pages: what it would refuse, fails here too.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

async function serve(dir) {
	const server = createServer(async (ask, answer) => {
		const path = normalize(new URL(ask.url, 'http://x').pathname);
		try {
			const body = await readFile(join(dir, path));
			answer.writeHead(200, {'content-type': types[path.split('.').pop()] ?? 'text/plain',
				'content-security-policy': policy, 'x-content-type-options': 'nosniff'});
			answer.end(body);
		} catch {
			answer.writeHead(404).end();
		}
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	return {server, base: `http://127.0.0.1:${server.address().port}`};
}

const site = opt.dir ? await serve(opt.dir) : {base: opt.base.replace(/\/$/, '')};
let list = pages;
if (opt.dir)
	list = (await readdir(opt.dir)).filter((f) => f.endsWith('.html')).sort()
		.map((f) => ({name: f.slice(0, -5), path: '/' + f}));
if (only.length) list = list.filter((p) => only.includes(p.name));

// At one width and the other in turns from page to page, at both with --full.
let turn = 0;
async function plain(page) {
	const problems = [], both = [390, 1280];
	turn++;
	for (const width of opt.full ? both : [both[turn % 2]]) {
		await page.setViewportSize({width, height: 900});
		problems.push(...(await violations(page, others)).map((p) => `${width}: ${p}`));
	}
	return problems;
}

// How a page is looked at: with script, without, in German.
const kinds = [
	{label: 'with script', async look(page, name) {
		return [...(await wide(page, 320)).map((p) => `320: ${p}`), ...await looks(page, name, opt),
			...await mirrored(page, name, opt), ...await printed(page, name, opt)];
	}},
	{label: 'without script', javaScriptEnabled: false, async look(page) {
		return [...await wide(page, 390), ...await wide(page, 1280)];
	}},
	// axe needs timers, which a browser without scripts does not run: there the page's own are empty.
	{label: 'with empty scripts', scripts: false, look: plain},
	{label: 'in German', locale: 'de-DE', async look(page, name) {
		const problems = [...await wide(page, 390), ...await wide(page, 1280)];
		await shot(page, opt.shots, `${name}-german`);
		return [...problems, ...await foreignWords(page, words)];
	}},
];
if (opt.dir) kinds.pop(); /* the mock pages speak English alone */
const words = opt.dir ? null : await english();

async function visit(page, p, kind) {
	const path = await pathOf(page, site.base, p);
	if (!path && p.some) return; /* not every installation has one */
	const problems = watch(page, site.base);
	if (!path) problems.push(`no link to ${p.link} on ${p.path}`);
	const answer = await page.goto(site.base + (path ?? p.path), {waitUntil: 'load'});
	if (answer.status() !== (p.status ?? 200)) problems.push(`status ${answer.status()}`);
	problems.push(...await kind.look(page, p.name));
	page.removeAllListeners();
	report(`${p.name} ${kind.label}`, problems);
}

const browser = await launch();
async function run(kind) {
	const {label, look, scripts, ...settings} = kind;
	for (const as of new Set(list.map((p) => p.as))) {
		const context = await browser.newContext({reducedMotion: 'reduce', locale: 'en-GB', ...settings});
		const page = await context.newPage(); /* one for all: closing each has been slow */
		if (scripts === false)
			await page.route('**/*.js', (r) => r.fulfill({contentType: 'text/javascript', body: ''}));
		if (as) await signIn(page, site.base, as);
		for (const p of list.filter((x) => x.as === as)) await visit(page, p, {label, look});
		await context.close();
	}
}
try {
	await Promise.all([run(kinds[0]), kinds.slice(1).reduce((before, k) => before.then(() => run(k)), Promise.resolve())]);
} finally {
	await browser.close();
	site.server?.close();
}
finish();
