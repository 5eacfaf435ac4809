/* SPDX-License-Identifier: MIT */
#include "follow.h"

#include <errno.h>
#include <stdio.h>

#include "decode.h"
#include "file.h"
#include "flow.h"
#include "scene.h"

enum { BATCH = 64 };

struct follower {
	struct flow_table *flows;
	struct scene *scene;
	follow_callback *callback;
	void *data;
};

static void judge(const struct history *history, const struct surroundings *around, void *data)
{
	struct follower *follower = data;
	struct finding finding;

	finding_make(history, around, &finding);
	follower->callback(history, &finding, follower->data);
}

static void take(const struct history *history, void *data)
{
	struct follower *follower = data;

	scene_add(follower->scene, history);
}

static int follow_frames(struct follower *follower, struct file *file)
{
	struct frame_header batch[BATCH];
	uint32_t number = 0;
	int n, r = 0;

	while (!r && (n = file_next_batch(file, batch, BATCH)) > 0)
		for (int i = 0; i < n && !r; i++) {
			struct segment segment;

			number++;
			if (frame_decode(batch[i].linktype, batch[i].bytes, batch[i].captured,
				    batch[i].length, &segment) != FRAME_TCP)
				continue;
			segment.time_ns = batch[i].time_ns;
			r = flow_add(follower->flows, &segment, number, NULL);
			flow_take_ended(follower->flows, segment.time_ns, take, follower);
		}
	if (!r)
		r = flow_take_all(follower->flows, take, follower);
	scene_flush(follower->scene);
	return r;
}

int follow_file(const char *path, follow_callback *callback, void *data)
{
	struct follower follower = {.callback = callback, .data = data};
	char error[FILE_ERROR_SIZE];
	struct file *file;
	int r = file_open(path, &file, error);

	if (r == -ENODATA)
		return 0; /* nothing was captured */
	if (r) {
		fprintf(stderr, "%s\n", error);
		return r;
	}
	r = flow_table_new(&follower.flows);
	if (!r)
		r = scene_new(judge, &follower, &follower.scene);
	if (!r)
		r = follow_frames(&follower, file);
	scene_free(follower.scene);
	flow_table_free(follower.flows);
	file_close(file);
	return r;
}
