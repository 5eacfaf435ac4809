/* SPDX-License-Identifier: MIT */
/* See apt.h. */
#include "apt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LOOK_MS = 100,
	SAID_SIZE = 65536, /* of what a tool says */
	NO_PROGRAM = 127, /* as shells say it */
	PATIENCE_MS = 5000, /* for a tool that was told to stop */
};

/* A tool, and what it has said so far. */
struct tool {
	pid_t pid;
	int output;
	char said[SAID_SIZE];
	size_t n_said;
};

/* In a process group of its own, so that ^C reaches us alone and we end it; ends with us. */
static void become_tool(char *const argv[], int output, pid_t parent)
{
	char path[4096];
	const char *old = getenv("PATH");

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(NO_PROGRAM);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	snprintf(path, sizeof(path), "%s:/usr/lib/apt", old ? old : "/usr/bin:/bin");
	setenv("PATH", path, 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	execvp(argv[0], argv);
	_exit(NO_PROGRAM);
}

static int tool_start(struct tool *tool, char *const argv[])
{
	pid_t parent = getpid();
	int ends[2];

	*tool = (struct tool){.output = -1};
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	tool->pid = fork();
	if (tool->pid == 0)
		become_tool(argv, ends[1], parent);
	close(ends[1]);
	tool->output = ends[0];
	if (tool->pid > 0)
		return 0;
	close(ends[0]);
	return -EAGAIN;
}

/* Takes what the tool says next; false once it says nothing more. Of a long speech the end stays.
 */
static bool tool_listen(struct tool *tool)
{
	ssize_t n;

	if (tool->n_said >= SAID_SIZE - 1) {
		memmove(tool->said, tool->said + SAID_SIZE / 2, tool->n_said - SAID_SIZE / 2);
		tool->n_said -= SAID_SIZE / 2;
	}
	n = read(tool->output, tool->said + tool->n_said, SAID_SIZE - 1 - tool->n_said);
	if (n > 0)
		tool->n_said += (size_t)n;
	tool->said[tool->n_said] = '\0';
	return n > 0 || (n < 0 && errno == EINTR);
}

/* Returns the exit status; -1 for a death by signal. */
static int tool_end(struct tool *tool)
{
	int status = 0;

	close(tool->output);
	while (waitpid(tool->pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void tool_stop(struct tool *tool)
{
	struct pollfd end = {.fd = tool->output, .events = POLLIN};
	int left = PATIENCE_MS / LOOK_MS;

	kill(-tool->pid, SIGINT);
	while (left-- && (poll(&end, 1, LOOK_MS) <= 0 || tool_listen(tool)))
		;
	kill(-tool->pid, SIGKILL);
	tool_end(tool);
}

static int refuse_program(struct complaint *complaint, int error, const char *program)
{
	return complaint_of_file(complaint, error, program,
		"cannot be run: packages are fetched by apt, and it is not here");
}

/* The site's last component tells which archive it is; a list of mirrors is named so as well. */
static bool site_part(const char *site, enum stack_part *ret)
{
	static const struct {
		const char *name;
		enum stack_part part;
	} names[] = {{"/debian", PART_MAIN}, {"/debian.list", PART_MAIN},
		{"/debian-security", PART_SECURITY}, {"/debian-security.list", PART_SECURITY}};
	size_t length = strlen(site);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t end = strlen(names[i].name);

		if (length > end && !strcmp(site + length - end, names[i].name)) {
			*ret = names[i].part;
			return true;
		}
	}
	return false;
}

static void add_site(struct apt_sites *sites, char *site)
{
	size_t length = strlen(site);
	enum stack_part part;

	while (length && site[length - 1] == '/')
		site[--length] = '\0';
	if (length >= APT_SITE_SIZE || sites->n == APT_MAX_SITES || !site_part(site, &part))
		return;
	for (size_t i = 0; i < sites->n; i++)
		if (!strcmp(sites->sites[i], site))
			return;
	memcpy(sites->sites[sites->n], site, length + 1);
	sites->parts[sites->n++] = part;
}

int apt_find_sites(struct apt_sites *ret, struct complaint *ret_complaint)
{
	static char *const argv[] = {(char *)"apt-get", (char *)"indextargets", (char *)"--format",
		(char *)"$(SITE)", NULL};
	struct tool tool;
	char *rest = NULL;
	int r = tool_start(&tool, argv), status;

	*ret = (struct apt_sites){.n = 0};
	if (r)
		return complaint_of_file(ret_complaint, r, "apt-get", "%s", strerror(-r));
	while (tool_listen(&tool))
		;
	status = tool_end(&tool);
	if (status == NO_PROGRAM)
		return refuse_program(ret_complaint, -ENOSYS, "apt-get");
	if (status)
		return complaint_of_file(
			ret_complaint, -EIO, "apt-get indextargets", "failed: %.200s", tool.said);
	for (char *line = strtok_r(tool.said, "\n", &rest); line;
		line = strtok_r(NULL, "\n", &rest))
		add_site(ret, line);
	return 0;
}

/* The line in which apt says what went wrong ("E: Failed to fetch ..."), or all it said. */
static void last_error(const char *said, char *buf, size_t size)
{
	const char *line = strstr(said, "E: ");

	snprintf(buf, size, "%.*s", (int)strcspn(line ? line : said, "\n"), line ? line : said);
}

static int judge(const char *url, const struct tool *tool, int status, struct complaint *complaint)
{
	char error[256];

	if (status == 0)
		return 0;
	if (status == NO_PROGRAM)
		return refuse_program(complaint, -ENOSYS, "apt-helper");
	last_error(tool->said, error, sizeof(error));
	if (strstr(tool->said, "404 "))
		return complaint_of_file(complaint, -ENOENT, url, "%s", error);
	if (strstr(tool->said, strerror(ENOSPC)))
		return complaint_of_file(complaint, -ENOSPC, url, "%s", error);
	return complaint_of_file(complaint, -EIO, url, "%s", error);
}

int apt_download(const char *url, const char *target, const struct apt_watch *watch,
	struct complaint *ret_complaint)
{
	/* As whoever runs us, not as apt's own user: the folder is ours. */
	char *const argv[] = {(char *)"apt-helper", (char *)"-o", (char *)"APT::Sandbox::User=root",
		(char *)"download-file", (char *)url, (char *)target, NULL};
	struct tool tool;
	int r = tool_start(&tool, argv);
	bool speaks = true;

	if (r)
		return complaint_of_file(ret_complaint, r, "apt-helper", "%s", strerror(-r));
	while (speaks) {
		struct pollfd end = {.fd = tool.output, .events = POLLIN};

		if (!watch->look(watch->context)) {
			tool_stop(&tool);
			return complaint_of_file(ret_complaint, -EINTR, url, "interrupted");
		}
		if (poll(&end, 1, LOOK_MS) > 0)
			speaks = tool_listen(&tool);
	}
	return judge(url, &tool, tool_end(&tool), ret_complaint);
}
