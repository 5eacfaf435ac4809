/* SPDX-License-Identifier: MIT */
/* Reading and printing cases: bad lines get the message that mends them, good text comes back as it
 * was. */
#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "catalog.h"
#include "run.h"
#include "verb.h"

#define TITLE "# A sentence that is long enough.\n"

static const struct bad {
	const char *text;
	unsigned line, column;
	const char *message; /* a part of it */
} bads[] = {
	{"", 0, 0, "the file is empty, want a case"},
	{"client send 7 = 7\n", 1, 1, "want the case in one sentence in its first line"},
	{"# short\nclient send 7 = 7\n", 1, 1, "want the case in one sentence"},
	{TITLE, 1, 1, "the case has no step"},
	{TITLE "client sned 7 = 7\n", 2, 8, "did you mean 'send'?"},
	{TITLE "clinet send 7 = 7\n", 2, 1, "did you mean 'client'?"},
	{TITLE "client\n", 2, 7, "want a verb behind 'client'"},
	{TITLE "client send 7\n", 2, 14, "want an outcome: '= 0'"},
	{TITLE "client send 7 =\n", 2, 16, "want an outcome behind '='"},
	{TITLE "client send = 7\n", 2, 12, "want BYTES behind 'send'"},
	{TITLE "client send x = 7\n", 2, 13, "read 'x', want BYTES"},
	{TITLE "client send -7 = 7\n", 2, 13, "read '-7', want BYTES"},
	{TITLE "client send 7 NOSIGNL = 7\n", 2, 15, "did you mean 'NOSIGNAL'?"},
	{TITLE "client send 7 8 = 7\n", 2, 15, "want FLAGS"},
	{TITLE "client close 8 = 0\n", 2, 14, "more than 'close' takes"},
	{TITLE "client shutdown RW = 0\n", 2, 17, "want RD|WR|RDWR"},
	{TITLE "client setsockopt SO_LINGR 1 0 = 0\n", 2, 19, "did you mean 'SO_LINGER'?"},
	{TITLE "client recv 64 = -1 ECONNREST\n", 2, 21, "did you mean 'ECONNRESET'?"},
	{TITLE "client fill = fulll\n", 2, 15, "did you mean 'full'?"},
	{TITLE "client route unreachble = 0\n", 2, 14, "did you mean 'unreachable'?"},
	{TITLE "client counter TCPTimeout = 1\n", 2, 16, "did you mean 'TCPTimeouts'?"},
	{TITLE "server accept bad-adress = -1 EFAULT\n", 2, 15, "did you mean 'bad-address'?"},
	{TITLE "client peer-state = SYN-RECIEVED\n", 2, 21, "did you mean 'SYN-RECEIVED'?"},
	{TITLE "client close = TIME-WAIT\n", 2, 16, "want an outcome of 'close'"},
	{TITLE "client close = 0 in 5s\n", 2, 18, "in 900ms..2s"},
	{TITLE "client close = 0 in 5s..1s\n", 2, 18, "in 900ms..2s"},
	{TITLE "client close on B = 0\n", 2, 17, "want a descriptor's name"},
	{TITLE "client close as b = 0\n", 2, 14, "'close' makes no descriptor"},
	{TITLE "client:4 close = 0\n", 2, 7, "want :2 or :3"},
	{TITLE "client await = 0\n", 2, 8, "without a begun call"},
	{TITLE "client recv 1 &\nclient send 1 = 1\n", 3, 1, "still in the call begun in line 2"},
	{TITLE "client kill KILL &\n", 2, 18, "cannot be begun"},
	{TITLE "client deliver FINN = 0\n", 2, 16, "did you mean 'FIN'?"},
	{TITLE "client sysctl net.ipv4.tcp_fin_timout = 60\n", 2, 15,
		"did you mean 'net.ipv4.tcp_fin_timeout'?"},
	{TITLE "client fork 2 = pid\nclient fork 2 = pid\n", 3, 8, "actor 2 was forked in line 2"},
	{TITLE "run ipv5\nclient close = 0\n", 2, 5, "did you mean 'ipv4'?"},
	{TITLE "run ipv4 ipv4\nclient close = 0\n", 2, 10, "a second time"},
	{TITLE "run\nclient close = 0\n", 2, 4, "want something behind 'run'"},
	{TITLE "client close = 0\ncite RFC 9293\n", 3, 1, "behind a step"},
	{TITLE "start conected\nclient close = 0\n", 2, 7, "connected, listening"},
	{TITLE "sysctl kernel.panic 1\nclient close = 0\n", 2, 8, "a sysctl below net."},
	{TITLE "sysctl net.ipv4.tcp_fin_timeout\nclient close = 0\n", 2, 8, "want a value"},
	{TITLE "needs linux 6\nclient close = 0\n", 2, 7, "linux >= 6.8"},
	{TITLE "client close = 0\nserver link down = 0\n", 3, 1,
		"read 'link' without a link between the sides, want the header 'needs    veth'"},
	{TITLE "client route delete = 0\n", 2, 1, "read 'route' without a link"},
	{TITLE "needs veth\nclient link dwn = 0\n", 3, 13, "want down|up|delete"},
	{TITLE "needs veth\nclient firewall input rest = 0\n", 3, 23, "did you mean 'reset'?"},
	{TITLE "run ipv4 unix\nneeds veth\nclient close = 0\n", 1, 1,
		"read 'needs veth' with Unix sockets"},
	{TITLE "run ipv4 unix\npeer > RST = sent\n", 1, 1,
		"read steps of 'peer' in a variant without segments"},
	{TITLE "peer > RST = sent\nclient close = 0\nserver close = 0\n", 1, 1, "want two of them"},
	{TITLE "needs tsl\nclient close = 0\n", 2, 7, "did you mean 'tls'?"},
	{TITLE "client bind any = 0\n", 2, 13, "read 'any', want PORT"},
	{TITLE "client connect 0 maped = 0\n", 2, 18, "did you mean 'mapped'?"},
	{TITLE "start listening\nrun swapped\nclient connect = 0\n", 3, 1,
		"'swapped' without 'start connected'"},
	{TITLE "client close = 0\nwire client FINN\n", 3, 13, "want a telling event"},
	{TITLE "client close = 0\nwire listener FIN\n", 3, 6,
		"want a telling event: client|server"},
	{TITLE "client close = 0\nwire\n", 3, 5, "want more behind 'wire'"},
	{TITLE "client close = 0\nmib TCPAbortOnClos +1\n", 3, 5,
		"did you mean 'TCPAbortOnClose'?"},
	{TITLE "client close = 0\nmib TCPAbortOnClose 1\n", 3, 22, "as in '+1'"},
	{TITLE "needs veth\nclient close = 0\nmib OutRsts +x\n", 4, 13, "from +1"},
	{TITLE "needs veth\nclient close = 0\nmib TCPAbortOnData +0\n", 4, 20, "from +1"},
	{TITLE "client close = 0\nmib OutRsts +1\n", 3, 5, "always compared"},
	{TITLE "client close = 0\nstate client TIME_WAIT\n", 3, 14, "did you mean 'TIME-WAIT'?"},
	{TITLE "client close = 0\nreason nothing\n", 3, 1, "without the header 'needs tracefs'"},
	{TITLE "needs tracefs\nclient close = 0\nreason clint NO_SOCKET\n", 4, 8,
		"want client, server or nothing"},
	{TITLE "needs tracefs\nclient close = 0\nreason client\n", 4, 14, "want one reason"},
	{TITLE "needs tracefs\nclient close = 0\nreason client no-socket\n", 4, 15,
		"a name of the kernel's enum"},
	{TITLE "client close = 0\nfoo bar\n", 3, 1, "want a side"},
	{TITLE "client cl\001ose = 0\n", 2, 10, "read byte 0x01, want text"},
};

