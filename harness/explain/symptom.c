/* SPDX-License-Identifier: MIT */
/* Reads a symptom from left to right: at each place the longest phrase, a name that the causes
 * know, or a number that an errno has. */
#include "symptom.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "outcome.h"
#include "symptom_call.h"
#include "vocabulary.h"

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

bool symptom_is_outcome(const char *word)
{
	int64_t state;
	int error;

	return !strcmp(word, "EOF") || !strcmp(word, "blocks") || !strcmp(word, "SIGPIPE") ||
		errno_parse(word, &error) || word_find(states, word, &state);
}

bool symptom_is_phrase(const char *text)
{
	for (const struct phrase *phrase = phrases; phrase->text; phrase++)
		if (!strcmp(phrase->text, text))
			return true;
	for (const struct termination *known = terminations; known->state; known++)
		if (!strcmp(known->state, text))
			return true;
	return false;
}

static bool is_gap(char c)
{
	return c == '_' || c == '-' || isspace((unsigned char)c);
}

/* How much of the text the phrase takes from its beginning; 0 if it is not there. */
static size_t match(const char *text, const struct phrase *phrase)
{
	const char *at = text;

	for (const char *want = phrase->text; *want; want++) {
		if (*want == ' ' && is_gap(*at)) {
			while (is_gap(*at))
				at++;
		} else if (*at &&
			(phrase->flags & PHRASE_EXACT ? *at == *want
						      : tolower((unsigned char)*at) ==
						tolower((unsigned char)*want))) {
			at++;
		} else {
			return 0;
		}
	}
	return isalnum((unsigned char)at[-1]) && isalnum((unsigned char)*at) ? 0
									     : (size_t)(at - text);
}

static struct fact *find_fact(struct symptom *symptom, enum fact_kind kind, const char *name)
{
	for (size_t i = 0; i < symptom->n; i++)
		if (symptom->facts[i].kind == kind && !strcmp(symptom->facts[i].name, name))
			return &symptom->facts[i];
	return NULL;
}

static struct fact *make_fact(struct symptom *symptom)
{
	return symptom->n < SYMPTOM_MAX_FACTS ? &symptom->facts[symptom->n++] : NULL;
}

/* What was said twice is one fact; of its calls the one that is known. */
static void add_fact(struct symptom *symptom, enum fact_kind kind, const char *call,
	const char *name, const char *phrase, bool is_vague)
{
	struct fact *fact = find_fact(symptom, kind, name);

	if (fact && is_vague && !fact->is_vague)
		return;
	if (!fact || (fact->is_vague && !is_vague)) {
		fact = fact ? fact : make_fact(symptom);
		if (!fact)
			return;
		*fact = (struct fact){
			.kind = kind, .call = call, .name = name, .is_vague = is_vague};
	}
	if (!strcmp(fact->call, CALL_ANY))
		fact->call = call;
	if (strlen(phrase) > strlen(fact->phrase))
		snprintf(fact->phrase, sizeof(fact->phrase), "%s", phrase);
}

/* Of what the phrase says of several calls it means those that the text names, if any. */
static bool is_meant(const char *text, const struct phrase *best, const struct phrase *phrase)
{
	if (!strcmp(phrase->call, CALL_ANY) || symptom_names_call(text, phrase->call))
		return true;
	for (const struct phrase *other = best; other->text; other++)
		if (!strcmp(other->text, best->text) && symptom_names_call(text, other->call))
			return false;
	return true;
}

static const char blanks[] = " \t\r\n";

static bool is_alone(const char *text, const char *at, size_t length)
{
	return strspn(text, blanks) >= (size_t)(at - text) &&
		!at[length + strspn(at + length, blanks)];
}

static size_t read_phrase(const char *text, const char *at, struct symptom *symptom)
{
	const struct phrase *best = NULL;
	size_t longest = 0, length;

	for (const struct phrase *phrase = phrases; phrase->text; phrase++)
		if ((length = match(at, phrase)) > longest &&
			(!(phrase->flags & PHRASE_ALONE) || is_alone(text, at, length))) {
			longest = length;
			best = phrase;
		}
	for (const struct phrase *phrase = best; phrase && phrase->text; phrase++)
		if (!strcmp(phrase->text, best->text) && *phrase->outcome &&
			is_meant(text, best, phrase))
			add_fact(symptom,
				strcmp(phrase->call, "counter") ? FACT_OUTCOME : FACT_COUNTER,
				phrase->call, phrase->outcome, phrase->text,
				phrase->flags & PHRASE_VAGUE);
	return longest;
}

