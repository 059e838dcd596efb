/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#ifndef UNIT_LINUX_ARRAY_SIZE_H
#define UNIT_LINUX_ARRAY_SIZE_H

#include <linux/kernel.h>

#endif
