// Words of English that were left in a translated page. They are known from lang/: an English
// message that is no German one must not stand in a German page as a text of its own.
import {readFile, readdir} from 'node:fs/promises';

const folder = new URL('../../lang/', import.meta.url);
async function messages(tag) {
	const all = new Map();
	for (const f of (await readdir(folder)).filter((x) => x.startsWith(tag + '.')))
		for (const line of (await readFile(new URL(f, folder), 'utf8')).split('\n')) {
			const at = line.indexOf(' = ');
			if (at > 0 && !line.startsWith('#')) all.set(line.slice(0, at), line.slice(at + 3).trim());
		}
	return all;
}
// English messages without places for values, of two letters or more, that German does not share.
export async function english() {
	const [en, de] = [await messages('en'), await messages('de')];
	const german = new Set(de.values());
	return [...en].filter(([key, v]) => !/[{]/.test(v) && /[a-z]{2}/.test(v) && !german.has(v) && !key.startsWith('locale.'))
		.map(([, v]) => v);
}
export async function foreignWords(page, words) {
	return page.evaluate((list) => {
		const known = new Set(list), found = new Set();
		if (document.documentElement.lang !== 'de') found.add(`the page says it speaks ${document.documentElement.lang}`);
		const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
		for (let at = walk.currentNode; at; at = walk.nextNode()) {
			const of = at.nodeType === Node.TEXT_NODE ? at.parentElement : at;
			/* names of the policy are marked as another language or as code, stored words as such */
			if (of?.closest('[lang]')?.lang !== 'de' || of.closest('code, [translate="no"]')) continue;
			const texts = at.nodeType === Node.TEXT_NODE ? [at.data]
				: ['aria-label', 'placeholder', 'title', 'alt', 'data-label'].map((a) => at.getAttribute(a));
			for (const t of texts) if (t && known.has(t.trim())) found.add(`English: ${t.trim()}`);
		}
		return [...found].slice(0, 8);
	}, words);
}
