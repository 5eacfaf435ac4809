/* Unpacks what results/page_data.h describes into rows that the rest of the page works on.
 *
 *   row    {name, topic, title, about, departs, variants, isWhole, entries}; isWhole: the only row of its case
 *   entry  {cell, class, letter, other} by system, or null where there is no run; other: the cell of another behaviour
 *          where runs of one stack differed, else null
 *   cell   {verdict, words, reason, lines}; shared by whoever said the same
 */

const VERDICTS = ['', 'PASS', 'FAIL', 'BROKEN', 'SKIP', 'KNOWN'];

function unpackCells(packed) {
	return packed.cells.map(([verdict, words, ladder, reason]) => ({
		verdict: VERDICTS[verdict],
		words: packed.texts[words].replaceAll('; ', ' · '),
		reason: packed.texts[reason],
		get lines() {
			return packed.ladders[ladder].map((text) => packed.texts[text]);
		},
	}));
}

function unpackEntries(runs, cells) {
	const entries = [];
	for (const [count, index, alike, letter = '', other = -1] of runs) {
		const entry = index < 0 ? null :
			{cell: cells[index], class: alike, letter, other: other < 0 ? null : cells[other]};
		for (let i = 0; i < count; i++)
			entries.push(entry);
	}
	return entries;
}

function unpackRow(packedCase, packedRow, cells) {
	const {name, about, departs} = packedCase;
	const slash = name.indexOf('/');
	return {
		name, about, departs,
		topic: slash < 0 ? name : name.slice(0, slash),
		title: name.slice(slash + 1),
		variants: packedRow.variants,
		isWhole: packedCase.rows.length === 1,
		entries: unpackEntries(packedRow.cells, cells),
	};
}

/* The rows of a topic stand together, topics in order of appearance. */
function sortedByTopic(rows) {
	const topics = new Map();
	for (const row of rows) {
		if (!topics.has(row.topic))
			topics.set(row.topic, []);
		topics.get(row.topic).push(row);
	}
	return [...topics.values()].flat();
}

function unpack(text) {
	const packed = JSON.parse(text);
	const cells = unpackCells(packed);
	const rows = packed.cases.flatMap((one) => one.rows.map((row) => unpackRow(one, row, cells)));
	return {systems: packed.systems, rows: sortedByTopic(rows), nCases: packed.cases.length};
}

/* Whether it was found out how the stack behaves. */
function isFound(entry) {
	return entry !== null && entry.cell.words !== 'broken' && entry.cell.words !== 'skip';
}

/* Whether two entries say the same and may share a cell. */
function isAlike(a, b) {
	if (a === null || b === null)
		return a === b;
	return a.class === b.class && a.cell.verdict === b.cell.verdict;
}

/* Whether two stacks are known to behave differently. */
function isUnlike(a, b) {
	return isFound(a) && isFound(b) && a.class !== b.class;
}

function findRow(rows, name, variant) {
	const named = rows.filter((row) => row.name === name);
	return named.find((row) => row.variants.includes(variant)) || named[0] || null;
}

/* "linux 6.18.44 x86_64" as {family, version, rest}. */
function systemParts(system) {
	const [family, version, ...rest] = system.split(' ');
	return {family, version: version || '', rest: rest.join(' ')};
}

function compareVersions(a, b) {
	return a.localeCompare(b, 'en', {numeric: true});
}

/* The newest Linux, where most readers live; or else the newest of the first column's kind. */
function usualReference(systems) {
	const parts = systems.map(systemParts);
	const first = Math.max(0, parts.findIndex((part) => part.family === 'linux'));
	let best = first;
	for (let i = first + 1; i < systems.length; i++)
		if (parts[i].family === parts[first].family && compareVersions(parts[i].version, parts[best].version) > 0)
			best = i;
	return best;
}
