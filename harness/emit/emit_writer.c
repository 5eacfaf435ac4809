/* SPDX-License-Identifier: MIT */
#include "emit_writer.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define WIDEST 100 /* a longer statement goes on in the next line */

void emit_statement(const struct emit_writer *writer, const char *format, ...)
{
	char text[1024], *comma;
	const char *end = writer->grammar->end;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	comma = strstr(text, "\", ");
	if (strlen(text) + 8 > WIDEST && comma) {
		comma[2] = 0;
		fprintf(writer->out, "%s%s\n%s\t\t%s%s\n", writer->indent, text, writer->indent,
			comma + 3, end);
	} else {
		fprintf(writer->out, "%s%s%s\n", writer->indent, text, end);
	}
}

int emit_buffered_statement(const struct emit_writer *writer, struct emit_buffer *buffer, int r)
{
	emit_buffer_close(buffer);
	if (!r && !buffer->text)
		r = -ENOMEM;
	if (!r)
		emit_statement(writer, "%s", buffer->text);
	free(buffer->text);
	return r;
}

int emit_program(struct emit_writer *writer, int (*write_functions)(struct emit_writer *writer),
	int (*write_file)(const struct emit_plan *plan, const char *functions, FILE *stream),
	FILE *stream)
{
	struct emit_buffer functions;
	int r;

	if (emit_buffer_open(&functions))
		return -ENOMEM;
	writer->out = functions.stream;
	r = write_functions(writer);
	emit_buffer_close(&functions);
	if (!r)
		r = functions.text ? write_file(writer->plan, functions.text, stream) : -ENOMEM;
	free(functions.text);
	return r;
}

void emit_turn(struct emit_writer *writer, unsigned turn)
{
	if (writer->plan->has_processes && writer->next != turn)
		emit_statement(writer, "turn(%u)", turn);
	writer->next = turn + 1;
}

void emit_note(const struct emit_writer *writer, enum side side, const char *name, bool by_port)
{
	char variable[EMIT_NAME_SIZE];

	if (!emit_is_asked(writer->plan, side, name))
		return;
	emit_variable(writer->plan, side, name, variable);
	emit_statement(writer, "note(%s%s_end, %s, %s)", emit_own(writer->plan, writer->dialect),
		variable, variable, by_port ? "port" : "0");
}

static const struct case_line *line_of(
	const struct emit_writer *writer, const struct action *action)
{
	return case_step(
		writer->plan->test_case, (uint32_t)(action - writer->plan->script->actions));
}

bool emit_catches_signals(const struct emit_plan *plan, enum side side)
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

bool emit_is_killed(const struct emit_plan *plan, const struct action *begun)
{
	for (uint32_t i = 0; i < plan->script->n_actions; i++) {
		const struct action *action = &plan->script->actions[i];

		if (action->verb == VERB_KILL && action->actor == begun->actor &&
			emit_side(plan, action) == emit_side(plan, begun))
			return true;
	}
	return false;
}

int emit_call(const struct emit_writer *writer, const struct action *action, FILE *out)
{
	bool with_signal = writer->grammar->with_signal &&
		emit_catches_signals(writer->plan, emit_side(writer->plan, action));
	int r;

	fputs(with_signal ? writer->grammar->with_signal : "", out);
	r = emit_expression(writer->plan, writer->dialect, action, out);
	fputs(with_signal ? ")" : "", out);
	return r;
}

static void write_states(const struct emit_writer *writer, const struct action *action, FILE *out)
{
	bool of_peer = action->verb == VERB_UNTIL && action->operands[1] != OPERAND_ABSENT;
	char variable[EMIT_NAME_SIZE], want[OUTCOME_TEXT_SIZE];
	const char *function = action->verb == VERB_STATE ? "state_of"
		: action->verb == VERB_PEER_STATE         ? "peer_state_of"
		: of_peer                                 ? "until_peer"
							  : "until";

	emit_acted_on(writer->plan, action, variable);
	fprintf(out, "%s(%s%s_end, ", function, emit_own(writer->plan, writer->dialect), variable);
	if (action->verb == VERB_UNTIL)
		fprintf(out, "\"%s\", %u)", word_name(states, action->operands[0]),
			writer->plan->script->deadline_ms / 1000);
	else
		fprintf(out, "\"%s\")",
			outcome_print(&line_of(writer, action)->want, want, sizeof(want)));
}

static void write_process(const struct emit_writer *writer, const struct action *action, FILE *out)
{
	char actor[EMIT_NAME_SIZE];

	fprintf(out, "%s%s%s", writer->dialect->own[true], emit_actor(writer->plan, action, actor),
		writer->grammar->process);
}

