/* SPDX-License-Identifier: MIT */
/* See explain_session.h. */
#include "explain_session.h"

#include <errno.h>
#include <string.h>

#include "commands.h"
#include "decide.h"
#include "decode.h"
#include "explain_json.h"
#include "explain_words.h"
#include "ladder.h"
#include "propose.h"
#include "text.h"

static void tell(struct explain_session *session, const struct explained *explained)
{
	const struct explain_options *options = session->options;
	uint32_t number = explained->history->number;

	if (number == options->ladder || number == options->proposed) {
		session->wanted = worst_keep(explained);
		session->has_wanted = true;
	}
	session->seen++;
	if (!explain_filter_takes(&options->filter, explained->history))
		return;
	explain_count(&session->summary, explained->history, explained->finding);
	if (options->json)
		session->is_out_of_memory |= explain_json_connection(explained, stdout) != 0;
	else if (options->all || options->is_live)
		explain_print_line(explained, stdout);
	if (!options->json && (options->is_live || !options->all))
		worst_offer(&session->worst, explained);
}

static void take(const struct history *history, const struct finding *finding, void *data)
{
	static const struct live_reason unknown;
	struct explain_session *session = data;

	tell(session, &(struct explained){history, finding, &unknown});
}

static void take_live(const struct history *history, const struct finding *told, void *data)
{
	struct explain_session *session = data;
	struct finding finding = *told;
	struct live_reason reason = live_reason_of(session->live, history, told);

	decide_by_reason(&finding, reason.name);
	tell(session, &(struct explained){history, &finding, &reason});
}

int explain_session_begin(struct explain_session *session, const struct explain_options *options)
{
	int64_t keep = options->ladder >= 0 ? options->ladder : options->proposed;
	struct complaint complaint;
	int r;

	session->options = options;
	if (causes_load(causes_path(), &session->causes, &complaint)) /* then without them */
		session->causes = (struct cause_list){0};
	r = worst_new(options->worst, &session->worst);
	return r ? r
		 : explainer_new(
			   keep, options->is_live ? take_live : take, session, &session->explainer);
}

void explain_session_end(struct explain_session *session)
{
	explainer_free(session->explainer);
	worst_free(&session->worst);
	causes_free(&session->causes);
}

/* "12 frames WHAT", where there are any. */
static void tell_of_frames(const struct explain_session *session, uint64_t n, const char *what)
{
	if (n)
		fprintf(stderr, "lastack explain: %s: %llu frame%s %s\n", session->name,
			(unsigned long long)n, n == 1 ? "" : "s", what);
}

int explain_session_tell(const struct explain_session *session, const char *note)
{
	const struct explain_totals *totals = explainer_totals(session->explainer);
	const char *linktype = linktype_name(totals->unknown_linktype);
	char unknown[80];

	if (note)
		fprintf(stderr, "lastack explain: %s: %s\n", session->name, note);
	snprintf(unknown, sizeof(unknown), "of link type %d%s%s%s not understood",
		totals->unknown_linktype, linktype ? " (" : "", linktype ? linktype : "",
		linktype ? ")" : "");
	tell_of_frames(session, totals->unknown, unknown);
	tell_of_frames(session, totals->short_frames,
		"cut short before the end of the headers: capture 128 bytes of each (tcpdump -s 128)");
	tell_of_frames(session, totals->malformed, "with lengths that contradict each other");
	if (!totals->segments)
		fprintf(stderr, "lastack explain: %s: no TCP in %llu frames\n", session->name,
			(unsigned long long)totals->frames);
	if (session->seen && !session->summary.connections && session->options->ladder < 0 &&
		session->options->proposed < 0)
		fprintf(stderr,
			"lastack explain: %s: none of %llu connection%s has the end that --filter "
			"names: --all shows theirs\n",
			session->name, (unsigned long long)session->seen,
			session->seen == 1 ? "" : "s");
	return totals->unknown && totals->unknown == totals->frames ? EXIT_TROUBLE : 0;
}

static void print_full(const struct explain_session *session, const struct worst_entry *entry)
{
	const struct explained explained = worst_show(entry);
	const struct cause_block *cause =
		causes_find(&session->causes, cause_name(entry->finding.causes[0]));

	explain_print_full(&explained,
		cause && cause->fields[FIELD_FIX].n ? cause->fields[FIELD_FIX].items[0] : NULL);
}

