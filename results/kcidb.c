/* SPDX-License-Identifier: MIT */
/* See kcidb.h. */
#include "kcidb.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "signature.h"
#include "text.h"

#define KCIDB_MAJOR 5
#define KCIDB_MINOR 3
#define KCIDB_MAX_EXCERPT 16384
#define ISSUE_VERSION 1

/* json_pack() takes NULL for a value made in the argument list ("o") as its own failure and gives
 * up the others: what is built below is checked once, where it is added to what stands around it.
 */

struct report {
	const struct kcidb_options *options;
	json_t *checkouts, *builds, *issues; /* by id, so that each is there once */
	json_t *tests, *incidents;
};

/* "linux 6.1.176 x86_64" in its parts. */
struct system_parts {
	char text[RECORD_SYSTEM_SIZE];
	char source[RECORD_SYSTEM_SIZE]; /* "linux 6.1.176" */
	char architecture[RECORD_SYSTEM_SIZE]; /* "" if not said, or not a word KCIDB takes */
	char checkout_id[2 * RECORD_SYSTEM_SIZE], build_id[2 * RECORD_SYSTEM_SIZE];
};

static bool is_of(const char *text, size_t length, const char *letters)
{
	return length && strspn(text, letters) >= length;
}

#define ORIGIN_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_"
#define PATH_LETTERS ORIGIN_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ-"

bool kcidb_origin_is_valid(const char *origin)
{
	return is_of(origin, strlen(origin), ORIGIN_LETTERS);
}

bool kcidb_id_is_valid(const char *id)
{
	size_t length = strcspn(id, ":");

	return id[length] == ':' && is_of(id, length, ORIGIN_LETTERS) &&
		text_bad_byte(id, strlen(id)) == strlen(id);
}

bool kcidb_run_is_valid(const char *run)
{
	return is_of(run, strlen(run), PATH_LETTERS ".");
}

/* origin:text with every blank a dash. */
static void id_set(const struct report *report, const char *text, char *buf, size_t size)
{
	buf[0] = '\0';
	text_add(buf, size, "%s:%s", report->options->origin, text);
	for (char *blank = buf; (blank = strchr(blank, ' '));)
		*blank = '-';
}

static void system_split(const struct report *report, const char *system, struct system_parts *ret)
{
	const char *version, *architecture;

	text_clean(system, sizeof(ret->text), ret->text);
	memcpy(ret->source, ret->text, sizeof(ret->source));
	ret->architecture[0] = '\0';
	version = strchr(ret->text, ' ');
	architecture = version ? strrchr(ret->text, ' ') : NULL;
	if (architecture != version &&
		is_of(architecture + 1, strlen(architecture + 1), ORIGIN_LETTERS)) {
		strcpy(ret->architecture, architecture + 1);
		ret->source[architecture - ret->text] = '\0';
	}
	id_set(report, ret->source, ret->checkout_id, sizeof(ret->checkout_id));
	id_set(report, ret->text, ret->build_id, sizeof(ret->build_id));
}

static int system_add(struct report *report, const struct system_parts *system)
{
	const char *origin = report->options->origin;
	const char *architecture = system->architecture[0] ? system->architecture : NULL;

	if (report->options->build_id)
		return 0;
	if (json_object_set_new(report->checkouts, system->checkout_id,
		    json_pack("{s:s, s:s, s:s, s:b}", "id", system->checkout_id, "origin", origin,
			    "comment", system->source, "valid", true)) < 0)
		return -ENOMEM;
	return json_object_set_new(report->builds, system->build_id,
		json_pack("{s:s, s:s, s:s, s:s, s:s*, s:s}", "id", system->build_id, "checkout_id",
			system->checkout_id, "origin", origin, "comment", system->text,
			"architecture", architecture, "status", "PASS"));
}

