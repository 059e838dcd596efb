/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What hw/product.c needs of the kernel's header. */
#ifndef PP_TOOLS_LINUX_BITS_H
#define PP_TOOLS_LINUX_BITS_H

#define BIT(n)		(1ul << (n))
#define BIT_ULL(n)	(1ull << (n))
#define GENMASK(h, l)	((~0ul >> (8 * sizeof(long) - 1 - (h))) & (~0ul << (l)))

#endif
