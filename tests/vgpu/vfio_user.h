/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Owns: the vfio-user socket: framing, file descriptors, replies. What a
 * message means is in vfio_cmd.c. Protocol: libvfio-user's vfio-user.rst.
 */
#ifndef VGPU_VFIO_USER_H
#define VGPU_VFIO_USER_H

#include <stddef.h>
#include <stdint.h>

#define VU_MAX_FDS	16u
#define VU_MAX_DATA	(1u << 20)	/* data of one access, as VERSION tells the client */

/* Command numbers and header flags */
enum vu_command {
	VU_VERSION = 1, VU_DMA_MAP, VU_DMA_UNMAP, VU_DEVICE_GET_INFO,
	VU_DEVICE_GET_REGION_INFO, VU_DEVICE_GET_REGION_IO_FDS, VU_DEVICE_GET_IRQ_INFO,
	VU_DEVICE_SET_IRQS, VU_REGION_READ, VU_REGION_WRITE, VU_DMA_READ, VU_DMA_WRITE,
	VU_DEVICE_RESET, VU_REGION_WRITE_MULTI = 15,
};

#define VU_FLAG_TYPE_MASK	0xfu
#define VU_FLAG_TYPE_REPLY	0x1u
#define VU_FLAG_NO_REPLY	0x10u
#define VU_FLAG_ERROR		0x20u

struct vu_header {
	uint16_t id, command;
	uint32_t size;		/* of the message, this header included */
	uint32_t flags;
	uint32_t error;
};

struct vgpu;
struct vfio_user;

/* A message being handled. A handler that keeps a descriptor sets it to -1 here. */
struct vu_msg {
	struct vu_header hdr;
	const uint8_t *body;
	size_t len;
	int fds[VU_MAX_FDS];
	unsigned int fd_count;
};

/* Listen on path. NULL and errno on failure. The loop stops when the client goes. */
struct vfio_user *vfio_user_new(struct vgpu *v, const char *path);
/* The same with a connected socket instead (tests); takes over fd. */
struct vfio_user *vfio_user_new_connected(struct vgpu *v, int fd);
void vfio_user_free(struct vfio_user *u);

/* Answer a message; nothing is sent when it said that it wants no reply. */
void vu_reply(struct vfio_user *u, const struct vu_msg *m, const void *body, size_t len);
/* Room for a reply of len bytes, filled in by the caller, sent by vu_reply(). */
uint8_t *vu_scratch(struct vfio_user *u, size_t len);
/* Carry out one command. 0 when it has replied, or -errno for an error reply. */
int vu_execute(struct vgpu *v, struct vfio_user *u, struct vu_msg *m);

#endif
