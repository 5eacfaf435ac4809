// Which rows and columns are shown, and how cells are merged and marked.

import assert from 'node:assert/strict';
import {cell, closeBrowser, makePage, rowCells, shownRows, withPage} from './browser.mjs';
import {STACKS, recordText, smallMatrix} from './records.mjs';
import {done, test} from './tap.mjs';

const path = makePage(smallMatrix());
const all = ['everywhere-alike', 'old-kernels-differ', 'same-words', 'zigzag', 'both-half', 'not-everywhere', 'one-absent',
	'per-variant ipv4 mapped', 'per-variant ipv6'];

await test('all rows at first, in the order of the records', () => withPage(path, {}, async (page) => {
	assert.deepEqual(await shownRows(page), all);
	assert.match(await page.textContent('#status'), /8 cases · 9 rows · 4 differ/);
}));

await test('neighbours that behaved alike share a cell, others do not', () => withPage(path, {}, async (page) => {
	const reset = 'RST,ACK · ECONNRESET';
	assert.deepEqual(await rowCells(page, 'everywhere-alike'), [[reset, 5]]);
	assert.deepEqual((await rowCells(page, 'old-kernels-differ')).map(([, span]) => span), [2, 3]);
	assert.deepEqual((await rowCells(page, 'zigzag')).map(([, span]) => span), [1, 1, 1, 1, 1]);
	assert.deepEqual(await rowCells(page, 'one-absent'), [['FIN x2', 4], ['', 1]]);
	assert.deepEqual(await rowCells(page, 'not-everywhere'), [['FIN x2', 3], ['SKIP', 1], ['BROKEN', 1]]);
}));

await test('equal words for different behaviour have letters', () => withPage(path, {}, async (page) => {
	const cells = (await rowCells(page, 'same-words')).map(([words, span]) => [words.replace(/\s+/g, ' '), span]);
	assert.deepEqual(cells.map(([, span]) => span), [3, 2]);
	assert.match(cells[0][0], /^RST,ACK · ECONNRESET \(a\)$/);
	assert.match(cells[1][0], /KNOWN ?RST,ACK · ECONNRESET \(b\)$/);
}));

await test('what differs from the reference is marked, also for those who hear it', () => withPage(path, {}, async (page) => {
	const old = cell(page, 'old-kernels-differ', 0), same = cell(page, 'old-kernels-differ', 1);
	assert.equal(await old.getAttribute('class'), 'other-1');
	assert.equal(await same.getAttribute('class'), '');
	assert.match(await old.textContent(), /differs:/);
	assert.equal(await old.locator('.badge').textContent(), 'FAIL');
}));

await test('another reference marks others', () => withPage(path, {}, async (page) => {
	await page.locator('th.stack button').first().click();
	assert.equal(await cell(page, 'old-kernels-differ', 0).getAttribute('class'), '');
	assert.equal(await cell(page, 'old-kernels-differ', 1).getAttribute('class'), 'other-1');
	assert.match(await page.url(), /ref=linux\+5\.10\.223\+x86_64/);
}));

await test('the reference at first: the newest Linux by number, wherever it stands; else of the first kind', async () => {
	const lines = ['client    close = 0 in 1us'];
	const pageOf = (...systems) => makePage(systems.map((system) => recordText({name: 'close/x', system, lines})).join(''));
	const reference = (page) => page.locator('#reference option:checked').textContent();
	await withPage(pageOf('lwip 2.1.3', 'linux 6.9.1', 'linux 6.18.1', 'linux 5.10.1', 'lwip 2.2.1'), {}, async (page) =>
		assert.equal(await reference(page), 'linux 6.18.1'));
	await withPage(pageOf('lwip 2.1.3', 'gvisor 20260101', 'lwip 2.10.0'), {}, async (page) =>
		assert.equal(await reference(page), 'lwip 2.10.0'));
});