/* The first characters of haproxy's termination state, then what it says of cookies. */
#define STATE_CHARACTERS "CSPLRIDUKcs-", "RQCHDLT-", "NIDVEOU-", "NIUPRD-"

/* How long the termination state is that stands there: 2 of TCP, 4 of HTTP; 0 for none. Other words
 * are made of these letters, too: of HTTP's two one is mostly -, and counts of connections follow
 * it in the log; else somebody has to speak of haproxy. */
static size_t termination_length(const char *text, const char *at)
{
	static const char *const characters[] = {STATE_CHARACTERS};
	size_t length = 0, digits;

	while (length < N_OF(characters) && at[length] && strchr(characters[length], at[length]))
		length++;
	if (symptom_word_length(at + length) || (length != 2 && length != 4))
		return 0;
	if (length == 4 && (at[2] == '-' || at[3] == '-'))
		return length;
	digits = at[length] == ' ' ? strspn(at + length + 1, "0123456789") : 0;
	if ((digits && at[length + 1 + digits] == '/') || is_alone(text, at, length) ||
		strcasestr(text, "haproxy") || strcasestr(text, "termination"))
		return length;
	return 0;
}

static size_t read_termination(const char *text, const char *at, struct symptom *symptom)
{
	size_t length = termination_length(text, at);

	for (const struct termination *known = terminations; length && known->state; known++)
		if (!strncmp(at, known->state, 2)) {
			add_fact(symptom, FACT_OUTCOME, known->call, known->outcome, known->state,
				false);
			return length;
		}
	return 0;
}

static size_t read_name(const char *text, const struct cause_list *causes, enum cause_field field,
	enum fact_kind kind, struct symptom *symptom)
{
	size_t length = symptom_word_length(text);

	for (size_t i = 0; length && i < causes->n; i++)
		for (size_t j = 0; j < causes->blocks[i].fields[field].n; j++) {
			const char *name = causes->blocks[i].fields[field].items[j];

			if (strlen(name) != length || strncasecmp(name, text, length))
				continue;
			add_fact(symptom, kind, "none", name, name, false);
			return length;
		}
	return 0;
}

/* The same behind what nstat, or the kernel's enums, put in front of it. */
static size_t read_prefixed(const char *text, const char *const *prefixes,
	const struct cause_list *causes, enum cause_field field, enum fact_kind kind,
	struct symptom *symptom)
{
	for (; *prefixes; prefixes++) {
		size_t prefix = strlen(*prefixes), length = 0;

		if (!strncasecmp(text, *prefixes, prefix))
			length = read_name(text + prefix, causes, field, kind, symptom);
		if (length)
			return prefix + length;
	}
	return 0;
}

static size_t read_counter(
	const char *text, const struct cause_list *causes, struct symptom *symptom)
{
	static const char *const prefixes[] = {"", "TcpExt", "MPTcpExt", "Tcp", NULL};

	return read_prefixed(text, prefixes, causes, FIELD_MIB, FACT_COUNTER, symptom);
}

static size_t read_reason(
	const char *text, const struct cause_list *causes, struct symptom *symptom)
{
	static const char *const prefixes[] = {"", "SK_RST_REASON_", "SKB_DROP_REASON_", NULL};

	return read_prefixed(text, prefixes, causes, FIELD_REASON, FACT_REASON, symptom);
}

/* Whether what stands before the number says that it is an errno: "errno", "error" or an
 * opening bracket; or that it begins the text. */
static bool is_errno_here(const char *text, const char *at, const char *end)
{
	static const char *const before[] = {"errno", "error", "Os { code"};
	const char *from = at;

	while (from > text && strchr(" :=-#'\"", from[-1]))
		from--;
	if (from == text && (!*end || *end == ':'))
		return true;
	if (from > text && (from[-1] == '(' || from[-1] == '['))
		return *end == ':' || *end == ',' || *end == ']';
	for (size_t i = 0; i < N_OF(before); i++) {
		size_t length = strlen(before[i]);

		if ((size_t)(from - text) >= length &&
			!strncasecmp(from - length, before[i], length))
			return true;
	}
	return false;
}

