/* SPDX-License-Identifier: MIT */
/* What lwIP needs from its host: one network interface, whose frames the harness carries, and the
 * functions of lwIP's port layer that wait or tell the time (its sys_arch.h). They stand here again
 * under lwIP's own names, so that the dynamic linker takes them in place of the library's: time is
 * then the harness's clock, which moves only when nothing else does, and it is known at any moment
 * whether a thread waits. So a run is the same on a busy machine and on an idle one, and the two
 * minutes of a TIME-WAIT pass at once.
 *
 * Not part of the program: compiled at run time, against the headers of the lwIP that it is for. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/netif.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/sockets.h>
#include <lwip/sys.h>
#include <lwip/tcpip.h>
#include <lwip/timeouts.h>

#include "lwip_adapter.h"

#define ETHERNET_HEADER 14
#define MTU 1500
#define MAILBOX_SIZE 128 /* as in the port that the library was built with */

static struct lwip_host host;
static struct netif interface;

/* Of all that waits and of what is waited for. */
static pthread_mutex_t waiting = PTHREAD_MUTEX_INITIALIZER;

struct waiter {
	pthread_cond_t woken;
	int64_t deadline_ms; /* INT64_MAX: none */
	bool is_woken, is_late;
	struct waiter **place; /* in what is waited for */
	struct waiter *next;
};

static struct waiter *waiters; /* of the program's threads; the stack's own is not among them */
static _Thread_local bool is_stack_thread;

void sys_mark_tcpip_thread(void);
void sys_check_core_locking(void);

void sys_mark_tcpip_thread(void)
{
	is_stack_thread = true;
}

void sys_check_core_locking(void)
{
}

u32_t sys_now(void)
{
	return (u32_t)atomic_load(host.clock_ms);
}

static void wake(struct waiter *waiter, bool is_late)
{
	for (struct waiter **link = &waiters; *link; link = &(*link)->next)
		if (*link == waiter) {
			*link = waiter->next;
			break;
		}
	*waiter->place = NULL;
	waiter->is_late = is_late;
	waiter->is_woken = true;
	pthread_cond_signal(&waiter->woken);
}

/* False if time was up first. The stack's own thread waits for messages only: its timers are run
 * when the harness says so. */
static bool wait_at(struct waiter **place, u32_t timeout_ms)
{
	struct waiter self = {.woken = PTHREAD_COND_INITIALIZER,
		.deadline_ms = timeout_ms ? atomic_load(host.clock_ms) + timeout_ms : INT64_MAX,
		.place = place};

	*place = &self;
	if (!is_stack_thread) {
		self.next = waiters;
		waiters = &self;
	}
	while (!self.is_woken)
		pthread_cond_wait(&self.woken, &waiting);
	return !self.is_late;
}

struct sys_sem {
	unsigned count;
	struct waiter *waiter;
};

err_t sys_sem_new(sys_sem_t *sem, u8_t count)
{
	*sem = calloc(1, sizeof(**sem));
	if (!*sem)
		return ERR_MEM;
	(*sem)->count = count;
	return ERR_OK;
}

void sys_sem_free(sys_sem_t *sem)
{
	if (!sem)
		return;
	free(*sem);
	*sem = NULL;
}

void sys_sem_signal(sys_sem_t *sem)
{
	pthread_mutex_lock(&waiting);
	if ((*sem)->waiter)
		wake((*sem)->waiter, false);
	else
		(*sem)->count = 1;
	pthread_mutex_unlock(&waiting);
}

u32_t sys_arch_sem_wait(sys_sem_t *sem, u32_t timeout_ms)
{
	bool done = true;

	pthread_mutex_lock(&waiting);
	if ((*sem)->count)
		(*sem)->count--;
	else
		done = wait_at(&(*sem)->waiter, timeout_ms);
	pthread_mutex_unlock(&waiting);
	return done ? 0 : SYS_ARCH_TIMEOUT;
}

struct sys_mbox {
	void *messages[MAILBOX_SIZE];
	unsigned first, n;
	struct waiter *waiter;
};

err_t sys_mbox_new(sys_mbox_t *mbox, int size)
{
	*mbox = calloc(1, sizeof(**mbox));
	return *mbox ? ERR_OK : ERR_MEM;
}

void sys_mbox_free(sys_mbox_t *mbox)
{
	if (!mbox)
		return;
	free(*mbox);
	*mbox = NULL;
}

err_t sys_mbox_trypost(sys_mbox_t *mbox, void *message)
{
	struct sys_mbox *box = *mbox;
	err_t r = ERR_MEM;

	pthread_mutex_lock(&waiting);
	if (box->n < MAILBOX_SIZE - 1) {
		box->messages[(box->first + box->n++) % MAILBOX_SIZE] = message;
		if (box->waiter)
			wake(box->waiter, false);
		r = ERR_OK;
	}
	pthread_mutex_unlock(&waiting);
	return r;
}

err_t sys_mbox_trypost_fromisr(sys_mbox_t *mbox, void *message)
{
	return sys_mbox_trypost(mbox, message);
}

