/* SPDX-License-Identifier: MIT */
/* The notation of the raw peer's segments, both ways:
 *
 *   > FLAGS [data N] [seq=S] [ack=A] [win=N] [opts=O] [ts=N] [sum=bad] [from=P] [to=P]
 *   > data N ...                       bytes with PSH,ACK
 *   < [now] [again] [from=P]
 *   icmp ERROR [CODE] [seq=S] [mtu=N] [from=P] [to=P]
 *
 * in this order; cases/language.md explains them. */
#ifndef LASTACK_HARNESS_PEER_WORDS_H
#define LASTACK_HARNESS_PEER_WORDS_H

#include <stdio.h>

#include "parse.h"

/* Reads the tokens from `at` up to `last` (not included). 0 or what parse_refuse() gives. */
int peer_words_parse(struct parser *parser, const struct verb *verb, unsigned at, unsigned last,
	struct segment_order *ret);
/* The canonical text, without the verb; "" where nothing was said. */
void peer_words_print(
	enum operand_kind kind, const struct segment_order *order, char *buf, size_t size);
/* The part of the language page. */
void peer_words_document(FILE *stream);

#endif