static size_t read_number(const char *text, const char *at, struct symptom *symptom)
{
	char phrase[32], *end;
	long number;

	if (!isdigit((unsigned char)*at))
		return 0;
	number = strtol(at, &end, 10);
	for (const struct errno_number *known = errno_numbers; known->number; known++)
		if (known->number == number && is_errno_here(text, at, end)) {
			snprintf(phrase, sizeof(phrase), "%d", known->number);
			add_fact(symptom, FACT_OUTCOME,
				strcmp(known->outcome, "EPIPE") ? CALL_ANY : "send", known->outcome,
				phrase, false);
		}
	return (size_t)(end - at);
}

/* Facts that name no call get the one that the text names. */
static void give_calls(const char *text, const char *place, const struct cause_list *causes,
	struct symptom *symptom)
{
	for (size_t i = 0; i < symptom->n; i++)
		if (!strcmp(symptom->facts[i].call, CALL_ANY))
			symptom->facts[i].call =
				symptom_call_near(text, place, causes, symptom->facts[i].name);
}

static size_t read_here(
	const char *text, const char *at, const struct cause_list *causes, struct symptom *symptom)
{
	size_t length;

	if (at > text && isalnum((unsigned char)*at) && isalnum((unsigned char)at[-1]))
		return 1;
	length = read_phrase(text, at, symptom);
	if (!length)
		length = read_termination(text, at, symptom);
	if (!length)
		length = read_counter(at, causes, symptom);
	if (!length)
		length = read_reason(at, causes, symptom);
	if (!length)
		length = read_number(text, at, symptom);
	give_calls(text, at, causes, symptom);
	return length ? length : 1;
}

/* What is vague only where nothing else is said. */
static void drop_vague(struct symptom *symptom)
{
	size_t n = 0;

	for (size_t i = 0; i < symptom->n; i++)
		if (!symptom->facts[i].is_vague)
			symptom->facts[n++] = symptom->facts[i];
	if (n)
		symptom->n = n;
}

void symptom_read(const char *text, const struct cause_list *causes, struct symptom *ret)
{
	const struct cause_block *named = causes_find(causes, text);

	*ret = (struct symptom){.n = 0};
	if (named) {
		add_fact(ret, FACT_CAUSE, "none", named->name, named->name, false);
		return;
	}
	for (const char *at = text; *at;)
		at += read_here(text, at, causes, ret);
	drop_vague(ret);
}

static void print_outcome(const struct fact *fact, char *buf, size_t size)
{
	const char *call = strcmp(fact->call, CALL_ANY) ? fact->call : "a call";
	const char *brackets = strcmp(fact->call, CALL_ANY) ? "()" : "";

	if (!strcmp(fact->call, "none"))
		snprintf(buf, size, "a connection is in %s", fact->name);
	else if (!strcmp(fact->name, "EOF"))
		snprintf(buf, size, "%s%s says end of file where more was awaited", call, brackets);
	else if (!strcmp(fact->name, "blocks"))
		snprintf(buf, size, "%s%s does not return", call, brackets);
	else if (!strcmp(fact->name, "SIGPIPE"))
		snprintf(buf, size, "%s%s raises SIGPIPE", call, brackets);
	else if (!strcmp(fact->call, "getsockopt"))
		snprintf(buf, size, "SO_ERROR says %s", fact->name);
	else
		snprintf(buf, size, "%s%s fails with %s", call, brackets, fact->name);
}

char *fact_print(const struct fact *fact, char *buf, size_t size)
{
	switch (fact->kind) {
	case FACT_OUTCOME: print_outcome(fact, buf, size); break;
	case FACT_COUNTER: snprintf(buf, size, "the counter %s has moved", fact->name); break;
	case FACT_REASON: snprintf(buf, size, "the kernel reset it for %s", fact->name); break;
	case FACT_CAUSE: snprintf(buf, size, "the cause %s", fact->name); break;
	}
	return buf;
}
