/* SPDX-License-Identifier: MIT */
/* The verbs that go around the socket calls: ends destroyed from outside, rights given up,
 * protocols layered upon TCP. */
#include <errno.h>
#include <sched.h>
#include <linux/capability.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "actor.h"
#include "bpf.h"
#include "calls.h"
#include "netlink.h"
#include "subflow.h"

static struct outcome of_result(int r)
{
	return r < 0 ? outcome_error(-r) : outcome_number(r);
}

/* The addresses of the end that the descriptor named, also after it was closed; asked anew while
 * it is open, for a connect() that blocks has chosen a port that nobody has noted yet. */
static bool find_end(struct actor *actor, const struct action *action, struct shared_end *ret)
{
	const struct descriptor *descriptor = actor_on(actor, action);
	const struct shared_end *ends = actor->process->shared->ends[actor->process->side];
	union address local = {0};
	socklen_t length = sizeof(local);

	if (!descriptor)
		return false;
	for (unsigned i = 0; i < SHARED_ENDS; i++)
		if (!strcmp(ends[i].name, descriptor->name))
			*ret = ends[i];
	if (ret->peer.any.sa_family && !getsockname(descriptor->fd, &local.any, &length) &&
		local.any.sa_family == ret->peer.any.sa_family && local.in.sin_port)
		ret->local = local;
	return true;
}

struct outcome call_destroy(struct actor *actor, const struct action *action)
{
	struct shared_end end = {0};
	struct netlink *netlink;
	int r = find_end(actor, action, &end) ? netlink_open(&netlink) : -EBADF;

	if (r)
		return outcome_error(-r);
	r = action->operands[0] == OPERAND_ABSENT ? netlink_destroy(netlink, &end.local, &end.peer)
						  : netlink_destroy(netlink, &end.peer, &end.local);
	netlink_close(netlink);
	return of_result(r);
}

struct outcome call_destroy_by_bpf(struct actor *actor, const struct action *action)
{
	struct shared_end end = {0};

	if (!find_end(actor, action, &end))
		return outcome_error(EBADF);
	return of_result(bpf_destroy(&end.local, &end.peer));
}

struct outcome call_subflows(struct actor *actor, const struct action *action)
{
	return of_result(subflow_count(actor_fd(actor, action)));
}

struct outcome call_add_subflow(struct actor *actor, const struct action *action)
{
	return of_result(subflow_create(actor_fd(actor, action)));
}

/* The calling thread's, as capset(2) has it. */
struct outcome call_drop_rights(struct actor *actor, const struct action *action)
{
	struct __user_cap_header_struct who = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	return syscall(SYS_capset, &who, none) ? outcome_error(errno) : outcome_number(0);
}

struct outcome call_real_time(struct actor *actor, const struct action *action)
{
	struct sched_param lowest = {.sched_priority = 1};

	return of_result(sched_setscheduler(0, SCHED_FIFO, &lowest) ? -errno : 0);
}

static struct outcome set_name(
	struct actor *actor, const struct action *action, int option, const struct word *names)
{
	const char *name = word_name(names, action->operands[0]);

	if (setsockopt(actor_fd(actor, action), IPPROTO_TCP, option, name, strlen(name)))
		return outcome_error(errno);
	return outcome_number(0);
}

struct outcome call_congestion(struct actor *actor, const struct action *action)
{
	return set_name(actor, action, TCP_CONGESTION, congestion_controls);
}

struct outcome call_ulp(struct actor *actor, const struct action *action)
{
	return set_name(actor, action, TCP_ULP, upper_protocols);
}

/* Both ends have the same key and count records from 0. */
struct outcome call_tls(struct actor *actor, const struct action *action)
{
	struct tls12_crypto_info_aes_gcm_128 key = {
		.info = {.version = TLS_1_2_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128},
		.key = "sixteen bytes :)",
	};

	if (setsockopt(
		    actor_fd(actor, action), SOL_TLS, (int)action->operands[0], &key, sizeof(key)))
		return outcome_error(errno);
	return outcome_number(0);
}
