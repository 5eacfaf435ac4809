/* SPDX-License-Identifier: MIT */
/* Reading and printing stacks.conf: bad lines get the message that mends them, good text comes back
 * as it was, and the committed file is good. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "stacks.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DEB "deb main pool/main/l/lwip/liblwip0_2.1.3+dfsg1-2_amd64.deb\n"
#define DIGEST "sha256 " HEX " 169704\n"
#define STACK "stack lwip-2.1.3 lwip default\n"

static const struct bad {
	const char *text;
	unsigned line, column;
	const char *message; /* a part of it */
} bads[] = {
	{"", 0, 0, "names no stack"},
	{"# nothing\n\n", 0, 0, "names no stack"},
	{"stakc lwip-2 lwip default\n", 1, 1, "did you mean 'stack'?"},
	{"engine qemu\n", 1, 1, "want stack, deb or sha256"},
	{"stack lwip-2 lwipp default\n", 1, 14, "did you mean 'lwip'?"},
	{"stack lwip-2 xen default\n", 1, 14, "want host, qemu, uml, gvisor or lwip"},
	{"stack lwip-2 lwip defualt\n", 1, 19, "did you mean 'default'?"},
	{"stack lwip-2 lwip\n", 1, 18, "want NAME ENGINE SET behind 'stack'"},
	{"stack\n", 1, 6, "want NAME ENGINE SET behind 'stack'"},
	{"stack lwip-2 lwip extra more\n", 1, 25, "read more than 'stack NAME ENGINE SET'"},
	{"stack lwip lwip extra\n", 1, 7, "want a name as 'linux-6.1.176'"},
	{"stack -2 lwip extra\n", 1, 7, "want a name as 'linux-6.1.176'"},
	{"stack Linux-6 qemu extra\n", 1, 7, "want a name as 'linux-6.1.176'"},
	{"stack host-1 host extra\n", 1, 7, "want a name as 'linux-6.1.176'"},
	{"stack linux-" HEX " qemu extra\n", 1, 7, "at most 47 characters"},
	{"stack lwip-2 lwip extra\n", 1, 1, "'lwip-2' has no line 'deb PART PATH'"},
	{STACK DEB DIGEST "\n" STACK DEB DIGEST, 5, 7, "'lwip-2.1.3' is there already, in line 1"},
	{STACK "\nstack host host default\n", 1, 1, "'lwip-2.1.3' has no line 'deb PART PATH'"},
	{DEB, 1, 1, "below a line 'stack'"},
	{"stack host host default\n" DEB, 2, 1, "that is not the host's"},
	{STACK "deb mian pool/main/l/a_1_all.deb\n", 2, 5, "did you mean 'main'?"},
	{STACK "deb http://a.example/ pool/main/l/a_1_all.deb\n", 2, 5, "want main or security"},
	{STACK "deb main pool/../../a_1_all.deb\n", 2, 10, "want a path as 'pool/main/"},
	{STACK "deb main /pool/main/a_1_all.deb\n", 2, 10, "want a path as 'pool/main/"},
	{STACK "deb main pool/main/a_1.deb\n", 2, 10, "PACKAGE_VERSION_amd64.deb"},
	{STACK "deb main pool/main/_1_all.deb\n", 2, 10, "PACKAGE_VERSION_amd64.deb"},
	{STACK "deb main pool/main/a__all.deb\n", 2, 10, "PACKAGE_VERSION_amd64.deb"},
	{STACK "deb main pool/main/a_1_all.rpm\n", 2, 10, "PACKAGE_VERSION_amd64.deb"},
	{STACK "deb main pool/main/$a_1_all.deb\n", 2, 10, "PACKAGE_VERSION_amd64.deb"},
	{STACK "deb main\n", 2, 9, "want PART PATH behind 'deb'"},
	{STACK DEB, 2, 1, "want a line 'sha256 DIGEST BYTES' behind 'deb'"},
	{STACK DEB DEB DIGEST, 2, 1, "want a line 'sha256 DIGEST BYTES' behind 'deb'"},
	{STACK DIGEST, 2, 1, "behind the line 'deb' that it belongs to"},
	{STACK DEB DIGEST DIGEST, 4, 1, "behind the line 'deb' that it belongs to"},
	{STACK DEB "sha256 0123 169704\n", 3, 8, "want a SHA256: 64 digits 0-9a-f"},
	{STACK DEB "sha256 " HEX "0 169704\n", 3, 8, "want a SHA256: 64 digits 0-9a-f"},
	{STACK DEB "sha256 " HEX " 0\n", 3, 73, "want the package's size in bytes"},
	{STACK DEB "sha256 " HEX " 12k\n", 3, 73, "want the package's size in bytes"},
	{STACK DEB "sha256 " HEX " 99999999999999999999\n", 3, 73, "the package's size in bytes"},
	{STACK DEB DIGEST DEB DIGEST DEB DIGEST DEB DIGEST DEB DIGEST, 10, 1, "at most 4 lines"},
	{"stack lwip-2\xc3\xa4 lwip extra\n", 1, 13, "want ASCII, read the byte 0xc3"},
	{"stack lwip\r\n", 1, 11, "want ASCII, read the byte 0x0d"},
};

