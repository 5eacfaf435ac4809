/* SPDX-License-Identifier: MIT */
/* A case as a packetdrill script: one side is the kernel under test, whose calls are made; the
 * other one is segments. What was sent by whom and when comes from a record of a run.
 *
 * A record has telling events only. The acknowledgments between them are those that a kernel sends
 * for each segment with data or a FIN; its own may be put off, hence the time that they are given.
 * Wherever the record and this account differ, the case is refused. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "emit_languages.h"
#include "emit_text.h"

#define MOST_BYTES 1000 /* of a call: one segment each */
#define LISTENER_FD 3
#define PATIENCE "+0~+.25" /* TCP_DELACK_MAX, and some */

struct end {
	int64_t next; /* sequence number of what it sends next, the SYN being 0 */
	bool is_finished, is_reset;
};

struct script_writer {
	const struct emit_plan *plan;
	const struct record *record;
	FILE *out;
	enum side kernel; /* the side under test */
	int fd; /* its connection */
	struct end ends[2];
	uint32_t next_event;
	int64_t data[2]; /* that calls have sent and events have yet to show */
};

static bool is_verb(const struct action *action, const char *name)
{
	return !strcmp(verbs[action->verb].name, name);
}

static const char *const calls[] = {"send", "write", "recv", "read", "close", "shutdown",
	"setsockopt", "getsockopt", "poll", "ioctl", NULL};

/* What only looks, from outside: a comment. */
static bool only_looks(const struct action *action)
{
	return action->verb == VERB_STATE || action->verb == VERB_PEER_STATE;
}

static bool is_call(const struct action *action)
{
	for (const char *const *name = calls; *name; name++)
		if (is_verb(action, *name))
			return true;
	return false;
}

static bool sends(const struct action *action)
{
	return is_verb(action, "send") || is_verb(action, "write");
}

static int refuse_option(const struct emit_plan *plan, const struct action *action)
{
	static const char *const known[] = {"SO_LINGER", "SO_ERROR", "SO_KEEPALIVE", "SO_RCVLOWAT",
		"TCP_NODELAY", "SO_OOBINLINE"};
	const char *name = socket_options[action->operands[0]].name;
	bool is_short = is_verb(action, "getsockopt")
		? action->operands[1] != OPERAND_ABSENT
		: !strcmp(name, "SO_LINGER") && action->operands[2] == OPERAND_ABSENT;

	for (unsigned i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(name, known[i]) && !is_short)
			return 0;
	return emit_refuse(plan, action, "the option %s", name);
}

static int refuse_flags(const struct emit_plan *plan, const struct action *action)
{
	if (verbs[action->verb].operands[1].kind != OPERAND_BITS ||
		action->operands[1] == OPERAND_ABSENT ||
		!(action->operands[1] & ~(MSG_PEEK | MSG_NOSIGNAL | MSG_DONTWAIT)))
		return 0;
	return emit_refuse(plan, action, "these flags decide what segments there are");
}

/* Whether a step can be said, as a call or as the segments that it caused. */
static int check_step(const struct emit_plan *plan, const struct action *action)
{
	int r = refuse_flags(plan, action);

	if (r || only_looks(action))
		return r;
	if (action->begins || action->actor || action->has_names_on || action->has_names_as ||
		action->side == SIDE_LISTENER)
		return emit_refuse(plan, action, "one process, one connection, no call that waits");
	if (!is_call(action))
		return emit_refuse(plan, action, "'%s'", verbs[action->verb].name);
	if (is_verb(action, "setsockopt") || is_verb(action, "getsockopt"))
		return refuse_option(plan, action);
	if (sends(action) && action->operands[0] > MOST_BYTES)
		return emit_refuse(plan, action, "more than a segment holds");
	return 0;
}

static int check_case(const struct emit_plan *plan)
{
	int r = 0;

	if (plan->script->start != START_CONNECTED || plan->has_processes)
		return emit_refuse(plan, NULL, "only what begins with one connection");
	if (plan->order->variant != VARIANT_IPV4 && plan->order->variant != VARIANT_SWAPPED)
		return emit_refuse(plan, NULL, "only IPv4 (--variant)");
	if (plan->script->n_options || plan->script->n_sysctls)
		return emit_refuse(plan, NULL, "options and sysctls of the set-up");
	for (uint32_t i = 0; !r && i < plan->script->n_actions; i++)
		r = check_step(plan, &plan->script->actions[i]);
	return r;
}

#define RESET_WEIGHT 100

static int count_error(const struct outcome *want)
{
	int error;

	return want->error || (want->kind == OUTCOME_WORD && errno_parse(want->word, &error));
}

/* The side that resets; else the one whose calls end otherwise than well. */
static enum side choose_kernel(const struct emit_plan *plan)
{
	int scores[2] = {0, 0};

