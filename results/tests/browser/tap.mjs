// A few lines instead of a test runner: TAP on stdout, what went wrong on stderr.

let count = 0;

function indented(text) {
	return String(text).replace(/^/gm, '  ');
}

export async function test(name, body) {
	count++;
	try {
		await body();
		console.log(`ok ${count} ${name}`);
	} catch (error) {
		console.log(`not ok ${count} ${name}`);
		console.error(indented(`${name}: ${error.stack || error}`));
	}
}

export function diagnostic(text) {
	console.log(`# ${text}`);
}

export function done() {
	console.log(`1..${count}`);
}
