// A page made by `lastack matrix`, open in headless Chromium from file://. Whatever a test does there, nothing may be asked
// of the network and nothing may go wrong in the console.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';

const [, , lastack, executablePath, pictures] = process.argv;
const folder = mkdtempSync(join(tmpdir(), 'lastack-browser-'));
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync'];
let browser = null, made = 0;

process.on('exit', () => rmSync(folder, {recursive: true, force: true}));

/* The path of a page that shows these records. */
export function makePage(records) {
	const source = join(folder, `${++made}.record`), page = join(folder, `${made}.html`);
	writeFileSync(source, records);
	execFileSync(lastack, ['matrix', '--format', 'html', '-o', page, source], {stdio: ['ignore', 'inherit', 'inherit']});
	return page;
}

/* Opens a page, runs `body(page)`, and closes it. Options are Playwright's, and hash. */
export async function withPage(path, options, body) {
	browser = browser || await chromium.launch({executablePath, args: flags});
	const {hash = '', ...rest} = options;
	const context = await browser.newContext({viewport: {width: 1440, height: 900}, ...rest});
	const page = await context.newPage();
	const troubles = [];
	page.setDefaultTimeout(30000);
	page.on('console', (message) => troubles.push(`console: ${message.text()}`));
	page.on('pageerror', (error) => troubles.push(`error: ${error.stack}`));
	page.on('request', (request) => /^(file|data|blob):/.test(request.url()) || troubles.push(`request: ${request.url()}`));
	try {
		await page.goto(pathToFileURL(path).href + hash);
		await body(page);
		assert.deepEqual(troubles, []);
	} finally {
		await context.close();
	}
}

export async function closeBrowser() {
	if (browser)
		await browser.close();
}

/* Kept where the tests were told to keep pictures; somebody should look at them. */
export async function picture(page, name) {
	if (pictures)
		await page.screenshot({path: join(pictures, `${name}.png`)});
}

/* The cases shown, as topic-less names, in order; variants behind a space where the page names them. */
export function shownRows(page) {
	return page.$$eval('tbody th.case .name', (names) => names.map((name) => [...name.childNodes]
		.filter((node) => !node.classList || !node.classList.contains('departs-mark')).map((node) => node.textContent).join(' ')));
}

/* A row's cells as [words, colspan]. */
export function rowCells(page, title, index = 0) {
	return page.$$eval('tbody tr', (rows, [wanted, nth]) => {
		const found = rows.filter((row) => row.querySelector('.name') && row.querySelector('.name').firstChild.textContent === wanted);
		return [...found[nth].querySelectorAll('td')].map((cell) => [cell.querySelector('.words').innerText, cell.colSpan]);
	}, [title, index]);
}

export function cell(page, title, index) {
	return page.locator('tbody tr', {has: page.locator('.name', {hasText: new RegExp('^' + title)})}).first().locator('td').nth(index);
}

/* What stands in the focused cell: [case, words of the cell]. */
export function focusedCell(page) {
	return page.evaluate(() => {
		const at = document.activeElement;
		const row = at.closest('tr');
		return row && row.querySelector('.name') ? [row.querySelector('.name').firstChild.textContent,
			at.tagName === 'TH' ? 'case' : at.querySelector('.words').textContent] : [at.tagName + '#' + at.id, ''];
	});
}
