/* SPDX-License-Identifier: MIT */
/* A case as a program in Python (3.9 or later), with nothing but its standard library. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emit_languages.h"
#include "emit_parts.h"
#include "emit_writer.h"

/* What the modules of Python 3.9 have; others are written as numbers. */
static bool knows_constant(const char *name)
{
	static const char *const missing[] = {"SO_ZEROCOPY", "TCP_INQ", "TCP_FASTOPEN_CONNECT",
		"TCP_MD5SIG", "MSG_ZEROCOPY", "MSG_MORE", "IPV6_UNICAST_HOPS"};

	for (unsigned i = 0; i < sizeof(missing) / sizeof(*missing); i++)
		if (!strcmp(name, missing[i]))
			return false;
	return true;
}

static bool is_verb(const struct action *action, const char *name)
{
	return !strcmp(verbs[action->verb].name, name);
}

/* The library looks an address up for the socket's own family. */
static bool is_other_family(const struct emit_plan *plan, const struct action *action)
{
	int64_t kind = action->operands[1];

	if ((!is_verb(action, "bind") && !is_verb(action, "connect")) || kind == OPERAND_ABSENT ||
		kind == ADDRESS_ANY)
		return false;
	return (kind == ADDRESS_IPV6 || kind == ADDRESS_MAPPED) !=
		emit_is_ipv6(plan->order->variant);
}

/* Where the library does not pass on what it is asked. */
static int check(const struct emit_plan *plan, const struct action *action)
{
	const struct outcome *want =
		&case_step(plan->test_case, (uint32_t)(action - plan->script->actions))->want;

	if (is_verb(action, "listen") && action->operands[0] < 0)
		return emit_refuse(plan, action, "listen() makes 0 of a negative backlog");
	if (is_verb(action, "recv") && !action->operands[0])
		return emit_refuse(plan, action, "recv(0) makes no call");
	if (is_other_family(plan, action))
		return emit_refuse(plan, action, "an address of another family than the socket's");
	if (want->kind == OUTCOME_ERROR && want->error == EINTR)
		return emit_refuse(plan, action, "no call ends with EINTR (PEP 475)");
	return 0;
}

static const struct emit_dialect dialect = {
	.language = EMIT_PYTHON,
	.socket = "socket.",
	.poll = "select.",
	.epoll = "select.",
	.signal = "signal.",
	.own = {"", ""},
	.set_begin = "",
	.set_end = "",
	.knows_constant = knows_constant,
	.check = check,
};

static const char *family(const struct emit_plan *plan)
{
	return emit_is_ipv6(plan->order->variant) ? "socket.AF_INET6" : "socket.AF_INET";
}

static int begin_call(const struct emit_writer *writer, const struct action *action, FILE *out)
{
	char name[EMIT_NAME_SIZE];
	int r;

	fprintf(out, "begin(%s_call, lambda: ", emit_actor(writer->plan, action, name));
	r = emit_call(writer, action, out);
	fprintf(out, ")");
	return r;
}

static const struct emit_grammar grammar = {
	.end = "",
	.defer = "lambda: ",
	.process = "_pid",
	.begin = begin_call,
};

/* The names that the function assigns. */
static void write_globals(const struct emit_plan *plan, const char *body, FILE *out)
{
	char list[EMIT_LIST_SIZE], used[EMIT_LIST_SIZE] = "", *rest = list, *name, pattern[64];

	emit_list_descriptors(plan, list);
	emit_declare(list, "began");
	while ((name = strsep(&rest, ","))) {
		name += *name == ' ';
		snprintf(pattern, sizeof(pattern), "    %s = ", name);
		if (strstr(body, pattern))
			emit_declare(used, name);
	}
	if (*used)
		fprintf(out, "    global %s\n", used);
}

static int write_process(struct emit_writer *writer, enum side side)
{
	struct emit_buffer body;
	FILE *out = writer->out;
	int r;

	if (emit_buffer_open(&body))
		return -ENOMEM;
	writer->stream = EMIT_STREAM(side, 0);
	writer->next = UINT32_MAX;
	writer->indent = "    ";
	writer->out = body.stream;
	r = emit_steps(writer);
	emit_buffer_close(&body);
	writer->out = out;
	writer->indent = "";
	if (!r && body.text) {
		fprintf(out, "def %s_process():\n", side_name(side));
		write_globals(writer->plan, body.text, out);
		fprintf(out, "%s\n\n", body.text);
	}
	free(body.text);
	return r;
}

static int write_main(struct emit_writer *writer)
{
	const struct emit_plan *plan = writer->plan;
	int r;

	writer->stream = EMIT_MAIN;
	writer->next = 0;
	emit_statement(writer, "sys.excepthook = set_up_failed");
	emit_statement(writer, "signal.signal(signal.SIGALRM, too_late)");
	emit_statement(writer, "signal.alarm(%u)", plan->seconds);
	emit_needs(writer);
	emit_statement(writer, "marker = open_marker()");
	emit_ports(writer);
	if (plan->has_processes)
		emit_statement(writer, "signal.signal(signal.SIGCHLD, on_child)");
	for (enum side side = SIDE_CLIENT; side <= SIDE_SERVER; side++)
		if (plan->has_process[side])
			emit_statement(writer, "%s_pid = start(%s_process)", side_name(side),
				side_name(side));
	fputc('\n', writer->out);
	r = emit_steps(writer);
	emit_turn(writer, plan->turns_before + plan->script->n_actions);
	fprintf(writer->out, "\nprint(\"as expected\", flush=True)\n");
	return r;
}