static void refused(
	const char *text, size_t length, unsigned line, unsigned column, const char *message)
{
	struct test_case test_case;
	struct complaint complaint = {0};
	int r = case_parse("cases/t/bad.case", text, length, &test_case, &complaint);

	ck_assert_msg(r < 0, "accepted: %.200s", text);
	ck_assert_msg(strstr(complaint.text, message), "%s\nwant: %s\nsaw: %s", text, message,
		complaint.text);
	ck_assert_msg(complaint.line == line && complaint.column == column,
		"%s\n%s\nwant %u:%u, saw %u:%u", text, complaint.text, line, column, complaint.line,
		complaint.column);
}

START_TEST(bad_line)
{
	refused(bads[_i].text, strlen(bads[_i].text), bads[_i].line, bads[_i].column,
		bads[_i].message);
}
END_TEST

START_TEST(long_line)
{
	char *text = malloc(200000);

	memset(text, 'x', 200000);
	memcpy(text, TITLE, strlen(TITLE));
	refused(text, strlen(TITLE) + 100000, 2, 512, "read a line of 100000 bytes");
	free(text);
}
END_TEST

START_TEST(too_many_steps)
{
	char text[4096] = TITLE;

	for (unsigned i = 0; i < CASE_MAX_STEPS + 1; i++)
		strcat(text, "client send 1 = 1\n");
	refused(text, strlen(text), CASE_MAX_STEPS + 2, 1, "at most 64 steps");
}
END_TEST

