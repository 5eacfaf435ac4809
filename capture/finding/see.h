/* SPDX-License-Identifier: MIT */
/* What there is to show for a finding. Each adds what it finds, or nothing. */
#ifndef LASTACK_CAPTURE_SEE_H
#define LASTACK_CAPTURE_SEE_H

#include "rule.h"

rule_see see_reset; /* its shape, and where its number comes from */
rule_see see_fin; /* whether its sender had sent a FIN */
rule_see see_input; /* what its sender had been sent, and whether it answered */
rule_see see_window; /* what the reset's window says */
rule_see see_trigger; /* what drew it */
rule_see see_idle; /* the long silence */
rule_see see_pause; /* from the FIN to the trigger */
rule_see see_neighbours; /* others of the listening end */
rule_see see_oddities; /* what does not fit */
rule_see see_unheard; /* probes and retransmissions that nobody answered */
rule_see see_syns; /* how often a SYN was sent */
rule_see see_foreign_syn;
rule_see see_handshake; /* that the other end never went beyond its SYN,ACK */
rule_see see_mptcp;
rule_see see_both_fins;
rule_see see_quiet; /* nothing more until the end of the capture */
rule_see see_zero_window;
rule_see see_same_ports;
rule_see see_stray;
rule_see see_crossed;

#endif