static int write_functions(struct emit_writer *writer)
{
	int r = 0;

	for (enum side side = SIDE_CLIENT; !r && side <= SIDE_SERVER; side++)
		if (writer->plan->has_process[side])
			r = write_process(writer, side);
	return r ? r : write_main(writer);
}

/* Each name of the list gets a value of its own. */
static void write_each(
	const char *list, const char *program, const char *value, bool only_used, FILE *out)
{
	char copy[EMIT_LIST_SIZE], *rest = copy, *name;

	snprintf(copy, sizeof(copy), "%s", list);
	while ((name = strsep(&rest, ","))) {
		name += *name == ' ';
		if (*name && (!only_used || emit_has_word(program, name)))
			fprintf(out, "%s = %s\n", name, value);
	}
}

/* What is there before anything is done. */
static void write_variables(const struct emit_plan *plan, const char *program, FILE *out)
{
	char list[EMIT_LIST_SIZE], ends[EMIT_LIST_SIZE], calls[EMIT_LIST_SIZE];

	emit_list_descriptors(plan, list);
	emit_list_objects(plan, ends, calls);
	write_each(list, program, "None", true, out);
	write_each(ends, program,
		plan->has_processes ? "multiprocessing.RawArray(\"i\", 2)" : "[0, 0]", false, out);
	write_each(calls, program, "Call()", false, out);
	if (emit_has_word(program, "data"))
		fprintf(out, "data = bytes(%lld)\n",
			(long long)(plan->most_bytes ? plan->most_bytes : 1));
}

static int write_parts(const struct emit_plan *plan, const char *program, FILE *top, FILE *middle)
{
	bool many = plan->has_processes, is_6 = emit_is_ipv6(plan->order->variant);
	struct emit_buffer quick;
	char turns[16];
	int r;

	if (emit_buffer_open(&quick))
		return -ENOMEM;
	emit_acknowledging(plan, "        ", "", quick.stream);
	emit_buffer_close(&quick);
	emit_chomp(quick.text);
	snprintf(turns, sizeof(turns), "%u", plan->turns_before + plan->script->n_actions + 1);
	const struct emit_filling fillings[] = {{"QUICK", quick.text ? quick.text : ""},
		{"TURNS", turns},
		{"COMPARE",
			emit_has_ranges(plan) ? "not is_wanted(result, wanted)"
					      : "result != wanted"},
		{"DIFFERS", many ? "        shared[1] = 1" : ""},
		{"DIFFERS_SHALLOW", many ? "        shared[1] = 1" : ""},
		{"NEXT", many ? "    shared[0] += 1\n    turns[shared[0]].release()" : ""},
		{"FAMILY", family(plan)}, {"ANY", is_6 ? "::" : "0.0.0.0"},
		{"FILL_TOTAL", plan->counts ? ", sent" : ""},
		{"FILL_COUNT", plan->counts ? "    tally[sent] += total" : ""},
		{"FILL_COUNT_DEEP", plan->counts ? "            tally[sent] += total" : ""},
		{"TALLY", many ? "multiprocessing.RawArray(\"l\", 4)" : "[0, 0, 0, 0]"},
		{NULL, NULL}};
	const struct emit_parts parts = {.text = emit_parts_python,
		.gathers = {"import "},
		.comment = "#",
		.fillings = fillings};

	r = emit_parts_write(&parts, program, top, middle);
	free(quick.text);
	return r;
}

/* The variables stand behind the parts, whose classes they may be of. */
static int write_file(const struct emit_plan *plan, const char *functions, FILE *stream)
{
	struct emit_buffer variables, middle;
	char *program = NULL;
	int r;

	if (emit_buffer_open(&variables))
		return -ENOMEM;
	write_variables(plan, functions, variables.stream);
	emit_buffer_close(&variables);
	if (!variables.text || asprintf(&program, "%s\n\n%s", variables.text, functions) < 0) {
		free(variables.text);
		return -ENOMEM;
	}
	free(variables.text);
	fprintf(stream, "#!/usr/bin/env python3\n# SPDX-License-Identifier: MIT\n");
	emit_about(plan, "# ", stream);
	fprintf(stream,
		"#\n# A line for each step; exit status 0: as expected, 1: something "
		"differs.\n");
	r = emit_buffer_open(&middle);
	if (!r) {
		r = write_parts(plan, program, stream, middle.stream);
		emit_buffer_close(&middle);
		fprintf(stream, "\n\n%s%s", middle.text ? middle.text : "", program);
		free(middle.text);
	}
	free(program);
	return r;
}

int emit_python(const struct emit_plan *plan, FILE *stream)
{
	struct emit_writer writer = {
		.plan = plan, .grammar = &grammar, .dialect = &dialect, .indent = ""};

	return emit_program(&writer, write_functions, write_file, stream);
}
