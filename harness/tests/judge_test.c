/* SPDX-License-Identifier: MIT */
/* The judge and the ladder on records made by hand: no network, no process. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "ladder.h"
#include "run.h"

static const char case_text[] = "# close() with unread data resets the connection.\n"
				"needs tracefs\n"
				"client send 7 = 7\n"
				"server close = 0 in 0ms..1s\n"
				"client recv 64 = -1 ECONNRESET\n"
				"wire client data 7\n"
				"wire server RST,ACK seq 1\n"
				"mib TCPAbortOnClose +1\n"
				"state client none\n"
				"reason server TCP_ABORT_ON_CLOSE\n";

static const char record_text[] =
	"record  user/c ipv4    linux 6.18.44 x86_64\n"
	"about   close() with unread data resets the connection.\n"
	" 0.000000  client    send 7 = 7 in 12us\n"
	" 0.000010  wire      client data 7 seq 1 ack 1 win 512 ipid 7 ttl 64 opts ts\n"
	" 0.000050  server    close = 0 in 20us\n"
	" 0.000060  wire      server RST,ACK seq 1 ack 8 win 512 ipid 9 ttl 64 opts ts\n"
	" 0.000099  client    recv 64 = -1 ECONNRESET in 3us\n"
	"mib     TCPAbortOnClose +1\n"
	"mib     OutRsts +1\n"
	"state   client none\n"
	"state   server none\n"
	"reason  server TCP_ABORT_ON_CLOSE\n"
	"end\n\n";

static struct test_case test_case;
static struct record record;

static void load(void)
{
	struct complaint complaint;
	struct record_complaint record_complaint = {0};
	unsigned line = 0;
	FILE *stream = fmemopen((void *)(uintptr_t)record_text, strlen(record_text), "r");

	ck_assert_int_eq(
		case_parse("c.case", case_text, strlen(case_text), &test_case, &complaint), 0);
	ck_assert_msg(record_read(stream, &line, &record, &record_complaint) == 1, "%u: %s",
		record_complaint.line, record_complaint.text);
	fclose(stream);
}

static void unload(void)
{
	case_free(&test_case);
}

static void expect(enum verdict verdict, const char *reason)
{
	struct judgement judgement;

	judge(&test_case, &record, NULL, &judgement);
	ck_assert_msg(judgement.verdict == verdict && strstr(judgement.reason, reason),
		"want %s: %s\nsaw %s: %s", verdict_name(verdict), reason,
		verdict_name(judgement.verdict), judgement.reason);
}

START_TEST(as_wanted)
{
	expect(VERDICT_PASS, "");
}
END_TEST

START_TEST(wrong_outcome)
{
	record.steps[2].outcome = outcome_number(0);
	expect(VERDICT_FAIL, "line 5: client recv 64: want -1 ECONNRESET, saw 0");
}
END_TEST

START_TEST(spoilt_data)
{
	record.steps[0].outcome.is_spoilt = true;
	expect(VERDICT_FAIL, "line 3: client send 7: want 7, saw 7 spoilt at 0");
}
END_TEST

START_TEST(too_slow)
{
	record.steps[1].took_ns = 1100000000;
	expect(VERDICT_FAIL, "line 4: server close: want in 0..1000 ms, saw in 1100 ms");
}
END_TEST

START_TEST(unseen_is_not_judged)
{
	record.counters[COUNTER_OUT_RSTS] = record.counters[COUNTER_ABORT_ON_CLOSE] = 0;
	record.n_reasons = 0;
	record.unseen = (struct unseen){.counters = UNSEEN_COUNTERS, .reasons = true};
	expect(VERDICT_PASS, "");
	record.unseen.counters = 0;
	expect(VERDICT_FAIL, "mib TCPAbortOnClose");
}
END_TEST

START_TEST(blocked_for_ever)
{
	record.n_steps = 2;
	record.steps[1].outcome = outcome_word("blocked");
	expect(VERDICT_FAIL, "line 4: server close: want 0, saw blocked");
	record.steps[1].outcome = outcome_number(0);
	expect(VERDICT_BROKEN, "other steps than the case");
}
END_TEST

START_TEST(extra_event)
{
	record.events[record.n_events++].event =
		(struct event){.side = SIDE_CLIENT, .kind = EVENT_FIN};
	expect(VERDICT_FAIL, "wire: want nothing more, saw client FIN");
}
END_TEST

START_TEST(missing_event)
{
	record.n_events = 1;
	record.counters[COUNTER_OUT_RSTS] = 0;
	expect(VERDICT_FAIL, "line 7: wire: want server RST,ACK seq 1, saw nothing more");
}
END_TEST

START_TEST(wrong_detail)
{
	record.events[1].event.seq = 2;
	expect(VERDICT_FAIL, "line 7: wire: want server RST,ACK seq 1, saw server RST,ACK seq 2");
}
END_TEST

START_TEST(counter_not_listed)
{
	record.counters[COUNTER_LISTEN_DROPS] = 2;
	expect(VERDICT_FAIL, "mib ListenDrops: want +0, saw +2");
}
END_TEST

START_TEST(resets_that_nobody_saw)
{
	record.counters[COUNTER_OUT_RSTS] = 2;
	expect(VERDICT_FAIL, "mib OutRsts (resets on the wire): want +1, saw +2");
}
END_TEST

START_TEST(wrong_state)
{
	strcpy(record.states[0], "TIME-WAIT");
	expect(VERDICT_FAIL, "line 9: state client: want none, saw TIME-WAIT");
}
END_TEST

START_TEST(wrong_reason)
{
	strcpy(record.reasons[0].name, "TCP_STATE");
	expect(VERDICT_FAIL,
		"line 10: reason: want server TCP_ABORT_ON_CLOSE, saw server TCP_STATE");
}
END_TEST

START_TEST(reason_missing)
{
	record.n_reasons = 0;
	expect(VERDICT_FAIL, "line 10: reason: want server TCP_ABORT_ON_CLOSE, saw nothing more");
}
END_TEST

START_TEST(reason_not_listed)
{
	record.reasons[record.n_reasons++] = (struct record_reason){SIDE_CLIENT, "NO_SOCKET"};
	expect(VERDICT_FAIL, "line 10: reason: want nothing more, saw client NO_SOCKET");
}
END_TEST

START_TEST(other_case)
{
	strcpy(record.steps[0].call, "send 8");
	expect(VERDICT_BROKEN, "other steps than the case");
}
END_TEST

START_TEST(step_missing)
{
	record.n_steps = 2;
	expect(VERDICT_BROKEN, "other steps than the case");
}
END_TEST

START_TEST(broken_off)
{
	record.n_steps = 2;
	strcpy(record.broken, "the capture dropped 3 frames");
	expect(VERDICT_BROKEN, "the capture dropped 3 frames");
}
END_TEST

START_TEST(broken_off_after_a_difference)
{
	record.n_steps = 2;
	record.steps[0].outcome = outcome_number(6);
	strcpy(record.broken, "client recv 64 (line 4) did not return within 10 s");
	expect(VERDICT_FAIL, "want 7, saw 6; then: client recv 64 (line 4) did not return");
}
END_TEST

START_TEST(skipped)
{
	record.n_steps = 0;
	strcpy(record.skip, "needs linux >= 7.0");
	expect(VERDICT_SKIP, "needs linux >= 7.0");
}
END_TEST

START_TEST(known_divergence)
{
	struct known known = {.line = 5, .why = "commit 0123"};
	struct judgement judgement;

	judge(&test_case, &record, &known, &judgement);
	ck_assert_int_eq(judgement.verdict, VERDICT_FAIL);
	ck_assert(strstr(judgement.reason, "known divergence is gone"));
	record.steps[2].outcome = outcome_number(0);
	judge(&test_case, &record, &known, &judgement);
	ck_assert_int_eq(judgement.verdict, VERDICT_KNOWN);
	ck_assert_str_eq(judgement.reason, "commit 0123");
	record.steps[0].outcome = outcome_number(6); /* a difference in another line first */
	judge(&test_case, &record, &known, &judgement);
	ck_assert_int_eq(judgement.verdict, VERDICT_FAIL);
}
END_TEST

