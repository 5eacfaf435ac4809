/* Keyboard and pointer. */

function isTyping(element) {
	return element.matches('input:not([type="checkbox"]), select, textarea');
}

function escapeKey(event) {
	if (byId('columns').open) {
		byId('columns').open = false;
		byId('columns').querySelector('summary').focus();
	} else if (view.state.open) {
		closePanel();
	} else if (event.target === byId('query')) {
		show({query: ''});
		focusCursor();
	}
}

function gridKey(event) {
	if (moveCursor(event)) {
		event.preventDefault();
	} else if (event.key === 'Enter' || event.key === ' ') {
		event.preventDefault();
		openPanel(grid.rows[cursor.row], cursor.system);
		byId('panel').focus();
	}
}

function panelKey(event) {
	const steps = {ArrowLeft: -1, ArrowRight: 1};
	if (event.key in steps && !event.altKey && !event.metaKey) {
		event.preventDefault();
		stepStack(steps[event.key]);
	}
}

const shortcuts = {
	'/': () => byId('query').focus(),
	'?': () => byId('help').showModal(),
};

function onKey(event) {
	if (document.querySelector('dialog[open]'))
		return; /* a dialog looks after its own keys */
	if (event.key === 'Escape') {
		escapeKey(event);
		return;
	}
	if (event.target === byId('query') && (event.key === 'Enter' || event.key === 'ArrowDown')) {
		event.preventDefault();
		focusCursor();
		return;
	}
	if (isTyping(event.target))
		return;
	if (shortcuts[event.key] && !event.ctrlKey && !event.metaKey) {
		event.preventDefault();
		shortcuts[event.key]();
	} else if (places.has(event.target)) {
		gridKey(event);
	} else if (byId('panel').contains(event.target)) {
		panelKey(event);
	}
}

function onGridClick(event) {
	const button = event.target.closest('th.stack button');
	const cell = event.target.closest('th.case, td');
	if (button) {
		show({reference: Number(button.dataset.system)});
		byId('scroller').querySelector('th.reference button').focus();
	} else if (cell && places.has(cell)) {
		const {row, columns} = places.get(cell);
		const system = columns.length ? systemAt(cell, event.clientX) : -1;
		putCursor(row, system);
		openPanel(grid.rows[row], system);
		focusCursor();
	}
}

function startKeys() {
	document.addEventListener('keydown', onKey);
	byId('scroller').addEventListener('click', onGridClick);
}
