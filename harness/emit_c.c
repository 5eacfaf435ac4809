/* SPDX-License-Identifier: MIT */
/* A case as a program in C: one file, no library but the C library and POSIX threads. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "emit_dialect.h"
#include "emit_languages.h"
#include "emit_parts.h"
#include "emit_text.h"

#define WIDEST 100 /* a longer step goes on in the next line */

#define OWN_NETWORK "it needs a network of its own"
#define NEEDS_RIGHTS "it needs CAP_NET_ADMIN"
#define WHOLE_HOST "it is about the whole host, not about this connection"

/* Functions that are not the C library's are parts: emit_parts/parts.c.txt. */
static const struct emit_row rows[] = {
	{"socket", "descriptor(&$v, socket($F, SOCK_STREAM, 0))", NULL},
	{"bind", "number(bind_to($d, $a))", NULL},
	{"listen", "number(listen($d, $0))", NULL},
	{"connect", "number(connect_to($d, $a))", NULL},
	{"connect-unspec", "number(dissolve($d))", NULL},
	{"connect-to", NULL, "it depends on the host's routes"},
	{"accept", "descriptor(&$v, accept($d, NULL, NULL))", NULL},
	{"setsockopt", NULL, NULL}, /* by the option's shape */
	{"getsockopt", NULL, NULL},
	{"fcntl", NULL, NULL}, /* by the flag */
	{"getpeername", "number(has_peer($d))", NULL},
	{"getsockname", "number(has_name($d))", NULL},
	{"peer-address", "kind_of_peer($d)", NULL},
	{"ioctl", NULL, NULL}, /* by the request */
	{"blackhole", "number(drop_what_arrives($d, $b))", NULL},
	{"vanish", NULL, NEEDS_RIGHTS},
	{"shutdown", "number(shutdown($d, $h))", NULL},
	{"close", "number(close($d))", NULL},
	{"close-range", "number(close_range((unsigned)$d, (unsigned)$d, 0))", NULL},
	{"dup", "descriptor(&$v, dup($d))", NULL},
	{"dup2", "descriptor(&$d, dup2($n, $d))", NULL},
	{"limit-descriptors", "number(limit_descriptors($0))", NULL},
	{"open-null", "descriptor(&$v, open(\"/dev/null\", O_RDWR))", NULL},
	{"send", "number($[send($d, data, $0, $f)$])", NULL},
	{"recv", "number($<recv($d, data, $0, $f)$>)", NULL},
	{"read", "number($<read($d, data, $0)$>)", NULL},
	{"write", "number($[write($d, data, $0)$])", NULL},
	{"writev", "number($[send_halves($d, data, $0)$])", NULL},
	{"sendmsg", "number($[send_message($d, data, $0, $f)$])", NULL},
	{"sendto", "number($[sendto($d, data, $0, $f, NULL, 0)$])", NULL},
	{"recvmsg", "receive_message($d, data, $0, $f)", NULL},
	{"fast-open", "number($[fast_open($d, $a, data, $0, $f)$])", NULL},
	{"sendfile", "number($[send_file($d, data, $0)$])", NULL},
	{"splice", "number($<splice_in($d, $0)$>)", NULL},
	{"splice-to", "number($[splice_out($d, data, $0)$])", NULL},
	{"read-pipe", "number(read(the_pipe[0], data, $0))", NULL},
	{"fill", "fill($d$S)", NULL},
	{"drain", "drain($d$R)", NULL},
	{"poll", "polled($d, $p, $t)", NULL},
	{"select", "selected($d, $p, $t)", NULL},
	{"epoll-create", "descriptor(&$v, epoll_create1(0))", NULL},
	{"epoll-add", "number(epoll_change($P, EPOLL_CTL_ADD, $d, $e))", NULL},
	{"epoll-mod", "number(epoll_change($P, EPOLL_CTL_MOD, $d, $e))", NULL},
	{"epoll-del", "number(epoll_change($P, EPOLL_CTL_DEL, $d, 0))", NULL},
	{"epoll-wait", "epoll_waited($P, $w)", NULL},
	{"async", "number(signal_events($d, $s))", NULL},
	{"take-signal", "take_signal($s)", NULL},
	{"congestion", "number(set_congestion($d, \"$C\"))", NULL},
	{"signal", NULL, NULL}, /* by the disposition */
	{"pending", "is_pending($s) ? \"yes\" : \"no\"", NULL},
	{"exit", "(_exit($0), \"\")", NULL},
	{"sysctl", NULL, OWN_NETWORK},
	{"route", NULL, OWN_NETWORK},
	{"deliver", NULL, OWN_NETWORK},
	{"sockstat", NULL, WHOLE_HOST},
	{"counter", NULL, WHOLE_HOST},
	{"destroy", NULL, NEEDS_RIGHTS},
	{"destroy-by-bpf", NULL, NEEDS_RIGHTS},
	{"add-subflow", NULL, NEEDS_RIGHTS},
	{NULL, NULL, NULL},
};

