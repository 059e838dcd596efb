/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#ifndef UNIT_LINUX_LIMITS_H
#define UNIT_LINUX_LIMITS_H

#include_next <linux/limits.h>

#include <stdint.h>

#ifndef U8_MAX
#define U8_MAX UINT8_MAX
#define U16_MAX UINT16_MAX
#define U32_MAX UINT32_MAX
#define U64_MAX (~0ull)
#define S32_MAX INT32_MAX
#define S64_MAX 0x7fffffffffffffffll
#endif

#endif
