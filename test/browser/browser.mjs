// What all looks at pages share: the browser, what it must not say, what a page must keep to.
import {readFile, mkdir} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {chromium} from 'playwright-core';

const require = createRequire(import.meta.url);
const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');

export const launch = () => chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
		'--disable-component-update', '--disable-sync']});

// TAP, one point for each page looked at.
let n = 0, bad = 0;
export function report(what, problems) {
	n++;
	if (problems.length) bad++;
	console.log(`${problems.length ? 'not ok' : 'ok'} ${n} - ${what}`);
	for (const p of problems) console.log(`# ${p}`.replaceAll('\n', '\n# '));
}
export function finish() {
	console.log(`1..${n}`);
	if (!n) console.error('nothing was looked at');
	process.exit(bad || !n ? 1 : 0);
}

// Errors of the console (a violation of the content security policy is one), errors of scripts, and
// requests to another host, from here on.
export function watch(page, base) {
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

// What stands out of the window at either side, but for what scrolls inside a box of its own.
const outside = () => {
	const limit = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= limit) return [];
	return [...document.body.querySelectorAll('*')].filter((el) => {
		const box = el.getBoundingClientRect();
		if (!box.width || (box.right <= limit + 1 && box.left >= -1) || el.closest('.vh, .skip')) return false;
		for (let up = el.parentElement; up; up = up.parentElement)
			if (/auto|scroll|hidden|clip/.test(getComputedStyle(up).overflowX)) return false;
		return true;
	}).slice(0, 5).map((el) => `out of the window: <${el.tagName.toLowerCase()} class="${el.getAttribute('class') ?? ''}"> `
		+ `${Math.round(el.getBoundingClientRect().left)} to ${Math.round(el.getBoundingClientRect().right)} of ${limit}`);
};
export async function wide(page, width) {
	await page.setViewportSize({width, height: 900});
	return page.evaluate(outside);
}

// Violations that axe finds; `which`: its options, all rules without.
export async function violations(page, which) {
	if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(axe);
	const found = await page.evaluate((own) => globalThis.axe.run(document, {resultTypes: ['violations'], ...own}), which);
	return found.violations.map((v) => `axe ${v.id}: ${v.help}\n  ` + v.nodes.slice(0, 3).map((x) =>
		`${x.target.join(' ')} ${(x.any[0] ?? x.all[0] ?? x.none[0])?.message ?? ''}`).join('\n  '));
}

// Keeps a picture of the page if pictures were asked for.
export async function shot(page, dir, name) {
	if (!dir) return;
	await mkdir(dir, {recursive: true});
	await page.screenshot({path: join(dir, `${name}.png`), fullPage: true});
}

// Light and dark, two widths: axe, the width, a picture of each. The page stays as it was loaded.
// Contrast takes most of axe's time: it is looked at in one scheme at the one width and in the other at
// the other, in turns from page to page, and everywhere with `full`.
const contrast = {runOnly: {type: 'rule', values: ['color-contrast']}};
export const others = {rules: {'color-contrast': {enabled: false}}};
let turn = 0;
export async function looks(page, name, {shots, full, widths = [390, 1280]} = {}) {
	const problems = [];
	turn++;
	for (const [i, width] of widths.entries()) {
		const light = full || (turn + i) % 2;
		await page.emulateMedia({colorScheme: 'light'});
		problems.push(...(await wide(page, width)).map((p) => `${width}: ${p}`));
		problems.push(...(await violations(page, light ? {} : others)).map((p) => `${width} light: ${p}`));
		await shot(page, shots, `${name}-light-${width}`);
		if (light && !full && !shots) continue;
		await page.emulateMedia({colorScheme: 'dark'});
		if (full || !light) problems.push(...(await violations(page, contrast)).map((p) => `${width} dark: ${p}`));
		await shot(page, shots, `${name}-dark-${width}`);
	}
	await page.emulateMedia({colorScheme: 'light'});
	return problems;
}
// The same page from right to left: nothing may stick to a side.
export async function mirrored(page, name, {shots} = {}) {
	const problems = [];
	await page.evaluate(() => { document.documentElement.dir = 'rtl'; });
	for (const width of [390, 1280]) {
		problems.push(...(await wide(page, width)).map((p) => `right to left, ${width}: ${p}`));
		await shot(page, shots, `${name}-rtl-${width}`);
	}
	await page.evaluate(() => document.documentElement.removeAttribute('dir'));
	return problems;
}
// On paper (A4 less its margins, at 96 dpi): no frame, nothing wider, something to read.
export async function printed(page, name, {shots} = {}) {
	await page.emulateMedia({media: 'print'});
	const problems = (await wide(page, 688)).map((p) => `print: ${p}`);
	problems.push(...await page.evaluate(() => ['.ask', '.bar', '.under', '.foot', '.btn', '.toasts'].flatMap((sel) =>
		[...document.querySelectorAll(sel)].filter((el) => el.checkVisibility()).slice(0, 1).map(() => `print: ${sel} is printed`))));
	if (await page.evaluate(() => document.querySelector('main').innerText.trim().length < 20)) problems.push('print: empty');
	await shot(page, shots, `${name}-print`);
	await page.emulateMedia({media: 'screen'});
	return problems;
}