static const struct emit_dialect single_process = {
	.rows = rows,
	.socket = "",
	.poll = "",
	.epoll = "",
	.signal = "",
	.set = {[OPTION_INT] = "number(set($d, $L, $O, $1))",
		[OPTION_LINGER] = "number(set_linger($d, $1, $2))",
		[OPTION_MILLISECONDS] = "number(set_time($d, $O, $1))"},
	.get = {[OPTION_INT] = "get($d, $L, $O)",
		[OPTION_LINGER] = "get_linger($d)",
		[OPTION_MILLISECONDS] = "number(get_time($d, $O))",
		[OPTION_ERROR] = "pending_error($d)",
		[OPTION_STATE] = "info_state($d)"},
	.dispositions = {[DISPOSITION_DEFAULT] = "number(on($s, SIG_DFL, 0))",
		[DISPOSITION_IGNORE] = "number(on($s, SIG_IGN, 0))",
		[DISPOSITION_CATCH] = "number(on($s, on_signal, 0))",
		[DISPOSITION_RESTART] = "number(on($s, on_signal, SA_RESTART))",
		[DISPOSITION_BLOCK] = "number(block($s))"},
	.tally_begin = "&",
	.tally_end = "",
	.integer_linger = "number(set($d, SOL_SOCKET, SO_LINGER, $1))",
	.flags = {"number(set_flag($d, O_NONBLOCK, $k))", "number(set_cloexec($d, $k))"},
	.amount = "number(amount($d, $q))",
	.outgoing = "number(outgoing($d, $q, $W))",
	.bad_accept = {[ACCEPT_BAD_ADDRESS] = "descriptor(&$v, accept_nowhere($d))",
		[ACCEPT_BAD_LENGTH] = "descriptor(&$v, accept_bad_length($d))"},
};

/* The program while it is written. */
struct writer {
	const struct emit_plan *plan;
	struct emit_dialect dialect;
	FILE *out; /* the functions */
	int stream; /* whose function is written */
	unsigned next; /* the turn that follows its last step */
};

static const char *page(const struct writer *writer)
{
	return writer->plan->has_processes ? "shared->" : "";
}

/* A statement, indented once; one that is too wide is broken behind its first argument. */
static void statement(const struct writer *writer, const char *format, ...)
{
	char text[1024], *comma;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	comma = strstr(text, "\", ");
	if (strlen(text) + 8 > WIDEST && comma) {
		comma[2] = 0;
		fprintf(writer->out, "\t%s\n\t\t%s\n", text, comma + 3);
	} else {
		fprintf(writer->out, "\t%s\n", text);
	}
}

/* The turn comes from another process only if the step before was not this one's. */
static void await_turn(struct writer *writer, unsigned turn)
{
	if (writer->plan->has_processes && writer->next != turn)
		statement(writer, "turn(%u);", turn);
	writer->next = turn + 1;
}

static int option_lines(const struct writer *writer, enum side side, const char *variable)
{
	int r = 0;

	for (uint32_t i = 0; !r && i < writer->plan->script->n_options; i++) {
		const struct script_option *option = &writer->plan->script->options[i];
		struct emit_buffer buffer;

		if (option->side != side)
			continue;
		if (emit_buffer_open(&buffer))
			return -ENOMEM;
		r = emit_option(writer->plan, &writer->dialect, option, variable, buffer.stream);
		emit_buffer_close(&buffer);
		/* Of number(set(...)) only the call. */
		if (!r)
			statement(writer, "%.*s;", (int)strlen(buffer.text) - 8, buffer.text + 7);
		free(buffer.text);
	}
	return r;
}

static const char *family(const struct writer *writer)
{
	return emit_is_ipv6(writer->plan->order->variant) ? "AF_INET6" : "AF_INET";
}

static void note_end(const struct writer *writer, enum side side, const char *name, bool by_port)
{
	char variable[EMIT_NAME_SIZE];

	if (!emit_is_asked(writer->plan, side, name))
		return;
	emit_variable(writer->plan, side, name, variable);
	statement(writer, "note(&%s%s_end, %s, %s);", page(writer), variable, variable,
		by_port ? "port" : "0");
}

