/* SPDX-License-Identifier: MIT */
/* Prints what decode and flow found. Knows every member of their structs, so that a want is
 * complete. */
#include "text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

static const char *const kind_names[] = {
	[FRAME_TCP] = "TCP",
	[FRAME_UDP] = "UDP",
	[FRAME_OTHER] = "OTHER",
	[FRAME_SHORT] = "SHORT",
	[FRAME_MALFORMED] = "MALFORMED",
};

static const char *const flag_names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"};

static void endpoint_print(FILE *to, const struct endpoint *endpoint)
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(endpoint->family == 6 ? AF_INET6 : AF_INET, endpoint->address, address,
		sizeof(address));
	fprintf(to, endpoint->family == 6 ? "[%s]:%u" : "%s:%u", address, endpoint->port);
}

static void flags_print(FILE *to, uint8_t flags)
{
	const char *comma = " ";

	for (int i = 0; i < 6; i++) {
		if (!(flags & 1 << i))
			continue;
		fprintf(to, "%s%s", comma, flag_names[i]);
		comma = ",";
	}
	if (!flags)
		fputs(" -", to);
}

static void segment_print(FILE *to, const struct segment *segment)
{
	flags_print(to, segment->flags);
	fprintf(to,
		" seq %" PRIu32 " ack %" PRIu32 " win %u ttl %u ipid %u payload %" PRIu32
		" opts %u",
		segment->seq, segment->ack, segment->window, segment->ttl, segment->ipid,
		segment->payload, segment->options_length);
	if (segment->tos)
		fprintf(to, " tos %u", segment->tos);
	if (segment->has_timestamps)
		fprintf(to, " ts %" PRIu32 "/%" PRIu32, segment->tsval, segment->tsecr);
	if (segment->has_mptcp)
		fputs(" mptcp", to);
}

char *frame_text(enum frame_kind kind, const struct segment *segment, char buf[TEXT_SIZE])
{
	FILE *to = fmemopen(buf, TEXT_SIZE, "w");

	fputs(kind_names[kind], to);
	if (kind == FRAME_TCP || kind == FRAME_UDP) {
		fputc(' ', to);
		endpoint_print(to, &segment->source);
		fputs(" > ", to);
		endpoint_print(to, &segment->destination);
	}
	if (kind == FRAME_TCP)
		segment_print(to, segment);
	if (kind == FRAME_UDP)
		fprintf(to, " payload %" PRIu32, segment->payload);
	fclose(to);
	return buf;
}

char *note_text(const struct flow_note *note, char buf[TEXT_SIZE])
{
	FILE *to = fmemopen(buf, TEXT_SIZE, "w");

	fprintf(to, "%u %c", note->connection, note->from_opener ? '>' : '<');
	if (note->is_new_syn)
		fputs(" new-syn", to);
	if (note->new_bytes)
		fprintf(to, " new-bytes %" PRIu32, note->new_bytes);
	if (note->is_new_fin)
		fputs(" new-fin", to);
	if (note->is_reset)
		fputs(" reset", to);
	if (note->is_retransmission)
		fputs(" retransmission", to);
	if (note->is_probe)
		fputs(" probe", to);
	fprintf(to, " seq %" PRId64 " ack %" PRId64, note->seq, note->ack);
	fclose(to);
	return buf;
}
