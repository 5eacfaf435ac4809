/* SPDX-License-Identifier: MIT */
/* Folds text at blanks. */
#include "labelled.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define INDENT 9
#define NARROWEST 40
#define LEAST_ROOM 30
#define OWN_LINES_INDENT 6

size_t labelled_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < NARROWEST ? 0 : size.ws_col;
}

void labelled_row(const char *head, size_t column, const char *text, size_t width)
{
	bool is_narrow = width && width < column + LEAST_ROOM;
	size_t indent = is_narrow ? OWN_LINES_INDENT : column, at = indent;

	if (is_narrow)
		printf("%s\n%*s", head, OWN_LINES_INDENT, "");
	else
		printf("%-*s", (int)column, head);
	while (*text) {
		size_t length = strcspn(text, " ");

		if (width && at > indent && at + length >= width) {
			printf("\n%*s", (int)indent, "");
			at = indent;
		}
		printf("%s%.*s", at > indent ? " " : "", (int)length, text);
		at += length + 1;
		text += length + strspn(text + length, " ");
	}
	putchar('\n');
}

void labelled_print(const char *label, const char *text, size_t width)
{
	char head[32];

	snprintf(head, sizeof(head), "  %s", label);
	labelled_row(head, INDENT, text, width);
}
