/* SPDX-License-Identifier: MIT */
/* Prints the field guide from causes.txt, the symptom language and recorded runs, so that it cannot
 * say what they do not. */
#include "guide.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "ladder.h"

#define RECORD_FILE "field-guide.record"
#define MOST_SYMPTOMS 128
#define MOST_CAUSES 6 /* in a row of a table */

static const char preamble[] =
	"<!-- Made by `lastack show guide` (cases/guide); a test compares the two. -->\n"
	"# \"Connection reset by peer\": a field guide\n"
	"\n"
	"From what was seen to what happened. Find the symptom in a table, read the causes that it can have, the\n"
	"likeliest first, and tell them apart; each has a ladder of a run that was recorded, and what to do about it.\n"
	"`lastack repro SYMPTOM` does the same with whatever you paste, and runs it on your kernel; `lastack show CASE`\n"
	"shows any case of it with its sources. All that is said of errnos here is Linux's; where other systems say\n"
	"something else, it stands there.\n"
	"\n"
	"Two things first:\n"
	"\n"
	"- **There are two kinds of RST.** One from a living socket has the ACK bit, a window and the options of the\n"
	"  connection (`RST,ACK` below): a program ended it. One from no socket, made of the segment that it answers, has\n"
	"  none of these (`RST`): something was sent to an end that was gone.\n"
	"- **An error is told once**, to the call that comes first: recv(), send() or SO_ERROR. Behind it recv() says end of\n"
	"  file and send() EPIPE, as after an orderly end.\n"
	"\n"
	"In the ladders the calls of the client stand on the left, those of the server on the right, and what is on the wire\n"
	"between them; pure ACKs are left out. `recv 64 = 0` is end of file.\n";

const char *guide_record_path(void)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/" RECORD_FILE, catalog_directory());
	return path;
}

/* `name` of a cause becomes a link to it; `|` would end a table's cell. */
static void print_text(const struct cause_list *causes, const char *text, FILE *stream)
{
	char name[64];

	for (; *text; text++) {
		size_t length = *text == '`' ? strcspn(text + 1, "`") : 0;

		snprintf(name, sizeof(name), "%.*s", (int)length, text + 1);
		if (length && causes_find(causes, name)) {
			fprintf(stream, "[%s](#%s)", name, name);
			text += length + 1;
		} else {
			fprintf(stream, *text == '|' ? "\\%c" : "%c", *text);
		}
	}
}

static void print_causes(const struct cause_list *causes, const struct fact *fact, FILE *stream)
{
	struct symptom symptom = {.n = 1};
	struct candidate *candidates = calloc(causes->n, sizeof(*candidates));
	size_t n;

	symptom.facts[0] = *fact;
	n = candidates ? diagnose(&symptom, causes, candidates) : 0;
	while (n && 2 * candidates[n - 1].score < candidates[0].score)
		n--;
	for (size_t i = 0; i < n && i < MOST_CAUSES; i++)
		fprintf(stream, "%s[%s](#%s)", i ? ", " : "", candidates[i].cause->name,
			candidates[i].cause->name);
	fputs(n > MOST_CAUSES ? ", ... |\n" : " |\n", stream);
	free(candidates);
}

/* How programs say it. What names no call stands in the first row of its outcome. */
static void print_phrases(const struct fact *fact, bool is_first, FILE *stream)
{
	const char *between = "";

	for (const struct errno_number *known = errno_numbers; is_first && known->number; known++)
		if (!strcmp(known->outcome, fact->name)) {
			fprintf(stream, "%s%d (%s)", between, known->number, known->system);
			between = ", ";
		}
	for (const struct phrase *phrase = phrases; phrase->text; phrase++)
		if (!(phrase->flags & (PHRASE_ALONE | PHRASE_VAGUE)) &&
			!strcmp(phrase->outcome, fact->name) && strcmp(phrase->text, fact->name) &&
			(!strcmp(phrase->call, fact->call) ||
				(is_first && !strcmp(phrase->call, "any")))) {
			fprintf(stream, "%s%s", between, phrase->text);
			between = ", ";
		}
	fputs(" | ", stream);
}

/* "recv(): ECONNRESET" */
static void print_error(const char *error, FILE *stream)
{
	const char *outcome = strchr(error, ' ') + 1;
	int length = (int)(outcome - error - 1);

	if (!strncmp(error, "none ", 5))
		fprintf(stream, "connections in %s", outcome);
	else if (!strncmp(error, "getsockopt ", 11))
		fprintf(stream, "SO_ERROR: %s", outcome);
	else
		fprintf(stream, "%.*s(): %s", length, error, outcome);
}

static bool is_said_before(const char *const *said, size_t n, const char *error)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(said[i], error))
			return true;
	return false;
}

static bool is_first_of_outcome(const char *const *said, size_t n, const char *outcome)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(strchr(said[i], ' ') + 1, outcome))
			return false;
	return true;
}

static void print_symptom(const struct cause_list *causes, const char *const *said, size_t n,
	const char *error, FILE *stream)
{
	struct fact fact = {.kind = FACT_OUTCOME};
	char call[32];

	if (!cause_split_error(error, call, sizeof(call), &fact.name))
		return;
	fact.call = call;
	fputs("| ", stream);
	print_error(error, stream);
	fputs(" | ", stream);
	print_phrases(&fact, is_first_of_outcome(said, n, fact.name), stream);
	print_causes(causes, &fact, stream);
}

