/* Lines of ladders, and how two ladders differ. Works on text; touches no element.
 *
 *   line  {kind: 'call' | 'wire' | 'note', key, title, side, actor, what, outcome, detail, twin, isUnseen}
 * key: what is compared; title: the call without its outcome, the sender, the counter; detail: what one run adds and nobody
 * compares; twin: the line of the other ladder that it is compared with, or null; isUnseen: the other observer could not see
 * such things.
 */

const NOTES = ['mib', 'state', 'reason', 'unseen', 'broken', 'skip'];

function noteLine(key, detail) {
	const [keyword, name] = key.split(' ');
	return {kind: 'note', key, title: keyword + ' ' + name, side: '', actor: '', what: key, outcome: '', detail};
}

function wireLine(key, detail) {
	const [, side, ...what] = key.split(' ');
	return {kind: 'wire', key, title: 'wire ' + side, side, actor: '', what: what.join(' '), outcome: '', detail};
}

function callLine(key, detail) {
	const equals = key.lastIndexOf(' = ');
	const title = equals < 0 ? key : key.slice(0, equals);
	const blank = title.indexOf(' ');
	const [side, actor] = title.slice(0, blank).split(':');
	return {kind: 'call', key, title, side, actor: actor || '', what: title.slice(blank + 1),
		outcome: equals < 0 ? '' : key.slice(equals + 3), detail};
}

function parseLine(text) {
	const [key, detail = ''] = text.split('\t');
	const keyword = key.slice(0, key.indexOf(' '));
	if (keyword === 'wire')
		return wireLine(key, detail);
	return NOTES.includes(keyword) ? noteLine(key, detail) : callLine(key, detail);
}

/* Longest common subsequence: [[index in a, index in b], ...]. */
function commonPairs(a, b, isSame) {
	const width = b.length + 1;
	const length = new Uint16Array((a.length + 1) * width);
	for (let i = a.length - 1; i >= 0; i--)
		for (let j = b.length - 1; j >= 0; j--)
			length[i * width + j] = isSame(a[i], b[j]) ? length[(i + 1) * width + j + 1] + 1 :
				Math.max(length[(i + 1) * width + j], length[i * width + j + 1]);
	const pairs = [];
	for (let i = 0, j = 0; i < a.length && j < b.length;) {
		if (isSame(a[i], b[j]))
			pairs.push([i++, j++]);
		else if (length[(i + 1) * width + j] >= length[i * width + j + 1])
			i++;
		else
			j++;
	}
	return pairs;
}

/* What the observer of these lines could not see: "mib" (all counters), counters' names, "state", "reason". */
function unseenWords(lines) {
	return new Set(lines.filter((line) => line.title.startsWith('unseen ')).flatMap((line) => line.key.split(' ').slice(1)));
}

/* What only one of two could see says nothing of a difference. */
function markUnseen(lines, otherUnseen) {
	for (const line of lines) {
		const [keyword, name] = line.kind === 'note' ? line.key.split(' ') : [];
		line.isUnseen = keyword === 'unseen' || otherUnseen.has(keyword) || (keyword === 'mib' && otherUnseen.has(name));
	}
}

/* Both ladders come from one case: a call has the same call as its twin, whatever it returned. Segments have none but the
 * same. */
function isTwin(a, b) {
	return a.kind === 'wire' ? a.key === b.key : a.title === b.title;
}

/* Order counts among the calls, and on the wire, but not between the two: so each kind is compared for itself. */
function findTwins(a, b) {
	for (const line of [...a, ...b])
		line.twin = null;
	for (const kind of ['call', 'wire', 'note']) {
		const mine = a.filter((line) => line.kind === kind);
		const other = b.filter((line) => line.kind === kind);
		for (const [i, j] of commonPairs(mine, other, isTwin)) {
			mine[i].twin = other[j];
			other[j].twin = mine[i];
		}
	}
	markUnseen(a, unseenWords(b));
	markUnseen(b, unseenWords(a));
}

/* Whether a line says nothing of a difference. */
function isShared(line) {
	return line.isUnseen || (line.twin !== null && line.twin.key === line.key);
}

function single(a, b) {
	return {a, b, isSame: isShared(a || b)};
}

function paired(a, b) {
	return {a, b, isSame: isShared(a) && isShared(b)};
}

/* Rows of the lines between two calls: the same segment, or one that the same sender sent instead, shares a row. */
function gapRows(a, b) {
	const rows = [];
	let i = 0, j = 0;
	const flush = (toI, toJ) => {
		for (; i < toI; i++)
			rows.push(single(a[i], null));
		for (; j < toJ; j++)
			rows.push(single(null, b[j]));
	};
	const isInstead = (x, y) => x.kind === 'wire' && x.title === y.title && !x.twin && !y.twin;
	for (const [pairI, pairJ] of commonPairs(a, b, (x, y) => x.twin === y || isInstead(x, y))) {
		flush(pairI, pairJ);
		rows.push(paired(a[i++], b[j++]));
	}
	flush(a.length, b.length);
	return rows;
}

/* Two ladders side by side: [{a: line or null, b: line or null, isSame}, ...]. The calls are the spine, for both ladders
 * followed one script; the segments hang between them. */
function compareLadders(aTexts, bTexts) {
	const a = aTexts.map(parseLine), b = bTexts.map(parseLine);
	const rows = [];
	let i = 0, j = 0;
	findTwins(a, b);
	for (const [pairI, pairJ] of commonPairs(a, b, (x, y) => x.kind !== 'wire' && x.twin === y)) {
		rows.push(...gapRows(a.slice(i, pairI), b.slice(j, pairJ)), paired(a[pairI], b[pairJ]));
		i = pairI + 1;
		j = pairJ + 1;
	}
	rows.push(...gapRows(a.slice(i), b.slice(j)));
	return rows;
}

/* Lines of a row as text: "- " only the reference, "+ " only this one. What the two have at other places stands once. */
function rowText(row) {
	if (!row.isSame)
		return [row.b && '- ' + row.b.key, row.a && '+ ' + row.a.key];
	const line = row.a || row.b;
	return [(row.a || line.isUnseen) && '  ' + line.key];
}

function comparisonText(rows) {
	return rows.flatMap(rowText).filter(Boolean).join('\n');
}

/* Whether the raw peer stands in the client's place. */
function peerIsLeft(lines) {
	const calls = lines.filter((line) => line.kind === 'call');
	return calls.some((line) => line.side === 'peer') && !calls.some((line) => line.side === 'client');
}
