/* SPDX-License-Identifier: MIT */
/* Reads the tracepoint tcp:tcp_send_reset as text. tracefs is mounted for nobody but us, and
 * attached to no path; the instance is named after the process, so that whoever finds one knows
 * whether it is still in use. */
#include "reason.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "kernelfile.h"

#define ERROR_SIZE 256
#define INSTANCE "instances/lastack-"
#define BUFFER_KB "256" /* of each CPU: some 2000 resets of the whole machine between two reads */
#define ROOM 8192
#define FIRST_PROCESS_NAMESPACE 0xeffffffcU /* PROC_PID_INIT_INO of the kernel's proc_ns.h */

struct reasons {
	int tracefs; /* the folder */
	int pipe; /* the instance's trace_pipe */
	char instance[64]; /* "" : none was made */
	size_t length; /* of what is in room, less than a line after each reading */
	char room[ROOM];
};

/* A descriptor or a negative errno. */
static int mount_tracefs(void)
{
	int context = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC), folder = -1, error;

	if (context < 0)
		return -errno;
	if (!syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		folder = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	error = errno;
	close(context);
	return folder < 0 ? -error : folder;
}

static int write_file(int folder, const char *path, const char *text)
{
	int fd = openat(folder, path, O_WRONLY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* Our number as this machine's /proc gives it, not as our process namespace does. */
static pid_t outer_pid(void)
{
	char text[24] = "";

	return readlink("/proc/self", text, sizeof(text) - 1) > 0 ? (pid_t)atoi(text) : getpid();
}

/* Instances of processes that are gone, all of them at once. */
static void sweep(int tracefs)
{
	int fd = openat(tracefs, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (!folder && fd >= 0)
		close(fd);
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		char process[32];
		int pid;

		if (sscanf(entry->d_name, "lastack-%d", &pid) != 1)
			continue;
		snprintf(process, sizeof(process), "/proc/%d", pid);
		if (access(process, F_OK))
			unlinkat(dirfd(folder), entry->d_name, AT_REMOVEDIR);
	}
	if (folder)
		closedir(folder);
}

/* Whether the tracepoint exists and tells a reason. */
static int check_format(int tracefs)
{
	char text[4096] = "";
	int fd = openat(tracefs, "events/tcp/tcp_send_reset/format", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? -EOPNOTSUPP : -errno;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return strstr(text, " reason;") ? 0 : -EOPNOTSUPP;
}

static int make_instance(struct reasons *reasons)
{
	char path[128];
	int folder, r;

	snprintf(reasons->instance, sizeof(reasons->instance), INSTANCE "%d", outer_pid());
	if (mkdirat(reasons->tracefs, reasons->instance, 0700)) {
		r = -errno;
		reasons->instance[0] = 0;
		return r;
	}
	snprintf(path, sizeof(path), "%s/trace_pipe", reasons->instance);
	reasons->pipe = openat(reasons->tracefs, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	folder = openat(reasons->tracefs, reasons->instance, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = reasons->pipe < 0 || folder < 0 ? -errno : 0;
	if (!r)
		r = write_file(folder, "buffer_size_kb", BUFFER_KB);
	if (!r)
		r = write_file(folder, "trace_clock", "mono");
	if (!r)
		r = write_file(folder, "events/tcp/tcp_send_reset/enable", "1");
	if (folder >= 0)
		close(folder);
	return r;
}

static int begin(struct reasons *reasons)
{
	int r;

	reasons->pipe = -1;
	reasons->tracefs = mount_tracefs();
	if (reasons->tracefs < 0)
		return reasons->tracefs;
	if ((r = check_format(reasons->tracefs)))
		return r;
	sweep(reasons->tracefs);
	return make_instance(reasons);
}

int reasons_open(struct reasons **ret, char *error)
{
	struct reasons *reasons = calloc(1, sizeof(*reasons));
	int r = reasons ? begin(reasons) : -ENOMEM;

	if (!r) {
		*ret = reasons;
		return 0;
	}
	snprintf(error, ERROR_SIZE,
		"needs tracefs (tracepoint tcp:tcp_send_reset with a reason, linux >= 6.10): %s%s",
		strerror(-r), r == -EPERM || r == -EACCES ? "; run as root" : "");
	reasons_close(reasons);
	return r;
}

void reasons_close(struct reasons *reasons)
{
	if (!reasons)
		return;
	if (reasons->pipe >= 0)
		close(reasons->pipe);
	if (reasons->instance[0])
		unlinkat(reasons->tracefs, reasons->instance, AT_REMOVEDIR);
	if (reasons->tracefs >= 0)
		close(reasons->tracefs);
	free(reasons);
}

void reasons_remove(pid_t pid)
{
	int tracefs = mount_tracefs();
	char path[64];

	if (tracefs < 0)
		return;
	snprintf(path, sizeof(path), INSTANCE "%d", pid);
	unlinkat(tracefs, path, AT_REMOVEDIR);
	close(tracefs);
}

/* "src=127.0.0.1:40000 dest=[::1]:2048 ..." : the number behind the word's last colon. */
static uint16_t port_of(const char *line, const char *key)
{
	const char *word = strstr(line, key), *end, *colon;

	if (!word)
		return 0;
	word += strlen(key);
	end = word + strcspn(word, " ");
	for (colon = end; colon > word && *colon != ':';)
		colon--;
	return (uint16_t)atoi(colon + 1);
}

/* The end behind the key, with its address: "127.0.0.1:40000" or "[::1]:2048". */
static struct endpoint end_of(const char *line, const char *key)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const char *word = strstr(line, key);
	struct endpoint end = {.family = 4, .port = port_of(line, key)};
	char text[64];
	size_t length;

	if (!word)
		return end;
	word += strlen(key);
	end.family = *word == '[' ? 6 : 4;
	word += *word == '[';
	length = strcspn(word, end.family == 6 ? "]" : ":");
	snprintf(text, sizeof(text), "%.*s", (int)length, word);
	inet_pton(end.family == 6 ? AF_INET6 : AF_INET, text, end.address);
	if (end.family == 6 && !memcmp(end.address, mapped, sizeof(mapped))) {
		end.family = 4;
		memmove(end.address, end.address + sizeof(mapped), 4);
		memset(end.address + 4, 0, 12);
	}
	return end;
}

/* Whether /proc has processes by the numbers that traces give. */
static bool is_first_process_namespace(void)
{
	struct stat status;

	return !stat("/proc/self/ns/pid", &status) && status.st_ino == FIRST_PROCESS_NAMESPACE;
}

/* The trace keeps a name for each number and renews it when that process is next switched out:
 * until then the name is of an older process, or an older name. So of who lives, /proc is asked;
 * who is gone was switched out. */
static const char *name_of(pid_t pid, const char *told)
{
	static char name[17];
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	if (!is_first_process_namespace() || kernel_file_read(path, name, sizeof(name)))
		return told;
	return name;
}

/* "    some command-1234    [000] ..s1. 1234.567890: tcp_send_reset: ...": before the CPU. */
static void who_of(char *line, struct reason_note *note)
{
	char *cpu = strstr(line, " ["), *dash = cpu;

	note->command = "";
	while (dash && dash > line && *dash != '-')
		dash--;
	if (!dash || *dash != '-')
		return;
	note->pid = (pid_t)atoi(dash + 1);
	*dash = 0;
	note->command = name_of(note->pid, line + strspn(line, " "));
}

/* The trace's clock counts from another beginning. */
static int64_t epoch_of(const char *line)
{
	const char *event = strstr(line, ": tcp_send_reset:"), *begin = event;
	long long seconds, fraction;

	while (begin && begin > line && begin[-1] != ' ')
		begin--;
	if (!begin || sscanf(begin, "%lld.%lld", &seconds, &fraction) != 2)
		return 0;
	return seconds * 1000000000LL + fraction * 1000 + clock_ns(CLOCK_REALTIME) -
		clock_ns(CLOCK_MONOTONIC);
}

/* Other lines tell of samples that were dropped, or what follows is of another CPU. */
static void take_line(char *line, reason_callback *take, void *data)
{
	const char *reason = strstr(line, " reason=");
	struct reason_note note = {
		.source = port_of(line, " src="), .destination = port_of(line, " dest=")};

	if (!strstr(line, "tcp_send_reset:") || !reason)
		return;
	note.name = reason + strlen(" reason=");
	note.from = end_of(line, " src=");
	note.to = end_of(line, " dest=");
	note.time_ns = epoch_of(line);
	who_of(line, &note);
	take(&note, data);
}

/* Takes the whole lines out of the room. */
static void take_lines(struct reasons *reasons, reason_callback *take, void *data)
{
	char *line = reasons->room, *newline;

	while ((newline = memchr(line, '\n', reasons->length))) {
		*newline = 0;
		take_line(line, take, data);
		reasons->length -= (size_t)(newline + 1 - line);
		line = newline + 1;
	}
	if (reasons->length == ROOM) /* no line is that long */
		reasons->length = 0;
	memmove(reasons->room, line, reasons->length);
}

int reasons_read(struct reasons *reasons, reason_callback *take, void *data)
{
	ssize_t got;

	while ((got = read(reasons->pipe, reasons->room + reasons->length,
			ROOM - reasons->length)) > 0) {
		reasons->length += (size_t)got;
		take_lines(reasons, take, data);
	}
	return got < 0 && errno != EAGAIN ? -errno : 0;
}