/* A port that bind() chose is given back when listening ends; one that was asked for is kept. */
static bool port_is_given(const struct emit_plan *plan)
{
	static const char *const uses[] = {"accept", "close", "poll", "select", "state"};

	for (uint32_t i = 0; i < plan->script->n_actions; i++) {
		const struct action *action = &plan->script->actions[i];
		bool is_use = strcmp(emit_on_name(action), "listener") != 0;

		for (unsigned j = 0; j < sizeof(uses) / sizeof(*uses); j++)
			is_use |= !strcmp(verbs[action->verb].name, uses[j]);
		if (!is_use)
			return true;
	}
	return plan->has_processes;
}

static int write_listen(const struct writer *writer)
{
	bool is_given = port_is_given(writer->plan);
	int r;

	statement(
		writer, "listener = must(\"socket\", socket(%s, SOCK_STREAM, 0));", family(writer));
	r = option_lines(writer, writer->plan->listens, "listener");
	statement(writer, "must(\"bind\", bind_to(listener, \"%s\", %s));",
		emit_host(writer->plan->order->variant), is_given ? "port" : "0");
	statement(writer, "must(\"listen\", listen(listener, 8));");
	if (!is_given)
		statement(writer, "port = port_of(listener);");
	note_end(writer, writer->plan->listens, "listener", false);
	return r;
}

static int write_connect(const struct writer *writer)
{
	const char *name = side_name(writer->plan->connects);
	int r;

	statement(
		writer, "%s = must(\"socket\", socket(%s, SOCK_STREAM, 0));", name, family(writer));
	r = option_lines(writer, writer->plan->connects, name);
	if (writer->plan->script->start == START_CONNECTED)
		statement(writer, "must(\"connect\", connect_to(%s, \"%s\", port));", name,
			emit_host(writer->plan->order->variant));
	note_end(writer, writer->plan->connects, "sock", false);
	return r;
}

static int write_accept(const struct writer *writer)
{
	statement(writer, "%s = must(\"accept\", accept(listener, NULL, NULL));",
		side_name(writer->plan->listens));
	note_end(writer, writer->plan->listens, "sock", false);
	return 0;
}

/* Its steps are turns as well, in front of those of the case. */
static int write_set_up(struct writer *writer)
{
	static int (*const steps[])(const struct writer *) = {
		write_listen, write_connect, write_accept};
	const struct emit_plan *plan = writer->plan;
	int r = 0;

	for (unsigned i = 0; !r && i < plan->turns_before; i++) {
		enum side side = i == 1 ? plan->connects : plan->listens;
		int stream = plan->has_process[side] ? EMIT_STREAM(side, 0) : EMIT_MAIN;

		if (stream != writer->stream)
			continue;
		await_turn(writer, i);
		r = steps[i](writer);
		if (plan->has_processes)
			statement(writer, "done();");
	}
	return r;
}

static const struct case_line *line_of(const struct writer *writer, const struct action *action)
{
	return case_step(
		writer->plan->test_case, (uint32_t)(action - writer->plan->script->actions));
}

static bool catches_signals(const struct emit_plan *plan, enum side side)
{
	for (uint32_t i = 0; i < plan->script->n_actions; i++) {
		const struct action *action = &plan->script->actions[i];

		if (!strcmp(verbs[action->verb].name, "signal") &&
			emit_side(plan, action) == side &&
			(action->operands[1] == DISPOSITION_CATCH ||
				action->operands[1] == DISPOSITION_RESTART))
			return true;
	}
	return false;
}

static bool is_killed(const struct emit_plan *plan, const struct action *begun)
{
	for (uint32_t i = 0; i < plan->script->n_actions; i++) {
		const struct action *action = &plan->script->actions[i];

		if (action->verb == VERB_KILL && action->actor == begun->actor &&
			emit_side(plan, action) == emit_side(plan, begun))
			return true;
	}
	return false;
}

/* What performs the verb in this process. */
static int write_call(struct writer *writer, const struct action *action, FILE *out)
{
	enum side side = emit_side(writer->plan, action);
	bool with_signal = catches_signals(writer->plan, side);
	int r;

	fputs(with_signal ? "with_signal(" : "", out);
	r = emit_expression(writer->plan, &writer->dialect, action, out);
	fputs(with_signal ? ")" : "", out);
	return r;
}

static void write_states(const struct writer *writer, const struct action *action, FILE *out)
{
	char variable[EMIT_NAME_SIZE], want[OUTCOME_TEXT_SIZE];
	bool of_peer = action->verb == VERB_PEER_STATE ||
		(action->verb == VERB_UNTIL && action->operands[1] != OPERAND_ABSENT);

	emit_acted_on(writer->plan, action, variable);
	fprintf(out, "%s(%s%s_end.%s, %s%s_end.%s, ",
		action->verb == VERB_UNTIL ? "until" : "state_between", page(writer), variable,
		of_peer ? "peer" : "local", page(writer), variable, of_peer ? "local" : "peer");
	if (action->verb == VERB_UNTIL)
		fprintf(out, "\"%s\", %u)", word_name(states, action->operands[0]),
			writer->plan->script->deadline_ms / 1000);
	else
		fprintf(out, "\"%s\")",
			outcome_print(&line_of(writer, action)->want, want, sizeof(want)));
}

