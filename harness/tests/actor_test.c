/* SPDX-License-Identifier: MIT */
/* What actors say of what they see: whether bytes came as they were sent, what the system is
 * called. */
#include <check.h>
#include <string.h>

#include "run.h"
#include "stream.h"
#include "system.h"

/* Every shift, loss and doubling of a stretch shows within a few bytes. */
START_TEST(stream_shows_disorder)
{
	static uint8_t bytes[4096];
	static const int64_t shifts[] = {
		1, 2, 255, 256, 1460, 4096, 65535, 65536, 65537, 1048576, 8388608};

	stream_fill(bytes, sizeof(bytes), 0, 100);
	ck_assert_int_eq(stream_check(bytes, sizeof(bytes), 0, 100), -1);
	ck_assert_int_ne(stream_check(bytes, sizeof(bytes), 1, 100), -1);
	bytes[77] ^= 1;
	ck_assert_int_eq(stream_check(bytes, sizeof(bytes), 0, 100), 177);
	stream_fill(bytes, sizeof(bytes), 0, 100);
	for (unsigned i = 0; i < sizeof(shifts) / sizeof(*shifts); i++) {
		int64_t at = stream_check(bytes, sizeof(bytes), 0, 100 + shifts[i]);

		ck_assert_msg(at >= 0 && at < 100 + shifts[i] + 300,
			"a shift by %lld shows at %lld only", (long long)shifts[i], (long long)at);
	}
}
END_TEST

static const struct {
	const char *release, *version, *name;
} systems[] = {
	{"6.18.44-fc", "#1 SMP Fri Nov 20 2026", "linux 6.18.44-fc x86_64"},
	{"6.1.0-50-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-07-01)",
		"linux 6.1.176 x86_64"},
	{"7.2.12+deb13-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 7.2.12-1~bpo13+1 (2026-11-04)",
		"linux 7.2.12 x86_64"},
	{"6.1.0", "#1 SMP Debian unstable", "linux 6.1.0 x86_64"},
};

START_TEST(systems_have_their_stable_version)
{
	struct utsname system = {.machine = "x86_64"};
	char name[80];

	strcpy(system.release, systems[_i].release);
	strcpy(system.version, systems[_i].version);
	system_name(&system, name, sizeof(name));
	ck_assert_str_eq(name, systems[_i].name);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("actor");

	tcase_add_test(tcase, stream_shows_disorder);
	tcase_add_loop_test(
		tcase, systems_have_their_stable_version, 0, sizeof(systems) / sizeof(*systems));
	return tcase_run(tcase);
}
