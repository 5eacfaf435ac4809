/* SPDX-License-Identifier: MIT */
/* Every measured sequence and every bug that the committed causes name is where it belongs. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "committed_causes.h"
#include "run.h"

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

/* What each measured sequence is a sequence of: of a reset its cause, else what it is about. */
static const struct belongs {
	const char *id, *causes; /* all that name it, in the order of the file */
} measured[] = {
	{"M01", "unread-data"},
	{"M02", "unread-data error-taken"},
	{"M03", "unread-data"},
	{"M04", "unread-data"},
	{"M05", "keep-alive-race data-after-close"},
	{"M06", "unread-data reset-behind-fin"},
	{"M07", "abort"},
	{"M08", "abort"},
	{"M09", "orderly"},
	{"M10", "keep-alive-race data-after-close"},
	{"M11", "keep-alive-race"},
	{"M12", "keep-alive-race data-after-close reset-behind-fin"},
	{"M13", "refused"},
	{"M14", "listener-closed"},
	{"M15", "listener-closed"},
	{"M16", "listener-closed"},
	{"M17", "backlog-overflow syn-unanswered"},
	{"M18", "backlog-overflow"},
	{"M19", "unread-data orderly"},
	{"M20", "inherited-descriptor"},
	{"M21", "half-closed inherited-descriptor"},
	{"M22", "read-side-shut"},
	{"M23", "data-after-close"},
	{"M24", "half-closed half-close-as-close"},
	{"M25", "error-taken not-connected"},
	{"M26", "data-after-close not-connected"},
	{"M27", "reset-before-accept"},
	{"M28", "reset-behind-fin hang-up-before-data"},
	{"M29", "data-after-close reset-behind-fin"},
	{"M30", "never-closed orphan-expired"},
	{"M31", "half-closed"},
	{"M32", "linger2"},
	{"M33", "state-lost"},
	{"M34", "half-open-reuse"},
	{"M35", "orderly time-wait"},
	{"M36", "keepalive-timeout"},
	{"M37", "retransmission-timeout"},
	{"M38", "peer-does-not-read"},
	{"M39", "self-connect"},
	{"M40", "no-descriptors"},
	{"M41", "sigpipe"},
	{"M42", "close-in-another-thread"},
	{"M43", "close-in-another-thread"},
	{"M44", "abort"},
	{"M45", "abort"},
	{"M46", "unread-data"},
	{"M47", "data-after-close"},
	{"M48", "unread-data"},
	{"M49", "forged challenged"},
	{"M50", "lost-reset"},
	{"M51", "unread-data hang-up-before-data"},
	{"M52", "abort destroyed"},
	{"M53", "linger-blocks"},
	{"M54", "unread-data"},
	{"M55", "mptcp-abort"},
	{"M56", "unread-data"},
	{"M57", "abort error-taken"},
};

/* Which measured sequence a bug was reproduced as; "": its causes have no number for it. */
static const struct belongs bugs[] = {
	{"B001", "M01"},
	{"B002", "M01"},
	{"B004", "M02"},
	{"B005", "M03"},
	{"B007", "M05"},
	{"B008", "M04"},
	{"B010", "M01"},
	{"B011", "M04"},
	{"B013", "M02"},
	{"B014", "M01"},
	{"B016", "M02"},
	{"B017", "M02"},
	{"B019", "M47"},
	{"B020", "M46"},
	{"B022", "M08"},
	{"B023", "M05"},
	{"B025", "M01"},
	{"B026", "M10"},
	{"B028", "M01"},
	{"B029", "M01"},
	{"B031", "M07"},
	{"B032", "M07"},
	{"B034", "M07"},
	{"B035", "M07"},
	{"B037", "M25"},
	{"B038", "M10"},
	{"B040", "M07"},
	{"B041", "M11"},
	{"B043", "M11"},
	{"B044", "M12"},
	{"B046", "M12"},
	{"B047", "M12"},
	{"B049", "M11"},
	{"B050", "M05"},
	{"B052", "M10"},
	{"B053", "M10"},
	{"B055", "M10"},
	{"B056", "M10"},
	{"B058", "M33"},
	{"B059", "M33"},
	{"B061", "M33"},
	{"B062", "M37"},
	{"B064", "M37"},
	{"B065", "M36"},
	{"B067", "M33"},
	{"B068", ""},
	{"B070", ""},
	{"B071", ""},
	{"B073", "M17"},
	{"B074", "M17"},
	{"B076", "M18"},
	{"B077", "M14"},
	{"B079", "M16"},
	{"B080", "M13"},
	{"B082", "M20"},
	{"B083", "M21"},
	{"B085", "M20"},
	{"B086", "M26"},
	{"B088", "M25"},
	{"B089", "M27"},
	{"B091", "M27"},
	{"B092", "M27"},
	{"B094", "M44"},
	{"B095", "M02"},
	{"B097", "M17"},
	{"B098", "M24"},
	{"B100", "M24"},
	{"B101", "M24"},
	{"B103", "M24"},
	{"B104", "M24"},
	{"B106", "M30"},
	{"B107", "M31"},
	{"B109", "M38"},
	{"B110", "M50"},
	{"B112", "M30"},
	{"B113", "M28"},
	{"B115", "M29"},
	{"B116", "M46"},
	{"B118", "M42"},
	{"B119", "M30"},
	{"B121", "M41"},
	{"B122", "M40"},
	{"B124", "M43"},
	{"B125", "M39"},
	{"B127", "M35"},
	{"B130", "M34"},
	{"B131", "M49"},
	{"B128", NULL},
	{"B133", NULL},
	{"B134", NULL},
};

