/* SPDX-License-Identifier: MIT */
/* Every row of finding_*.c, and what goes for findings of any kind. */
#include "finding.h"

#include <string.h>

#include "finding_rows.h"
#include "run.h"

static const struct finding_rows *const all[] = {&finding_rows_alive, &finding_rows_gone,
	&finding_rows_connect, &finding_rows_silence, &finding_rows_fin, &finding_rows_odd};

enum { LISTS = sizeof(all) / sizeof(*all) };

static unsigned count_rows(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < LISTS; i++)
		n += all[i]->n;
	return n;
}

static const struct finding_row *row_at(unsigned number)
{
	unsigned i = 0;

	while (number >= all[i]->n)
		number -= all[i++]->n;
	return &all[i]->rows[number];
}

/* What the row of that name tells. */
static void tell(const char *name, struct tale *tale)
{
	for (unsigned i = 0; i < count_rows(); i++)
		if (!strcmp(row_at(i)->name, name)) {
			row_at(i)->tell(tale);
			return;
		}
	ck_abort_msg("no row %s", name);
}

static void check_row(const struct finding_row *row, const struct finding *finding)
{
	ck_assert_msg(finding->causes[0] == row->first, "%s: want %s, saw %s", row->name,
		cause_name(row->first), cause_name(finding->causes[0]));
	if (row->second != NONE)
		ck_assert_msg(finding->n_causes > 1 && finding->causes[1] == row->second,
			"%s: want %s second, saw %s of %u", row->name, cause_name(row->second),
			cause_name(finding->causes[1]), finding->n_causes);
	ck_assert_msg(finding->certainty == row->certainty, "%s: want certainty %d, saw %d",
		row->name, row->certainty, finding->certainty);
	ck_assert_msg(finding->ender == row->ender, "%s: want ender %d, saw %d", row->name,
		row->ender, finding->ender);
	if (row->unread)
		ck_assert_msg(finding->maybe_unread[C] + finding->maybe_unread[S] == row->unread,
			"%s: want %lld unread, saw %lld", row->name, (long long)row->unread,
			(long long)(finding->maybe_unread[C] + finding->maybe_unread[S]));
}

/* What goes for every finding. */
static void check_form(const struct finding_row *row, const struct finding *finding)
{
	char text[200];

	ck_assert_msg(
		finding->n_causes >= 1 && finding->n_causes <= FINDING_MAX_CAUSES, "%s", row->name);
	ck_assert_msg(
		(finding->n_same > 1) == (finding->certainty == UNDECIDABLE), "%s", row->name);
	ck_assert_msg(finding->n_same <= finding->n_causes, "%s", row->name);
	ck_assert_msg(finding->n_evidence > 0 || finding->causes[0] == CAUSE_OPEN, "%s", row->name);
	for (unsigned i = 0; i < finding->n_evidence; i++) {
		finding_evidence_print(finding, i, text, sizeof(text));
		ck_assert_msg(!strchr(text, '?') && strlen(text) > 10, "%s: %s", row->name, text);
	}
	/* Where two are possible, a person is told what would decide. */
	if (finding->certainty != CERTAIN && finding->n_causes > 1)
		ck_assert_msg(finding_decides(finding), "%s: nothing decides", row->name);
	else
		ck_assert_msg(!finding_decides(finding), "%s: nothing is open", row->name);
}

START_TEST(row_found)
{
	const struct finding_row *row = row_at((unsigned)_i);
	struct finding finding;
	struct tale tale;

	tale_begin(&tale);
	row->tell(&tale);
	finding_make(tale_end(&tale, 20000 * MS), &row->around, &finding);
	check_row(row, &finding);
	check_form(row, &finding);
}
END_TEST

/* What a reset is accused of, a person is shown. */
START_TEST(every_oddity_is_shown)
{
	struct finding finding, without;
	struct tale tale;

	for (unsigned bit = 0; bit < 11; bit++) {
		tale_begin(&tale);
		request_unread(&tale);
		tale.history.resets[0].oddities = 1u << bit | ODDITY_CLIMBING | ODDITY_LIVED_ON;
		finding_make(tale_end(&tale, 0), NULL, &finding);
		ck_assert_int_eq(finding.certainty, LIKELY);
		ck_assert_uint_ge(finding.n_evidence, 2);
		tale.history.resets[0].oddities = ODDITY_CLIMBING | ODDITY_LIVED_ON;
		if (1u << bit & tale.history.resets[0].oddities)
			continue;
		finding_make(&tale.history, NULL, &without);
		ck_assert_msg(finding.n_evidence > without.n_evidence, "oddity %u", bit);
	}
}
END_TEST

