/* SPDX-License-Identifier: MIT */
/* See guest.h. What cannot be had is said on the console and gone without: the cases that need it
 * will say so too. */
#include "guest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static const struct {
	const char *type, *path;
} mounts[] = {
	{"proc", "/proc"},
	{"sysfs", "/sys"},
	{"devtmpfs", "/dev"},
	{"tracefs", "/sys/kernel/tracing"},
	{"tmpfs", "/tmp"},
};

static const struct {
	const char *path, *text;
} settings[] = {
	/* A world takes two dozen waits for a grace period to make and to end. */
	{"/sys/kernel/rcu_expedited", "1"},
	/* User namespaces are not asked for as root, but cases look at what an ordinary user may.
         */
	{"/proc/sys/kernel/printk", "4"},
};

static void complain(const char *what, const char *name)
{
	printf("lastack guest: %s %s: %s\n", what, name, strerror(errno));
}

static void mount_all(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		mkdir(mounts[i].path, 0755);
		if (mount(mounts[i].type, mounts[i].path, mounts[i].type, 0, NULL) &&
			errno != EBUSY)
			complain("cannot mount", mounts[i].path);
	}
}

static void set_all(void)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		int fd = open(settings[i].path, O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, settings[i].text, strlen(settings[i].text)) < 0)
			complain("cannot set", settings[i].path);
		if (fd >= 0)
			close(fd);
	}
}

static int is_module(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".ko");
}

static void load_modules(void)
{
	struct dirent **entries;
	int n = scandir(GUEST_MODULES, &entries, is_module, alphasort);

	for (int i = 0; i < n; i++) {
		char path[512];
		int fd;

		snprintf(path, sizeof(path), GUEST_MODULES "/%s", entries[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
			complain("cannot load", path);
		if (fd >= 0)
			close(fd);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

/* What goes over a serial port is not to be edited on the way. It stays open: the last close would
 * set it back. */
static void make_raw(const char *path)
{
	struct termios raw;
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (!tcgetattr(fd, &raw)) {
		cfmakeraw(&raw);
		cfsetspeed(&raw, B115200);
		tcsetattr(fd, TCSANOW, &raw);
	}
}

static int reap_until(pid_t pid)
{
	int status = 0;
	pid_t ended;

	while ((ended = wait(&status)) != pid)
		if (ended < 0 && errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The kernel hands on whatever words of its command line it does not know: ours begin behind the
 * program's name. */
static void skip_to_own(int *argc, char ***argv)
{
	while (*argc > 1 && strcmp((*argv)[0], GUEST_WORD)) {
		(*argc)--;
		(*argv)++;
	}
}

void guest_begin_if_first(int *argc, char ***argv)
{
	pid_t pid;

	if (getpid() != 1 || !*argc || strcmp((*argv)[0], GUEST_INIT))
		return;
	skip_to_own(argc, argv);
	setvbuf(stdout, NULL, _IONBF, 0);
	mount_all();
	set_all();
	load_modules();
	make_raw("/dev/ttyS0");
	make_raw("/dev/ttyS1");
	setenv("LASTACK_CASES", GUEST_CASES, 0);
	pid = fork();
	if (!pid)
		return;
	printf(GUEST_STATUS "%d\n", pid < 0 ? -1 : reap_until(pid));
	sync();
	reboot(RB_POWER_OFF);
	_exit(0);
}