START_TEST(binary_file)
{
	static const char text[] = "\177ELF\002\001\001\000\000";

	refused(text, sizeof(text), 1, 5, "read byte 0x02");
}
END_TEST

static char *printed(const struct test_case *test_case)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	ck_assert_int_eq(case_print(test_case, stream), 0);
	fclose(stream);
	return text;
}

static char *contents(const char *path)
{
	static char text[65536];
	FILE *stream = fopen(path, "r");
	size_t length;

	ck_assert_msg(stream, "%s", path);
	length = fread(text, 1, sizeof(text) - 1, stream);
	text[length] = 0;
	fclose(stream);
	return text;
}

/* Every committed case is written as the printer would write it. */
START_TEST(committed_cases_come_back)
{
	char pattern[512];
	glob_t files;

	snprintf(pattern, sizeof(pattern), "%s/*/*.case", catalog_directory());
	ck_assert_int_eq(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct test_case test_case;
		struct complaint complaint = {0};
		char *text;

		ck_assert_msg(!case_load(files.gl_pathv[i], &test_case, &complaint), "%s:%u:%u: %s",
			files.gl_pathv[i], complaint.line, complaint.column, complaint.text);
		text = printed(&test_case);
		ck_assert_msg(!strcmp(text, contents(files.gl_pathv[i])),
			"%s is not canonical: lastack show --text writes\n%s", files.gl_pathv[i],
			text);
		free(text);
		case_free(&test_case);
	}
	ck_assert_uint_ge(files.gl_pathc, 120);
	globfree(&files);
}
END_TEST

