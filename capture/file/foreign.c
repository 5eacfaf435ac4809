/* SPDX-License-Identifier: MIT */
/* libpcap on a stream of the input's bytes. Knows libpcap; must not know descriptors. */
#include "foreign.h"

#include <errno.h>
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_SECOND 1000000000

struct foreign {
	pcap_t *pcap;
	int linktype;
};

/* The stream of fopencookie(3). */
static ssize_t input_read(void *cookie, char *ret, size_t size)
{
	struct input *input = cookie;
	ssize_t got = 1;

	while (!input_left(input) && got) {
		got = input_fill(input);
		if (got < 0 && got != -EINTR) {
			errno = (int)-got;
			return -1;
		}
	}
	if (size > input_left(input))
		size = input_left(input);
	memcpy(ret, input_at(input), size);
	input->begin += size;
	return (ssize_t)size;
}

int foreign_open(struct input *input, struct foreign **ret, char *why)
{
	const cookie_io_functions_t functions = {.read = input_read};
	struct foreign *foreign = calloc(1, sizeof(*foreign));
	FILE *stream = fopencookie(input, "rb", functions);

	if (!foreign || !stream) {
		free(foreign);
		if (stream)
			fclose(stream);
		return -ENOMEM;
	}
	foreign->pcap =
		pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!foreign->pcap) {
		fclose(stream);
		free(foreign);
		return -EBADMSG;
	}
	foreign->linktype = pcap_datalink(foreign->pcap);
	*ret = foreign;
	return 0;
}

void foreign_close(struct foreign *foreign)
{
	if (foreign)
		pcap_close(foreign->pcap); /* and the stream */
	free(foreign);
}

int foreign_next(struct foreign *foreign, struct frame_header *ret, char *why)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int status = pcap_next_ex(foreign->pcap, &header, &bytes);

	if (status == PCAP_ERROR_BREAK)
		return 0;
	if (status != 1) {
		snprintf(why, FOREIGN_WHY_SIZE, "%s", pcap_geterr(foreign->pcap));
		return -EBADMSG;
	}
	*ret = (struct frame_header){
		.time_ns = header->ts.tv_sec * (int64_t)NS_PER_SECOND + header->ts.tv_usec,
		.bytes = bytes,
		.captured = header->caplen,
		.length = header->len < header->caplen ? header->caplen : header->len,
		.linktype = foreign->linktype,
	};
	return 1;
}
