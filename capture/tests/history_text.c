/* SPDX-License-Identifier: MIT */
#include "history_text.h"

#include <inttypes.h>

#include "segment_lines.h"

static char name_of(const struct history *history, unsigned end)
{
	return history->ends[end].port == SERVER_PORT ? 'S'
		: history->is_self_connected          ? 'X'
						      : 'C';
}

static void number_print(FILE *to, const char *name, int64_t number)
{
	if (number)
		fprintf(to, " %s %" PRId64, name, number);
}

static void direction_print(FILE *to, const struct history *history, unsigned end)
{
	const struct history_direction *direction = &history->directions[end];

	fprintf(to, "; %c%s%s", name_of(history, end), direction->has_syn ? " syn" : "",
		direction->has_syn_ack ? " synack" : "");
	if (direction->has_fin)
		fprintf(to, " fin@%u", direction->fin.frame);
	number_print(to, "next", direction->next);
	number_print(to, "acked", direction->acked);
	number_print(to, "bytes", (int64_t)direction->bytes);
	number_print(to, "syns", direction->syns > 1 ? direction->syns : 0);
	number_print(to, "retransmissions", direction->retransmissions);
	number_print(to, "unheard", direction->retransmissions_unheard);
	number_print(to, "probes", direction->probes_unheard);
	number_print(to, "zero", direction->zero_windows);
	number_print(to, "repeated", direction->answers_without_news);
}

static const char *const oddity_names[] = {"TTL", "IPID", "TIMESTAMPS", "SEQ_BEYOND", "SEQ_OUTSIDE",
	"PAYLOAD", "TOO_EARLY", "LIVED_ON", "CLIMBING", "IGNORED", "ACK"};

void oddities_print(FILE *to, uint32_t oddities)
{
	for (unsigned i = 0; i < sizeof(oddity_names) / sizeof(*oddity_names); i++)
		if (oddities & 1u << i)
			fprintf(to, " %s", oddity_names[i]);
}

static void reset_print(FILE *to, const struct history *history, const struct history_reset *reset)
{
	fprintf(to, "; R%s @%u %c", reset->segment.flags & SEGMENT_ACK ? "." : "",
		reset->segment.frame, name_of(history, reset->from));
	number_print(to, "trigger", reset->trigger.frame);
	number_print(to, "unacked", reset->unacked);
	number_print(to, "heard", reset->heard);
	number_print(to, "probes", reset->probes_unheard);
	number_print(to, "retransmissions", reset->retransmissions_unheard);
	oddities_print(to, reset->oddities);
}

void history_print(FILE *to, const struct history *history)
{
	fprintf(to, "%u %c>%c", history->number, name_of(history, 0), name_of(history, 1));
	if (history->previous != UINT32_MAX)
		fprintf(to, " after %u", history->previous);
	fprintf(to, "%s%s %u segments %u-%u", history->is_midstream ? " midstream" : "",
		history->is_cut ? " cut" : "", history->segments, history->first_frame,
		history->last_frame);
	number_print(to, "duplicates", history->duplicates);
	number_print(to, "foreign", history->foreign_syn.frame);
	number_print(to, "answer", history->foreign_answer.frame);
	for (unsigned i = 0; i < 2; i++)
		direction_print(to, history, i);
	for (unsigned i = 0; i < history->resets_count && i < HISTORY_MAX_RESETS; i++)
		reset_print(to, history, &history->resets[i]);
	number_print(to, "; resets",
		history->resets_count > HISTORY_MAX_RESETS ? history->resets_count : 0);
}
