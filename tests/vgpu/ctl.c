// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "ctl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop.h"
#include "socket.h"
#include "vgpu.h"

#define MAX_LINE	65536
#define MAX_BACKLOG	(64u << 20)

struct client {
	struct ctl *ctl;
	struct client *next;
	int fd;
	char *in;
	size_t in_len;
	char *out;
	size_t out_len;
};

struct ctl {
	struct vgpu *v;
	int fd;
	struct client *clients;
};

static void drop(struct client *c)
{
	struct client **p = &c->ctl->clients;

	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	loop_del_fd(c->ctl->v->loop, c->fd);
	close(c->fd);
	free(c->in);
	free(c->out);
	free(c);
}

/* Send what the socket takes; the rest waits for EPOLLOUT. False: client gone. */
static bool flush(struct client *c)
{
	ssize_t n = 0;

	if (c->out_len)
		n = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return false;
	if (n > 0) {
		c->out_len -= (size_t)n;
		memmove(c->out, c->out + n, c->out_len);
	}
	loop_want_out(c->ctl->v->loop, c->fd, c->out_len);
	return true;
}

static bool answer(struct client *c, const char *line, size_t len)
{
	char *text = ctl_execute_text(c->ctl->v, line, len);
	size_t n = text ? strlen(text) : 0;
	char *out = n && c->out_len + n < MAX_BACKLOG ? realloc(c->out, c->out_len + n + 1) : NULL;

	if (out) {
		memcpy(out + c->out_len, text, n);
		out[c->out_len + n] = '\n';
		c->out = out;
		c->out_len += n + 1;
	}
	free(text);
	return out;
}

static bool receive(struct client *c)
{
	ssize_t n = recv(c->fd, c->in + c->in_len, MAX_LINE - c->in_len, MSG_DONTWAIT);
	size_t start = 0;
	char *end;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	c->in_len += (size_t)n;
	while ((end = memchr(c->in + start, '\n', c->in_len - start))) {
		size_t len = (size_t)(end - (c->in + start));

		if (len && !answer(c, c->in + start, len))
			return false;
		start += len + 1;
	}
	c->in_len -= start;
	memmove(c->in, c->in + start, c->in_len);
	return c->in_len < MAX_LINE;
}

static void client_ready(void *ctx, uint32_t events)
{
	struct client *c = ctx;

	(void)events;
	if (!receive(c) || !flush(c))
		drop(c);
}

static void listener_ready(void *ctx, uint32_t events)
{
	struct ctl *ctl = ctx;
	struct client *c;
	int fd = accept4(ctl->fd, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	c = calloc(1, sizeof(*c));
	if (c)
		c->in = malloc(MAX_LINE);
	if (!c || !c->in || loop_add_fd(ctl->v->loop, fd, client_ready, c)) {
		free(c ? c->in : NULL);
		free(c);
		close(fd);
		return;
	}
	c->ctl = ctl;
	c->fd = fd;
	c->next = ctl->clients;
	ctl->clients = c;
}

struct ctl *ctl_new(struct vgpu *v, const char *path)
{
	struct ctl *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->v = v;
	c->fd = socket_listen(path);
	if (c->fd < 0 || loop_add_fd(v->loop, c->fd, listener_ready, c)) {
		if (c->fd >= 0)
			close(c->fd);
		free(c);
		return NULL;
	}
	return c;
}

void ctl_free(struct ctl *c)
{
	if (!c)
		return;
	while (c->clients)
		drop(c->clients);
	loop_del_fd(c->v->loop, c->fd);
	close(c->fd);
	free(c);
}