/* Nobody but the stack's own thread reads what is posted so, and it is never 127 messages behind.
 */
void sys_mbox_post(sys_mbox_t *mbox, void *message)
{
	if (sys_mbox_trypost(mbox, message) != ERR_OK)
		abort();
}

static void take(struct sys_mbox *box, void **ret)
{
	if (ret)
		*ret = box->messages[box->first];
	box->first = (box->first + 1) % MAILBOX_SIZE;
	box->n--;
}

u32_t sys_arch_mbox_tryfetch(sys_mbox_t *mbox, void **ret)
{
	bool has_one;

	pthread_mutex_lock(&waiting);
	has_one = (*mbox)->n;
	if (has_one)
		take(*mbox, ret);
	else if (ret)
		*ret = NULL;
	pthread_mutex_unlock(&waiting);
	return has_one ? 0 : SYS_MBOX_EMPTY;
}

u32_t sys_arch_mbox_fetch(sys_mbox_t *mbox, void **ret, u32_t timeout_ms)
{
	bool done = true;

	pthread_mutex_lock(&waiting);
	while (done && !(*mbox)->n)
		done = wait_at(&(*mbox)->waiter, timeout_ms);
	if (done)
		take(*mbox, ret);
	else if (ret)
		*ret = NULL;
	pthread_mutex_unlock(&waiting);
	return done ? 0 : SYS_ARCH_TIMEOUT;
}

/* Memory. */

#define BEHIND 256
#define BEHIND_BYTE 0x5a

/* lwIP takes a listener's short control block for a whole one when SO_LINGER is set, and reads
 * behind its end. What is there is the same every time, and is not zero: so it shows. */
void *mem_malloc(mem_size_t size)
{
	uint8_t *memory = calloc(1, (size_t)size + BEHIND);

	if (memory)
		memset(memory + size, BEHIND_BYTE, BEHIND);
	return memory;
}

void *mem_calloc(mem_size_t count, mem_size_t size)
{
	return mem_malloc(count * size);
}

/* The interface. */

static err_t output(struct netif *netif, struct pbuf *p, uint16_t type)
{
	uint8_t frame[ETHERNET_HEADER + MTU];

	if (p->tot_len > sizeof(frame) - ETHERNET_HEADER)
		return ERR_BUF;
	memcpy(frame, host.peer_hardware, 6);
	memcpy(frame + 6, host.hardware, 6);
	frame[12] = (uint8_t)(type >> 8);
	frame[13] = (uint8_t)type;
	pbuf_copy_partial(p, frame + ETHERNET_HEADER, p->tot_len, 0);
	host.send_frame(frame, ETHERNET_HEADER + (size_t)p->tot_len);
	return ERR_OK;
}

static err_t output_ip4(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
	return output(netif, p, 0x0800);
}

/* Nothing but what the sides send to each other: no router is looked for, no group is joined. */
static err_t output_ip6(struct netif *netif, struct pbuf *p, const ip6_addr_t *to)
{
	return ip6_addr_ismulticast(to) ? ERR_OK : output(netif, p, 0x86dd);
}

static err_t interface_init(struct netif *netif)
{
	netif->name[0] = 'l';
	netif->name[1] = 'a';
	netif->mtu = MTU;
	netif->hwaddr_len = 6;
	memcpy(netif->hwaddr, host.hardware, 6);
	netif->output = output_ip4;
	netif->output_ip6 = output_ip6;
	return ERR_OK;
}

static void add_interface(void)
{
	ip4_addr_t address, mask, none = {0};
	ip6_addr_t address6;

	memcpy(&address.addr, host.ip4, 4);
	IP4_ADDR(&mask, 255, 255, 255, 0);
	netif_add(&interface, &address, &mask, &none, NULL, interface_init, ip_input);
	memset(&address6, 0, sizeof(address6));
	memcpy(address6.addr, host.ip6, sizeof(address6.addr));
	netif_set_up(&interface);
	netif_set_link_up(&interface);
	netif_ip6_addr_set(&interface, 0, &address6);
	netif_ip6_addr_set_state(&interface, 0, IP6_ADDR_PREFERRED);
}

static int start(const struct lwip_host *given)
{
	host = *given;
	tcpip_init(NULL, NULL);
	LOCK_TCPIP_CORE();
	add_interface();
	UNLOCK_TCPIP_CORE();
	return 0;
}

static void input(const uint8_t *frame, size_t length)
{
	struct pbuf *p;

	if (length <= ETHERNET_HEADER)
		return;
	length -= ETHERNET_HEADER;
	LOCK_TCPIP_CORE();
	p = pbuf_alloc(PBUF_RAW, (u16_t)length, PBUF_RAM);
	if (p) {
		pbuf_take(p, frame + ETHERNET_HEADER, (u16_t)length);
		if (interface.input(p, &interface) != ERR_OK)
			pbuf_free(p);
	}
	UNLOCK_TCPIP_CORE();
}

