/* What is shown, as a value, and as the part of the address behind the #: every view can be linked to.
 *
 *   state  {query, topic, verdict, differ, departs, reference, hidden, open}
 *   open   null, or {name, variant, system}: the cell whose ladder is shown
 * Systems are indices here and names in the address.
 */

function usualState(data) {
	return {query: '', topic: '', verdict: '', differ: false, departs: false,
		reference: usualReference(data.systems), hidden: new Set(), open: null};
}

/* Blanks as +, slashes and commas as they are: an address that a person can read. */
function encode(text) {
	return encodeURIComponent(text).replaceAll('%20', '+').replaceAll('%2F', '/').replaceAll('%2C', ',');
}

function addressPairs(state, data) {
	const {systems} = data;
	const pairs = [];
	if (state.open)
		pairs.push(['case', state.open.name], ['variant', state.open.variant], ['stack', systems[state.open.system]]);
	if (state.open || state.reference !== usualReference(systems))
		pairs.push(['ref', systems[state.reference]]);
	pairs.push(['q', state.query], ['topic', state.topic], ['verdict', state.verdict],
		['differ', state.differ ? '1' : ''], ['departs', state.departs ? '1' : '']);
	for (const index of state.hidden)
		pairs.push(['hide', systems[index]]);
	return pairs.filter(([, value]) => value !== '');
}

function addressOf(state, data) {
	return addressPairs(state, data).map(([name, value]) => name + '=' + encode(value)).join('&');
}

function openFrom(parameters, data, complaints) {
	const name = parameters.get('case');
	if (!name)
		return null;
	const row = findRow(data.rows, name, parameters.get('variant'));
	if (!row) {
		complaints.push('no case ' + name);
		return null;
	}
	const stack = parameters.get('stack');
	const system = stack ? data.systems.indexOf(stack) : usualReference(data.systems);
	if (system < 0) {
		complaints.push('no stack ' + stack);
		return null;
	}
	const variant = parameters.get('variant');
	return {name, variant: row.variants.includes(variant) ? variant : row.variants[0], system};
}

function topicFrom(parameters, data, complaints) {
	const topic = parameters.get('topic') || '';
	if (!topic || data.rows.some((row) => row.topic === topic))
		return topic;
	complaints.push('no topic ' + topic);
	return '';
}

function referenceFrom(parameters, data, complaints) {
	const name = parameters.get('ref');
	const index = data.systems.indexOf(name);
	if (name && index < 0)
		complaints.push('no stack ' + name);
	return index < 0 ? usualReference(data.systems) : index;
}

function hiddenFrom(parameters, data) {
	const indices = parameters.getAll('hide').map((name) => data.systems.indexOf(name));
	const hidden = new Set(indices.filter((index) => index >= 0));
	return hidden.size < data.systems.length ? hidden : new Set();
}

/* The state that an address asks for; what it names and is not there goes to complaints. */
function stateFrom(address, data, complaints) {
	const parameters = new URLSearchParams(address);
	const verdict = parameters.get('verdict') || '';
	return {
		query: parameters.get('q') || '',
		topic: topicFrom(parameters, data, complaints),
		verdict: VERDICTS.includes(verdict) ? verdict : '',
		differ: parameters.get('differ') === '1',
		departs: parameters.get('departs') === '1',
		reference: referenceFrom(parameters, data, complaints),
		hidden: hiddenFrom(parameters, data),
		open: openFrom(parameters, data, complaints),
	};
}
