// All of it without a mouse.

import assert from 'node:assert/strict';
import {closeBrowser, focusedCell, makePage, shownRows, withPage} from './browser.mjs';
import {smallMatrix} from './records.mjs';
import {done, test} from './tap.mjs';

const path = makePage(smallMatrix());

async function press(page, ...keys) {
	for (const key of keys)
		await page.keyboard.press(key);
}

/* By Tab from the search field: the grid is one stop. */
async function intoGrid(page) {
	await page.focus('#query');
	await page.keyboard.press('ArrowDown');
}

await test('the grid is one stop for Tab', () => withPage(path, {}, async (page) => {
	assert.equal(await page.locator('#scroller tbody [tabindex="0"]').count(), 1);
	await page.locator('th.stack button').last().focus();
	await press(page, 'Tab');
	assert.deepEqual(await focusedCell(page), ['everywhere-alike', 'case']);
}));

await test('arrows go over merged cells and keep their column', () => withPage(path, {}, async (page) => {
	await intoGrid(page);
	assert.deepEqual(await focusedCell(page), ['everywhere-alike', 'case']);
	await press(page, 'ArrowDown', 'ArrowRight');
	assert.deepEqual(await focusedCell(page), ['old-kernels-differ', 'differs: FAILRST']);
	await press(page, 'ArrowRight');
	assert.deepEqual(await focusedCell(page), ['old-kernels-differ', 'RST,ACK · ECONNRESET']);
	await press(page, 'ArrowDown', 'ArrowDown');
	assert.deepEqual(await focusedCell(page), ['zigzag', 'RST,ACK · ECONNRESET']);
	await press(page, 'ArrowRight');
	assert.deepEqual(await focusedCell(page), ['zigzag', 'differs: FAILRST']);
	await press(page, 'ArrowUp', 'ArrowUp', 'ArrowUp');
	assert.deepEqual(await focusedCell(page), ['everywhere-alike', 'RST,ACK · ECONNRESET']);
	await press(page, 'ArrowDown', 'ArrowDown', 'ArrowDown');
	assert.deepEqual(await focusedCell(page), ['zigzag', 'differs: FAILRST']);
}));

await test('Home, End, with Ctrl, and pages', () => withPage(path, {}, async (page) => {
	await intoGrid(page);
	await press(page, 'Control+End');
	assert.deepEqual(await focusedCell(page), ['per-variant', 'case']);
	await press(page, 'End');
	assert.deepEqual(await focusedCell(page), ['per-variant', 'differs: RST,ACK · ECONNRESET']);
	await press(page, 'PageUp', 'Home');
	assert.deepEqual(await focusedCell(page), ['everywhere-alike', 'case']);
	await press(page, 'PageDown', 'Control+Home');
	assert.deepEqual(await focusedCell(page), ['everywhere-alike', 'case']);
}));

await test('Enter opens the ladder, arrows change the stack, Esc leads back', () => withPage(path, {}, async (page) => {
	await intoGrid(page);
	await press(page, 'ArrowDown', 'ArrowRight', 'Enter');
	assert.deepEqual(await focusedCell(page), ['ASIDE#panel', '']);
	assert.match(await page.locator('.side-head.this option:checked').textContent(), /^linux 5\.10\.223/);
	await press(page, 'ArrowRight', 'ArrowRight', 'ArrowRight');
	assert.match(await page.locator('.side-head.this option:checked').textContent(), /^gvisor/);
	assert.deepEqual(await focusedCell(page), ['ASIDE#panel', '']);
	await press(page, 'Escape');
	assert.equal(await page.locator('#panel:visible').count(), 0);
	assert.deepEqual(await focusedCell(page), ['old-kernels-differ', 'RST,ACK · ECONNRESET']);
}));

await test('/ searches, Esc clears and returns, Enter leads into the rows', () => withPage(path, {}, async (page) => {
	await intoGrid(page);
	await press(page, '/');
	await page.keyboard.type('every/where');
	assert.equal(await page.inputValue('#query'), 'every/where');
	await press(page, 'Escape');
	assert.equal((await shownRows(page)).length, 9);
	await press(page, '/');
	await page.keyboard.type('zigzag');
	await press(page, 'Enter');
	assert.deepEqual(await focusedCell(page), ['zigzag', 'case']);
}));

await test('? helps, Esc ends that', () => withPage(path, {}, async (page) => {
	await intoGrid(page);
	await press(page, '?');
	assert.equal(await page.locator('#help').isVisible(), true);
	await press(page, 'Escape');
	assert.equal(await page.locator('#help').isVisible(), false);
	assert.deepEqual(await focusedCell(page), ['everywhere-alike', 'case']);
}));

await test('focus can be seen', () => withPage(path, {}, async (page) => {
	await intoGrid(page);
	await press(page, 'ArrowRight');
	const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
	assert.equal(outline, 'solid');
}));

await test('roles and counts for those who hear the table', () => withPage(path, {}, async (page) => {
	const grid = page.getByRole('grid', {name: 'Behaviour by case and stack'});
	assert.equal(await grid.getAttribute('aria-rowcount'), '10');
	assert.equal(await grid.getAttribute('aria-colcount'), '6');
	assert.equal(await page.getByRole('columnheader').count(), 6);
	assert.equal(await page.getByRole('searchbox').count(), 1);
	assert.equal(await page.getByRole('status').count(), 1);
	const unnamed = await page.$$eval('button, select, input', (all) => all.filter((one) => !one.textContent.trim() &&
		!one.getAttribute('aria-label') && !(one.labels && one.labels.length)).length);
	assert.equal(unnamed, 0);
}));

await closeBrowser();
done();
