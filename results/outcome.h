/* SPDX-License-Identifier: MIT */
/* What a call returned, or is wanted to return, and the one notation for both.
 *
 *   7            a number                       1..      at least 1 (wants only)
 *   1 5          two numbers (SO_LINGER)         1..9     a range (wants only)
 *   -1 EPIPE     the errno                       any      asserts nothing (wants only)
 *   IN|OUT       readiness bits
 *   WORD [NUMBER] [ERRNO]   as in `all`, `part ECONNRESET`, `exited 0`, `TIME-WAIT`; a letter, then
 *                letters, digits and - _ . (not a signal); an errno where SO_ERROR was read
 *   SYN,ACK seq 0 ack 1     a segment that came: its flags without PSH; `data 5` for bytes with ACK
 *   FIN,ACK data 5 win 0    alone; then, each if given, how many bytes, seq, ack (relative to the
 * initial sequence numbers), win (as in the header) ?            OUTCOME_NONE: nothing is known
 * (records only) and behind any of them, in this order: SIGPIPE           the signal that came with
 * it (`-1 EPIPE SIGPIPE`, `killed SIGKILL`) spoilt at N       the byte at stream position N was
 * lost, doubled or out of order (N bytes)         how much `fill` or `drain` moved: seen, never
 * wanted, never compared An errno or a signal without a name is written with its number: E41, SIG34
 */
#ifndef LASTACK_RESULTS_OUTCOME_H
#define LASTACK_RESULTS_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outcome_kind {
	OUTCOME_NONE, /* nothing is known: a step that was not performed */
	OUTCOME_ANY,
	OUTCOME_NUMBER,
	OUTCOME_ERROR,
	OUTCOME_EVENTS,
	OUTCOME_WORD,
	OUTCOME_SEGMENT,
};

enum outcome_given { /* SEGMENT: which members hold */
	OUTCOME_HAS_SEQ = 1 << 0,
	OUTCOME_HAS_ACK = 1 << 1,
	OUTCOME_HAS_WIN = 1 << 2,
};

#define OUTCOME_WORD_SIZE 20
#define OUTCOME_TEXT_SIZE 160

struct outcome {
	enum outcome_kind kind;
	int32_t error; /* errno; ERROR always, WORD where one ended it, else 0 */
	int32_t signal; /* 0: none */
	uint32_t events; /* POLL* bits, EVENTS only, never 0 (no events is NUMBER 0) */
	bool has_number; /* WORD: `number` belongs to it */
	bool has_second; /* NUMBER: `second` belongs to it */
	bool is_range; /* NUMBER: number..number_max */
	bool is_spoilt; /* `spoilt_at` holds */
	bool has_amount; /* `amount` holds */
	int64_t number;
	int64_t number_max; /* INT64_MAX: open range */
	int64_t second;
	int64_t spoilt_at; /* stream position, bytes */
	int64_t amount; /* bytes */
	char word[OUTCOME_WORD_SIZE];
	uint8_t flags; /* SEGMENT: as in the TCP header, never PSH */
	uint8_t given; /* SEGMENT: enum outcome_given bits */
	int64_t bytes, seq, ack, win; /* SEGMENT */
};

/* Writes the notation to buf (size OUTCOME_TEXT_SIZE is always enough), returns buf. */
char *outcome_print(const struct outcome *outcome, char *buf, size_t size);

/* Reads all of `text` (no newline; blanks at either end and doubled blanks are allowed). Returns 0
 * and sets *ret, or -EINVAL, leaves *ret untouched and sets *ret_at to the offset of what could not
 * be read. */
int outcome_parse(const char *text, struct outcome *ret, size_t *ret_at);

/* Constructors, so that callers need not know which fields go with which kind. */
struct outcome outcome_number(int64_t number);
struct outcome outcome_error(int error);
struct outcome outcome_events(uint32_t poll_bits); /* 0 gives NUMBER 0 */
/* A segment of these flags (PSH is left out) and bytes; the caller fills in what else is given. */
struct outcome outcome_segment(uint8_t flags, int64_t bytes);
struct outcome outcome_word(const char *word); /* truncated to OUTCOME_WORD_SIZE - 1; "": NONE */

/* A name and what it stands for; tables of them end with a NULL name. */
struct word {
	const char *name;
	int64_t value;
};

/* The readiness bits of poll(2) by the names that cases and records use. */
extern const struct word readiness[];

/* The flags of a TCP segment: "FIN,ACK" both ways; no flag at all is `none`. False when a name is
 * unknown or comes twice. */
char *segment_flags_print(uint8_t flags, char *buf, size_t size);
bool segment_flags_parse(const char *text, uint8_t *ret);

/* Readiness bits (POLLIN ...) as IN|OUT|..., in the fixed order IN PRI OUT ERR HUP NVAL RDHUP. */
char *readiness_print(uint32_t poll_bits, char *buf, size_t size);
/* Reads IN|OUT|RDHUP; false when a name is unknown. Bits that have no name are 0x100. */
bool readiness_parse(const char *text, uint32_t *ret_bits);

/* ECONNRESET -> 104 and back. errno_name gives "E?" for a number that has no name; errno_parse also
 * takes E41 and second names such as EWOULDBLOCK. */
const char *errno_name(int error);
bool errno_parse(const char *name, int *ret_error);
/* "SIGKILL" -> 9 and back; buf of 16 bytes. SIG34 where there is no name. */
const char *signal_name(int signal, char *buf, size_t size);
bool signal_parse(const char *name, int *ret_signal);

#endif
