/* SPDX-License-Identifier: MIT */
/* See fetch.h. */
#include "fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "apt.h"
#include "cache.h"

enum { LOOK_MS = 100, MEGABYTE = 1000000, WHY_SIZE = 400 };

/* One package on its way. */
struct job {
	const struct stack *stack;
	const struct stack_deb *deb;
	const struct fetch_watch *watch;
	const char *folder;
	char path[PATH_MAX], part[PATH_MAX];
	struct complaint *complaint;
};

static double megabytes(uint64_t bytes)
{
	return (double)bytes / MEGABYTE;
}

/* Everything about a package begins with its name and version. */
static const char *package(const struct job *job)
{
	static char text[STACK_PATH_SIZE];

	return stack_deb_package(job->deb, text, sizeof(text));
}

static bool look(void *context)
{
	const struct job *job = context;

	return job->watch->look(job->watch->context, job->deb, cache_size(job->part));
}

static int refuse_by_hand(const struct job *job, int error, const char *why)
{
	return complaint_of_file(job->complaint, error, package(job),
		"%s. By hand: put %s of that version there as %s", why, stack_deb_file(job->deb),
		job->path);
}

static int refuse_dropped(const struct job *job)
{
	return refuse_by_hand(job, -ENOENT,
		"not in the archive any more (404: it drops superseded versions). Pin the version "
		"that it has now in stacks.conf, or take this one from a snapshot of the archive");
}

/* What is there under its own name was put there whole; it is never deleted. */
static int check_whole(const struct job *job)
{
	int r = cache_verify(job->path, job->deb, job->complaint);
	char why[WHY_SIZE];

	if (r != -EILSEQ)
		return r;
	snprintf(why, sizeof(why), "%.*s", WHY_SIZE - 1, job->complaint->text);
	return complaint_of_file(job->complaint, r, job->path,
		"%s: not what stacks.conf pins for %s; remove it and fetch again", why,
		job->stack->name);
}

static int check_space(const struct job *job)
{
	uint64_t has = cache_size(job->part);
	struct statvfs status;
	uint64_t want, room;

	if (statvfs(job->folder, &status))
		return 0;
	want = has < job->deb->size ? job->deb->size - has : 0;
	room = (uint64_t)status.f_bavail * status.f_frsize;
	if (want <= room)
		return 0;
	return complaint_of_file(job->complaint, -ENOSPC, job->folder,
		"want %.1f MB for %s, saw %.1f MB free: make room, or name another folder in "
		"LASTACK_CACHE",
		megabytes(want), package(job), megabytes(room));
}

/* A whole part gets its own name; one that is wrong is deleted, being ours. */
static int take_part(const struct job *job)
{
	int r = cache_verify(job->part, job->deb, job->complaint);

	if (r == -EILSEQ) {
		char why[WHY_SIZE];

		snprintf(why, sizeof(why), "%.*s", WHY_SIZE - 1, job->complaint->text);
		unlink(job->part);
		return complaint_of_file(job->complaint, r, package(job),
			"the archive gave something else than stacks.conf pins: %s; it was "
			"not kept",
			why);
	}
	if (!r && rename(job->part, job->path))
		r = complaint_of_file(job->complaint, -errno, job->path, "cannot be written: %s",
			strerror(errno));
	return r;
}

static int download_from(const struct job *job, const char *site)
{
	struct apt_watch watch = {look, (void *)job};
	bool goes_on = cache_size(job->part) > 0;
	char url[APT_SITE_SIZE + STACK_PATH_SIZE];
	int r;

	snprintf(url, sizeof(url), "%s/%s", site, job->deb->path);
	r = apt_download(url, job->part, &watch, job->complaint);
	if (!r)
		r = take_part(job);
	/* What was gone on with may have been another file: once more, from its start. */
	if (r == -EILSEQ && goes_on) {
		r = apt_download(url, job->part, &watch, job->complaint);
		if (!r)
			r = take_part(job);
	}
	return r;
}

