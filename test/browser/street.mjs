// The whole street with the keyboard alone and without JavaScript: a visitor searches, fills a basket,
// signs in and places an order; the supplier confirms and ships it; the buyer accepts. Then the forms
// with mistakes in them, and a door that is shut for too many tries. Usage:
//   node street.mjs --base http://127.0.0.1:8080 [--shots DIR]     (a demonstration: it orders)
import {parseArgs} from 'node:util';
import {finish, launch, looks, report, shot, watch, wide} from './browser.mjs';
import {demonstration, pathOf, signIn} from './pages.mjs';

const {values: opt} = parseArgs({options: {base: {type: 'string'}, shots: {type: 'string'}}});
if (!opt.base) {
	console.error('usage: street.mjs --base URL [--shots DIR]');
	process.exit(2);
}
const base = opt.base.replace(/\/$/, '');
const TABS_MAX = 400;

class Stuck extends Error {}

// A person who has a keyboard and nothing else.
class Person {
	constructor(page, problems) {
		this.page = page;
		this.problems = problems;
	}
	static async of(browser, settings) {
		const context = await browser.newContext({javaScriptEnabled: false, reducedMotion: 'reduce', locale: 'en-GB',
			viewport: {width: 1280, height: 900}, ...settings});
		const page = await context.newPage();
		return new Person(page, watch(page, base));
	}
	// Tab by tab to what `selector` names (with `text` in it), as far as the page goes. What has the
	// focus must be seen to have it.
	async reach(selector, text = '') {
		for (let i = 0; i < TABS_MAX; i++) {
			await this.page.keyboard.press('Tab');
			const at = await this.page.evaluate(([sel, words]) => {
				const el = document.activeElement, style = getComputedStyle(el);
				const shown = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
					|| getComputedStyle(el.parentElement ?? el).outlineStyle !== 'none'
					|| el.type === 'date'; // its parts draw their own
				return {found: el.matches(sel) && el.textContent.includes(words), body: el === document.body, shown,
					name: `${el.tagName.toLowerCase()} ${el.textContent.trim().slice(0, 40)}`};
			}, [selector, text]);
			if (at.body) continue;
			if (!at.shown) this.problems.push(`focus is not seen: ${at.name}`);
			if (at.found) return;
		}
		throw new Stuck(`the keyboard does not reach ${selector} ${text} on ${this.page.url()}`);
	}
	async press(selector, text) {
		await this.reach(selector, text);
		await Promise.all([this.page.waitForNavigation(), this.page.keyboard.press('Enter')]);
	}
	async type(selector, value) {
		await this.reach(selector);
		if (await this.page.evaluate(() => document.activeElement.tagName === 'SELECT')) {
			await this.page.keyboard.press('ArrowDown');
			return;
		}
		await this.page.keyboard.press('Control+A');
		await this.page.keyboard.type(value);
	}
	async signIn(as) {
		await this.type('[name=email]', `${demonstration[as]}@kontor.example`);
		await this.type('[name=password]', 'kontor-demonstration');
		await this.press('main button', 'Sign in');
	}
	async sees(text, what) {
		if (!(await this.page.innerText('main')).includes(text)) this.problems.push(`${what}: no "${text}" on ${this.page.url()}`);
	}
	// Says how this step went, and that the page fits a telephone and a desk.
	async step(name) {
		for (const width of [390, 1280]) {
			this.problems.push(...(await wide(this.page, width)).map((p) => `${width}: ${p}`));
			await shot(this.page, opt.shots, `street-${name}-${width}`);
		}
		report(`street: ${name}`, this.problems.splice(0));
	}
}

// An offer of the supplier that is in stock, and the number that a buyer would type.
async function stocked(supplier) {
	await supplier.page.goto(base + '/sign-in?next=/offers');
	await supplier.signIn('sales');
	await supplier.page.goto(base + '/offers?state=live');
	await supplier.step('offers');
	return supplier.page.$$eval('main tbody tr', (rows) => {
		const row = rows.find((r) => Number(r.cells[4].innerText.replace(/\D/g, '')) >= 1000);
		return {part: row.cells[1].querySelector('.faint').innerText, product: row.cells[1].querySelector('a').getAttribute('href')};
	});
}

