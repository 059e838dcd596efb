/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Registers of the address spaces (facts: csf.md 1.6). */
#ifndef PP_MMU_AS_REGS_H
#define PP_MMU_AS_REGS_H

#include <linux/bits.h>

#define PP_AS(n)			(0x2400 + ((n) << 6))
#define PP_AS_TRANSTAB(n)		(PP_AS(n) + 0x00)	/* 64 */
#define PP_AS_MEMATTR(n)		(PP_AS(n) + 0x08)	/* 64 */
#define PP_AS_LOCKADDR(n)		(PP_AS(n) + 0x10)	/* 64 */
#define PP_AS_COMMAND(n)		(PP_AS(n) + 0x18)
#define PP_AS_COMMAND_UPDATE		1
#define PP_AS_COMMAND_LOCK		2
#define PP_AS_COMMAND_UNLOCK		3
#define PP_AS_FAULTSTATUS(n)		(PP_AS(n) + 0x1c)
#define PP_AS_FAULTSTATUS_TYPE(v)	((v) & 0xff)
#define PP_AS_FAULTSTATUS_ACCESS(v)	(((v) >> 8) & 0x3)	/* atomic, execute, read, write */
#define PP_AS_FAULTSTATUS_SOURCE(v)	((v) >> 16)
#define PP_AS_FAULTADDRESS(n)		(PP_AS(n) + 0x20)	/* 64 */
#define PP_AS_STATUS(n)			(PP_AS(n) + 0x28)
#define PP_AS_STATUS_ACTIVE		BIT(0)
#define PP_AS_TRANSCFG(n)		(PP_AS(n) + 0x30)	/* 64 */

#endif
