/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: BAR5, through which guest programs send control commands. */
#ifndef VGPU_MAILBOX_H
#define VGPU_MAILBOX_H

#include <stdint.h>

#define MAILBOX_SIZE	0x10000u

struct vgpu;
struct mailbox;

struct mailbox *mailbox_new(void);
void mailbox_free(struct mailbox *m);
/* off + count lies within MAILBOX_SIZE. */
void mailbox_read(struct vgpu *v, uint32_t off, uint32_t count, uint8_t *data);
void mailbox_write(struct vgpu *v, uint32_t off, uint32_t count, const uint8_t *data);

#endif
