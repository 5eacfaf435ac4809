/* SPDX-License-Identifier: MIT */
/* The verb table: what the case language can say. See verb.h for the columns. */
#include "verb.h"

#include <stdio.h>
#include <string.h>

#include "calls.h"
#include "case.h"
#include "peer_words.h"

#define ANSWERS_END "exited killed" /* any call can be its process's last */

static const struct word cloexec_words[] = {{"O_NONBLOCK", 0}, {"FD_CLOEXEC", 1}, {NULL, 0}};

/* clang-format off */
#define NUMBER(what)      {OPERAND_NUMBER, what, false, NULL}
#define NUMBER_OPT(what)  {OPERAND_NUMBER, what, true, NULL}
#define SIZE              {OPERAND_SIZE, "BYTES", false, NULL}
#define FLAGS             {OPERAND_BITS, "FLAGS", true, message_flags}
#define EVENTS(table)     {OPERAND_BITS, "EVENTS", false, table}
#define NOW               {OPERAND_NOW, "now", true, NULL}
#define PORT              {OPERAND_PORT, "PORT", true, NULL}
#define ADDRESS           {OPERAND_CHOICE, "any|ipv4|ipv6|mapped|other", true, address_kinds}
#define PEER              {OPERAND_CHOICE, "peer", true, peer_words}
#define FAMILY            {OPERAND_CHOICE, "ipv4|ipv6", true, families}
#define URING_REQUEST     "RECV|POLL|ACCEPT|SEND|CLOSE|SHUTDOWN"
#define CHOICE(name, set) {OPERAND_CHOICE, name, false, set}
#define SWITCH_OPT        {OPERAND_CHOICE, "on|off", true, switch_words}
#define ON_LINK           (VERB_BY_CONDUCTOR | VERB_NO_DESCRIPTOR | VERB_ON_LINK)
/* clang-format on */

#define OF_PEER (VERB_OF_PEER | VERB_BY_CONDUCTOR | VERB_NO_DESCRIPTOR | VERB_CHANGES_WORLD)

