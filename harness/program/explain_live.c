/* SPDX-License-Identifier: MIT */
/* An interface, until somebody has seen enough. */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "commands.h"
#include "enough.h"
#include "explain_session.h"

#define TICK_MS 200
#define PATIENCE_NS 1000000000 /* behind a connection's end, and for what its neighbours do */

static int watch(struct explain_session *session)
{
	int r = 0;

	while (!enough_said() && !r && !ferror(stdout)) {
		r = live_wait(session->live, TICK_MS, session->explainer);
		if (!r)
			r = explainer_take_ended(session->explainer, clock_ns(CLOCK_REALTIME));
		fflush(stdout);
	}
	if (!r)
		r = explainer_finish(session->explainer);
	return r;
}

static void say_what_is_done(const struct explain_session *session)
{
	const char *lacks = live_lacks_reasons(session->live);

	if (lacks)
		fprintf(stderr, "lastack explain: without the kernel's reasons: %s\n", lacks);
	fprintf(stderr, "lastack explain: capturing on %s; ^C ends it\n", session->name);
}

int explain_live(struct explain_session *session)
{
	char error[SOURCE_ERROR_SIZE];
	int64_t lost;
	int r, status;

	session->name = session->options->path;
	enough_heed();
	if (live_open(session->name, session->options->netns, &session->live, error)) {
		fprintf(stderr, "lastack explain: %s\n", error);
		return EXIT_TROUBLE;
	}
	explainer_set_patience(session->explainer, PATIENCE_NS);
	say_what_is_done(session);
	if (!session->options->json)
		explain_print_heading(stdout);
	r = watch(session);
	lost = live_drops(session->live);
	if (r)
		fprintf(stderr, "lastack explain: %s: %s\n", session->name, strerror(-r));
	if (lost > 0)
		fprintf(stderr,
			"lastack explain: %lld frames were lost: what is told of them may be "
			"wrong\n",
			(long long)lost);
	explain_session_tell(session, NULL);
	if (!session->options->json)
		putchar('\n');
	status = explain_session_print(session, NULL);
	live_close(session->live);
	return r ? EXIT_TROUBLE : status;
}
