/* SPDX-License-Identifier: MIT */
#include "steps.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "touch.h"

void plan(struct script *script, enum step_kind kind, enum party side, unsigned number)
{
	if (script->n < STEPS)
		script->steps[script->n++] = (struct step){
			.kind = (uint8_t)kind, .side = (uint8_t)side, .number = number};
}

void plan_option(struct script *script, enum party side, int option, unsigned number)
{
	plan(script, STEP_OPTION, side, number);
	script->steps[script->n - 1].option = option;
}

void step_end(int fds[2], enum party side)
{
	close(fds[side]);
	fds[side] = -1;
}

static void set_option(const struct step *step, int fd)
{
	int value = (int)step->number,
	    level = step->option == SO_KEEPALIVE ? SOL_SOCKET : IPPROTO_TCP;

	setsockopt(fd, level, step->option, &value, sizeof(value));
}

void step_take(const struct step *step, int fds[2], struct deeds *deeds)
{
	int fd = fds[step->side];

	if (fd < 0)
		return;
	switch (step->kind) {
	case STEP_SEND: touch_send(fd, step->number); return;
	case STEP_READ: touch_read(fd, step->number); return;
	case STEP_DEAFEN: touch_deafen(fd); return;
	case STEP_HEAR: touch_hear(fd); return;
	case STEP_OPTION: set_option(step, fd); return;
	case STEP_SHUT_WR:
	case STEP_SHUT_RDWR:
		deeds->has_half_closed[step->side] = true;
		shutdown(fd, step->kind == STEP_SHUT_WR ? SHUT_WR : SHUT_RDWR);
		return;
	case STEP_ABORT: touch_zero_linger(fd); break;
	case STEP_DISSOLVE: touch_dissolve(fd); break;
	case STEP_VANISH: touch_vanish(fd); break;
	}
	deeds->has_ended[step->side] = true;
	if (step->kind == STEP_KILL) {
		touch_kill_holder(fd);
		fds[step->side] = -1;
	} else {
		step_end(fds, (enum party)step->side);
	}
}
