/* Draws the table. The first rows stand at once, the others follow while the browser is idle: thousands of rows never make
 * anybody wait. */

const ROWS_AT_ONCE = 60;

/* Where a cell of the table belongs: {row: index of the shown row, columns: [system, ...]}; a case's own cell has none. */
const places = new WeakMap();

const grid = {
	data: null,
	rows: [], /* shown */
	columns: [], /* shown systems */
	reference: 0,
	body: null, /* the tbody rows are added to */
	table: null,
	drawn: 0, /* rows that stand */
	elements: [], /* tr by shown row */
	counts: new Map(), /* topic: {rows, differ} */
	timer: 0,
};

function columnLabel(system, showsRest) {
	const {family, version, rest} = systemParts(system);
	return [make('span', {class: 'family'}, family), make('span', {class: 'version'}, version),
		showsRest && make('span', {class: 'rest'}, rest)];
}

function headCell(system, index, showsRest) {
	const isReference = index === grid.reference;
	const button = make('button', {type: 'button', 'data-system': index, 'aria-pressed': String(isReference),
		title: system + (isReference ? ': the reference' : ': compare the others with it')},
		isReference && make('span', {class: 'reference-mark'}, 'reference'), ...columnLabel(system, showsRest));
	return make('th', {scope: 'col', class: isReference ? 'stack reference' : 'stack'}, button);
}

function drawHead() {
	const {systems} = grid.data;
	const showsRest = new Set(systems.map((system) => systemParts(system).rest)).size > 1;
	const cells = grid.columns.map((index) => headCell(systems[index], index, showsRest));
	return make('thead', null, make('tr', {'aria-rowindex': 1}, make('th', {scope: 'col', class: 'case'}, 'case'), cells));
}

function caseCell(row) {
	const name = make('div', {class: 'name'}, row.title,
		row.departs && make('abbr', {class: 'departs-mark', title: 'Departs from: ' + row.departs}, '§'),
		!row.isWhole && make('span', {class: 'variants'}, row.variants.join(' ')));
	return make('th', {scope: 'row', class: 'case', tabindex: -1}, name,
		row.about && make('div', {class: 'about', title: row.about}, row.about));
}

/* FAIL and KNOWN; what else there is stands in the words. */
function badge(verdict) {
	const isTelling = verdict === 'FAIL' || verdict === 'KNOWN';
	return isTelling && make('span', {class: 'badge ' + verdict.toLowerCase()}, verdict);
}

function entryWords(entry) {
	if (entry === null)
		return '';
	if (!isFound(entry))
		return entry.cell.verdict || entry.cell.words.toUpperCase();
	return (entry.other ? 'unstable: ' + entry.other.words + ' or ' : '') + entry.cell.words +
		(entry.letter ? ' (' + entry.letter + ')' : '');
}

function behaviourClass(number) {
	return number ? 'other-' + ((number - 1) % 4 + 1) : '';
}

/* What a screen reader says before the words. */
function spokenDifference(number) {
	return number ? make('span', {class: 'unseen'}, 'differs: ') : null;
}

function cellClass(entry, number) {
	if (entry === null)
		return 'none';
	return isFound(entry) ? behaviourClass(number) : 'absent';
}

function stackCell({entry, columns}, numbers) {
	const number = isFound(entry) ? numbers.get(entry.class) : 0;
	const span = columns.length;
	return make('td', {class: cellClass(entry, number), title: entry && !isFound(entry) && entry.cell.reason, colspan: span > 1 ? span : null, role: 'gridcell', tabindex: -1,
		'aria-colindex': grid.columns.indexOf(columns[0]) + 2},
		make('span', {class: 'words'}, spokenDifference(number), entry && !entry.other && badge(entry.cell.verdict), entryWords(entry)));
}

function drawRow(index) {
	const row = grid.rows[index];
	const numbers = behaviourNumbers(row, grid.columns, grid.reference);
	const head = caseCell(row);
	const tr = make('tr', {'aria-rowindex': index + 2}, head);
	places.set(head, {row: index, columns: []});
	for (const merged of mergedCells(row, grid.columns)) {
		const cell = stackCell(merged, numbers);
		places.set(cell, {row: index, columns: merged.columns});
		tr.append(cell);
	}
	grid.elements[index] = tr;
	return tr;
}

function topicRow(topic) {
	const {rows, differ} = grid.counts.get(topic);
	const count = rows + (rows === 1 ? ' row' : ' rows') + (differ ? ', ' + differ + ' differ' : '');
	return make('tr', {class: 'topic'}, make('th', {colspan: grid.columns.length + 1, scope: 'rowgroup'},
		make('span', {class: 'words'}, topic, make('span', {class: 'count'}, count))));
}

/* Makes rows stand up to index `end`. */
function drawUpTo(end) {
	for (; grid.drawn < Math.min(end, grid.rows.length); grid.drawn++) {
		const topic = grid.rows[grid.drawn].topic;
		if (grid.drawn === 0 || topic !== grid.rows[grid.drawn - 1].topic) {
			grid.body = make('tbody', null, topicRow(topic));
			grid.table.append(grid.body);
		}
		grid.body.append(drawRow(grid.drawn));
	}
}

function drawAll() {
	drawUpTo(grid.rows.length);
}

function drawMoreWhenIdle() {
	const later = window.requestIdleCallback || ((callback) => setTimeout(callback, 16));
	const cancel = window.cancelIdleCallback || clearTimeout;
	cancel(grid.timer);
	if (grid.drawn < grid.rows.length)
		grid.timer = later(() => {
			drawUpTo(grid.drawn + ROWS_AT_ONCE);
			drawMoreWhenIdle();
		});
}

function countTopics() {
	grid.counts = new Map();
	for (const row of grid.rows) {
		const count = grid.counts.get(row.topic) || {rows: 0, differ: 0};
		count.rows++;
		count.differ += rowDiffers(row, grid.columns);
		grid.counts.set(row.topic, count);
	}
}

function columnWidths() {
	return make('colgroup', null, make('col', {class: 'case'}), grid.columns.map(() => make('col')));
}

/* Draws these rows of the data anew. */
function drawGrid(data, rows, columns, reference) {
	Object.assign(grid, {data, rows, columns, reference, drawn: 0, elements: []});
	countTopics();
	grid.table = make('table', {class: 'matrix', role: 'grid', 'aria-label': 'Behaviour by case and stack',
		'aria-rowcount': rows.length + 1, 'aria-colcount': columns.length + 1, style: '--columns: ' + columns.length},
		columnWidths(), drawHead());
	byId('scroller').replaceChildren(grid.table);
	drawUpTo(ROWS_AT_ONCE);
	if (rows.length === 0)
		grid.table.append(make('tbody', null, make('tr', null, make('td', {class: 'nothing', colspan: columns.length + 1},
			make('span', {class: 'words'}, 'No row is like that. “Reset” shows all of them.')))));
	drawMoreWhenIdle();
}

/* The cell of a shown row that covers a system; its case's cell for -1. */
function cellAt(index, system) {
	drawUpTo(index + 1);
	const cells = [...grid.elements[index].children];
	return cells.find((cell) => places.get(cell).columns.includes(system)) || cells[0];
}

/* The system whose part of a merged cell lies at this x. */
function systemAt(cell, x) {
	const {columns} = places.get(cell);
	const box = cell.getBoundingClientRect();
	const part = Math.floor((x - box.left) / box.width * columns.length);
	return columns[Math.max(0, Math.min(columns.length - 1, part))];
}
