/* SPDX-License-Identifier: MIT */
#include "symptom_call.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Functions of C and other languages, and verbs of the case language. */
static const struct {
	const char *word, *call;
} call_words[] = {
	{"recv", "recv"},
	{"read", "recv"},
	{"readv", "recv"},
	{"recvmsg", "recv"},
	{"recvfrom", "recv"},
	{"receive", "recv"},
	{"drain", "recv"},
	{"splice", "recv"},
	{"uring-wait", "recv"},
	{"SSL_read", "recv"},
	{"send", "send"},
	{"write", "send"},
	{"writev", "send"},
	{"sendmsg", "send"},
	{"sendto", "send"},
	{"sendfile", "send"},
	{"fill", "send"},
	{"SSL_write", "send"},
	{"connect", "connect"},
	{"connect-to", "connect"},
	{"dial", "connect"},
	{"SSL_connect", "recv"}, /* the handshake reads and writes; TCP's is over */
	{"accept", "accept"},
	{"accept4", "accept"},
	{"shutdown", "shutdown"},
	{"close", "close"},
	{"bind", "bind"},
	{"listen", "bind"},
	{"setsockopt", "setsockopt"},
	{"getsockopt", "getsockopt"},
	{"SO_ERROR", "getsockopt"},
	{"getpeername", "getpeername"},
	{"poll", "poll"},
};

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

const char *symptom_call(const char *word)
{
	for (size_t i = 0; i < N_OF(call_words); i++)
		if (!strcasecmp(call_words[i].word, word))
			return call_words[i].call;
	return NULL;
}

bool symptom_is_call(const char *word)
{
	const char *call = symptom_call(word);

	return !strcmp(word, "none") || (call && !strcmp(call, word));
}

size_t symptom_word_length(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

/* The call that the word at *at is, or NULL; moves on behind it. */
static const char *take_call(const char **at)
{
	size_t length = symptom_word_length(*at);
	char word[16];
	const char *call = NULL;

	if (length && length < sizeof(word)) {
		snprintf(word, sizeof(word), "%.*s", (int)length, *at);
		call = symptom_call(word);
	}
	*at += length ? length : 1;
	return call;
}

bool symptom_names_call(const char *text, const char *call)
{
	while (*text) {
		const char *named = take_call(&text);

		if (named && !strcmp(named, call))
			return true;
	}
	return false;
}

/* Whether some cause says that the call can end so: "close the connection: ECONNRESET" speaks of no
 * close(). */
static bool is_possible(const struct cause_list *causes, const char *call, const char *outcome)
{
	static const enum cause_field fields[] = {FIELD_ERRORS, FIELD_ALSO, FIELD_ELSEWHERE};
	char error[64];

	snprintf(error, sizeof(error), "%s %s", call, outcome);
	for (size_t i = 0; i < causes->n; i++)
		for (size_t j = 0; j < N_OF(fields); j++)
			if (cause_has(&causes->blocks[i], fields[j], error))
				return true;
	return false;
}

const char *symptom_call_near(
	const char *text, const char *place, const struct cause_list *causes, const char *outcome)
{
	const char *before = NULL, *behind = NULL;

	while (*text) {
		bool is_before = text < place;
		const char *call = take_call(&text);

		if (!call || !is_possible(causes, call, outcome))
			continue;
		if (is_before)
			before = call;
		else if (!behind)
			behind = call;
	}
	return before ? before : behind ? behind : CALL_ANY;
}