const struct verb verbs[] = {
	/* The rows that the conductor knows by number: the order is that of enum verb_id. */
	[VERB_AWAIT] = {"await", {{0}},
		VERB_BY_CONDUCTOR | VERB_NO_DESCRIPTOR | VERB_ANSWERS_EVENTS | VERB_ANSWERS_STATE |
			VERB_ANSWERS_ERRNO,
		"fd full all part none pid", NULL, "await = 64",
		"waits for the begun call to return; the outcome is the call's"},
	[VERB_AWAIT_BOTH] = {"await-both", {{0}},
		VERB_BY_CONDUCTOR | VERB_NO_DESCRIPTOR | VERB_ANSWERS_ERRNO, "both each", NULL,
		"await-both = each 0 ECONNRESET",
		"waits for the begun calls of :2 and :3, in whatever "
		"order they return: `both 0`, `both ECONNRESET`, or `each 0 ECONNRESET` for one of each"},
	[VERB_LOOK] = {"look", {{0}}, VERB_BY_CONDUCTOR | VERB_NO_DESCRIPTOR, "blocked returned",
		NULL, "look = blocked",
		"whether the begun call is still blocked now, once every segment has arrived"},
	[VERB_STATE] = {"state", {{0}}, VERB_BY_CONDUCTOR | VERB_ANSWERS_STATE | VERB_ALSO_OF_PEER,
		NULL, NULL, "state = FIN-WAIT-2",
		"what the kernel holds now for this end of the connection, by its addresses "
		"(sock_diag(7)), whether or not a descriptor is left; of the raw peer: for the kernel's "
		"end of its connection"},
	[VERB_UNTIL] = {"until", {CHOICE("STATE", states), PEER},
		VERB_BY_CONDUCTOR | VERB_ANSWERS_STATE | VERB_ALSO_OF_PEER, NULL, NULL,
		"until none = none",
		"waits for that state, with `peer` of the other end, up to the deadline; the outcome "
		"is the state then held"},
	[VERB_KILL] = {"kill", {CHOICE("SIGNAL", signal_names)},
		VERB_BY_CONDUCTOR | VERB_NO_DESCRIPTOR | VERB_CHANGES_PROCESS,
		"killed stopped continued caught ignored", NULL, "kill KILL = killed SIGKILL",
		"sends the signal to this actor's process from outside, and waits for what it does to it"},
	[VERB_PEER_STATE] = {"peer-state", {{0}}, VERB_BY_CONDUCTOR | VERB_ANSWERS_STATE, NULL,
		NULL, "peer-state = SYN-RECEIVED",
		"the same of the other end of this connection, also where no descriptor names it: "
		"a request in SYN-RECEIVED, a connection that nobody has accepted"},
	[VERB_COUNTER] = {"counter", {CHOICE("COUNTER", asked_counters)},
		VERB_BY_CONDUCTOR | VERB_NO_DESCRIPTOR, NULL, NULL, "counter TCPTimeouts = 2",
		"how far a counter of this namespace that no mib line lists has gone "
		"since the first step"},
	[VERB_ROUTE] = {"route", {CHOICE("TYPE", route_types)},
		VERB_BY_CONDUCTOR | VERB_NO_DESCRIPTOR | VERB_CHANGES_WORLD, NULL, NULL,
		"route unreachable = 0",
		"a route of that type to the host `far` of connect-to, which with `local` is this host; "
		"or, with `needs veth`, from this side to the other. `none` takes it away again. "
		"`delete` takes away the route that this side has to the net of both, and `add` gives it back"},
	[VERB_DELIVER] = {"deliver", {CHOICE("SYN|SYN,ACK|ACK|data|FIN|RST", segment_kinds)},
		VERB_BY_CONDUCTOR | VERB_NO_DESCRIPTOR | VERB_CHANGES_WORLD, NULL, NULL,
		"deliver FIN = 0",
		"the network delivers, as it was, the newest segment of this kind that this side sent: "
		"once more, or at last if a `blackhole` took it, which lets it pass now. So a case "
		"chooses who hears of the other first. ENOENT: no such segment was sent"},
	[VERB_LINK] = {"link", {CHOICE("down|up|delete", link_words)}, ON_LINK, NULL, NULL,
		"link down = 0",
		"ip link set down or up, or ip link delete, of this side's end of the link (`needs veth`): "
		"the other end loses its carrier, or goes as well"},
	[VERB_ADDRESS] = {"address", {CHOICE("delete|add", address_words)}, ON_LINK, NULL, NULL,
		"address delete = 0",
		"ip address delete or add, of this side's address on the link, and with it of the route to its net"},
	[VERB_FIREWALL] = {"firewall",
		{CHOICE("input|output", firewall_chains),
			CHOICE("accept|drop|reset|port-unreachable|host-unreachable|admin-prohibited",
				firewall_verdicts)},
		ON_LINK, NULL, NULL, "firewall input drop = 0",
		"an nftables rule for all TCP segments that this side's host receives or sends: accept "
		"(none), drop, or reject with tcp reset or that icmpx type; a dropped segment was on the wire, "
		"unless its own host dropped it"},
	[VERB_FORK] = {"fork", {{OPERAND_ACTOR, "2|3", false, NULL}},
		VERB_NO_DESCRIPTOR | VERB_CHANGES_PROCESS, "pid", call_fork, "fork 2 = pid",
		"forks a child with the same descriptors, "
		"which is actor 2 or 3 of its side from then on"},
	[VERB_EXIT] = {"exit", {NUMBER("STATUS")}, VERB_NO_DESCRIPTOR | VERB_CHANGES_PROCESS, NULL,
		call_exit, "exit 0 = exited 0",
		"_exit(): the process ends without closing anything itself"},
	[VERB_EXEC] = {"exec", {{0}}, VERB_NO_DESCRIPTOR | VERB_CHANGES_PROCESS, NULL, call_exec,
		"exec = 0",
		"execve(): the process goes on as a new program image, with the descriptors that are not FD_CLOEXEC"},
	[VERB_BIND] = {"bind", {PORT, ADDRESS}, 0, NULL, call_bind, "bind 1 = 0",
		"bind() to the variant's loopback address, or the one named (`any`: 0.0.0.0 or ::, "
		"`other`: 127.0.0.2), and the run's n-th port (0 if not said)"},
	[VERB_LISTEN] = {"listen", {NUMBER("BACKLOG")}, 0, NULL, call_listen, "listen 1 = 0",
		"listen()"},
	[VERB_CLOSE] = {"close", {{0}}, 0, NULL, call_close, "close = 0", "close()"},
	[VERB_SETUP_LISTEN] = {"(listen)", {{0}}, VERB_INTERNAL, NULL, call_setup_listen, "", ""},
	[VERB_SETUP_CONNECT] = {"(connect)", {NUMBER("")}, VERB_INTERNAL, NULL, call_setup_connect,
		"", ""},
	[VERB_SETUP_ACCEPT] = {"(accept)", {{0}}, VERB_INTERNAL, NULL, call_setup_accept, "", ""},
	[VERB_START_THREAD] = {"(thread)", {NUMBER("")}, VERB_INTERNAL, NULL, call_start_thread, "",
		""},
	[VERB_RESET] = {"(reset)", {{0}}, VERB_INTERNAL, NULL, call_reset, "", ""},
	[VERB_PEER_SEND] = {">", {{OPERAND_SEGMENT, "SEGMENT", false, NULL}}, OF_PEER, "sent", NULL,
		"> RST seq=+1 = sent", "the raw peer sends a segment: see below"},
	[VERB_PEER_GET] = {"<", {{OPERAND_ARRIVAL, "now|again|from=PORT", true, NULL}},
		OF_PEER | VERB_ANSWERS_SEGMENT, "nothing", NULL, "< now = ACK seq 1 ack 6",
		"the next segment that came to the raw peer and was not taken yet, without retransmissions; "
		"waits for one unless `now`"},
	[VERB_PEER_ERROR] = {"icmp", {{OPERAND_ERROR, "ERROR", false, NULL}}, OF_PEER, "sent", NULL,
		"icmp unreachable 1 = sent",
		"an ICMP error about the oldest segment that the raw peer did not acknowledge: see below"},

	/* Sockets. */
	{"socket", {FAMILY}, VERB_MAKES_DESCRIPTOR | VERB_NO_DESCRIPTOR, "fd", call_socket,
		"socket as b = fd",
		"socket(): a TCP socket of the variant's family, or the one named, FD_CLOEXEC; "
		"in the Unix variants and in `mptcp` one of theirs"},
	{"socketpair", {{0}}, VERB_MAKES_DESCRIPTOR | VERB_NO_DESCRIPTOR, "fd", call_socketpair,
		"socketpair as b = fd",
		"socketpair(): one end is `sock`, the other the name given (`pair` if not said)"},
	{"connect", {PORT, ADDRESS}, 0, NULL, call_connect, "connect = 0",
		"connect() to the variant's loopback address, or the one named, and the run's n-th "
		"port (0 if not said)"},
	{"connect-to", {CHOICE("HOST", hosts), PORT}, 0, NULL, call_connect_to,
		"connect-to far = -1 ENETUNREACH",
		"connect() to another host than this one: `far` (192.0.2.1, 2001:db8::1: to where no "
		"route leads), `multicast` (224.0.0.1, ff02::1) or `broadcast` (127.255.255.255)"},
	{"connect-unspec", {{0}}, 0, NULL, call_connect_unspec, "connect-unspec = 0",
		"connect() with AF_UNSPEC, which dissolves the connection"},
	{"accept", {{OPERAND_CHOICE, "ADDRESS", true, accept_addresses}}, VERB_MAKES_DESCRIPTOR,
		"fd", call_accept, "accept as b = fd",
		"accept() on `listener` unless said otherwise; `bad-address` passes a pointer to "
		"nowhere for the peer's address, `bad-length` a negative length"},
	{"setsockopt",
		{{OPERAND_OPTION, "OPTION", false, NULL}, NUMBER("VALUE"), NUMBER_OPT("VALUE")}, 0,
		NULL, call_setsockopt, "setsockopt SO_LINGER 1 0 = 0",
		"setsockopt(); SO_LINGER takes l_onoff and l_linger "
		"(one value alone passes an optlen of 4), SO_RCVTIMEO and SO_SNDTIMEO milliseconds, "
		"TCP_MD5SIG 1 a key for the other side, which does not have it, and 0 takes it away"},
	{"getsockopt", {{OPERAND_OPTION, "OPTION", false, NULL}, NUMBER_OPT("OPTLEN")},
		VERB_ANSWERS_STATE | VERB_ANSWERS_ERRNO, NULL, call_getsockopt,
		"getsockopt SO_LINGER = 1 5",
		"getsockopt(); SO_ERROR answers an errno's name or 0, TCP_INFO a state, SO_LINGER two numbers"},
	{"await-retransmission", {{0}}, 0, "tried none", call_await_retransmission,
		"await-retransmission = tried",
		"waits until the retransmission timer has run out once more and the oldest segment was sent "
		"again, or could not be: `tried`; `none` if the connection is closed"},
	{"fcntl", {CHOICE("O_NONBLOCK|FD_CLOEXEC", cloexec_words), SWITCH_OPT}, 0, NULL, call_fcntl,
		"fcntl O_NONBLOCK = 0", "sets the flag, or clears it with `off`"},
	{"getpeername", {{0}}, 0, NULL, call_getpeername, "getpeername = -1 ENOTCONN",
		"getpeername()"},
	{"peer-address", {{0}}, 0, "ipv4 ipv6 mapped", call_peer_address, "peer-address = mapped",
		"what kind of address getpeername() gives; `mapped` is ::ffff:127.0.0.1"},
	{"getsockname", {{0}}, 0, NULL, call_getsockname, "getsockname = 0", "getsockname()"},
	{"ioctl", {CHOICE("REQUEST", requests)}, 0, NULL, call_ioctl, "ioctl SIOCINQ = 5",
		"the number of unread (SIOCINQ), unacknowledged (SIOCOUTQ) or unsent (SIOCOUTQNSD) bytes"},
	{"blackhole", {CHOICE("on|off", switch_words)}, VERB_CHANGES_WORLD, NULL, call_blackhole,
		"blackhole on = 0",
		"a socket filter that drops every segment that arrives here but those of `deliver`, or "
		"takes it away"},
	{"vanish", {{0}}, VERB_CHANGES_WORLD, NULL, call_vanish, "vanish = 0",
		"TCP_REPAIR, then close(): the end is gone without a segment, as when its host lost power"},

	/* The namespace. */
	{"sysctl", {CHOICE("NAME", sysctl_names), NUMBER_OPT("VALUE")},
		VERB_NO_DESCRIPTOR | VERB_CHANGES_WORLD, NULL, call_sysctl,
		"sysctl net.ipv4.tcp_fin_timeout = 60",
		"reads a sysctl of the run's network namespace, or writes it in the midst of a run; "
		"ENOENT: this kernel has no such sysctl"},
	{"sockstat", {CHOICE("NAME", sockstat_names), NUMBER_OPT("MOST")},
		VERB_NO_DESCRIPTOR | VERB_CHANGES_WORLD, NULL, call_sockstat, "sockstat tw = 1",
		"a number of TCP sockets from /proc/net/sockstat: `tw` in the run's namespace, "
		"`orphan` in the whole system. Counts no further than MOST: others have orphans, too"},

	/* Ends of use. */
	{"shutdown", {{OPERAND_HOW, "RD|WR|RDWR", false, shutdown_ways}}, 0, NULL, call_shutdown,
		"shutdown WR = 0", "shutdown(); a number passes a `how` that has no name"},
	{"close-range", {{0}}, 0, NULL, call_close_range, "close-range = 0",
		"close_range() over this one descriptor"},
	{"dup", {{0}}, VERB_MAKES_DESCRIPTOR, "fd", call_dup, "dup as b = fd",
		"dup() (FD_CLOEXEC)"},
	{"dup2", {{OPERAND_NAME, "FROM", false, NULL}}, 0, "fd", call_dup2, "dup2 null = fd",
		"dup2(FROM, this): this number now means FROM; what it meant is closed"},
	{"limit-descriptors", {NUMBER("ROOM")}, VERB_NO_DESCRIPTOR | VERB_CHANGES_PROCESS, NULL,
		call_limit_descriptors, "limit-descriptors 0 = 0",
		"RLIMIT_NOFILE: the process can have that many descriptors more than now"},
	{"open-null", {{0}}, VERB_MAKES_DESCRIPTOR | VERB_NO_DESCRIPTOR, "fd", call_open_null,
		"open-null as null = fd", "opens /dev/null"},

	/* Data. Every byte is coded by its position, so loss, doubling and disorder show. */
	{"send", {SIZE, FLAGS}, VERB_SENDS, NULL, call_send, "send 7 NOSIGNAL = 7", "send()"},
	{"recv", {SIZE, FLAGS}, 0, NULL, call_recv, "recv 64 PEEK = 7",
		"recv(), and checks the bytes"},
	{"read", {SIZE}, 0, NULL, call_read, "read 64 = 7", "read(), and checks the bytes"},
	{"write", {SIZE}, VERB_SENDS, NULL, call_write, "write 7 = 7", "write()"},
	{"writev", {SIZE}, VERB_SENDS, NULL, call_writev, "writev 8 = 8", "writev() of two halves"},
	{"sendmsg", {SIZE, FLAGS}, VERB_SENDS, NULL, call_sendmsg, "sendmsg 7 = 7", "sendmsg()"},
	{"sendto", {SIZE, FLAGS}, VERB_SENDS, NULL, call_sendto, "sendto 7 = 7",
		"sendto() without an address"},
	{"recvmsg", {SIZE, FLAGS}, 0, NULL, call_recvmsg, "recvmsg 64 = 5 1",
		"recvmsg(); with TCP_INQ set the second number is what it says is left"},
	{"fast-open", {SIZE, FLAGS}, VERB_SENDS, NULL, call_fast_open, "fast-open 7 = 7",
		"sendto() with MSG_FASTOPEN: connects to the run's port 0, with the bytes in the SYN "
		"if the client may"},
	{"take-completion", {{0}}, 0, "copied uncopied", call_take_completion,
		"take-completion = copied 1",
		"recvmsg(MSG_ERRQUEUE) of a MSG_ZEROCOPY notification: how many calls it is for, and "
		"whether the kernel copied the bytes after all; EAGAIN if there is none"},
	{"sendfile", {SIZE}, VERB_SENDS, NULL, call_sendfile, "sendfile 7 = 7",
		"sendfile() from memory"},
	{"splice", {SIZE}, 0, NULL, call_splice_in, "splice 3 = 3",
		"splice() from the socket to a pipe"},
	{"splice-to", {SIZE}, VERB_SENDS, NULL, call_splice_out, "splice-to 3 = 3",
		"splice() from a pipe that holds that many bytes to the socket"},
	{"read-pipe", {SIZE}, VERB_NO_DESCRIPTOR, NULL, call_pipe, "read-pipe 3 = 3",
		"read() of what `splice` put into the pipe, and checks the bytes"},
	{"fill", {{0}}, VERB_SENDS, "full part", call_fill, "fill = full",
		"sends without blocking until EAGAIN (`full`), which no segment under way ends, or an "
		"error (`part ECONNRESET`)"},
	{"drain", {{0}}, 0, "all part none", call_drain, "drain = all",
		"reads to end of file or error: `all` "
		"that the other side's calls had accepted, `part` or `none` of it; with the errno if one ended it"},

	/* Readiness. */
	{"poll", {EVENTS(readiness), NOW}, VERB_ANSWERS_EVENTS, NULL, call_poll,
		"poll IN|OUT|RDHUP now = OUT",
		"poll() for these events (`none`: only ERR, HUP, NVAL); with `now` a zero timeout"},
	{"select", {EVENTS(readiness), NOW}, VERB_ANSWERS_EVENTS, NULL, call_select,
		"select IN|OUT|PRI now = IN|OUT",
		"select(): IN, OUT and PRI stand for the read, write and except sets"},
	{"epoll-create", {{0}}, VERB_MAKES_DESCRIPTOR | VERB_NO_DESCRIPTOR, "fd", call_epoll_create,
		"epoll-create = fd", "epoll_create1(); named `epoll` if not said"},
	{"epoll-add", {EVENTS(epoll_bits)}, 0, NULL, call_epoll_add, "epoll-add IN|RDHUP|ET = 0",
		"EPOLL_CTL_ADD of this descriptor to `epoll`"},
	{"epoll-mod", {EVENTS(epoll_bits)}, 0, NULL, call_epoll_modify, "epoll-mod IN|ONESHOT = 0",
		"EPOLL_CTL_MOD"},
	{"epoll-del", {{0}}, 0, NULL, call_epoll_delete, "epoll-del = 0", "EPOLL_CTL_DEL"},
	{"epoll-wait", {NOW}, VERB_NO_DESCRIPTOR | VERB_ANSWERS_EVENTS, NULL, call_epoll_wait,
		"epoll-wait now = IN|RDHUP", "epoll_wait() for one event"},

	{"async", {CHOICE("SIGNAL", signal_names)}, VERB_CHANGES_PROCESS, NULL, call_async,
		"async IO = 0",
		"O_ASYNC with F_SETSIG: the signal is sent at every event, and blocked until taken"},
	{"take-signal", {CHOICE("SIGNAL", signal_names)}, VERB_NO_DESCRIPTOR | VERB_ANSWERS_EVENTS,
		NULL, call_take_signal, "take-signal IO = IN",
		"takes one pending signal; its si_code (POLL_IN, ...) as an "
		"event, EAGAIN if none is pending"},
	{"uring-submit", {CHOICE(URING_REQUEST, uring_requests)}, VERB_CHANGES_PROCESS, NULL,
		call_uring_submit, "uring-submit RECV = 0",
		"submits an io_uring request for this descriptor, one of each kind at a time; SEND is "
		"of 64 bytes, SHUTDOWN of both directions"},
	{"uring-cancel", {{0}}, VERB_NO_DESCRIPTOR | VERB_CHANGES_PROCESS, NULL, call_uring_cancel,
		"uring-cancel = 0", "IORING_OP_ASYNC_CANCEL of the last request"},
	{"uring-wait", {{OPERAND_CHOICE, URING_REQUEST, true, uring_requests}},
		VERB_NO_DESCRIPTOR | VERB_CHANGES_PROCESS, NULL, call_uring_wait,
		"uring-wait = -1 ECANCELED",
		"waits for a request's completion, the last one's if not said: its result"},

	/* Around the socket calls. */
	{"destroy", {PEER}, 0, NULL, call_destroy, "destroy = 0",
		"SOCK_DESTROY (sock_diag(7)), as `ss -K`: this end, or with `peer` the other one, is "
		"destroyed from outside, whether or not a descriptor is left"},
	{"destroy-by-bpf", {{0}}, 0, NULL, call_destroy_by_bpf, "destroy-by-bpf = 0",
		"a BPF iterator calls bpf_sock_destroy() for this end"},
	{"drop-rights", {{0}}, VERB_NO_DESCRIPTOR | VERB_CHANGES_PROCESS, NULL, call_drop_rights,
		"drop-rights = 0", "capset(): this thread goes on without any capability"},
	{"real-time", {{0}}, VERB_NO_DESCRIPTOR | VERB_CHANGES_PROCESS, NULL, call_real_time,
		"real-time = 0",
		"sched_setscheduler(SCHED_FIFO): this thread goes before all ordinary ones on its CPU, "
		"so that no worker of the kernel cuts in on its calls; with `needs real-time`"},
	{"subflows", {{0}}, 0, NULL, call_subflows, "subflows = 1",
		"how many subflows of this MPTCP connection are ESTABLISHED (MPTCP_TCPINFO)"},
	{"add-subflow", {{0}}, 0, NULL, call_add_subflow, "add-subflow = 0",
		"opens a further subflow of this MPTCP connection, from 127.0.0.2; with `sysctl "
		"net.mptcp.pm_type 1`, which leaves it to user space"},
	{"congestion", {CHOICE("reno|cubic", congestion_controls)}, 0, NULL, call_congestion,
		"congestion reno = 0", "setsockopt(TCP_CONGESTION)"},
	{"ulp", {CHOICE("tls|espintcp|smc", upper_protocols)}, 0, NULL, call_ulp, "ulp tls = 0",
		"setsockopt(TCP_ULP): puts this protocol on the connection"},
	{"tls", {CHOICE("TX|RX", tls_directions)}, 0, NULL, call_tls, "tls TX = 0",
		"setsockopt(SOL_TLS): the kernel encrypts what is sent, or decrypts what is received, "
		"from now on (TLS 1.2, AES-GCM-128)"},

	/* Processes. */
	{"signal", {CHOICE("SIGNAL", signal_names), CHOICE("WHAT", dispositions)},
		VERB_NO_DESCRIPTOR | VERB_CHANGES_PROCESS, NULL, call_signal,
		"signal PIPE default = 0",
		"what the process does with a "
		"signal: default, ignore, catch, restart (SA_RESTART), block. SIGPIPE is ignored if not said"},
	{"pending", {CHOICE("SIGNAL", signal_names)}, VERB_NO_DESCRIPTOR, "yes no", call_pending,
		"pending PIPE = yes", "whether the signal is blocked and pending"},
	{"pass", {{0}}, VERB_CHANGES_PROCESS, NULL, call_pass, "pass = 0",
		"sends this descriptor through a Unix socket (SCM_RIGHTS), where it stays until taken"},
	{"take", {{0}}, VERB_MAKES_DESCRIPTOR | VERB_NO_DESCRIPTOR | VERB_CHANGES_PROCESS, "fd",
		call_take, "take as b = fd", "receives the descriptor that was passed"},
	{"pidfd-getfd", {{0}}, VERB_MAKES_DESCRIPTOR | VERB_CHANGES_PROCESS, "fd", call_pidfd_getfd,
		"pidfd-getfd as b = fd",
		"pidfd_getfd() of this descriptor from the side's own process, "
		"by a forked child"},
};

