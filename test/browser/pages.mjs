// The pages of an installation that the browser looks at: one place. `as` signs in first; `status`
// is what the page answers (200 unless said). A page with `link` is the first link of that form on
// `path`, with `tail` behind it: ids differ in each installation.
export const pages = [
	{name: 'home', path: '/'},
	{name: 'search', path: '/search?q=bolt'},
	{name: 'search-none', path: '/search?q=zzzzqqqq'},
	{name: 'category', path: '/', link: '/category/'},
	{name: 'product', path: '/', link: '/product/'},
	{name: 'company', path: '/', link: '/company/'},
	{name: 'basket', path: '/basket'},
	{name: 'sign-in', path: '/sign-in'},
	{name: 'sign-up', path: '/sign-up'},
	{name: 'forgot', path: '/forgot'},
	{name: 'display', path: '/look'},
	{name: 'cookies', path: '/cookies'},
	{name: 'imprint', path: '/imprint'},
	{name: 'privacy', path: '/privacy'},
	{name: 'terms', path: '/terms'},
	{name: 'rights', path: '/rights'},
	{name: 'rights-sent', path: '/rights/sent'},
	{name: 'company-offers', path: '/', link: '/company/', tail: '/offers'},
	{name: 'privacy-versions', path: '/privacy/versions'},
	{name: 'privacy-version', path: '/privacy/v/1'},
	{name: 'guardian', path: '/privacy/guardian'},
	{name: 'missing', path: '/nowhere', status: 404},
	{name: 'forbidden', path: '/desk', as: 'buyer', status: 403},
	{name: 'orders', path: '/orders', as: 'buyer'},
	{name: 'order', path: '/orders', link: '/order/', as: 'buyer'},
	{name: 'order-numbered', path: '/orders?number=2026-000000', as: 'buyer'},
	{name: 'change', path: '/orders?state=changed', link: '/order/', as: 'buyer'},
	{name: 'quotes', path: '/quotes', as: 'buyer'},
	{name: 'quote-asked', path: '/quotes?state=asked', link: '/quote/', as: 'buyer'},
	{name: 'quote-given', path: '/quotes?state=quoted', link: '/quote/', as: 'buyer'},
	{name: 'quote-accept', path: '/quotes?state=quoted', link: '/quote/', tail: '/do/accept', as: 'buyer'},
	{name: 'quote-agreed', path: '/quotes?state=accepted', link: '/quote/', as: 'buyer'},
	{name: 'quotes-received', path: '/quotes/received', as: 'sales'},
	{name: 'quote-answer', path: '/quotes/received?state=asked', link: '/quote/', tail: '/answer', as: 'sales'},
	{name: 'news', path: '/news', as: 'buyer'},
	{name: 'sales', path: '/sales', as: 'sales'},
	{name: 'sale', path: '/sales', link: '/order/', as: 'sales'},
	{name: 'confirm', path: '/sales?state=placed', link: '/order/', tail: '/confirm', as: 'sales'},
	{name: 'ship', path: '/sales?state=ready', link: '/order/', tail: '/ship', as: 'sales'},
	{name: 'offers', path: '/offers', as: 'sales'},
	{name: 'offers-found', path: '/offers?sku=HA-1000', as: 'sales'},
	{name: 'offers-import', path: '/offers/import', as: 'sales'},
	{name: 'product-new', path: '/products/new', as: 'sales'},
	{name: 'product-edit', path: '/', link: '/products/', tail: '/edit', as: 'sales', some: true},
	{name: 'leads', path: '/selling/leads', as: 'sales'},
	{name: 'offer-edit', path: '/offers', link: '/offers/', tail: '/edit', as: 'sales'},
	{name: 'offer-new', path: '/offers/new', as: 'sales'},
	{name: 'account', path: '/account', as: 'admin'},
	{name: 'policy-news', path: '/account/policy', as: 'buyer'},
	{name: 'choices', path: '/account/privacy', as: 'admin'},
	{name: 'choice-history', path: '/account/privacy/history', as: 'admin'},
	{name: 'error-report', path: '/account/privacy/report', as: 'admin'},
	{name: 'requests', path: '/account/privacy/requests', as: 'admin'},
	{name: 'restrict', path: '/account/privacy/restrict', as: 'admin'},
	{name: 'disclosures', path: '/account/disclosures', as: 'admin'},
	{name: 'erase', path: '/account/erase', as: 'admin'},
	{name: 'data', path: '/account/data', as: 'admin'},
	{name: 'data-company', path: '/account/data?of=company', as: 'admin'},
	{name: 'data-table', path: '/account/data?of=company&table=orders', as: 'admin'},
	{name: 'company-own', path: '/account/company', as: 'admin'},
	{name: 'licences', path: '/account/company/licences', as: 'admin'},
	{name: 'people', path: '/account/people', as: 'admin'},
	{name: 'ask', path: '/account/privacy/ask', as: 'admin'},
	{name: 'rights-own', path: '/rights', as: 'admin'},
	{name: 'request', path: '/account/privacy/requests', link: '/account/privacy/requests/', as: 'admin', some: true},
	{name: 'addresses', path: '/account/addresses', as: 'admin'},
	{name: 'keys', path: '/account/keys', as: 'admin'},
	{name: 'sessions', path: '/account/sessions', as: 'admin'},
	{name: 'desk', path: '/desk', as: 'operator'},
	{name: 'desk-companies', path: '/desk/companies', as: 'operator'},
	{name: 'desk-offers', path: '/desk/offers', as: 'operator'},
	{name: 'desk-orders', path: '/desk/orders', as: 'operator'},
	{name: 'desk-messages', path: '/desk/messages', as: 'operator'},
	{name: 'desk-company', path: '/desk/companies', link: '/desk/companies/', as: 'operator'},
	{name: 'desk-licences', path: '/desk/companies', link: '/desk/companies/', tail: '/licences', as: 'operator'},
	{name: 'desk-offer', path: '/desk/offers', link: '/desk/offers/', as: 'operator'},
	{name: 'desk-order', path: '/desk/orders', link: '/desk/orders/', as: 'operator'},
	{name: 'desk-people', path: '/desk/people', as: 'operator'},
	{name: 'desk-jobs', path: '/desk/jobs', as: 'operator'},
	{name: 'desk-audit', path: '/desk/audit', as: 'operator'},
	{name: 'desk-breaches', path: '/desk/breaches', as: 'operator'},
	{name: 'desk-disclosures', path: '/desk/disclosures', as: 'operator'},
	{name: 'desk-holds', path: '/desk/holds', as: 'operator'},
	{name: 'desk-rights', path: '/desk/rights', as: 'operator'},
	{name: 'desk-case', path: '/desk/rights', link: '/desk/rights/', as: 'operator', some: true},
	{name: 'desk-letter', path: '/desk/rights/letter', as: 'operator'},
	{name: 'desk-agents', path: '/desk/rights/agents', as: 'operator'},
	{name: 'desk-opt-out', path: '/desk/rights/opt-out', as: 'operator'},
	{name: 'desk-retention', path: '/desk/retention', as: 'operator'},
	{name: 'record', path: '/privacy/record', as: 'operator'},
	{name: 'desk-visits', path: '/desk/visits', as: 'operator'},
	{name: 'desk-handovers', path: '/desk/disclosures/orders', as: 'operator'},
	{name: 'desk-handover', path: '/desk/disclosures/orders', link: '/desk/disclosures/orders/', as: 'operator', some: true},
	{name: 'desk-reports', path: '/desk/aggregates', as: 'operator'},
	{name: 'desk-report', path: '/desk/aggregates', link: '/desk/aggregates/', as: 'operator', some: true},
	{name: 'disclosures-asked', path: '/account/disclosures/asked', as: 'buyer'},
	{name: 'desk-keys', path: '/desk/keys', as: 'operator'},
	{name: 'desk-settings', path: '/desk/settings', as: 'operator'},
];

