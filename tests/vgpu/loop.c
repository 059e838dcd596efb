// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC	1000000000ull
#define TURN_EVENTS	16

struct watcher {
	void (*fn)(void *ctx, uint32_t events);
	void *ctx;
	uint32_t generation;	/* tells a stale event from one of a reused fd */
};

struct loop {
	int epfd, timerfd;
	struct watcher *watchers;	/* indexed by fd */
	int watcher_count;
	uint32_t generation;
	struct vtimer *timers;		/* sorted by deadline */
	uint64_t programmed_ns;		/* what timerfd is set to, 0: off */
	uint64_t pass_ns;		/* timers up to here belong to this turn */
	bool stop;
};

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static int watch(struct loop *l, int op, int fd, uint32_t events)
{
	struct epoll_event ev = {
		.events = events,
		.data.u64 = (uint32_t)fd | (uint64_t)l->watchers[fd].generation << 32,
	};

	return epoll_ctl(l->epfd, op, fd, &ev) ? -errno : 0;
}

int loop_add_fd(struct loop *l, int fd, void (*fn)(void *ctx, uint32_t events), void *ctx)
{
	int err;

	if (fd < 0)
		return -EBADF;
	if (fd >= l->watcher_count) {
		int count = fd + 16;
		struct watcher *w = realloc(l->watchers, (size_t)count * sizeof(*w));

		if (!w)
			return -ENOMEM;
		for (int i = l->watcher_count; i < count; i++)
			w[i] = (struct watcher){ 0 };
		l->watchers = w;
		l->watcher_count = count;
	}
	if (l->watchers[fd].fn)
		return -EEXIST;
	l->watchers[fd] = (struct watcher){ fn, ctx, ++l->generation };
	err = watch(l, EPOLL_CTL_ADD, fd, EPOLLIN);
	if (err)
		l->watchers[fd].fn = NULL;
	return err;
}

int loop_want_out(struct loop *l, int fd, bool on)
{
	if (fd < 0 || fd >= l->watcher_count || !l->watchers[fd].fn)
		return -ENOENT;
	return watch(l, EPOLL_CTL_MOD, fd, EPOLLIN | (on ? EPOLLOUT : 0));
}

void loop_del_fd(struct loop *l, int fd)
{
	if (fd < 0 || fd >= l->watcher_count || !l->watchers[fd].fn)
		return;
	epoll_ctl(l->epfd, EPOLL_CTL_DEL, fd, NULL);
	l->watchers[fd].fn = NULL;
}

void loop_disarm(struct loop *l, struct vtimer *t)
{
	struct vtimer **p = &l->timers;

	if (!t->deadline_ns)
		return;
	while (*p && *p != t)
		p = &(*p)->next;
	if (*p)
		*p = t->next;
	t->deadline_ns = 0;
	t->next = NULL;
}

void loop_arm(struct loop *l, struct vtimer *t, uint64_t delay_ns)
{
	struct vtimer **p = &l->timers;
	uint64_t now = now_ns();
	uint64_t when = delay_ns < UINT64_MAX - now ? now + delay_ns : UINT64_MAX;

	loop_disarm(l, t);
	/* Never in the turn that arms it: else a timer could starve the fds. */
	if (when <= l->pass_ns)
		when = l->pass_ns + 1;
	while (*p && (*p)->deadline_ns <= when)
		p = &(*p)->next;
	t->deadline_ns = when;
	t->next = *p;
	*p = t;
}

/* Deferred to just before the wait: most timers are rearmed several times in a turn. */
static void program_timerfd(struct loop *l)
{
	uint64_t want = l->timers ? l->timers->deadline_ns : 0;
	struct itimerspec its = {
		.it_value.tv_sec = (time_t)(want / NSEC_PER_SEC),
		.it_value.tv_nsec = (long)(want % NSEC_PER_SEC),
	};

	if (want == l->programmed_ns)
		return;
	timerfd_settime(l->timerfd, TFD_TIMER_ABSTIME, &its, NULL);
	l->programmed_ns = want;
}

static void run_timers(struct loop *l)
{
	l->pass_ns = now_ns();
	while (l->timers && l->timers->deadline_ns <= l->pass_ns) {
		struct vtimer *t = l->timers;

		l->timers = t->next;
		t->next = NULL;
		t->deadline_ns = 0;
		t->fn(t->ctx);
	}
}

void loop_run_due(struct loop *l)
{
	run_timers(l);
}

static void timerfd_ready(void *ctx, uint32_t events)
{
	struct loop *l = ctx;
	uint64_t expirations;

	(void)events;
	if (read(l->timerfd, &expirations, sizeof(expirations)) > 0)
		l->programmed_ns = 0;
}

int loop_turn(struct loop *l, int timeout_ms)
{
	struct epoll_event ev[TURN_EVENTS];
	int n;

	program_timerfd(l);
	n = epoll_wait(l->epfd, ev, TURN_EVENTS, timeout_ms);
	if (n < 0 && errno != EINTR)
		return -errno;
	for (int i = 0; i < n; i++) {
		int fd = (int)(uint32_t)ev[i].data.u64;
		struct watcher *w = &l->watchers[fd];

		if (w->fn && w->generation == ev[i].data.u64 >> 32)
			w->fn(w->ctx, ev[i].events);
	}
	run_timers(l);
	return 0;
}

int loop_run(struct loop *l)
{
	int err = 0;

	l->stop = false;
	while (!l->stop && !err)
		err = loop_turn(l, -1);
	return err;
}

void loop_stop(struct loop *l)
{
	l->stop = true;
}

struct loop *loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->timerfd = -1;
	l->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epfd >= 0)
		l->timerfd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (l->timerfd < 0 || loop_add_fd(l, l->timerfd, timerfd_ready, l)) {
		loop_free(l);
		return NULL;
	}
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	if (l->timerfd >= 0)
		close(l->timerfd);
	if (l->epfd >= 0)
		close(l->epfd);
	free(l->watchers);
	free(l);
}
