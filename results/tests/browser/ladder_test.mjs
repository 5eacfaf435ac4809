// The ladder of a cell beside the reference's, and what is marked there.

import assert from 'node:assert/strict';
import {cell, closeBrowser, makePage, withPage} from './browser.mjs';
import {STACKS, recordText, smallMatrix} from './records.mjs';
import {done, test} from './tap.mjs';

const path = makePage(smallMatrix());

/* The marked lines of a side, in order. */
function marked(page, side) {
	return page.$$eval(`.half.${side}.marked`, (halves) => halves.map((half) =>
		half.textContent.replace(/^[+−]|only (here|in the reference): | from the (client|server)/g, '').trim()));
}

await test('a click opens both ladders and marks what differs', () => withPage(path, {}, async (page) => {
	await cell(page, 'old-kernels-differ', 0).click();
	assert.match(await page.textContent('#panel h2'), /^abort\/old-kernels-differ/);
	assert.match(await page.textContent('#panel .about'), /Old kernels send a bare reset/);
	assert.deepEqual(await marked(page, 'this'), ['RSTseq 1 ack 0 opts none', 'recv 64 = 0']);
	assert.deepEqual(await marked(page, 'reference'), ['RST,ACKseq 1 ack 8', 'recv 64 = -1 ECONNRESET', 'mib TCPAbortOnClose +1']);
	assert.deepEqual(await page.locator('.half.this mark').allTextContents(), ['RST', '0']);
	assert.match(await page.textContent('.side-head.this .verdict'), /FAIL unread\.case:9: client recv 64/);
	assert.match(await page.textContent('.comparison'), /behaved differently/);
}));

await test('a changed call stands beside what it was', () => withPage(path, {}, async (page) => {
	await cell(page, 'old-kernels-differ', 0).click();
	const row = page.locator('.ladders li', {hasText: 'recv 64'});
	assert.equal(await row.count(), 1);
	assert.equal(await row.locator('.half.marked').count(), 2);
}));

await test('a call is compared with the same call, not with a later one that returned the same', async () => {
	const calls = (...outcomes) => outcomes.map((outcome) => `client    send 1 = ${outcome} in 1us`);
	const records = [calls('1', '-1 ECONNRESET', '-1 ENOTCONN'), calls('-1 ECONNRESET', '-1 EPIPE', '-1 EPIPE')].map((lines, index) =>
		recordText({name: 'close/shifted', system: STACKS[index], lines})).join('');
	await withPage(makePage(records), {}, async (page) => {
		await cell(page, 'shifted', 0).click();
		assert.deepEqual(await marked(page, 'this'), ['send 1 = 1', 'send 1 = -1 ECONNRESET', 'send 1 = -1 ENOTCONN']);
		assert.equal(await page.locator('.ladders li').count(), 3);
	});
});

await test('the calls are the spine: a segment that came later hangs elsewhere and is not marked', async () => {
	const reset = 'wire      client RST,ACK', sent = 'server    send 1 = ';
	const records = [[sent + '1 in 1us', reset, sent + '-1 EPIPE in 1us'], [reset, sent + '-1 ECONNRESET in 1us', sent + '-1 EPIPE in 1us']]
		.map((lines, index) => recordText({name: 'close/later', system: STACKS[index], lines})).join('');
	await withPage(makePage(records), {}, async (page) => {
		await cell(page, 'later', 0).click();
		assert.deepEqual(await marked(page, 'this'), ['send 1 = 1']);
		assert.deepEqual(await marked(page, 'reference'), ['send 1 = -1 ECONNRESET']);
		const rows = await page.$$eval('.ladders li', (all) => all.map((row) => row.querySelectorAll('.half:not(.empty)').length));
		assert.deepEqual(rows, [1, 2, 1, 2]);
	});
});

await test('the part of a merged cell that is clicked is the stack', () => withPage(path, {}, async (page) => {
	const wide = cell(page, 'everywhere-alike', 0);
	const box = await wide.boundingBox();
	for (const [index, stack] of STACKS.entries()) {
		await wide.click({position: {x: box.width * (index + 0.5) / 5, y: 5}});
		assert.match(await page.locator('.side-head.this option:checked').textContent(), new RegExp('^' + stack));
	}
}));

await test('alike: nothing is marked; the reference itself: alone', () => withPage(path, {}, async (page) => {
	const wide = cell(page, 'everywhere-alike', 0);
	const box = await wide.boundingBox();
	await wide.click({position: {x: 5, y: 5}});
	assert.match(await page.textContent('.comparison'), /behaved alike/);
	assert.equal(await page.locator('.half.marked').count(), 0);
	await wide.click({position: {x: box.width / 2, y: 5}});
	assert.match(await page.textContent('.comparison'), /This is the reference/);
	assert.equal(await page.locator('.half.reference:visible').count(), 0);
}));

await test('what was not found out is not compared', () => withPage(path, {}, async (page) => {
	await cell(page, 'not-everywhere', 2).click();
	assert.match(await page.textContent('.comparison'), /Not compared/);
	assert.match(await page.textContent('.ladders'), /broken client recv 64 did not return within 10 s/);
	assert.equal(await page.locator('.half.marked').count(), 0);
	await cell(page, 'not-everywhere', 1).click();
	assert.match(await page.textContent('.side-head.this'), /SKIP.*no fork/);
	assert.match(await page.textContent('#panel .departs'), /POSIX close\(\): says nothing/);
	await cell(page, 'one-absent', 1).click();
	assert.match(await page.textContent('.side-head.this'), /no run/);
}));

