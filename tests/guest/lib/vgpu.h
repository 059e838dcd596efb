/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The virtual GPU's own side: the test mailbox in BAR5 of its PCI function.
 * Not part of any GPU; a test uses it to see and to disturb what the model does.
 */
#ifndef PP_GUEST_VGPU_H
#define PP_GUEST_VGPU_H

#include "tap.h"

/* Send one JSON object. Returns the answer, valid until the next call; bails out if the model refuses. */
const char *vgpu_call(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * A number in an answer. @path is made of keys with dots between them, each
 * looked for behind the one before: "reg_reads.gpu". Bails out if there is none.
 */
s64 vgpu_num(const char *json, const char *path);

/* One of the model's counters, by its path. */
s64 vgpu_counter(const char *path);

/*
 * What to add to a time that the model tells (t_ns) to have now_ns()'s, so far that
 * it is right to some 10 us: the two clocks run alike, but not from the same moment.
 */
s64 vgpu_clock(void);

/* Remove all violations of a kind. Returns how many there were. */
int vgpu_take(const char *kind);

/* Violations of any kind that nobody took. Prints each. */
int vgpu_violations(void);

/* Set a knob to a number. */
void vgpu_set(const char *knob, s64 value);

/* Arm an injection; @more is further JSON, such as ",\"csg\":1", or "". */
void vgpu_inject(const char *what, int count, const char *more);

/* Write a line to the model's log. */
void vgpu_mark(const char *text);

#endif
