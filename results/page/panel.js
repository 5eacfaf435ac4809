/* The panel: the ladder of a cell beside that of the reference column. */

function linkTo(change, text, attributes) {
	return make('a', {href: '#' + addressOf({...view.state, ...change}, view.data), ...attributes}, text);
}

function variantLinks(row, open) {
	const variants = view.data.rows.filter((other) => other.name === row.name).flatMap((other) => other.variants);
	return make('span', {class: 'variant-links'}, variants.map((variant) =>
		linkTo({open: {...open, variant}}, variant, {'aria-current': variant === open.variant ? 'true' : null})));
}

function panelHead(row, open) {
	const close = make('button', {type: 'button', class: 'close', 'aria-label': 'Close the ladder'}, '✕');
	close.addEventListener('click', closePanel);
	return make('div', {class: 'panel-head'},
		make('h2', null, row.name, ' ', variantLinks(row, open)), close,
		row.about && make('p', {class: 'about'}, row.about),
		row.departs && make('p', {class: 'departs'}, make('span', {class: 'departs-mark'}, '§'), ' Departs from ', row.departs));
}

function optionText(row, system) {
	const entry = row.entries[system];
	return view.data.systems[system] + ': ' + (entry === null ? 'no run' : entryWords(entry));
}

/* Every stack, with what it does here: a list of the row. */
function stackChoice(row, chosen, label, choose) {
	const select = make('select', {'aria-label': label}, view.data.systems.map((system, index) =>
		make('option', {value: index, selected: index === chosen}, optionText(row, index))));
	select.addEventListener('change', () => choose(Number(select.value)));
	return select;
}

function verdictLine(entry) {
	if (entry === null)
		return make('span', {class: 'verdict'}, 'There is no run of this case on this stack.');
	const {verdict, reason} = entry.cell;
	if (!reason && (!verdict || verdict === 'PASS'))
		return make('span', {class: 'verdict'}, verdict === 'PASS' ? 'PASS' : 'not judged');
	return make('span', {class: 'verdict'}, badge(verdict) || verdict, ' ', reason);
}

/* The part of a changed line that differs stands out: the outcome, or all of it. */
function callText(line, isMarked) {
	const who = (line.actor ? ':' + line.actor + ' ' : '') + (line.side === 'listener' ? 'listener ' : '');
	const isBegun = line.outcome === 'begun';
	return [who + line.what, !isBegun && ' = ', !isBegun && make(isMarked ? 'mark' : 'span', null, line.outcome),
		line.detail && make('i', {class: 'detail'}, line.detail)];
}

function drawCall(line, leftSide, isMarked) {
	const isLeft = line.side === leftSide;
	return [make('span', {class: isLeft ? 'call left' : 'call right'}, callText(line, isMarked)),
		make('span', {class: 'lines'})];
}

function drawWire(line, isMarked) {
	const toRight = line.side === 'client';
	return [make('span', {class: toRight ? 'wire to-right' : 'wire to-left'},
		make('span', {class: 'arrow-text', title: line.what + ' ' + line.detail}, make(isMarked ? 'mark' : 'span', null, line.what),
			line.detail && make('i', {class: 'detail'}, line.detail)),
		make('span', {class: 'unseen'}, toRight ? ' from the client' : ' from the server'))];
}

function drawNote(line, isMarked) {
	const blank = line.what.indexOf(' ');
	return [make('span', {class: 'note'}, make('b', null, line.what.slice(0, blank)), ' ',
		make(isMarked ? 'mark' : 'span', null, line.what.slice(blank + 1)))];
}

function drawLine(line, leftSide, isMarked) {
	if (line.kind === 'call')
		return drawCall(line, leftSide, isMarked);
	return line.kind === 'wire' ? drawWire(line, isMarked) : drawNote(line, isMarked);
}

/* Where only the other ladder has a line. */
function emptyHalf(other, which) {
	if (other.isUnseen && !other.key.startsWith('unseen'))
		return make('div', {class: 'half ' + which}, make('span', {class: 'note not-seen'}, 'not seen'));
	return make('div', {class: 'half empty ' + which}, make('span', {class: 'lines'}));
}

function half(line, which, leftSide, isMarked) {
	return make('div', {class: 'half ' + which + ' of-' + line.kind + (isMarked ? ' marked' : '')},
		make('span', {class: 'sign', 'aria-hidden': 'true'}, isMarked ? (which === 'this' ? '+' : '−') : ''),
		isMarked && make('span', {class: 'unseen'}, which === 'this' ? 'only here: ' : 'only in the reference: '),
		drawLine(line, leftSide, isMarked));
}

function ladderRow(row, leftSide, marks) {
	const isMarked = marks && !row.isSame;
	const hasOtherDetail = row.isSame && row.a && row.b && row.a.detail !== row.b.detail;
	const isOnce = row.isSame && row.a && row.b && !hasOtherDetail;
	const isMoved = row.isSame && !(row.a && row.b) && !(row.a || row.b).isUnseen;
	return make('li', {class: [row.isSame ? 'same' : 'differs', hasOtherDetail ? 'other-detail' : '',
		isOnce ? 'once' : '', isMoved ? 'moved' : ''].filter(Boolean).join(' ')},
		row.a ? half(row.a, 'this', leftSide, isMarked) : emptyHalf(row.b, 'this'),
		row.b ? half(row.b, 'reference', leftSide, isMarked) : emptyHalf(row.a, 'reference'));
}

