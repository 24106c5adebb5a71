// What is declared, what the server sets, what lies in the browser: the same on every page, for every
// choice of a visitor; and nothing is asked of another host before it was allowed. Usage:
//   node crawl.mjs --base http://127.0.0.1:8080
// The installation has tags switched on (test/journey/browser.sh): their hosts are answered here.
import {readFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {finish, launch, report} from './browser.mjs';
import {pages, pathOf, signIn} from './pages.mjs';

const {values: opt} = parseArgs({options: {base: {type: 'string'}}});
const base = opt.base.replace(/\/$/, ''), host = new URL(base).host;
const classes = ['statistics', 'personal', 'marketing'];
const tagHosts = ['tag.adflow.example', 'px.northlight.example'], embedHost = 'play.projector.example';

// The policy file, line by line: name, class, how long; what an installation has to switch on is not in use.
async function policyFile() {
	const found = new Map();
	let now;
	for (const line of (await readFile(new URL('../../policy/cookies.yaml', import.meta.url), 'utf8')).split('\n')) {
		const name = /^ {2}(\w+):/.exec(line), value = /^ {4}(\w+): "?([^"]*)"?$/.exec(line);
		if (name) found.set(name[1], now = {});
		else if (value && now) now[value[1]] = value[2];
	}
	for (const [name, c] of found) if (c.optional) found.delete(name);
	return found;
}
const age = {session: 0, PT1M: 60, P30D: 30 * 86400, P180D: 180 * 86400, P365D: 365 * 86400};
const inWords = (s) => !s ? 'until you close the browser' : s < 3600 ? 'one minute' : `${s / 86400} days`;

// A context that answers for other hosts and writes down what was asked of them, and every cookie set.
async function visitor(browser, settings = {}) {
	const context = await browser.newContext({locale: 'en-GB', ...settings});
	const seen = {context, foreign: [], from: [], set: new Map(), problems: []};
	await context.route((url) => url.host !== host, (route) => {
		seen.foreign.push(route.request().url());
		seen.from.push(route.request().frame().page().url());
		const script = route.request().resourceType() === 'script';
		return route.fulfill({status: 200, contentType: script ? 'text/javascript' : 'text/html',
			body: script ? 'window.first = [...window.dataLayer[0]];' : ''});
	});
	seen.page = await context.newPage();
	seen.page.on('response', async (r) => {
		if (new URL(r.url()).host === host) note(seen, await r.headersArray().catch(() => []), r.url());
	});
	seen.page.on('console', (m) => {
		if (/Content Security Policy/.test(m.text())) seen.problems.push(m.text());
	});
	return seen;
}
function note(seen, headers, url) {
	for (const h of headers) {
		if (h.name.toLowerCase() !== 'set-cookie') continue;
		for (const line of h.value.split('\n')) {
			const [pair, ...rest] = line.split(';').map((x) => x.trim());
			const name = pair.slice(0, pair.indexOf('=')), gone = rest.includes('Max-Age=0');
			const life = rest.find((x) => x.startsWith('Max-Age='))?.slice(8) ?? 0;
			if (gone) continue;
			seen.set.set(name, {life: Number(life), url});
			if (!rest.includes('HttpOnly') || !rest.includes('SameSite=Lax'))
				seen.problems.push(`${line.split('=')[0]} is open to scripts or other sites`);
		}
	}
}

// Allows these classes on /cookies, as a person would; null: nothing is said.
async function choose(seen, allowed) {
	if (!allowed) return;
	await seen.page.goto(base + '/cookies');
	for (const c of classes) {
		const box = seen.page.locator(`form [name=${c}]`);
		if (await box.count()) await box.setChecked(allowed.includes(c));
	}
	await seen.page.click('form button.first');
}

// What was set is declared, of an allowed class, for the time declared; what lies in the jar was set.
async function compare(seen, declared, allowed) {
	const problems = [...seen.problems];
	for (const [name, {life, url}] of seen.set) {
		const d = declared.get(name);
		if (!d) problems.push(`${name} is not declared (${url})`);
		else if (d.class !== 'essential' && !(allowed ?? []).includes(d.class)) problems.push(`${name} was not allowed (${url})`);
		else if (life !== age[d.max_age]) problems.push(`${name} lives ${life} s, declared ${d.max_age}`);
	}
	for (const c of await seen.context.cookies()) {
		if (!seen.set.has(c.name)) problems.push(`${c.name} lies in the browser, and nobody set it`);
		if (c.domain !== new URL(base).hostname) problems.push(`${c.name} is of ${c.domain}`);
	}
	return problems;
}

