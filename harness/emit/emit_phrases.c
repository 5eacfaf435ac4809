/* SPDX-License-Identifier: MIT */
/* The languages side by side. Functions that are not of their libraries are parts: parts/. */
#include "emit_phrases.h"

#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>

#define SPOKEN (EMIT_PYTHON + 1)

/* Of the verbs for which no operand decides. */
static const struct {
	const char *verb, *in[SPOKEN]; /* NULL: it cannot be said */
} rows[] = {
	{"socket",
		{"descriptor(&$v, socket($F, $Y, 0))",
			"descriptor(\"$v\", socket.socket($F, socket.SOCK_STREAM))"}},
	{"bind", {"number(bind_to($d, $a))", "$d.bind(($a))"}},
	{"listen", {"number(listen($d, $0))", "$d.listen($0)"}},
	{"connect", {"number(connect_to($d, $a))", "$d.connect(($a))"}},
	{"connect-unspec", {"number(dissolve($d))", "dissolve($d)"}},
	{"accept",
		{"descriptor(&$v, accept($d, NULL, NULL))", "descriptor(\"$v\", $d.accept()[0])"}},
	{"getpeername", {"number(has_peer($d))", "no_result($d.getpeername())"}},
	{"getsockname", {"number(has_name($d))", "no_result($d.getsockname())"}},
	{"peer-address", {"kind_of_peer($d)", "kind_of_peer($d)"}},
	{"ioctl", {"number(amount($d, $q))", "amount($d, $q)"}},
	{"blackhole", {"number(drop_what_arrives($d, $b))", "drop_what_arrives($d, $b)"}},
	{"shutdown", {"number(shutdown($d, $h))", "$d.shutdown($h)"}},
	{"close", {"number(close($d))", "$d.close()"}},
	{"close-range", {"number(close_range((unsigned)$d, (unsigned)$d, 0))", NULL}},
	{"dup", {"descriptor(&$v, dup($d))", "descriptor(\"$v\", $d.dup())"}},
	{"dup2", {"descriptor(&$d, dup2($n, $d))", NULL}},
	{"limit-descriptors", {"number(limit_descriptors($0))", "limit_descriptors($0)"}},
	{"open-null", {"descriptor(&$v, open(\"/dev/null\", O_RDWR))", NULL}},
	{"send", {"number($[send($d, data, $0, $f)$])", "$[$d.send(data[:$0]$g)$]"}},
	{"recv", {"number($<recv($d, data, $0, $f)$>)", "$<len($d.recv($0$g))$>"}},
	{"read", {"number($<read($d, data, $0)$>)", "$<len(os.read($d.fileno(), $0))$>"}},
	{"write", {"number($[write($d, data, $0)$])", "$[os.write($d.fileno(), data[:$0])$]"}},
	{"writev",
		{"number($[send_halves($d, data, $0)$])",
			"$[os.writev($d.fileno(), [data[:$0 // 2], data[$0 // 2:$0]])$]"}},
	{"sendmsg",
		{"number($[send_message($d, data, $0, $f)$])",
			"$[$d.sendmsg([data[:$0]], []$g)$]"}},
	{"sendto", {"number($[sendto($d, data, $0, $f, NULL, 0)$])", NULL}},
	{"recvmsg", {"receive_message($d, data, $0, $f)", "receive_message($d, $0, $f)"}},
	{"fast-open",
		{"number($[fast_open($d, $a, data, $0, $f)$])",
			"$[$d.sendto(data[:$0], socket.MSG_FASTOPEN | $f, ($a))$]"}},
	{"sendfile", {"number($[send_file($d, data, $0)$])", "$[send_file($d, data[:$0])$]"}},
	{"splice", {"number($<splice_in($d, $0)$>)", NULL}},
	{"splice-to", {"number($[splice_out($d, data, $0)$])", NULL}},
	{"read-pipe", {"number(read(the_pipe[0], data, $0))", NULL}},
	{"fill", {"fill($d$S)", "fill($d$S)"}},
	{"drain", {"drain($d$R)", "drain($d$R)"}},
	{"poll", {"polled($d, $p, $t)", "polled($d, $p, $t)"}},
	{"select", {"selected($d, $p, $t)", "selected($d, $p, $t)"}},
	{"epoll-create",
		{"descriptor(&$v, epoll_create1(0))", "descriptor(\"$v\", select.epoll())"}},
	{"epoll-add", {"number(epoll_change($P, EPOLL_CTL_ADD, $d, $e))", "$P.register($d, $e)"}},
	{"epoll-mod", {"number(epoll_change($P, EPOLL_CTL_MOD, $d, $e))", "$P.modify($d, $e)"}},
	{"epoll-del", {"number(epoll_change($P, EPOLL_CTL_DEL, $d, 0))", "$P.unregister($d)"}},
	{"epoll-wait", {"epoll_waited($P, $w)", "epoll_waited($P, $w)"}},
	{"async", {"number(signal_events($d, $s))", "signal_events($d, $s)"}},
	{"take-signal", {"take_signal($s)", "take_signal($s)"}},
	{"congestion",
		{"number(set_congestion($d, \"$C\"))",
			"$d.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b\"$C\")"}},
	{"pending", {"is_pending($s) ? \"yes\" : \"no\"", "is_pending($s)"}},
	{"exit", {"_exit($0)", "os._exit($0)"}},
};