const unsigned verb_count = sizeof(verbs) / sizeof(*verbs);

const struct verb *verb_find(const char *name)
{
	for (unsigned i = 0; i < verb_count; i++)
		if (!(verbs[i].traits & VERB_INTERNAL) && !strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

unsigned verb_index(const struct verb *verb)
{
	return (unsigned)(verb - verbs);
}

static void operand_print(const struct operand_form *form, const struct action *action,
	unsigned place, char *buf, size_t size)
{
	int64_t value = action->operands[place];
	const char *name = form->words ? word_name(form->words, value) : NULL;

	switch (form->kind) {
	case OPERAND_OPTION: snprintf(buf, size, "%s", socket_options[value].name); return;
	case OPERAND_NAME: snprintf(buf, size, "%s", action->name); return;
	case OPERAND_NOW: snprintf(buf, size, "now"); return;
	case OPERAND_SEGMENT:
	case OPERAND_ERROR:
	case OPERAND_ARRIVAL: peer_words_print(form->kind, &action->segment, buf, size); return;
	case OPERAND_BITS: words_print(form->words, value, buf, size); return;
	case OPERAND_CHOICE:
	case OPERAND_HOW:
		if (name) {
			snprintf(buf, size, "%s", name);
			return;
		}
		/* fall through */
	case OPERAND_NONE:
	case OPERAND_NUMBER:
	case OPERAND_SIZE:
	case OPERAND_ACTOR:
	case OPERAND_PORT: snprintf(buf, size, "%lld", (long long)value); return;
	}
}

static void append(char *buf, size_t size, const char *before, const char *text)
{
	size_t length = strlen(buf);

	snprintf(buf + length, size - length, "%s%s", before, text);
}

char *action_print(const struct action *action, char *buf, size_t size)
{
	const struct verb *verb = &verbs[action->verb];

	snprintf(buf, size, "%s", verb->name);
	for (unsigned i = 0; i < ACTION_OPERANDS && verb->operands[i].kind; i++) {
		char operand[96] = "";

		if (action->operands[i] == OPERAND_ABSENT && verb->operands[i].kind != OPERAND_NAME)
			continue;
		operand_print(&verb->operands[i], action, i, operand, sizeof(operand));
		append(buf, size, *operand ? " " : "", operand);
	}
	if (action->has_names_on)
		append(buf, size, " on ", action->on);
	if (action->has_names_as)
		append(buf, size, " as ", action->as);
	if (action->begins)
		append(buf, size, "", " &");
	return buf;
}

/* Offers every blank-separated word of a list; true if `text` is one of them. */
static bool list_holds(const char *list, const char *text, struct nearest *nearest)
{
	static _Thread_local char words[4]
				       [OUTCOME_WORD_SIZE]; /* so that *nearest outlives the call */
	static _Thread_local unsigned next;

	while (list && *list) {
		size_t length = strcspn(list, " ");
		char *word = words[next % 4];

		snprintf(word, OUTCOME_WORD_SIZE, "%.*s", (int)length, list);
		if (!strcmp(word, text))
			return true;
		nearest_offer(nearest, text, word);
		next += nearest->word == word;
		list += length + (list[length] == ' ');
	}
	return false;
}

bool verb_may_answer(
	const struct verb *verb, const struct outcome *outcome, struct nearest *ret_nearest)
{
	int64_t state;
	int error;

	if (outcome->kind == OUTCOME_EVENTS)
		return verb->traits & VERB_ANSWERS_EVENTS;
	if (outcome->kind == OUTCOME_SEGMENT)
		return verb->traits & VERB_ANSWERS_SEGMENT;
	if (outcome->kind != OUTCOME_WORD)
		return true;
	if (list_holds(verb->words, outcome->word, ret_nearest) ||
		list_holds(ANSWERS_END, outcome->word, ret_nearest))
		return true;
	if (verb->traits & VERB_ANSWERS_ERRNO && errno_parse(outcome->word, &error))
		return true;
	if (verb->traits & VERB_ANSWERS_STATE) {
		if (word_find(states, outcome->word, &state))
			return true;
		for (const struct word *word = states; word->name; word++)
			nearest_offer(ret_nearest, outcome->word, word->name);
	}
	return false;
}