// The demonstration's log-ins; another installation's come from the environment
// (KONTOR_BUYER="mail password"). Signing in goes through the form, without JavaScript too.
export const demonstration = {buyer: 'buyer', sales: 'supplier', admin: 'both', operator: 'operator'};
export async function signIn(page, base, as) {
	const given = process.env[`KONTOR_${as.toUpperCase()}`] ??
		`${demonstration[as]}@kontor.example kontor-demonstration`;
	const [email, password] = given.split(' ');
	await page.goto(base + '/sign-in');
	await page.fill('[name=email]', email);
	await page.fill('[name=password]', password);
	await page.click('main button[type=submit]');
	if (new URL(page.url()).pathname.endsWith('/sign-in')) throw new Error(`${as} could not sign in`);
}

// The path of a page: itself, or the first link of its form on `path`; null: there is none.
export async function pathOf(page, base, p) {
	if (!p.link) return p.path;
	await page.goto(base + p.path);
	const found = await page.$$eval('main a[href]', (all) => all.map((a) => a.getAttribute('href')));
	const id = found.map((h) => h.split('?')[0]).find((h) =>
		h.startsWith(p.link) && /^[0-9a-z]{13}/.test(h.slice(p.link.length)));
	return id ? p.link + id.slice(p.link.length, p.link.length + 13) + (p.tail ?? '') : null;
}
