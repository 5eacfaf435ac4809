/* SPDX-License-Identifier: MIT */
/* What the other connections of the same listening end showed, and so what bears on the finding of
 * one. Some findings depend on what comes later (the port refuses afterwards; others are reset
 * together with this one): those histories are held back until the scene has seen SCENE_HORIZON_NS
 * more, or SCENE_HELD others wait; all others are handed on at once. So findings come a little late
 * and out of order, and memory is bounded: of each listening end the last few events are kept, and
 * of SCENE_ENDS of them; who was seen longest ago is forgotten first. */
#ifndef LASTACK_CAPTURE_SCENE_H
#define LASTACK_CAPTURE_SCENE_H

#include <stddef.h>

#include "finding.h"

#define SCENE_HORIZON_NS (10 * 1000000000LL)
#define SCENE_TOGETHER_NS (10 * 1000000LL)

struct scene;

/* `surroundings` and `history` are valid during the callback only. */
typedef void scene_callback(
	const struct history *history, const struct surroundings *surroundings, void *data);

/* 0 or -ENOMEM. Every history is given to `callback` exactly once. */
int scene_new(scene_callback *callback, void *data, struct scene **ret);
void scene_free(struct scene *scene); /* those that are held are not handed on */
/* Takes a history, copies it if it must wait. */
void scene_add(struct scene *scene, const struct history *history);
/* The capture has come this far: hands on those held that need not wait any longer. */
void scene_advance(struct scene *scene, int64_t now_ns);
/* Hands on all that are held: at the end of the capture. */
void scene_flush(struct scene *scene);

/* Histories that are held, and bytes allocated. */
size_t scene_held(const struct scene *scene);
size_t scene_bytes(const struct scene *scene);

#endif
