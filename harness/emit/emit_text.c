/* SPDX-License-Identifier: MIT */
#include "emit_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 96

int emit_buffer_open(struct emit_buffer *buffer)
{
	*buffer = (struct emit_buffer){0};
	buffer->stream = open_memstream(&buffer->text, &buffer->size);
	return buffer->stream ? 0 : -ENOMEM;
}

void emit_buffer_close(struct emit_buffer *buffer)
{
	if (fclose(buffer->stream)) {
		free(buffer->text);
		buffer->text = NULL;
	}
}

void emit_chomp(char *text)
{
	size_t length = text ? strlen(text) : 0;

	if (length && text[length - 1] == '\n')
		text[length - 1] = 0;
}

/* A word, in which nothing ends a comment or begins one. */
static void write_word(const char *word, size_t length, FILE *stream)
{
	for (size_t i = 0; i < length; i++) {
		if (i && (!strncmp(word + i - 1, "*/", 2) || !strncmp(word + i - 1, "/*", 2)))
			fputc(' ', stream);
		fputc(word[i], stream);
	}
}

/* A paragraph, broken at blanks. */
static void paragraph(const char *begin, const char *head, const char *text, FILE *stream)
{
	size_t column = strlen(begin) + strlen(head);
	const char *between = head;

	fputs(begin, stream);
	while (*text) {
		size_t length = strcspn(text, " ");

		if (column + length > WIDTH && *between == ' ') {
			fprintf(stream, "\n%s", begin);
			between = "";
			column = strlen(begin);
		}
		fputs(between, stream);
		write_word(text, length, stream);
		column += length + 1;
		text += length + (text[length] == ' ');
		between = " ";
	}
	fputc('\n', stream);
}

void emit_about(const struct emit_plan *plan, const char *begin, FILE *stream)
{
	const struct test_case *test_case = plan->test_case;
	char text[EVENT_TEXT_SIZE];

	paragraph(begin, "", test_case->about, stream);
	fprintf(stream, "%s(lastack, case %s, %s)\n", begin, test_case->name,
		variant_name(plan->order->variant));
	if (*test_case->symptom)
		paragraph(begin, "Symptom: ", test_case->symptom, stream);
	if (*test_case->fix)
		paragraph(begin, "Fix: ", test_case->fix, stream);
	for (size_t i = 0; i < test_case->n_lines; i++)
		if (test_case->lines[i].kind == LINE_WIRE)
			fprintf(stream, "%sOn the wire: %s\n", begin,
				test_case->lines[i].is_nothing
					? "nothing"
					: event_print(
						  &test_case->lines[i].event, text, sizeof(text)));
}