static bool end_waits(void)
{
	bool any = false;

	pthread_mutex_lock(&waiting);
	for (struct waiter *waiter = waiters, *next; waiter; waiter = next) {
		next = waiter->next;
		if (waiter->deadline_ms <= atomic_load(host.clock_ms)) {
			wake(waiter, true);
			any = true;
		}
	}
	pthread_mutex_unlock(&waiting);
	return any;
}

static bool run_timers(void)
{
	bool is_due;

	LOCK_TCPIP_CORE();
	is_due = sys_timeouts_sleeptime() == 0;
	if (is_due)
		sys_check_timeouts();
	UNLOCK_TCPIP_CORE();
	return end_waits() || is_due;
}

static int64_t next_timer_ms(void)
{
	int64_t next;
	u32_t sleep;

	LOCK_TCPIP_CORE();
	sleep = sys_timeouts_sleeptime();
	UNLOCK_TCPIP_CORE();
	next = sleep == SYS_TIMEOUTS_SLEEPTIME_INFINITE ? INT64_MAX
							: atomic_load(host.clock_ms) + sleep;
	pthread_mutex_lock(&waiting);
	for (const struct waiter *waiter = waiters; waiter; waiter = waiter->next)
		if (waiter->deadline_ms < next)
			next = waiter->deadline_ms;
	pthread_mutex_unlock(&waiting);
	return next;
}

static bool is_blocked(void)
{
	bool any;

	pthread_mutex_lock(&waiting);
	any = waiters;
	pthread_mutex_unlock(&waiting);
	return any;
}

/* enum tcp_state -> Linux's numbers (include/net/tcp_states.h) */
static const uint8_t numbers[] = {
	[CLOSED] = 7,
	[LISTEN] = 10,
	[SYN_SENT] = 2,
	[SYN_RCVD] = 3,
	[ESTABLISHED] = 1,
	[FIN_WAIT_1] = 4,
	[FIN_WAIT_2] = 5,
	[CLOSE_WAIT] = 8,
	[CLOSING] = 11,
	[LAST_ACK] = 9,
	[TIME_WAIT] = 6,
};

static const struct tcp_pcb *find(const struct tcp_pcb *pcb, uint16_t local, uint16_t peer)
{
	while (pcb && (pcb->local_port != local || pcb->remote_port != peer))
		pcb = pcb->next;
	return pcb;
}

static int listener_state(uint16_t local)
{
	const struct tcp_pcb_listen *pcb = tcp_listen_pcbs.listen_pcbs;

	while (pcb && pcb->local_port != local)
		pcb = pcb->next;
	return pcb ? numbers[LISTEN] : 0;
}

static int state(uint16_t local, uint16_t peer)
{
	const struct tcp_pcb *pcb;
	int number;

	LOCK_TCPIP_CORE();
	pcb = find(tcp_active_pcbs, local, peer);
	if (!pcb)
		pcb = find(tcp_tw_pcbs, local, peer);
	number = pcb ? numbers[pcb->state] : peer ? 0 : listener_state(local);
	UNLOCK_TCPIP_CORE();
	return number;
}

static void forget(uint16_t local, uint16_t peer)
{
	const struct tcp_pcb *pcb;

	LOCK_TCPIP_CORE();
	pcb = find(tcp_active_pcbs, local, peer);
	if (!pcb)
		pcb = find(tcp_tw_pcbs, local, peer);
	if (pcb)
		tcp_abandon((struct tcp_pcb *)(uintptr_t)pcb, 0);
	UNLOCK_TCPIP_CORE();
}

static int call_accept4(int s, struct sockaddr *address, socklen_t *length, int flags)
{
	return lwip_accept(s, address, length);
}

static int call_ioctl(int s, unsigned long request, void *argument)
{
	return lwip_ioctl(s, (long)request, argument);
}

extern const struct lwip_adapter lastack_lwip_adapter;
const struct lwip_adapter lastack_lwip_adapter = {
	.version = LWIP_VERSION_STRING,
	.start = start,
	.input = input,
	.run_timers = run_timers,
	.next_timer_ms = next_timer_ms,
	.is_blocked = is_blocked,
	.state = state,
	.forget = forget,
	.calls =
		{
			.socket = lwip_socket,
			.bind = lwip_bind,
			.listen = lwip_listen,
			.connect = lwip_connect,
			.accept4 = call_accept4,
			.getsockname = lwip_getsockname,
			.getpeername = lwip_getpeername,
			.setsockopt = lwip_setsockopt,
			.getsockopt = lwip_getsockopt,
			.fcntl = lwip_fcntl,
			.ioctl = call_ioctl,
			.send = lwip_send,
			.sendto = lwip_sendto,
			.sendmsg = lwip_sendmsg,
			.write = lwip_write,
			.writev = lwip_writev,
			.recv = lwip_recv,
			.recvmsg = lwip_recvmsg,
			.read = lwip_read,
			.shutdown = lwip_shutdown,
			.close = lwip_close,
#if LWIP_SOCKET_SELECT
			.select = lwip_select,
#endif
#if LWIP_SOCKET_POLL
			.poll = lwip_poll,
#endif
		},
};
