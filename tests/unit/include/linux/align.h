/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#ifndef UNIT_LINUX_ALIGN_H
#define UNIT_LINUX_ALIGN_H

#define ALIGN(x, a) \
	(((x) + ((__typeof__(x))(a) - 1)) & ~((__typeof__(x))(a) - 1))
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a) - 1)) == 0)

#endif