await test('search: every word, in names, texts and cells', () => withPage(path, {}, async (page) => {
	await page.fill('#query', 'old');
	assert.deepEqual(await shownRows(page), ['old-kernels-differ']);
	await page.fill('#query', 'econnreset RST');
	assert.deepEqual(await shownRows(page),
		['everywhere-alike', 'old-kernels-differ', 'same-words', 'zigzag', 'per-variant ipv6']);
	await page.fill('#query', 'goodbye');
	assert.deepEqual(await shownRows(page), ['both-half']);
	await page.fill('#query', 'nothing is like that');
	assert.deepEqual(await shownRows(page), []);
	assert.match(await page.textContent('#scroller'), /No row is like that/);
	await page.click('#reset');
	assert.deepEqual(await shownRows(page), all);
}));

await test('topic, differing, departures, verdict, and all of them', () => withPage(path, {}, async (page) => {
	await page.selectOption('#topic', 'close');
	assert.deepEqual(await shownRows(page), all.slice(4));
	await page.selectOption('#topic', '');
	await page.check('#differ');
	assert.deepEqual(await shownRows(page), ['old-kernels-differ', 'same-words', 'zigzag', 'per-variant ipv6']);
	await page.check('#departs');
	assert.deepEqual(await shownRows(page), ['same-words']);
	await page.uncheck('#differ');
	assert.deepEqual(await shownRows(page), ['same-words', 'not-everywhere']);
	await page.selectOption('#verdict', 'SKIP');
	assert.deepEqual(await shownRows(page), ['not-everywhere']);
}));

await test('hidden columns neither show nor count', () => withPage(path, {}, async (page) => {
	await page.click('#columns summary');
	for (const stack of [STACKS[0], STACKS[1]])
		await page.locator('#columns-list label', {hasText: stack}).click();
	await page.check('#differ');
	assert.equal(await page.locator('th.stack').count(), 3);
	assert.deepEqual(await shownRows(page), ['same-words', 'zigzag', 'per-variant ipv6']);
	assert.equal((await page.url()).match(/hide=/g).length, 2);
	await page.click('#columns summary');
	await page.click('#columns-all');
	assert.equal(await page.locator('th.stack').count(), 5);
}));

await test('the last column cannot be hidden', () => withPage(path, {}, async (page) => {
	await page.click('#columns summary');
	for (const stack of STACKS)
		await page.locator('#columns-list label', {hasText: stack}).click();
	assert.equal(await page.locator('th.stack').count(), 1);
	assert.equal(await page.locator('#columns-list input:checked').count(), 1);
}));

await test('records cannot put anything but text into the page', async () => {
	const hostile = '</script><script>document.title="taken"</script><img src=x onerror="document.title=1">';
	const records = STACKS.slice(0, 2).map((system) => recordText({name: 'abort/<b>bold</b>', system: system + ' <i>&"',
		about: hostile, departs: hostile, lines: ['skip    ' + hostile], end: 'SKIP ' + hostile})).join('');
	await withPage(makePage(records), {}, async (page) => {
		await cell(page, '<b>bold', 0).click();
		assert.match(await page.title(), /^lastack/);
		assert.equal(await page.locator('img, #scroller b, #scroller i, #panel script').count(), 0);
		assert.match(await page.textContent('#panel .about'), /^<\/script><script>/);
		assert.match(await page.textContent('#panel .departs'), /onerror=/);
		assert.match(await page.locator('th.stack button').first().getAttribute('title'), /<i>&"/);
	});
});

await test('no records, and one record only', async () => {
	await withPage(makePage(''), {}, async (page) => {
		assert.match(await page.textContent('#status'), /0 cases · 0 rows/);
		await page.fill('#query', 'x');
		await page.keyboard.press('Enter');
	});
	const lines = ['client    close = 0 in 1us'];
	await withPage(makePage(recordText({name: 'close', system: 'lwip', lines, end: ''})), {}, async (page) => {
		assert.deepEqual(await rowCells(page, 'close'), [['-', 1]]);
		await cell(page, 'close', 0).click();
		assert.match(await page.textContent('.side-head.this'), /not judged/);
	});
});

await test('without JavaScript: the runs by verdict, and where to find the rest', () =>
	withPage(path, {javaScriptEnabled: false}, async (page) => {
		assert.match(await page.locator('#summary').innerText(), /linux 7\.2\.13 x86_64\s+10\s+10/);
		assert.match(await page.locator('noscript, .notice').first().innerText(), /--format md/);
		assert.equal(await page.locator('.controls').isVisible(), false);
	}));

await closeBrowser();
done();
