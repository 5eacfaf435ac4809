/* SPDX-License-Identifier: MIT */
/* Two rings between two threads: batches to the caller's, remains to the other. The numbers under
 * the lock are all that they share; both rings change hands once a batch, and who sleeps is woken
 * when there is much to do: waking costs more than a batch. */
#include "relay.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "pages.h"
#include "remains.h"

enum {
	BATCHES = 48,
	BATCHES_HALF = BATCHES / 2,
	BATCHES_LOW = BATCHES / 6,
	LEFT = 1024,
	LEFT_HALF = LEFT / 2,
};

struct left {
	int64_t before_ns;
	struct remains remains;
};

struct relay {
	struct file *file;
	relay_callback *callback;
	void *data;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t has_news, has_work; /* for the caller; for the thread */
	unsigned filled; /* batches that are read and not yet handed back */
	unsigned left_ready; /* remains that are handed over and not yet made histories */
	bool is_stopped;
	bool has_ended; /* with: */
	int ending; /* what batch_read() said last */
	/* the thread's */
	unsigned writing, left_reading;
	struct history history;
	/* the caller's */
	unsigned reading, left_writing;
	unsigned left_new; /* written, and not yet handed over */
	unsigned left_known; /* as left_ready was when it was last looked at */
	int64_t before_ns, now_ns;
	bool has_one; /* a batch is in the caller's hands */
	struct batch batches[BATCHES];
	struct left left[LEFT];
};

/* The thread. It holds the lock but where it works. */

static void batch_fill(struct relay *relay)
{
	int got;

	pthread_mutex_unlock(&relay->lock);
	do
		got = batch_read(relay->file, &relay->batches[relay->writing]);
	while (got == -EINTR);
	pthread_mutex_lock(&relay->lock);
	if (got > 0) {
		relay->writing = (relay->writing + 1) % BATCHES;
		relay->filled++;
	} else {
		relay->has_ended = true;
		relay->ending = got;
	}
	if (relay->filled == BATCHES_HALF || relay->has_ended)
		pthread_cond_signal(&relay->has_news);
}

static void left_judge(struct relay *relay, unsigned count)
{
	pthread_mutex_unlock(&relay->lock);
	for (unsigned i = 0; i < count; i++) {
		const struct left *left = &relay->left[relay->left_reading];

		history_make(&left->remains, &relay->history);
		relay->callback(&relay->history, left->before_ns, relay->data);
		relay->left_reading = (relay->left_reading + 1) % LEFT;
	}
	pthread_mutex_lock(&relay->lock);
	relay->left_ready -= count;
	pthread_cond_signal(&relay->has_news);
}

/* Batches first, so that the caller need not wait for any; but for remains there must be room, too.
 */
static void *work(void *data)
{
	struct relay *relay = data;

	pthread_mutex_lock(&relay->lock);
	for (;;) {
		bool is_reading = !relay->has_ended && !relay->is_stopped;
		bool has_room = relay->filled < BATCHES;

		if (is_reading && has_room && relay->left_ready < LEFT_HALF)
			batch_fill(relay);
		else if (relay->left_ready)
			left_judge(relay, relay->left_ready);
		else if (relay->is_stopped)
			break;
		else
			pthread_cond_wait(&relay->has_work, &relay->lock);
	}
	pthread_mutex_unlock(&relay->lock);
	return NULL;
}

/* The caller. */

/* Signals are the caller's: the thread has none. */
static int thread_start(struct relay *relay)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&relay->thread, NULL, work, relay);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

int relay_start(struct file *file, relay_callback *callback, void *data, struct relay **ret)
{
	struct relay *relay = pages_alloc(sizeof(*relay));
	int r;

	if (!relay)
		return -ENOMEM;
	relay->file = file;
	relay->callback = callback;
	relay->data = data;
	relay->filled = relay->writing = relay->reading = 0;
	relay->left_ready = relay->left_reading = relay->left_writing = 0;
	relay->left_new = relay->left_known = 0;
	relay->before_ns = relay->now_ns = INT64_MIN;
	relay->history = (struct history){0};
	relay->is_stopped = relay->has_ended = relay->has_one = false;
	pthread_mutex_init(&relay->lock, NULL);
	pthread_cond_init(&relay->has_news, NULL);
	pthread_cond_init(&relay->has_work, NULL);
	r = thread_start(relay);
	if (r)
		free(relay);
	else
		*ret = relay;
	return r;
}

/* The lock is held. */
static void left_hand_over(struct relay *relay)
{
	bool was_low = relay->left_ready < LEFT_HALF;

	relay->left_ready += relay->left_new;
	relay->left_new = 0;
	relay->left_known = relay->left_ready;
	if (was_low && relay->left_ready >= LEFT_HALF)
		pthread_cond_signal(&relay->has_work);
}

static void batch_hand_back(struct relay *relay)
{
	relay->reading = (relay->reading + 1) % BATCHES;
	relay->has_one = false;
	if (--relay->filled == BATCHES_LOW)
		pthread_cond_signal(&relay->has_work);
}

int relay_next(struct relay *relay, const struct batch **ret)
{
	int got;

	pthread_mutex_lock(&relay->lock);
	left_hand_over(relay);
	if (relay->has_one)
		batch_hand_back(relay);
	while (!relay->filled && !relay->has_ended)
		pthread_cond_wait(&relay->has_news, &relay->lock);
	relay->has_one = relay->filled;
	got = relay->has_one ? 1 : relay->ending;
	pthread_mutex_unlock(&relay->lock);
	*ret = &relay->batches[relay->reading];
	return got > 0 ? (int)(*ret)->frames : got;
}

static void left_wait_for_room(struct relay *relay)
{
	pthread_mutex_lock(&relay->lock);
	left_hand_over(relay);
	while (relay->left_ready == LEFT)
		pthread_cond_wait(&relay->has_news, &relay->lock);
	relay->left_known = relay->left_ready;
	pthread_mutex_unlock(&relay->lock);
}

static void leave(const struct flow_table *table, const struct connection *connection, void *data)
{
	struct relay *relay = data;
	struct left *left;

	if (relay->left_known + relay->left_new == LEFT)
		left_wait_for_room(relay);
	left = &relay->left[relay->left_writing];
	left->before_ns = relay->before_ns;
	remains_take(table, connection, &left->remains);
	relay->left_writing = (relay->left_writing + 1) % LEFT;
	relay->left_new++;
}

void relay_take_ended(struct relay *relay, struct flow_table *table, int64_t now_ns)
{
	relay->before_ns = relay->now_ns;
	relay->now_ns = now_ns;
	flow_leave_ended(table, now_ns, leave, relay);
}

int relay_take_all(struct relay *relay, struct flow_table *table)
{
	relay->before_ns = relay->now_ns;
	return flow_leave_all(table, leave, relay);
}

void relay_stop(struct relay *relay)
{
	if (!relay)
		return;
	pthread_mutex_lock(&relay->lock);
	left_hand_over(relay);
	relay->is_stopped = true;
	pthread_cond_signal(&relay->has_work);
	pthread_mutex_unlock(&relay->lock);
	pthread_join(relay->thread, NULL);
	pthread_cond_destroy(&relay->has_work);
	pthread_cond_destroy(&relay->has_news);
	pthread_mutex_destroy(&relay->lock);
	free(relay);
}