static const char *status_of(const struct record *record)
{
	switch (record->verdict) {
	case VERDICT_PASS: return "PASS";
	case VERDICT_SKIP: return "SKIP";
	case VERDICT_NONE: return "DONE";
	case VERDICT_BROKEN: return record->n_steps ? "ERROR" : "MISS";
	case VERDICT_FAIL:
	case VERDICT_KNOWN: return "FAIL";
	}
	return "ERROR";
}

/* A letter that a path cannot have is '_', and so is what would leave a place between dots empty.
 */
static void path_of(const struct record *record, char *buf, size_t size)
{
	char name[2 * RECORD_NAME_SIZE] = "";
	size_t length = strlen("lastack.");

	text_add(name, sizeof(name), "%s/%s", record->name, record->variant);
	snprintf(buf, size, "lastack.");
	for (const char *at = name; *at && length + 3 < size; at++) {
		if (*at == '/' && buf[length - 1] == '.')
			buf[length++] = '_';
		if (*at == '/')
			buf[length++] = '.';
		else
			buf[length++] = strchr(PATH_LETTERS, *at) ? *at : '_';
	}
	if (buf[length - 1] == '.')
		buf[length++] = '_';
	buf[length] = '\0';
}

/* From the run's beginning to the end of what came last in it. */
static double seconds_of(const struct record *record)
{
	int64_t end = 0;

	for (uint32_t i = 0; i < record->n_steps; i++) {
		int64_t done = record_step(record, i)->at_ns + record_step(record, i)->took_ns;

		end = done > end ? done : end;
	}
	for (uint32_t i = 0; i < record->n_events; i++)
		end = record_event(record, i)->at_ns > end ? record_event(record, i)->at_ns : end;
	return (double)end / 1e9;
}

static char *text_of(const struct record *record)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	int r = stream ? record_print(record, stream) : -ENOMEM;

	if (stream && fclose(stream))
		r = -ENOMEM;
	if (!r)
		return text;
	free(text);
	return NULL;
}

/* Whole lines, as many as a report may hold. */
static json_t *excerpt_json(const struct record *record, const char *text)
{
	size_t length = strlen(text);

	if (record->verdict == VERDICT_PASS || record->verdict == VERDICT_SKIP)
		return NULL;
	if (length > KCIDB_MAX_EXCERPT)
		length = KCIDB_MAX_EXCERPT;
	while (length && text[length - 1] != '\n')
		length--;
	return json_stringn(text, length);
}

static json_t *lines_json(const char *text)
{
	json_t *lines = json_array();
	const char *end;

	for (; (end = strchr(text, '\n')); text = end + 1)
		json_array_append_new(lines, json_stringn(text, (size_t)(end - text)));
	return lines;
}

static json_t *misc_json(const struct record *record, const char *reason)
{
	char *signature = signature_text(record), cell[RECORD_TEXT_SIZE];
	const char *verdict = verdict_name(record->verdict);
	json_t *object;

	if (!signature)
		return NULL;
	object = json_pack("{s:s*, s:s*, s:s, s:o}", "verdict", verdict[0] ? verdict : NULL,
		"reason", reason[0] ? reason : NULL, "cell",
		signature_cell(record, cell, sizeof(cell)), "signature", lines_json(signature));
	free(signature);
	return object;
}

static json_t *test_json(const struct report *report, const struct record *record,
	const struct system_parts *system, const char *id, const char *text)
{
	char path[3 * RECORD_NAME_SIZE], about[RECORD_TEXT_SIZE], reason[RECORD_TEXT_SIZE];
	const char *build_id =
		report->options->build_id ? report->options->build_id : system->build_id;

	path_of(record, path, sizeof(path));
	text_clean(record->about, sizeof(about), about);
	text_clean(record->reason, sizeof(reason), reason);
	return json_pack("{s:s, s:s, s:s, s:s, s:s*, s:s, s:f, s:o*, s:{s:s}, s:o}", "id", id,
		"build_id", build_id, "origin", report->options->origin, "path", path, "comment",
		about[0] ? about : NULL, "status", status_of(record), "duration",
		seconds_of(record), "log_excerpt", excerpt_json(record, text), "environment",
		"comment", system->text, "misc", misc_json(record, reason));
}

