/* SPDX-License-Identifier: MIT */
/* The files of page/, put into the program when it is built. Private to results/. */
#ifndef LASTACK_RESULTS_PAGE_FILES_H
#define LASTACK_RESULTS_PAGE_FILES_H

/* {{style}}, {{summary}}, {{data}} and {{script}} stand where these belong. */
extern const char page_html[];
extern const char page_css[];
extern const char page_js[];

#endif
