/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#ifndef UNIT_LINUX_STDDEF_H
#define UNIT_LINUX_STDDEF_H

#include_next <linux/stddef.h>

#include <stddef.h>

#define sizeof_field(t, m) sizeof(((t *)0)->m)
#define offsetofend(t, m) (offsetof(t, m) + sizeof_field(t, m))

#endif
