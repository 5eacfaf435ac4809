/* The bar above the table: filters, columns, theme, dialogs. */

const THEMES = ['auto', 'light', 'dark'];

/* Storage may be forbidden, as for some files: then the choice lasts as long as the page. */
function savedTheme() {
	try {
		return localStorage.getItem('lastack-theme') || 'auto';
	} catch (error) {
		return 'auto';
	}
}

function setTheme(theme) {
	document.documentElement.dataset.theme = theme;
	byId('theme').textContent = 'Theme: ' + theme;
	try {
		localStorage.setItem('lastack-theme', theme);
	} catch (error) {
		/* not kept */
	}
}

function nextTheme() {
	const at = THEMES.indexOf(document.documentElement.dataset.theme);
	setTheme(THEMES[(at + 1) % THEMES.length]);
}

function fillTopics(data) {
	const topics = [...new Set(data.rows.map((row) => row.topic))];
	byId('topic').append(...topics.map((topic) => make('option', {value: topic}, topic)));
}

function fillReferences(data) {
	byId('reference').append(...data.systems.map((system, index) => make('option', {value: index}, system)));
}

function setHidden(hidden) {
	if (hidden.size < view.data.systems.length)
		show({hidden});
	else
		drawControls();
}

function fillColumns(data) {
	byId('columns-list').append(...data.systems.map((system, index) => {
		const box = make('input', {type: 'checkbox', value: index});
		box.addEventListener('change', () => {
			const hidden = new Set(view.state.hidden);
			if (box.checked)
				hidden.delete(index);
			else
				hidden.add(index);
			setHidden(hidden);
		});
		return make('li', null, make('label', null, box, ' ', system));
	}));
	byId('columns-all').addEventListener('click', () => setHidden(new Set()));
	byId('columns-invert').addEventListener('click', () =>
		setHidden(new Set([...data.systems.keys()].filter((index) => !view.state.hidden.has(index)))));
}

/* Puts the state into the controls. */
function drawControls() {
	const {state, data} = view;
	if (byId('query').value !== state.query)
		byId('query').value = state.query;
	byId('topic').value = state.topic;
	byId('verdict').value = state.verdict;
	byId('differ').checked = state.differ;
	byId('departs').checked = state.departs;
	byId('reference').value = state.reference;
	byId('columns-count').textContent = data.systems.length - state.hidden.size + '/' + data.systems.length;
	for (const box of byId('columns-list').querySelectorAll('input'))
		box.checked = !state.hidden.has(Number(box.value));
}

function drawStatus(complaints) {
	const {data} = view;
	const shown = grid.rows.length, differ = grid.rows.filter((row) => rowDiffers(row, grid.columns)).length;
	const rows = shown === data.rows.length ? shown + ' rows' : shown + ' of ' + data.rows.length + ' rows';
	const text = [data.nCases + ' cases', rows, differ + ' differ between the stacks shown', ...complaints];
	byId('status').textContent = text.join(' · ');
}

function startFilters() {
	byId('query').addEventListener('input', () => show({query: byId('query').value}, true));
	for (const id of ['topic', 'verdict'])
		byId(id).addEventListener('change', () => show({[id]: byId(id).value}));
	for (const id of ['differ', 'departs'])
		byId(id).addEventListener('change', () => show({[id]: byId(id).checked}));
	byId('reference').addEventListener('change', () => show({reference: Number(byId('reference').value)}));
	byId('reset').addEventListener('click', () =>
		show({...usualState(view.data), reference: view.state.reference, open: view.state.open}));
}

function startMenus() {
	byId('more').addEventListener('click', () => {
		const isOpen = byId('filters').classList.toggle('open');
		byId('more').setAttribute('aria-expanded', String(isOpen));
	});
	document.addEventListener('click', (event) => {
		if (!byId('columns').contains(event.target))
			byId('columns').open = false;
	});
	byId('theme').addEventListener('click', nextTheme);
	byId('show-help').addEventListener('click', () => byId('help').showModal());
}

/* Without scripts the summary stands in the page; with them it is a dialog. */
function startSummary() {
	byId('summary-dialog').append(...byId('summary').children, make('form', {method: 'dialog'}, make('button', null, 'Close')));
	byId('summary').remove();
	byId('show-summary').addEventListener('click', () => byId('summary-dialog').showModal());
}

function startControls(data) {
	setTheme(THEMES.includes(savedTheme()) ? savedTheme() : 'auto');
	fillTopics(data);
	fillReferences(data);
	fillColumns(data);
	startFilters();
	startMenus();
	startSummary();
}
