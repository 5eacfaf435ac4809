/* SPDX-License-Identifier: MIT */
/* How a connection ended, who ended it, why, and what shows it. Pure: looks at histories alone,
 * never at a file or a clock. */
#ifndef LASTACK_CAPTURE_FINDING_H
#define LASTACK_CAPTURE_FINDING_H

#include <stdio.h>

#include "history.h"

/* Why a connection ended as it did. In the order in which a person wants to hear of them, worst
 * last is not implied. Names: cause_name(). */
enum cause {
	CAUSE_ORDERLY, /* both FINs, nothing lost */
	CAUSE_HALF_CLOSED, /* one FIN when the capture ended */
	CAUSE_OPEN, /* no FIN, no reset when the capture ended */
	CAUSE_UNREAD_DATA, /* close() or exit with received bytes unread (RFC 2525 2.17) */
	CAUSE_ABORT, /* ABORT: zero linger, connect(AF_UNSPEC), SOCK_DESTROY */
	CAUSE_LISTENER_CLOSED, /* a listener closed with the connection in its queue */
	CAUSE_DATA_AFTER_CLOSE, /* bytes reached a socket that was closed */
	CAUSE_KEEP_ALIVE_RACE, /* an idle connection was closed while a request was under way */
	CAUSE_REFUSED, /* nobody listens, or a firewall says so */
	CAUSE_BACKLOG_OVERFLOW, /* reset behind the handshake: tcp_abort_on_overflow, syncookie,
	                           listener gone */
	CAUSE_SYN_UNANSWERED, /* SYN retries until the end */
	CAUSE_STATE_LOST, /* the other host, or something on the way, forgot the connection */
	CAUSE_KEEPALIVE_TIMEOUT,
	CAUSE_RETRANSMISSION_TIMEOUT, /* retries or user timeout; no reset of its own */
	CAUSE_HALF_OPEN_REUSE, /* SYN on a connection that the other side still holds */
	CAUSE_ORPHAN_EXPIRED, /* FIN-WAIT-2 of a closed socket timed out */
	CAUSE_LINGER2, /* TCP_LINGER2 < 0, or too many orphans: FIN, then its own reset */
	CAUSE_STRAY_SEGMENT, /* reset for a segment that was not translated back (conntrack INVALID)
	                      */
	CAUSE_FORGED, /* the reset does not come from the end whose address it bears */
	CAUSE_CHALLENGED, /* a reset in the window that was not believed (RFC 5961) */
	CAUSE_SELF_CONNECT,
	CAUSE_MPTCP_ABORT, /* fastclose, or a reset of a subflow */
	CAUSE_NEVER_CLOSED, /* one end closed, the other answered nothing for long: CLOSE-WAIT piles
	                       up */
	CAUSE_TIME_WAIT_ASSASSINATION, /* RFC 1337 */
	CAUSE_CONNECT_ABANDONED, /* who had sent the SYN was gone when the SYN,ACK came */
	CAUSE_COUNT
};

/* "unread-data"; also the names in cases/causes.txt. */
const char *cause_name(enum cause cause);
bool cause_parse(const char *name, enum cause *ret);

enum certainty {
	CERTAIN, /* the segments decide */
	LIKELY, /* the first cause fits best; others are possible */
	UNDECIDABLE, /* the first two causes (n_same) leave the same bytes: only the host knows */
};

