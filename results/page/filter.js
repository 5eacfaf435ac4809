/* Which rows and cells are shown. Works on rows (data.js) and the state (address.js); touches no element. */

function visibleSystems(systems, hidden) {
	return systems.map((system, index) => index).filter((index) => !hidden.has(index));
}

/* Whether two of these columns are known to behave differently. */
function rowDiffers(row, columns) {
	const found = columns.map((column) => row.entries[column]).filter(isFound);
	return found.some((entry) => entry.class !== found[0].class);
}

function unstableTexts(entry) {
	return entry.other ? ['unstable', entry.other.words] : [];
}

function searchText(row) {
	if (row.searchText === undefined) {
		const texts = [row.name, row.about, row.departs, ...row.variants];
		for (const entry of new Set(row.entries))
			if (entry !== null)
				texts.push(entry.cell.words, entry.cell.verdict, entry.cell.reason, ...unstableTexts(entry));
		row.searchText = texts.join('\n').toLowerCase();
	}
	return row.searchText;
}

function hasVerdict(row, columns, verdict) {
	return columns.some((column) => row.entries[column] !== null && row.entries[column].cell.verdict === verdict);
}

function filteredRows(rows, columns, state) {
	const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
	return rows.filter((row) => (!state.topic || row.topic === state.topic) &&
		(!state.departs || row.departs !== '') &&
		words.every((word) => searchText(row).includes(word)) &&
		(!state.verdict || hasVerdict(row, columns, state.verdict)) &&
		(!state.differ || rowDiffers(row, columns)));
}

/* Neighbouring columns that say the same: [{entry, columns: [index, ...]}, ...]. */
function mergedCells(row, columns) {
	const merged = [];
	for (const column of columns) {
		const entry = row.entries[column];
		const last = merged[merged.length - 1];
		if (last && isAlike(last.entry, entry))
			last.columns.push(column);
		else
			merged.push({entry, columns: [column]});
	}
	return merged;
}

/* What the row's cells are compared with: the reference, or who is found first where it knows nothing. */
function referenceEntry(row, columns, reference) {
	if (isFound(row.entries[reference]))
		return row.entries[reference];
	const column = columns.find((index) => isFound(row.entries[index]));
	return column === undefined ? null : row.entries[column];
}

/* 0: as the reference; 1, 2, ...: a number for each other behaviour; by class. */
function behaviourNumbers(row, columns, reference) {
	const wanted = referenceEntry(row, columns, reference);
	const numbers = new Map();
	if (wanted === null)
		return numbers;
	numbers.set(wanted.class, 0);
	for (const column of columns) {
		const entry = row.entries[column];
		if (isFound(entry) && !numbers.has(entry.class))
			numbers.set(entry.class, numbers.size);
	}
	return numbers;
}
