/* The state, and everything drawn from it. */

const view = {data: null, state: null, drawnGrid: ''};

/* All that the table depends on. */
function gridKeyOf(state) {
	return JSON.stringify([state.query, state.topic, state.verdict, state.differ, state.departs, state.reference,
		[...state.hidden]]);
}

/* Draws the table anew if it would be another one; the cursor stays on its case where that is still shown. */
function drawRows() {
	const {data, state} = view;
	const before = grid.rows[cursor.row];
	const hadFocus = byId('scroller').contains(document.activeElement);
	if (view.drawnGrid === gridKeyOf(state))
		return;
	view.drawnGrid = gridKeyOf(state);
	const columns = visibleSystems(data.systems, state.hidden);
	drawGrid(data, filteredRows(data.rows, columns, state), columns, state.reference);
	putCursor(Math.max(0, grid.rows.indexOf(before)), columns.includes(cursor.system) ? cursor.system : -1);
	if (cursor.cell && grid.rows.includes(before))
		scrollIntoSight(cursor.cell);
	if (hadFocus)
		focusCursor();
}

function markOpenCell() {
	const {open} = view.state;
	for (const cell of byId('scroller').querySelectorAll('.open'))
		cell.classList.remove('open');
	if (!open)
		return;
	const row = findRow(view.data.rows, open.name, open.variant);
	const index = grid.rows.indexOf(row);
	if (index < 0 || !grid.columns.includes(open.system))
		return;
	putCursor(index, open.system);
	cursor.cell.classList.add('open');
	scrollIntoSight(cursor.cell);
}

function draw(complaints = []) {
	drawRows();
	drawControls();
	drawStatus(complaints);
	drawPanel();
	markOpenCell();
}

/* Changes the state, the address and what is shown. Typing replaces the address instead of adding one to the history. */
function show(change, isTyped = false) {
	const before = addressOf(view.state, view.data);
	view.state = {...view.state, ...change};
	const address = addressOf(view.state, view.data);
	if (address !== before && isTyped)
		history.replaceState(null, '', '#' + address);
	else if (address !== before)
		history.pushState(null, '', '#' + address);
	draw();
}

/* Somebody followed a link, went back, or edited the address. */
function readAddress() {
	const complaints = [];
	const wasOpen = view.state !== null && view.state.open !== null;
	view.state = stateFrom(location.hash.slice(1), view.data, complaints);
	draw(complaints);
	if (wasOpen && !view.state.open)
		focusCursor();
}

function start() {
	view.data = unpack(byId('data').textContent);
	startControls(view.data);
	startKeys();
	readAddress();
	window.addEventListener('hashchange', readAddress);
	window.addEventListener('popstate', readAddress);
	window.addEventListener('beforeprint', drawAll);
}

start();
