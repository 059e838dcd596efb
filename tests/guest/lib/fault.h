/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * One case of the fault matrix: a victim in protected mode, bystanders, something
 * that goes wrong, and what must be true of all of them afterwards. A case is one
 * test point; what is wrong with it is told in comments.
 */
#ifndef PP_GUEST_FAULT_H
#define PP_GUEST_FAULT_H

#include "bound.h"
#include "protm.h"

/* What becomes of the victim. */
enum fate {
	FATE_ANY,	/* its fence signals, whatever it says */
	FATE_WELL,
	FATE_DIES,
};

/* What else may be, or must not. */
#define FAULT_WHOLE	1	/* bystanders lose nothing at all */
#define FAULT_RESET	2	/* there is a reset */
#define FAULT_NO_RESET	4
#define FAULT_GONE	8	/* the device goes away meanwhile: all jobs may fail */
#define FAULT_NO_HEAP	16	/* the heap is gone afterwards, until everything is bound anew */
#define FAULT_FORCED	32	/* the session is told to end, by the progress limit */
#define FAULT_ANEW	128	/* the driver has to be bound anew afterwards */
#define FAULT_QUICK	64	/* belongs to the short selection */
#define FAULT_HELD	256	/* the victim's region lasts until the act is done */

/* A process's worth of objects. */
struct client {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code, data;
	struct protm_bo secret;
	bool has_secret, open;
};

struct cast {
	struct client bad, good;
	struct gpu_group victim, normal, other;
	int victim_done, normal_done, other_done;	/* sync files */
	s64 resets;
};

struct knob {
	const char *name;
	s64 value;
};

struct fault {
	const char *name;
	/* An injection, JSON without what and at; NULL: none. */
	const char *what, *more;
	struct knob knob[2];
	u32 region_ms;	/* of the victim's region; 0: 30 */
	enum fate fate;
	u32 flags;
	/* Done by the guest when the driver's state is so; NULL: nothing. */
	void (*act)(struct cast *c);
	/* More of the victim's stream, in its region; NULL: nothing. */
	void (*stream)(struct cast *c, struct cs *cs);
};

/* Find out how things are when all is well. */
void fault_init(void);

/*
 * Run a case. @at: the model's state for an injection, the driver's for an act, or
 * NULL: before the victim is submitted, an act after it. @us: after getting there.
 */
void fault_run(const struct fault *f, const char *at, u32 us);

/* Something is wrong with the case that is running. */
void fault_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Parts of a case, for cases of another kind. */
void fault_begin(void);
bool fault_end(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void fault_check_after(u32 flags);

/* Bytes of protected memory that the driver keeps. */
s64 fault_attached(void);

void client_open(struct client *c, bool secret);
void client_close(struct client *c);

/* Nothing is late any more, and nothing more goes wrong. */
void fault_mend(void);

/* The driver's state of protected mode is @want. False: not for five seconds. */
bool fault_wait_state(const char *want);

/* A file of the device in debugfs, or of the module's parameters: write a number. */
void fault_set_limit(const char *name, u32 us);
void fault_set_param(const char *name, u32 value);

extern struct bound fault_bound;

#endif
