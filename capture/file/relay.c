/* SPDX-License-Identifier: MIT */
/* A ring of batches between two threads; the numbers under the lock are all that they share.
 * Whoever has to wait is woken when the ring is half full or half empty: waking costs more than a
 * batch. */
#include "relay.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

enum { RING = 24, HALF = RING / 2, LOW = RING / 6 };

struct relay {
	struct file *file;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t has_batches, has_room;
	unsigned filled; /* batches that are read and not yet handed back */
	bool is_stopped;
	bool has_ended; /* with: */
	int ending; /* what batch_read() said last */
	/* the reader's */
	unsigned writing;
	/* the caller's */
	unsigned reading;
	bool has_one; /* a batch is in the caller's hands */
	struct batch ring[RING];
};

/* Whether the file goes on. */
static bool batch_pass(struct relay *relay, int got)
{
	pthread_mutex_lock(&relay->lock);
	if (got > 0) {
		relay->writing = (relay->writing + 1) % RING;
		relay->filled++;
	} else {
		relay->has_ended = true;
		relay->ending = got;
	}
	if (relay->filled == HALF || relay->has_ended)
		pthread_cond_signal(&relay->has_batches);
	while (relay->filled == RING && !relay->is_stopped)
		pthread_cond_wait(&relay->has_room, &relay->lock);
	got = relay->is_stopped ? 0 : got;
	pthread_mutex_unlock(&relay->lock);
	return got > 0;
}

static void *read_ahead(void *data)
{
	struct relay *relay = data;
	int got;

	do
		got = batch_read(relay->file, &relay->ring[relay->writing]);
	while (got == -EINTR || batch_pass(relay, got));
	return NULL;
}

/* Signals are the caller's: the thread has none. */
static int thread_start(struct relay *relay)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&relay->thread, NULL, read_ahead, relay);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

int relay_start(struct file *file, struct relay **ret)
{
	struct relay *relay = malloc(sizeof(*relay)); /* the ring is touched as it fills */
	int r;

	if (!relay)
		return -ENOMEM;
	relay->file = file;
	relay->filled = relay->writing = relay->reading = 0;
	relay->is_stopped = relay->has_ended = relay->has_one = false;
	pthread_mutex_init(&relay->lock, NULL);
	pthread_cond_init(&relay->has_batches, NULL);
	pthread_cond_init(&relay->has_room, NULL);
	r = thread_start(relay);
	if (r)
		free(relay);
	else
		*ret = relay;
	return r;
}

static void batch_hand_back(struct relay *relay)
{
	relay->reading = (relay->reading + 1) % RING;
	relay->has_one = false;
	if (--relay->filled == LOW)
		pthread_cond_signal(&relay->has_room);
}

int relay_next(struct relay *relay, const struct batch **ret)
{
	int got;

	pthread_mutex_lock(&relay->lock);
	if (relay->has_one)
		batch_hand_back(relay);
	while (!relay->filled && !relay->has_ended)
		pthread_cond_wait(&relay->has_batches, &relay->lock);
	relay->has_one = relay->filled;
	got = relay->has_one ? 1 : relay->ending;
	pthread_mutex_unlock(&relay->lock);
	*ret = &relay->ring[relay->reading];
	return got > 0 ? (int)(*ret)->frames : got;
}

void relay_stop(struct relay *relay)
{
	if (!relay)
		return;
	pthread_mutex_lock(&relay->lock);
	relay->is_stopped = true;
	pthread_cond_signal(&relay->has_room);
	pthread_mutex_unlock(&relay->lock);
	pthread_join(relay->thread, NULL);
	pthread_cond_destroy(&relay->has_room);
	pthread_cond_destroy(&relay->has_batches);
	pthread_mutex_destroy(&relay->lock);
	free(relay);
}
