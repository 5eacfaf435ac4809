/* SPDX-License-Identifier: MIT */
/* The first process of a guest that holds nothing but this program: makes what a program takes for
 * granted (/proc, /sys, /dev, modules), runs one word of it, and turns the machine off. */
#ifndef LASTACK_HARNESS_GUEST_H
#define LASTACK_HARNESS_GUEST_H

#define GUEST_INIT "/init" /* where the program lies in the initramfs, and its argv[0] */
#define GUEST_WORD "lastack" /* what follows it on the kernel's command line are the arguments */
#define GUEST_CASES "/cases"
#define GUEST_MODULES "/modules" /* *.ko, loaded in the order of their names */
/* What it says on the console at the very end, followed by the word's exit status. */
#define GUEST_STATUS "lastack guest: status "

/* The first process of a machine does not return from here but in a child that is to go on as an
 * ordinary program with the arguments that are left; any other process just returns. */
void guest_begin_if_first(int *argc, char ***argv);

#endif
