/* SPDX-License-Identifier: MIT */
/* Prints the language page from the tables, so that it cannot say what the parser does not read. */
#include "language.h"

#include <string.h>

#include "counter.h"
#include "needs.h"
#include "peer_words.h"
#include "verb.h"

static const char preamble[] =
	"<!-- Made by `lastack show language`; a test compares the two. -->\n"
	"# The case language\n"
	"\n"
	"A case is a text file: one sentence that can be false, where it comes from, what both sides do, and what\n"
	"they, the wire and the kernel's counters must show. One line is one step; steps run strictly one after\n"
	"another, and after each the harness waits until every segment has arrived. There are no conditions, loops\n"
	"or variables.\n"
	"\n"
	"```\n"
	"# close() with unread data resets the connection: the sender learns that its bytes were lost.\n"
	"cite     RFC 2525 2.17; RFC 9293 3.6.1 SHOULD\n"
	"run      ipv4 ipv6 mapped swapped\n"
	"\n"
	"client   send 7              = 7\n"
	"server   poll IN             = IN\n"
	"server   close               = 0\n"
	"client   recv 64             = -1 ECONNRESET\n"
	"\n"
	"wire     client data 7\n"
	"wire     server RST,ACK\n"
	"mib      TCPAbortOnClose +1\n"
	"```\n"
	"\n"
	"## Grammar\n"
	"\n"
	"```\n"
	"case     = '# ' sentence, { '# ' text }, { header }, { step | expectation | '# ' comment | empty line }\n"
	"step     = side [':2'|':3'] verb { operand } [ 'on' NAME ] [ 'as' NAME ] ( '=' outcome [ 'in' MIN '..' MAX ] | '&' )\n"
	"side     = 'client' | 'server' | 'listener'\n"
	"outcome  = NUMBER | NUMBER NUMBER | MIN '..' [MAX] | '-1' ERRNO [SIGNAL] | EVENT { '|' EVENT }\n"
	"         | WORD [NUMBER] [ERRNO] [SIGNAL] | 'any'\n"
	"wire     = 'wire' ( 'nothing' | side event { detail } )       all telling events, in order\n"
	"event    = 'SYN' | 'SYN,ACK' | 'data' ( N | 'any' ) | 'FIN' | 'RST' | 'RST,ACK'\n"
	"detail   = 'with data' | 'alone' | 'seq' N | 'ack' N | 'win' ( N | '>0' ) | 'ipid' ( N | '>0' ) | 'ttl' N | 'tos' N\n"
	"         | 'opts' ( 'ts' | 'none' )\n"
	"mib      = 'mib' ( 'nothing' | COUNTER '+'N )                 all telling counters\n"
	"state    = 'state' side STATE                                 what the kernel holds at the end, or 'none'\n"
	"reason   = 'reason' ( 'nothing' | side REASON )               the kernel's own reasons for all its resets, in order\n"
	"```\n"
	"\n"
	"- `listener` is the listening side's process, acting on its listening descriptor.\n"
	"- `client:2` is a further thread of the client; after `client fork 2` it is that child. `&` begins a call and\n"
	"  goes on once it sleeps; `await` takes its outcome, `look` says whether it still sleeps.\n"
	"- A step acts on the descriptor `sock` (`listener` for the listener) unless `on NAME` says otherwise; `as NAME`\n"
	"  names a new one. `= fd` is the outcome of a call that gives a descriptor.\n"
	"- Bare `RST` comes from a socket that is gone; `RST,ACK` from a living one, or in answer to a segment without ACK.\n"
	"  Pure ACKs, window updates, probes\n"
	"  and retransmissions fold away; bytes that follow each other in one direction are one `data N`.\n"
	"- A list that is given is complete: one `wire`, `mib` or `reason` more or less than seen fails. A list that is not given\n"
	"  is not asserted. The handshake of `start connected` is not part of the wire list.\n"
	"- The number of resets that the kernel counted must equal those on the wire whenever `mib` is given;\n"
	"  with `needs veth`, where a network can lose a reset and a firewall make one, `OutRsts` is listed instead.\n"
	"- A REASON is a name of the kernel's enum sk_rst_reason, as the tracepoint tcp:tcp_send_reset tells it.\n"
	"- SIGPIPE is ignored unless `signal PIPE ...` says otherwise.\n"
	"- Numbers, sides, words and blanks are as printed by `lastack show CASE`: reading and printing are inverses.\n"
	"\n"
	"## Headers\n"
	"\n"
	"| header | says |\n"
	"|---|---|\n"
	"| `cite TEXT` | RFC, POSIX or manual section, with MUST/SHOULD/MAY or \"silent\"; the kernel function |\n"
	"| `symptom TEXT`, `fix TEXT` | where a programmer meets it, and what to do |\n"
	"| `departs TEXT` | which document and section says otherwise than this kernel does, and what; `lastack list --departs` |\n"
	"| `covers ROW ...` | the rows of cases/catalogue.tsv that the case shows, by name |\n"
	"| `run ipv4 ipv6 mapped swapped` | the variants (these four, as far as they make sense, if not said); `mapped` is ::ffff:127.0.0.1, in `swapped` whoever connected becomes the one who was accepted |\n"
	"| `run unix unix-seqpacket unix-dgram` | Unix sockets, for comparison: a port is a name of the namespace's own; the two datagram sockets have one each (the client's is 1) and are connected to each other; there is no wire, and of the states there are ESTABLISHED, CLOSED and LISTEN |\n"
	"| `run mptcp` | IPPROTO_MPTCP over IPv4; the wire, the ports and the states are those of its subflow |\n"
	"| `start connected` | a connected pair before the first step (if not said); `listening`: a listener and an unconnected client; `nothing`: no sockets |\n"
	"| `option SIDE OPTION VALUE` | a socket option set on that side's socket before the connection is made |\n"
	"| `sysctl NAME VALUE` | in the run's own network namespace, where its ports are 2048 to 2051 |\n"
	"| `timing default` | the kernel's delayed ACKs, without the `quickack` routes that runs have otherwise |\n"
	"| `time slow` | waits for timers of a second or more |\n"
	"| `needs veth` | the sides are two hosts: a network namespace for each, joined by a veth pair, with the "
	"addresses 192.0.2.1 or 2001:db8::1 for the client and .2 or ::2 for the server; the wire shows what passes "
	"the client's end, the counters are those of both. Verbs such as `link` and `firewall` change this network |\n"
	"| `needs linux >= X.Y`, `needs /PATH`, `needs FEATURE` | else SKIP |\n"
	"| `needs tracefs` | the kernel is asked for the reasons of its resets, which only root may; else SKIP |\n"
	"\n"
	"## Verbs\n"
	"\n"
	"| verb | example | does |\n"
	"|---|---|---|\n";

