/* SPDX-License-Identifier: MIT */
/* Connections of a few listening ends, told one after the other -> what the scene says of each. */
#include "scene.h"

#include "ends.h"
#include "run.h"
#include "tale.h"

enum { MOST = 20000 };

static struct surroundings around[MOST]; /* by the connections' numbers */
static unsigned times[MOST], handed;
static struct scene *scene;
static struct tale tale;

static void take(const struct history *history, const struct surroundings *surroundings, void *data)
{
	ck_assert_ptr_eq(data, &tale);
	around[history->number] = *surroundings;
	times[history->number]++;
	handed++;
}

static void setup(void)
{
	ck_assert_int_eq(scene_new(take, &tale, &scene), 0);
}

static void teardown(void)
{
	scene_free(scene);
}

/* Connection `number` to the port begins at `ms`. */
static void begin(uint32_t number, uint16_t port, int64_t ms)
{
	tale_begin(&tale);
	tale.now_ns = tale.history.begun_ns = (1000000 + ms) * MS;
	tale.frame = number * 100;
	tale.history.first_frame = number * 100 + 1;
	tale.history.number = number;
	tale.history.ends[C].port = (uint16_t)(30000 + number);
	tale.history.ends[S].port = port;
}

static void add_accepted(uint32_t number, uint16_t port, int64_t ms)
{
	begin(number, port, ms);
	tale_connect(&tale);
	tale_send(&tale, C, 10);
	tale_send(&tale, S, 10);
	tale_fin(&tale, C);
	tale_fin(&tale, S);
	scene_add(scene, &tale.history);
}

static void add_refused(uint32_t number, uint16_t port, int64_t ms)
{
	begin(number, port, ms);
	tale_syn(&tale);
	tale_gone(&tale, S);
	scene_add(scene, &tale.history);
}

/* Connected at `ms`, reset at `reset_ms`. */
static void add_reset(uint32_t number, uint16_t port, int64_t ms, int64_t reset_ms)
{
	begin(number, port, ms);
	tale_connect(&tale);
	tale_send(&tale, C, 10);
	tale.now_ns = (1000000 + reset_ms) * MS;
	tale_abort(&tale, S);
	scene_add(scene, &tale.history);
}

START_TEST(closed_listener)
{
	add_accepted(0, 80, 0);
	add_reset(1, 80, 10, 50);
	add_reset(2, 80, 11, 50);
	add_reset(3, 80, 12, 51);
	add_reset(4, 81, 12, 51); /* another's */
	add_refused(5, 80, 100);
	scene_flush(scene);
	for (unsigned i = 1; i <= 3; i++) {
		ck_assert_uint_eq(around[i].reset_together, 2);
		ck_assert_int_le(around[i].reset_together_ns, 2 * MS);
		ck_assert_uint_eq(around[i].refused_later_frame, 501);
		ck_assert_uint_eq(around[i].accepted_earlier_frame, (i - 1) * 100 + 1);
		ck_assert_uint_eq(around[i].server_ttl, 64);
	}
	ck_assert_uint_eq(around[4].reset_together, 0);
	ck_assert_uint_eq(around[4].refused_later_frame, 0);
}
END_TEST

/* Flow hands over by when a connection was last heard of, not by when it was reset. */
START_TEST(closed_listener_out_of_order)
{
	add_refused(5, 80, 100);
	add_reset(3, 80, 12, 51);
	add_reset(1, 80, 10, 50);
	add_reset(2, 80, 11, 50);
	scene_flush(scene);
	for (unsigned i = 1; i <= 3; i++) {
		ck_assert_uint_eq(around[i].reset_together, 2);
		ck_assert_uint_eq(around[i].refused_later_frame, 501);
	}
}
END_TEST

/* A queue is first in, first out. */
START_TEST(not_in_their_order)
{
	add_reset(1, 80, 10, 52);
	add_reset(2, 80, 11, 51);
	add_reset(3, 80, 12, 50);
	scene_flush(scene);
	for (unsigned i = 1; i <= 3; i++)
		ck_assert_uint_eq(around[i].reset_together, 0);
}
END_TEST

START_TEST(one_after_the_other)
{
	for (uint32_t i = 0; i < 5; i++)
		add_reset(i, 80, 10 + 2 * i, 11 + 2 * i);
	scene_flush(scene);
	for (uint32_t i = 0; i < 5; i++)
		ck_assert_uint_eq(around[i].reset_together, 0);
}
END_TEST

/* A port that accepted once more was not closed by what reset this one. */
START_TEST(accepted_in_between)
{
	add_reset(1, 80, 10, 50);
	add_accepted(2, 80, 60);
	add_refused(3, 80, 100);
	scene_flush(scene);
	ck_assert_uint_eq(around[1].refused_later_frame, 0);
}
END_TEST

/* Nothing is queued any more where a SYN was refused: this one had been accepted. */
START_TEST(outlived_its_listener)
{
	add_reset(1, 80, 10, 50);
	add_reset(2, 80, 10, 50);
	add_refused(3, 80, 51);
	add_reset(4, 80, 10, 52);
	add_refused(5, 80, 53);
	scene_flush(scene);
	ck_assert_uint_eq(around[1].refused_later_frame, 301);
	ck_assert_uint_eq(around[4].refused_later_frame, 0);
	ck_assert_uint_eq(around[4].reset_together, 0);
}
END_TEST

START_TEST(refused_too_late)
{
	add_reset(1, 80, 10, 50);
	add_refused(2, 80, 50 + 10100);
	scene_flush(scene);
	ck_assert_uint_eq(around[1].refused_later_frame, 0);
}
END_TEST

