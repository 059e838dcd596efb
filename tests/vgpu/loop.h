/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: epoll set and timer list. No unit of the model waits anywhere else. */
#ifndef VGPU_LOOP_H
#define VGPU_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

struct vtimer {
	void (*fn)(void *ctx);
	void *ctx;
	uint64_t deadline_ns;	/* 0: not armed */
	struct vtimer *next;	/* loop-private */
};

struct loop *loop_new(void);
void loop_free(struct loop *l);
/* Call fn whenever fd has EPOLLIN/EPOLLHUP; at most one watcher per fd. */
int loop_add_fd(struct loop *l, int fd, void (*fn)(void *ctx, uint32_t events), void *ctx);
/* Also call it for EPOLLOUT, or no longer. */
int loop_want_out(struct loop *l, int fd, bool on);
void loop_del_fd(struct loop *l, int fd);
/* (Re)arm t to fire once, delay_ns from now; fires at the loop's next turn if 0. */
void loop_arm(struct loop *l, struct vtimer *t, uint64_t delay_ns);
void loop_disarm(struct loop *l, struct vtimer *t);
/* Run until loop_stop(). Returns 0 or -errno. */
int loop_run(struct loop *l);
/* One turn: wait at most timeout_ms (-1: for ever), then events and timers. 0 or -errno. */
int loop_turn(struct loop *l, int timeout_ms);
void loop_stop(struct loop *l);
/* Timers that are due, now. Not from a timer's function. */
void loop_run_due(struct loop *l);
/* CLOCK_MONOTONIC in ns. */
uint64_t now_ns(void);

#endif
