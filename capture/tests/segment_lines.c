/* SPDX-License-Identifier: MIT */
#include "segment_lines.h"

#include <stdlib.h>
#include <string.h>

#include "run.h"

struct player {
	struct segment last[3];
	uint16_t ipid[3];
	uint32_t frame;
	int64_t now_ns;
};

static bool is_ip6(char who)
{
	return who >= 'a';
}

static bool is_server(char who)
{
	return who == 'S' || who == 's';
}

static struct endpoint endpoint_make(bool is_the_server, bool is_six)
{
	return (struct endpoint){.family = is_six ? 6 : 4,
		.address = {10, 0, 0, is_the_server ? 2 : 1, is_six ? 9 : 0},
		.port = is_the_server ? SERVER_PORT : 40000};
}

static uint8_t flags_parse(const char *text)
{
	static const char letters[] = "FSRP.U";
	uint8_t flags = 0;

	for (; *text; text++)
		flags |= (uint8_t)(1 << (strchr(letters, *text) - letters));
	return flags;
}

/* Words behind the numbers: a name and its value. */
static void word_apply(struct player *player, struct segment *segment, const char *name, long value)
{
	if (*name == '+')
		player->now_ns +=
			strtol(name + 1, NULL, 10) * 1000000 - 1000000 + (name[1] == '0') * 50000;
	else if (!strcmp(name, "len"))
		segment->payload = (uint32_t)value;
	else if (!strcmp(name, "win"))
		segment->window = (uint16_t)value;
	else if (!strcmp(name, "ttl"))
		segment->ttl = (uint8_t)value;
	else if (!strcmp(name, "id"))
		segment->ipid = (uint16_t)value;
	else if (!strcmp(name, "ts"))
		segment->tsval = (uint32_t)value, segment->has_timestamps = true;
	else if (!strcmp(name, "shift"))
		segment->window_shift = (uint8_t)value, segment->has_window_shift = true;
	else if (!strcmp(name, "opts"))
		segment->options_length = (uint8_t)value;
	else
		ck_abort_msg("what is '%s'?", name);
}

static void words_apply(struct player *player, struct segment *segment, char *rest)
{
	char *name, *value;

	while ((name = strtok_r(rest, " ", &rest))) {
		value = *name == '+' ? NULL : strtok_r(rest, " ", &rest);
		word_apply(player, segment, name, value ? strtol(value, NULL, 10) : 0);
	}
}

static void line_parse(struct player *player, const char *line, struct segment *ret)
{
	unsigned who = is_server(*line) ? 1 : *line == 'X' ? 2 : 0;
	char copy[128], *rest = copy, *flags;

	snprintf(copy, sizeof(copy), "%s", line);
	strtok_r(rest, " ", &rest);
	flags = strtok_r(rest, " ", &rest);
	*ret = player->last[who];
	if (strcmp(flags, "again")) {
		*ret = (struct segment){.window = 500, .ttl = 64, .flags = flags_parse(flags)};
		ret->ipid = is_ip6(*line) ? 0 : ++player->ipid[who];
		ret->source = endpoint_make(who == 1, is_ip6(*line));
		ret->destination = endpoint_make(who == 0, is_ip6(*line));
		ret->seq = (uint32_t)strtoul(strtok_r(rest, " ", &rest), NULL, 10);
		if (ret->flags & SEGMENT_ACK)
			ret->ack = (uint32_t)strtoul(strtok_r(rest, " ", &rest), NULL, 10);
	}
	player->now_ns += 1000000;
	words_apply(player, ret, rest);
	ret->time_ns = player->now_ns;
	player->last[who] = *ret;
}

void segment_lines_play(
	const char *const lines[SEGMENT_LINES_MAX], flow_callback *callback, void *data)
{
	struct player player = {.now_ns = 1000000000};
	struct flow_table *table;

	ck_assert_int_eq(flow_table_new(&table), 0);
	for (unsigned i = 0; i < SEGMENT_LINES_MAX && lines[i]; i++) {
		struct segment segment;

		line_parse(&player, lines[i], &segment);
		ck_assert_int_eq(flow_add(table, &segment, ++player.frame, NULL), 0);
	}
	ck_assert_int_eq(flow_take_all(table, callback, data), 0);
	ck_assert_uint_eq(flow_kept(table), 0);
	flow_table_free(table);
}