static void write_kill(const struct emit_writer *writer, const struct action *action, FILE *out)
{
	static const char *const functions[] = {[EMIT_DIES] = "killed",
		[EMIT_IGNORES] = "ignored",
		[EMIT_CATCHES] = "interrupted",
		[EMIT_STOPS] = "stopped"};
	const char *name = word_name(signal_names, action->operands[0]);

	fprintf(out, "%s(", functions[emit_fate(writer->plan, action)]);
	write_process(writer, action, out);
	if (strcmp(name, "RTMAX"))
		fprintf(out, ", %sSIG%s)", writer->dialect->signal, name);
	else
		fprintf(out, ", %lld)", (long long)action->operands[0]);
}

static void write_fork(const struct emit_writer *writer, const struct action *action, FILE *out)
{
	struct action child = {
		.side = emit_side(writer->plan, action), .actor = (uint8_t)action->operands[0]};
	char name[EMIT_NAME_SIZE];

	fputs("forked(", out);
	write_process(writer, &child, out);
	fprintf(out, ", %s_process)", emit_actor(writer->plan, &child, name));
}

/* The expression of a step, as text of what came of it. */
static int write_result(const struct emit_writer *writer, const struct action *action, FILE *out)
{
	const char *own = writer->dialect->own[false],
		   *side = side_name(emit_side(writer->plan, action));
	char name[EMIT_NAME_SIZE];

	emit_actor(writer->plan, action, name);
	switch ((enum verb_id)action->verb) {
	case VERB_AWAIT: fprintf(out, "awaited(%s%s_call)", own, name); return 0;
	case VERB_AWAIT_BOTH:
		fprintf(out, "both(%s%s_2_call, %s%s_3_call)", own, side, own, side);
		return 0;
	case VERB_LOOK: fprintf(out, "blocks(%s%s_call)", own, name); return 0;
	case VERB_STATE:
	case VERB_PEER_STATE:
	case VERB_UNTIL: write_states(writer, action, out); return 0;
	case VERB_KILL: write_kill(writer, action, out); return 0;
	case VERB_FORK:
		if (!writer->grammar->forks)
			return emit_refuse(writer->plan, action,
				"'fork': only a process's parent can tell how it ends");
		write_fork(writer, action, out);
		return 0;
	default: break;
	}
	return action->begins ? writer->grammar->begin(writer, action, out)
			      : emit_call(writer, action, out);
}

/* What the descriptors of a step are connected to, for whoever asks for their states. */
static void write_notes(const struct emit_writer *writer, const struct action *action)
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
		emit_note(writer, side, emit_on_name(done), connects);
	else if (emit_made_name(done) && !done->begins && want->kind != OUTCOME_ERROR)
		emit_note(writer, side, emit_made_name(done), false);
}

/* Whether the time is taken from here on. */
static bool is_timed(const struct emit_writer *writer, const struct action *action)
{
	const struct action *last = writer->plan->script->actions + writer->plan->script->n_actions;

	if (!action->begins)
		return action->verb != VERB_AWAIT && line_of(writer, action)->has_bounds;
	for (const struct action *at = action + 1; at < last; at++)
		if (at->verb == VERB_AWAIT && emit_begun(writer->plan, at) == action)
			return line_of(writer, at)->has_bounds;
	return false;
}

static int write_last_exit(struct emit_writer *writer, const struct action *action)
{
	struct emit_buffer call;
	int r;

	if (emit_buffer_open(&call))
		return -ENOMEM;
	r = emit_expression(writer->plan, writer->dialect, action, call.stream);
	return emit_buffered_statement(writer, &call, r);
}

/* step("client  recv 64", number(recv(...)), WANT). */
static int write_step_call(
	const struct emit_writer *writer, const struct action *action, const char *want)
{
	char what[RECORD_CALL_SIZE + 32];
	struct emit_buffer result;
	int r;

	if (emit_buffer_open(&result))
		return -ENOMEM;
	r = write_result(writer, action, result.stream);
	emit_buffer_close(&result);
	emit_what(action, what, sizeof(what));
	if (!r)
		emit_statement(writer, "step(\"%s\", %s%s, \"%s\")", what, writer->grammar->defer,
			result.text, want);
	free(result.text);
	return r;
}

/* In the process that does not survive it. */
static int write_last_call(struct emit_writer *writer, const struct action *action, unsigned turn)
{
	emit_turn(writer, turn);
	if (action->verb == VERB_EXIT)
		return write_last_exit(writer, action);
	return write_step_call(writer, action, "its end");
}

