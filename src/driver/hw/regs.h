/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Registers of Mali CSF GPUs, arch 10 to 14: offsets into the one register
 * window, and their fields. 64-bit registers are lo/hi pairs.
 */
#ifndef PP_HW_REGS_H
#define PP_HW_REGS_H

#include <linux/bits.h>

/* --- GPU control: identification --- */
#define PP_GPU_ID			0x000
#define PP_GPU_ID_ARCH_MAJOR(id)	(((id) >> 28) & 0xf)
#define PP_GPU_ID_ARCH_MINOR(id)	(((id) >> 24) & 0xf)
#define PP_GPU_ID_ARCH_REV(id)		(((id) >> 20) & 0xf)
#define PP_GPU_ID_PROD_MAJOR(id)	(((id) >> 16) & 0xf)
#define PP_GPU_ID_VER_MAJOR(id)		(((id) >> 12) & 0xf)
#define PP_GPU_ID_VER_MINOR(id)		(((id) >> 4) & 0xff)
#define PP_GPU_ID_VER_STATUS(id)	((id) & 0xf)
#define PP_GPU_L2_FEATURES		0x004
#define PP_GPU_CORE_FEATURES		0x008
#define PP_GPU_TILER_FEATURES		0x00c
#define PP_GPU_MEM_FEATURES		0x010
#define PP_GPU_MMU_FEATURES		0x014
#define PP_GPU_MMU_VA_BITS(f)		((f) & 0xff)
#define PP_GPU_MMU_PA_BITS(f)		(((f) >> 8) & 0xff)
#define PP_GPU_AS_PRESENT		0x018
#define PP_GPU_CSF_ID			0x01c
#define PP_GPU_L2_CONFIG		0x048
#define PP_GPU_L2_CONFIG_ASN_HASH	BIT(24)	/* since arch 11 */
#define PP_GPU_FEATURES			0x060	/* 64; since arch 11 */
#define PP_GPU_FEATURES_RAY_INTERSECTION BIT_ULL(2)
#define PP_GPU_FEATURES_RAY_TRAVERSAL	BIT_ULL(5)
#define PP_GPU_THREAD_MAX_THREADS	0x0a0
#define PP_GPU_THREAD_MAX_WORKGROUP	0x0a4
#define PP_GPU_THREAD_MAX_BARRIER	0x0a8
#define PP_GPU_THREAD_FEATURES		0x0ac
#define PP_GPU_TEXTURE_FEATURES(n)	(0x0b0 + 4 * (n))
/* Before arch 14; then they are in the power control block. */
#define PP_GPU_SHADER_PRESENT		0x100	/* 64 */
#define PP_GPU_TILER_PRESENT		0x110	/* 64 */
#define PP_GPU_L2_PRESENT		0x120	/* 64 */
#define PP_GPU_REVID			0x280
#define PP_GPU_ASN_HASH(n)		(0x2c0 + 4 * (n))	/* since arch 11 */
#define PP_GPU_ASN_HASH_COUNT		3

/* --- GPU control: interrupts; each IRQ block has these four registers --- */
#define PP_GPU_IRQ_BASE			0x020
#define PP_JOB_IRQ_BASE			0x1000
#define PP_MMU_IRQ_BASE			0x2000
#define PP_PWR_IRQ_BASE			0x800	/* since arch 14 */
#define PP_IRQ_RAWSTAT			0x0
#define PP_IRQ_CLEAR			0x4
#define PP_IRQ_MASK			0x8
#define PP_IRQ_STATUS			0xc	/* RAWSTAT & MASK */

#define PP_GPU_IRQ_FAULT		BIT(0)
#define PP_GPU_IRQ_PROTECTED_FAULT	BIT(1)
#define PP_GPU_IRQ_RESET_COMPLETED	BIT(8)
#define PP_GPU_IRQ_POWER_CHANGED	(BIT(9) | BIT(10))	/* one, all */
#define PP_GPU_IRQ_CLEAN_CACHES_COMPLETED BIT(17)
#define PP_GPU_IRQ_MCU_STATUS_CHANGED	BIT(19)

#define PP_JOB_IRQ_CSG(n)		BIT(n)
#define PP_JOB_IRQ_GLOBAL		BIT(31)