	for (size_t i = 0; i < plan->test_case->n_lines; i++) {
		const struct case_line *one = &plan->test_case->lines[i];

		if (one->kind == LINE_WIRE && !one->is_nothing && one->event.kind >= EVENT_RST)
			scores[one->event.side] += RESET_WEIGHT;
		if (one->kind == LINE_STEP && side_is_end(plan->script->actions[one->action].side))
			scores[plan->script->actions[one->action].side] += count_error(&one->want);
	}
	return scores[SIDE_SERVER] > scores[SIDE_CLIENT] ? SIDE_SERVER : SIDE_CLIENT;
}

static void line(const struct script_writer *writer, const char *text)
{
	fprintf(writer->out, "%s\n", text);
}

/* The kernel's end is made as its side was: by connect() or by accept(). */
static void write_handshake(struct script_writer *writer)
{
	if (writer->kernel == writer->plan->connects) {
		writer->fd = LISTENER_FD;
		line(writer, "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
		line(writer, "+0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)");
		line(writer, "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0");
		line(writer,
			"+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)");
		line(writer, "+0 > S 0:0(0) <...>");
		line(writer, "+0 < S. 0:0(0) ack 1 win 65535 <mss 1460>");
		line(writer, "+0 > . 1:1(0) ack 1");
		line(writer, "+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0");
		line(writer, "+0 fcntl(3, F_SETFL, O_RDWR) = 0");
		return;
	}
	writer->fd = LISTENER_FD + 1;
	line(writer, "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3");
	line(writer, "+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0");
	line(writer, "+0 bind(3, ..., ...) = 0");
	line(writer, "+0 listen(3, 8) = 0");
	line(writer, "+0 < S 0:0(0) win 65535 <mss 1460>");
	line(writer, "+0 > S. 0:0(0) ack 1 <...>");
	line(writer, "+0 < . 1:1(0) ack 1 win 65535");
	line(writer, "+0 accept(3, ..., ...) = 4");
}

static enum side other(enum side side)
{
	return side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
}

/* A segment of `side`. What is injected has a window; what is sent is not asked for its one. */
static void write_segment(const struct script_writer *writer, enum side side, const char *flags,
	int64_t seq, int64_t bytes, int64_t ack, const char *time)
{
	bool injected = side != writer->kernel;

	fprintf(writer->out, "%s %c %s %lld:%lld(%lld)", time, injected ? '<' : '>', flags,
		(long long)seq, (long long)(seq + bytes), (long long)bytes);
	if (ack >= 0)
		fprintf(writer->out, " ack %lld", (long long)ack);
	fprintf(writer->out, "%s\n", injected ? " win 65535" : "");
}

/* For a segment of `side` that takes room in sequence space. */
static void write_acknowledgment(const struct script_writer *writer, enum side side)
{
	enum side by = other(side);

	if (writer->ends[by].is_reset)
		return;
	write_segment(writer, by, ".", writer->ends[by].next, 0, writer->ends[side].next,
		by == writer->kernel ? PATIENCE : "+0");
}

static void write_data(struct script_writer *writer, enum side side, int64_t bytes)
{
	struct end *end = &writer->ends[side];

	write_segment(writer, side, "P.", end->next, bytes, writer->ends[other(side)].next, "+0");
	end->next += bytes;
	writer->data[side] += bytes;
}

static int disagree(const struct script_writer *writer, const struct event *event)
{
	char text[EVENT_TEXT_SIZE];

	return emit_refuse(writer->plan, NULL, "its segments are not what its calls explain (%s)",
		event_print(event, text, sizeof(text)));
}

static int write_fin(struct script_writer *writer, const struct event *event)
{
	struct end *end = &writer->ends[event->side];

	if (event->with_data || end->is_finished || event->seq != end->next)
		return disagree(writer, event);
	write_segment(writer, event->side, "F.", end->next, 0,
		writer->ends[other(event->side)].next, "+0");
	end->next++;
	end->is_finished = true;
	return 0;
}

static int write_reset(struct script_writer *writer, const struct event *event)
{
	bool has_ack = event->kind == EVENT_RST_ACK;

	if (!(event->given & EVENT_HAS_SEQ) || (has_ack && !(event->given & EVENT_HAS_ACK)))
		return disagree(writer, event);
	write_segment(writer, event->side, has_ack ? "R." : "R", event->seq, 0,
		has_ack ? event->ack : -1, "+0");
	writer->ends[0].is_reset = writer->ends[1].is_reset = true;
	return 0;
}

/* Whether a reset comes before anything else but data, in answer to what was just sent. */
static bool is_answered_by_reset(const struct script_writer *writer, int64_t until_ns)
{
	const struct record *record = writer->record;

	for (uint32_t i = writer->next_event; i < record->n_events; i++) {
		if (record->events[i].at_ns >= until_ns)
			return false;
		if (record->events[i].event.kind != EVENT_DATA)
			return record->events[i].event.kind >= EVENT_RST;
	}
	return false;
}

/* The events of a step, each acknowledged unless a reset is the answer. */
static int write_events(struct script_writer *writer, int64_t until_ns)
{
	const struct record *record = writer->record;
	int r = 0;

	while (!r && writer->next_event < record->n_events &&
		record->events[writer->next_event].at_ns < until_ns) {
		const struct event *event = &record->events[writer->next_event++].event;

		switch (event->kind) {
		case EVENT_DATA:
			writer->data[event->side] -= event->bytes;
			break; /* was written with its call */
		case EVENT_FIN:
			r = write_fin(writer, event);
			if (!r && !is_answered_by_reset(writer, until_ns))
				write_acknowledgment(writer, event->side);
			break;
		case EVENT_RST:
		case EVENT_RST_ACK: r = write_reset(writer, event); break;
		case EVENT_SYN:
		case EVENT_SYN_ACK: r = disagree(writer, event); break;
		}
	}
	return r;
}

static const char *level_name(const struct socket_option *option)
{
	return option->level == SOL_SOCKET ? "SOL_SOCKET" : "IPPROTO_TCP";
}

static void write_option(const struct script_writer *writer, const struct action *action,
	const struct outcome *outcome)
{
	const struct socket_option *option = &socket_options[action->operands[0]];
	bool sets = is_verb(action, "setsockopt");
	int error = 0;

	fprintf(writer->out, "%s(%d, %s, %s, ", verbs[action->verb].name, writer->fd,
		level_name(option), option->name);
	if (option->shape == OPTION_LINGER)
		fprintf(writer->out, "{onoff=%lld, linger=%lld}, %s)",
			(long long)(sets ? action->operands[1] : outcome->number),
			(long long)(sets ? action->operands[2] : outcome->second),
			sets ? "8" : "[8]");
	else if (sets)
		fprintf(writer->out, "[%lld], 4)", (long long)action->operands[1]);
	else {
		if (outcome->kind == OUTCOME_WORD)
			errno_parse(outcome->word, &error);
		fprintf(writer->out, "[%lld], [4])",
			outcome->kind == OUTCOME_WORD ? (long long)error
						      : (long long)outcome->number);
	}
}

static void write_names(const struct script_writer *writer, const struct word *words,
	const char *prefix, int64_t bits)
{
	const char *between = "";

	for (; words->name; words++)
		if (bits & words->value) {
			fprintf(writer->out, "%s%s%s", between, prefix, words->name);
			between = "|";
		}
	fputs(*between ? "" : "0", writer->out);
}

static void write_poll(const struct script_writer *writer, const struct action *action,
	const struct outcome *outcome)
{
	fprintf(writer->out, "poll([{fd=%d, events=", writer->fd);
	write_names(writer, readiness, "POLL", action->operands[0]);
	fprintf(writer->out, ", revents=");
	write_names(
		writer, readiness, "POLL", outcome->kind == OUTCOME_EVENTS ? outcome->events : 0);
	fprintf(writer->out, "}], 1, %d)", action->operands[1] == OPERAND_ABSENT ? 1000 : 0);
}

static void write_transfer(const struct script_writer *writer, const struct action *action,
	const struct outcome *outcome)
{
	bool has_flags = verbs[action->verb].operands[1].kind == OPERAND_BITS;
	int64_t flags =
		has_flags && action->operands[1] != OPERAND_ABSENT ? action->operands[1] : 0;

	if (is_verb(action, "send") && outcome->error == EPIPE)
		flags |= MSG_NOSIGNAL; /* the suite's processes ignore SIGPIPE */
	fprintf(writer->out, "%s(%d, ..., %lld", verbs[action->verb].name, writer->fd,
		(long long)action->operands[0]);
	if (has_flags) {
		fputs(", ", writer->out);
		write_names(writer, message_flags, "MSG_", flags);
	}
	fputc(')', writer->out);
}

/* " = 7", " = -1 ECONNRESET (Connection reset by peer)". */
static void write_outcome(const struct script_writer *writer, const struct action *action,
	const struct outcome *outcome)
{
	bool is_value = is_verb(action, "ioctl") || is_verb(action, "getsockopt");

	if (outcome->kind == OUTCOME_ERROR)
		fprintf(writer->out, " = -1 %s (%s)\n", errno_name(outcome->error),
			strerror(outcome->error));
	else if (is_value || outcome->kind == OUTCOME_WORD)
		fprintf(writer->out, " = 0\n");
	else
		fprintf(writer->out, " = %lld\n",
			outcome->kind == OUTCOME_EVENTS ? 1LL : (long long)outcome->number);
}

static void write_call(const struct script_writer *writer, const struct action *action,
	const struct outcome *outcome)
{
	fprintf(writer->out, "+0 ");
	if (is_verb(action, "setsockopt") || is_verb(action, "getsockopt"))
		write_option(writer, action, outcome);
	else if (is_verb(action, "poll"))
		write_poll(writer, action, outcome);
	else if (is_verb(action, "ioctl")) /* not every packetdrill knows the names */
		fprintf(writer->out, "ioctl(%d, 0x%llx, [%lld])", writer->fd,
			(unsigned long long)action->operands[0], (long long)outcome->number);
	else if (is_verb(action, "shutdown"))
		fprintf(writer->out, "shutdown(%d, SHUT_%s)", writer->fd,
			word_name(shutdown_ways, action->operands[0]));
	else if (is_verb(action, "close"))
		fprintf(writer->out, "close(%d)", writer->fd);
	else
		write_transfer(writer, action, outcome);
	write_outcome(writer, action, outcome);
}

static int write_step(struct script_writer *writer, uint32_t i)
{
	const struct action *action = &writer->plan->script->actions[i];
	const struct record_step *step = &writer->record->steps[i];
	int64_t until = i + 1 < writer->record->n_steps ? step[1].at_ns : INT64_MAX;
	char what[RECORD_CALL_SIZE + 32], outcome[OUTCOME_TEXT_SIZE];
	int r;

	emit_what(action, what, sizeof(what));
	fprintf(writer->out, "\n// %s = %s\n", what,
		outcome_print(&step->outcome, outcome, sizeof(outcome)));
	if (action->side == writer->kernel && !only_looks(action))
		write_call(writer, action, &step->outcome);
	if (sends(action) && step->outcome.kind == OUTCOME_NUMBER && step->outcome.number > 0) {
		bool to_nobody = writer->ends[other(action->side)].is_reset;

		write_data(writer, action->side, step->outcome.number);
		if (to_nobody)
			return emit_refuse(writer->plan, action, "it goes to nobody");
		if (!is_answered_by_reset(writer, until))
			write_acknowledgment(writer, action->side);
	}
	r = write_events(writer, until);
	/* Following data is one event, which has the time of the first. */
	if (!r && (writer->data[SIDE_CLIENT] > 0 || writer->data[SIDE_SERVER] > 0))
		r = emit_refuse(writer->plan, action, "data waited to be sent");
	return r;
}

static int check_steps(const struct script_writer *writer)
{
	const struct record *record = writer->record;

	if (record->broken[0] || record->skip[0] ||
		record->n_steps != writer->plan->script->n_actions)
		return emit_refuse(writer->plan, NULL, "a whole run of it is needed: %s%s",
			record->broken, record->skip);
	for (uint32_t i = 0; i < record->n_steps; i++) {
		const struct action *action = &writer->plan->script->actions[i];

		if (is_verb(action, "shutdown") && !word_name(shutdown_ways, action->operands[0]))
			return emit_refuse(writer->plan, action, "shutdown() by number");
		if (is_verb(action, "ioctl") && record->steps[i].outcome.kind == OUTCOME_ERROR)
			return emit_refuse(writer->plan, action, "an ioctl() that fails");
	}
	return 0;
}

static int write_script(struct script_writer *writer)
{
	const struct emit_plan *plan = writer->plan;
	int r = check_steps(writer);

	if (r)
		return r;
	emit_about(plan, "// ", writer->out);
	fprintf(writer->out,
		"//\n// packetdrill FILE.pkt: the %s's kernel is under test; the %s is segments, with "
		"what they\n// were in a run of the case.\n\n",
		side_name(writer->kernel), side_name(other(writer->kernel)));
	write_handshake(writer);
	for (uint32_t i = 0; !r && i < plan->script->n_actions; i++)
		r = write_step(writer, i);
	if (!r && (writer->data[SIDE_CLIENT] || writer->data[SIDE_SERVER]))
		r = emit_refuse(
			plan, NULL, "not all that was sent went out in a segment of its own");
	return r;
}

int emit_packetdrill(const struct emit_plan *plan, FILE *stream)
{
	struct script_writer writer = {.plan = plan,
		.record = plan->order->record,
		.kernel = choose_kernel(plan),
		.ends = {{.next = 1}, {.next = 1}}};
	struct emit_buffer script;
	int r = check_case(plan);

	if (r || !writer.record)
		return r;
	if (emit_buffer_open(&script))
		return -ENOMEM;
	writer.out = script.stream;
	r = write_script(&writer);
	emit_buffer_close(&script);
	if (!r)
		r = script.text && fputs(script.text, stream) >= 0 ? 0 : -ENOMEM;
	free(script.text);
	return r;
}
