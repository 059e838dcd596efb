/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* For test_*.c: the client's end of a vfio-user connection. */
#ifndef VGPU_TESTING_VU_H
#define VGPU_TESTING_VU_H

#include "testing.h"

#include <sys/socket.h>

#include "vfio_user.h"

struct vu_rig {
	struct rig *r;
	struct vfio_user *u;
	int fd;		/* ours */
};

static inline void vu_connect(struct vu_rig *t)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	t->u = vfio_user_new_connected(t->r->v, fds[0]);
	assert_non_null(t->u);
	t->fd = fds[1];
}

static inline void vu_disconnect(struct vu_rig *t)
{
	vfio_user_free(t->u);
	close(t->fd);
}

static inline int vu_setup(void **state)
{
	struct vu_rig *t = calloc(1, sizeof(*t));

	t->r = rig_new("g610");
	vu_connect(t);
	*state = t;
	return 0;
}

static inline int vu_teardown(void **state)
{
	struct vu_rig *t = *state;

	vu_disconnect(t);
	rig_free(t->r);
	free(t);
	return 0;
}

/* The model takes what we sent. */
static inline void vu_turn(struct vu_rig *t)
{
	loop_turn(t->r->v->loop, 0);
}

static inline void vu_send_bytes(struct vu_rig *t, const void *p, size_t len, const int *fds,
				 unsigned int fd_count)
{
	union {
		char buf[CMSG_SPACE(VU_MAX_FDS * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)p, len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd_count) {
		struct cmsghdr *c;

		mh.msg_control = control.buf;
		mh.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, fd_count * sizeof(int));
	}
	assert_int_equal(sendmsg(t->fd, &mh, MSG_NOSIGNAL), (ssize_t)len);
}

/* Header and body into buf; returns the size of the message. */
static inline size_t vu_message(uint8_t *buf, uint16_t command, uint32_t flags, const void *body,
				size_t len)
{
	const struct vu_header hdr = {
		.id = 0x77, .command = command, .flags = flags,
		.size = (uint32_t)(sizeof(hdr) + len),
	};

	memcpy(buf, &hdr, sizeof(hdr));
	if (len)
		memcpy(buf + sizeof(hdr), body, len);
	return sizeof(hdr) + len;
}

/* The next reply: its header, and its body's length (-1: there is none). */
static inline ssize_t vu_receive(struct vu_rig *t, struct vu_header *hdr, void *body, size_t room)
{
	size_t len;

	if (recv(t->fd, hdr, sizeof(*hdr), MSG_DONTWAIT | MSG_WAITALL) != (ssize_t)sizeof(*hdr))
		return -1;
	len = hdr->size - sizeof(*hdr);
	assert_true(len <= room);
	if (len)
		assert_int_equal(recv(t->fd, body, len, MSG_WAITALL), (ssize_t)len);
	return (ssize_t)len;
}

/* Send one command and take its reply. Body length; -error for an error reply. */
static inline ssize_t vu_call(struct vu_rig *t, uint16_t command, const void *body, size_t len,
			      const int *fds, unsigned int fd_count, void *reply, size_t room)
{
	uint8_t buf[512];
	struct vu_header hdr;
	ssize_t n;

	assert_true(len <= sizeof(buf) - sizeof(hdr));
	vu_send_bytes(t, buf, vu_message(buf, command, 0, body, len), fds, fd_count);
	vu_turn(t);
	n = vu_receive(t, &hdr, reply, room);
	assert_true(n >= 0);
	assert_int_equal(hdr.id, 0x77);
	assert_int_equal(hdr.command, command);
	assert_int_equal(hdr.flags & VU_FLAG_TYPE_MASK, VU_FLAG_TYPE_REPLY);
	return hdr.flags & VU_FLAG_ERROR ? -(ssize_t)hdr.error : n;
}

struct vu_access {
	uint64_t offset;
	uint32_t region, count;
	uint8_t data[16];
};

#define VU_ACCESS_HEAD	16u

static inline ssize_t vu_read(struct vu_rig *t, uint32_t region, uint64_t off, uint32_t count,
			      uint64_t *val)
{
	const struct vu_access a = { .offset = off, .region = region, .count = count };
	uint8_t reply[4096] = { 0 };
	ssize_t n = vu_call(t, VU_REGION_READ, &a, VU_ACCESS_HEAD, NULL, 0, reply, sizeof(reply));

	if (val)
		memcpy(val, reply + VU_ACCESS_HEAD, sizeof(*val));
	return n;
}

static inline ssize_t vu_write(struct vu_rig *t, uint32_t region, uint64_t off, uint32_t count,
			       uint64_t val)
{
	struct vu_access a = { .offset = off, .region = region, .count = count };
	uint8_t reply[64];

	memcpy(a.data, &val, sizeof(val));
	return vu_call(t, VU_REGION_WRITE, &a, VU_ACCESS_HEAD + (count < 16 ? count : 16), NULL, 0,
		       reply, sizeof(reply));
}

#endif
