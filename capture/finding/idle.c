/* SPDX-License-Identifier: MIT */
#include "idle.h"

#include <stddef.h>

/* From what the makers document, and from bug reports that found out. */
static const struct {
	int64_t seconds;
	const char *owner;
} constants[] = {
	{5, "node's keep-alive time, Apache's KeepAliveTimeout"},
	{30, "jetty's idle time"},
	{60, "the idle time of AWS application balancers, IPVS for CLOSE-WAIT, tcp_fin_timeout"},
	{65, "the keepalive_timeout of nginx's sample configuration"},
	{75, "nginx's keepalive_timeout"},
	{120, "the keep-alive time of IIS, Linux conntrack for TIME-WAIT and FIN-WAIT"},
	{240, "the idle time of Azure's load balancer"},
	{300, "Linux conntrack while something is unacknowledged, many NATs"},
	{350, "the idle time of an AWS network load balancer or NAT gateway"},
	{600, "the idle time of Google's cloud firewalls"},
	{900, "IPVS for ESTABLISHED, many firewalls"},
	{3600, "the idle time of many firewalls"},
	{7200, "the keepalive time of RFC 1122 4.2.3.6"},
};

enum { NUMBER = sizeof(constants) / sizeof(*constants) };

int64_t idle_constant(int64_t ns)
{
	for (size_t i = 0; i < NUMBER; i++) {
		int64_t constant = constants[i].seconds * 1000000000LL;

		/* timers run late, never early by more than a tick */
		if (ns >= constant - constant / 100 && ns <= constant + constant / 20)
			return constant;
	}
	return 0;
}

const char *idle_owner(int64_t constant_ns)
{
	for (size_t i = 0; i < NUMBER; i++)
		if (constants[i].seconds * 1000000000LL == constant_ns)
			return constants[i].owner;
	return NULL;
}
