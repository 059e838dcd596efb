/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* How long a fence needs the functions of the driver that made it. */
#ifndef PP_COMPAT_FENCE_H
#define PP_COMPAT_FENCE_H

/**
 * PP_COMPAT_FENCE_OPS_STAY - a fence needs its driver until it is freed
 *
 * Somebody else's sync file can hold a fence for ever. Where the core forgets a
 * fence's functions when it signals (since 7.1), the driver may go after that, if it
 * has no release function. Before, it must stay.
 */
#ifdef PP_HAVE_FENCE_OPS_RCU
#define PP_COMPAT_FENCE_OPS_STAY	0
#else
#define PP_COMPAT_FENCE_OPS_STAY	1
#endif

#endif