START_TEST(measured_sequences_belong_to_their_causes)
{
	char saw[256] = "";
	size_t at = 0;

	for (size_t i = 0; i < causes.n; i++)
		if (cause_has(&causes.blocks[i], FIELD_MEASURED, measured[_i].id))
			at += (size_t)snprintf(saw + at, sizeof(saw) - at, "%s%s", at ? " " : "",
				causes.blocks[i].name);
	ck_assert_msg(!strcmp(saw, measured[_i].causes), "%s: want %s, saw %s", measured[_i].id,
		measured[_i].causes, saw);
}
END_TEST

static bool is_beyond(const char *id)
{
	for (size_t i = 0; i < causes.beyond.n; i++)
		if (!strcmp(causes.beyond.items[i], id))
			return true;
	return false;
}

START_TEST(bugs_belong_to_the_cause_that_they_were_reproduced_as)
{
	const struct belongs *bug = &bugs[_i];
	bool is_there = false, is_same = false;

	for (size_t i = 0; i < causes.n; i++) {
		const struct cause_block *block = &causes.blocks[i];

		if (!cause_has(block, FIELD_BUGS, bug->id))
			continue;
		is_there = true;
		is_same |= bug->causes &&
			(!*bug->causes || cause_has(block, FIELD_MEASURED, bug->causes));
	}
	ck_assert_msg(is_beyond(bug->id) == !bug->causes, "%s: wrong about `beyond`", bug->id);
	ck_assert_msg(is_there == (bug->causes != NULL), "%s: wrong about a block", bug->id);
	ck_assert_msg(
		!is_there || is_same, "%s: no cause of it is that of %s", bug->id, bug->causes);
}
END_TEST

static size_t known_id(const struct belongs *table, size_t n, const char *id)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += !strcmp(table[i].id, id);
	return found;
}

START_TEST(there_are_no_other_ids)
{
	for (size_t i = 0; i < causes.n; i++) {
		const struct cause_list_of_words *ids = &causes.blocks[i].fields[FIELD_MEASURED];

		for (size_t j = 0; j < ids->n; j++)
			ck_assert_uint_eq(known_id(measured, N_OF(measured), ids->items[j]), 1);
		ids = &causes.blocks[i].fields[FIELD_BUGS];
		for (size_t j = 0; j < ids->n; j++)
			ck_assert_uint_eq(known_id(bugs, N_OF(bugs), ids->items[j]), 1);
	}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("ids");

	tcase_add_checked_fixture(tcase, load_committed, free_committed);
	tcase_add_loop_test(
		tcase, measured_sequences_belong_to_their_causes, 0, (int)N_OF(measured));
	tcase_add_loop_test(
		tcase, bugs_belong_to_the_cause_that_they_were_reproduced_as, 0, (int)N_OF(bugs));
	tcase_add_test(tcase, there_are_no_other_ids);
	return tcase_run(tcase);
}
