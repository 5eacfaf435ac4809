// Fabricated records: what stacks could do, so that the page has something to show and every test knows what.

export const STACKS = ['linux 5.10.223 x86_64', 'linux 6.1.176 x86_64', 'linux 7.2.13 x86_64', 'gvisor 20240729 x86_64',
	'lwip 2.1.3 x86_64'];

/* {name, variant, system, about, departs, lines, end}; lines without their time. */
export function recordText(record) {
	const lines = record.lines.map((line, index) =>
		/^(mib|state|reason|broken|skip|unseen)/.test(line) ? line : ` 0.${String(index + 1).padStart(6, '0')}  ${line}`);
	return [`record  ${record.name} ${record.variant || 'ipv4'}    ${record.system}`,
		record.about && `about   ${record.about}`, record.departs && `departs ${record.departs}`,
		...lines, `end     ${record.end === undefined ? 'PASS' : record.end}`.trimEnd(), ''].filter((line) => line !== undefined)
		.join('\n') + '\n';
}

const send = ['client    send 7 = 7 in 12us', 'wire      client data 7 seq 1 ack 1 win 512 ipid 7 ttl 64 opts ts'];
const close = 'server    close = 0 in 42us';

/* What a stack does: lines, and how it was judged. */
const behaviours = {
	reset: {lines: [...send, close, 'wire      server RST,ACK seq 1 ack 8 win 512 opts ts',
		'client    recv 64 = -1 ECONNRESET in 3us', 'mib     TCPAbortOnClose +1', 'state   client none']},
	bareReset: {lines: [...send, close, 'wire      server RST seq 1 ack 0 win 0 opts none',
		'client    recv 64 = 0 in 3us', 'state   client none'], end: 'FAIL unread.case:9: client recv 64: want -1 ECONNRESET, saw 0'},
	uncounted: {lines: [...send, close, 'wire      server RST,ACK seq 1 ack 8 win 512 opts ts',
		'client    recv 64 = -1 ECONNRESET in 3us', 'state   client none'], end: 'KNOWN no such counter'},
	fin: {lines: ['client    shutdown WR = 0 in 5us', 'wire      client FIN seq 1 ack 1',
		'server    recv 64 = 0 in 5us', 'wire      server FIN seq 1 ack 2', 'state   client TIME-WAIT']},
	skip: {lines: ['skip    no fork'], end: 'SKIP no fork'},
	broken: {lines: [...send, 'broken  client recv 64 did not return within 10 s'], end: 'BROKEN'},
	none: null,
};

/* A row of the little matrix: a word of `behaviours` for each of STACKS. */
const cases = [
	{name: 'abort/everywhere-alike', about: 'All reset.', does: 'reset reset reset reset reset'},
	{name: 'abort/old-kernels-differ', about: 'Old kernels send a bare reset.', does: 'bareReset bareReset reset reset reset'},
	{name: 'abort/same-words', about: 'A counter is missing.', departs: 'RFC 1122 4.2.2.13: counts it',
		does: 'reset reset reset uncounted uncounted'},
	{name: 'abort/zigzag', about: 'Every other stack.', does: 'reset bareReset reset bareReset reset'},
	{name: 'close/both-half', about: 'Both say goodbye.', does: 'fin fin fin fin fin'},
	{name: 'close/not-everywhere', about: 'Not all can do it.', departs: 'POSIX close(): says nothing',
		does: 'fin fin fin skip broken'},
	{name: 'close/one-absent', about: 'lwIP was not asked.', does: 'fin fin fin fin none'},
	{name: 'close/per-variant', variant: 'ipv4', about: 'IPv6 is another thing.', does: 'fin fin fin fin fin'},
	{name: 'close/per-variant', variant: 'mapped', about: 'IPv6 is another thing.', does: 'fin fin fin fin fin'},
	{name: 'close/per-variant', variant: 'ipv6', about: 'IPv6 is another thing.', does: 'fin fin fin fin reset'},
];

export function smallMatrix() {
	return STACKS.flatMap((system, index) => cases.map((one) => ({one, behaviour: behaviours[one.does.split(' ')[index]]}))
		.filter(({behaviour}) => behaviour)
		.map(({one, behaviour}) => recordText({...one, system, ...behaviour}))).join('');
}

/* So many stacks and cases; every tenth case differs from stack to stack, every hundredth in every cell. */
export function bigMatrix(nStacks, nCases) {
	const words = ['reset', 'bareReset', 'uncounted', 'fin'].map((word) => behaviours[word]);
	const texts = [];
	for (let stack = 0; stack < nStacks; stack++)
		for (let number = 0; number < nCases; number++) {
			const isMixed = number % 100 === 0, differs = number % 10 === 3 && stack * 10 > number % nStacks;
			const behaviour = words[isMixed ? (stack + number) % 4 : differs ? 1 : number % 7 === 0 ? 3 : 0];
			texts.push(recordText({name: `topic-${Math.floor(number / 25)}/case-${number}-with-a-name-of-usual-length`,
				system: `linux ${5 + Math.floor(stack / 8)}.${stack} x86_64`,
				about: `close() with unread data resets the connection, said of case ${number} in a sentence of usual length.`,
				departs: number % 5 === 0 ? 'RFC 9293 3.10.4: the user is told' : undefined,
				lines: [`client    setsockopt SO_LINGER 1 ${number} = 0 in 1us`, ...behaviour.lines], end: behaviour.end}));
		}
	return texts.join('');
}