static const char ladder[] =
	"user/c ipv4   linux 6.18.44 x86_64\n"
	"  close() with unread data resets the connection.\n"
	"                client                   |                          | server\n"
	"      0.000 ms  send 7 = 7               |                          |\n"
	"      0.010 ms                           | - data 7 --------------->|\n"
	"      0.050 ms                           |                          | close = 0\n"
	"      0.060 ms                           |<-------------- RST,ACK - |\n"
	"      0.099 ms  recv 64 = 0              |                          |   x want -1 ECONNRESET\n"
	"    mib    TCPAbortOnClose +1\n"
	"    mib    OutRsts +1\n"
	"    state  client none, server none\n"
	"    reason server TCP_ABORT_ON_CLOSE\n"
	"  x c.case:5: client recv 64: want -1 ECONNRESET, saw 0\n"
	"  FAIL\n\n";

START_TEST(ladder_marks_what_differs)
{
	struct judgement judgement;
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	record.steps[2].outcome = outcome_number(0);
	judge(&test_case, &record, NULL, &judgement);
	ladder_print(&record, &test_case, &judgement, true, stream);
	fclose(stream);
	ck_assert_str_eq(text, ladder);
	free(text);
}
END_TEST

START_TEST(late_is_broken_only_where_it_failed)
{
	struct known known = {.line = 5, .why = "commit 0123"};
	struct judgement judgement;

	record.late_ms = 312;
	judge(&test_case, &record, NULL, &judgement);
	ck_assert_int_eq(judgement.verdict, VERDICT_PASS);
	judge(&test_case, &record, &known, &judgement); /* gone, or so it seems */
	ck_assert_int_eq(judgement.verdict, VERDICT_BROKEN);
	record.steps[2].outcome = outcome_number(0);
	judge(&test_case, &record, &known, &judgement);
	ck_assert_int_eq(judgement.verdict, VERDICT_KNOWN);
	judge(&test_case, &record, NULL, &judgement);
	ck_assert_int_eq(judgement.verdict, VERDICT_BROKEN);
	ck_assert_str_eq(judgement.reason,
		"the machine was late by 312 ms here: line 5: client recv 64: want -1 ECONNRESET, saw 0");
	record.again = 5;
	judge(&test_case, &record, NULL, &judgement);
	ck_assert_ptr_nonnull(strstr(judgement.reason, "312 ms here and in 5 runs before: line 5"));
	record.late_ms = 0;
	judge(&test_case, &record, NULL, &judgement);
	ck_assert_int_eq(judgement.verdict, VERDICT_FAIL);
}
END_TEST

