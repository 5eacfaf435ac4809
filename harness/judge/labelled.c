/* SPDX-License-Identifier: MIT */
/* Folds text at blanks. */
#include "labelled.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define INDENT 9
#define NARROWEST 40

size_t labelled_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < NARROWEST ? 0 : size.ws_col;
}

void labelled_print(const char *label, const char *text, size_t width)
{
	size_t column = INDENT;

	printf("  %-*s", INDENT - 2, label);
	while (*text) {
		size_t length = strcspn(text, " ");

		if (width && column > INDENT && column + length >= width) {
			printf("\n%*s", INDENT, "");
			column = INDENT;
		}
		printf("%s%.*s", column > INDENT ? " " : "", (int)length, text);
		column += length + 1;
		text += length + strspn(text + length, " ");
	}
	putchar('\n');
}