/* One thing that was seen, and where: its words are finding_evidence_print()'s. */
enum evidence_kind {
	EVIDENCE_RESET_ALIVE, /* RST,ACK with window and options: from a living socket */
	EVIDENCE_RESET_GONE, /* bare RST, window 0, no options: from no socket */
	EVIDENCE_NO_FIN_BEFORE,
	EVIDENCE_FIN_BEFORE, /* frame: the FIN */
	EVIDENCE_INPUT_ACKED, /* a: bytes that the closer's kernel had acknowledged, last in frame
	                       */
	EVIDENCE_INPUT_NONE, /* nothing was sent to the closer: nothing can be unread */
	EVIDENCE_SEQ_IS_ACK, /* the reset's sequence number is the trigger's ACK: frame the trigger
	                      */
	EVIDENCE_SEQ_IS_NEXT, /* the reset's sequence number is its sender's next */
	EVIDENCE_TRIGGER_DATA, /* frame carried a bytes to an end that had closed */
	EVIDENCE_IDLE, /* a: ns of silence before frame */
	EVIDENCE_IDLE_CONSTANT, /* a: ns; a well-known timeout */
	EVIDENCE_PROBES, /* a: unanswered probes */
	EVIDENCE_RETRANSMISSIONS, /* a: unanswered retransmissions */
	EVIDENCE_SYNS, /* a: SYNs, b: ns from the first to the last */
	EVIDENCE_NEIGHBOURS, /* a: connections of the same port reset within b ns */
	EVIDENCE_LATER_REFUSED, /* frame: a SYN to the same port refused afterwards; before it,
	                           accepted */
	EVIDENCE_EARLIER_ACCEPTED,
	EVIDENCE_TTL, /* a: the reset's, b: the sender's others */
	EVIDENCE_IPID, /* a, b likewise */
	EVIDENCE_OPTIONS, /* timestamps missing, or there against the rule */
	EVIDENCE_SEQ_WRONG, /* a: the reset's sequence number, b: the right one */
	EVIDENCE_TOO_EARLY, /* a: ns behind the trigger, b: round trip */
	EVIDENCE_LIVED_ON, /* frame: the end that is said to have reset went on */
	EVIDENCE_CLIMBING, /* a: resets in a row */
	EVIDENCE_CHALLENGE, /* frame: an ACK that answers the reset or SYN */
	EVIDENCE_FOREIGN_SYN, /* frame: a SYN with a new number */
	EVIDENCE_FIN_WAIT, /* a: ns between the acknowledged FIN and what drew the reset */
	EVIDENCE_WINDOW, /* a: window in the reset, b: in frame, its sender's segment before: the
	                    reset's is larger by what close() threw away unread */
	EVIDENCE_ZERO_WINDOW, /* a: how many */
	EVIDENCE_MPTCP,
	EVIDENCE_SAME_PORTS,
	EVIDENCE_OTHER_ADDRESS, /* the reset came from an address or port that is no end of it; a:
	                           connection */
	EVIDENCE_BOTH_FINS, /* frame: the second */
	EVIDENCE_ONLY_SYN_ACK, /* who reset had sent nothing but its SYN,ACK in frame */
	EVIDENCE_ANSWERED, /* the closer's last bytes are later than the last it was sent: it had
	                      probably read all */
	EVIDENCE_UNANSWERED, /* the closer sent no bytes after the last it was sent, in frame */
	EVIDENCE_CROSSED, /* frame: sent before its sender knew of the FIN */
	EVIDENCE_QUIET, /* a: ns from frame to the end of the capture */
	EVIDENCE_TRIGGER_EMPTY, /* frame: what drew the reset carried no bytes */
	EVIDENCE_RESET_PAYLOAD, /* a: bytes that the reset carries */
	EVIDENCE_ACK_WRONG, /* the reset acknowledges what was never sent: a its number, b the
	                       last that was */
	EVIDENCE_KINDS
};

struct evidence {
	enum evidence_kind kind;
	uint32_t frame; /* 0: none in particular */
	int64_t a, b;
};

#define FINDING_MAX_CAUSES 4
#define FINDING_MAX_EVIDENCE 8

enum finding_ender { ENDER_NOBODY, ENDER_OPENER, ENDER_OTHER, ENDER_BOTH, ENDER_NETWORK };

struct finding {
	enum cause causes[FINDING_MAX_CAUSES]; /* ranked; the first is what we say */
	uint8_t n_causes;
	uint8_t n_same; /* UNDECIDABLE: so many of the first leave the same bytes; else 1 */
	enum certainty certainty;
	enum finding_ender ender; /* who ended it first */
	uint8_t n_evidence;
	struct evidence evidence[FINDING_MAX_EVIDENCE]; /* those behind n_evidence: anything */
	int64_t unacknowledged[2]; /* by sender: bytes sent that the other end never acknowledged */
	int64_t maybe_unread[2]; /* by sender: acknowledged bytes that the closer may have discarded
	                          */
	uint32_t frame; /* of the FIN or RST that ended it; 0: none */
};

/* Facts of other connections that bear on this one (other flows of the same listening port): filled
 * by the scene (scene.h) before. */
struct surroundings {
	uint32_t reset_together; /* others of the same listening end reset from it within 10 ms,
	                            none with data from it */
	int64_t reset_together_ns; /* first to last of these */
	uint32_t refused_later_frame; /* a SYN to the same end refused within 10 s afterwards */
	uint32_t accepted_earlier_frame; /* one that it accepted before */
	uint8_t server_ttl; /* of what the listening end's host sent elsewhere; 0: unknown */
	uint32_t same_idle; /* other connections of the end that ended after the same silence
	                       (within 5 %) */
	uint32_t stray_of; /* the connection that a stray reset belongs to; UINT32_MAX: none */
};

/* Pure. `surroundings` may be NULL: then nothing is known of others. */
void finding_make(const struct history *history, const struct surroundings *surroundings,
	struct finding *ret);

/* What would decide between the first two causes; NULL where nothing is open. A sentence. */
const char *finding_decides(const struct finding *finding);

/* One piece of evidence as a sentence: "frame 12: RST,ACK, window 93: from a living socket". */
char *finding_evidence_print(const struct finding *finding, unsigned i, char *buf, size_t size);

#endif