static void print_word(const char *before, const char *name, bool is_optional, FILE *stream)
{
	fprintf(stream, "%s%s%s%s", before, is_optional ? "[" : "", name, is_optional ? "]" : "");
}

static void print_usage(const struct verb *verb, FILE *stream)
{
	fputs(verb->name, stream);
	for (unsigned i = 0; i < ACTION_OPERANDS && verb->operands[i].kind; i++)
		print_word(" ", verb->operands[i].name, verb->operands[i].is_optional, stream);
}

/* `|` would end a table's cell. */
static void print_escaped(const char *text, FILE *stream)
{
	for (; *text; text++)
		fprintf(stream, *text == '|' ? "\\%c" : "%c", *text);
}

static void print_words(const char *title, const struct word *words, FILE *stream)
{
	fprintf(stream, "- %s:", title);
	for (; words->name; words++)
		fprintf(stream, " %s", words->name);
	fputc('\n', stream);
}

static void print_vocabulary(FILE *stream)
{
	fputc('\n', stream);
	peer_words_document(stream);
	fputs("\n## Words\n\n- options:", stream);
	for (const struct socket_option *option = socket_options; option->name; option++)
		fprintf(stream, " %s", option->name);
	fputc('\n', stream);
	print_words("flags of send, recv and sendmsg (joined by |)", message_flags, stream);
	print_words("events (joined by |)", readiness, stream);
	print_words("events of epoll-add and epoll-mod", epoll_bits, stream);
	print_words("ioctl requests", requests, stream);
	print_words("sysctls of the verb `sysctl`", sysctl_names, stream);
	print_words("signals", signal_names, stream);
	print_words("signal dispositions", dispositions, stream);
	print_words("states", states, stream);
	print_words("hosts of connect-to", hosts, stream);
	print_words("addresses that accept is given", accept_addresses, stream);
	print_words("types of route", route_types, stream);
	print_words("counters that `counter` tells", asked_counters, stream);
	print_words("kinds of address", address_kinds, stream);
	fputs("- features that a case can need:", stream);
	for (const struct need *need = needs; need->name; need++)
		fprintf(stream, " %s", need->name);
	fputs("\n- counters:", stream);
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		if (i != COUNTER_OUT_RSTS)
			fprintf(stream, " %s", counter_name((enum counter)i));
	fputc('\n', stream);
}

void language_print(FILE *stream)
{
	fputs(preamble, stream);
	for (unsigned i = 0; i < verb_count; i++) {
		char usage[128] = "";
		FILE *text;

		if (verbs[i].traits & VERB_INTERNAL)
			continue;
		text = fmemopen(usage, sizeof(usage), "w");
		if (!text)
			return;
		print_usage(&verbs[i], text);
		fclose(text);
		fputs("| `", stream);
		print_escaped(usage, stream);
		fputs("` | `", stream);
		print_escaped(verbs[i].example, stream);
		fprintf(stream, "` | %s%s |\n", verbs[i].help,
			verbs[i].traits & VERB_CHANGES_WORLD ? " (own namespace)" : "");
	}
	print_vocabulary(stream);
}

void language_print_verbs(FILE *stream)
{
	for (unsigned i = 0; i < verb_count; i++)
		if (!(verbs[i].traits & VERB_INTERNAL))
			fprintf(stream, "%-15s %-34s %s\n", verbs[i].name, verbs[i].example,
				verbs[i].help);
}
