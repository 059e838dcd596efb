/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What /proc/self/fdinfo tells of an open render node. */
#ifndef PP_GUEST_FDINFO_H
#define PP_GUEST_FDINFO_H

#include "tap.h"

struct fdinfo {
	char text[4096];
};

void fdinfo_read(int fd, struct fdinfo *info);

/* Text behind "key:" and its white space, or NULL. */
const char *fdinfo_find(const struct fdinfo *info, const char *key);

/* A number that is followed by @unit and nothing else; -1 if there is no such line. */
s64 fdinfo_num(const struct fdinfo *info, const char *key, const char *unit);

/* The same of a file, as it is now. */
s64 fdinfo_one(int fd, const char *key, const char *unit);

#endif