await test('other stack, other reference, other variant', () => withPage(path, {}, async (page) => {
	await cell(page, 'per-variant', 0).click({position: {x: 5, y: 5}});
	await page.selectOption('.side-head.this select', {index: 4});
	assert.match(await page.textContent('.comparison'), /behaved alike/);
	await page.click('.variant-links a:text("ipv6")');
	assert.match(await page.textContent('.comparison'), /behaved differently/);
	await page.selectOption('.side-head.reference select', {index: 4});
	assert.match(await page.textContent('.comparison'), /This is the reference/);
}));

/* Only order between calls and wire differs: that is no difference, and must not be marked as one. */
await test('order between the calls and the wire is not compared', async () => {
	const lines = ['client    close = 0 in 1us', 'wire      client FIN', 'server    recv 64 = 0 in 1us', 'wire      server FIN'];
	const other = [lines[1], lines[0], lines[3], lines[2]];
	const records = recordText({name: 'close/order', system: STACKS[0], lines}) +
		recordText({name: 'close/order', system: STACKS[1], lines: [...other, 'mib     OutRsts +1']});
	await withPage(makePage(records), {}, async (page) => {
		await cell(page, 'order', 0).click();
		assert.deepEqual(await marked(page, 'this'), []);
		assert.deepEqual(await marked(page, 'reference'), ['mib OutRsts +1']);
	});
});

await test('what one observer could not see is no difference', async () => {
	const lines = ['client    close = 0 in 1us', 'wire      client FIN'];
	const seen = [...lines, 'mib     TCPAbortOnData +1', 'mib     OutRsts +1', 'state   client none'];
	const records = [seen, [...lines, 'unseen  mib state'], [...lines, 'mib     OutRsts +1', 'state   client none', 'unseen  TCPAbortOnData'],
		[...lines, 'mib     TCPAbortOnData +1', 'mib     OutRsts +2', 'state   client none']];
	const page = makePage(records.map((all, index) => recordText({name: 'close/unseen', system: STACKS[index], lines: all})).join(''));
	await withPage(page, {hash: '#case=close/unseen&ref=' + STACKS[0] + '&stack=' + STACKS[1]}, async (page) => {
		assert.match(await page.textContent('.comparison'), /behaved alike/);
		assert.deepEqual([await marked(page, 'this'), await marked(page, 'reference')], [[], []]);
		assert.match(await page.textContent('.ladders'), /unseen mib state/);
		assert.equal(await page.locator('.half.this .not-seen').count(), 3);
		await page.selectOption('.side-head.this select', {index: 2});
		assert.deepEqual([await marked(page, 'this'), await marked(page, 'reference')], [[], []]);
		await page.selectOption('.side-head.this select', {index: 3});
		assert.deepEqual([await marked(page, 'this'), await marked(page, 'reference')], [['mib OutRsts +2'], ['mib OutRsts +1']]);
	});
});

await test('an unstable cell says so and shows both', async () => {
	const fin = ['client    close = 0 in 1us', 'wire      client FIN'], reset = [fin[0], 'wire      client RST'];
	const records = [[0, fin], [1, fin], [1, reset]].map(([index, lines]) =>
		recordText({name: 'close/unstable', system: STACKS[index], lines})).join('');
	await withPage(makePage(records), {}, async (page) => {
		await cell(page, 'unstable', 1).click();
		assert.match(await cell(page, 'unstable', 1).textContent(), /unstable: RST or FIN/);
		assert.match(await page.textContent('.comparison'), /unstable|reference/);
		assert.match(await page.textContent('.unstable'), /runs of linux 6\.1\.176 x86_64 differed/);
		assert.equal(await page.locator('.unstable .half.marked').count(), 2);
	});
});

/* Two stacks differ exactly when their signatures do: so do the cells, and so does what is marked. */
await test('lines are marked exactly where cells differ', () => withPage(path, {}, async (page) => {
	const [compared, wrong] = await page.evaluate(() => {
		const pairs = view.data.rows.flatMap((row) => row.entries.flatMap((one, index) =>
			row.entries.slice(index + 1).map((other) => [row.name, one, other])))
			.filter(([, one, other]) => isFound(one) && isFound(other));
		return [pairs.length, pairs.filter(([, one, other]) => (one.class === other.class) !==
			compareLadders(one.cell.lines, other.cell.lines).every((row) => row.isSame)).map(([name]) => name)];
	});
	assert.ok(compared > 50);
	assert.deepEqual(wrong, []);
}));

await test('a raw peer stands where it acts', async () => {
	const lines = ['peer      send FIN = 0 in 1us', 'wire      client FIN', 'server    recv 64 = 0 in 1us'];
	await withPage(makePage(recordText({name: 'close/peer', system: STACKS[0], lines})), {}, async (page) => {
		await cell(page, 'peer', 0).click();
		assert.equal(await page.locator('.lanes .call.left').first().textContent(), 'peer');
		assert.equal(await page.locator('li .call.left').first().textContent(), 'send FIN = 0');
	});
});

await test('the two as text', () => withPage(path, {permissions: ['clipboard-read', 'clipboard-write']}, async (page) => {
	await cell(page, 'old-kernels-differ', 0).click();
	await page.click('.comparison button');
	await page.locator('.comparison button', {hasText: 'Copied'}).waitFor();
	const text = await page.evaluate(() => navigator.clipboard.readText());
	assert.match(text, /^abort\/old-kernels-differ ipv4\n- linux 7\.2\.13 x86_64\n\+ linux 5\.10\.223 x86_64\n/);
	assert.match(text, /\n- client recv 64 = -1 ECONNRESET\n\+ client recv 64 = 0\n/);
}));

await closeBrowser();
done();
