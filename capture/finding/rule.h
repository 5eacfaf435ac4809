/* SPDX-License-Identifier: MIT */
/* A rule: what a connection must show, and what that says of its end. The tables of rules are tried
 * in the order of finding.c, each from its top: the first that fits speaks. So a row may rely on
 * all above it not having fitted, and what is rare and certain stands above what is common. */
#ifndef LASTACK_CAPTURE_RULE_H
#define LASTACK_CAPTURE_RULE_H

#include "view.h"

enum blame { BLAME_FIRST, BLAME_CLOSER, BLAME_NOBODY, BLAME_NETWORK };

typedef bool rule_when(const struct view *view);
typedef void rule_see(const struct view *view, struct finding *finding);

#define RULE_MAX_SEEN 6

struct rule {
	rule_when *when; /* NULL ends a table */
	enum cause causes[FINDING_MAX_CAUSES]; /* as many as n_causes */
	uint8_t n_causes;
	uint8_t n_same; /* of which leave the same bytes; 1: the first stands for itself */
	enum certainty certainty;
	enum blame blame; /* whom: who sent the first FIN or reset, who sent the reset, ... */
	rule_see *seen[RULE_MAX_SEEN]; /* in the order in which a person reads it */
};

/* What one or several causes say, for the rows. */
#define SAYS(count, same, ...) .causes = {__VA_ARGS__}, .n_causes = (count), .n_same = (same)
#define SAYS_ONE(cause) SAYS(1, 1, cause)

extern const struct rule rules_odd[]; /* not by the two ends' programs alone */
extern const struct rule rules_connect[]; /* never got to ESTABLISHED on both sides */
extern const struct rule rules_silence[]; /* one end heard nothing any more */
extern const struct rule rules_gone[]; /* a reset from a host without the socket */
extern const struct rule rules_alive[]; /* a reset from a living socket */
extern const struct rule rules_quiet[]; /* no reset */

#endif