START_TEST(refused_before)
{
	add_refused(1, 80, 5);
	add_reset(2, 80, 10, 50);
	scene_flush(scene);
	ck_assert_uint_eq(around[2].refused_later_frame, 0);
}
END_TEST

START_TEST(held_for_the_horizon_only)
{
	add_reset(1, 80, 10, 50);
	add_accepted(2, 81, 60);
	ck_assert_uint_eq(handed, 1);
	ck_assert_uint_eq(scene_held(scene), 1);
	scene_advance(scene, (1000000 + 50) * MS + SCENE_HORIZON_NS);
	ck_assert_uint_eq(handed, 1);
	scene_advance(scene, (1000000 + 60) * MS + SCENE_HORIZON_NS);
	ck_assert_uint_eq(handed, 2);
	ck_assert_uint_eq(scene_held(scene), 0);
}
END_TEST

START_TEST(silences_alike)
{
	for (uint32_t i = 0; i < 4; i++) {
		begin(i, 80, 10 * i);
		tale_connect(&tale);
		tale_send(&tale, C, 10);
		tale_wait(&tale, i == 2 ? 20000 * MS : 60000 * MS + i * MS);
		tale_fin(&tale, S);
		scene_add(scene, &tale.history);
	}
	scene_flush(scene);
	ck_assert_uint_eq(around[3].same_idle, 2);
	ck_assert_uint_eq(around[2].same_idle, 0);
}
END_TEST

/* A segment of connection 0 reaches the opener from another address. */
static void add_stray(uint32_t number, uint32_t base_shift)
{
	begin(number, 80, 20);
	tale.history.ends[C].port = 30000; /* who resets is the opener of connection 0 */
	tale.history.ends[S].address[3] = 77;
	tale.history.ends[S].port = 8080;
	tale.history.is_midstream = true;
	tale.history.directions[C].base = 1000 + 11 + base_shift;
	tale.history.directions[S].base = 5000 + 11 + base_shift;
	tale.is_deaf[C] = true;
	tale_send(&tale, S, 100);
	tale_gone(&tale, C)->heard = 0;
	scene_add(scene, &tale.history);
}

static void add_owner(void)
{
	begin(0, 80, 0);
	tale.history.directions[C].base = 1000;
	tale.history.directions[S].base = 5000;
	tale_connect(&tale);
	tale_send(&tale, C, 10);
	tale_send(&tale, S, 10);
	tale.now_ns += 100 * MS;
	tale_fin(&tale, C);
	scene_add(scene, &tale.history);
}

START_TEST(stray_is_recognised)
{
	add_stray(1, 0);
	add_stray(2, 100000000); /* other numbers: of another time */
	add_owner();
	scene_flush(scene);
	ck_assert_uint_eq(around[1].stray_of, 0);
	ck_assert_uint_eq(around[2].stray_of, UINT32_MAX);
	ck_assert_uint_eq(around[0].stray_of, UINT32_MAX);
}
END_TEST

/* However many there are: bounded, and each handed on once. */
START_TEST(many)
{
	size_t bytes = scene_bytes(scene);

	for (uint32_t i = 0; i < MOST; i++)
		add_reset(i, (uint16_t)(i % 9000), 1, 2);
	ck_assert_uint_le(scene_held(scene), 2048);
	ck_assert_uint_eq(scene_held(scene) + handed, MOST);
	scene_flush(scene);
	ck_assert_uint_eq(scene_bytes(scene), bytes);
	for (uint32_t i = 0; i < MOST; i++)
		ck_assert_uint_eq(times[i], 1);
}
END_TEST

START_TEST(many_of_one_end)
{
	for (uint32_t i = 0; i < 200; i++)
		add_reset(i, 80, 1 + i, 2 + 200 + i / 100);
	ck_assert_uint_le(scene_held(scene), 64);
	scene_flush(scene);
	for (uint32_t i = 0; i < 200; i++)
		ck_assert_uint_eq(times[i], 1);
	ck_assert_uint_ge(around[199].reset_together, 2);
	ck_assert_uint_ge(around[0].reset_together, 2);
}
END_TEST

/* The end of port 1 is seen again and again, that of port 2 only at first. */
START_TEST(longest_unseen_end_is_forgotten)
{
	uint32_t number = 0;

	add_accepted(number++, 1, 0);
	add_accepted(number++, 2, 1);
	for (uint16_t port = 3; port < 3 * ENDS_MOST; port++) {
		add_accepted(number++, port, port);
		if (port % 1000 == 0)
			add_accepted(number++, 1, port);
	}
	add_reset(number, 1, 20000, 20001);
	add_reset(number + 1, 2, 20000, 20001);
	scene_flush(scene);
	ck_assert_uint_ne(around[number].accepted_earlier_frame, 0);
	ck_assert_uint_eq(around[number + 1].accepted_earlier_frame, 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("scene");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, closed_listener);
	tcase_add_test(tcase, closed_listener_out_of_order);
	tcase_add_test(tcase, not_in_their_order);
	tcase_add_test(tcase, one_after_the_other);
	tcase_add_test(tcase, accepted_in_between);
	tcase_add_test(tcase, outlived_its_listener);
	tcase_add_test(tcase, refused_too_late);
	tcase_add_test(tcase, refused_before);
	tcase_add_test(tcase, held_for_the_horizon_only);
	tcase_add_test(tcase, silences_alike);
	tcase_add_test(tcase, stray_is_recognised);
	tcase_add_test(tcase, longest_unseen_end_is_forgotten);
	tcase_add_test(tcase, many);
	tcase_add_test(tcase, many_of_one_end);
	return tcase_run(tcase);
}