/* What a committed case must say beyond what the language demands. */
START_TEST(committed_cases_are_complete)
{
	struct catalog catalog;
	struct complaint complaint;

	ck_assert_int_eq(catalog_load(NULL, 0, &catalog, &complaint), 0);
	for (size_t i = 0; i < catalog.n; i++) {
		const struct test_case *test_case = &catalog.cases[i];
		bool has_state[2] = {false, false};

		if (test_case->script.has_peer) /* no kernel holds a state for it */
			has_state[test_case->script.peer_plays] = true;
		ck_assert_msg(test_case->cite[0], "%s has no cite line", test_case->name);
		ck_assert_msg(test_case->has_wire, "%s has no wire line (or: wire nothing)",
			test_case->name);
		ck_assert_msg(test_case->has_mib, "%s has no mib line (or: mib nothing)",
			test_case->name);
		for (size_t j = 0; j < test_case->n_lines; j++) {
			const struct case_line *line = &test_case->lines[j];

			if (line->kind == LINE_STATE)
				has_state[line->side] = true;
			ck_assert_msg(line->kind != LINE_STEP || line->want.kind != OUTCOME_ANY,
				"%s:%u asserts nothing", test_case->path, line->line);
		}
		ck_assert_msg(has_state[0] && has_state[1], "%s does not say both final states",
			test_case->name);
	}
	catalog_free(&catalog);
}
END_TEST

static const char every_form[] =
	"# Every form of the language is read and printed back.\n"
	"# A second line of the title.\n"
	"cite     RFC 9293 3.10.4\n"
	"symptom  a text with = and & and | in it\n"
	"departs  socket(7): says otherwise\n"
	"run      ipv4 mapped\n"
	"start    listening\n"
	"option   client SO_LINGER 1 5\n"
	"option   server SO_RCVBUF 4096\n"
	"sysctl   net.ipv4.tcp_fin_timeout 2\n"
	"timing   default\n"
	"time     slow\n"
	"needs    linux >= 4.19\n"
	"needs    tracefs\n"
	"\n"
	"# a comment\n"
	"client   connect                       = 0\n"
	"server   accept as b                   = fd\n"
	"listener close                         = 0\n"
	"server   setsockopt SO_LINGER 1 0 on b = 0\n"
	"server   getsockopt SO_LINGER on b     = 1 0\n"
	"server   dup on b as c                 = fd\n"
	"client   recv 64 PEEK|DONTWAIT         = -1 EAGAIN\n"
	"client   shutdown 7                    = -1 EINVAL\n"
	"client   shutdown WR                   = 0\n"
	"client   poll IN|OUT|RDHUP now         = IN|OUT|RDHUP\n"
	"client   poll none now                 = 0\n"
	"client   dup2 null                     = fd\n"
	"client:2 recv 64 &\n"
	"client:2 look                          = blocked\n"
	"client:2 await                         = -1 EINTR SIGALRM\n"
	"client   until TIME-WAIT               = TIME-WAIT in 1500ms..3s\n"
	"server   fill                          = full\n"
	"server   drain                         = part ECONNRESET\n"
	"server   send 100                      = 1..100\n"
	"server   send 100                      = 1..\n"
	"server   exit 3                        = exited 3\n"
	"client   kill SEGV                     = killed SIGSEGV\n"
	"client   getsockopt SO_ERROR           = ECONNRESET\n"
	"client   recv 1                        = any\n"
	"\n"
	"wire     client SYN\n"
	"wire     server SYN,ACK\n"
	"wire     client data any\n"
	"wire     server FIN with data seq 1 ack 8\n"
	"wire     client RST,ACK seq 9 win >0 ipid >0 opts ts\n"
	"wire     client RST win 0 ipid 0 ttl 64 tos 16 opts none\n"
	"mib      TCPAbortOnClose +1\n"
	"mib      ListenOverflows +12\n"
	"state    client TIME-WAIT\n"
	"state    server none\n"
	"reason   server TCP_ABORT_ON_CLOSE\n"
	"reason   nothing\n";

/* Unix sockets and MPTCP are compared with TCP where a case says so, never unasked. */
START_TEST(variants_if_not_said)
{
	static const char unsaid[] = TITLE "client close = 0\n";
	static const char said[] = TITLE "run unix-dgram mptcp\nclient close = 0\n";
	struct test_case test_case;
	struct complaint complaint;

	ck_assert_int_eq(case_parse("-", unsaid, strlen(unsaid), &test_case, &complaint), 0);
	for (unsigned i = 0; i < VARIANT_COUNT; i++)
		ck_assert_int_eq(test_case.variants[i], i <= VARIANT_SWAPPED);
	case_free(&test_case);
	ck_assert_int_eq(case_parse("-", said, strlen(said), &test_case, &complaint), 0);
	for (unsigned i = 0; i < VARIANT_COUNT; i++)
		ck_assert_int_eq(
			test_case.variants[i], i == VARIANT_UNIX_DGRAM || i == VARIANT_MPTCP);
	case_free(&test_case);
}
END_TEST

