/* SPDX-License-Identifier: MIT */
/* A capture that was cut short: at every byte, what is said of its connections is what the whole
 * capture says of them, or that they were still open. usage: explain_prefix_test FILE.pcap... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "explain.h"
#include "explain_words.h"
#include "read_batch.h"

enum { MAX_CONNECTIONS = 64, MAX_BYTES = 1 << 20 };

struct told {
	bool is_told, is_cut;
	struct finding finding;
};

/* All that was said of a capture. */
struct tale {
	struct told told[MAX_CONNECTIONS];
	unsigned n, too_many, twice;
	uint64_t frames;
	bool is_refused;
};

static void take(const struct history *history, const struct finding *finding, void *data)
{
	struct tale *tale = data;
	struct told *told = &tale->told[history->number];

	if (history->number >= MAX_CONNECTIONS) {
		tale->too_many++;
		return;
	}
	tale->twice += told->is_told;
	*told = (struct told){true, history->is_cut, *finding};
	tale->n++;
}

static bool explain_open(struct file *file, struct tale *ret)
{
	struct batch batch;
	struct explainer *explainer;

	if (explainer_new(0, take, ret, &explainer))
		return false;
	while (batch_read(file, &batch) > 0) {
		explainer_add_batch(explainer, &batch);
		explainer_take_ended(explainer, explainer_totals(explainer)->last_ns);
	}
	explainer_finish(explainer);
	explainer_events(explainer);
	ret->frames = explainer_totals(explainer)->frames;
	explainer_free(explainer);
	return true;
}

/* Explains the first `length` bytes. False if the test itself has failed. */
static bool explain_bytes(const char *bytes, size_t length, struct tale *ret)
{
	char error[FILE_ERROR_SIZE];
	struct file *file;
	int fd = memfd_create("prefix", MFD_CLOEXEC);
	bool is_done;

	memset(ret, 0, sizeof(*ret));
	if (fd < 0 || write(fd, bytes, length) != (ssize_t)length || lseek(fd, 0, SEEK_SET))
		return false;
	ret->is_refused = file_open_fd(fd, "prefix", &file, error) != 0;
	is_done = ret->is_refused || explain_open(file, ret);
	if (!ret->is_refused)
		file_close(file);
	close(fd);
	return is_done;
}

static bool names(const struct finding *finding, enum cause cause)
{
	for (unsigned i = 0; i < finding->n_causes; i++)
		if (finding->causes[i] == cause)
			return true;
	return false;
}

/* What only later segments betray: that a reset was not its alleged sender's, or not believed. */
static bool is_betrayed_later(enum cause cause)
{
	return cause == CAUSE_FORGED || cause == CAUSE_CHALLENGED;
}

/* What a prefix may say of a connection: that it goes on; or what the whole says. Where it is not
 * sure, it may say what one of the two names among what it could be, too. */
static const char *what_is_wrong(const struct told *prefix, const struct told *whole)
{
	enum cause said = prefix->finding.causes[0], truth = whole->finding.causes[0];

	if (!whole->is_told)
		return "the whole capture has no such connection";
	if (said == CAUSE_OPEN || said == CAUSE_HALF_CLOSED)
		return prefix->is_cut ? NULL : "said to go on, and not marked as cut";
	if (said == truth)
		return NULL;
	if (prefix->finding.certainty == CERTAIN)
		return "said for certain, and the whole capture says otherwise";
	return names(&prefix->finding, truth) || names(&whole->finding, said) ||
			is_betrayed_later(truth)
		? NULL
		: "neither names the other's cause";
}

static unsigned compare(
	const char *path, size_t length, const struct tale *prefix, const struct tale *whole)
{
	unsigned wrong = prefix->too_many + prefix->twice;

	if (wrong)
		fprintf(stderr, "  %s, %zu bytes: %u connections too many, %u told twice\n", path,
			length, prefix->too_many, prefix->twice);
	for (unsigned i = 0; i < MAX_CONNECTIONS; i++) {
		const struct told *a = &prefix->told[i], *b = &whole->told[i];
		const char *complaint = a->is_told ? what_is_wrong(a, b) : NULL;

		if (!complaint)
			continue;
		wrong++;
		fprintf(stderr, "  %s, %zu bytes, %llu frames, connection %u: %s: %s (%s), %s\n",
			path, length, (unsigned long long)prefix->frames, i, complaint,
			cause_name(a->finding.causes[0]), explain_certainty(a->finding.certainty),
			b->is_told ? cause_name(b->finding.causes[0]) : "nothing");
	}
	return wrong;
}

/* Also counts the prefixes that differ from the whole: a test that never meets one shows nothing.
 */
static bool check_file(const char *path, const char *bytes, size_t size)
{
	static struct tale whole, prefix;
	unsigned wrong = 0, refused = 0, cut = 0;

	if (!explain_bytes(bytes, size, &whole) || whole.is_refused || !whole.n)
		return false;
	for (size_t length = 0; length < size; length++) {
		if (!explain_bytes(bytes, length, &prefix))
			return false;
		refused += prefix.is_refused;
		cut += prefix.n && prefix.frames < whole.frames;
		wrong += compare(path, length, &prefix, &whole);
	}
	return !wrong && refused && cut;
}

static size_t read_file(const char *path, char *bytes)
{
	FILE *file = fopen(path, "re");
	size_t size = file ? fread(bytes, 1, MAX_BYTES, file) : 0;

	if (file)
		fclose(file);
	return size;
}

int main(int argc, char **argv)
{
	static char bytes[MAX_BYTES];

	for (int i = 1; i < argc; i++) {
		size_t size = read_file(argv[i], bytes);
		const char *slash = strrchr(argv[i], '/');

		printf("%s %d every prefix of %s (%zu bytes)\n",
			check_file(argv[i], bytes, size) ? "ok" : "not ok", i,
			slash ? slash + 1 : argv[i], size);
	}
	printf("1..%d\n", argc - 1);
	return 0;
}