static int refuse_download(const struct job *job, int error)
{
	char why[WHY_SIZE];

	switch (error) {
	case -ENOENT: return refuse_dropped(job);
	case -ENOSYS:
		snprintf(why, sizeof(why), "%.60s %.300s", job->complaint->file,
			job->complaint->text);
		return refuse_by_hand(job, error, why);
	case -EINTR:
		return complaint_of_file(job->complaint, error, package(job),
			"interrupted with %.1f of %.1f MB there; the next time goes on from there",
			megabytes(cache_size(job->part)), megabytes(job->deb->size));
	case -ENOSPC:
		return complaint_of_file(job->complaint, error, job->folder,
			"no space left for %s; what came is kept, and the next time goes on from "
			"there",
			package(job));
	case -EIO:
		snprintf(why, sizeof(why), "%.*s", WHY_SIZE - 1, job->complaint->text);
		return complaint_of_file(
			job->complaint, error, package(job), "not fetched: %s", why);
	default: return error;
	}
}

static int refuse_without_site(const struct job *job)
{
	return refuse_by_hand(job, -ENODEV,
		job->deb->part == PART_MAIN
			? "the machine's package sources name no site that ends in /debian"
			: "the machine's package sources name no site that ends in "
			  "/debian-security");
}

static bool may_be_elsewhere(int r)
{
	return r == -ENOENT || r == -EIO;
}

static int download(const struct job *job)
{
	static struct apt_sites sites; /* asked for once: they do not change while we run */
	int r = sites.n ? 0 : apt_find_sites(&sites, job->complaint);

	if (r)
		return refuse_download(job, r);
	r = -ENODEV;
	for (size_t i = 0; i < sites.n; i++) {
		if (sites.parts[i] != job->deb->part)
			continue;
		r = download_from(job, sites.sites[i]);
		if (!r || !may_be_elsewhere(r))
			break;
	}
	if (r == -ENODEV)
		return refuse_without_site(job);
	return r ? refuse_download(job, r) : 0;
}

/* Waits until no other process downloads into the same folder. Returns a descriptor to close. */
static int lock_folder(struct job *job)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/lock", job->folder) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return complaint_of_file(
			job->complaint, -errno, path, "cannot be written: %s", strerror(errno));
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			break; /* a folder that knows no locks: as if alone */
		poll(NULL, 0, LOOK_MS);
		if (!look(job)) {
			close(fd);
			return refuse_download(job, -EINTR);
		}
	}
	return fd;
}

static int fetch_locked(struct job *job)
{
	int r = check_whole(job);

	if (r != -ENOENT)
		return r; /* another process fetched it meanwhile */
	if (cache_size(job->part) > job->deb->size)
		unlink(job->part);
	if (cache_size(job->part) == job->deb->size && !take_part(job))
		return 0;
	r = check_space(job);
	return r ? r : download(job);
}

static int fetch(struct job *job)
{
	int r = cache_make(job->folder, job->complaint), fd;

	if (r)
		return r;
	fd = lock_folder(job);
	if (fd < 0)
		return fd;
	r = fetch_locked(job);
	close(fd);
	return r;
}

static int ensure(struct job *job)
{
	int r = cache_path(job->folder, job->deb, job->path);

	if (!r)
		r = cache_part_path(job->folder, job->deb, job->part);
	if (r)
		return complaint_of_file(job->complaint, r, job->folder, "%s", strerror(-r));
	r = check_whole(job);
	if (r != -ENOENT && r != -ENOTDIR)
		return r;
	if (job->watch)
		return fetch(job);
	return complaint_of_file(job->complaint, -ENOENT, package(job),
		"is not in %s: run `lastack fetch %s`", job->folder, job->stack->name);
}

int fetch_ensure(const struct stack *stack, const struct fetch_watch *watch, struct fetched *ret,
	struct complaint *ret_complaint)
{
	char folder[PATH_MAX];
	struct job job = {
		.stack = stack, .watch = watch, .folder = folder, .complaint = ret_complaint};
	int r = cache_folder(folder, ret_complaint);

	ret->n = 0;
	for (size_t i = 0; !r && i < stack->n_debs; i++) {
		job.deb = &stack->debs[i];
		r = ensure(&job);
		if (!r)
			snprintf(ret->paths[ret->n++], PATH_MAX, "%s", job.path);
	}
	return r;
}
