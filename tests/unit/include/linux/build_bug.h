/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#ifndef UNIT_LINUX_BUILD_BUG_H
#define UNIT_LINUX_BUILD_BUG_H

#include <assert.h>

#define BUILD_BUG_ON_MSG(cond, msg) _Static_assert(!(cond), msg)
#define BUILD_BUG_ON(cond) BUILD_BUG_ON_MSG(cond, #cond)

/* The kernel's takes its message or does without. */
#undef static_assert
#define static_assert(expr, ...) \
	UNIT_STATIC_ASSERT(expr, ##__VA_ARGS__, #expr)
#define UNIT_STATIC_ASSERT(expr, msg, ...) _Static_assert(expr, msg)

#endif
