/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Allocations that fail, one at a time, by /proc/thread-self/fail-nth, which only a
 * kernel with fault injection has: those of this thread, not of works that it makes
 * the kernel queue.
 */
#ifndef PP_GUEST_NOMEM_H
#define PP_GUEST_NOMEM_H

#include "tap.h"

/* Of a call whose allocations never come to an end. */
#define NOMEM_MOST	5000

/* Before anything else; bails out on a kernel without fault injection. */
void nomem_init(void);

/* No page fault of ours may take a failure: all that the program has by now stays. */
void nomem_lock_pages(void);

/* Allocation @n from now fails; 0: none does. */
void nomem_set(u32 n);

/* How many more allocations it would have taken. */
u32 nomem_left(void);

void nomem_must(int ret, const char *what);

/* Freeing is done by works: wait until so much of the carve-out is in use. */
bool nomem_heap_used_is(s64 used);

#endif
