/* SPDX-License-Identifier: MIT */
/* Records of anything, there and back, trimmed and copied. */
#include <stdlib.h>
#include <string.h>

#include "suite.h"

/* xorshift64: the same records on every machine. */
static uint64_t random_state;

static uint64_t random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static uint64_t random_below(uint64_t n)
{
	return random_next() % n;
}

/* Small numbers and the edges of what an int64_t holds. */
static int64_t random_number(void)
{
	static const int64_t edges[] = {0, -1, 1, 65536, INT64_MAX, INT64_MIN};

	if (random_below(4) == 0)
		return edges[random_below(N_OF(edges))];
	return (int64_t)random_next() >> random_below(64);
}

static void random_text(char *buf, size_t size)
{
	size_t length = random_below(3) ? random_below(size) : 0;
	size_t i;

	for (i = 0; i < length; i++)
		buf[i] =
			random_below(20) ? (char)(' ' + random_below(95)) : (char)random_below(256);
	buf[length] = '\0';
}

static void random_word(char *buf, size_t size)
{
	size_t length = 1 + random_below(size - 1);
	size_t i;

	for (i = 0; i < length; i++)
		buf[i] = (char)('a' + random_below(26));
	buf[length] = '\0';
}

static struct outcome random_outcome(void)
{
	struct outcome outcome = {.kind = (enum outcome_kind)random_below(OUTCOME_WORD + 1)};

	outcome.error = random_below(2) ? (int32_t)random_below(140) : 0;
	outcome.signal = random_below(3) ? 0 : (int32_t)random_below(70);
	outcome.events = (uint32_t)random_next() & 0x3fff;
	outcome.has_number = random_below(2);
	outcome.has_second = random_below(2);
	outcome.is_range = random_below(3) == 0;
	outcome.is_spoilt = random_below(4) == 0;
	outcome.has_amount = random_below(4) == 0;
	outcome.number = random_number();
	outcome.number_max = random_below(2) ? INT64_MAX : outcome.number;
	outcome.second = random_number();
	outcome.spoilt_at = random_number();
	outcome.amount = random_number();
	random_word(outcome.word, sizeof(outcome.word));
	return outcome;
}

static struct event random_event(void)
{
	struct event event = {.side = (enum side)random_below(2)};

	event.kind = (enum event_kind)random_below(EVENT_RST_ACK + 1);
	event.given = (uint32_t)random_below(EVENT_HAS_TOS << 1);
	event.is_any_amount = random_below(5) == 0;
	event.is_about = random_below(3) == 0;
	event.with_data = random_below(2);
	event.opts = (enum event_opts)random_below(3);
	event.bytes = random_number() & INT64_MAX;
	event.seq = random_number();
	event.ack = random_number();
	event.win = (int64_t)random_below(65537) - 1;
	event.ipid = (int64_t)random_below(65537) - 1;
	event.ttl = (int64_t)random_below(256);
	event.tos = (int64_t)random_below(256);
	return event;
}

static void random_steps(struct record *record)
{
	uint32_t i;

	record->n_steps = (uint32_t)random_below(RECORD_MAX_STEPS + 1);
	for (i = 0; i < record->n_steps; i++) {
		record->steps[i].at_ns =
			random_below(9) ? (int64_t)random_below(9999999) : random_number();
		record->steps[i].took_ns = random_number();
		record->steps[i].side = (enum side)random_below(3);
		record->steps[i].actor = (uint8_t)random_next();
		random_text(record->steps[i].call, RECORD_CALL_SIZE);
		record->steps[i].outcome = random_outcome();
	}
}

static void random_record(struct record *record)
{
	uint32_t i;

	*record = (struct record){.verdict = (enum verdict)random_below(VERDICT_KNOWN + 1)};
	random_text(record->name, sizeof(record->name));
	random_text(record->variant, sizeof(record->variant));
	random_text(record->system, sizeof(record->system));
	random_text(record->about, sizeof(record->about));
	random_text(record->departs, sizeof(record->departs));
	random_text(record->broken, sizeof(record->broken));
	random_text(record->skip, sizeof(record->skip));
	random_text(record->reason, sizeof(record->reason));
	random_text(record->states[0], RECORD_STATE_SIZE);
	random_text(record->states[1], RECORD_STATE_SIZE);
	random_steps(record);
	record->n_events = (uint32_t)random_below(RECORD_MAX_EVENTS + 1);
	for (i = 0; i < record->n_events; i++) {
		record->events[i].at_ns =
			random_below(9) ? (int64_t)random_below(9999999) : random_number();
		record->events[i].event = random_event();
	}
	for (i = 0; i < COUNTER_COUNT; i++)
		record->counters[i] = random_below(3) ? 0 : random_number();
	record->n_reasons = (uint32_t)random_below(RECORD_MAX_REASONS + 1);
	for (i = 0; i < record->n_reasons; i++) {
		record->reasons[i].side = (enum side)random_below(2);
		random_word(record->reasons[i].name, RECORD_REASON_SIZE);
	}
}

START_TEST(record_random)
{
	struct record_complaint complaint = {.line = 0};
	struct record record, read;
	char *text, *second;
	int i;

	random_state = 0x1a57ac4;
	for (i = 0; i < 500; i++) {
		random_record(&record);
		text = record_text(&record);
		ck_assert_msg(record_from(text, strlen(text), &read, &complaint) == 1,
			"record %d: %u: %s", i, complaint.line, complaint.text);
		second = record_text(&read);
		texts_equal("random record", text, second);
		ck_assert_int_eq(read.n_steps, record.n_steps);
		ck_assert_int_eq(read.n_events, record.n_events);
		ck_assert_mem_eq(read.counters, record.counters, sizeof(read.counters));
		free(text);
		free(second);
	}
}
END_TEST

static void text_is(const char *what, const char *want, const struct record *record)
{
	char *saw = record_text(record);

	texts_equal(what, want, saw);
	free(saw);
}

START_TEST(trimmed_is_the_same)
{
	struct record record, copy;

	random_state = 0x1a57ac5;
	for (int i = 0; i < 200; i++) {
		struct record *trimmed, *again;
		char *text;

		random_record(&record);
		text = record_text(&record);
		trimmed = record_trim(&record);
		again = record_trim(trimmed);
		record_copy(&copy, again);
		text_is("trimmed", text, trimmed);
		text_is("trimmed twice", text, again);
		text_is("copied", text, &copy);
		ck_assert(!copy.is_trimmed && copy.n_reasons == record.n_reasons);
		memset(&record, 0xff, sizeof(record));
		text_is("when the first is gone", text, trimmed);
		free(text);
		free(trimmed);
		free(again);
	}
}
END_TEST

/* As a crashed process may leave it; the sanitizers look. */
START_TEST(trimmed_trusts_no_count)
{
	struct record record = {.n_events = 1};
	struct record *trimmed;
	char *text;

	record.n_steps = record.n_events = record.n_reasons = UINT32_MAX;
	text = record_text(&record);
	trimmed = record_trim(&record);
	text_is("too large counts", text, trimmed);
	free(trimmed);
	free(text);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("random");

	tcase_add_test(tests, record_random);
	tcase_add_test(tests, trimmed_is_the_same);
	tcase_add_test(tests, trimmed_trusts_no_count);
	return tests_run(tests);
}
