/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The render node's device in sysfs. */
#ifndef PP_GUEST_SYSFS_H
#define PP_GUEST_SYSFS_H

#include "tap.h"

/* Read a file without its newline. Returns 0 or -errno. */
int sysfs_read(const char *path, char *text, u32 size);

/* Write a string to a file. Returns 0 or -errno. */
int sysfs_write(const char *path, const char *text);

/* Folder of the platform device behind an open render node. */
void sysfs_device(int fd, char *dir, u32 size);

/* A GPU without work sleeps after 50 ms, on a busy host when there is time for it. */
#define ASLEEP_MS	30000

/* Wait until power/runtime_status of the device is @want. Returns the ms that it took, or -1. */
int sysfs_wait_power(const char *dir, const char *want, int ms);

/* The kernel's messages from now on: fd. */
int kmsg_open(void);

/* How many messages since then have the word in them. */
int kmsg_count(int fd, const char *word);

#endif
