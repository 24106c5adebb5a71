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
	{name: 'imprint', path: '/imprint'},
	{name: 'privacy', path: '/privacy'},
	{name: 'terms', path: '/terms'},
	{name: 'missing', path: '/nowhere', status: 404},
	{name: 'orders', path: '/orders', as: 'buyer'},
	{name: 'order', path: '/orders', link: '/order/', as: 'buyer'},
	{name: 'sales', path: '/sales', as: 'sales'},
	{name: 'sale', path: '/sales', link: '/order/', as: 'sales'},
	{name: 'confirm', path: '/sales?state=placed', link: '/order/', tail: '/confirm', as: 'sales', some: true},
	{name: 'offers', path: '/offers', as: 'sales'},
	{name: 'offer-edit', path: '/offers', link: '/offers/', tail: '/edit', as: 'sales'},
	{name: 'offer-new', path: '/offers/new', as: 'sales'},
	{name: 'account', path: '/account', as: 'admin'},
	{name: 'privacy', path: '/account/privacy', as: 'admin'},
	{name: 'people', path: '/account/people', as: 'admin'},
	{name: 'addresses', path: '/account/addresses', as: 'admin'},
	{name: 'keys', path: '/account/keys', as: 'admin'},
	{name: 'sessions', path: '/account/sessions', as: 'admin'},
	{name: 'desk', path: '/desk', as: 'operator'},
	{name: 'desk-companies', path: '/desk/companies', as: 'operator'},
	{name: 'desk-offers', path: '/desk/offers', as: 'operator'},
	{name: 'desk-orders', path: '/desk/orders', as: 'operator'},
	{name: 'desk-messages', path: '/desk/messages', as: 'operator'},
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
