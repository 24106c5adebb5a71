// Looks at every page in Chromium. Usage:
//   node check.mjs --dir DIR [--shots DIR] [NAME …]     the mock pages, served from a directory
//   node check.mjs --base http://127.0.0.1:8080 [--shots DIR]   an installation; pages of pages.mjs
// No axe violation (light and dark, 390 and 1280 px), nothing wider than the window (320, 390,
// 1280 px), no console error, no request to another host, and the same without JavaScript.
// Prints TAP; exit code 0 when all is well.
import {createServer} from 'node:http';
import {readFile, readdir, mkdir} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {join, normalize} from 'node:path';
import {parseArgs} from 'node:util';
import {chromium} from 'playwright-core';
import {pages, pathOf, signIn} from './pages.mjs';

const require = createRequire(import.meta.url);
const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
const {values: opt, positionals: only} = parseArgs({allowPositionals: true, options: {
	dir: {type: 'string'}, base: {type: 'string'}, shots: {type: 'string'},
}});
if (!opt.dir === !opt.base) {
	console.error('usage: check.mjs --dir DIR | --base URL [--shots DIR] [NAME ...]');
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

let n = 0, bad = 0;
function report(what, problems) {
	n++;
	if (problems.length) bad++;
	console.log(`${problems.length ? 'not ok' : 'ok'} ${n} - ${what}`);
	for (const p of problems) console.log(`# ${p}`.replaceAll('\n', '\n# '));
}

function watch(page, base) {
	const problems = [];
	page.on('console', (m) => {
		// The page under test may itself be an answer with an error status.
		if (m.type() === 'error' && m.location().url !== page.url()) problems.push(`console: ${m.text()} ${m.location().url}`);
	});
	page.on('pageerror', (e) => problems.push(`script: ${e.message}`));
	page.on('request', (r) => {
		if (!r.url().startsWith(base) && !r.url().startsWith('data:')) problems.push(`foreign: ${r.url()}`);
	});
	return problems;
}

// What is wider than the window, but for what scrolls inside a box of its own.
const wide = () => {
	const limit = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= limit) return [];
	return [...document.body.querySelectorAll('*')].filter((el) => {
		if (el.getBoundingClientRect().right <= limit + 1) return false;
		for (let up = el.parentElement; up; up = up.parentElement)
			if (/auto|scroll|hidden|clip/.test(getComputedStyle(up).overflowX)) return false;
		return true;
	}).slice(0, 5).map((el) => `wider than the window: <${el.tagName.toLowerCase()} class="${el.getAttribute('class') ?? ''}"> `
		+ `${Math.round(el.getBoundingClientRect().right)} > ${limit}`);
};

async function violations(page) {
	if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(axe);
	const found = await page.evaluate(() => globalThis.axe.run(document, {resultTypes: ['violations']}));
	return found.violations.map((v) => `axe ${v.id}: ${v.help}\n  ` + v.nodes.slice(0, 3).map((x) =>
		`${x.target.join(' ')} ${(x.any[0] ?? x.all[0] ?? x.none[0])?.message ?? ''}`).join('\n  '));
}

async function look(page, base, p, label, widths) {
	const path = await pathOf(page, base, p);
	if (!path && p.some) return; /* not every installation has one */
	const problems = watch(page, base);
	if (!path) problems.push(`no link to ${p.link} on ${p.path}`);
	await page.setViewportSize({width: widths[0][0], height: 900});
	const answer = await page.goto(base + (path ?? p.path), {waitUntil: 'load'});
	if (answer.status() !== (p.status ?? 200)) problems.push(`status ${answer.status()}`);
	for (const [width, full] of widths) {
		await page.setViewportSize({width, height: 900});
		problems.push(...await page.evaluate(wide));
		if (full) problems.push(...await violations(page));
		if (opt.shots) await page.screenshot({path: join(opt.shots, `${p.name}-${label}-${width}.png`), fullPage: true});
		report(`${p.name} ${label} ${width}`, problems.splice(0));
	}
	page.removeAllListeners();
}

const site = opt.dir ? await serve(opt.dir) : {base: opt.base.replace(/\/$/, '')};
let list = pages;
if (opt.dir)
	list = (await readdir(opt.dir)).filter((f) => f.endsWith('.html')).sort()
		.map((f) => ({name: f.slice(0, -5), path: '/' + f}));
if (only.length) list = list.filter((p) => only.includes(p.name));
if (opt.shots) await mkdir(opt.shots, {recursive: true});

const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
		'--disable-component-update', '--disable-sync']});
const kinds = [
	{label: 'light', colorScheme: 'light', widths: [[320, false], [390, true], [1280, true]]},
	{label: 'dark', colorScheme: 'dark', widths: [[390, true], [1280, true]]},
	{label: 'no-script', colorScheme: 'light', javaScriptEnabled: false, widths: [[390, false], [1280, false]]},
];
try {
	for (const {label, widths, ...kind} of kinds) {
		for (const as of new Set(list.map((p) => p.as))) {
			const context = await browser.newContext({...kind, reducedMotion: 'reduce', locale: 'en-GB'});
			const page = await context.newPage(); /* one for all: closing each has been slow */
			if (as) await signIn(page, site.base, as);
			for (const p of list.filter((x) => x.as === as))
				await look(page, site.base, p, label, widths);
			await context.close();
		}
	}
} finally {
	await browser.close();
	site.server?.close();
}
console.log(`1..${n}`);
if (!n) console.error('no page was looked at');
process.exit(bad || !n ? 1 : 0);
