/* SPDX-License-Identifier: MIT */
/* See explain_json.h. A schema of it is in tests/explain-schema.json. */
#include "explain_json.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "explain_words.h"

static int write_line(json_t *object, FILE *stream)
{
	int r = object ? 0 : -ENOMEM;

	if (object && !json_dumpf(object, stream, JSON_COMPACT | JSON_PRESERVE_ORDER))
		fputc('\n', stream);
	json_decref(object);
	return r;
}

/* A number that is 0 where there is none. */
static json_t *number_or_null(uint64_t number)
{
	return number ? json_integer((json_int_t)number) : json_null();
}

static json_t *make_end(
	const struct history *history, const struct finding *finding, enum history_end end)
{
	char text[EXPLAIN_END_SIZE], *colon, *address = text;

	colon = strrchr(explain_end(&history->ends[end], text), ':');
	*colon = 0;
	if (*address == '[') {
		address++;
		colon[-1] = 0;
	}
	return json_pack("{s:s, s:i, s:I, s:I, s:I}", "address", address, "port",
		history->ends[end].port, "bytes", (json_int_t)history->directions[end].bytes,
		"unacknowledged", (json_int_t)finding->unacknowledged[end], "possibly_unread",
		(json_int_t)finding->maybe_unread[end]);
}

static json_t *make_causes(const struct finding *finding)
{
	json_t *causes = json_array();

	for (unsigned i = 0; causes && i < finding->n_causes; i++)
		json_array_append_new(causes, json_string(cause_name(finding->causes[i])));
	return causes;
}

static json_t *make_evidence(const struct finding *finding)
{
	json_t *list = json_array();
	char text[512];

	for (unsigned i = 0; list && i < finding->n_evidence; i++) {
		finding_evidence_print(finding, i, text, sizeof(text));
		json_array_append_new(list,
			json_pack("{s:o, s:s}", "frame", number_or_null(finding->evidence[i].frame),
				"says", text));
	}
	return list;
}

/* Only where the kernel has told. */
static int add_reason(json_t *object, const struct live_reason *reason)
{
	if (!reason->name[0])
		return 0;
	if (json_object_set_new(object, "reset_reason", json_string(reason->name)))
		return -ENOMEM;
	if (!reason->pid)
		return 0;
	return json_object_set_new(object, "pid", json_integer(reason->pid)) ||
			json_object_set_new(object, "command", json_string(reason->command))
		? -ENOMEM
		: 0;
}

int explain_json_connection(const struct explained *explained, FILE *stream)
{
	const struct history *history = explained->history;
	const struct finding *finding = explained->finding;
	char begun[EXPLAIN_TIME_SIZE];
	bool is_in_order = explain_is_in_order(finding->causes[0]);
	json_t *object = json_pack("{s:I, s:s, s:o, s:i, s:s, s:s, s:o}", "connection",
		(json_int_t)history->number, "cause", cause_name(finding->causes[0]), "causes",
		make_causes(finding), "same_bytes",
		finding->certainty == UNDECIDABLE ? finding->n_same : 1, "certainty",
		explain_certainty(finding->certainty), "ended_first_by",
		explain_ender(finding->ender), "frame", number_or_null(finding->frame));
	json_t *more = json_pack("{s:o, s:o, s:s, s:f, s:I, s:I, s:I, s:b, s:o, s:s?, s:s?}",
		"opener", make_end(history, finding, HISTORY_OPENER), "other",
		make_end(history, finding, HISTORY_OTHER), "begun",
		explain_time(history->begun_ns, true, begun), "seconds",
		(double)(history->ended_ns - history->begun_ns) / 1e9, "first_frame",
		(json_int_t)history->first_frame, "last_frame", (json_int_t)history->last_frame,
		"segments", (json_int_t)history->segments, "beginning_captured",
		!history->is_midstream, "evidence", make_evidence(finding), "decides",
		finding_decides(finding), "case",
		is_in_order ? NULL : explain_case(finding->causes[0]));

	if (!object || !more || json_object_update(object, more) ||
		add_reason(object, explained->reason)) {
		json_decref(object);
		object = NULL;
	}
	json_decref(more);
	return write_line(object, stream);
}

static json_t *make_counts(const struct explain_summary *summary)
{
	json_t *counts = json_object();

	for (unsigned i = 0; counts && i < CAUSE_COUNT; i++)
		if (summary->causes[i].n)
			json_object_set_new(counts, cause_name((enum cause)i),
				json_pack("{s:I, s:I, s:I}", "connections",
					(json_int_t)summary->causes[i].n, "not_certain",
					(json_int_t)summary->causes[i].not_certain, "first",
					(json_int_t)summary->causes[i].first));
	return counts;
}

int explain_json_summary(const struct explain_summary *summary, const struct explain_totals *totals,
	const char *name, const char *note, FILE *stream)
{
	json_t *object = json_pack("{s:{s:s%, s:I, s:I, s:I, s:I, s:s?, s:o}}", "summary",
		"capture", name, strlen(name), "frames", (json_int_t)totals->frames, "segments",
		(json_int_t)totals->segments, "resets", (json_int_t)totals->resets, "connections",
		(json_int_t)summary->connections, "note", note, "causes", make_counts(summary));

	return write_line(object, stream);
}
