/* SPDX-License-Identifier: MIT */
/* Records there and back, and files that are not records. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suite.h"

static const char example[] =
	"record  unread/close ipv4    linux 6.18.44 x86_64\n"
	"about   close() with unread data resets the connection\n"
	"departs socket(7): nothing is said of it\n"
	"-0.000002  client    socket          = 0              in 0us\n"
	" 0.000000  client    send 7          = 7              in 12us\n"
	" 0.000031  server:2  recv 64 &       = begun          in 3us\n"
	" 0.000031  wire      client data 7   seq 1 ack 1 win 512 ipid 7 ttl 64 opts ts\n"
	" 0.000060  wire      server RST,ACK\n"
	" 1.000000  client    a call = with a long text = 1 5 = -1 ECONNRESET  in 40us\n"
	"mib     TCPAbortOnClose +1\n"
	"mib     OutRsts +1\n"
	"state   client none\n"
	"state   server TIME-WAIT\n"
	"reason  server TCP_ABORT_ON_CLOSE\n"
	"reason  client NO_SOCKET\n"
	"late    312 ms\n"
	"again   2\n"
	"broken  client recv 64 did not return within 10 s\n"
	"skip    needs CAP_NET_ADMIN \xe2\x80\x93 here\n"
	"end     FAIL want 1, saw 2\n"
	"\n";

START_TEST(record_there_and_back)
{
	struct record record;
	struct record_complaint complaint = {.line = 0};
	char *text;

	ck_assert_msg(record_from(example, strlen(example), &record, &complaint) == 1, "%u: %s",
		complaint.line, complaint.text);
	ck_assert_int_eq(record.n_steps, 4);
	ck_assert_int_eq(record.n_events, 2);
	ck_assert_int_eq(record.steps[0].at_ns, -2000);
	ck_assert_int_eq(record.steps[1].took_ns, 12000);
	ck_assert_int_eq(record.steps[2].actor, 2);
	ck_assert_str_eq(record.steps[3].call, "a call = with a long text = 1 5");
	ck_assert_int_eq(record.counters[COUNTER_ABORT_ON_CLOSE], 1);
	ck_assert_int_eq(record.n_reasons, 2);
	ck_assert_int_eq(record.reasons[1].side, SIDE_CLIENT);
	ck_assert_str_eq(record.reasons[1].name, "NO_SOCKET");
	ck_assert_uint_eq(record.late_ms, 312);
	ck_assert_uint_eq(record.again, 2);
	ck_assert_int_eq(record.verdict, VERDICT_FAIL);
	ck_assert_str_eq(record.reason, "want 1, saw 2");
	text = record_text(&record);
	texts_equal("record", example, text);
	free(text);
}
END_TEST

/* Cut anywhere, it is never taken for a record; the last byte is the empty line's. */
START_TEST(record_cut_off)
{
	struct record_complaint complaint;
	struct record record;
	size_t size;

	for (size = 1; size < strlen(example) - 1; size++) {
		complaint = (struct record_complaint){.line = 0};
		ck_assert_int_eq(record_from(example, size, &record, &complaint), -EINVAL);
		ck_assert(complaint.line > 0 && complaint.text[0]);
	}
	ck_assert_int_eq(record_from(example, size, &record, &complaint), 1);
}
END_TEST

#define HEAD "record a/b ipv4 linux 1\n"