static void write_kill(const struct writer *writer, const struct action *action, FILE *out)
{
	static const char *const functions[] = {[EMIT_DIES] = "killed",
		[EMIT_IGNORES] = "ignored",
		[EMIT_CATCHES] = "interrupted",
		[EMIT_STOPS] = "stopped"};
	char actor[EMIT_NAME_SIZE];
	const char *name = word_name(signal_names, action->operands[0]);

	emit_actor(writer->plan, action, actor);
	fprintf(out, "%s(&shared->%s, ", functions[emit_fate(writer->plan, action)], actor);
	if (strcmp(name, "RTMAX"))
		fprintf(out, "SIG%s)", name);
	else
		fprintf(out, "%lld)", (long long)action->operands[0]);
}

/* The expression of a step, as text of what came of it. */
static int write_result(struct writer *writer, const struct action *action, FILE *out)
{
	const struct emit_plan *plan = writer->plan;
	char name[EMIT_NAME_SIZE];

	emit_actor(plan, action, name);
	switch ((enum verb_id)action->verb) {
	case VERB_AWAIT: fprintf(out, "awaited(&%s_call)", name); return 0;
	case VERB_AWAIT_BOTH: {
		const char *side = side_name(emit_side(plan, action));

		fprintf(out, "both(&%s_2_call, &%s_3_call)", side, side);
		return 0;
	}
	case VERB_LOOK: fprintf(out, "blocks(&%s_call)", name); return 0;
	case VERB_STATE:
	case VERB_PEER_STATE:
	case VERB_UNTIL: write_states(writer, action, out); return 0;
	case VERB_KILL: write_kill(writer, action, out); return 0;
	case VERB_FORK: {
		const char *side = side_name(emit_side(plan, action));
		long long child = action->operands[0];

		fprintf(out, "forked(&shared->%s_%lld, %s_%lld_process)", side, child, side, child);
		return 0;
	}
	default: break;
	}
	if (action->begins) {
		fprintf(out, "begin(&%s_call, %s_call_%u)", name, name, action->line);
		return 0;
	}
	return write_call(writer, action, out);
}

/* What the descriptors of a step are connected to, for whoever asks for their states. */
static void write_notes(const struct writer *writer, const struct action *action)
{
	const struct outcome *want = &line_of(writer, action)->want;
	const struct action *done = action;
	enum side side = emit_side(writer->plan, action);
	bool connects;

	if (action->verb == VERB_AWAIT)
		done = emit_begun(writer->plan, action);
	if (!done)
		return;
	connects = !strcmp(verbs[done->verb].name, "connect") ||
		!strcmp(verbs[done->verb].name, "fast-open");
	if (connects && want->kind == OUTCOME_ERROR && want->error != EINPROGRESS &&
		want->error != EINTR)
		return;
	if (connects || done->verb == VERB_BIND)
		note_end(writer, side, emit_on_name(done), connects);
	else if (emit_made_name(done) && !done->begins && want->kind != OUTCOME_ERROR)
		note_end(writer, side, emit_made_name(done), false);
}

static void write_bounds(const struct writer *writer, const struct case_line *line)
{
	if (line->has_bounds)
		statement(writer, "within(began, %g, %g);", (double)line->min_ms / 1000,
			(double)line->max_ms / 1000);
}

/* Whether the time is taken from here on. */
static bool is_timed(const struct writer *writer, const struct action *action)
{
	const struct action *last = writer->plan->script->actions + writer->plan->script->n_actions;

	if (!action->begins)
		return action->verb != VERB_AWAIT && line_of(writer, action)->has_bounds;
	for (const struct action *at = action + 1; at < last; at++)
		if (at->verb == VERB_AWAIT && emit_begun(writer->plan, at) == action)
			return line_of(writer, at)->has_bounds;
	return false;
}

/* In the process that does not survive it. */
static int write_last_call(struct writer *writer, const struct action *action, unsigned turn)
{
	char what[RECORD_CALL_SIZE + 32];
	struct emit_buffer result;
	int r;

	if (emit_buffer_open(&result))
		return -ENOMEM;
	r = write_result(writer, action, result.stream);
	emit_buffer_close(&result);
	await_turn(writer, turn);
	emit_what(action, what, sizeof(what));
	if (!r && action->verb == VERB_EXIT)
		statement(writer, "_exit(%lld);", (long long)action->operands[0]);
	else if (!r)
		statement(writer, "step(\"%s\", %s, \"its end\");", what, result.text);
	free(result.text);
	return r;
}

