/* Which cell has the keyboard: {row: index of the shown row, system; -1: the case's own cell}. It keeps its column while it
 * moves over merged cells. */

const cursor = {row: 0, system: -1, cell: null};

function scrollIntoSight(cell) {
	const scroller = byId('scroller');
	const box = cell.getBoundingClientRect(), room = scroller.getBoundingClientRect();
	const top = room.top + grid.table.tHead.offsetHeight;
	const left = room.left + grid.table.tHead.rows[0].cells[0].offsetWidth;
	if (box.top < top)
		scroller.scrollTop -= top - box.top + 4;
	else if (box.bottom > room.bottom)
		scroller.scrollTop += box.bottom - room.bottom + 4;
	if (cell.classList.contains('case') || cell.colSpan > 1)
		return;
	if (box.left < left)
		scroller.scrollLeft -= left - box.left;
	else if (box.right > room.right)
		scroller.scrollLeft += box.right - room.right;
}

/* Only one cell of the grid can be reached by Tab. */
function putCursor(row, system) {
	if (cursor.cell)
		cursor.cell.tabIndex = -1;
	Object.assign(cursor, {row, system, cell: null});
	if (grid.rows.length === 0)
		return;
	cursor.row = Math.max(0, Math.min(grid.rows.length - 1, row));
	cursor.cell = cellAt(cursor.row, system);
	cursor.cell.tabIndex = 0;
}

function focusCursor() {
	if (!cursor.cell)
		return;
	cursor.cell.focus({preventScroll: true});
	scrollIntoSight(cursor.cell);
}

/* One cell to the left or right: over all columns that the cell covers. */
function besideSystem(step) {
	const own = cursor.cell ? places.get(cursor.cell).columns : [];
	const order = [-1, ...grid.columns];
	const edge = own.length === 0 ? -1 : step < 0 ? own[0] : own[own.length - 1];
	const at = order.indexOf(edge) + step;
	return order[Math.max(0, Math.min(order.length - 1, at))];
}

const moves = {
	ArrowUp: () => [cursor.row - 1, cursor.system],
	ArrowDown: () => [cursor.row + 1, cursor.system],
	ArrowLeft: () => [cursor.row, besideSystem(-1)],
	ArrowRight: () => [cursor.row, besideSystem(1)],
	PageUp: () => [cursor.row - 10, cursor.system],
	PageDown: () => [cursor.row + 10, cursor.system],
	Home: (event) => event.ctrlKey ? [0, cursor.system] : [cursor.row, -1],
	End: (event) => event.ctrlKey ? [grid.rows.length - 1, cursor.system] :
		[cursor.row, grid.columns[grid.columns.length - 1]],
};

/* Whether the key was one that moves. */
function moveCursor(event) {
	const move = moves[event.key];
	if (!move || event.altKey || event.metaKey)
		return false;
	putCursor(...move(event));
	focusCursor();
	return true;
}
