/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A driver taken off its GPU and put back, and what outlives that: sync files, mapped memory. */
#ifndef PP_GUEST_BOUND_H
#define PP_GUEST_BOUND_H

#include "gpu.h"

/* Which driver is bound to which device. */
struct bound {
	char dir[256];		/* of the device */
	char driver[256];	/* folder of the driver */
	const char *name;	/* of the device */
};

/* Those behind an open render node; must work. */
void bound_init(struct bound *b, int fd);

/* Write the device's name to the driver's file. 0 or -errno. */
int bound_unbind(const struct bound *b);
int bound_bind(const struct bound *b);

/* The fence in a binary syncobj as a sync file, which lives without the device: fd or -errno. */
int sync_file_get(int fd, u32 handle);

/* Wait up to @ms: 1 signalled, the fence's -errno, or -ETIME. */
int sync_file_wait(int file, int ms);

/* Read a byte. False: the process would have got a SIGBUS. */
bool readable(const volatile void *p);

#endif
