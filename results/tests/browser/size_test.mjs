// The size that the page must carry: 20 stacks, 300 rows; and more.

import assert from 'node:assert/strict';
import {statSync} from 'node:fs';
import {closeBrowser, makePage, withPage} from './browser.mjs';
import {bigMatrix} from './records.mjs';
import {diagnostic, done, test} from './tap.mjs';

const MEGABYTE = 1000000;

/* From a change in the page to the frame that shows it, ms. */
function timed(page, action) {
	return page.evaluate(`(async () => {
		const start = performance.now();
		${action};
		await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
		return performance.now() - start;
	})()`);
}

const actions = {
	'search': `document.getElementById('query').value = 'case-1 rst';
		document.getElementById('query').dispatchEvent(new Event('input'))`,
	'search cleared': `document.getElementById('query').value = '';
		document.getElementById('query').dispatchEvent(new Event('input'))`,
	'only rows that differ': `document.getElementById('differ').click()`,
	'all rows again': `document.getElementById('differ').click()`,
	'open a ladder': `document.querySelector('td').click()`,
};

/* Times are printed; what is asserted leaves room for a machine that is busy with something else. */
async function measure(name, path, atMost) {
	await withPage(path, {}, async (page) => {
		for (const [action, code] of Object.entries(actions)) {
			const took = await timed(page, code);
			diagnostic(`${name}: ${action}: ${took.toFixed(0)} ms`);
			assert.ok(took < atMost, `${action} took ${took.toFixed(0)} ms`);
		}
	});
}

for (const [stacks, cases, atMost] of [[20, 300, 2000], [20, 1300, 4000]]) {
	const name = `${stacks} stacks x ${cases} cases`;
	const path = makePage(bigMatrix(stacks, cases));
	await test(`${name}: at most 5 MB`, () => {
		const {size} = statSync(path);
		diagnostic(`${name}: ${size} bytes`);
		assert.ok(size <= 5 * MEGABYTE, `${size} bytes`);
	});
	await test(`${name}: filters and ladders answer`, () => measure(name, path, atMost));
}

await test('every row comes to stand', async () => {
	await withPage(makePage(bigMatrix(20, 300)), {}, async (page) => {
		await page.locator('tbody th.case').nth(299).waitFor({state: 'attached'});
		assert.equal(await page.locator('tbody th.case').count(), 300);
	});
});

await closeBrowser();
done();