/* A known divergence is an issue of the tested code, and this run an incident of it. */
static int incident_add(struct report *report, const struct record *record, const char *test_id)
{
	const char *origin = report->options->origin;
	char subject[2 * RECORD_TEXT_SIZE] = "", reason[RECORD_TEXT_SIZE], issue[128], id[512];

	text_clean(record->reason, sizeof(reason), reason);
	text_add(subject, sizeof(subject), "%s: %s", record->name, reason);
	snprintf(issue, sizeof(issue), "%s:known-%016llx", origin,
		(unsigned long long)text_hash(subject));
	snprintf(id, sizeof(id), "%s:incident-%s", origin, test_id + strlen(origin) + 1);
	if (json_object_set_new(report->issues, issue,
		    json_pack("{s:s, s:i, s:s, s:s, s:{s:b, s:b, s:b}}", "id", issue, "version",
			    ISSUE_VERSION, "origin", origin, "report_subject", subject, "culprit",
			    "code", true, "tool", false, "harness", false)) < 0)
		return -ENOMEM;
	return json_array_append_new(report->incidents,
		json_pack("{s:s, s:s, s:s, s:i, s:s, s:b}", "id", id, "origin", origin, "issue_id",
			issue, "issue_version", ISSUE_VERSION, "test_id", test_id, "present",
			true));
}

static int record_add(struct report *report, const struct record *record)
{
	struct system_parts system;
	char *text = text_of(record), id[256];
	const char *run = report->options->run;
	int r;

	if (!text)
		return -ENOMEM;
	snprintf(id, sizeof(id), "%s:%.100s%s%016llx", report->options->origin, run ? run : "",
		run ? "-" : "", (unsigned long long)text_hash(text));
	system_split(report, record->system, &system);
	r = system_add(report, &system);
	if (!r)
		r = json_array_append_new(
			report->tests, test_json(report, record, &system, id, text));
	if (!r && record->verdict == VERDICT_KNOWN)
		r = incident_add(report, record, id);
	free(text);
	return r ? -ENOMEM : 0;
}

/* The values of an object as an array; the object is given up. */
static json_t *values_json(json_t *object)
{
	json_t *array = json_array(), *value;
	const char *key;

	json_object_foreach(object, key, value) json_array_append(array, value);
	json_decref(object);
	return array;
}

static json_t *report_json(struct report *report)
{
	return json_pack("{s:{s:i, s:i}, s:o, s:o, s:o, s:o, s:o}", "version", "major", KCIDB_MAJOR,
		"minor", KCIDB_MINOR, "checkouts", values_json(report->checkouts), "builds",
		values_json(report->builds), "tests", report->tests, "issues",
		values_json(report->issues), "incidents", report->incidents);
}

static int json_write(json_t *object, FILE *stream)
{
	int r = json_dumpf(object, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(9));

	return r < 0 || fputc('\n', stream) == EOF || ferror(stream) ? -EIO : 0;
}

static bool is_one_system(const struct record_list *list)
{
	for (size_t i = 1; i < list->n; i++)
		if (strcmp(list->records[i]->system, list->records[0]->system))
			return false;
	return true;
}

int kcidb_print(const struct record_list *list, const struct kcidb_options *options, FILE *stream)
{
	struct report report = {
		options, json_object(), json_object(), json_object(), json_array(), json_array()};
	json_t *object;
	int r = options->build_id && !is_one_system(list) ? -EINVAL : 0;

	for (size_t i = 0; !r && i < list->n; i++)
		r = record_add(&report, list->records[i]);
	object = report_json(&report);
	if (!r)
		r = object ? json_write(object, stream) : -ENOMEM;
	json_decref(object);
	return r;
}
