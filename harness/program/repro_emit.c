/* SPDX-License-Identifier: MIT */
#include "repro_emit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "emit.h"
#include "outfile.h"
#include "worker.h"

static const char *const endings[EMIT_LANGUAGES] =
	{[EMIT_C] = "c", [EMIT_PYTHON] = "py", [EMIT_PACKETDRILL] = "pkt", [EMIT_CASE] = "case"};

/* For outfile_write(). */
struct printing {
	struct emit_order order;
	struct complaint *complaint;
};

static int print(const void *what, FILE *stream)
{
	const struct printing *printing = what;

	return emit_case(&printing->order, stream, printing->complaint);
}

static bool pick_variant(const struct test_case *test_case, const char *name, enum variant *ret)
{
	if (name)
		return variant_parse(name, ret) && test_case->variants[*ret];
	for (unsigned i = 0; i < VARIANT_COUNT; i++)
		if (test_case->variants[i]) {
			*ret = (enum variant)i;
			return true;
		}
	return false;
}

/* What can be refused without a run is. */
static int try_without_run(const struct printing *printing)
{
	FILE *nowhere = fopen("/dev/null", "we");
	int r;

	if (!nowhere)
		return -errno;
	r = emit_case(&printing->order, nowhere, printing->complaint);
	fclose(nowhere);
	return r;
}

/* Segments come from a run made now. */
static bool record_run(const struct test_case *test_case, enum variant variant, struct record *ret)
{
	struct job job = {.test_case = test_case, .variant = variant};

	worker_run_once(&job, NULL, NULL, ret);
	return !ret->broken[0] && !ret->skip[0];
}

/* 0, or as emit_case() and outfile_write(). */
static int write_case(const struct repro_emit *emit, enum emit_language language,
	const struct test_case *test_case, const char *path, struct complaint *complaint)
{
	static struct record record;
	struct printing printing = {
		.order = {.test_case = test_case, .language = language}, .complaint = complaint};

	if (!pick_variant(test_case, emit->variant, &printing.order.variant))
		return complaint_of_file(complaint, -EOPNOTSUPP, test_case->path,
			"does not run as '%s'", emit->variant);
	if (language == EMIT_PACKETDRILL) {
		int r = try_without_run(&printing);

		if (r)
			return r;
		if (!record_run(test_case, printing.order.variant, &record))
			return complaint_of_file(complaint, -EOPNOTSUPP, test_case->path,
				"cannot be run here: %s%s", record.broken, record.skip);
		printing.order.record = &record;
	}
	return outfile_write(path, print, &printing);
}

static void complain(const struct complaint *complaint, const char *path, int error)
{
	if (error == -EOPNOTSUPP)
		complaint_print(complaint, stderr);
	else
		fprintf(stderr, "lastack repro: %s: %s\n", path, strerror(-error));
}

static bool is_folder(const char *path)
{
	struct stat status;

	return path && !stat(path, &status) && S_ISDIR(status.st_mode);
}

/* DIR/topic-name.c */
static void path_in(const char *folder, const struct test_case *test_case,
	enum emit_language language, char *ret, size_t size)
{
	size_t at = (size_t)snprintf(ret, size, "%s/", folder);

	snprintf(ret + at, size - at, "%s.%s", test_case->name, endings[language]);
	for (char *slash = ret + at; (slash = strchr(slash, '/'));)
		*slash = '-';
}

static int write_into(
	const struct repro_emit *emit, enum emit_language language, const struct catalog *catalog)
{
	struct complaint complaint;
	size_t written = 0;
	char path[1024];
	int status = EXIT_AS_EXPECTED, r;

	for (size_t i = 0; i < catalog->n; i++) {
		path_in(emit->output, &catalog->cases[i], language, path, sizeof(path));
		r = write_case(emit, language, &catalog->cases[i], path, &complaint);
		if (r)
			complain(&complaint, path, r);
		if (r && r != -EOPNOTSUPP)
			status = EXIT_TROUBLE;
		written += !r;
	}
	fprintf(stderr, "%zu of %zu cases written as %s\n", written, catalog->n,
		emit_language_name(language));
	return written || status ? status : EXIT_TROUBLE;
}

static int list(
	const struct repro_emit *emit, enum emit_language language, const struct catalog *catalog)
{
	struct complaint complaint;
	size_t possible = 0;

	for (size_t i = 0; i < catalog->n; i++) {
		const struct test_case *test_case = &catalog->cases[i];
		int r = write_case(emit, language, test_case, "/dev/null", &complaint);

		if (r && r != -EOPNOTSUPP) {
			complain(&complaint, test_case->path, r);
			return EXIT_TROUBLE;
		}
		printf("%-56s %s\n", test_case->name, r ? complaint.text : "can be written");
		possible += !r;
	}
	printf("%zu of %zu cases can be written as %s\n", possible, catalog->n,
		emit_language_name(language));
	return EXIT_AS_EXPECTED;
}

static int emit_loaded(const struct repro_emit *emit, enum emit_language language,
	const struct catalog *catalog, const char *selector)
{
	const char *path = emit->output ? emit->output : "-";
	struct complaint complaint;
	int r;

	if (emit->only_lists)
		return list(emit, language, catalog);
	if (is_folder(emit->output))
		return write_into(emit, language, catalog);
	if (catalog->n != 1) {
		fprintf(stderr,
			"lastack repro: '%s' names %zu cases, want one, or with -o a folder for them\n",
			selector, catalog->n);
		return EXIT_TROUBLE;
	}
	r = write_case(emit, language, &catalog->cases[0], path, &complaint);
	if (r)
		complain(&complaint, path, r);
	return r ? EXIT_TROUBLE : EXIT_AS_EXPECTED;
}

int repro_emit(const struct repro_emit *emit, char **selectors, int n)
{
	enum emit_language language;
	struct catalog catalog;
	struct complaint complaint;
	int status = EXIT_TROUBLE;

	if (!emit_language_parse(emit->language, &language)) {
		fprintf(stderr, "lastack repro: read '%s', want c, python, packetdrill or case\n",
			emit->language);
		return EXIT_TROUBLE;
	}
	if (catalog_load(selectors, n, &catalog, &complaint))
		complaint_print(&complaint, stderr);
	else
		status = emit_loaded(emit, language, &catalog, n ? selectors[0] : "");
	catalog_free(&catalog);
	return status;
}
