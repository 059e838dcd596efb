/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#ifndef UNIT_LINUX_BITFIELD_H
#define UNIT_LINUX_BITFIELD_H

#include <linux/bits.h>

#define UNIT_FIELD_SHIFT(mask) __builtin_ctzll(mask)

#define FIELD_GET(mask, reg) \
	((__typeof__(mask))(((reg) & (mask)) >> UNIT_FIELD_SHIFT(mask)))
#define FIELD_PREP(mask, val) \
	(((__typeof__(mask))(val) << UNIT_FIELD_SHIFT(mask)) & (mask))
#define FIELD_FIT(mask, val) \
	(!((((__typeof__(mask))(val)) << UNIT_FIELD_SHIFT(mask)) & ~(mask)))
#define FIELD_MAX(mask) ((__typeof__(mask))((mask) >> UNIT_FIELD_SHIFT(mask)))

#endif
