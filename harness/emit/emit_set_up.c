/* SPDX-License-Identifier: MIT */
/* What an emitted program needs and does before the first step of its case. */
#include <errno.h>
#include <string.h>

#include "emit_writer.h"

/* The options that a side's socket is given by the case's header. */
static int write_options(const struct emit_writer *writer, enum side side, const char *variable)
{
	int r = 0;

	for (uint32_t i = 0; !r && i < writer->plan->script->n_options; i++) {
		const struct script_option *option = &writer->plan->script->options[i];
		struct emit_buffer buffer;

		if (option->side != side)
			continue;
		if (emit_buffer_open(&buffer))
			return -ENOMEM;
		r = emit_option(writer->plan, writer->dialect, option, variable, buffer.stream);
		r = emit_buffered_statement(writer, &buffer, r);
	}
	return r;
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
	return plan->has_processes || emit_is_unix(plan->order->variant);
}

static int write_phrase(
	const struct emit_writer *writer, enum emit_set_up what, const char *variable)
{
	struct emit_buffer buffer;

	if (emit_buffer_open(&buffer))
		return -ENOMEM;
	emit_set_up_text(writer->plan, writer->dialect, what, variable, buffer.stream);
	return emit_buffered_statement(writer, &buffer, 0);
}

static int write_listen(const struct emit_writer *writer)
{
	static const char name[] = "listener";
	bool is_given = port_is_given(writer->plan);
	int r = write_phrase(writer, EMIT_SOCKET, name);

	if (!r)
		r = write_options(writer, writer->plan->listens, name);
	if (!r)
		r = write_phrase(writer, is_given ? EMIT_BIND : EMIT_BIND_ANY, name);
	if (!r)
		r = write_phrase(writer, EMIT_LISTEN, name);
	if (!r && !is_given)
		r = write_phrase(writer, EMIT_PORT_CHOSEN, name);
	emit_note(writer, writer->plan->listens, name, false);
	return r;
}

static int write_connect(const struct emit_writer *writer)
{
	const char *name = side_name(writer->plan->connects);
	int r = write_phrase(writer, EMIT_SOCKET, name);

	if (!r)
		r = write_options(writer, writer->plan->connects, name);
	if (!r && writer->plan->script->start == START_CONNECTED)
		r = write_phrase(writer, EMIT_CONNECT, name);
	emit_note(writer, writer->plan->connects, "sock", false);
	return r;
}

static int write_accept(const struct emit_writer *writer)
{
	int r = write_phrase(writer, EMIT_ACCEPT, side_name(writer->plan->listens));

	emit_note(writer, writer->plan->listens, "sock", false);
	return r;
}

/* Its steps are turns as well, in front of those of the case. */
int emit_set_up(struct emit_writer *writer)
{
	static int (*const parts[])(const struct emit_writer *writer) = {
		write_listen, write_connect, write_accept};
	const struct emit_plan *plan = writer->plan;
	int r = 0;

	for (unsigned i = 0; !r && i < plan->turns_before; i++) {
		enum side side = i == 1 ? plan->connects : plan->listens;
		int stream = plan->has_process[side] ? EMIT_STREAM(side, 0) : EMIT_MAIN;

		if (stream != writer->stream)
			continue;
		emit_turn(writer, i);
		r = parts[i](writer);
		if (plan->has_processes)
			emit_statement(writer, "done()");
	}
	return r;
}

void emit_needs(const struct emit_writer *writer)
{
	const struct emit_plan *plan = writer->plan;
	unsigned version = plan->test_case->needs_version;

	if (version)
		emit_statement(writer, "require_linux(%u, %u)", version >> 16, version & 0xffff);
	for (uint32_t i = 0; i < plan->script->n_sysctls; i++) {
		const struct script_sysctl *sysctl = &plan->script->sysctls[i];
		char path[96];

		snprintf(path, sizeof(path), "/proc/sys/%s", sysctl->name);
		for (char *at = path; *at; at++)
			*at = *at == '.' ? '/' : *at;
		emit_statement(writer, "require(\"%s\", \"%s\", \"%s\")", sysctl->name, path,
			sysctl->value);
	}
}

void emit_ports(const struct emit_writer *writer)
{
	const struct emit_plan *plan = writer->plan;
	bool is_bound = plan->script->start != START_NOTHING;
	const char *function = emit_is_unix(plan->order->variant) ? "own_number" : "free_port";

	if (is_bound ? port_is_given(plan) : plan->has_ports[0])
		emit_statement(writer, "port = %s()", function);
	for (unsigned i = 1; i < CASE_PORTS; i++)
		if (plan->has_ports[i])
			emit_statement(writer, "port_%u = %s()", i, function);
}