START_TEST(nothing_known_of_others)
{
	struct finding finding;
	struct tale tale;

	tale_begin(&tale);
	request_unread(&tale);
	finding_make(tale_end(&tale, 0), NULL, &finding);
	ck_assert_int_eq(finding.causes[0], CAUSE_UNREAD_DATA);
	ck_assert_int_eq(finding.n_same, 3); /* it may have waited in the listener's queue */
	ck_assert_int_eq(finding.causes[2], CAUSE_LISTENER_CLOSED);
}
END_TEST

START_TEST(bytes_unacknowledged)
{
	struct finding finding;
	struct tale tale;

	tale_begin(&tale);
	tell("G12", &tale);
	finding_make(tale_end(&tale, 0), NULL, &finding);
	ck_assert_int_eq(finding.unacknowledged[C], 100);
	ck_assert_int_eq(finding.unacknowledged[S], 0);
	/* the capture ended while it still tried */
	ck_assert_int_eq(finding.certainty, LIKELY);
}
END_TEST

START_TEST(windows_in_bytes)
{
	struct finding finding;
	struct tale tale;
	bool is_shown = false;

	tale_begin(&tale);
	tell("G1 window reopened", &tale);
	tale.history.directions[S].window_shift = 7;
	finding_make(tale_end(&tale, 0), NULL, &finding);
	for (unsigned i = 0; i < finding.n_evidence; i++) {
		if (finding.evidence[i].kind != EVIDENCE_WINDOW)
			continue;
		ck_assert_int_eq(finding.evidence[i].a, 512 << 7);
		ck_assert_int_eq(finding.evidence[i].b, 100 << 7);
		is_shown = true;
	}
	ck_assert(is_shown);
}
END_TEST

/* What was sent before the capture began, or in the direction that it lacks, may lie unread. */
START_TEST(half_seen)
{
	struct finding finding;
	struct tale tale;

	for (unsigned i = 0; i < 2; i++) {
		tale_begin(&tale);
		tell("G2 without input", &tale);
		if (i)
			tale.history.is_midstream = true;
		else
			tale.history.directions[S].is_begun = false;
		finding_make(tale_end(&tale, 0), NULL, &finding);
		ck_assert_int_eq(finding.certainty, UNDECIDABLE);
		ck_assert_uint_eq(finding.n_same, 2);
		for (unsigned j = 0; j < finding.n_evidence; j++)
			ck_assert_int_ne(finding.evidence[j].kind, EVIDENCE_INPUT_NONE);
	}
}
END_TEST

/* Of a connection of which only one direction was captured nothing is certain. */
START_TEST(one_way)
{
	struct finding finding;
	struct tale tale;

	tale_begin(&tale);
	data_after_close(&tale);
	tale.history.is_midstream = true;
	finding_make(tale_end(&tale, 0), NULL, &finding);
	ck_assert_int_eq(finding.certainty, CERTAIN);
	tale.history.directions[C].is_begun = false;
	finding_make(&tale.history, NULL, &finding);
	ck_assert_int_eq(finding.causes[0], CAUSE_DATA_AFTER_CLOSE);
	ck_assert_int_eq(finding.certainty, LIKELY);
}
END_TEST

START_TEST(names_are_inverse)
{
	enum cause back;

	for (unsigned i = 0; i < CAUSE_COUNT; i++) {
		ck_assert_ptr_nonnull(cause_name((enum cause)i));
		ck_assert(cause_parse(cause_name((enum cause)i), &back));
		ck_assert_uint_eq(back, i);
	}
	ck_assert(!cause_parse("no such cause", &back));
}
END_TEST

START_TEST(sentence_is_cut)
{
	struct finding finding = {.n_evidence = 1};
	char text[12];

	finding.evidence[0].kind = EVIDENCE_SAME_PORTS;
	ck_assert_str_eq(finding_evidence_print(&finding, 0, text, sizeof(text)), "both ends h");
	ck_assert_str_eq(finding_evidence_print(&finding, 1, text, sizeof(text)), "");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("finding");

	tcase_add_loop_test(tcase, row_found, 0, (int)count_rows());
	tcase_add_test(tcase, every_oddity_is_shown);
	tcase_add_test(tcase, nothing_known_of_others);
	tcase_add_test(tcase, bytes_unacknowledged);
	tcase_add_test(tcase, windows_in_bytes);
	tcase_add_test(tcase, half_seen);
	tcase_add_test(tcase, one_way);
	tcase_add_test(tcase, names_are_inverse);
	tcase_add_test(tcase, sentence_is_cut);
	return tcase_run(tcase);
}
