/* SPDX-License-Identifier: MIT */
/* What is not nothing of a history whose segments came from lines, on a line. */
#ifndef LASTACK_CAPTURE_TESTS_HISTORY_TEXT_H
#define LASTACK_CAPTURE_TESTS_HISTORY_TEXT_H

#include <stdio.h>

#include "history.h"

void history_print(FILE *to, const struct history *history);
/* The names of what is odd of a reset, a blank before each. */
void oddities_print(FILE *to, uint32_t oddities);

#endif