function lanesHead(leftSide, hasPeer) {
	const right = hasPeer && leftSide === 'client' ? 'peer' : 'server';
	return make('div', {class: 'half lanes', 'aria-hidden': 'true'}, make('span', {class: 'call left'}, leftSide),
		make('span', {class: 'lines'}), make('span', {class: 'call right'}, right));
}

/* Two sides as {lines, isFound}. */
function ladders(here, there, isAlone) {
	const rows = compareLadders(here.lines, isAlone ? [] : there.lines);
	const lines = rows.map((row) => row.a || row.b);
	const leftSide = peerIsLeft(lines) ? 'peer' : 'client';
	const marks = !isAlone && here.isFound && there.isFound;
	const head = lanesHead(leftSide, lines.some((line) => line.side === 'peer'));
	return make('div', {class: isAlone ? 'ladders alone' : 'ladders'},
		make('div', {class: 'lanes-row'}, head, !isAlone && head.cloneNode(true)),
		make('ol', null, rows.map((row) => ladderRow(row, leftSide, marks))));
}

/* The lines of a cell; isFound: whether differences mean anything. */
function sideOf(entry) {
	return {lines: entry ? entry.cell.lines : [], isFound: isFound(entry)};
}

/* Where runs of one stack differed: the other behaviour beside the one above. */
function unstablePart(entry, system) {
	if (!entry || !entry.other)
		return null;
	return make('section', {class: 'unstable'}, make('p', null, 'Unstable: runs of ', make('b', null, view.data.systems[system]),
		' differed. Another run beside the one above:'),
		ladders({lines: entry.other.lines, isFound: true}, sideOf(entry), false));
}

function comparison(here, there, isAlone) {
	if (isAlone)
		return 'This is the reference column. Choose another stack to compare.';
	if (!isFound(here) || !isFound(there))
		return 'Not compared: one of the two was not found out.';
	if (here.other || there.other)
		return 'One of the two is unstable: it did not always behave like this.';
	return compareLadders(here.cell.lines, there.cell.lines).every((row) => row.isSame) ?
		'Both behaved alike, as far as both were seen.' : 'They behaved differently; what differs is marked.';
}

function copyButton(row, open, here, there) {
	const {systems} = view.data;
	const button = make('button', {type: 'button'}, 'Copy as text');
	button.addEventListener('click', async () => {
		const text = row.name + ' ' + open.variant + '\n- ' + systems[view.state.reference] + '\n+ ' + systems[open.system] +
			'\n\n' + comparisonText(compareLadders(sideOf(here).lines, sideOf(there).lines)) + '\n';
		try {
			await navigator.clipboard.writeText(text);
			button.textContent = 'Copied';
		} catch (error) {
			button.textContent = 'The browser refused';
		}
	});
	return button;
}

function sideHead(row, system, which, label, choose) {
	return make('div', {class: 'side-head ' + which}, make('span', {class: 'side-label'}, label),
		stackChoice(row, system, label, choose), ' ', verdictLine(row.entries[system]));
}

function panelBody(row, open) {
	const {reference} = view.state;
	const here = row.entries[open.system], there = row.entries[reference];
	const isAlone = open.system === reference;
	return make('div', {class: 'panel-body'},
		make('div', {class: 'side-heads'},
			sideHead(row, open.system, 'this', 'Stack', (system) => show({open: {...open, system}})),
			sideHead(row, reference, 'reference', 'Reference', (system) => show({reference: system}))),
		make('p', {class: 'comparison'}, comparison(here, there, isAlone), ' ', copyButton(row, open, here, there)),
		ladders(sideOf(here), sideOf(there), isAlone),
		unstablePart(here, open.system), isAlone ? null : unstablePart(there, reference),
		make('p', {class: 'footnote'}, 'In grey: numbers of one run, not compared. Order counts among the calls and on the ' +
			'wire, not between the two.'));
}

function drawPanel() {
	const panel = byId('panel');
	const {open} = view.state;
	const scrolled = panel.scrollTop, hadFocus = panel.contains(document.activeElement);
	panel.hidden = !open;
	document.body.classList.toggle('has-panel', Boolean(open));
	if (!open) {
		panel.replaceChildren();
		return;
	}
	const row = findRow(view.data.rows, open.name, open.variant);
	panel.setAttribute('aria-label', 'Ladder of ' + row.name + ' ' + open.variant);
	panel.replaceChildren(panelHead(row, open), panelBody(row, open));
	panel.scrollTop = scrolled;
	if (hadFocus)
		panel.focus({preventScroll: true});
}

/* For a row as a whole: who differs from the reference, or else the reference itself. */
function tellingSystem(row) {
	const {reference} = view.state;
	const unlike = grid.columns.find((index) => isUnlike(row.entries[index], row.entries[reference]));
	return unlike === undefined ? reference : unlike;
}

function openPanel(row, system) {
	const {name, variants} = row;
	show({open: {name, variant: variants[0], system: system < 0 ? tellingSystem(row) : system}});
}

function closePanel() {
	show({open: null});
	focusCursor();
}

/* The next stack that is shown, by the arrow keys. */
function stepStack(step) {
	const {open} = view.state;
	const at = grid.columns.indexOf(open.system) + step;
	if (at >= 0 && at < grid.columns.length)
		show({open: {...open, system: grid.columns[at]}});
}
