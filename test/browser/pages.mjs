// The pages of an installation that the browser looks at: one place. `as` signs in first; `status`
// is what the page answers (200 unless said).
export const pages = [
	{name: 'home', path: '/'},
	{name: 'search', path: '/search?q=bolt'},
	{name: 'search-none', path: '/search?q=zzzzqqqq'},
	{name: 'basket', path: '/basket'},
	{name: 'signin', path: '/signin'},
	{name: 'signup', path: '/signup'},
	{name: 'display', path: '/look'},
	{name: 'imprint', path: '/imprint'},
	{name: 'missing', path: '/nowhere', status: 404},
	{name: 'orders', path: '/orders', as: 'buyer'},
	{name: 'offers', path: '/offers', as: 'sales'},
	{name: 'people', path: '/account/people', as: 'admin'},
	{name: 'desk', path: '/desk', as: 'operator'},
	{name: 'desk-companies', path: '/desk/companies', as: 'operator'},
];

// The log-ins come from the environment (KONTOR_BUYER="mail password"): the demonstration prints
// its own. Signing in goes through the form, so that it works without JavaScript too.
export async function signIn(context, base, as) {
	const [email, password] = (process.env[`KONTOR_${as.toUpperCase()}`] ?? '').split(' ');
	if (!password) throw new Error(`KONTOR_${as.toUpperCase()} is not set: "mail password" of a ${as}`);
	const page = await context.newPage();
	await page.goto(base + (as === 'operator' ? '/desk/signin' : '/signin'));
	await page.fill('[name=email]', email);
	await page.fill('[name=password]', password);
	await page.click('main button[type=submit]');
	if (new URL(page.url()).pathname.endsWith('/signin')) throw new Error(`${as} could not sign in`);
	await page.close();
}
