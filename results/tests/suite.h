/* SPDX-License-Identifier: MIT */
/* What the tests of this room share. */
#ifndef LASTACK_RESULTS_TESTS_SUITE_H
#define LASTACK_RESULTS_TESTS_SUITE_H

#include <check.h>
#include <stddef.h>
#include <stdio.h>

#include "record.h"

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

/* Runs a program's tests; the exit status is for main(). Check writes TAP where
 * CK_TAP_LOG_FILE_NAME says. */
int tests_run(TCase *tests);

/* Fails, with both texts on stderr, when they differ. Check's own message would put their newlines
 * into the TAP stream. */
void texts_equal(const char *what, const char *want, const char *saw);

/* The records of a file; the caller frees them. */
struct record_list list_load(const char *directory, const char *name);

/* What `print` writes, malloc'ed; it must return 0. */
typedef int list_print_function(const struct record_list *list, FILE *stream);
char *printed(const struct record_list *list, list_print_function *print);

/* That `print` writes of these records what is committed. */
void prints_as_committed(
	const char *directory, const char *records, const char *want, list_print_function *print);

/* That `print` returns -EIO where the stream cannot be written. */
void complains_of_full_disk(const struct record_list *list, list_print_function *print);

/* Malloc'ed. */
char *file_text(const char *directory, const char *name);
char *record_text(const struct record *record);

/* Reads one record from a text; as record_read() from line 0. */
int record_from(
	const char *text, size_t size, struct record *ret, struct record_complaint *complaint);

#endif