/* Where an operand decides. */
static const struct {
	const char *verb;
	unsigned operand;
	int64_t value;
	const char *in[SPOKEN];
} choices[] = {
	{"accept", 0, ACCEPT_BAD_ADDRESS, {"descriptor(&$v, accept_nowhere($d))", NULL}},
	{"accept", 0, ACCEPT_BAD_LENGTH, {"descriptor(&$v, accept_bad_length($d))", NULL}},
	/* O_NONBLOCK, FD_CLOEXEC */
	{"fcntl", 0, 0,
		{"number(set_flag($d, O_NONBLOCK, $k))", "set_flag($d, os.O_NONBLOCK, $k)"}},
	{"fcntl", 0, 1, {"number(set_cloexec($d, $k))", "set_cloexec($d, $k)"}},
	{"ioctl", 0, SIOCOUTQ, {"number(outgoing($d, $q, $W))", "outgoing($d, $q, $W)"}},
	{"ioctl", 0, SIOCOUTQNSD, {"number(outgoing($d, $q, $W))", "outgoing($d, $q, $W)"}},
	{"signal", 1, DISPOSITION_DEFAULT,
		{"number(on($s, SIG_DFL, 0))", "on($s, signal.SIG_DFL)"}},
	{"signal", 1, DISPOSITION_IGNORE, {"number(on($s, SIG_IGN, 0))", "on($s, signal.SIG_IGN)"}},
	{"signal", 1, DISPOSITION_CATCH, {"number(on($s, on_signal, 0))", NULL}},
	{"signal", 1, DISPOSITION_RESTART, {"number(on($s, on_signal, SA_RESTART))", NULL}},
	{"signal", 1, DISPOSITION_BLOCK, {"number(block($s))", "block($s)"}},
};

/* close(), where a later step uses the same name. */
static const char *const close_number[SPOKEN] = {"number(close($d))", "close_number($d)"};

static const char *const settings[][SPOKEN] = {
	[OPTION_INT] = {"set($d, $L, $O, $1)", "$d.setsockopt($L, $O, $1)"},
	[OPTION_LINGER] = {"set_linger($d, $1, $2)", "$d.setsockopt($L, $O, linger($1, $2))"},
	[OPTION_MILLISECONDS] = {"set_time($d, $O, $1)", "$d.setsockopt($L, $O, milliseconds($1))"},
	[OPTION_SIGNATURE] = {NULL, NULL},
};

static const char *const gettings[][SPOKEN] = {
	[OPTION_INT] = {"get($d, $L, $O)", "$d.getsockopt($L, $O)"},
	[OPTION_LINGER] = {"get_linger($d)", "get_linger($d)"},
	[OPTION_MILLISECONDS] = {"number(get_time($d, $O))", "get_time($d, $O)"},
	[OPTION_ERROR] = {"pending_error($d)", "pending_error($d)"},
	[OPTION_STATE] = {"info_state($d)", "state_name($d.getsockopt($L, $O, 1)[0])"},
	[OPTION_SIGNATURE] = {NULL, NULL},
};