START_TEST(every_form_comes_back)
{
	struct test_case test_case;
	struct complaint complaint = {0};
	char *text;

	ck_assert_msg(!case_parse("-", every_form, strlen(every_form), &test_case, &complaint),
		"%u:%u: %s", complaint.line, complaint.column, complaint.text);
	text = printed(&test_case);
	ck_assert_str_eq(text, every_form);
	ck_assert_str_eq(test_case.name, "user/stdin");
	free(text);
	case_free(&test_case);
}
END_TEST

static const struct {
	const char *path, *name;
} names[] = {
	{"/a/cases/linger/zero.case", "linger/zero"},
	{"cases/linger/zero.case", "linger/zero"},
	{"mine.case", "user/mine"},
	{"/tmp/x y.case", "user/x-y"},
	{"cases/zero.case", "user/zero"},
	{"/cases/a/cases/b/c.case", "b/c"},
};

START_TEST(name_from_path)
{
	struct test_case test_case;
	struct complaint complaint;

	ck_assert_int_eq(
		case_parse(names[_i].path, every_form, strlen(every_form), &test_case, &complaint),
		0);
	ck_assert_str_eq(test_case.name, names[_i].name);
	case_free(&test_case);
}
END_TEST

/* Each example of the verb table is a step that the parser takes and prints back. */
START_TEST(verb_examples_parse)
{
	char text[256], *printed = NULL;
	const struct verb *verb = &verbs[_i];
	struct test_case made;
	struct complaint complaint = {0};
	bool needs_begun = _i == VERB_AWAIT || _i == VERB_LOOK || _i == VERB_AWAIT_BOTH;
	size_t length;
	FILE *stream;

	if (verb->traits & VERB_INTERNAL)
		return;
	snprintf(text, sizeof(text), "# An example of the verb table.\n%s%s%s %s\n",
		verb->traits & VERB_ON_LINK ? "needs veth\n" : "",
		needs_begun ? "client:3 recv 1 &\nclient:2 recv 1 &\n" : "",
		verb->traits & VERB_OF_PEER ? "peer" : "client:2", verb->example);
	ck_assert_msg(!case_parse("-", text, strlen(text), &made, &complaint), "%s:%u: %s", text,
		complaint.line, complaint.text);
	stream = open_memstream(&printed, &length);
	case_print(&made, stream);
	fclose(stream);
	ck_assert_msg(strstr(printed, verb->name), "%s", printed);
	free(printed);
	case_free(&made);
	ck_assert_msg(verb->help[0], "%s has no help", verb->name);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("parse");

	tcase_set_timeout(tcase, 60); /* the committed cases are many, and sanitizers slow */
	tcase_add_loop_test(tcase, bad_line, 0, sizeof(bads) / sizeof(*bads));
	tcase_add_test(tcase, long_line);
	tcase_add_test(tcase, too_many_steps);
	tcase_add_test(tcase, binary_file);
	tcase_add_test(tcase, variants_if_not_said);
	tcase_add_test(tcase, every_form_comes_back);
	tcase_add_loop_test(tcase, name_from_path, 0, sizeof(names) / sizeof(*names));
	tcase_add_loop_test(tcase, verb_examples_parse, 0, (int)verb_count);
	tcase_add_test(tcase, committed_cases_come_back);
	tcase_add_test(tcase, committed_cases_are_complete);
	return tcase_run(tcase);
}