/* --- GPU control: commands and state --- */
#define PP_GPU_COMMAND			0x030
#define PP_GPU_CMD_SOFT_RESET		0x101
/* Clean and invalidate L2 and the load/store caches, invalidate the others. */
#define PP_GPU_CMD_FLUSH_CACHES_ALL	0x23304
#define PP_GPU_STATUS			0x034
#define PP_GPU_STATUS_PROTM_ACTIVE	BIT(7)
#define PP_GPU_FAULT_STATUS		0x03c
#define PP_GPU_FAULT_ADDRESS		0x040	/* 64 */
#define PP_GPU_TIMESTAMP_OFFSET		0x088	/* 64 */
#define PP_GPU_CYCLE_COUNT		0x090	/* 64 */
#define PP_GPU_TIMESTAMP		0x098	/* 64 */

/* --- GPU control: power, before arch 14 --- */
#define PP_GPU_SHADER_READY		0x140	/* 64 */
#define PP_GPU_TILER_READY		0x150	/* 64 */
#define PP_GPU_L2_READY			0x160	/* 64 */
#define PP_GPU_L2_PWRON			0x1a0	/* 64 */
#define PP_GPU_L2_PWROFF		0x1e0	/* 64 */
#define PP_GPU_L2_PWRTRANS		0x220	/* 64 */

#define PP_GPU_COHERENCY_FEATURES	0x300
#define PP_GPU_COHERENCY_PROTOCOL	0x304
#define PP_GPU_COHERENCY_PROTOCOL_MASK	GENMASK(4, 0)	/* since arch 12 there are more fields */
#define PP_GPU_COHERENCY_ACE_LITE	0
#define PP_GPU_COHERENCY_ACE		1
#define PP_GPU_COHERENCY_NONE		31

/*
 * --- power control, since arch 14 ---
 * A domain belongs to the host, or is delegated to the MCU. Source: csf.md 1.4.
 */
#define PP_PWR_IRQ_POWER_CHANGED	(BIT(0) | BIT(1))	/* one, all */
#define PP_PWR_IRQ_RESET_COMPLETED	BIT(3)
#define PP_PWR_IRQ_NOT_ALLOWED		BIT(30)
#define PP_PWR_IRQ_INVALID		BIT(31)
#define PP_PWR_STATUS			0x820	/* 64 */
#define PP_PWR_STATUS_ALLOWED(domain)	BIT_ULL(domain)
#define PP_PWR_STATUS_DELEGATED(domain)	BIT_ULL((domain) + 16)
#define PP_PWR_STATUS_SOFT_RESET_ALLOWED BIT_ULL(33)
#define PP_PWR_STATUS_RETRACT_PENDING	BIT_ULL(43)
#define PP_PWR_COMMAND			0x828
#define PP_PWR_COMMAND_UP		0x10
#define PP_PWR_COMMAND_DOWN		0x11
#define PP_PWR_COMMAND_DELEGATE		0x20
#define PP_PWR_COMMAND_RETRACT		0x21
#define PP_PWR_COMMAND_SOFT_RESET	0x31
#define PP_PWR_COMMAND_DOMAIN(domain)	((domain) << 8)
#define PP_PWR_COMMAND_RTU		BIT(16)	/* the ray traversal units with the cores */
#define PP_PWR_CMDARG			0x830	/* 64 */
#define PP_PWR_L2			0	/* domains */
#define PP_PWR_TILER			1
#define PP_PWR_SHADER			8
#define PP_PWR_L2_REGS			0x900	/* what the next four are relative to */
#define PP_PWR_TILER_REGS		0x940
#define PP_PWR_SHADER_REGS		0xa00
#define PP_PWR_PRESENT			0x00	/* 64, like the others */
#define PP_PWR_READY			0x08
#define PP_PWR_TRANS			0x10

/* --- MCU --- */
#define PP_MCU_CONTROL			0x700
#define PP_MCU_CONTROL_DISABLE		0
#define PP_MCU_CONTROL_ENABLE		1
#define PP_MCU_CONTROL_AUTO		2
#define PP_MCU_STATUS			0x704
#define PP_MCU_STATUS_DISABLED		0
#define PP_MCU_STATUS_ENABLED		1
#define PP_MCU_STATUS_HALT		2
#define PP_MCU_STATUS_FATAL		3

/* --- user register page and doorbells --- */
#define PP_USER_PAGE			0x10000
#define PP_LATEST_FLUSH			PP_USER_PAGE
#define PP_DOORBELL(n)			(0x80000 + (n) * 0x10000)
#define PP_DOORBELL_KERNEL		0

#endif