static void print_findings(struct explain_session *session)
{
	const struct explain_summary *summary = &session->summary;
	char begun[EXPLAIN_TIME_SIZE], lasted[EXPLAIN_TIME_SIZE];

	printf("%s: %llu connection%s", session->name, (unsigned long long)summary->connections,
		summary->connections == 1 ? "" : "s");
	if (summary->connections)
		printf(", from %s, within %s", explain_time(summary->first_ns, false, begun),
			explain_duration(summary->last_ns - summary->first_ns, lasted));
	printf("\n\n");
	explain_print_summary(summary);
	worst_sort(&session->worst);
	for (size_t i = 0; i < session->worst.n; i++) {
		putchar('\n');
		print_full(session, &session->worst.entries[i]);
	}
}

static void print_ladder(const struct explain_session *session)
{
	const struct explain_events *events = explainer_events(session->explainer);
	char left[EXPLAIN_END_SIZE], right[EXPLAIN_END_SIZE];
	const struct history *history = &session->wanted.history;

	print_full(session, &session->wanted);
	putchar('\n');
	ladder_print_arrows(
		&(struct ladder_arrows){
			.left = explain_end(&history->ends[HISTORY_OPENER], left),
			.right = explain_end(&history->ends[HISTORY_OTHER], right),
			.events = events->events,
			.frames = events->frames,
			.n = events->n,
			.cut_after = events->cut_after,
			.left_out = events->left_out,
		},
		session->options->ascii, stdout);
}

static int print_case(const struct explain_session *session)
{
	const struct explain_events *events = explainer_events(session->explainer);
	const struct history *history = &session->wanted.history;
	char about[RECORD_TEXT_SIZE], opener[EXPLAIN_END_SIZE], other[EXPLAIN_END_SIZE],
		error[PROPOSE_ERROR_SIZE];
	struct test_case test_case;
	int r;

	snprintf(about, sizeof(about), "Connection %u of a capture, %s to %s: %s", history->number,
		explain_end(&history->ends[HISTORY_OPENER], opener),
		explain_end(&history->ends[HISTORY_OTHER], other),
		cause_name(session->wanted.finding.causes[0]));
	r = propose(&(struct proposal){.history = history,
			    .finding = &session->wanted.finding,
			    .about = about,
			    .events = events->events,
			    .n_events = events->n,
			    .left_out = events->left_out},
		&test_case, error);
	if (r) {
		fprintf(stderr, "lastack explain: connection %u: %s\n", history->number,
			r == -ENOMEM ? strerror(ENOMEM) : error);
		return EXIT_TROUBLE;
	}
	case_print(&test_case, stdout);
	case_free(&test_case);
	return EXIT_AS_EXPECTED;
}

/* The connection that --ladder or --case names. */
static int print_wanted(const struct explain_session *session)
{
	const struct explain_options *options = session->options;

	if (!session->has_wanted) {
		fprintf(stderr, "lastack explain: %s: no connection %lld: there are %llu, from 0\n",
			session->name,
			(long long)(options->ladder >= 0 ? options->ladder : options->proposed),
			(unsigned long long)session->summary.connections);
		return EXIT_TROUBLE;
	}
	if (options->proposed >= 0)
		return print_case(session);
	print_ladder(session);
	return EXIT_AS_EXPECTED;
}

int explain_session_print(struct explain_session *session, const char *note)
{
	const struct explain_options *options = session->options;
	char name[RECORD_TEXT_SIZE];

	if (options->ladder >= 0 || options->proposed >= 0)
		return print_wanted(session);
	if (options->json) {
		text_clean(session->name, sizeof(name), name);
		session->is_out_of_memory |= explain_json_summary(&session->summary,
			explainer_totals(session->explainer), name, note, stdout);
	} else if (options->is_live || !options->all) {
		print_findings(session);
	}
	if (session->is_out_of_memory)
		fprintf(stderr, "lastack explain: %s\n", strerror(ENOMEM));
	return session->is_out_of_memory ? EXIT_TROUBLE : EXIT_AS_EXPECTED;
}
