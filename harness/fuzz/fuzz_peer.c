/* SPDX-License-Identifier: MIT */
/* Whatever frames the kernel might send, the raw peer takes them in, keeps within its room, and
 * gives outcomes that read back as they print. The input is frames of raw IP, each behind its
 * length in one byte. */
#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "peer.h"

#define FIRST_PORT 2048

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void expect(bool claim)
{
	if (!claim)
		abort();
}

static void take_all(struct peer *peer, unsigned port, bool again)
{
	struct outcome outcome, read;
	char text[OUTCOME_TEXT_SIZE], twice[OUTCOME_TEXT_SIZE];
	size_t at;

	while (peer_next(peer, port, again, &outcome)) {
		outcome_print(&outcome, text, sizeof(text));
		expect(!outcome_parse(text, &read, &at));
		expect(!strcmp(text, outcome_print(&read, twice, sizeof(twice))));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct peer peer;
	static struct flow_table *flows;
	struct segment segment;
	struct flow_note note;

	if (!flows)
		expect(!flow_table_new(&flows));
	flow_table_clear(flows);
	memset(&peer, 0, sizeof(peer));
	peer = (struct peer){
		.family = 4, .connects = size % 2, .first_port = FIRST_PORT, .raw = -1};
	while (size) {
		size_t length = *bytes < size - 1 ? *bytes : size - 1;

		if (frame_decode(DLT_RAW, bytes + 1, length, length, &segment) == FRAME_TCP) {
			expect(!flow_add(flows, &segment, 0, &note));
			peer_take(&peer, &segment, &note);
			expect(peer.n_seen <= PEER_SEEN);
		}
		bytes += 1 + length;
		size -= 1 + length;
	}
	for (unsigned port = 0; port < CASE_PORTS; port++) {
		take_all(&peer, port, false);
		take_all(&peer, port, true);
	}
	expect(!peer.n_seen);
	return 0;
}