async function street(browser) {
	const supplier = await Person.of(browser), buyer = await Person.of(browser);
	const {part, product} = await stocked(supplier);
	const seller = (await supplier.page.innerText('.who small')).trim();

	await buyer.page.goto(base + '/');
	await buyer.page.keyboard.press('Tab');
	if (!await buyer.page.evaluate(() => document.activeElement.matches('.skip'))) buyer.problems.push('the first stop is not the way past the frame');
	await buyer.step('home');
	await buyer.type('#find', part);
	await Promise.all([buyer.page.waitForNavigation(), buyer.page.keyboard.press('Enter')]);
	await buyer.sees(part, 'search');
	await buyer.step('search');
	await buyer.press(`.hit a[href^="${product}"]`);
	await buyer.step('product');
	const offer = await buyer.page.$$eval('.offer', (all, name) => all.find((o) => o.innerText.includes(name)).querySelector('[name=quantity]').id, seller);
	await buyer.type(`#${offer}`, '100');
	await buyer.press('.offer button', 'Add to basket');
	if (!buyer.page.url().endsWith('/basket')) await buyer.page.goto(base + '/basket');
	await buyer.sees(part, 'basket');
	await buyer.step('basket');
	await buyer.press('main a', 'Sign in');
	await buyer.signIn('buyer');
	await buyer.sees(part, 'basket after signing in');
	await buyer.step('basket-of-member');
	await buyer.press('main a', 'Place this order');
	await buyer.step('place');
	await buyer.type('[name=address]');
	await buyer.type('[name=po_number]', 'PO-4711');
	await buyer.press('main button.first');
	await buyer.sees('PO-4711', 'order');
	await buyer.sees('Placed', 'order');
	await buyer.step('placed');
	const order = new URL(buyer.page.url()).pathname;

	await supplier.page.goto(base + '/sales');
	await supplier.press(`a[href="${order}"]`);
	await supplier.step('sale');
	await supplier.press('main a', 'Confirm order');
	await supplier.step('confirm');
	await supplier.press('main button.first');
	await supplier.sees('Confirmed', 'sale');
	await supplier.press('main a', 'Ship goods');
	await supplier.type('[name=carrier]', 'Nordfracht');
	await supplier.type('[name=tracking]', 'NF 1234 5678');
	await supplier.step('ship');
	await supplier.press('main button.first');
	await supplier.sees('Shipped', 'sale');
	await supplier.step('shipped');

	await buyer.page.goto(base + order);
	await buyer.press('main button', 'Confirm receipt');
	await buyer.step('received');
	await buyer.press('main button', 'Accept goods');
	await buyer.sees('Accepted', 'order');
	await buyer.step('accepted');
	await supplier.page.goto(base + order);
	await supplier.press('main button', 'Mark as paid');
	await supplier.sees('Closed', 'sale');
	await supplier.step('closed');
}

// Forms with mistakes in them. `wrong` is typed; `kept` must still be there; each mistake stands at
// its field and in the summary, whose link leads to the field.
const mistakes = [
	{name: 'sign-in', path: '/sign-in', wrong: {email: 'nobody@example.com', password: 'wrong wrong wrong'}, kept: ['email']},
	{name: 'sign-up', path: '/sign-up', wrong: {name: 'Ölmühle & Söhne "GmbH"', email: 'not an address', password: 'short'}, kept: ['name', 'email'], fields: ['email', 'password']},
	{name: 'forgot', path: '/forgot', wrong: {email: 'nothing'}, kept: ['email'], fields: ['email']},
	{name: 'address', path: '/account/addresses/new', as: 'admin', wrong: {label: 'Gate 7', street: ''}, kept: ['label'], fields: ['street', 'city']},
	{name: 'invite', path: '/account/people/invite', as: 'admin', wrong: {email: 'x@'}, kept: ['email'], fields: ['email']},
	{name: 'key', path: '/account/keys', as: 'admin', wrong: {label: '', days: 'many'}, kept: ['days'], fields: ['label', 'days']},
	{name: 'password', path: '/account/password', as: 'admin', wrong: {now: 'no', password: 'short'}, kept: [], fields: ['password']},
	{name: 'offer', path: '/offers', link: '/offers/', tail: '/edit', as: 'sales', wrong: {sku: '', min: '0', 'tiers.0.price': 'cheap'}, kept: ['min', 'tiers.0.price'], fields: ['sku', 'min']},
	{name: 'product', path: '/products/new', as: 'sales', wrong: {title: 'A valve', gtin: '123'}, kept: ['title', 'gtin'], fields: ['manufacturer', 'part_number']},
];

async function mistaken(page, m, problems) {
	for (const [name, value] of Object.entries(m.wrong)) await page.fill(`main [name="${name}"]`, value);
	const [answer] = await Promise.all([page.waitForNavigation(), page.click('main form.form button.first')]);
	if (answer.status() < 400 || answer.status() > 499) problems.push(`status ${answer.status()}`);
	problems.push(...await page.evaluate(([fields, kept, wrong]) => {
		const found = [], box = document.querySelector('.errors');
		if (!box) return ['no summary of mistakes'];
		if (document.activeElement !== box) found.push('the summary has not the focus');
		const field = (name) => document.querySelector(`main [name="${name}"]`);
		for (const name of fields) {
			const el = field(name), ids = (el.getAttribute('aria-describedby') ?? '').split(' ');
			if (el.getAttribute('aria-invalid') !== 'true') found.push(`${name} is not marked as wrong`);
			if (!ids.some((id) => document.getElementById(id)?.classList.contains('err'))) found.push(`${name} is not told what is wrong`);
			const link = [...box.querySelectorAll('a')].find((a) => document.querySelector(a.hash.replaceAll('.', '\\.')) === el);
			if (!link) found.push(`the summary does not lead to ${name}`);
		}
		for (const name of kept) if (field(name).value !== wrong[name]) found.push(`${name} was not kept: ${field(name).value}`);
		for (const el of document.querySelectorAll('main [type=password]')) if (el.value) found.push('a password came back');
		return found;
	}, [m.fields ?? [], m.kept, m.wrong]));
}