static void write_end(struct writer *writer, const struct action *action, unsigned turn)
{
	char what[RECORD_CALL_SIZE + 32], actor[EMIT_NAME_SIZE], want[OUTCOME_TEXT_SIZE];
	struct action process = *action;

	if (!writer->plan->is_forked[emit_side(writer->plan, action)][action->actor])
		process.actor = 0;
	emit_actor(writer->plan, &process, actor);
	emit_what(action, what, sizeof(what));
	outcome_print(&line_of(writer, action)->want, want, sizeof(want));
	await_turn(writer, turn);
	statement(writer, "step(\"%s\", ended(shared->%s.pid), \"%s\");", what, actor, want);
}

static int write_step(struct writer *writer, const struct action *action, unsigned turn)
{
	const struct case_line *line = line_of(writer, action);
	char what[RECORD_CALL_SIZE + 32], want[OUTCOME_TEXT_SIZE] = "begun", name[EMIT_NAME_SIZE];
	struct emit_buffer result;
	int r;

	if (emit_buffer_open(&result))
		return -ENOMEM;
	r = write_result(writer, action, result.stream);
	emit_buffer_close(&result);
	await_turn(writer, turn);
	emit_what(action, what, sizeof(what));
	if (!action->begins)
		outcome_print(&line->want, want, sizeof(want));
	if (is_timed(writer, action))
		statement(writer, "began = now();");
	if (!r)
		statement(writer, "step(\"%s\", %s, \"%s\");", what, result.text, want);
	free(result.text);
	if (action->verb == VERB_AWAIT && is_killed(writer->plan, action)) {
		emit_actor(writer->plan, action, name);
		statement(writer, "shared->%s.task = shared->%s.pid;", name, name);
	}
	write_bounds(writer, line);
	write_notes(writer, action);
	return r;
}

static int write_steps(struct writer *writer)
{
	const struct emit_plan *plan = writer->plan;
	int r = write_set_up(writer);

	for (uint32_t i = 0; !r && i < plan->script->n_actions; i++) {
		const struct action *action = &plan->script->actions[i];
		bool is_last = plan->has_processes && emit_is_last(plan, action);
		unsigned turn = plan->turns_before + i;

		if (emit_stream(plan, action) == writer->stream)
			r = is_last ? write_last_call(writer, action, turn)
				    : write_step(writer, action, turn);
		else if (is_last && writer->stream == EMIT_MAIN)
			write_end(writer, action, turn);
	}
	return r;
}

/* The thread of a call that is begun. */
static int write_thread(struct writer *writer, const struct action *action)
{
	char name[EMIT_NAME_SIZE];
	int r;

	emit_actor(writer->plan, action, name);
	fprintf(writer->out, "static void *%s_call_%u(void *unused)\n{\n", name, action->line);
	statement(writer, "(void)unused;");
	if (is_killed(writer->plan, action))
		statement(writer,
			"shared->%s = (struct process){getpid(), (pid_t)syscall(SYS_gettid)};",
			name);
	statement(writer, "enter(&%s_call);", name);
	fprintf(writer->out, "\tleave(&%s_call, ", name);
	r = write_call(writer, action, writer->out);
	fprintf(writer->out, ");\n\treturn NULL;\n}\n\n");
	return r;
}

static int write_threads(struct writer *writer)
{
	int r = 0;

	for (uint32_t i = 0; !r && i < writer->plan->script->n_actions; i++)
		if (writer->plan->script->actions[i].begins)
			r = write_thread(writer, &writer->plan->script->actions[i]);
	return r;
}

static int write_process(struct writer *writer, enum side side, unsigned actor)
{
	struct action action = {.side = side, .actor = (uint8_t)actor};
	char name[EMIT_NAME_SIZE];
	int r;

	emit_actor(writer->plan, &action, name);
	writer->stream = EMIT_STREAM(side, actor);
	writer->next = UINT32_MAX;
	fprintf(writer->out, "static void %s_process(void)\n{\n", name);
	r = write_steps(writer);
	fprintf(writer->out, "}\n\n");
	return r;
}

static int write_processes(struct writer *writer)
{
	const struct emit_plan *plan = writer->plan;
	int r = 0;

	for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++) {
		for (unsigned actor = ACTION_MAX_ACTOR; !r && actor; actor--)
			if (plan->is_forked[side][actor])
				r = write_process(writer, side, actor);
		if (!r && plan->has_process[side])
			r = write_process(writer, side, 0);
	}
	return r;
}

