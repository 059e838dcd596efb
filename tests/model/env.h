/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The kernel and the other rooms, as far as protm/machine.c and protm/session.c see
 * them, for the model checker: what those two do to firmware's words, registers,
 * works and hooks is done to "struct env", which the model loads from its state
 * before each call and takes back after it (ENTRY()). Each call is one step of the
 * model: session.c does all that it decides under one spinlock. Only the gate is opened
 * a step later, with the lock still held, since others look at it without. What has to
 * be done in some order within a call is checked here.
 */
#ifndef PP_MODEL_ENV_H
#define PP_MODEL_ENV_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/types.h>

/*
 * What is common to C and the model, which has a variable of the same name for each.
 * owner is the active group; groups are 1 and 2, which is also their bit in acked.
 */
#define ENV_FIELDS(X)								\
	X(st) X(forced) X(owner) X(confirmed)	/* of struct pp_protm */	\
	X(exited) X(limit_runs)				/* its deadline is not KTIME_MAX */ \
	X(enter_req) X(ping_req)		/* requests without an answer */ \
	X(exit_raised) X(acked) X(irq)		/* what firmware shows, and is shown */ \
	X(mode) X(fault_masked)			/* GPU_STATUS; interrupt mask */ \
	X(ping_paused) X(look_queued) X(kick) X(reset_wanted)			\
	X(is_open) X(opening) X(refused) X(closing)	/* the gate */		\
	X(prot) X(asked) X(failed) X(ret) X(broken)

struct env {
#define ENV_FIELD(f) unsigned char f;
	ENV_FIELDS(ENV_FIELD)
};

static struct env env;

/* What the model's steps of pp_protm_gate_try_close() came to: env.closing. */
enum { NOT_TRIED, CLOSED, REFUSED };

