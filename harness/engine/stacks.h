/* SPDX-License-Identifier: MIT */
/* The stacks that the matrix compares, as results/stacks.conf pins them: name, engine, and the
 * Debian packages that each is taken from. Reading and printing are inverses but for comments. The
 * notation is told at the head of that file. Must not know how a package is obtained or run. */
#ifndef LASTACK_HARNESS_STACKS_H
#define LASTACK_HARNESS_STACKS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "case.h" /* struct complaint */
#include "vocabulary.h"

#define STACK_NAME_SIZE 48
#define STACK_MAX_DEBS 4
#define STACK_PATH_SIZE 256
#define STACK_DIGEST_SIZE 65 /* SHA256 in lower-case hexadecimal */

enum stack_engine { ENGINE_HOST, ENGINE_QEMU, ENGINE_UML, ENGINE_GVISOR, ENGINE_LWIP };
enum stack_set { SET_DEFAULT, SET_EXTRA };
/* An archive of Debian, never a host. */
enum stack_part { PART_MAIN, PART_SECURITY };

extern const struct word stack_engines[], stack_sets[], stack_parts[]; /* the enums' words */

struct stack_deb {
	enum stack_part part;
	char path[STACK_PATH_SIZE]; /* below the archive, .../PACKAGE_VERSION_ARCHITECTURE.deb */
	char sha256[STACK_DIGEST_SIZE];
	uint64_t size; /* bytes */
	unsigned line;
};

struct stack {
	char name[STACK_NAME_SIZE]; /* "linux-6.1.176"; the column of the matrix */
	enum stack_engine engine;
	enum stack_set set;
	struct stack_deb debs[STACK_MAX_DEBS];
	size_t n_debs; /* 0 only for the host */
	unsigned line;
};

struct stack_list {
	struct stack *stacks; /* in the file's order, which is the columns' order */
	size_t n;
};

/* LASTACK_STACKS, or the file that the build names. */
const char *stacks_path(void);

/* `path` names the text in messages. Return 0; -EINVAL with the complaint filled; -ENOMEM, or what
 * reading the file gave, with the complaint filled as well. The caller frees after 0. */
int stacks_parse(const char *path, const char *text, size_t length, struct stack_list *ret,
	struct complaint *ret_complaint);
int stacks_load(const char *path, struct stack_list *ret, struct complaint *ret_complaint);
void stacks_free(struct stack_list *list);

/* Writes the stanzas, without comments. Returns 0 or -EIO. */
int stacks_print(const struct stack_list *list, FILE *stream);

/* The stacks that the selectors name, in the list's order, each once; those of the set `default` if
 * there are none. A selector is a name, a glob over names, or `default`, `extra`, `all`. ret has
 * room for list->n pointers into the list. Returns 0; -ENOENT when a selector names nothing: the
 * complaint says what is near. */
int stacks_select(const struct stack_list *list, char *const *selectors, size_t n,
	const struct stack **ret, size_t *ret_n, struct complaint *ret_complaint);

/* As a record names it: "linux 6.1.176 x86_64"; the host's name says nothing of its version: "". */
const char *stack_system(const struct stack *stack, char *buf, size_t size);

const char *stack_deb_file(const struct stack_deb *deb); /* the last component of its path */
/* "linux-image-5.10.0-30-cloud-amd64 5.10.218-1" */
const char *stack_deb_package(const struct stack_deb *deb, char *buf, size_t size);

#endif
