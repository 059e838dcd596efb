/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Our modules, loaded and unloaded: the kernel's own answers, which modprobe does not tell. */
#ifndef PP_GUEST_KMOD_H
#define PP_GUEST_KMOD_H

#include "tap.h"

/* Load /lib/modules/RELEASE/updates/dkms/NAME.ko: 0 or -errno. */
int kmod_load(const char *name, const char *params);

/* The name as above. 0 or -errno; -EAGAIN if it is in use. */
int kmod_unload(const char *name);

/* A parameter of a loaded module, a number. Bails out if there is none. */
s64 kmod_param(const char *name, const char *param);
void kmod_set_param(const char *name, const char *param, const char *value);

#endif