static void write_needs(const struct writer *writer)
{
	const struct emit_plan *plan = writer->plan;
	unsigned version = plan->test_case->needs_version;

	if (version)
		statement(writer, "require_linux(%u, %u);", version >> 16, version & 0xffff);
	for (uint32_t i = 0; i < plan->script->n_sysctls; i++) {
		const struct script_sysctl *sysctl = &plan->script->sysctls[i];
		char path[96];

		snprintf(path, sizeof(path), "/proc/sys/%s", sysctl->name);
		for (char *at = path; *at; at++)
			*at = *at == '.' ? '/' : *at;
		statement(writer, "require(\"%s\", \"%s\", \"%s\");", sysctl->name, path,
			sysctl->value);
	}
}

static void write_ports(const struct writer *writer)
{
	const struct emit_plan *plan = writer->plan;
	bool is_bound = plan->script->start != START_NOTHING;

	if (is_bound ? port_is_given(plan) : plan->has_ports[0])
		statement(writer, "port = free_port();");
	for (unsigned i = 1; i < CASE_PORTS; i++)
		if (plan->has_ports[i])
			statement(writer, "port_%u = free_port();", i);
}

static int write_main(struct writer *writer)
{
	const struct emit_plan *plan = writer->plan;
	int r;

	writer->stream = EMIT_MAIN;
	writer->next = 0;
	fprintf(writer->out, "int main(void)\n{\n");
	statement(writer, "setvbuf(stdout, NULL, _IOLBF, 0);");
	statement(writer, "signal(SIGPIPE, SIG_IGN);");
	statement(writer, "signal(SIGALRM, too_late);");
	statement(writer, "alarm(%u);", plan->seconds);
	write_needs(writer);
	statement(writer, "open_marker();");
	write_ports(writer);
	if (plan->has_processes) {
		statement(writer, "share();");
		statement(writer, "signal(SIGCHLD, on_child);");
	}
	for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
		if (plan->has_process[side])
			statement(writer, "must(\"fork\", start(&shared->%s, %s_process, 0));",
				side_name(side), side_name(side));
	fputc('\n', writer->out);
	r = write_steps(writer);
	await_turn(writer, plan->turns_before + plan->script->n_actions);
	fprintf(writer->out, "\n\tprintf(\"as expected\\n\");\n\treturn 0;\n}\n");
	return r;
}

static int write_functions(struct writer *writer)
{
	int r = write_threads(writer);

	if (!r)
		r = write_processes(writer);
	return r ? r : write_main(writer);
}

/* Every name once: each word of `list` that is not there yet. */
static void declare(char *list, size_t size, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += length)
		if ((at == list || at[-1] == ' ') && (at[length] == ',' || !at[length]))
			return;
	snprintf(list + strlen(list), size - strlen(list), "%s%s", *list ? ", " : "", word);
}

/* The descriptors, which all functions of a process know. */
static void list_descriptors(const struct emit_plan *plan, char *list, size_t size)
{
	char name[EMIT_NAME_SIZE];

	if (plan->script->start != START_NOTHING) {
		declare(list, size, "listener");
		declare(list, size, side_name(plan->connects));
	}
	if (plan->script->start == START_CONNECTED)
		declare(list, size, side_name(plan->listens));
	for (uint32_t i = 0; i < plan->script->n_actions; i++) {
		const struct action *action = &plan->script->actions[i];

		if (!(verbs[action->verb].traits & VERB_NO_DESCRIPTOR) &&
			!(verbs[action->verb].traits & VERB_BY_CONDUCTOR))
			declare(list, size, emit_acted_on(plan, action, name));
		if (emit_made_name(action))
			declare(list, size, emit_made(plan, action, name));
		if (verbs[action->verb].operands[0].kind == OPERAND_NAME)
			declare(list, size,
				emit_variable(plan, emit_side(plan, action), action->name, name));
	}
}

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Whether the program has this word. */
static bool is_used(const char *program, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = program; (at = strstr(at, word)); at += length)
		if (!is_word_char(at[length]) && (at == program || !is_word_char(at[-1])))
			return true;
	return false;
}

/* Declares those of the list that the program uses. */
static void write_used(
	const char *program, const char *type, const char *names, const char *initial, FILE *out)
{
	char list[512], *rest = list, *name;
	const char *between = type;

	snprintf(list, sizeof(list), "%s", names);
	while ((name = strsep(&rest, ","))) {
		name += *name == ' ';
		if (!*name || !is_used(program, name))
			continue;
		fprintf(out, "%s%s%s", between, name, initial);
		between = ", ";
	}
	if (*between == ',')
		fprintf(out, ";\n");
}

