/* SPDX-License-Identifier: MIT */
/* The tables of words that operands are made of, apart from the verbs: socket options, flags,
 * states. One place for a name and its number, used to read, to print and to perform. */
#ifndef LASTACK_HARNESS_VOCABULARY_H
#define LASTACK_HARNESS_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outcome.h" /* struct word, readiness */

/* How a socket option's value is written in a case. */
enum option_shape {
	OPTION_INT,
	OPTION_LINGER, /* two numbers: l_onoff l_linger (seconds) */
	OPTION_MILLISECONDS, /* struct timeval */
	OPTION_ERROR, /* read only: 0 or an errno's name */
	OPTION_STATE, /* read only: tcpi_state by its RFC 9293 name */
	OPTION_SIGNATURE, /* write only: a key for the peer's address, 0 to take it away */
};

struct socket_option {
	const char *name;
	int level, number;
	enum option_shape shape;
};

extern const struct socket_option socket_options[]; /* ends with a NULL name */

extern const struct word message_flags[]; /* send, recv */
extern const struct word shutdown_ways[];
extern const struct word requests[]; /* ioctl */
extern const struct word epoll_bits[];
extern const struct word signal_names[];
extern const struct word dispositions[]; /* signal PIPE default|ignore|... */
extern const struct word uring_requests[];
extern const struct word switch_words[]; /* on, off */
extern const struct word hosts[]; /* connect-to */
extern const struct word accept_addresses[];
extern const struct word
	route_types[]; /* the value is the RTN_ number of rtnetlink(7), or one of: */
enum route_type { ROUTE_ADD = 1000, ROUTE_DELETE };

extern const struct word asked_counters[]; /* counter; the value means nothing */
extern const struct word peer_words[]; /* the other end */
extern const struct word families[]; /* socket ipv4|ipv6 */
extern const struct word address_kinds[]; /* bind, connect */
extern const struct word congestion_controls[]; /* TCP_CONGESTION */
extern const struct word upper_protocols[]; /* TCP_ULP */
extern const struct word tls_directions[];
extern const struct word segment_kinds[]; /* deliver; the value is an enum segment_kind */
extern const struct word sysctl_names[]; /* the verb `sysctl`; the value means nothing */
extern const struct word sockstat_names[]; /* the value means nothing */
extern const struct word states[]; /* RFC 9293 names; the value is Linux's number */

/* The kinds of segment that `deliver` tells apart. */
enum segment_kind {
	SEGMENT_KIND_SYN,
	SEGMENT_KIND_SYN_ACK,
	SEGMENT_KIND_ACK, /* carries nothing else */
	SEGMENT_KIND_DATA,
	SEGMENT_KIND_FIN,
	SEGMENT_KIND_RST,
	SEGMENT_KINDS,
};
extern const struct word link_words[]; /* link up|down|delete */
extern const struct word address_words[]; /* address add|delete; add is 1 */
extern const struct word firewall_chains[], firewall_verdicts[];

enum firewall_chain { FIREWALL_INPUT, FIREWALL_OUTPUT };

enum firewall_verdict {
	FIREWALL_ACCEPT, /* takes the rule away */
	FIREWALL_DROP,
	FIREWALL_RESET, /* the verdicts from here on drop, and answer in the name of the receiver */
	FIREWALL_PORT_UNREACHABLE,
	FIREWALL_HOST_UNREACHABLE,
	FIREWALL_PROHIBITED, /* ICMP: administratively prohibited */
};

enum link_word { LINK_DOWN, LINK_UP, LINK_DELETE };

enum disposition {
	DISPOSITION_DEFAULT,
	DISPOSITION_IGNORE,
	DISPOSITION_CATCH, /* handler, no SA_RESTART */
	DISPOSITION_RESTART, /* handler, SA_RESTART */
	DISPOSITION_BLOCK,
};

enum host { HOST_FAR, HOST_MULTICAST, HOST_BROADCAST };

enum accept_address { ACCEPT_BAD_ADDRESS = 1, ACCEPT_BAD_LENGTH };

enum address_kind {
	ADDRESS_ANY, /* 0.0.0.0 or ::, by the socket */
	ADDRESS_IPV4, /* 127.0.0.1 */
	ADDRESS_IPV6, /* ::1 */
	ADDRESS_MAPPED, /* ::ffff:127.0.0.1 */
	ADDRESS_OTHER, /* 127.0.0.2 */
};

enum uring_request {
	URING_RECV,
	URING_POLL,
	URING_ACCEPT,
	URING_SEND,
	URING_CLOSE,
	URING_SHUTDOWN, /* SHUT_RDWR */
	URING_REQUESTS,
};

/* The value of `name` in a table that ends with a NULL name; false if it is not there. */
bool word_find(const struct word *words, const char *name, int64_t *ret_value);
/* The name for a value, or NULL. */
const char *word_name(const struct word *words, int64_t value);
/* "A|B|C" both ways. Printing leaves out bits that have no name; 0 prints as "none". */
bool words_parse(const struct word *words, const char *text, int64_t *ret_bits);
void words_print(const struct word *words, int64_t bits, char *buf, size_t size);

const struct socket_option *socket_option_find(const char *name);

/* A connection state by its RFC 9293 name, as Linux numbers it (TCP_ESTABLISHED 1 ...); "?" if
 * unknown. */
const char *state_name(int state);

/* The known word that `text` was most likely meant to be, or NULL if none is near (edit distance,
 * at most a third of its length and three). Call once per table, keep the best in *nearest. */
struct nearest {
	const char *word;
	unsigned distance;
	char hint[160]; /* ": did you mean 'WORD'?" */
};
void nearest_offer(struct nearest *nearest, const char *text, const char *candidate);

#endif
