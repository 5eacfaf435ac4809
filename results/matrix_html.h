/* SPDX-License-Identifier: MIT */
/* The behaviour matrix as a page for people: one file that needs no network. */
#ifndef LASTACK_RESULTS_MATRIX_HTML_H
#define LASTACK_RESULTS_MATRIX_HTML_H

#include <stdio.h>

#include "record.h"

/* The files of page/ with a summary and the data (page_data.h) put in. The same records give the
 * same bytes. Texts of records are shown as text, whatever stands in them. Returns 0, -EIO or
 * -ENOMEM. */
int matrix_html(const struct record_list *list, FILE *stream);

#endif
