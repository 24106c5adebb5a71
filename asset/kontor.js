// Small helpers for pages that work without them. Each looks for its own data- attribute.
// No inline code, no style attributes, no third party, nothing stored in the browser.

const all = (sel, in_ = document) => [...in_.querySelectorAll(sel)];

/* ---- search suggestions: the combobox pattern of ARIA (list autocomplete, manual selection) ---- */
function suggest(form) {
	const input = form.querySelector('input[type=search]');
	const list = document.createElement('div');
	let hits = [], at = -1, wait = 0, asked = null;

	list.className = 'hints';
	list.id = 'find-hints';
	list.hidden = true;
	list.setAttribute('role', 'listbox');
	list.setAttribute('aria-label', form.querySelector('label').textContent);
	form.append(list);
	for (const [k, v] of Object.entries({role: 'combobox', 'aria-expanded': 'false',
		'aria-controls': list.id, 'aria-autocomplete': 'list'}))
		input.setAttribute(k, v);

	const close = () => {
		list.hidden = true;
		at = -1;
		input.setAttribute('aria-expanded', 'false');
		input.removeAttribute('aria-activedescendant');
	};
	const pick = (i) => {
		const options = [...list.children];
		at = options.length ? (i + options.length) % options.length : -1;
		options.forEach((el, n) => el.setAttribute('aria-selected', String(n === at)));
		if (at >= 0) {
			input.setAttribute('aria-activedescendant', options[at].id);
			options[at].scrollIntoView({block: 'nearest'});
		}
	};
	const go = (hit) => {
		if (hit.url && hit.url.startsWith('/') && !hit.url.startsWith('//')) {
			location.assign(hit.url);
		} else {
			input.value = hit.text;
			close();
			form.requestSubmit();
		}
	};
	const show = (items) => {
		hits = items.slice(0, 10);
		list.replaceChildren(...hits.map((hit, i) => {
			const el = document.createElement('div');
			const text = document.createElement('span');
			el.id = 'find-hint-' + i;
			el.setAttribute('role', 'option');
			el.setAttribute('aria-selected', 'false');
			text.textContent = hit.text;
			el.append(text);
			if (hit.note) {
				const note = document.createElement('small');
				note.textContent = hit.note;
				el.append(note);
			}
			el.addEventListener('mousedown', (e) => { e.preventDefault(); go(hit); });
			return el;
		}));
		at = -1;
		list.hidden = !hits.length;
		input.setAttribute('aria-expanded', String(!!hits.length));
	};
	const ask = async () => {
		const q = input.value.trim();
		if (asked) asked.abort();
		if (q.length < 2) return close();
		asked = new AbortController();
		try {
			const answer = await fetch(form.dataset.suggest + '?q=' + encodeURIComponent(q),
				{signal: asked.signal, headers: {Accept: 'application/json'}});
			if (answer.ok && document.activeElement === input) show((await answer.json()).items ?? []);
		} catch { /* typed on, or offline: the form still asks */ }
	};
	input.addEventListener('input', () => { clearTimeout(wait); wait = setTimeout(ask, 90); });
	input.addEventListener('blur', close);
	input.addEventListener('keydown', (e) => {
		if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
			if (list.hidden) return void ask();
			e.preventDefault();
			pick(at < 0 && e.key === 'ArrowUp' ? -1 : at + (e.key === 'ArrowDown' ? 1 : -1));
		} else if (e.key === 'Escape' && !list.hidden) {
			e.preventDefault();
			close();
		} else if (e.key === 'Enter' && at >= 0) {
			e.preventDefault();
			go(hits[at]);
		}
	});
}

/* ---- a link that the pointer rests on is already fetched ----
 * Pages of our own alone, and few of them: a link only ever reads (what changes something is a form),
 * but files and answers for programs are heavy, and who saves data is asked first. */
function prefetch() {
	const most = 12, heavy = /\/(pdf|csv|xlsx|zip)$|^\/(api|a|document|picture)\//;
	const seen = new Set([location.href]);
	let wait = 0;
	const fetchSoon = (e) => {
		const a = e.target.closest?.('a[href]');
		clearTimeout(wait);
		if (!a || a.origin !== location.origin || a.hash || a.download || a.target || seen.has(a.href) || 'far' in a.dataset) return;
		if (heavy.test(a.pathname) || seen.size > most) return;
		wait = setTimeout(() => {
			const link = document.createElement('link');
			seen.add(a.href);
			link.rel = 'prefetch';
			link.href = a.href;
			document.head.append(link);
		}, 65);
	};
	if (navigator.connection?.saveData) return;
	document.addEventListener('mouseover', fetchSoon, {passive: true});
	document.addEventListener('focusin', fetchSoon);
	document.addEventListener('mouseout', () => clearTimeout(wait), {passive: true});
}