/* A descriptor that nothing has made yet is one that the kernel refuses. */
static void write_variables(const struct emit_plan *plan, const char *program, FILE *out)
{
	char list[512] = "";

	list_descriptors(plan, list, sizeof(list));
	write_used(program, "static int ", list, " = -1", out);
	write_used(program, "static int ", "port, port_1, port_2, port_3", "", out);
	write_used(program, "static double ", "began", "", out);
	if (is_used(program, "data"))
		fprintf(out, "static char data[%lld];\n",
			(long long)(plan->most_bytes ? plan->most_bytes : 1));
}

static void list_objects(const struct emit_plan *plan, char ends[256], char calls[256])
{
	char name[EMIT_NAME_SIZE + 8];

	*ends = *calls = 0;
	for (uint32_t i = 0; i < plan->script->n_actions; i++) {
		const struct action *action = &plan->script->actions[i];

		if (action->verb == VERB_STATE || action->verb == VERB_UNTIL ||
			action->verb == VERB_PEER_STATE) {
			emit_acted_on(plan, action, name);
			strcat(name, "_end");
			declare(ends, 256, name);
		}
		if (action->begins) {
			emit_actor(plan, action, name);
			strcat(name, "_call");
			declare(calls, 256, name);
		}
	}
}

#define TALLIES "client_sent, client_received, server_sent, server_received"

/* What is of the parts' types; behind them. */
static void write_objects(const struct emit_plan *plan, const char *program, FILE *out)
{
	char ends[256], calls[256];

	list_objects(plan, ends, calls);
	if (*calls)
		fprintf(out, "static struct call %s;\n", calls);
	if (*ends && !plan->has_processes)
		fprintf(out, "static struct end %s;\n", ends);
	if (plan->counts && !plan->has_processes)
		write_used(program, "static _Atomic long ", TALLIES, "", out);
}

static void write_shared(const struct emit_plan *plan, FILE *out)
{
	char list[128] = "", ends[256], calls[256], name[EMIT_NAME_SIZE];

	for (unsigned side = 0; side < 2; side++)
		for (unsigned actor = 0; actor <= ACTION_MAX_ACTOR; actor++) {
			struct action action = {.side = (enum side)side, .actor = (uint8_t)actor};
			bool is_there = actor
				? plan->is_forked[side][actor] || is_killed(plan, &action)
				: plan->has_process[side];

			if (is_there)
				declare(list, sizeof(list), emit_actor(plan, &action, name));
		}
	list_objects(plan, ends, calls);
	fprintf(out, "\tstruct process %s;\n", list);
	if (*ends)
		fprintf(out, "\tstruct end %s;\n", ends);
	if (plan->counts)
		fprintf(out, "\t_Atomic long " TALLIES ";\n");
}

static void write_errors(const struct emit_plan *plan, FILE *out)
{
	static const int usual[] = {ECONNRESET, EPIPE, ECONNREFUSED, ENOTCONN, ETIMEDOUT, EAGAIN};
	bool is_used[256] = {false};
	int error;

	for (unsigned i = 0; i < sizeof(usual) / sizeof(*usual); i++)
		is_used[usual[i]] = true;
	for (uint32_t i = 0; i < plan->script->n_actions; i++) {
		const struct outcome *want = &case_step(plan->test_case, i)->want;

		if (want->error > 0 && want->error < 256)
			is_used[want->error] = true;
		if (want->kind == OUTCOME_WORD && errno_parse(want->word, &error))
			is_used[error & 255] = true;
	}
	for (int i = 1; i < 256; i++)
		if (is_used[i])
			fprintf(out, "\tcase %s: return \"%s\";\n", errno_name(i), errno_name(i));
}

static void write_signals(const struct emit_plan *plan, FILE *out)
{
	bool is_used[128] = {false};
	char name[16];

	for (uint32_t i = 0; i < plan->script->n_actions; i++) {
		const struct action *action = &plan->script->actions[i];
		const struct outcome *want = &case_step(plan->test_case, i)->want;

		is_used[want->signal & 127] = true;
		if (verbs[action->verb].operands[0].words == signal_names)
			is_used[action->operands[0] & 127] = true;
	}
	for (int i = 1; i < 128; i++)
		if (is_used[i] && word_name(signal_names, i) && i < 32)
			fprintf(out, "\tcase %s: return \"%s\";\n",
				signal_name(i, name, sizeof(name)),
				signal_name(i, name, sizeof(name)));
}

/* What puts off acknowledgments is off in the suite's own runs, so that each step is complete. */
static void write_acknowledging(const struct emit_plan *plan, FILE *out)
{
	char list[512] = "";

	if (plan->script->default_timing)
		return;
	list_descriptors(plan, list, sizeof(list));
	for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
		if (is_used(list, side_name(side)))
			fprintf(out, "\t\tacknowledge(%s);\n", side_name(side));
}

