/* SPDX-License-Identifier: MIT */
/* Where the files are that the program reads: what the environment names, else what was installed
 * with the program, else the source tree that it was built from. */
#ifndef LASTACK_HARNESS_DATA_H
#define LASTACK_HARNESS_DATA_H

enum data {
	DATA_CASES, /* the folder of topics; LASTACK_CASES */
	DATA_KNOWN, /* known divergences; LASTACK_KNOWN */
	DATA_STACKS, /* the file of stacks; LASTACK_STACKS */
	DATA_LWIP_ADAPTER, /* what is compiled with lwIP's headers */
	DATA_SOCKETS, /* and with this one */
};

/* A path, whether or not there is something. Installed files are share/lastack beside the program's
 * own bin, wherever that was moved, or else where the build was told to install them. Valid until
 * the program ends. */
const char *data_path(enum data data);

#endif