async function allMistakes(browser) {
	for (const as of new Set(mistakes.map((m) => m.as))) {
		const context = await browser.newContext({reducedMotion: 'reduce', locale: 'en-GB', viewport: {width: 1280, height: 900}});
		const page = await context.newPage();
		if (as) await signIn(page, base, as);
		for (const m of mistakes.filter((x) => x.as === as)) {
			const problems = watch(page, base);
			page.on('dialog', (d) => d.accept());
			await page.goto(base + await pathOf(page, base, m));
			await mistaken(page, m, problems);
			problems.push(...await looks(page, `mistake-${m.name}`, opt));
			page.removeAllListeners();
			report(`mistake: ${m.name}`, problems);
		}
		await context.close();
	}
}
// Too many wrong passwords: a page that says so, and for how long.
async function shut(browser) {
	const person = await Person.of(browser);
	let status = 0;
	for (let i = 0; i < 25 && status !== 429; i++) {
		await person.page.goto(base + '/sign-in');
		await person.page.fill('[name=email]', 'shut@kontor.example');
		await person.page.fill('[name=password]', `wrong ${i}`);
		status = (await Promise.all([person.page.waitForNavigation(), person.page.click('main button.first')]))[0].status();
	}
	if (status !== 429) person.problems.push(`25 wrong passwords: status ${status}`);
	await person.step('shut');
}

// Speed as it is felt: what the pointer rests on is fetched ahead, once; files, answers for programs
// and whoever saves data are left alone; nothing jumps while a page loads; assets come once.
async function felt(browser) {
	const context = await browser.newContext({locale: 'en-GB', viewport: {width: 1280, height: 900}});
	const page = await context.newPage();
	const problems = watch(page, base);
	const asked = [];
	page.on('request', (r) => asked.push({url: r.url(), ahead: /prefetch/.test(r.headers().purpose ?? r.headers()['sec-purpose'] ?? '')}));
	await page.goto(base + '/', {waitUntil: 'load'});
	const link = page.locator('main a[href^="/product/"]').first();
	const url = base + await link.getAttribute('href');
	await link.hover();
	await page.waitForTimeout(400);
	if (!asked.some((r) => r.url === url)) problems.push('the page under the pointer was not fetched ahead');
	asked.length = 0;
	await Promise.all([page.waitForNavigation({waitUntil: 'load'}), link.click()]);
	const heavy = await page.evaluate(() => performance.getEntriesByType('resource').filter((e) => e.name.includes('/a/') && e.transferSize > 0).map((e) => e.name));
	for (const h of heavy) problems.push(`asset came again: ${h}`);
	for (const path of ['/', new URL(url).pathname, '/search?q=bolt', '/sign-up']) {
		await page.goto(base + path, {waitUntil: 'networkidle'});
		const jump = await page.evaluate(() => new Promise((done) => {
			let sum = 0;
			new PerformanceObserver((l) => { for (const e of l.getEntries()) sum += e.value; }).observe({type: 'layout-shift', buffered: true});
			setTimeout(() => done(sum), 100);
		}));
		if (jump > 0.005) problems.push(`${path} jumps while it loads: ${jump.toFixed(4)}`);
	}
	asked.length = 0;
	await page.evaluate(() => {
		document.querySelector('main').insertAdjacentHTML('afterbegin',
			'<p><a id="pdf" href="/order/1/pdf">pdf</a> <a id="api" href="/api/v1/orders">api</a> <a id="far" href="/terms?x" data-far>far</a></p>');
	});
	for (const id of ['#pdf', '#api', '#far']) {
		await page.hover(id);
		await page.waitForTimeout(150);
	}
	for (const r of asked) problems.push(`fetched ahead, should not be: ${r.url}`);
	report('felt: fetched ahead, nothing jumps, assets once', problems);
	await context.close();

	const saving = await browser.newContext();
	await saving.addInitScript(() => Object.defineProperty(navigator, 'connection', {value: {saveData: true}}));
	const quiet = await saving.newPage();
	await quiet.goto(base + '/', {waitUntil: 'load'});
	const extra = [];
	quiet.on('request', (r) => {
		/* the icon comes late, and so do pictures that are scrolled into view */
		if (!r.url().includes('/a/') && r.resourceType() !== 'image') extra.push(`fetched ahead although data is saved: ${r.url()}`);
	});
	await quiet.locator('main a[href^="/product/"]').first().hover();
	await quiet.waitForTimeout(300);
	report('felt: who saves data is asked first', extra);
	await saving.close();
}

const browser = await launch();
try {
	await street(browser);
	await felt(browser);
	await allMistakes(browser);
	await shut(browser);
} catch (e) {
	report(e instanceof Stuck ? 'the keyboard' : 'the street', [e.stack]);
} finally {
	await browser.close();
}
finish();
