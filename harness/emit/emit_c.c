/* SPDX-License-Identifier: MIT */
/* A case as a program in C: one file, no library but the C library and POSIX threads. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emit_languages.h"
#include "emit_parts.h"
#include "emit_writer.h"

static const struct emit_dialect dialect = {
	.language = EMIT_C,
	.socket = "",
	.poll = "",
	.epoll = "",
	.signal = "",
	.own = {"&", "&shared->"},
	.set_begin = "number(",
	.set_end = ")",
};

/* The thread of a call that is begun is a function. */
static int begin_call(const struct emit_writer *writer, const struct action *action, FILE *out)
{
	char name[EMIT_NAME_SIZE];

	emit_actor(writer->plan, action, name);
	fprintf(out, "begin(&%s_call, %s_call_%u)", name, name, action->line);
	return 0;
}

/* The thread that signals were for is gone. */
static void behind_step(const struct emit_writer *writer, const struct action *action)
{
	char name[EMIT_NAME_SIZE];

	if (action->verb != VERB_AWAIT || !emit_is_killed(writer->plan, action))
		return;
	emit_actor(writer->plan, action, name);
	emit_statement(writer, "shared->%s.task = shared->%s.pid", name, name);
}

static const char *family(const struct emit_plan *plan)
{
	if (emit_is_unix(plan->order->variant))
		return "AF_UNIX";
	return emit_is_ipv6(plan->order->variant) ? "AF_INET6" : "AF_INET";
}

static const struct emit_grammar grammar = {
	.end = ";",
	.defer = "",
	.process = "",
	.forks = true,
	.with_signal = "with_signal(",
	.begin = begin_call,
	.behind = behind_step,
};

/* The thread of a call that is begun. */
static int write_thread(struct emit_writer *writer, const struct action *action)
{
	char name[EMIT_NAME_SIZE];
	int r;

	emit_actor(writer->plan, action, name);
	fprintf(writer->out, "static void *%s_call_%u(void *unused)\n{\n", name, action->line);
	emit_statement(writer, "(void)unused");
	if (emit_is_killed(writer->plan, action))
		emit_statement(writer,
			"shared->%s = (struct process){getpid(), (pid_t)syscall(SYS_gettid)}",
			name);
	emit_statement(writer, "enter(&%s_call)", name);
	fprintf(writer->out, "\tleave(&%s_call, ", name);
	r = emit_call(writer, action, writer->out);
	fprintf(writer->out, ");\n\treturn NULL;\n}\n\n");
	return r;
}

static int write_threads(struct emit_writer *writer)
{
	int r = 0;

	for (uint32_t i = 0; !r && i < writer->plan->script->n_actions; i++)
		if (writer->plan->script->actions[i].begins)
			r = write_thread(writer, &writer->plan->script->actions[i]);
	return r;
}

static int write_process(struct emit_writer *writer, enum side side, unsigned actor)
{
	struct action action = {.side = side, .actor = (uint8_t)actor};
	char name[EMIT_NAME_SIZE];
	int r;

	emit_actor(writer->plan, &action, name);
	writer->stream = EMIT_STREAM(side, actor);
	writer->next = UINT32_MAX;
	fprintf(writer->out, "static void %s_process(void)\n{\n", name);
	r = emit_steps(writer);
	fprintf(writer->out, "}\n\n");
	return r;
}

static int write_processes(struct emit_writer *writer)
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

static int write_main(struct emit_writer *writer)
{
	const struct emit_plan *plan = writer->plan;
	int r;

	writer->stream = EMIT_MAIN;
	writer->next = 0;
	fprintf(writer->out, "int main(void)\n{\n");
	emit_statement(writer, "setvbuf(stdout, NULL, _IOLBF, 0)");
	emit_statement(writer, "signal(SIGPIPE, SIG_IGN)");
	emit_statement(writer, "signal(SIGALRM, too_late)");
	emit_statement(writer, "alarm(%u)", plan->seconds);
	emit_needs(writer);
	emit_statement(writer, "open_marker()");
	emit_ports(writer);
	if (plan->has_processes) {
		emit_statement(writer, "share()");
		emit_statement(writer, "signal(SIGCHLD, on_child)");
	}
	for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
		if (plan->has_process[side])
			emit_statement(writer, "must(\"fork\", start(&shared->%s, %s_process, 0))",
				side_name(side), side_name(side));
	fputc('\n', writer->out);
	r = emit_steps(writer);
	emit_turn(writer, plan->turns_before + plan->script->n_actions);
	fprintf(writer->out, "\n\tprintf(\"as expected\\n\");\n\treturn 0;\n}\n");
	return r;
}

