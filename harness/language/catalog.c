/* SPDX-License-Identifier: MIT */
/* Finds and reads cases. Knows files and names; knows nothing of running them. */
#include "catalog.h"

#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "data.h"
#include "vocabulary.h"

const char *catalog_directory(void)
{
	return data_path(DATA_CASES);
}

const char *catalog_known_path(void)
{
	return data_path(DATA_KNOWN);
}

static int complain(struct complaint *complaint, const char *what, const char *text)
{
	snprintf(complaint->file, sizeof(complaint->file), "%s", what);
	snprintf(complaint->text, sizeof(complaint->text), "%s", text);
	complaint->line = complaint->column = 0;
	return -ENOENT;
}

static int add(struct catalog *catalog, const char *path, struct complaint *ret_complaint)
{
	struct test_case *grown = catalog->cases;
	int r;

	/* Room for a power of two: a case is large, and there are a thousand. */
	if (!(catalog->n & (catalog->n - 1)))
		grown = reallocarray(grown, catalog->n ? 2 * catalog->n : 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	catalog->cases = grown;
	r = case_load(path, &grown[catalog->n], ret_complaint);
	if (!r)
		catalog->n++;
	return r;
}

static bool is_path(const char *selector)
{
	struct stat status;
	size_t length = strlen(selector);

	if (!strcmp(selector, "-") || (length > 5 && !strcmp(selector + length - 5, ".case")))
		return true;
	return strchr(selector, '/') && !stat(selector, &status) && !S_ISDIR(status.st_mode);
}

/* "topic/name" of .../topic/name.case */
static void name_of(const char *path, char *buf, size_t size)
{
	const char *name = strrchr(path, '/'), *topic = name;

	while (topic > path && topic[-1] != '/')
		topic--;
	snprintf(buf, size, "%.*s", (int)(strlen(topic) - strlen(".case")), topic);
}

static void topic_of(const char *path, char *buf, size_t size)
{
	name_of(path, buf, size);
	buf[strcspn(buf, "/")] = 0;
}

static bool is_chosen(const char *name, const char *selector)
{
	size_t length = strcspn(name, "/");
	const char *bare = name + length + (name[length] == '/');

	return !fnmatch(selector, name, 0) || !strcmp(selector, bare) ||
		(strlen(selector) == length && !strncmp(selector, name, length)) ||
		(!strchr(selector, '/') && !fnmatch(selector, bare, 0));
}

static bool is_folder(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

static int no_such_case(const glob_t *files, const char *selector, struct complaint *ret_complaint)
{
	struct nearest nearest = {0};
	static char names[4][RECORD_NAME_SIZE]; /* the nearest one must outlive the loop */
	unsigned next = 0;
	char text[RECORD_TEXT_SIZE];

	for (size_t i = 0; i < files->gl_pathc; i++) {
		char *name = names[next % 4], *bare;

		topic_of(files->gl_pathv[i], name, sizeof(names[0]));
		nearest_offer(&nearest, selector, name);
		next += nearest.word == name;
		name = names[next % 4];
		name_of(files->gl_pathv[i], name, sizeof(names[0]));
		bare = strchr(name, '/');
		nearest_offer(&nearest, selector, name);
		if (bare)
			nearest_offer(&nearest, selector, bare + 1);
		next += nearest.word && nearest.word >= name &&
			nearest.word < name + sizeof(names[0]);
	}
	if (!nearest.word && is_folder(selector))
		return complain(ret_complaint, selector,
			"read a folder, want a topic, a case or a file; "
			"LASTACK_CASES names another folder of topics");
	snprintf(text, sizeof(text),
		"no topic, case or file of that name (`lastack list` shows all)%s", nearest.hint);
	return complain(ret_complaint, selector, text);
}

/* Those of this topic wait for a minute or more: only who names them runs them. */
#define SLOW_TOPIC "slow"

static int add_chosen(struct catalog *catalog, const glob_t *files, const char *selector,
	struct complaint *ret_complaint)
{
	char name[RECORD_NAME_SIZE];
	bool found = false;
	int r = 0;

	for (size_t i = 0; !r && i < files->gl_pathc; i++) {
		name_of(files->gl_pathv[i], name, sizeof(name));
		if (selector ? !is_chosen(name, selector) : is_chosen(name, SLOW_TOPIC))
			continue;
		found = true;
		r = add(catalog, files->gl_pathv[i], ret_complaint);
	}
	return r || found
		? r
		: no_such_case(files, selector ? selector : catalog_directory(), ret_complaint);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct test_case *)a)->name, ((const struct test_case *)b)->name);
}

static void drop_doubles(struct catalog *catalog)
{
	size_t kept = 0;

	for (size_t i = 0; i < catalog->n; i++) {
		if (kept && !strcmp(catalog->cases[kept - 1].path, catalog->cases[i].path))
			case_free(&catalog->cases[i]);
		else
			catalog->cases[kept++] = catalog->cases[i];
	}
	catalog->n = kept;
}

static size_t shared_size(const struct catalog *catalog)
{
	return (catalog->n + 1) * sizeof(*catalog->cases);
}

/* Moves the cases into pages that a fork does not copy the tables of: there are 20 kB of them for
 * each case, and a survey forks some thousand times. */
static int share(struct catalog *catalog)
{
	struct test_case *shared = mmap(NULL, shared_size(catalog), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return -ENOMEM;
	if (catalog->n)
		memcpy(shared, catalog->cases, catalog->n * sizeof(*shared));
	free(catalog->cases);
	catalog->cases = shared;
	catalog->is_shared = true;
	return 0;
}

int catalog_load(
	char *const *selectors, size_t n, struct catalog *ret, struct complaint *ret_complaint)
{
	char pattern[512];
	glob_t files = {0};
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	memset(ret_complaint, 0, sizeof(*ret_complaint));
	snprintf(pattern, sizeof(pattern), "%s/*/*.case", catalog_directory());
	if (glob(pattern, 0, NULL, &files) == GLOB_NOSPACE)
		return -ENOMEM;
	if (!n && !files.gl_pathc)
		r = complain(ret_complaint, catalog_directory(),
			"no cases here; LASTACK_CASES names another folder");
	else if (!n)
		r = add_chosen(ret, &files, NULL, ret_complaint);
	for (size_t i = 0; !r && i < n; i++)
		r = is_path(selectors[i]) ? add(ret, selectors[i], ret_complaint)
					  : add_chosen(ret, &files, selectors[i], ret_complaint);
	globfree(&files);
	if (ret->n)
		qsort(ret->cases, ret->n, sizeof(*ret->cases), by_name);
	drop_doubles(ret);
	return r ? r : share(ret);
}

void catalog_free(struct catalog *catalog)
{
	for (size_t i = 0; i < catalog->n; i++)
		case_free(&catalog->cases[i]);
	if (catalog->is_shared)
		munmap(catalog->cases, shared_size(catalog));
	else
		free(catalog->cases);
	memset(catalog, 0, sizeof(*catalog));
}