// Where each page is, and a session of each kind of viewer: found once.
const paths = new Map(), sessions = new Map();
async function find(seen) {
	for (const as of new Set(pages.map((p) => p.as))) {
		if (as) await signIn(seen.page, base, as);
		for (const p of pages.filter((x) => x.as === as)) paths.set(p, await pathOf(seen.page, base, p));
		if (as) sessions.set(as, (await seen.context.cookies()).find((c) => c.name === 'kontor'));
		await seen.context.clearCookies();
	}
}

// Every page as its kind of viewer; `load`: in the browser, else its bytes alone.
async function everyPage(seen, load) {
	const problems = [];
	for (const as of new Set(pages.map((p) => p.as))) {
		if (as) {
			await seen.context.addCookies([sessions.get(as)]);
			seen.set.set('kontor', {life: 0, url: '/sign-in'});
		}
		for (const p of pages.filter((x) => x.as === as)) {
			const path = paths.get(p);
			if (!path) continue;
			if (load) {
				await seen.page.goto(base + path, {waitUntil: 'load'});
			} else {
				const answer = await seen.context.request.get(base + path, {maxRedirects: 0, maxRetries: 3});
				note(seen, answer.headersArray(), path);
				const text = await answer.text(), csp = answer.headers()['content-security-policy'] ?? '';
				if (/<(script|img|iframe|link rel="stylesheet")[^>]* (src|href)="(https?:)?\/\//.test(text) || /https?:/.test(csp))
					problems.push(`${p.name} would load from elsewhere`);
			}
		}
		if (as) await seen.context.clearCookies({name: 'kontor'});
	}
	return problems;
}

const browser = await launch();
try {
	const declared = await policyFile();

	const guide = await visitor(browser);
	await find(guide);
	await guide.context.close();

	// Nothing said, and then all allowed: in the browser. Each class alone, a no, and the browser's signal: its bytes.
	const silent = await visitor(browser);
	report('no choice: nothing foreign on any page', [...await everyPage(silent, true), ...silent.foreign]);
	report('no choice: declared = set = kept', await compare(silent, declared, null));
	await silent.page.goto(base + '/');
	const [no, yes] = await Promise.all(['no', 'yes'].map((v) => silent.page.locator(`.ask button[value=${v}]`).boundingBox()));
	const first = await silent.page.evaluate(() => [...window.dataLayer].map((x) => [...x]));
	report('first layer: a no is as large as a yes', no.width === yes.width && no.height === yes.height ? [] : [JSON.stringify([no, yes])]);
	report('consent mode: all is denied, and nothing granted', first.length === 1 && first[0][1] === 'default' &&
		first[0][2].ad_storage === 'denied' && first[0][2].analytics_storage === 'denied' ? [] : [JSON.stringify(first)]);

	// The table that visitors read is the policy file.
	const table = await silent.page.goto(base + '/cookies').then(() => silent.page.$$eval('tr[id^=cookie-]', (rows) => rows
		.filter((r) => !r.querySelector('.badge')).map((r) => [r.id.slice(7), r.children[2].textContent.trim(),
			/first party/.test(r.children[3].textContent)])));
	const wanted = [...declared].map(([name, c]) => [name, inWords(age[c.max_age]), c.party === 'first']);
	report('the table is the policy file', JSON.stringify(table.sort()) === JSON.stringify(wanted.sort()) ? [] : [JSON.stringify({table, wanted})]);
	await silent.context.close();

	for (const [what, allowed, settings] of [['a no', []], ...classes.filter((c) => c !== 'marketing').map((c) => [`${c} alone`, [c]]),
		['Global Privacy Control', null, {extraHTTPHeaders: {'Sec-GPC': '1'}}]]) {
		const some = await visitor(browser, settings);
		await choose(some, allowed);
		const problems = await everyPage(some, false);
		report(`${what}: declared = set = kept, nothing foreign`, [...problems, ...some.foreign, ...await compare(some, declared, allowed)]);
		await some.context.close();
	}

	const all = await visitor(browser);
	await choose(all, classes);
	const open = /^\/($|category\/|product\/|company\/|cookies$|imprint$|privacy($|\/)|terms$)/;
	const hosts = new Set();
	await everyPage(all, true);
	report('all allowed: tags on public pages alone', [...all.foreign.flatMap((u, i) => {
		hosts.add(new URL(u).host);
		return tagHosts.includes(new URL(u).host) && open.test(new URL(all.from[i]).pathname) ? [] : [`${u} from ${all.from[i]}`];
	}), ...tagHosts.filter((h) => !hosts.has(h)).map((h) => `${h} was not asked`)]);
	await all.page.goto(base + '/');
	const told = await all.page.evaluate(() => [window.first, [...window.dataLayer].map((x) => [...x])]);
	report('a tag finds the denial first, then what was granted', told[0]?.[1] === 'default' && told[0][2].ad_storage === 'denied' &&
		told[1][1][1] === 'update' && told[1][1][2].ad_storage === 'granted' ? [] : [JSON.stringify(told)]);

	// A video: asked of its host after the click alone. And what only a click sets.
	const shop = await all.page.goto(base + '/search?q=belt').then(() => all.page.$$eval('main a[href^="/product/"]', (a) => a.map((x) => x.getAttribute('href').split('?')[0])));
	let video = null;
	for (const path of [...new Set(shop)])
		if (!video && (await (await all.context.request.get(base + path, {maxRetries: 3})).text()).includes('class="embed"')) video = path;
	const before = all.foreign.length;
	await all.page.goto(base + video);
	const early = all.foreign.slice(before).filter((u) => new URL(u).host === embedHost);
	await all.page.click('.embed button[value=once]');
	await all.page.waitForLoadState('load');
	await all.page.locator('.embed iframe').scrollIntoViewIfNeeded();
	await all.page.waitForTimeout(300);
	const later = all.foreign.filter((u) => new URL(u).host === embedHost).length;
	await all.page.reload();
	report('a video is asked for after a click, once', [...early, ...(later ? [] : ['it was not asked for']),
		...(await all.page.locator('.embed iframe').count() ? ['it is still shown'] : [])]);
	await all.page.goto(base + '/look');
	await all.page.click('main form button[type=submit]');
	await signIn(all.page, base, 'buyer');
	report('all allowed: declared = set = kept', [...await compare(all, declared, classes),
		...[...declared.keys()].filter((name) => !all.set.has(name)).map((name) => `${name} is declared, and nothing sets it`)]);

	// All taken back: nothing of it stays.
	await choose(all, []);
	const left = (await all.context.cookies()).filter((c) => declared.get(c.name)?.class !== 'essential').map((c) => `${c.name} is still there`);
	report('all taken back: only the essential stay', left);
	await all.context.close();

	// A browser that keeps no cookie at all.
	const none = await visitor(browser);
	await none.context.addInitScript(() => Object.defineProperty(navigator, 'cookieEnabled', {get: () => false}));
	await none.context.route((url) => url.host === host, async (route) => {
		const {cookie, ...headers} = route.request().headers();
		const answer = await route.fetch({headers, maxRedirects: 0});
		const {'set-cookie': set, ...rest} = answer.headers();
		await none.context.clearCookies();
		return route.fulfill({response: answer, headers: rest});
	});
	const trouble = [];
	for (const p of pages.filter((x) => !x.as && ['home', 'search', 'category', 'product', 'company', 'sign-in'].includes(x.name))) {
		const answer = await none.page.goto(base + paths.get(p));
		if (answer.status() !== 200) trouble.push(`${p.name}: ${answer.status()}`);
	}
	if (!await none.page.locator('[data-cookies-off]').isVisible()) trouble.push('signing in does not say that cookies are needed');
	await none.context.unrouteAll({behavior: 'wait'});
	report('without any cookie: the catalogue is open, signing in explains', trouble);
	await none.context.close();
} finally {
	await browser.close();
}
finish();
