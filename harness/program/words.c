/* SPDX-License-Identifier: MIT */
/* The words of `lastack`. */
#include "commands.h"
#include "lwip.h"

int (*const command_load_lwip)(const char *folder, char *error) = lwip_load;

const struct command commands[] = {
	{"run", command_run, "conduct and judge cases on this kernel, and record what they showed"},
	{"list", command_list, "the cases there are, by topic; `list verbs`: what a case can say"},
	{"show", command_show,
		"one case with its sources, and its ladder; `show language`: how to write one"},
	{"repro", command_repro, "from an errno or a log line to its causes, each made to happen here"},
	{"explain", command_explain, "how the connections of a capture ended, who ended them, and why"},
	{"matrix", command_matrix, "record files as one table, Markdown or JSON"},
	{"fetch", command_fetch, "the packages of the kernels and stacks that a matrix compares"},
	{"diff", command_diff, "what differs between two record files"},
	{"export", command_export, "record files as KTAP, or as KernelCI's KCIDB JSON"},
	{"observe", command_observe, "conduct and record cases without judging them"},
	{0},
};