/* SO_LINGER with one value. */
static const char *const integer_linger[SPOKEN] = {
	"set($d, SOL_SOCKET, SO_LINGER, $1)", "$d.setsockopt($L, $O, $1)"};

/* Statements of their own. */
static const char *const set_up[][SPOKEN] = {
	[EMIT_SOCKET] = {"$d = must(\"socket\", socket($F, $Y, 0))",
		"$d = socket.socket($F, socket.SOCK_STREAM)"},
	[EMIT_BIND] = {"must(\"bind\", bind_to($d, \"$H\", port))", "$d.bind((\"$H\", port))"},
	[EMIT_BIND_ANY] = {"must(\"bind\", bind_to($d, \"$H\", 0))", "$d.bind((\"$H\", 0))"},
	[EMIT_PORT_CHOSEN] = {"port = port_of($d)", "port = $d.getsockname()[1]"},
	[EMIT_LISTEN] = {"must(\"listen\", listen($d, 8))", "$d.listen(8)"},
	[EMIT_CONNECT] = {"must(\"connect\", connect_to($d, \"$H\", port))",
		"$d.connect((\"$H\", port))"},
	[EMIT_ACCEPT] = {"$d = must(\"accept\", accept(listener, NULL, NULL))",
		"$d = listener.accept()[0]"},
};

#define OWN_NETWORK "it needs a network of its own"
#define NEEDS_RIGHTS "it needs CAP_NET_ADMIN"
#define WHOLE_HOST "it is about the whole host, not about this connection"
#define NOT_IN_PYTHON "the standard library has no such call"

/* Why a language cannot say a verb. */
static const struct {
	const char *verb, *why;
} refusals[] = {
	{"connect-to", "it depends on the host's routes"},
	{"vanish", NEEDS_RIGHTS},
	{"close-range", NOT_IN_PYTHON},
	{"dup2", "a socket object does not survive it"},
	{"open-null", "a file object is no socket"},
	{"sendto", NOT_IN_PYTHON},
	{"splice", NOT_IN_PYTHON},
	{"splice-to", NOT_IN_PYTHON},
	{"read-pipe", NOT_IN_PYTHON},
	{"signal", "Python's own handlers run later, and it repeats the call (PEP 475)"},
	{"sysctl", OWN_NETWORK},
	{"route", OWN_NETWORK},
	{"deliver", OWN_NETWORK},
	{"sockstat", WHOLE_HOST},
	{"counter", WHOLE_HOST},
	{"destroy", NEEDS_RIGHTS},
	{"destroy-by-bpf", NEEDS_RIGHTS},
	{"add-subflow", NEEDS_RIGHTS},
	{"real-time", NEEDS_RIGHTS},
};

static bool is_verb(const struct action *action, const char *name)
{
	return !strcmp(verbs[action->verb].name, name);
}

static const char *setting(enum emit_language language, int64_t option, bool has_second_value)
{
	enum option_shape shape = socket_options[option].shape;

	return shape == OPTION_LINGER && !has_second_value ? integer_linger[language]
							   : settings[shape][language];
}

const char *emit_setting(enum emit_language language, const struct script_option *option)
{
	return setting(language, option->option, option->values[1] != OPERAND_ABSENT);
}

const char *emit_phrase(enum emit_language language, const struct action *action, bool is_done_with)
{
	const int64_t *operands = action->operands;

	if (is_verb(action, "setsockopt"))
		return setting(language, operands[0], operands[2] != OPERAND_ABSENT);
	if (is_verb(action, "getsockopt"))
		return operands[1] == OPERAND_ABSENT
			? gettings[socket_options[operands[0]].shape][language]
			: NULL;
	if (is_verb(action, "close") && !is_done_with)
		return close_number[language];
	for (size_t i = 0; i < sizeof(choices) / sizeof(*choices); i++)
		if (is_verb(action, choices[i].verb) &&
			operands[choices[i].operand] == choices[i].value)
			return choices[i].in[language];
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (is_verb(action, rows[i].verb))
			return rows[i].in[language];
	return NULL;
}

const char *emit_refusal(const struct action *action)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		if (is_verb(action, refusals[i].verb))
			return refusals[i].why;
	return NULL;
}

const char *emit_set_up_phrase(enum emit_language language, enum emit_set_up what)
{
	return set_up[what][language];
}