static bool has_ranges(const struct emit_plan *plan)
{
	for (uint32_t i = 0; i < plan->script->n_actions; i++) {
		const struct outcome *want = &case_step(plan->test_case, i)->want;

		if (want->is_range || want->kind == OUTCOME_ANY)
			return true;
	}
	return false;
}

enum filling {
	FILLING_ERRORS,
	FILLING_SIGNALS,
	FILLING_QUICK,
	FILLING_SHARED,
	FILLING_TURNS,
	FILLINGS_MADE,
};

static int make_fillings(const struct emit_plan *plan, struct emit_buffer made[FILLINGS_MADE])
{
	for (unsigned i = 0; i < FILLINGS_MADE; i++)
		if (emit_buffer_open(&made[i]))
			return -ENOMEM;
	write_errors(plan, made[FILLING_ERRORS].stream);
	write_signals(plan, made[FILLING_SIGNALS].stream);
	write_acknowledging(plan, made[FILLING_QUICK].stream);
	write_shared(plan, made[FILLING_SHARED].stream);
	fprintf(made[FILLING_TURNS].stream, "%u", plan->turns_before + plan->script->n_actions + 1);
	for (unsigned i = 0; i < FILLINGS_MADE; i++) {
		emit_buffer_close(&made[i]);
		emit_chomp(made[i].text);
	}
	return 0;
}

static int write_parts(const struct emit_plan *plan, const char *functions, FILE *top, FILE *middle)
{
	struct emit_buffer made[FILLINGS_MADE] = {0};
	bool catches = catches_signals(plan, SIDE_CLIENT) || catches_signals(plan, SIDE_SERVER),
	     many = plan->has_processes;
	int r = make_fillings(plan, made);
	const struct emit_filling fillings[] = {{"ERRORS", made[FILLING_ERRORS].text},
		{"SIGNALS", made[FILLING_SIGNALS].text}, {"QUICK", made[FILLING_QUICK].text},
		{"SHARED", made[FILLING_SHARED].text}, {"TURNS", made[FILLING_TURNS].text},
		{"CLEAR",
			catches && many
				? "\tcaught = 0; /* it came to this thread, but in no call */"
				: ""},
		{"CAUGHT", many ? "\tshared->caught++;" : ""},
		{"COMPARE",
			has_ranges(plan) ? "!is_wanted(result, wanted)" : "strcmp(result, wanted)"},
		{"DIFFERS", many ? "\t\tshared->differs = 1;" : ""},
		{"NEXT", many ? "\tsem_post(&shared->turns[++shared->now]);" : ""},
		{"FAMILY", emit_is_ipv6(plan->order->variant) ? "AF_INET6" : "AF_INET"},
		{"ANY", emit_is_ipv6(plan->order->variant) ? "::" : "0.0.0.0"},
		{"FILL_TOTAL", plan->counts ? ", _Atomic long *sent" : ""},
		{"FILL_COUNT", plan->counts ? "\t*sent += all;" : ""}, {NULL, NULL}};
	const struct emit_parts parts = {.text = emit_parts_c,
		.gathers = {"#include "},
		.comment = "//",
		.fillings = fillings};

	if (!r)
		r = emit_parts_write(&parts, functions, top, middle);
	for (unsigned i = 0; i < FILLINGS_MADE; i++)
		free(made[i].text);
	return r;
}

static int write_file(const struct emit_plan *plan, const char *functions, FILE *stream)
{
	struct emit_buffer middle;
	int r;

	if (emit_buffer_open(&middle))
		return -ENOMEM;
	fprintf(stream, "/* SPDX-License-Identifier: MIT\n");
	emit_about(plan, " * ", stream);
	fprintf(stream,
		" *\n"
		" * cc FILE.c && ./a.out: a line for each step; 0: as expected, 1: something differs. */\n"
		"#define _GNU_SOURCE\n");
	r = write_parts(plan, functions, stream, middle.stream);
	emit_buffer_close(&middle);
	if (!r && !middle.text)
		r = -ENOMEM;
	fputc('\n', stream);
	write_variables(plan, functions, stream);
	if (!r)
		fprintf(stream, "\n%s", middle.text);
	write_objects(plan, functions, stream);
	fprintf(stream, "\n%s", functions);
	free(middle.text);
	return r;
}

int emit_c(const struct emit_plan *plan, FILE *stream)
{
	struct writer writer = {.plan = plan, .dialect = single_process};
	struct emit_buffer functions;
	int r;

	if (emit_buffer_open(&functions))
		return -ENOMEM;
	if (plan->has_processes)
		writer.dialect.tally_begin = "&shared->";
	writer.out = functions.stream;
	r = write_functions(&writer);
	emit_buffer_close(&functions);
	if (!r)
		r = functions.text ? write_file(plan, functions.text, stream) : -ENOMEM;
	free(functions.text);
	return r;
}