START_TEST(known_divergence_that_hangs)
{
	struct known known = {.line = 3, .why = "commit 0123"};
	struct judgement judgement;

	record.n_steps = 2;
	record.steps[0].outcome = outcome_number(6);
	strcpy(record.broken, "client recv 64 (line 4) did not return within 10 s");
	judge(&test_case, &record, &known, &judgement);
	ck_assert_int_eq(judgement.verdict, VERDICT_KNOWN);
	ck_assert_str_eq(judgement.reason, "commit 0123");
	known.line = 4;
	judge(&test_case, &record, &known, &judgement);
	ck_assert_int_eq(judgement.verdict, VERDICT_FAIL);
	record.steps[0].outcome = outcome_number(7);
	judge(&test_case, &record, &known, &judgement);
	ck_assert_int_eq(judgement.verdict, VERDICT_BROKEN);
}
END_TEST

int main(void)
{
	TCase *judging = tcase_create("judge");

	tcase_add_checked_fixture(judging, load, unload);
	tcase_add_test(judging, as_wanted);
	tcase_add_test(judging, wrong_outcome);
	tcase_add_test(judging, spoilt_data);
	tcase_add_test(judging, too_slow);
	tcase_add_test(judging, unseen_is_not_judged);
	tcase_add_test(judging, blocked_for_ever);
	tcase_add_test(judging, extra_event);
	tcase_add_test(judging, missing_event);
	tcase_add_test(judging, wrong_detail);
	tcase_add_test(judging, counter_not_listed);
	tcase_add_test(judging, resets_that_nobody_saw);
	tcase_add_test(judging, wrong_state);
	tcase_add_test(judging, wrong_reason);
	tcase_add_test(judging, reason_missing);
	tcase_add_test(judging, reason_not_listed);
	tcase_add_test(judging, other_case);
	tcase_add_test(judging, step_missing);
	tcase_add_test(judging, broken_off);
	tcase_add_test(judging, broken_off_after_a_difference);
	tcase_add_test(judging, skipped);
	tcase_add_test(judging, known_divergence);
	tcase_add_test(judging, late_is_broken_only_where_it_failed);
	tcase_add_test(judging, known_divergence_that_hangs);
	tcase_add_test(judging, ladder_marks_what_differs);
	return tcase_run(judging);
}