/* In the first one. */
static int write_end(struct emit_writer *writer, const struct action *action, unsigned turn)
{
	char what[RECORD_CALL_SIZE + 32], want[OUTCOME_TEXT_SIZE];
	struct action process = *action;
	struct emit_buffer name;

	if (emit_buffer_open(&name))
		return -ENOMEM;
	process.side = emit_side(writer->plan, action);
	if (!writer->plan->is_forked[process.side][action->actor])
		process.actor = 0;
	write_process(writer, &process, name.stream);
	emit_buffer_close(&name);
	emit_what(action, what, sizeof(what));
	outcome_print(&line_of(writer, action)->want, want, sizeof(want));
	emit_turn(writer, turn);
	if (name.text)
		emit_statement(writer, "step(\"%s\", %sended(%s), \"%s\")", what,
			writer->grammar->defer, name.text, want);
	free(name.text);
	return 0;
}

static int write_step(struct emit_writer *writer, const struct action *action, unsigned turn)
{
	const struct case_line *line = line_of(writer, action);
	char want[OUTCOME_TEXT_SIZE] = "begun";
	int r;

	if (!action->begins)
		outcome_print(&line->want, want, sizeof(want));
	emit_turn(writer, turn);
	if (is_timed(writer, action))
		emit_statement(writer, "began = now()");
	r = write_step_call(writer, action, want);
	if (writer->grammar->behind)
		writer->grammar->behind(writer, action);
	if (line->has_bounds)
		emit_statement(writer, "within(began, %g, %g)", (double)line->min_ms / 1000,
			(double)line->max_ms / 1000);
	write_notes(writer, action);
	return r;
}

int emit_steps(struct emit_writer *writer)
{
	const struct emit_plan *plan = writer->plan;
	int r = emit_set_up(writer);

	for (uint32_t i = 0; !r && i < plan->script->n_actions; i++) {
		const struct action *action = &plan->script->actions[i];
		bool is_last = plan->has_processes && emit_is_last(plan, action);
		unsigned turn = plan->turns_before + i;

		if (emit_stream(plan, action) == writer->stream)
			r = is_last ? write_last_call(writer, action, turn)
				    : write_step(writer, action, turn);
		else if (is_last && writer->stream == EMIT_MAIN)
			r = write_end(writer, action, turn);
	}
	return r;
}

void emit_declare(char list[EMIT_LIST_SIZE], const char *name)
{
	size_t at = strlen(list);

	if (!emit_has_word(list, name))
		snprintf(list + at, EMIT_LIST_SIZE - at, "%s%s", at ? ", " : "", name);
}

bool emit_has_ranges(const struct emit_plan *plan)
{
	for (uint32_t i = 0; i < plan->script->n_actions; i++) {
		const struct outcome *want = &case_step(plan->test_case, i)->want;

		if (want->is_range || want->kind == OUTCOME_ANY)
			return true;
	}
	return false;
}

void emit_list_descriptors(const struct emit_plan *plan, char list[EMIT_LIST_SIZE])
{
	char name[EMIT_NAME_SIZE];

	*list = 0;
	if (plan->script->start != START_NOTHING) {
		emit_declare(list, "listener");
		emit_declare(list, side_name(plan->connects));
	}
	if (plan->script->start == START_CONNECTED)
		emit_declare(list, side_name(plan->listens));
	for (uint32_t i = 0; i < plan->script->n_actions; i++) {
		const struct action *action = &plan->script->actions[i];

		if (!(verbs[action->verb].traits & (VERB_NO_DESCRIPTOR | VERB_BY_CONDUCTOR)))
			emit_declare(list, emit_acted_on(plan, action, name));
		if (emit_made_name(action))
			emit_declare(list, emit_made(plan, action, name));
		if (verbs[action->verb].operands[0].kind == OPERAND_NAME)
			emit_declare(list,
				emit_variable(plan, emit_side(plan, action), action->name, name));
	}
}

void emit_list_objects(
	const struct emit_plan *plan, char ends[EMIT_LIST_SIZE], char calls[EMIT_LIST_SIZE])
{
	char name[EMIT_NAME_SIZE + 8];

	*ends = *calls = 0;
	for (uint32_t i = 0; i < plan->script->n_actions; i++) {
		const struct action *action = &plan->script->actions[i];

		if (action->verb == VERB_STATE || action->verb == VERB_UNTIL ||
			action->verb == VERB_PEER_STATE) {
			emit_acted_on(plan, action, name);
			emit_declare(ends, strcat(name, "_end"));
		}
		if (action->begins) {
			emit_actor(plan, action, name);
			emit_declare(calls, strcat(name, "_call"));
		}
	}
}

void emit_acknowledging(
	const struct emit_plan *plan, const char *indent, const char *end, FILE *out)
{
	char list[EMIT_LIST_SIZE];

	if (plan->script->default_timing || emit_is_unix(plan->order->variant))
		return;
	emit_list_descriptors(plan, list);
	for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
		if (emit_has_word(list, side_name(side)))
			fprintf(out, "%sacknowledge(%s)%s\n", indent, side_name(side), end);
}

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

bool emit_has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += length)
		if (!is_word_char(at[length]) && (at == text || !is_word_char(at[-1])))
			return true;
	return false;
}