/* Each error once, in the order in which causes name them. */
static void print_symptoms(const struct cause_list *causes, FILE *stream)
{
	const char *said[MOST_SYMPTOMS];
	size_t n = 0;

	fputs("\n## What the program saw\n\n| symptom | other ways to say it | causes |\n|---|---|---|\n",
		stream);
	for (size_t i = 0; i < 2 * causes->n; i++) {
		const struct cause_list_of_words *errors =
			&causes->blocks[i / 2].fields[i % 2 ? FIELD_ALSO : FIELD_ERRORS];

		for (size_t j = 0; j < errors->n; j++) {
			if (n == MOST_SYMPTOMS || is_said_before(said, n, errors->items[j]))
				continue;
			print_symptom(causes, said, n, errors->items[j], stream);
			said[n++] = errors->items[j];
		}
	}
}

/* What the kernel counted, or gave as its reason. */
static void print_kernel(const struct cause_list *causes, enum cause_field field,
	enum fact_kind kind, const char *title, FILE *stream)
{
	const char *said[MOST_SYMPTOMS];
	size_t n = 0;

	fprintf(stream, "\n%s\n\n| name | causes |\n|---|---|\n", title);
	for (size_t i = 0; i < causes->n; i++)
		for (size_t j = 0; j < causes->blocks[i].fields[field].n; j++) {
			struct fact fact = {.kind = kind, .call = "none"};

			fact.name = causes->blocks[i].fields[field].items[j];
			if (n == MOST_SYMPTOMS || is_said_before(said, n, fact.name))
				continue;
			said[n++] = fact.name;
			fprintf(stream, "| %s | ", fact.name);
			print_causes(causes, &fact, stream);
		}
}

static const struct record *find_record(const struct record_list *records, const char *name)
{
	for (size_t i = 0; i < records->n; i++)
		if (!strcmp(records->records[i]->name, name) && records->records[i]->n_steps)
			return records->records[i];
	return NULL;
}

static void print_sentences(const struct cause_list *causes, const struct cause_block *cause,
	enum cause_field field, const char *title, FILE *stream)
{
	fprintf(stream, "\n%s\n\n", title);
	for (size_t i = 0; i < cause->fields[field].n; i++) {
		fputs("- ", stream);
		print_text(causes, cause->fields[field].items[i], stream);
		fputc('\n', stream);
	}
}

static void print_case_link(const char *name, FILE *stream)
{
	fprintf(stream, "[%s](%s.case)", name, name);
}

static void print_plain(const char *text, FILE *stream)
{
	fputs(text, stream);
}

/* A paragraph, if there is anything to say. */
static void print_words(const struct cause_block *cause, enum cause_field field, const char *title,
	void (*print)(const char *, FILE *), FILE *stream)
{
	for (size_t i = 0; i < cause->fields[field].n; i++) {
		fputs(i ? ", " : title, stream);
		print(cause->fields[field].items[i], stream);
	}
	if (cause->fields[field].n)
		fputs(".\n\n", stream);
}

static void print_cause(const struct cause_list *causes, const struct cause_block *cause,
	const struct record *record, FILE *stream)
{
	fprintf(stream, "## %s\n\n", cause->name);
	print_text(causes, cause->fields[FIELD_SAYS].items[0], stream);
	fputs("\n\n", stream);
	print_words(cause, FIELD_ERRORS, "Seen as: ", print_error, stream);
	print_words(cause, FIELD_ALSO, "Also as: ", print_error, stream);
	print_words(cause, FIELD_ELSEWHERE, "On other systems also: ", print_error, stream);
	fprintf(stream, "```\n%s: %s\n", record->name, record->about);
	ladder_print_untimed(record, stream);
	fputs("```\n", stream);
	print_sentences(causes, cause, FIELD_TELL, "How to tell:", stream);
	print_sentences(causes, cause, FIELD_FIX, "What to do:", stream);
	fputc('\n', stream);
	print_words(cause, FIELD_CASE, "Cases: ", print_case_link, stream);
	print_words(cause, FIELD_SEEN, "Threads that it explains: ", print_plain, stream);
}

int guide_print(const struct cause_list *causes, const struct record_list *records, FILE *stream,
	struct complaint *ret_complaint)
{
	fputs(preamble, stream);
	if (records->n)
		fprintf(stream, "The runs are of %s.\n", records->records[0]->system);
	print_symptoms(causes, stream);
	print_kernel(causes, FIELD_MIB, FACT_COUNTER,
		"## What the kernel counted\n\n`nstat -az`, on the host that sent the reset or gave up.",
		stream);
	print_kernel(causes, FIELD_REASON, FACT_REASON,
		"## The kernel's reason\n\nThe tracepoint `tcp:tcp_send_reset`, since Linux 6.10.",
		stream);
	fputc('\n', stream);
	for (size_t i = 0; i < causes->n; i++) {
		const char *name = causes->blocks[i].fields[FIELD_CASE].items[0];
		const struct record *record = find_record(records, name);

		if (!record)
			return complaint_of_file(ret_complaint, -ENOENT, guide_record_path(),
				"has no run of %s: cases/guide records them", name);
		print_cause(causes, &causes->blocks[i], record, stream);
	}
	return 0;
}