START_TEST(bad_text_is_refused)
{
	const struct bad *bad = &bads[_i];
	struct complaint complaint = {.line = 99};
	struct stack_list list;

	ck_assert_int_lt(
		stacks_parse("x.conf", bad->text, strlen(bad->text), &list, &complaint), 0);
	ck_assert_msg(strstr(complaint.text, bad->message), "want '%s', saw '%s'", bad->message,
		complaint.text);
	ck_assert_str_eq(complaint.file, "x.conf");
	ck_assert_uint_eq(complaint.line, bad->line);
	ck_assert_uint_eq(complaint.column, bad->column);
}
END_TEST

static char *print(const struct stack_list *list)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(stacks_print(list, stream), 0);
	fclose(stream);
	return text;
}

START_TEST(printing_is_reading_backwards)
{
	static const char text[] =
		"stack   host host default\n"
		"\n"
		"stack   lwip-2.1.3 lwip extra\n"
		"deb     main pool/main/l/lwip/liblwip0_2.1.3+dfsg1-2_amd64.deb\n"
		"sha256  " HEX " 169704\n"
		"deb     security pool/updates/main/l/lwip/liblwip-dev_2~1_all.deb\n"
		"sha256  " HEX " 1\n";
	struct complaint complaint;
	struct stack_list list;
	char *again;

	ck_assert_int_eq(stacks_parse("x", text, strlen(text), &list, &complaint), 0);
	again = print(&list);
	ck_assert_str_eq(again, text);
	free(again);
	stacks_free(&list);
}
END_TEST

static void load(struct stack_list *ret)
{
	struct complaint complaint = {.line = 0};

	unsetenv("LASTACK_STACKS");
	if (stacks_load(stacks_path(), ret, &complaint))
		ck_abort_msg("%s:%u:%u: %s", complaint.file, complaint.line, complaint.column,
			complaint.text);
}

START_TEST(the_committed_file_is_good)
{
	unsigned n[5] = {0};
	struct complaint complaint;
	struct stack_list list, read;
	char *text, *again;

	load(&list);
	text = print(&list);
	ck_assert_int_eq(stacks_parse("x", text, strlen(text), &read, &complaint), 0);
	again = print(&read);
	ck_assert_str_eq(again, text);
	for (size_t i = 0; i < list.n; i++)
		n[list.stacks[i].engine] += list.stacks[i].set == SET_DEFAULT;
	ck_assert_uint_ge(n[ENGINE_HOST], 1);
	ck_assert_uint_ge(n[ENGINE_QEMU], 8);
	ck_assert_uint_ge(n[ENGINE_GVISOR], 2);
	ck_assert_uint_ge(n[ENGINE_LWIP], 2);
	free(text);
	free(again);
	stacks_free(&list);
	stacks_free(&read);
}
END_TEST

