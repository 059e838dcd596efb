// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "vfio_user.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop.h"
#include "socket.h"
#include "vgpu.h"

#define MAX_MESSAGE	(VU_MAX_DATA + 4096u)
#define INITIAL_ROOM	65536u
#define RECV_CHUNK	65536u		/* bounds the time between two looks at the timers */
#define MAX_BACKLOG	(8u << 20)	/* a client that reads no replies is dropped */
#define MAX_FD_SETS	16u

/* Descriptors that came with bytes up to stream position end. */
struct fd_set_in {
	uint64_t end;
	int fds[VU_MAX_FDS];
	unsigned int count;
};

struct vfio_user {
	struct vgpu *v;
	int listen_fd, fd;
	uint8_t *in;
	size_t in_len, in_room;
	uint64_t in_pos;	/* stream position of in[0] */
	struct fd_set_in sets[MAX_FD_SETS];
	unsigned int set_count;
	uint8_t *out;
	size_t out_len;
	uint8_t *scratch;
	size_t scratch_room;
	bool broken;
};

static void close_fds(int *fds, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void disconnect(struct vfio_user *u, const char *why)
{
	if (u->fd < 0)
		return;
	vlog(u->v, "vfio-user: %s", why);
	loop_del_fd(u->v->loop, u->fd);
	close(u->fd);
	u->fd = -1;
	for (unsigned int i = 0; i < u->set_count; i++)
		close_fds(u->sets[i].fds, u->sets[i].count);
	u->set_count = 0;
	loop_stop(u->v->loop);
}

static bool queue(struct vfio_user *u, const struct iovec *iov, int iovcnt, size_t skip)
{
	for (int i = 0; i < iovcnt; i++) {
		size_t len = iov[i].iov_len;
		size_t from = skip < len ? skip : len;
		uint8_t *out;

		skip -= from;
		len -= from;
		if (!len)
			continue;
		out = u->out_len + len <= MAX_BACKLOG ? realloc(u->out, u->out_len + len) : NULL;
		if (!out)
			return false;
		memcpy(out + u->out_len, (const uint8_t *)iov[i].iov_base + from, len);
		u->out = out;
		u->out_len += len;
	}
	return true;
}

static void send_reply(struct vfio_user *u, struct vu_header *hdr, const void *body, size_t len)
{
	struct iovec iov[2] = {
		{ hdr, sizeof(*hdr) }, { (void *)(uintptr_t)body, len }
	};
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n = 0;

	hdr->size = (uint32_t)(sizeof(*hdr) + len);
	if (!u->out_len)
		n = sendmsg(u->fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		u->broken = true;
		return;
	}
	if (n == (ssize_t)hdr->size)
		return;
	if (!queue(u, iov, 2, n > 0 ? (size_t)n : 0))
		u->broken = true;
	else
		loop_want_out(u->v->loop, u->fd, true);
}

void vu_reply(struct vfio_user *u, const struct vu_msg *m, const void *body, size_t len)
{
	struct vu_header hdr = m->hdr;

	if (m->hdr.flags & VU_FLAG_NO_REPLY)
		return;
	hdr.flags = VU_FLAG_TYPE_REPLY;
	hdr.error = 0;
	send_reply(u, &hdr, body, len);
}

static void reply_error(struct vfio_user *u, const struct vu_msg *m, int err)
{
	struct vu_header hdr = m->hdr;

	vlog(u->v, "vfio-user: command %u refused: %s", m->hdr.command, strerror(err));
	if (m->hdr.flags & VU_FLAG_NO_REPLY)
		return;
	hdr.flags = VU_FLAG_TYPE_REPLY | VU_FLAG_ERROR;
	hdr.error = (uint32_t)err;
	send_reply(u, &hdr, NULL, 0);
}

uint8_t *vu_scratch(struct vfio_user *u, size_t len)
{
	if (len > u->scratch_room) {
		uint8_t *p = realloc(u->scratch, len);

		if (!p)
			return NULL;
		u->scratch = p;
		u->scratch_room = len;
	}
	return u->scratch;
}

/*
 * Descriptors arrive with the first byte of their message, and the kernel ends
 * a recvmsg() after the piece that carried some; so they belong to the last
 * message that starts in what that call returned.
 */
static bool take_fds(struct vfio_user *u, struct vu_msg *m, uint64_t msg_end)
{
	unsigned int n = 0;

	for (; n < u->set_count && u->sets[n].end <= msg_end; n++) {
		for (unsigned int i = 0; i < u->sets[n].count; i++) {
			if (m->fd_count == VU_MAX_FDS)
				return false;
			m->fds[m->fd_count++] = u->sets[n].fds[i];
			u->sets[n].fds[i] = -1;
		}
	}
	u->set_count -= n;
	memmove(u->sets, u->sets + n, u->set_count * sizeof(u->sets[0]));
	return true;
}

static void handle(struct vfio_user *u, struct vu_msg *m)
{
	int err;

	/* We send no commands, so there is nothing to be answered. */
	if ((m->hdr.flags & VU_FLAG_TYPE_MASK) != 0)
		return;
	err = vu_execute(u->v, u, m);
	if (err < 0)
		reply_error(u, m, -err);
}

/* One message from the front of the bytes at p. Its size, 0: not all there, -1: nonsense. */
static ssize_t parse_one(struct vfio_user *u, const uint8_t *p, size_t len, uint64_t pos)
{
	struct vu_msg m = { 0 };

	if (len < sizeof(m.hdr))
		return 0;
	memcpy(&m.hdr, p, sizeof(m.hdr));
	if (m.hdr.size < sizeof(m.hdr) || m.hdr.size > MAX_MESSAGE)
		return -1;
	if (len < m.hdr.size)
		return 0;
	m.body = p + sizeof(m.hdr);
	m.len = m.hdr.size - sizeof(m.hdr);
	if (!take_fds(u, &m, pos + m.hdr.size)) {
		close_fds(m.fds, m.fd_count);
		return -1;
	}
	handle(u, &m);
	close_fds(m.fds, m.fd_count);
	return (ssize_t)m.hdr.size;
}

static bool parse_all(struct vfio_user *u)
{
	size_t done = 0;
	ssize_t n;

	while ((n = parse_one(u, u->in + done, u->in_len - done, u->in_pos + done)) > 0)
		done += (size_t)n;
	u->in_len -= done;
	u->in_pos += done;
	if (u->in_len && done)
		memmove(u->in, u->in + done, u->in_len);
	return n == 0 && !u->broken;
}

/* Make room for the rest of the message at the front, whose size is sane by now. */
static bool make_room(struct vfio_user *u)
{
	size_t want = INITIAL_ROOM;
	uint8_t *in;

	if (u->in_len >= sizeof(struct vu_header)) {
		struct vu_header hdr;

		memcpy(&hdr, u->in, sizeof(hdr));
		if (hdr.size > want)
			want = hdr.size;
	}
	if (want <= u->in_room)
		return true;
	in = realloc(u->in, want);
	if (!in)
		return false;
	u->in = in;
	u->in_room = want;
	return true;
}

static bool keep_fds(struct vfio_user *u, struct msghdr *mh, uint64_t end)
{
	struct fd_set_in *set = &u->sets[u->set_count];
	struct cmsghdr *c;
	bool ok = !(mh->msg_flags & MSG_CTRUNC);

	for (c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		unsigned int count = (unsigned int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		int fds[VU_MAX_FDS];

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		memcpy(fds, CMSG_DATA(c), count * sizeof(int));
		if (!ok || u->set_count == MAX_FD_SETS) {
			close_fds(fds, count);
			ok = false;
			continue;
		}
		memcpy(set->fds, fds, sizeof(fds));
		set->count = count;
		set->end = end;
		u->set_count++;
		set++;
	}
	return ok;
}

/* What the socket has, into u->in. Bytes, 0: nothing now, -1: over. */
static ssize_t receive(struct vfio_user *u)
{
	char control[CMSG_SPACE(VU_MAX_FDS * sizeof(int))];
	struct iovec iov;
	struct msghdr mh = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n;

	if (!make_room(u))
		return -1;
	iov.iov_base = u->in + u->in_len;
	iov.iov_len = u->in_room - u->in_len;
	if (iov.iov_len > RECV_CHUNK)
		iov.iov_len = RECV_CHUNK;
	n = recvmsg(u->fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	if (!keep_fds(u, &mh, u->in_pos + u->in_len + (size_t)n))
		return -1;
	u->in_len += (size_t)n;
	return n;
}

static bool flush(struct vfio_user *u)
{
	ssize_t n = send(u->fd, u->out, u->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	u->out_len -= (size_t)n;
	memmove(u->out, u->out + n, u->out_len);
	if (!u->out_len)
		loop_want_out(u->v->loop, u->fd, false);
	return true;
}

static void connection_ready(void *ctx, uint32_t events)
{
	struct vfio_user *u = ctx;
	ssize_t n;

	(void)events;
	if (u->out_len && !flush(u)) {
		disconnect(u, "connection lost");
		return;
	}
	n = receive(u);
	if (n < 0)
		disconnect(u, "client gone");
	else if (n > 0 && !parse_all(u))
		disconnect(u, "protocol violated, client dropped");
}

static int set_connection(struct vfio_user *u, int fd)
{
	int err = loop_add_fd(u->v->loop, fd, connection_ready, u);

	if (err) {
		close(fd);
		return err;
	}
	u->fd = fd;
	vlog(u->v, "vfio-user: client connected");
	return 0;
}

static void listener_ready(void *ctx, uint32_t events)
{
	struct vfio_user *u = ctx;
	int fd = accept4(u->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	/* One client in the life of a model: its state is that client's guest. */
	loop_del_fd(u->v->loop, u->listen_fd);
	close(u->listen_fd);
	u->listen_fd = -1;
	if (set_connection(u, fd))
		loop_stop(u->v->loop);
}

static struct vfio_user *alloc(struct vgpu *v)
{
	struct vfio_user *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->v = v;
	u->fd = -1;
	u->listen_fd = -1;
	return u;
}

struct vfio_user *vfio_user_new(struct vgpu *v, const char *path)
{
	struct vfio_user *u = alloc(v);

	if (!u)
		return NULL;
	u->listen_fd = socket_listen(path);
	if (u->listen_fd < 0 || loop_add_fd(v->loop, u->listen_fd, listener_ready, u)) {
		vfio_user_free(u);
		return NULL;
	}
	return u;
}

struct vfio_user *vfio_user_new_connected(struct vgpu *v, int fd)
{
	struct vfio_user *u = alloc(v);

	if (u && set_connection(u, fd)) {
		vfio_user_free(u);
		return NULL;
	}
	return u;
}

void vfio_user_free(struct vfio_user *u)
{
	if (!u)
		return;
	if (u->listen_fd >= 0) {
		loop_del_fd(u->v->loop, u->listen_fd);
		close(u->listen_fd);
	}
	disconnect(u, "shutting down");
	free(u->in);
	free(u->out);
	free(u->scratch);
	free(u);
}
