/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the files of room sched share; no other room includes this.
 *
 * Locks, outermost first:
 *   pool->lock (xarray's)   handles of a file
 *   sched->lock (mutex)     everything marked (L) below
 *   queue->lock (spinlock)  jobs in flight, see struct pp_queue
 * No GFP_KERNEL allocation is made with sched->lock held: it is taken to run
 * and to complete jobs, and so is part of the fence-signalling path. It comes with a
 * section of dma_fence_begin_signalling(), and only by pp_sched_lock().
 */
#ifndef PP_SCHED_TYPES_H
#define PP_SCHED_TYPES_H

#include <linux/dma-fence.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "compat/sched.h"
#include "fw/fw.h"
#include "mem/bo.h"
#include "mmu/mmu.h"
#include "sched/policy.h"
#include "sched/sched.h"

/* Bytes of ring buffer that a job takes: 16 instructions (csf.md 3.1). */
#define PP_JOB_WORDS		16
#define PP_JOB_BYTES		(PP_JOB_WORDS * sizeof(u64))
/* With one thing profiled it still fits, with both it takes one cache line more. */
#define PP_JOB_MAX_WORDS	24
#define PP_JOB_MAX_BYTES	(PP_JOB_MAX_WORDS * sizeof(u64))
/* A drm_sched credit is this much ring buffer, so that a ring never overflows. */
#define PP_CREDIT_BYTES		64

/* How long a job may be on a slot without an end. */
#define PP_JOB_TIMEOUT_MS	5000
/* Firmware answers a CSG request within this time ... */
#define PP_CSG_TIMEOUT_MS	100
/* ... or much later, when it has to suspend a protected group first (rule 14). */
#define PP_CSG_PROTM_TIMEOUT_MS	4100
/* After either there is one more look: a machine that stood still has given firmware no time. */
#define PP_CSG_GRACE_MS		20
/* Before a reset firmware has so long to leave protected mode. */
#define PP_PROTM_PING_MS	500
/*
 * While there is something to be told, firmware's words are looked at this often:
 * the interrupt may have got lost.
 */
#define PP_LOOK_MS		1000
#define PP_TICK_MS		10
/* Sync objects of groups off their slot are looked at this often, because the CPU sets some. */
#define PP_SYNC_POLL_MS		20
/* Of so many groups at a time. */
#define PP_SYNC_BATCH		16

/* In GPU memory, one for each queue; written by SYNC_ADD64 at a job's end. */
struct pp_syncobj64 {
	u64 seqno;
	u32 status;
	u32 pad;
};

/**
 * struct pp_fence - a job is done
 * @base: must be first: freed by dma_fence_free(), so that it outlives the driver,
 *	where the kernel allows that; elsewhere it keeps the module
 * @lock: of @base; lives as long as it
 * @queue: whose memory stays where the kernel may look at it; else NULL
 */
struct pp_fence {
	struct dma_fence base;
	spinlock_t lock;
	struct pp_queue *queue;
};

/**
 * struct pp_job - one stream on a queue, or a pure synchronisation
 * @base: drm_sched's part
 * @group: referenced until the job is freed
 * @queue: index of the queue
 * @stream_addr: GPU VA
 * @stream_size: bytes; 0: nothing to execute
 * @latest_flush: FLUSH_ID at submission
 * @profile: PP_PROFILE_* mask of what is counted
 * @ring_bytes: what it takes of the ring, a multiple of %PP_CREDIT_BYTES
 * @node: in &struct pp_queue.in_flight
 * @done: signalled by us; allocated at submission, initialised when the job runs
 * @seqno: value of the queue's sync object when the job is done
 * @ring_start: insert position of its first instruction
 * @error: of a recoverable fault, or 0
 * @running: @done is initialised, and the job holds a runtime PM reference
 */
struct pp_job {
	struct drm_sched_job base;
	struct pp_group *group;
	u32 queue;
	u64 stream_addr;
	u32 stream_size;
	u32 latest_flush;
	u32 profile;
	u32 ring_bytes;

	struct list_head node;
	struct pp_fence *done;
	u64 seqno;
	u64 ring_start;
	int error;
	bool running;
};

/**
 * struct pp_sync_wait - what a queue waits for that was suspended in a SYNC_WAIT
 * @va: GPU VA of the object
 * @value: to compare with
 * @cond: PP_CS_SYNC_COND_*
 * @is64: the object's value has 64 bits
 */
struct pp_sync_wait {
	u64 va;
	u64 value;
	u8 cond;
	bool is64;
};

/**
 * struct pp_queue - a command stream queue
 * @memory: of this struct alone; see pp_queue_get_memory()
 * @group: it belongs to
 * @idx: number in the group, and CS number on a slot
 * @priority: within the group
 * @sched: one drm_sched for each queue; jobs run in order
 * @entity: its only entity
 * @sched_ready: @sched and @entity are initialised
 * @closed: @entity is gone; written when the handle goes, and when the group does
 * @ring: ring buffer, in the group's VM
 * @io: pages with insert and extract, in the MCU's VM
 * @in: first page of @io
 * @out: second page of @io
 * @samples: counters of profiled jobs, in the group's VM; NULL before the first one
 * @fence_context: of &struct pp_job.done
 * @seqno: of the last job that ran (L)
 * @last: fence of that job, or NULL (L)
 * @lock: guards @in_flight; irqsave, leaf
 * @in_flight: jobs between run_job() and their end
 * @wait: valid while the queue's bit is set in &struct pp_group.blocked (L)
 * @timeout: looks at @deadline, and before that for lost events; not cancelled when
 *	the queue stops, or it would be started and stopped for each job
 * @remaining: jiffies that are left of the job timeout (L)
 * @armed: time is running; @deadline: until when, jiffies (L)
 */
struct pp_queue {
	struct kref memory;
	struct pp_group *group;
	unsigned int idx;
	u8 priority;

	struct drm_gpu_scheduler sched;
	struct drm_sched_entity entity;
	bool sched_ready;
	bool closed;

	struct pp_kbo *ring, *io;
	struct pp_fw_ring_input *in;
	struct pp_fw_ring_output *out;
	struct pp_kbo *samples;

	u64 fence_context;
	u64 seqno;
	struct dma_fence *last;
	spinlock_t lock;
	struct list_head in_flight;

	struct pp_sync_wait wait;

	struct delayed_work timeout;
	unsigned long remaining;
	unsigned long deadline;
	bool armed;
};

/**
 * struct pp_group - a command stream group
 * @refs: users: the handle, jobs, a slot, works
 * @pp: the device
 * @id: number in messages and traces
 * @comm: name of the process that made it
 * @pid: its number
 * @vm: referenced
 * @args: as created; @args.queues is not kept
 * @suspend_buf: firmware saves the group here
 * @protm_suspend_buf: and a protected region that was cut short here: protected
 *	memory, only for groups with the right to protected mode
 * @syncobjs: struct pp_syncobj64 for each queue
 * @usage: where jobs are accounted, referenced
 * @queues: @args.queue_count of them
 * @node: in sched->groups (L)
 * @run_node: in one of sched->run[], sched->idle, sched->waiting, or empty (L)
 * @csg: slot, or -1 (L)
 * @saved: was suspended: RESUME rather than START (L)
 * @idle: nothing to do, as firmware or the list of jobs says: not in sched->run (L)
 * @blocked: queues that firmware found in a SYNC_WAIT (L)
 * @looked: value of sched->changes when its waits were looked at last (L)
 * @protm_pending: queues that wait at a protected region (L)
 * @fatal: queues with a fatal fault (L)
 * @timedout: a job took too long (L)
 * @innocent: lost its work by somebody else's fault (L)
 * @lost: was on a slot that could not be emptied: its jobs end when the GPU has
 *	been reset or is off (L)
 * @destroyed: no handle any more (L), and no job is pushed any more (@push_lock)
 * @failed: its session failed; set in any context, see pp_protm_hooks
 * @share: what it may execute before its equals (L)
 * @push_lock: held to push jobs; nothing but @destroyed is under it
 * @oom: queues on a slot that ran out of tiler heap (L)
 * @oom_ready: queues that have an answer in @oom_chunk (L)
 * @oom_chunk: address and size of the new chunk, or 0: no memory (L)
 * @oom_work: gets chunks
 * @release_work: frees the group where sleeping is allowed
 */
struct pp_group {
	struct kref refs;
	struct pp_device *pp;
	u32 id;
	char comm[TASK_COMM_LEN];
	pid_t pid;
	struct pp_vm *vm;
	struct pp_group_args args;

	struct pp_kbo *suspend_buf;
	struct pp_kbo *protm_suspend_buf;
	struct pp_kbo *syncobjs;
	struct pp_usage *usage;
	struct pp_queue *queues[PP_FW_MAX_CS];

	struct list_head node;
	struct list_head run_node;
	int csg;
	bool saved;
	bool idle;
	u32 blocked;
	u32 looked;
	u32 protm_pending;
	u32 fatal;
	bool timedout;
	bool innocent;
	bool lost;
	bool destroyed;
	bool failed;
	struct pp_policy_share share;

	struct mutex push_lock;
	u32 oom, oom_ready;
	u64 oom_chunk[PP_FW_MAX_CS];
	struct work_struct oom_work;
	struct work_struct release_work;
};

enum pp_slot_state {
	PP_SLOT_FREE,
	PP_SLOT_STARTING,	/* START or RESUME requested */
	PP_SLOT_RUNNING,
	PP_SLOT_SUSPENDING,
	PP_SLOT_TERMINATING,
};

/**
 * struct pp_slot - a CSG slot (L)
 * @state: moves by firmware's acknowledgements
 * @group: on it, referenced; NULL when FREE
 * @prio: CSG priority that firmware was told
 * @old_prios: and the one before; see pp_slot_old_prios()
 * @asked: STATUS_UPDATE was requested and its answer not seen
 * @to_ask: it is to be requested when the session is over
 * @deadline: jiffies; of the outstanding request
 * @late: it has passed once, and firmware gets a little longer
 */
struct pp_slot {
	enum pp_slot_state state;
	struct pp_group *group;
	u8 prio;
	u32 old_prios;
	bool asked, to_ask, late;
	unsigned long deadline;
};

/* Why no group may be put on a slot. */
#define PP_HOLD_RESET		BIT(0)	/* between pre_reset and post_reset */
#define PP_HOLD_SUSPEND		BIT(1)	/* the device is suspended */
#define PP_HOLD_QUIESCE		BIT(2)	/* protected memory is being attached */
#define PP_HOLD_UNPLUG		BIT(3)

/**
 * struct pp_sched - room state of one device
 * @pp: the device
 * @lock: guards everything marked (L); see pp_sched_lock()
 * @section: cookie of the fence-signalling section that goes with it (L)
 * @wq: ordered: events, the tick, limits of slots
 * @jobs_wq: drm_sched's works of all queues
 * @tick: decides who is on a slot
 * @event_work: handles @events
 * @events: CSG slots with events, set by the JOB interrupt
 * @limit_work: looks for slots past their deadline
 * @sync_work: looks whether sync objects of @waiting allow to go on
 * @slots: CSG slots (L)
 * @groups: all of them (L)
 * @run: groups with work, by priority, in the order of their turns (L)
 * @turn: whose turn it is, by priority (L)
 * @runner: who executes, by priority, outside of sessions; on a slot, or NULL (L)
 * @charged: until when that is accounted for, ktime in ns (L)
 * @entered: whose session is, or was, the last one; on a slot, or NULL (L)
 * @entered_ns: how much of that is accounted for (L)
 * @idle: groups on a slot without work, or whose queues all wait for sync
 *	objects (L)
 * @waiting: groups off their slot whose queues all wait for sync objects (L)
 * @changes: how often some sync object may have changed (L)
 * @hold: PP_HOLD_* (L)
 * @timers_stopped: job timers stand still for a session (L)
 * @session_queues: but for these of its group (L)
 * @last_session: number of the group that had the last one; written in any context
 * @faults: protected faults that somebody was blamed for; of the reset work
 * @rung: slots whose doorbell was rung in a session, to no effect (L)
 * @loaded: slots whose group has work (L)
 * @to_ring: slots with requests that firmware was not told of yet (L)
 * @settling: the tick waits for acknowledgements, of whatever (L)
 * @full_level: every slot is taken by work of this priority or a higher one, or -1 (L)
 * @batch: task that holds the lock and kicks the tick when it lets it go, or NULL
 * @kick: it is to (L)
 * @wait: woken when a slot becomes free
 * @ids: source of &struct pp_group.id
 */
struct pp_sched {
	struct pp_device *pp;
	struct mutex lock;
	bool section;
	struct workqueue_struct *wq;
	struct workqueue_struct *jobs_wq;
	struct delayed_work tick;
	struct work_struct event_work;
	atomic_t events;
	struct delayed_work limit_work;
	struct delayed_work sync_work;

	struct pp_slot slots[PP_FW_MAX_CSGS];
	struct list_head groups;
	struct list_head run[PP_POLICY_LEVELS];
	struct pp_policy_turn turn[PP_POLICY_LEVELS];
	struct pp_group *runner[PP_POLICY_LEVELS];
	u64 charged;
	struct pp_group *entered;
	u64 entered_ns;
	struct list_head idle;
	struct list_head waiting;
	u32 changes;
	u32 hold;
	bool timers_stopped;
	u32 session_queues;
	u32 last_session;
	u64 faults;
	u32 rung;
	u32 loaded;
	u32 to_ring;
	bool settling;
	int full_level;
	struct task_struct *batch;
	bool kick;
	wait_queue_head_t wait;
	atomic_t ids;
};

/**
 * pp_sched_lock() - take the lock
 * @sched: room state
 *
 * Whoever holds it keeps jobs from ending, so all of that is a fence-signalling section,
 * and lockdep looks at each holder, not only at those that come to signal a fence.
 *
 * Context: May sleep, but must not wait for memory until pp_sched_unlock().
 */
static inline void pp_sched_lock(struct pp_sched *sched)
{
	bool cookie = dma_fence_begin_signalling();

	mutex_lock(&sched->lock);
	sched->section = cookie;
}

/**
 * pp_sched_trylock() - take the lock if it is free
 * @sched: room state
 *
 * Return: whether it was; then as pp_sched_lock().
 */
static inline bool pp_sched_trylock(struct pp_sched *sched)
{
	bool cookie = dma_fence_begin_signalling();

	if (!mutex_trylock(&sched->lock)) {
		dma_fence_end_signalling(cookie);
		return false;
	}
	sched->section = cookie;
	return true;
}

/**
 * pp_sched_unlock() - let the lock go
 * @sched: room state
 */
static inline void pp_sched_unlock(struct pp_sched *sched)
{
	bool cookie = sched->section;

	mutex_unlock(&sched->lock);
	dma_fence_end_signalling(cookie);
}

/* Mask of a group's queues. */
static inline u32 pp_group_all_queues(const struct pp_group *group)
{
	return GENMASK(group->args.queue_count - 1, 0);
}

/* group.c */
extern struct workqueue_struct *pp_group_wq;
struct pp_group *pp_group_get(struct pp_group *group);
void pp_group_put(struct pp_group *group);
bool pp_group_dead(const struct pp_group *group);
bool pp_group_has_jobs(struct pp_group *group);
void pp_group_requeue(struct pp_group *group);
void pp_group_kill(struct pp_group *group);
void pp_group_died(struct pp_group *group);
void pp_group_condemn(struct pp_group *group, u32 fatal, const char *why);
void pp_group_note_pending(struct pp_group *group, unsigned int cs);
struct pp_group *pp_group_pool_get(struct pp_group_pool *pool, u32 handle);

/* queue.c */
struct pp_queue *pp_queue_create(struct pp_group *group, unsigned int idx,
				 const struct pp_queue_args *args);
void pp_queue_close(struct pp_queue *queue);
void pp_queue_destroy(struct pp_queue *queue);
struct pp_queue *pp_queue_get_memory(struct pp_queue *queue);
void pp_queue_put_memory(struct pp_queue *queue);
void pp_queue_timer_start(struct pp_queue *queue);
void pp_queue_timer_stop(struct pp_queue *queue);
void pp_queue_timer_reset(struct pp_queue *queue);
bool pp_queue_has_jobs(struct pp_queue *queue);
bool pp_queue_overdue(struct pp_queue *queue);
u32 pp_queue_complete(struct pp_queue *queue);
void pp_queue_cancel(struct pp_queue *queue, int error);
void pp_queue_note_fault(struct pp_queue *queue);

/* job.c */
extern const struct drm_sched_backend_ops pp_job_sched_ops;

/* slot.c */
bool pp_slots_quiet(struct pp_sched *sched);
void pp_slots_ring(struct pp_sched *sched);
u32 pp_slot_old_prios(struct pp_sched *sched, unsigned int csg);
void pp_slot_start(struct pp_sched *sched, unsigned int csg, struct pp_group *group,
		   int as, u8 prio);
void pp_slot_set_prio(struct pp_sched *sched, unsigned int csg, u8 prio);
void pp_slot_ask_status(struct pp_sched *sched, unsigned int csg);
void pp_slot_suspend(struct pp_sched *sched, unsigned int csg);
void pp_slot_terminate(struct pp_sched *sched, unsigned int csg);
void pp_slot_acked(struct pp_sched *sched, unsigned int csg);
void pp_slot_saved(struct pp_sched *sched, unsigned int csg);
void pp_slot_vacate(struct pp_sched *sched, unsigned int csg);
void pp_slot_note_load(struct pp_sched *sched, unsigned int csg, bool load);
void pp_slot_limit_work(struct work_struct *work);
void pp_slots_timers(struct pp_sched *sched, struct pp_group *only, u32 queues);

/* sched.c */
void pp_sched_batch(struct pp_sched *sched);
void pp_sched_batch_end(struct pp_sched *sched);

/* tick.c */
void pp_sched_tick_work(struct work_struct *work);
void pp_sched_next_turn(struct pp_sched *sched);

/* turn.c */
void pp_sched_charge(struct pp_sched *sched);
void pp_sched_entered(struct pp_sched *sched, struct pp_group *group);
void pp_sched_returns(struct pp_group *group);
void pp_sched_leaves(struct pp_sched *sched, struct pp_group *group);
void pp_sched_no_runners(struct pp_sched *sched);
void pp_sched_note_runner(struct pp_sched *sched, struct pp_group *group);
void pp_sched_rotate(struct pp_sched *sched);
u64 pp_sched_turn_left(struct pp_sched *sched);

/* event.c */
void pp_sched_csg_events(struct pp_device *pp, u32 csg_mask);
void pp_sched_event_work(struct work_struct *work);
void pp_sched_events_now(struct pp_sched *sched);
void pp_sched_events_missed(struct pp_sched *sched);
void pp_sched_look(struct pp_sched *sched, unsigned int csg);

/* wait.c */
void pp_group_note_waits(struct pp_group *group, unsigned int csg);
void pp_sched_sync_work(struct work_struct *work);
void pp_sched_look_at_waits(struct pp_sched *sched);

/* debugfs.c */
void pp_sched_debugfs_init(struct pp_sched *sched);

/* oom.c */
void pp_group_oom(struct pp_group *group, u32 queues);
void pp_group_oom_work(struct work_struct *work);
bool pp_group_oom_answer(struct pp_group *group);

#endif
