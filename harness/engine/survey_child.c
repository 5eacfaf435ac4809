/* SPDX-License-Identifier: MIT */
/* See survey_child.h. */
#include "survey_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

static void be_child(char *const words[], const char *feed, const int records[2],
	const int console[2], pid_t parent)
{
	int nothing = open("/dev/null", O_RDONLY);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	setpgid(0, 0); /* ^C is the parent's business */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setenv("LASTACK_CASES", feed, 1);
	dup2(nothing, STDIN_FILENO);
	dup2(records[1], STDOUT_FILENO);
	dup2(console[1], STDERR_FILENO);
	execv(words[0], words);
	fprintf(stderr, "cannot run %s: %s\n", words[0], strerror(errno));
	_exit(127);
}

int survey_child_start(struct survey_child *child, char *const words[], const char *feed)
{
	int records[2], console[2];
	pid_t parent = getpid();

	memset(child, 0, sizeof(*child));
	child->records = child->console = -1;
	if (pipe2(records, O_CLOEXEC))
		return -errno;
	if (pipe2(console, O_CLOEXEC)) {
		close(records[0]);
		close(records[1]);
		return -errno;
	}
	child->pid = fork();
	if (!child->pid)
		be_child(words, feed, records, console, parent);
	close(records[1]);
	close(console[1]);
	child->records = records[0];
	child->console = console[0];
	fcntl(records[0], F_SETFL, O_NONBLOCK);
	fcntl(console[0], F_SETFL, O_NONBLOCK);
	child->heard_ns = clock_ns(CLOCK_MONOTONIC);
	if (child->pid > 0)
		return 0;
	child->pid = 0;
	return -errno;
}

static bool is_not_yet(ssize_t length)
{
	return length < 0 && (errno == EINTR || errno == EAGAIN);
}

static bool make_room(struct survey_child *child, size_t wanted)
{
	char *grown;

	if (child->room - child->length >= wanted)
		return true;
	child->room = 2 * child->room + wanted;
	grown = realloc(child->text, child->room);
	if (grown)
		child->text = grown;
	return grown;
}

/* "end" at the beginning of a line ends a record. */
static void count_done(struct survey_child *child, size_t from)
{
	size_t begin = from > 4 ? from - 4 : 0;

	for (size_t i = begin; i + 4 <= child->length; i++)
		if (i + 4 > from && (i == 0 || child->text[i - 1] == '\n') &&
			!memcmp(child->text + i, "end", 3) && strchr(" \r\n", child->text[i + 3]))
			child->n_done++;
}

static void take_records(struct survey_child *child)
{
	ssize_t length;

	if (!make_room(child, 65536)) {
		close(child->records);
		child->records = -1;
		return;
	}
	length = read(child->records, child->text + child->length, 65536);
	if (length > 0) {
		child->length += (size_t)length;
		count_done(child, child->length - (size_t)length);
		child->heard_ns = clock_ns(CLOCK_MONOTONIC);
	} else if (!is_not_yet(length)) {
		close(child->records);
		child->records = -1;
	}
}

static void take_console(struct survey_child *child)
{
	char more[CONSOLE_SIZE / 2];
	ssize_t length = read(child->console, more, sizeof(more));
	size_t kept;

	if (length <= 0) {
		if (is_not_yet(length))
			return;
		close(child->console);
		child->console = -1;
		return;
	}
	kept = child->n_last;
	if (kept + (size_t)length > sizeof(child->last))
		kept = sizeof(child->last) - (size_t)length;
	memmove(child->last, child->last + child->n_last - kept, kept);
	memcpy(child->last + kept, more, (size_t)length);
	child->n_last = kept + (size_t)length;
	child->heard_ns = clock_ns(CLOCK_MONOTONIC);
}

bool survey_child_read(struct survey_child *child)
{
	if (child->records >= 0)
		take_records(child);
	if (child->console >= 0)
		take_console(child);
	return child->records >= 0;
}

int survey_child_end(struct survey_child *child)
{
	int status = 0;

	if (child->pid) {
		kill(child->pid, SIGKILL);
		while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	child->pid = 0;
	if (child->records >= 0)
		close(child->records);
	if (child->console >= 0)
		close(child->console);
	child->records = child->console = -1;
	return status;
}

void survey_child_free(struct survey_child *child)
{
	free(child->text);
	memset(child, 0, sizeof(*child));
	child->records = child->console = -1;
}

char *survey_child_last_line(const struct survey_child *child, char *buf, size_t size)
{
	size_t end = child->n_last, begin, n = 0;

	while (end && (unsigned char)child->last[end - 1] <= ' ')
		end--;
	for (begin = end; begin && child->last[begin - 1] != '\n';)
		begin--;
	for (size_t i = begin; i < end && n + 1 < size; i++)
		buf[n++] = child->last[i] < ' ' || child->last[i] > '~' ? '?' : child->last[i];
	buf[n] = '\0';
	return buf;
}
