/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What hw/product.c needs of the kernel's header. */
#ifndef PP_TOOLS_LINUX_KERNEL_H
#define PP_TOOLS_LINUX_KERNEL_H

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#endif
