// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The gate between VM operations and protected sessions.
 *
 * The MMU does not execute commands in protected mode, and a session must not
 * begin while a region is locked: the GPU would stall on it, in a mode in which
 * nobody can unlock it. So operations and sessions exclude each other.
 *
 * Operations hold @lock for reading. An entry tries to take it for writing from
 * the tick, which must not sleep, so it marks the gate as closed and lets go at
 * once; the exit, seen in an interrupt thread, opens it again. A semaphore alone
 * could not do that: it would be released by another context than took it, and
 * is why a completion stands beside it.
 *
 * Neither starves the other. Operations that waited for a session go before the
 * next one. And when an entry was refused, operations that come after it stand
 * back until the tick has tried again, for a grace at most: without that, a
 * stream of operations that overlap would keep sessions out for ever.
 *
 * Whoever waits lets the session end by itself for a grace, then forces the
 * exit. No operation fails because of a session: if firmware never leaves, the
 * machine's limit leads to a reset, and that opens the gate as well.
 */
#include <linux/hrtimer.h>
#include <linux/sched.h>

#include "mmu/mmu.h"
#include "protm/priv.h"
#include "protm/trace.h"

/**
 * pp_protm_gate_init() - open, nobody about
 * @gate: gate
 */
void pp_protm_gate_init(struct pp_protm_gate *gate)
{
	init_rwsem(&gate->lock);
	init_completion(&gate->open);
	complete_all(&gate->open);
	atomic_set(&gate->waiters, 0);
	atomic_set(&gate->refused, 0);
	atomic_set(&gate->ops, 0);
	init_waitqueue_head(&gate->wait);
}

/**
 * pp_protm_gate_try_close() - keep VM operations out, if none is in
 * @gate: gate, open
 *
 * Operations that waited for the last session go first, so that sessions in a
 * row do not starve them.
 *
 * Context: Any but hard interrupts; never sleeps. protm->lock is held, under which the
 * gate is opened as well: the end of one session must not open it for the next.
 * Return: whether it is closed now. If not, the last operation kicks the tick on
 * its way out.
 */
bool pp_protm_gate_try_close(struct pp_protm_gate *gate)
{
	/* Said before looking: an operation that leaves from here on sees it. */
	atomic_set(&gate->refused, 1);
	smp_mb__after_atomic();

	if (atomic_read(&gate->waiters) || !down_write_trylock(&gate->lock))
		return false;

	reinit_completion(&gate->open);
	up_write(&gate->lock);
	pp_protm_gate_turn_over(gate);
	return true;
}

/**
 * pp_protm_gate_turn_over() - no session is wanted now, or it has begun
 * @gate: gate
 *
 * Operations that stood back go on.
 *
 * Context: Any.
 */
void pp_protm_gate_turn_over(struct pp_protm_gate *gate)
{
	if (atomic_read(&gate->refused) && atomic_xchg(&gate->refused, 0))
		wake_up_all(&gate->wait);
}

/**
 * pp_protm_gate_open() - the session is over
 * @gate: gate; opening an open one is harmless
 *
 * Context: Any; protm->lock is held, unless no session can begin any more.
 */
void pp_protm_gate_open(struct pp_protm_gate *gate)
{
	complete_all(&gate->open);
	wake_up_all(&gate->wait);
}

static ktime_t grace(struct pp_protm *protm)
{
	return ns_to_ktime((u64)pp_protm_limit_us(protm, PP_PROTM_LIMIT_GRACE) * NSEC_PER_USEC);
}

static void pp_protm_gate_wait(struct pp_protm *protm, struct pp_vm *vm)
{
	struct pp_protm_gate *gate = &protm->gate;
	ktime_t start = ktime_get();
	unsigned long flags;
	u64 ns;

	/*
	 * A VM that faulted is not worth a grace: its groups are about to die. A
	 * completion counts in jiffies, which are longer than the grace.
	 */
	if (pp_vm_faulted(vm) ||
	    wait_event_hrtimeout(gate->wait, completion_done(&gate->open), grace(protm)))
		pp_protm_force_exit(protm->pp, PP_EXIT_VM_OP);
	wait_for_completion(&gate->open);

	ns = ktime_to_ns(ktime_sub(ktime_get(), start));
	spin_lock_irqsave(&protm->lock, flags);
	protm->stats.vm_waits++;
	protm->stats.vm_wait_longest_ns = max(protm->stats.vm_wait_longest_ns, ns);
	spin_unlock_irqrestore(&protm->lock, flags);
	trace_pp_vm_wait(ns);
}

/**
 * pp_protm_op_begin() - a VM operation wants to send AS commands
 * @pp: device
 * @vm: VM that it works on
 *
 * Context: Sleeps until no session is requested or running; a bounded time, see
 * the head of this file. A fence-signalling path. vm->op_lock is held, as_lock is
 * not. Returns with the gate held for reading.
 */
void pp_protm_op_begin(struct pp_device *pp, struct pp_vm *vm)
{
	struct pp_protm *protm = pp->protm;
	struct pp_protm_gate *gate = &protm->gate;
	bool waited = false;

	if (atomic_read(&gate->refused))
		wait_event_hrtimeout(gate->wait, !atomic_read(&gate->refused), grace(protm));

	for (;;) {
		down_read(&gate->lock);
		if (completion_done(&gate->open))
			break;
		up_read(&gate->lock);

		if (!waited)
			atomic_inc(&gate->waiters);
		waited = true;
		pp_protm_gate_wait(protm, vm);
	}

	/* Counted until here: the next entry must find us, as waiter or as reader. */
	atomic_inc(&gate->ops);
	if (waited)
		atomic_dec(&gate->waiters);
}

/**
 * pp_protm_op_try_begin() - pp_protm_op_begin() for reclaim
 * @pp: device
 * @vm: VM that it works on
 *
 * Context: Does not wait. vm->op_lock is held.
 * Return: true with the gate held for reading; false if a session runs or is
 * wanted.
 */
bool pp_protm_op_try_begin(struct pp_device *pp, struct pp_vm *vm)
{
	struct pp_protm_gate *gate = &pp->protm->gate;

	if (atomic_read(&gate->refused) || !down_read_trylock(&gate->lock))
		return false;
	if (!completion_done(&gate->open)) {
		up_read(&gate->lock);
		smp_mb(); /* pairs with pp_protm_gate_try_close() */
		/* The session was over, and the next entry found us in the way. */
		if (atomic_read(&gate->refused))
			pp_protm_kick(pp->protm);
		return false;
	}
	atomic_inc(&gate->ops);
	return true;
}

/**
 * pp_protm_op_end() - the VM operation is through
 * @pp: device
 * @vm: VM that it worked on
 *
 * Context: The task that called pp_protm_op_begin().
 */
void pp_protm_op_end(struct pp_device *pp, struct pp_vm *vm)
{
	struct pp_protm *protm = pp->protm;
	struct pp_protm_gate *gate = &protm->gate;

	/*
	 * In this order: whoever is the last to be counted has nobody before it who still
	 * holds the lock. Fully ordered, as pp_protm_gate_try_close() is.
	 */
	up_read(&gate->lock);
	if (atomic_dec_and_test(&gate->ops) && atomic_read(&gate->refused))
		pp_protm_kick(protm);
}
