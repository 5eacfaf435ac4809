/* SPDX-License-Identifier: MIT */
/* Gathers record files, made by whatever machines, into one list: what `matrix` and `export` show
 * does not depend on how the runs were shared out. */
#ifndef LASTACK_HARNESS_GATHER_H
#define LASTACK_HARNESS_GATHER_H

#include "record.h"

/* Loads the files ("-": standard input) into a list whose systems stand in the order in which they
 * first appear, each system's records by case and variant as a catalogue has them; records of one
 * run stay in the order of the files. Complains on stderr. Returns 0 or a negative errno; the
 * caller frees with record_list_free() in any case. */
int gather_records(char *const *paths, size_t n, struct record_list *ret);

/* As gather_records(), but complains of a file that does not end with "# complete N" (stream_end.h)
 * and hold as many records: what is passed on must not be a part. */
int gather_whole_records(char *const *paths, size_t n, struct record_list *ret);

/* Judges the records that nobody has judged (a guest only observes) against the cases of the same
 * names in catalog_directory() and the known divergences. A record whose case is not there stays as
 * it is. Complains on stderr. Returns 0 or a negative errno. */
int gather_judge(struct record_list *list);

#endif
