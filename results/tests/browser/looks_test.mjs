// Widths, themes, paper. Pictures are kept if there is a place for them.

import assert from 'node:assert/strict';
import {cell, closeBrowser, makePage, picture, withPage} from './browser.mjs';
import {bigMatrix, smallMatrix} from './records.mjs';
import {done, test} from './tap.mjs';

const path = makePage(smallMatrix());
const wide = makePage(bigMatrix(20, 60));
const phone = {viewport: {width: 390, height: 844}, hasTouch: true, isMobile: true};

/* Luminance as WCAG 2 defines it, of "rgb(r, g, b)". */
function luminance(colour) {
	const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map((value) => value / 255)
		.map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
	const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
	return (high + 0.05) / (low + 0.05);
}

/* Pairs of text and ground that the page uses, resolved by the browser. */
function colourPairs(page) {
	return page.evaluate(() => {
		const probe = document.createElement('div');
		document.body.append(probe);
		const resolve = (name) => {
			probe.style.color = `var(--${name})`;
			return getComputedStyle(probe).color;
		};
		const grounds = ['ground', 'ground-2', 'other-1', 'other-2', 'other-3', 'other-4', 'mark-this', 'mark-reference'];
		const pairs = grounds.map((ground) => ['text', ground]);
		for (const text of ['quiet', 'accent', 'fail', 'known'])
			pairs.push([text, 'ground'], [text, 'ground-2']);
		for (const ground of ['other-1', 'other-2', 'other-3', 'other-4'])
			pairs.push(['fail', ground], ['known', ground]);
		return pairs.map((pair) => [pair.join(' on '), ...pair.map(resolve)]);
	});
}

for (const colorScheme of ['light', 'dark'])
	await test(`contrast of 4.5 or more: ${colorScheme}`, () => withPage(path, {colorScheme}, async (page) => {
		for (const [name, text, ground] of await colourPairs(page))
			assert.ok(contrast(text, ground) >= 4.5, `${name}: ${contrast(text, ground).toFixed(2)}`);
	}));

await test('dark as the system says, and by the button', () => withPage(path, {colorScheme: 'dark'}, async (page) => {
	const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	const dark = await ground();
	assert.ok(luminance(dark) < 0.05);
	await page.click('#theme');
	assert.ok(luminance(await ground()) > 0.9, 'light');
	await page.reload();
	assert.ok(luminance(await ground()) > 0.9, 'light is kept');
	await page.click('#theme');
	assert.equal(await ground(), dark);
	await cell(page, 'old-kernels-differ', 0).click();
	await picture(page, 'dark');
}));

await test('phone: only the table scrolls sideways, under a first column that stays', () =>
	withPage(wide, phone, async (page) => {
		const before = await page.locator('tbody th.case').first().boundingBox();
		const scrolled = await page.evaluate(() => {
			document.getElementById('scroller').scrollLeft = 500;
			return {table: document.getElementById('scroller').scrollLeft, body: document.documentElement.scrollWidth,
				width: innerWidth};
		});
		const after = await page.locator('tbody th.case').first().boundingBox();
		assert.equal(scrolled.table, 500);
		assert.ok(scrolled.body <= scrolled.width, `the body is ${scrolled.body} wide`);
		assert.equal(after.x, before.x);
		await picture(page, 'phone');
	}));

await test('phone: the heads of columns stay', () => withPage(wide, phone, async (page) => {
	const before = await page.locator('thead th').nth(1).boundingBox();
	await page.evaluate(() => {
		document.getElementById('scroller').scrollTop = 600;
	});
	assert.equal((await page.locator('thead th').nth(1).boundingBox()).y, before.y);
}));

await test('phone: filters fold away; columns can be chosen', () => withPage(path, phone, async (page) => {
	assert.equal(await page.locator('#differ').isVisible(), false);
	await page.tap('#more');
	assert.equal(await page.getAttribute('#more', 'aria-expanded'), 'true');
	await page.tap('#columns summary');
	await page.locator('#columns-list label').first().tap();
	assert.equal(await page.locator('th.stack').count(), 4);
	const menu = await page.locator('.menu-body').boundingBox();
	assert.ok(menu.x >= 0 && menu.x + menu.width <= 390 && menu.width > 300, `the menu is at ${menu.x}, ${menu.width} wide`);
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && innerWidth === 390));
	await picture(page, 'phone-filters');
}));

await test('phone: one ladder with both, nothing beyond the edge', () => withPage(path, phone, async (page) => {
	await cell(page, 'old-kernels-differ', 0).tap();
	assert.equal(await page.locator('li.same .half.reference:visible').count(), 0);
	assert.equal(await page.locator('li.differs .half.marked:visible').count(), 5);
	const beyond = await page.$$eval('#panel *', (all) => all.filter((one) => one.getBoundingClientRect().right > innerWidth + 1 &&
		!one.matches('.unseen, option')).map((one) => one.className));
	assert.deepEqual(beyond, []);
	await picture(page, 'phone-ladder');
	await page.tap('.close');
	assert.equal(await page.locator('#panel:visible').count(), 0);
}));

await test('phone: in every width from 320 nothing but the table is wider than the screen', async () => {
	for (const width of [320, 360, 390, 600, 800, 1024])
		await withPage(path, {viewport: {width, height: 800}}, async (page) =>
			assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${width}`));
});

await test('desktop', () => withPage(wide, {}, async (page) => {
	await picture(page, 'desktop');
	await cell(page, 'case-3-', 0).click();
	await picture(page, 'desktop-ladder');
}));

await test('paper: all rows, no controls, light', () => withPage(wide, {colorScheme: 'dark'}, async (page) => {
	await page.emulateMedia({media: 'print', colorScheme: 'dark'});
	assert.equal(await page.locator('#query').isVisible(), false);
	assert.equal(await page.evaluate(() => getComputedStyle(document.getElementById('scroller')).overflow), 'visible');
	assert.ok(luminance(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)) > 0.9);
	assert.ok((await page.pdf({landscape: true})).length > 10000);
}));

await test('no motion for those who want none', () => withPage(path, {reducedMotion: 'reduce'}, async (page) => {
	const moving = await page.$$eval('*', (all) => all.filter((one) => getComputedStyle(one).transitionDuration !== '0s').length);
	assert.equal(moving, 0);
}));

await closeBrowser();
done();