static const struct {
	const char *text;
	unsigned line;
	const char *complaint;
} bad_files[] = {
	{"recod a b c\n", 1, "want record, read \"recod a b c\""},
	{"\n# a comment\n\nend\n", 4, "want record, read \"end\""},
	{"record\n", 1, "want a name, read the end of the line"},
	{"record a/b\n", 1, "want a variant, read the end of the line"},
	{"record a/b ipv4 \n", 1, "want a system, read the end of the line"},
	{"record a/b a-variant-too-long linux\n", 1,
		"want a variant of at most 15 bytes, read \"a-variant-too-long linux\""},
	{HEAD, 1, "want \"end\" of the record that began on line 1, read the end of the file"},
	{HEAD "\n" HEAD, 3, "want the end of the record that began on line 1, read another record"},
	{HEAD "end", 2, "the file ends in the middle of this line"},
	{HEAD "end PASSED\n", 2,
		"want PASS, FAIL, BROKEN, SKIP, KNOWN or nothing, read \"PASSED\""},
	{HEAD "# comment\n", 2,
		"want a time, about, departs, mib, state, reason, unseen, late, again, broken, skip or end, read \"# comment\""},
	{HEAD "about\n", 2, "want a text, read the end of the line"},
	{HEAD "about x\nabout y\n", 3, "a second \"about\" in the record that began on line 1"},
	{HEAD "mib TCPAbort +1\n", 2, "want a counter, read \"TCPAbort +1\""},
	{HEAD "mib OutRsts\n", 2, "want +N or -N, read the end of the line"},
	{HEAD "mib OutRsts 1\n", 2, "want +N or -N, read \"1\""},
	{HEAD "mib OutRsts +-1\n", 2, "want +N or -N, read \"+-1\""},
	{HEAD "mib OutRsts +9223372036854775808\n", 2,
		"want +N or -N, read \"+9223372036854775808\""},
	{HEAD "mib OutRsts +1 2\n", 2, "want the end of the line, read \"2\""},
	{HEAD "mib OutRsts +1\nmib OutRsts +1\n", 3, "OutRsts is counted a second time"},
	{HEAD "late 0 ms\n", 2, "want a number above 0, read \"0 ms\""},
	{HEAD "late 4294967296 ms\n", 2, "want a number above 0, read \"4294967296 ms\""},
	{HEAD "late 312\n", 2, "want ms, read the end of the line"},
	{HEAD "late 312 ms 1\n", 2, "want the end of the line, read \"1\""},
	{HEAD "again -1\n", 2, "want a number above 0, read \"-1\""},
	{HEAD "again 1 time\n", 2, "want the end of the line, read \"time\""},
	{HEAD "again 1\nagain 1\n", 3, "a second \"again\" in the record that began on line 1"},
	{HEAD "state listener none\n", 2, "want client or server, read \"listener none\""},
	{HEAD "state client\n", 2, "want a state, read the end of the line"},
	{HEAD "state client CLOSE-WAIT-OR-SO\n", 2,
		"want a state of at most 15 bytes, read \"CLOSE-WAIT-OR-SO\""},
	{HEAD "state client none x\n", 2, "want the end of the line, read \"x\""},
	{HEAD "reason listener NO_SOCKET\n", 2,
		"want client or server, read \"listener NO_SOCKET\""},
	{HEAD "reason client\n", 2, "want a reason, read the end of the line"},
	{HEAD "reason client NO SOCKET\n", 2, "want the end of the line, read \"SOCKET\""},
	{HEAD "state client none\nstate client none\n", 3,
		"the state of the client is given a second time"},
	{HEAD "0.00001 client close = 0 in 1us\n", 2,
		"want a time in seconds with six decimals, read \"0.00001 client close = 0 in 1us\""},
	{HEAD "0.-00001 client close = 0 in 1us\n", 2,
		"want a time in seconds with six decimals, read \"0.-00001 client close = 0 in 1us\""},
	{HEAD "9223372036.854776 wire client FIN\n", 2,
		"want a time in seconds with six decimals, "
		"read \"9223372036.854776 wire client FIN\""},
	{HEAD "0.000001 pier close = 0 in 1us\n", 2,
		"want client, server, listener, peer or wire, read \"pier close = 0 in 1us\""},
	{HEAD "0.000001 client:256 close = 0 in 1us\n", 2,
		"want client, server, listener, peer or wire, read \"client:256 close = 0 in 1us\""},
	{HEAD "0.000001 client:0 close = 0 in 1us\n", 2,
		"want client, server, listener, peer or wire, read \"client:0 close = 0 in 1us\""},
	{HEAD "0.000001\n", 2,
		"want client, server, listener, peer or wire, read the end of the line"},
	{HEAD "0.000001 client close\n", 2,
		"want a call and \" = \" before its outcome, read \"close\""},
	{HEAD "0.000001 client = 0 in 1us\n", 2, "want a call, read the end of the line"},
	{HEAD "0.000001 client close =\n", 2,
		"want an outcome and \"in Nus\", read the end of the line"},
	{HEAD "0.000001 client close = 0\n", 2, "want an outcome and \"in Nus\", read \"0\""},
	{HEAD "0.000001 client close = 0 in 1ms\n", 2,
		"want an outcome and \"in Nus\", read \"0 in 1ms\""},
	{HEAD "0.000001 client close = 0 in us\n", 2,
		"want an outcome and \"in Nus\", read \"0 in us\""},
	{HEAD "0.000001 client close = 0 in 9223372036854776us\n", 2,
		"want an outcome and \"in Nus\", read \"0 in 9223372036854776us\""},
	{HEAD "0.000001 client close = in 1us\n", 2, "want an outcome, read the end of the line"},
	{HEAD "0.000001 client close = -1 EWHAT in 1us\n", 2, "want an outcome, read \"EWHAT \""},
	{HEAD "0.000001 wire client fin\n", 2, "want a telling event, read \"fin\""},
	{HEAD "0.000001 wire client FIN win 65536\n", 2, "want a telling event, read \"65536\""},
	{HEAD "about \x01 here\n", 2, "want text, read the byte 0x01 in column 7"},
	{HEAD "about \xff\xfe\n", 2, "want text, read the byte 0xff in column 7"},
	{HEAD "about \xed\xa0\x80\n", 2, "want text, read the byte 0xed in column 7"},
	{HEAD "about \xe2\x80\n", 2, "want text, read the byte 0xe2 in column 7"},
	{HEAD "about \r\r\n", 2, "want text, read the byte 0x0d in column 7"},
};

