/* SPDX-License-Identifier: MIT */
/* Errnos, signals and readiness by name, both ways. Must not know where in an outcome they
 * stand. */
#include "outcome.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

enum { ERRNO_LAST = 4095 }; /* MAX_ERRNO of the kernel */

const struct word readiness[] = {
	{"IN", POLLIN},
	{"PRI", POLLPRI},
	{"OUT", POLLOUT},
	{"ERR", POLLERR},
	{"HUP", POLLHUP},
	{"NVAL", POLLNVAL},
	{"RDHUP", POLLRDHUP},
	{NULL, 0},
};

/* Second names that manual pages use. Read, never printed. */
static const struct {
	const char *name;
	int error;
} errno_aliases[] = {
	{"EWOULDBLOCK", EWOULDBLOCK},
	{"ENOTSUP", ENOTSUP},
	{"EOPNOTSUPP", EOPNOTSUPP},
	{"EDEADLK", EDEADLK},
	{"EDEADLOCK", EDEADLOCK},
};

/* The number in "E41" or "SIG34": how those that have no name are written. */
static bool numbered_parse(const char *name, const char *prefix, int *ret)
{
	struct text_word word = {.start = name + strlen(prefix)};
	int64_t number;

	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return false;
	word.length = strlen(word.start);
	if (!text_word_number(word, &number) || number < INT32_MIN || number > INT32_MAX)
		return false;
	*ret = (int)number;
	return true;
}

const char *errno_name(int error)
{
	const char *name = error > 0 ? strerrorname_np(error) : NULL;

	return name ? name : "E?";
}

bool errno_parse(const char *name, int *ret_error)
{
	size_t i;
	int error;

	for (i = 0; i < N_OF(errno_aliases); i++) {
		if (strcmp(name, errno_aliases[i].name) == 0) {
			*ret_error = errno_aliases[i].error;
			return true;
		}
	}
	for (error = 1; error <= ERRNO_LAST; error++) {
		const char *known = strerrorname_np(error);

		if (known && strcmp(name, known) == 0) {
			*ret_error = error;
			return true;
		}
	}
	return numbered_parse(name, "E", ret_error);
}

const char *signal_name(int signal, char *buf, size_t size)
{
	const char *name = signal > 0 ? sigabbrev_np(signal) : NULL;

	if (name)
		snprintf(buf, size, "SIG%s", name);
	else
		snprintf(buf, size, "SIG%d", signal);
	return buf;
}

bool signal_parse(const char *name, int *ret_signal)
{
	char known[16];
	int signal;

	for (signal = 1; signal < NSIG; signal++) {
		if (strcmp(name, signal_name(signal, known, sizeof(known))) == 0) {
			*ret_signal = signal;
			return true;
		}
	}
	return numbered_parse(name, "SIG", ret_signal);
}

char *readiness_print(uint32_t poll_bits, char *buf, size_t size)
{
	size_t i;

	buf[0] = '\0';
	for (i = 0; readiness[i].name; i++) {
		if (poll_bits & (uint32_t)readiness[i].value)
			text_add(buf, size, "%s%s", buf[0] ? "|" : "", readiness[i].name);
		poll_bits &= ~(uint32_t)readiness[i].value;
	}
	/* No step asks for other bits; should one come all the same, it is not hidden. */
	if (poll_bits)
		text_add(buf, size, "%s0x%x", buf[0] ? "|" : "", poll_bits);
	return buf;
}

static bool readiness_bit(struct text_word name, uint32_t *bits)
{
	uint32_t other = 0;
	size_t i;

	for (i = 0; readiness[i].name; i++) {
		if (text_word_is(name, readiness[i].name)) {
			*bits |= (uint32_t)readiness[i].value;
			return true;
		}
	}
	if (name.length < 3 || name.length > 10 || memcmp(name.start, "0x", 2) != 0)
		return false;
	for (i = 2; i < name.length; i++) {
		const char *digits = "0123456789abcdef";
		const char *digit = strchr(digits, name.start[i]);

		if (!digit)
			return false;
		other = other << 4 | (uint32_t)(digit - digits);
	}
	*bits |= other;
	return other != 0;
}

bool readiness_parse(const char *text, uint32_t *ret_bits)
{
	uint32_t bits = 0;

	for (;;) {
		struct text_word name = {.start = text, .length = strcspn(text, "|")};

		if (!readiness_bit(name, &bits))
			return false;
		if (text[name.length] == '\0')
			break;
		text += name.length + 1;
	}
	*ret_bits = bits;
	return true;
}