static int write_functions(struct emit_writer *writer)
{
	int r = write_threads(writer);

	if (!r)
		r = write_processes(writer);
	return r ? r : write_main(writer);
}

/* Declares those of the list that the program uses. */
static void write_used(
	const char *program, const char *type, const char *names, const char *initial, FILE *out)
{
	char list[EMIT_LIST_SIZE], *rest = list, *name;
	const char *between = type;

	snprintf(list, sizeof(list), "%s", names);
	while ((name = strsep(&rest, ","))) {
		name += *name == ' ';
		if (!*name || !emit_has_word(program, name))
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
	char list[EMIT_LIST_SIZE];

	emit_list_descriptors(plan, list);
	write_used(program, "static int ", list, " = -1", out);
	write_used(program, "static int ", "port, port_1, port_2, port_3", "", out);
	write_used(program, "static double ", "began", "", out);
	if (emit_has_word(program, "data"))
		fprintf(out, "static char data[%lld];\n",
			(long long)(plan->most_bytes ? plan->most_bytes : 1));
}

/* What is of the parts' types; behind them. */
static void write_objects(const struct emit_plan *plan, const char *program, FILE *out)
{
	char ends[EMIT_LIST_SIZE], calls[EMIT_LIST_SIZE];

	emit_list_objects(plan, ends, calls);
	if (*calls)
		fprintf(out, "static struct call %s;\n", calls);
	if (*ends && !plan->has_processes)
		fprintf(out, "static struct end %s;\n", ends);
	if (plan->counts && !plan->has_processes)
		write_used(program, "static _Atomic long ", EMIT_TALLIES, "", out);
}

static void write_shared(const struct emit_plan *plan, FILE *out)
{
	char list[EMIT_LIST_SIZE] = "", ends[EMIT_LIST_SIZE], calls[EMIT_LIST_SIZE],
	     name[EMIT_NAME_SIZE];

	for (unsigned side = 0; side < 2; side++)
		for (unsigned actor = 0; actor <= ACTION_MAX_ACTOR; actor++) {
			struct action action = {.side = (enum side)side, .actor = (uint8_t)actor};
			bool is_there = actor
				? plan->is_forked[side][actor] || emit_is_killed(plan, &action)
				: plan->has_process[side];

			if (is_there)
				emit_declare(list, emit_actor(plan, &action, name));
		}
	emit_list_objects(plan, ends, calls);
	fprintf(out, "\tstruct process %s;\n", list);
	if (*ends)
		fprintf(out, "\tstruct end %s;\n", ends);
	if (plan->counts)
		fprintf(out, "\t_Atomic long " EMIT_TALLIES ";\n");
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
	emit_acknowledging(plan, "\t\t", ";", made[FILLING_QUICK].stream);
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
	bool catches = emit_catches_signals(plan, SIDE_CLIENT) ||
		emit_catches_signals(plan, SIDE_SERVER),
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
		{"UNIX",
			emit_is_unix(plan->order->variant)
				? "\tif (!strcmp(host, \"unix\"))\n\t\treturn unix_address(port, ret);"
				: ""},
		{"COMPARE",
			emit_has_ranges(plan) ? "!is_wanted(result, wanted)"
					      : "strcmp(result, wanted)"},
		{"DIFFERS", many ? "\t\tshared->differs = 1;" : ""},
		{"NEXT", many ? "\tsem_post(&shared->turns[++shared->now]);" : ""},
		{"FAMILY", family(plan)},
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
	/* Which is in the C library itself since glibc 2.34. */
	bool has_threads = plan->has_processes || strstr(functions, "begin(");
	struct emit_buffer middle;
	int r;

	if (emit_buffer_open(&middle))
		return -ENOMEM;
	fprintf(stream, "/* SPDX-License-Identifier: MIT\n");
	emit_about(plan, " * ", stream);
	fprintf(stream,
		" *\n"
		" * cc%s FILE.c && ./a.out: a line for each step; 0: as expected, 1: something differs. */\n"
		"#define _GNU_SOURCE\n",
		has_threads ? " -pthread" : "");
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
	struct emit_writer writer = {
		.plan = plan, .grammar = &grammar, .dialect = &dialect, .indent = "\t"};

	return emit_program(&writer, write_functions, write_file, stream);
}
