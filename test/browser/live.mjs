// Live events in a browser: an order and a list of orders lie open while the order is confirmed in
// another window. Both say so in a line, nothing typed is lost, and nothing is loaded before it is asked
// for. Usage: node live.mjs --base http://127.0.0.1:8080 [--shots DIR]     (a demonstration)
import {parseArgs} from 'node:util';
import {finish, launch, looks, report, watch} from './browser.mjs';
import {pathOf, signIn} from './pages.mjs';

const {values: opt} = parseArgs({options: {base: {type: 'string'}, shots: {type: 'string'}}});
if (!opt.base) {
	console.error('usage: live.mjs --base URL [--shots DIR]');
	process.exit(2);
}
const base = opt.base.replace(/\/$/, '');
const HEARD_MS = 20000;

async function opened(context, path) {
	const page = await context.newPage();
	const problems = watch(page, base);
	const listens = page.waitForResponse((r) => r.url().startsWith(base + '/events'));

	await page.goto(base + path);
	if ((await listens).status() !== 200) problems.push(`${path} does not listen`);
	return {page, problems};
}

async function said(of, name) {
	const {page, problems} = of;
	try {
		await page.locator('.live > p').waitFor({timeout: HEARD_MS});
	} catch {
		problems.push(`${page.url()} does not say that it changed`);
	}
	if (await page.locator('.live').getAttribute('role') !== 'status') problems.push('the line is no status');
	problems.push(...await looks(page, name, {shots: opt.shots}));
}

const browser = await launch();
const context = await browser.newContext({locale: 'en-GB', reducedMotion: 'reduce', viewport: {width: 1280, height: 900}});
const window = await context.newPage();

await signIn(window, base, 'sales');
const order = await pathOf(window, base, {path: '/sales?state=placed', link: '/order/'});
const one = await opened(context, order), list = await opened(context, '/sales');

await list.page.fill('[name=number]', 'typed');
if (await one.page.locator('.live > p').count()) one.problems.push('a line before anything changed');
await window.goto(`${base}${order}/confirm`);
await Promise.all([window.waitForNavigation(), window.click('main form button.first')]);

await said(one, 'live-order');
report('live: the order says that it changed', one.problems.splice(0));
await said(list, 'live-list');
if (await list.page.inputValue('[name=number]') !== 'typed') list.problems.push('what was typed is lost');
report('live: the list says that it changed', list.problems.splice(0));
await Promise.all([one.page.waitForNavigation(), one.page.click('.live a')]);
if (!(await one.page.innerText('main h1')).includes('Confirmed')) one.problems.push('the link does not show it');
if (await one.page.locator('.live > p').count()) one.problems.push('the line stays when it is shown');
report('live: the link shows it', one.problems);
await browser.close();
finish();
