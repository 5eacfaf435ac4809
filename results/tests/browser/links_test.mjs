// Every view has an address, and the browser's own buttons go through them.

import assert from 'node:assert/strict';
import {cell, closeBrowser, makePage, shownRows, withPage} from './browser.mjs';
import {smallMatrix} from './records.mjs';
import {done, test} from './tap.mjs';

const path = makePage(smallMatrix());
const view = '#case=abort/zigzag&variant=ipv4&stack=linux+6.1.176+x86_64&ref=gvisor+20240729+x86_64&q=every' +
	'&topic=abort&verdict=FAIL&differ=1&hide=lwip+2.1.3+x86_64';

async function stateOf(page) {
	return {
		rows: await shownRows(page),
		heading: (await page.locator('#panel:visible h2').count()) ? await page.textContent('#panel h2') : null,
		stack: await page.locator('.side-head.this option:checked').allTextContents(),
		reference: await page.locator('#reference option:checked').textContent(),
		query: await page.inputValue('#query'),
		topic: await page.inputValue('#topic'),
		verdict: await page.inputValue('#verdict'),
		differ: await page.isChecked('#differ'),
		columns: await page.locator('th.stack').count(),
	};
}

await test('a link restores everything', () => withPage(path, {hash: view}, async (page) => {
	const state = await stateOf(page);
	assert.match(state.heading, /^abort\/zigzag/);
	assert.deepEqual(state, {...state, rows: ['zigzag'], reference: 'gvisor 20240729 x86_64', query: 'every',
		topic: 'abort', verdict: 'FAIL', differ: true, columns: 4});
	assert.match(state.stack[0], /^linux 6\.1\.176/);
	assert.equal(await page.locator('td.open').count(), 1);
}));

await test('the address of a view is a link to it', () => withPage(path, {}, async (page) => {
	await page.selectOption('#topic', 'abort');
	await page.check('#differ');
	await page.fill('#query', 'every other');
	await cell(page, 'zigzag', 1).click();
	const state = await stateOf(page), hash = new URL(page.url()).hash;
	await withPage(path, {hash}, async (other) => assert.deepEqual(await stateOf(other), state));
}));

await test('back and forward', () => withPage(path, {}, async (page) => {
	const start = await stateOf(page);
	await page.selectOption('#topic', 'abort');
	const topic = await stateOf(page);
	await cell(page, 'same-words', 1).click();
	const open = await stateOf(page);
	await page.goBack();
	assert.deepEqual(await stateOf(page), topic);
	await page.goBack();
	assert.deepEqual(await stateOf(page), start);
	await page.goForward();
	await page.goForward();
	assert.deepEqual(await stateOf(page), open);
}));

await test('typing a word is one step at most', () => withPage(path, {}, async (page) => {
	const before = await page.evaluate(() => history.length);
	await page.locator('#query').pressSequentially('econnreset');
	assert.equal(await page.evaluate(() => history.length), before);
	assert.match(page.url(), /#q=econnreset$/);
}));

await test('names that are not there: said, not fatal', () =>
	withPage(path, {hash: '#case=no/such&topic=nothing&ref=beos&verdict=%3Cb%3E&hide=x'}, async (page) => {
		assert.equal((await shownRows(page)).length, 9);
		assert.match(await page.textContent('#status'), /no topic nothing · no stack beos · no case no\/such/);
		assert.equal(await page.locator('#panel:visible').count(), 0);
	}));

await test('a case that the filters leave out still opens', () =>
	withPage(path, {hash: '#case=close/both-half&stack=gvisor+20240729+x86_64&topic=abort'}, async (page) => {
		assert.match(await page.textContent('#panel h2'), /^close\/both-half/);
		assert.equal((await shownRows(page)).includes('both-half'), false);
	}));

await closeBrowser();
done();
