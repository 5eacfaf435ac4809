/* SPDX-License-Identifier: MIT */
/* A world on a device that is not there: the error names the device and what it may be for lack of.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world.h"

enum child_status { CHILD_RIGHT, CHILD_OPENED, CHILD_OTHER_ERROR, CHILD_OTHER_TEXT };

static const char *const meanings[] = {
	[CHILD_OPENED] = "want a refusal, saw a world",
	[CHILD_OTHER_ERROR] = "want -ENODEV, saw another errno",
	[CHILD_OTHER_TEXT] = "want the device and the mend in the text, saw another",
};

static enum child_status open_world(bool as_user, uid_t uid, gid_t gid)
{
	static struct world world;
	char error[WORLD_ERROR_SIZE] = "";
	int r = world_open(&world, "nosuch0", as_user, uid, gid, error);

	fprintf(stderr, "%d %s\n", r, error);
	if (!r)
		return CHILD_OPENED;
	if (r != -ENODEV)
		return CHILD_OTHER_ERROR;
	return strstr(error, "needs the device 'nosuch0'") &&
			strstr(error, "a kernel without loopback?")
		? CHILD_RIGHT
		: CHILD_OTHER_TEXT;
}

int main(void)
{
	bool as_user = geteuid() != 0;
	uid_t uid = geteuid();
	gid_t gid = getegid();
	long pid = syscall(SYS_clone, world_clone_flags(as_user) | SIGCHLD, NULL, NULL, NULL, 0);
	int status;

	if (!pid)
		_exit(open_world(as_user, uid, gid));
	puts("1..1");
	if (pid < 0) {
		printf("ok 1 no such device # SKIP needs a network namespace: %s\n",
			strerror(errno));
		return 0;
	}
	if (waitpid((pid_t)pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status)) {
		puts("ok 1 no such device");
		return 0;
	}
	puts("not ok 1 no such device");
	fprintf(stderr, "%s\n",
		WIFEXITED(status) &&
				WEXITSTATUS(status) < (int)(sizeof(meanings) / sizeof(*meanings))
			? meanings[WEXITSTATUS(status)]
			: "want an answer, saw a crash");
	return 0;
}