START_TEST(record_refused)
{
	struct record_complaint complaint = {.line = 0};
	struct record record = {.n_steps = 42};
	const char *text = bad_files[_i].text;

	ck_assert_int_eq(record_from(text, strlen(text), &record, &complaint), -EINVAL);
	ck_assert_str_eq(complaint.text, bad_files[_i].complaint);
	ck_assert_int_eq(complaint.line, bad_files[_i].line);
	ck_assert_int_eq(record.n_steps, 42);
}
END_TEST

static const struct {
	const char *text;
	int n; /* records read without a complaint */
} odd_files[] = {
	{"\n", 0},
	{"\n\n# nothing\n", 0},
	{HEAD "end\n", 1},
	{HEAD "end\n# between\n" HEAD "end PASS\n", 2},
	{"record\ta/b   ipv4\tlinux 1 \r\n\r\nend\r\n", 1},
	{HEAD "skip x\n0.000001\twire\tclient\tFIN\nabout y\nend KNOWN z\n", 1},
};

START_TEST(record_odd_but_right)
{
	FILE *stream = fmemopen((void *)odd_files[_i].text, strlen(odd_files[_i].text), "r");
	struct record_complaint complaint = {.line = 0};
	struct record record;
	unsigned line = 0;
	int n = 0, r;

	while ((r = record_read(stream, &line, &record, &complaint)) == 1)
		n++;
	fclose(stream);
	ck_assert_msg(r == 0, "%u: %s", complaint.line, complaint.text);
	ck_assert_int_eq(n, odd_files[_i].n);
}
END_TEST

/* One line of `size` bytes that begins as `begin` says, in a record; returns the complaint. */
static struct record_complaint long_line(const char *begin, size_t size)
{
	size_t head = strlen(HEAD);
	char *text = malloc(head + size + 1);
	struct record_complaint complaint = {.line = 0};
	struct record record;

	memcpy(text, HEAD, head);
	memset(text + head, 'x', size);
	memcpy(text + head, begin, strlen(begin));
	text[head + size] = '\n';
	ck_assert_int_eq(record_from(text, head + size + 1, &record, &complaint), -EINVAL);
	free(text);
	return complaint;
}

START_TEST(record_long_lines)
{
	struct record_complaint complaint = long_line("about ", 100000);

	ck_assert_str_eq(complaint.text, "a line longer than the 1023 bytes that fit");
	ck_assert_int_eq(complaint.line, 2);
	complaint = long_line("about ", 6 + RECORD_TEXT_SIZE);
	ck_assert_str_eq(complaint.text,
		"want a text of at most 255 bytes, read "
		"\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\"");
	complaint = long_line("0.000001 client ", 500);
	ck_assert_int_eq(complaint.line, 2);
}
END_TEST

START_TEST(record_nul)
{
	static const char text[] = HEAD "about x\0y\nend\n";
	struct record_complaint complaint = {.line = 0};
	struct record record;

	ck_assert_int_eq(record_from(text, sizeof(text) - 1, &record, &complaint), -EINVAL);
	ck_assert_str_eq(complaint.text, "want text, read the byte 0x00 in column 8");
	ck_assert_int_eq(complaint.line, 2);
}
END_TEST

static void lines_too_many(const char *line, int n, const char *want)
{
	struct record_complaint complaint = {.line = 0};
	struct record record;
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	int i;

	fputs(HEAD, stream);
	for (i = 0; i < n; i++)
		fputs(line, stream);
	fputs("end\n", stream);
	fclose(stream);
	if (want[0]) {
		ck_assert_int_eq(record_from(text, size, &record, &complaint), -EINVAL);
		ck_assert_str_eq(complaint.text, want);
		ck_assert_int_eq(complaint.line, 1 + n);
	} else {
		ck_assert_int_eq(record_from(text, size, &record, &complaint), 1);
	}
	free(text);
}

