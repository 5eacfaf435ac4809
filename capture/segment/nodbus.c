/* SPDX-License-Identifier: MIT */
/* Only in programs that are linked statically. libpcap can capture from a D-Bus too, and a static
 * libpcap would bring libdbus and libsystemd along, of which the latter has no static library. The
 * linker takes these two in place of libpcap's own (its pcap-dbus.h says what they promise), so
 * that there is no such device and nothing to bring along. */
#include <pcap/pcap.h>

struct pcap_if_list;

int dbus_findalldevs(struct pcap_if_list *devices, char *error);
pcap_t *dbus_create(const char *device, char *error, int *ret_is_ours);

int dbus_findalldevs(struct pcap_if_list *devices, char *error)
{
	return 0;
}

pcap_t *dbus_create(const char *device, char *error, int *ret_is_ours)
{
	*ret_is_ours = 0; /* some other kind of device's name */
	return NULL;
}
