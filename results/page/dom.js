'use strict';

/* Builds elements. Text only ever becomes text nodes and attribute values: what a record says is never read as HTML. */

function byId(id) {
	return document.getElementById(id);
}

/* make('td', {class: 'x', colspan: 2}, 'text', element, null ...); false and null attributes and children are left out. */
function make(tag, attributes, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {}))
		if (value !== null && value !== false && value !== undefined)
			element.setAttribute(name, value === true ? '' : value);
	element.append(...children.flat().filter((child) => child !== null && child !== false && child !== ''));
	return element;
}
