/* SPDX-License-Identifier: MIT */
/* Checks what only shows once every line of a case is read: whom a raw peer stands in for, whether
 * there is a link, which variants the steps leave possible. */
#include "parse.h"

static bool runs_on_unix(const struct test_case *test_case)
{
	return test_case->variants[VARIANT_UNIX] || test_case->variants[VARIANT_UNIX_SEQPACKET] ||
		test_case->variants[VARIANT_UNIX_DGRAM];
}

/* A raw peer stands in the place of the side that does nothing. */
static int place_peer(struct parser *parser)
{
	struct script *script = &parser->test_case->script;
	bool serves = parser->acts[SIDE_SERVER] || parser->acts[SIDE_LISTENER];

	if (!parser->acts[SIDE_PEER])
		return 0;
	if (serves && parser->acts[SIDE_CLIENT]) {
		parser->line = 1;
		return parse_refuse(parser, 1,
			"read steps of 'peer', 'client' and '%s', want two of them: the raw peer "
			"takes the place of the client or of the server",
			parser->acts[SIDE_SERVER] ? "server" : "listener");
	}
	if (runs_on_unix(parser->test_case)) {
		parser->line = 1;
		return parse_refuse(parser, 1,
			"read steps of 'peer' in a variant without segments, want 'run ipv4 ipv6 "
			"mapped swapped' or some of them");
	}
	script->has_peer = script->own_world = true;
	script->peer_plays = parser->acts[SIDE_CLIENT] ? SIDE_SERVER : SIDE_CLIENT;
	return 0;
}

/* A link is between two sides that send over it, and what a step changes has to be there. */
static int check_link(struct parser *parser)
{
	const struct script *script = &parser->test_case->script;

	if (script->needs_link && (script->has_peer || runs_on_unix(parser->test_case))) {
		parser->line = 1;
		return parse_refuse(parser, 1,
			"read 'needs veth' with %s, want two sides with TCP: nothing else passes the link",
			script->has_peer ? "a raw peer" : "Unix sockets");
	}
	for (uint32_t i = 0; !script->needs_link && i < script->n_actions; i++) {
		const struct verb *verb = &verbs[script->actions[i].verb];

		if (!(verb->traits & VERB_ON_LINK) &&
			!(script->actions[i].verb == VERB_ROUTE &&
				script->actions[i].operands[0] >= ROUTE_ADD))
			continue;
		parser->line = script->actions[i].line;
		return parse_refuse(parser, 1,
			"read '%s' without a link between the sides, want the header 'needs    veth'",
			verb->name);
	}
	return 0;
}

/* What the headers say together. Steps that connect for themselves have no roles left to swap. */
int step_check_whole(struct parser *parser)
{
	const struct script *script = &parser->test_case->script;
	int r = place_peer(parser);

	if (r || (r = check_link(parser)))
		return r;
	if (script->n_options && script->start == START_NOTHING) {
		parser->line = 1;
		return parse_refuse(parser, 1,
			"read 'option' with 'start nothing', want the steps to set options "
			"themselves: no socket exists before the first step");
	}
	if (script->start == START_CONNECTED)
		return 0;
	if (parser->swapped_at) {
		parser->line = parser->swapped_at;
		return parse_refuse(parser, 1,
			"read the variant 'swapped' without 'start connected': "
			"want 'run ipv4 ipv6 mapped', the steps say themselves who connects");
	}
	parser->test_case->variants[VARIANT_SWAPPED] = false;
	return 0;
}
