/* SPDX-License-Identifier: MIT */
/* Savefiles of real connections, written by tcpdump -> the committed text of what decode and flow
 * say. golden_test DIRECTORY      compares every *.pcap there with the *.txt beside it golden_test
 * --print FILE   prints that text, to make or renew it */
#include <dirent.h>
#include <pcap.h>
#include <string.h>

#include "decode.h"
#include "flow.h"
#include "run.h"
#include "text.h"

enum { GOLDEN_MAX = 32, PATH_SIZE = 512 };

static char paths[GOLDEN_MAX][PATH_SIZE];
static int paths_count;

static void frame_print(FILE *to, struct flow_table *table, const struct segment *segment,
	enum frame_kind kind, int number)
{
	struct flow_note note;
	char text[TEXT_SIZE];

	fprintf(to, "%d %s\n", number, frame_text(kind, segment, text));
	if (kind == FRAME_TCP && flow_add(table, segment, 0, &note) == 0)
		fprintf(to, "\t%s\n", note_text(&note, text));
}

static bool file_print(FILE *to, const char *path)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, error);
	struct pcap_pkthdr *header;
	struct flow_table *table;
	const u_char *bytes;

	if (!pcap || flow_table_new(&table) < 0) {
		fprintf(stderr, "%s\n", error);
		return false;
	}
	fprintf(to, "%s\n", linktype_name(pcap_datalink(pcap)));
	for (int number = 1; pcap_next_ex(pcap, &header, &bytes) == 1; number++) {
		struct segment segment;
		enum frame_kind kind = frame_decode(
			pcap_datalink(pcap), bytes, header->caplen, header->len, &segment);

		frame_print(to, table, &segment, kind, number);
	}
	flow_table_free(table);
	pcap_close(pcap);
	return true;
}

static char *file_read(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	ck_assert_msg(file, "%s: cannot be read", path);
	if (getdelim(&text, &size, '\0', file) < 0)
		ck_abort_msg("%s: empty", path);
	fclose(file);
	return text;
}

/* The first line that differs says more than two whole texts. */
static void text_compare(const char *path, const char *want, const char *saw)
{
	for (int line = 1; *want || *saw; line++) {
		size_t want_size = strcspn(want, "\n"), saw_size = strcspn(saw, "\n");

		ck_assert_msg(want_size == saw_size && !memcmp(want, saw, want_size),
			"%s:%d: want %.*s, saw %.*s", path, line, (int)want_size, want,
			(int)saw_size, saw);
		want += want_size + (want[want_size] == '\n');
		saw += saw_size + (saw[saw_size] == '\n');
	}
}

START_TEST(savefile_decodes_as_committed)
{
	char path[PATH_SIZE + 8], *saw = NULL, *want;
	size_t size;
	FILE *to = open_memstream(&saw, &size);

	ck_assert(file_print(to, paths[_i]));
	fclose(to);
	snprintf(path, sizeof(path), "%.*s.txt", (int)strlen(paths[_i]) - 5, paths[_i]);
	want = file_read(path);
	text_compare(path, want, saw);
	free(want);
	free(saw);
}
END_TEST

static void paths_list(const char *directory)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		const char *end = strrchr(entries[i]->d_name, '.');

		if (end && !strcmp(end, ".pcap") && paths_count < GOLDEN_MAX)
			snprintf(paths[paths_count++], PATH_SIZE, "%s/%s", directory,
				entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

START_TEST(there_are_savefiles)
{
	ck_assert_int_ge(paths_count, 5);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *tcase = tcase_create("golden");

	if (argc == 3 && !strcmp(argv[1], "--print"))
		return !file_print(stdout, argv[2]);
	if (argc != 2) {
		fputs("usage: golden_test DIRECTORY | --print FILE\n", stderr);
		return 2;
	}
	paths_list(argv[1]);
	tcase_add_test(tcase, there_are_savefiles);
	tcase_add_loop_test(tcase, savefile_decodes_as_committed, 0, paths_count);
	return tcase_run(tcase);
}
