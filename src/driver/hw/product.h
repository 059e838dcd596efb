/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What Arm calls a GPU. Pure; also built in user space by tests/unit. */
#ifndef PP_HW_PRODUCT_H
#define PP_HW_PRODUCT_H

#include <linux/types.h>

const char *pp_hw_product_name(u32 gpu_id, unsigned int cores, bool ray_tracing);

#endif