/* ---- quantity: steps, the price row that holds, the total ---- */
function stepper(box) {
	const input = box.querySelector('input');
	const d = input.dataset, step = Number(d.step) || 1, min = Number(d.min) || 0;
	const max = Number(d.max) || Infinity;
	const key = (text, name, by) => {
		const b = document.createElement('button');
		b.type = 'button';
		b.textContent = text;
		b.setAttribute('aria-label', name);
		b.addEventListener('click', () => {
			const v = Number.parseInt(input.value, 10) || 0;
			input.value = String(Math.min(max, Math.max(min, v + by)));
			input.dispatchEvent(new Event('input', {bubbles: true}));
		});
		return b;
	};
	box.prepend(key('−', d.less, -step));
	box.append(key('+', d.more, step));
}

// price (millionths) x quantity, half away from zero: as the server does it, in whole numbers.
function times(micro, quantity, digits) {
	const scale = 10n ** BigInt(6 - digits);
	return (micro * quantity + scale / 2n) / scale;
}
function shown(minor, digits, currency) {
	const s = String(minor).padStart(digits + 1, '0');
	const whole = s.slice(0, s.length - digits), part = s.slice(s.length - digits);
	const parts = new Intl.NumberFormat(document.documentElement.lang).formatToParts(11111.5);
	const group = parts.find((p) => p.type === 'group')?.value ?? ',';
	const point = parts.find((p) => p.type === 'decimal')?.value ?? '.';
	return currency + ' ' + whole.replace(/\B(?=(\d{3})+$)/g, group) + (digits ? point + part : '');
}
function prices(table) {
	const form = document.getElementById(table.dataset.tiers);
	const input = form?.elements.namedItem('quantity');
	const rows = all('[data-micro]', table);
	if (!input || !rows.length) return;
	const total = document.querySelector(`[data-total="${CSS.escape(form.id)}"]`);
	const update = () => {
		if (!/^\d{1,9}$/.test(input.value.trim())) return;
		const quantity = BigInt(input.value.trim());
		const row = rows.filter((r) => BigInt(r.dataset.from) <= quantity).at(-1);
		rows.forEach((r) => r.classList.toggle('now', r === row));
		if (!total) return;
		const digits = Number(total.dataset.digits);
		total.querySelector('output').textContent = row
			? shown(times(BigInt(row.dataset.micro), quantity, digits), digits, total.dataset.currency) : '–';
	};
	input.addEventListener('input', update);
}

/* ---- forms: sent once, not left by accident, first mistake in focus ---- */
function once(form) {
	form.addEventListener('submit', (e) => {
		if (form.dataset.sent) return void e.preventDefault();
		form.dataset.sent = '1';
		for (const b of all('button[type=submit]', form)) b.setAttribute('aria-disabled', 'true');
	});
}
function unsaved(form) {
	let typed = false;
	form.addEventListener('input', () => { typed = true; });
	form.addEventListener('submit', () => { typed = false; });
	addEventListener('beforeunload', (e) => { if (typed) e.preventDefault(); });
}
// Filters apply as soon as a box is ticked; ranges wait for the field to be left or for Enter.
function auto(form) {
	form.addEventListener('change', () => form.requestSubmit());
}

/* ---- tables: all rows at once ---- */
function selection(head) {
	const table = head.closest('table');
	const boxes = () => all('[data-select]', table);
	head.hidden = false;
	head.addEventListener('change', () => boxes().forEach((b) => { b.checked = head.checked; }));
	table.addEventListener('change', (e) => {
		if (e.target === head) return;
		const n = boxes().filter((b) => b.checked).length;
		head.checked = n > 0 && n === boxes().length;
		head.indeterminate = n > 0 && n < boxes().length;
	});
}

