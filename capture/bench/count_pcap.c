/* SPDX-License-Identifier: MIT */
/* count_pcap [-s] FILE: the least that any program does that reads a capture by libpcap. */
#include <pcap.h>

#include "count.h"

static int walk(pcap_t *pcap, int has_sum, struct count *count)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int r;

	while ((r = pcap_next_ex(pcap, &header, &bytes)) == 1) {
		count->records++;
		if (has_sum)
			count_add(count,
				header->ts.tv_sec * INT64_C(1000000000) + header->ts.tv_usec,
				header->len, pcap_datalink(pcap), bytes, header->caplen);
	}
	return r == PCAP_ERROR_BREAK ? 0 : -1;
}

int main(int argc, char **argv)
{
	int has_sum = argc == 3 && !strcmp(argv[1], "-s");
	char error[PCAP_ERRBUF_SIZE] = "[-s] FILE";
	struct count count = {0};
	pcap_t *pcap = NULL;
	int r;

	if (argc == 2 + has_sum)
		pcap = pcap_open_offline_with_tstamp_precision(
			argv[argc - 1], PCAP_TSTAMP_PRECISION_NANO, error);
	if (!pcap) {
		fprintf(stderr, "count_pcap: %s\n", error);
		return 2;
	}
	r = walk(pcap, has_sum, &count);
	if (r < 0)
		fprintf(stderr, "count_pcap: %s\n", pcap_geterr(pcap));
	count_print(&count, has_sum);
	pcap_close(pcap);
	return r < 0 ? 2 : 0;
}
