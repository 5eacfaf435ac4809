/* SPDX-License-Identifier: MIT */
/* Without the right to capture a source says so, and how to mend it. Needs no privilege: gives
 * it up. */
#include "source.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run.h"

static void capabilities_drop(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	ck_assert_int_eq(syscall(SYS_capset, &header, none), 0);
}

START_TEST(missing_right_is_told)
{
	char error[SOURCE_ERROR_SIZE] = "";
	struct source *source = NULL;

	capabilities_drop();
	ck_assert_int_eq(source_open_live("lo", 0, &source, error), -EPERM);
	ck_assert_int_eq(source_open_queue("lo", 0, &source, error), -EPERM);
	ck_assert_ptr_null(source);
	ck_assert_str_eq(error,
		"no right (CAP_NET_RAW) to capture on lo: run as root or allow unprivileged user namespaces");
}
END_TEST

START_TEST(closing_nothing_is_allowed)
{
	source_close(NULL);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("source");

	tcase_add_test(tcase, missing_right_is_told);
	tcase_add_test(tcase, closing_nothing_is_allowed);
	return tcase_run(tcase);
}