/* ---- copy, toasts, menus ---- */
function copy(button) {
	if (!navigator.clipboard) return;
	button.hidden = false;
	button.addEventListener('click', async () => {
		await navigator.clipboard.writeText(button.dataset.copy);
		button.textContent = button.dataset.done;
	});
}
function toast(box) {
	const b = document.createElement('button');
	b.type = 'button';
	b.className = 'plain';
	b.textContent = '×';
	b.setAttribute('aria-label', box.dataset.dismiss);
	b.addEventListener('click', () => box.remove());
	box.append(b);
	let timer = setTimeout(() => box.remove(), 8000);
	for (const e of ['mouseenter', 'focusin']) box.addEventListener(e, () => clearTimeout(timer));
	box.addEventListener('mouseleave', () => { timer = setTimeout(() => box.remove(), 4000); });
}
function menus() {
	const open = () => all('details[data-menu][open]');
	document.addEventListener('click', (e) => open().forEach((m) => { if (!m.contains(e.target)) m.open = false; }));
	document.addEventListener('keydown', (e) => {
		if (e.key !== 'Escape') return;
		for (const m of open()) {
			m.open = false;
			m.querySelector('summary').focus();
		}
	});
}

/* ---- what is shown has changed elsewhere: said in a line, shown when asked for ----
 * The server names a kind and an id (/events); what changed is read as any page is. A window that
 * nobody sees does not listen; seen again, it asks for what came behind the place it knows. */
function live(box) {
	const {live: kind, id} = box.dataset;
	const shown = (page) => all('main table, main .line-of, main h1', page).map((el) => el.textContent).join('\n');
	const first = shown(document);
	let place = box.dataset.from, stream = null, asked = 0, tries = 0, over = false;

	const stop = () => {
		stream?.close();
		stream = null;
	};
	const say = () => {
		over = true;
		stop();
		box.append(box.querySelector('template').content.cloneNode(true));
	};
	// It may concern what is shown: the page as it is now is compared, seldom.
	const look = () => {
		if (asked || over) return;
		asked = setTimeout(async () => {
			try {
				const answer = await fetch(location.href, {headers: {'X-Fragment': '1'}});
				if (answer.ok && !answer.redirected && !over &&
					shown(new DOMParser().parseFromString(await answer.text(), 'text/html')) !== first) say();
			} catch { /* offline: the next event asks again */ }
			asked = 0;
		}, 500 + Math.random() * 2000);
	};
	const heard = (e) => {
		place = e.lastEventId || place;
		if (over) return;
		if (id ? e.data === id : document.querySelector(`main a[href="/${kind}/${CSS.escape(e.data)}"]`)) say();
		else if (!id) look();
	};
	const start = () => {
		if (stream || over || document.hidden) return;
		stream = new EventSource('/events?from=' + encodeURIComponent(place));
		stream.addEventListener(kind, heard);
		stream.addEventListener('again', (e) => { place = e.lastEventId || place; look(); });
		stream.addEventListener('end', stop);
		stream.addEventListener('open', () => { tries = 0; });
		stream.addEventListener('error', () => {
			if (stream?.readyState !== EventSource.CLOSED) return; // else it comes back by itself
			stop();
			if (tries++ < 3) setTimeout(start, 5000 * 4 ** tries);
		});
	};
	document.addEventListener('visibilitychange', () => { if (document.hidden) stop(); else start(); });
	document.addEventListener('submit', stop); // the answer shows it
	addEventListener('pagehide', stop);
	addEventListener('pageshow', start);
	start();
}

/* ---- light, dark or as the device says: seen at once, kept when the form is sent ---- */
function theme(form) {
	form.addEventListener('change', () => {
		const d = document.documentElement.dataset, v = new FormData(form);
		for (const k of ['theme', 'density']) {
			if (v.get(k)) d[k] = v.get(k);
			else delete d[k];
		}
	});
}

const parts = {
	'[data-suggest]': suggest, '[data-stepper]': stepper, '[data-tiers]': prices, 'form[data-once]': once,
	'form[data-unsaved]': unsaved, 'form[data-auto]': auto, '[data-select-all]': selection,
	'[data-copy]': copy, '[data-toast]': toast, 'form[data-look]': theme,
	'[data-live]': live,
	'[data-focus]': (el) => el.focus(),
	'[data-cookies-off]': (el) => { el.hidden = navigator.cookieEnabled; },
};
for (const [sel, start] of Object.entries(parts)) all(sel).forEach(start);
menus();
prefetch();
// Pages restored from the browser's cache may be sent again.
addEventListener('pageshow', () => all('form[data-sent]').forEach((f) => {
	delete f.dataset.sent;
	all('button[aria-disabled]', f).forEach((b) => b.removeAttribute('aria-disabled'));
}));
