/* SPDX-License-Identifier: MIT */
/* See stranger.h. Knows first bytes; must not know files. */
#include "stranger.h"

#include <stdbool.h>
#include <string.h>

enum { TEXT_LEAST = 12, TEXT_LOOK = 512 };

static const struct stranger {
	size_t at, size;
	const char *magic, *advice;
} strangers[] = {
	{0, 4, "PK\3\4", "a zip archive: unpack the capture in it first, as unzip -p does"},
	{257, 5, "ustar", "a tar archive: unpack the capture in it first, as tar -xOf does"},
	{0, 6, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack the capture in it first"},
	{0, 6, "Rar!\x1a\x07", "a RAR archive: unpack the capture in it first"},
};

static bool is_text(const struct input *input)
{
	size_t left = input_left(input), look = left < TEXT_LOOK ? left : TEXT_LOOK;

	for (size_t i = 0; i < look; i++) {
		uint8_t byte = input_at(input)[i];

		if (byte == 0x7f || (byte < ' ' && !strchr("\t\n\f\r\033", byte)) || !byte)
			return false;
	}
	return look >= TEXT_LEAST;
}

const char *stranger_find(const struct input *input)
{
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
		const struct stranger *stranger = &strangers[i];

		if (input_left(input) >= stranger->at + stranger->size &&
			!memcmp(input_at(input) + stranger->at, stranger->magic, stranger->size))
			return stranger->advice;
	}
	return is_text(input) ? "a text: want the capture itself, as tcpdump -w writes it" : NULL;
}