START_TEST(no_file_is_named)
{
	struct complaint complaint;
	struct stack_list list;

	ck_assert_int_lt(stacks_load("/nonexistent/stacks.conf", &list, &complaint), 0);
	ck_assert_str_eq(complaint.file, "/nonexistent/stacks.conf");
	ck_assert_str_eq(complaint.text, "cannot be read: No such file or directory");
}
END_TEST

static const struct selection {
	const char *selectors[3];
	const char *names; /* in the list's order; NULL: refused, with: */
	const char *message;
} selections[] = {
	{{NULL}, "host linux-6.1.1", NULL},
	{{"linux-7.0"}, "linux-7.0", NULL},
	{{"linux-7.0", "host", "linux-7.0"}, "host linux-7.0", NULL},
	{{"linux-*"}, "linux-6.1.1 linux-7.0", NULL},
	{{"extra"}, "linux-7.0", NULL},
	{{"all"}, "host linux-6.1.1 linux-7.0", NULL},
	{{"linux-6.11"}, NULL, "did you mean 'linux-6.1.1'?"},
	{{"host", "lwip*"}, NULL, "names no stack"},
	{{"extar"}, NULL, "did you mean 'extra'?"},
};

START_TEST(selectors_name_stacks)
{
	static const char text[] = "stack host host default\n"
				   "stack linux-6.1.1 qemu default\n" DEB DIGEST
				   "stack linux-7.0 qemu extra\n" DEB DIGEST;
	const struct selection *selection = &selections[_i];
	const struct stack *found[3];
	struct complaint complaint;
	struct stack_list list;
	char names[100] = "";
	size_t n = 0, n_found;
	int r;

	ck_assert_int_eq(stacks_parse("x", text, strlen(text), &list, &complaint), 0);
	while (n < 3 && selection->selectors[n])
		n++;
	r = stacks_select(
		&list, (char *const *)selection->selectors, n, found, &n_found, &complaint);
	ck_assert_int_eq(r < 0, !selection->names);
	if (r < 0)
		ck_assert_msg(
			strstr(complaint.text, selection->message), "saw '%s'", complaint.text);
	for (size_t i = 0; !r && i < n_found; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i ? " " : "",
			found[i]->name);
	if (!r)
		ck_assert_str_eq(names, selection->names);
	stacks_free(&list);
}
END_TEST

START_TEST(names_are_told)
{
	struct stack stack = {.name = "linux-7.3-rc7"};
	struct stack_deb deb = {.path = "pool/main/l/linux-binary-7.3_7.3~rc7-1~exp1_amd64.deb"};
	char buf[STACK_PATH_SIZE];

	ck_assert_str_eq(stack_system(&stack, buf, sizeof(buf)), "linux 7.3-rc7 x86_64");
	strcpy(stack.name, "host");
	ck_assert_str_eq(stack_system(&stack, buf, sizeof(buf)), "");
	ck_assert_str_eq(stack_deb_file(&deb), "linux-binary-7.3_7.3~rc7-1~exp1_amd64.deb");
	ck_assert_str_eq(
		stack_deb_package(&deb, buf, sizeof(buf)), "linux-binary-7.3 7.3~rc7-1~exp1");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("stacks");

	tcase_add_loop_test(tcase, bad_text_is_refused, 0, sizeof(bads) / sizeof(*bads));
	tcase_add_test(tcase, printing_is_reading_backwards);
	tcase_add_test(tcase, the_committed_file_is_good);
	tcase_add_test(tcase, no_file_is_named);
	tcase_add_loop_test(
		tcase, selectors_name_stacks, 0, sizeof(selections) / sizeof(*selections));
	tcase_add_test(tcase, names_are_told);
	return tcase_run(tcase);
}