START_TEST(record_counts)
{
	lines_too_many("0.000001 client close = 0 in 1us\n", RECORD_MAX_STEPS, "");
	lines_too_many("0.000001 client close = 0 in 1us\n", RECORD_MAX_STEPS + 1,
		"one step more than the 64 that fit");
	lines_too_many("0.000001 wire client FIN\n", RECORD_MAX_EVENTS, "");
	lines_too_many("0.000001 wire client FIN\n", RECORD_MAX_EVENTS + 1,
		"one event more than the 96 that fit");
}
END_TEST

/* What a crashed process left in a shared page must not forge a line. */
START_TEST(record_forged)
{
	static const char want[] = "record  a_b_c -    x end     PASS\n"
				   "about   ? end     PASS ?\n"
				   " 0.000000  client    close close     = all_end_PASS   in 0us\n"
				   "state   client ??\n"
				   "end\n\n";
	struct record record = {
		.name = "a b\tc",
		.system = "x\nend     PASS\n",
		.about = "\x01\nend     PASS \xff",
		.n_steps = 1,
		.steps[0] = {.call = "\nclose\nclose",
			.outcome = {.kind = OUTCOME_WORD, .word = "all\nend PASS"}},
		.states[0] = "\xe2\x82",
		.reason = "unjudged",
		.verdict = (enum verdict)77,
	};
	char *text = record_text(&record);

	texts_equal("forged record", want, text);
	free(text);
	memset(record.about, 'x', sizeof(record.about));
	record.n_steps = record.n_events = UINT32_MAX;
	free(record_text(&record));
}
END_TEST

START_TEST(record_stream_fails)
{
	struct record record = {.name = "a/b"};
	struct record_complaint complaint = {.line = 7};
	struct record_list list = {.n = 42};
	FILE *stream = fopen("/dev/full", "we");

	if (stream) {
		setvbuf(stream, NULL, _IONBF, 0);
		ck_assert_int_eq(record_print(&record, stream), -EIO);
		fclose(stream);
	}
	ck_assert_int_eq(record_list_load("/", &list, &complaint), -EIO);
	ck_assert(complaint.line == 0 && complaint.text[0] && list.n == 42);
	ck_assert_int_eq(record_list_load("/nonexistent/x", &list, &complaint), -ENOENT);
}
END_TEST

/* Record files of `n` records in a row with these lines behind some of them. */
static const struct whole_row {
	const char *lines[3]; /* behind the first record, behind the second, behind the third; ""
	                         none */
	bool is_whole;
} whole_rows[] = {
	{{"", "", "# complete 3\n"}, true},
	{{"", "", "# complete 3\n# remark\n"}, true},
	{{"# complete 1\n", "", "# complete 2\n"}, true},
	{{"", "", ""}, false},
	{{"", "", "# complete 2\n"}, false},
	{{"", "", "# complete 4\n"}, false},
	{{"", "", "# complete 3 of them\n"}, false},
	{{"", "# complete 2\n", ""}, false},
	{{"# complete 2\n", "", "# complete 2\n"}, false},
	{{"# complete 1\n", "", "# complete 3\n"}, false},
};

START_TEST(record_list_says_whether_whole)
{
	const struct whole_row *row = &whole_rows[_i];
	char path[] = "/tmp/lastack-record-XXXXXX";
	FILE *stream = fdopen(mkstemp(path), "w");
	struct record_complaint complaint;
	struct record_list list = {.n = 0};

	ck_assert_ptr_nonnull(stream);
	for (size_t i = 0; i < 3; i++)
		fprintf(stream, "record  a/b ipv4    linux 6.18.44 x86_64\nend     PASS\n\n%s",
			row->lines[i]);
	fclose(stream);
	ck_assert_int_eq(record_list_load_more(path, &list, &complaint), 0);
	unlink(path);
	ck_assert_uint_eq(list.n, 3);
	ck_assert(list.is_whole == row->is_whole);
	record_list_free(&list);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("text");

	tcase_add_test(tests, record_there_and_back);
	tcase_add_test(tests, record_cut_off);
	tcase_add_loop_test(tests, record_refused, 0, N_OF(bad_files));
	tcase_add_loop_test(tests, record_odd_but_right, 0, N_OF(odd_files));
	tcase_add_test(tests, record_long_lines);
	tcase_add_test(tests, record_nul);
	tcase_add_test(tests, record_counts);
	tcase_add_test(tests, record_forged);
	tcase_add_test(tests, record_stream_fails);
	tcase_add_loop_test(tests, record_list_says_whether_whole, 0, N_OF(whole_rows));
	return tests_run(tests);
}