/* A rule is broken: the model stops at the end of the step. */
#define RULE(cond)								\
	do {									\
		if (!(cond) && !env.broken) {					\
			env.broken = 1;						\
			printf("model: broken: %s\n", #cond);			\
		}								\
	} while (0)

/* --- linux --- */

typedef s64 ktime_t;
typedef struct { int held; } spinlock_t;
struct completion { int unused; };
struct mutex { int unused; };
struct rw_semaphore { int unused; };
struct drm_minor;
struct workqueue_struct { int unused; };
struct work_struct { int unused; };
struct delayed_work { struct work_struct work; };
typedef struct { int unused; } wait_queue_head_t;
typedef struct { int counter; } atomic_t;

#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, v)	((x) = (v))
#define KTIME_MAX		((s64)(~0ull >> 1))
#define MSEC_PER_SEC		1000
#define USEC_PER_MSEC		1000
#define NSEC_PER_USEC		1000
#define GFP_KERNEL		0
#define WQ_UNBOUND		0
#define WQ_HIGHPRI		0
#define WQ_MEM_RECLAIM		0

/* Time stands still; a deadline that was loaded as running has passed, see env_load(). */
#define ktime_get()		((ktime_t)1)
#define ktime_add_us(t, us)	((t) + 1 + 0 * (us))
#define ktime_sub(a, b)		((a) - (b))
#define ktime_to_ns(t)		(t)
#define ktime_compare(a, b)	((a) < (b) ? -1 : (a) > (b))
#define usecs_to_jiffies(us)	(us)
#define nsecs_to_jiffies(ns)	(ns)
#define for_each_set_bit(bit, mask, size)					\
	for ((bit) = 0; (bit) < (size); (bit)++)				\
		if (*(mask) >> (bit) & 1)
#define dma_rmb()		do { } while (0)

#define spin_lock_init(l)	((l)->held = 0)
#define spin_lock_irqsave(l, flags)						\
	do {									\
		RULE(!(l)->held);						\
		(l)->held = 1;							\
		(flags) = 0;							\
	} while (0)
#define spin_unlock_irqrestore(l, flags)					\
	do {									\
		(void)(flags);							\
		(l)->held = 0;							\
	} while (0)
#define lockdep_assert_held(l)	RULE((l)->held)

/* The limit's work is its deadline: env_store(). */
#define INIT_DELAYED_WORK(w, f)		((void)(w), (void)(f))
#define mod_delayed_work(wq, w, us)	((void)(w), (void)(us))
#define cancel_delayed_work(w)		((void)(w))
#define queue_delayed_work(wq, w, us)	work_set(#w, 1)
#define disable_delayed_work_sync(w)	work_set(#w, 0)

static void work_set(const char *work, bool queued)
{
	if (strstr(work, "look_work"))
		env.look_queued = queued;
}

#define alloc_workqueue(...)	((struct workqueue_struct *)calloc(1, 1))
#define destroy_workqueue(wq)	free(wq)

/* --- drm --- */

struct drm_device { int unused; };

/* An event that the table calls odd is one that the model says cannot happen. */
#define drm_dbg(drm, ...)	RULE(!"an event that nothing foresees")
#define drm_err(drm, ...)	((void)(drm))
#define drmm_kzalloc(drm, size, gfp)	calloc(1, size)
#define drmm_mutex_init(drm, m)	((void)(m), 0)
#define drmm_add_action_or_reset(drm, f, data)	((void)(f), (void)(data), 0)

/* --- other rooms --- */

enum pp_reset_cause { PP_RESET_NONE, PP_RESET_PROTM_FAULT, PP_RESET_PROTM_TIMEOUT };

struct pp_protm;
struct pp_device {
	struct drm_device drm;
	struct pp_protm *protm;
};

struct pp_fw_info { bool prot_loaded; };

#define PP_FW_MAX_CS		32
#define PP_CS_PROTM_PEND	1
#define PP_GLB_PROTM_ENTER	1
#define PP_GLB_PROTM_EXIT	2
#define PP_GLB_PING		4
#define PP_IRQ_JOB		0
#define PP_IRQ_GPU		1
#define PP_GPU_IRQ_PROTECTED_FAULT	1

static unsigned int pp_param_protm_slice_ms = 1, pp_param_protm_grace_us = 1,
		    pp_param_protm_progress_ms = 1;

static struct pp_fw_info *pp_fw_info(struct pp_device *pp)
{
	static struct pp_fw_info info;

	info.prot_loaded = env.prot;
	return &info;
}

static bool pp_reset_pending(struct pp_device *pp) { return env.reset_wanted; }
static void pp_fw_ping_pause(struct pp_device *pp) { env.ping_paused = 1; }
static void pp_fw_ping_resume(struct pp_device *pp) { env.ping_paused = 0; }
static void pp_fw_ring_glb(struct pp_device *pp) { }
static bool pp_hw_protm_active(struct pp_device *pp) { return env.mode; }
static void pp_irq_take_raw(struct pp_device *pp, int irq, u32 bits) { env.irq = 0; }
static void pp_irq_enable_events(struct pp_device *pp, int irq, u32 bits) { env.fault_masked = 0; }

static void pp_device_schedule_reset(struct pp_device *pp, enum pp_reset_cause cause, bool full)
{
	env.reset_wanted = 1;
}

static void pp_hw_set_protm_fault_handler(struct pp_device *pp, void (*f)(struct pp_device *pp))
{
}

static bool pp_fw_glb_pending(struct pp_device *pp, u32 bits)
{
	return (bits & PP_GLB_PROTM_ENTER && env.enter_req) ||
	       (bits & PP_GLB_PROTM_EXIT && env.exit_raised) ||
	       (bits & PP_GLB_PING && env.ping_req);
}

/* Rule 2: firmware looks at the acknowledgements when it is asked to enter. */
static void pp_fw_cs_ack(struct pp_device *pp, unsigned int csg, unsigned int cs, u32 bits)
{
	RULE(!env.enter_req);
	RULE(!env.owner);
	env.acked |= csg + 1;
}

static void pp_fw_glb_toggle(struct pp_device *pp, u32 bits)
{
	if (bits & PP_GLB_PROTM_ENTER) {
		RULE(!env.enter_req);
		RULE(!env.ping_req && !env.exit_raised);
		RULE(env.ping_paused);
		RULE(env.closing == CLOSED);
		RULE(env.prot);
		env.enter_req = 1;
	}
	if (bits & PP_GLB_PING)
		env.ping_req = 1;
}

static void pp_fw_glb_ack(struct pp_device *pp, u32 bits)
{
	env.exit_raised = 0;
}

#define trace_pp_protm_enter(...)	do { } while (0)
#define trace_pp_protm_active(...)	do { } while (0)
#define trace_pp_protm_exit(group, cause, ns)	((void)(ns))
#define trace_pp_protm_force_exit(...)	do { } while (0)
#define trace_pp_protm_fault(group)	((void)(group))

#endif
