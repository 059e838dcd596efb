/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Protected mode with all that happens beside it, for spin.
 *
 * The state machine and the code that executes it are not modelled: they are
 * src/driver/protm/machine.c and session.c, compiled into the verifier (engine.c,
 * made by run.sh) and called from here, one critical section at a time. What is
 * modelled is who calls them - the tick, the interrupts' threads, works, VM
 * operations at the gate (gate.c, step by step), reset, sleep, unplug, late attach -
 * and firmware, which may be short, slow, silent or faulty. Names are the driver's.
 *
 * Checked in every interleaving:
 * - no VM operation sends AS commands while firmware is entering, in or leaving;
 * - firmware finds, at PROTM_ENTER, acknowledged CSs of the active group and of no
 *   other, and no ping; it is never asked to enter twice, nor before it took in that
 *   its last exit was seen;
 * - no slot request and no watchdog ping reaches firmware in a session, and the
 *   forced exit's ping only when it is really in protected mode, or out of it again;
 * - nobody who waits at the gate is passed over by more than one session;
 * - no group fails unless firmware really failed it, and nothing happens that the
 *   machine's table calls odd;
 * - at rest everybody got what he wanted: VM operations went through, regions were
 *   executed (or their group was failed), the machine is NORMAL, the gate is open, the
 *   watchdog watches (spin's invalid end states: no kick and no wake-up is lost);
 * - "ltl done": everything comes to rest, and nothing goes round in circles.
 *
 * Time is not modelled. A limit may pass when firmware is late; that it passes without
 * a reason is one of the troubles, of which TROUBLES may happen.
 *
 * SABOTAGE=n breaks what is modelled by hand, a way each; run.sh says how, and that it is
 * found.
 */

#ifndef OPS_0
#define OPS_0 1		/* operations of each of the two VMs */
#endif
#ifndef OPS_1
#define OPS_1 1
#endif
#ifndef REGIONS_1
#define REGIONS_1 1	/* protected regions of each of the two groups */
#endif
#ifndef REGIONS_2
#define REGIONS_2 1
#endif
#ifndef PINGS
#define PINGS 1		/* of the watchdog */
#endif
#ifndef SLICES
#define SLICES 1	/* how often a session is ended for another group */
#endif
#ifndef TROUBLES
#define TROUBLES 0
#endif
#ifndef SABOTAGE
#define SABOTAGE 0
#endif

#define ST_DISABLED 0
#define ST_ATTACHING 1
#define ST_NORMAL 2
#define ST_ENTERING 3
#define ST_ACTIVE 5
#define ST_FAULTED 7

c_decl {
\#include "engine.c"
_Static_assert(PP_PROTM_DISABLED == ST_DISABLED, "state");
_Static_assert(PP_PROTM_ATTACHING == ST_ATTACHING, "state");
_Static_assert(PP_PROTM_NORMAL == ST_NORMAL, "state");
_Static_assert(PP_PROTM_ENTERING == ST_ENTERING, "state");
_Static_assert(PP_PROTM_ACTIVE == ST_ACTIVE, "state");
_Static_assert(PP_PROTM_FAULTED == ST_FAULTED, "state");
}

/* Driver: session.c. */
#ifdef ATTACH
byte st = ST_DISABLED;
bool prot = false;
#else
byte st = ST_NORMAL;
bool prot = true;
#endif
byte owner;
bool forced, confirmed, exited, limit_runs, look_queued, ping_paused, reset_wanted, kick;
bit protm_lock;		/* held over more than one step */
bool asked;		/* somebody wants the session to end */
byte failed, ret, broken;

/* Driver: gate.c. */
byte readers, waiters, ops, passed_over, closing;
bool is_open = true, opening, refused;

/* Driver: the tick and its holders. */
bool attaching, ticking, hold, hold_sleep, awake = true, gone;
byte want[3];		/* regions that each group still asks for */
byte left = 2;		/* VM operation processes that still run */
bool as_off;		/* no AS command is sent */

/* Firmware and what it shares with the driver. */
mtype = { OUT, SWITCHING, IN, LEAVING, STUCK, HALTED };
mtype fw = OUT;
bool enter_req, ping_req, exit_raised, irq, mode, fault_irq, fault_masked;
byte acked;		/* bit per group whose CSs were acknowledged */
byte fw_group;
bool saved;		/* firmware has saved all other groups, and not let them run again */
bool judged;		/* lose_slots() believes so */
bool endless;		/* the region does not end by itself */
bool in_job, in_gpu, lost_irq;
bool blame;		/* firmware has given reason to fail a group */
byte troubles = TROUBLES;

/* The GPU can execute AS commands and firmware can take requests. */
#define QUIET	((fw == OUT && !enter_req && !mode) || as_off)

/* Firmware does not move, or what it said was not heard. */
#define LATE	(fw == STUCK || fw == HALTED || (endless && st == ST_ACTIVE) ||		\
		 (lost_irq && (exit_raised || (st == ST_ENTERING && !enter_req))))

/* session.c is called when COND holds. */
#define CALL_IF(COND, X)							\
	atomic {								\
		!protm_lock && (COND) ->					\
		X;								\
		assert(!broken);						\
		took_failed();							\
		protm_lock = opening						\
	}
#define CALL(X) CALL_IF(true, X)

/* pp_sched_group_failed(): the group is as good as dead. */
inline took_failed()
{
	if
	:: failed -> assert(blame); want[failed] = 0; failed = 0
	:: else
	fi
}

inline force_exit_rotate()	{ CALL(c_code { ENTRY(force_exit(PP_EXIT_ROTATE)); }) }
inline force_exit_vm_op()	{ CALL(c_code { ENTRY(force_exit(PP_EXIT_VM_OP)); }) }
inline force_exit_reset()	{ CALL(c_code { ENTRY(force_exit(PP_EXIT_RESET)); }) }
inline protm_pre_reset()	{ CALL(c_code { ENTRY(pp_protm_pre_reset(&device)); }) }
inline protm_post_reset()	{ CALL(c_code { ENTRY(pp_protm_post_reset(&device, false)); }) }

/* The end of a call that opens the gate: others may have seen before that the session is over. */
active proctype opener()
{
end_open: do
	:: atomic { opening -> is_open = true; opening = false; protm_lock = 0 }
	od
}

active proctype firmware()
{
end_fw:	do
	:: atomic {
		fw == OUT && enter_req ->
		assert(acked == owner && owner);
		assert(!ping_req && !exit_raised);
		fw_group = acked;
		acked = 0;
		saved = true;
		fw = SWITCHING;
		enter_req = false;
		irq = true
	   }
	:: atomic { fw == SWITCHING -> assert(!ping_req); mode = true; fw = IN }
	/* The region is finished, perhaps before anybody looked. */
	:: atomic { fw == IN && !endless ->
		want[fw_group] = (want[fw_group] -> want[fw_group] - 1 : 0);
		fw = LEAVING }
	/* Any request makes it leave: the region is cut and asks again. */
	:: atomic { fw == IN && ping_req -> endless = false; fw = LEAVING }
	/* The mode is off when the exit is raised. */
	:: atomic { fw == LEAVING ->
		mode = false; saved = false; fw = OUT; fw_group = 0; exit_raised = true; irq = true }
	/* The ping is answered outside, after the exit. */
	:: atomic { fw == OUT && ping_req && !enter_req -> ping_req = false; irq = true }
	od
}

#if TROUBLES > 0
active proctype trouble()
{
end_trouble: do
	:: troubles == 0 -> break
	/* No answer any more. */
	:: atomic { troubles && (fw == SWITCHING || fw == IN || fw == LEAVING || (fw == OUT && enter_req)) ->
		troubles--; fw = STUCK; blame = true }
	/* A region that only a forced exit ends. */
	:: atomic { troubles && fw == IN && !endless -> troubles--; endless = true }
	/* A fault in protected mode; or one that is raised while leaving. */
	:: atomic { troubles && fw == IN && !fault_masked ->
		troubles--; fw = STUCK; fault_irq = true; blame = true }
	:: atomic { troubles && fw == LEAVING && !fault_masked -> troubles--; fault_irq = true; blame = true }
	/* An interrupt that nobody gets. */
	:: atomic { troubles && irq -> troubles--; irq = false; lost_irq = true }
	/* Firmware takes more than its time. */
	:: CALL_IF(troubles && limit_runs && !LATE,
		troubles--; blame = true;
		c_code { ENTRY(limit_work(&protm.limit_work.work)); })
	/* Somebody else wants a reset. */
	:: atomic { troubles && !reset_wanted -> troubles--; reset_wanted = true }
	od
}
#endif

/* The threads of two interrupts; a reset waits until they are idle, see hw/irq.c. */
active proctype job_irq()
{
end_job: do
	:: atomic { irq -> irq = false; in_job = true };
		CALL(c_code { ENTRY(pp_protm_glb_events(&device)); }; in_job = false; lost_irq = false)
	od
}

active proctype gpu_irq()
{
end_gpu: do
	:: atomic { fault_irq && !fault_masked -> fault_masked = true; in_gpu = true };
		CALL(c_code { ENTRY(protm_fault(&device)); }; in_gpu = false)
	od
}

active proctype limit()
{
end_limit: do
	:: CALL_IF(limit_runs && LATE,
		lost_irq = false;
		c_code { ENTRY(limit_work(&protm.limit_work.work)); })
	od
}

active proctype look()
{
end_look: do
	:: CALL_IF(look_queued,
		look_queued = false;
		c_code { ENTRY(look_work(&protm.look_work.work)); })
	od
}

/* fw/glb.c */
active proctype watchdog()
{
	byte n = PINGS;

end_dog: do
	:: atomic { n && !ping_paused && fw != HALTED && !reset_wanted ->
		n--;
		assert(QUIET);
		ping_req = true }
	od
}

/* sched/sched.c: end_session(); FAILED if only a reset can help. */
inline end_session(FAILED)
{
	FAILED = false;
	if
	:: owner ->
		force_exit_reset();
		if
		:: !owner
		:: owner && st == ST_FAULTED -> FAILED = true
		/* Time is up. */
		:: atomic { owner && LATE -> FAILED = true; blame = true }
		fi
	:: else
	fi
}

inline stop_mcu()
{
	atomic { !in_job -> fw = HALTED; irq = false; lost_irq = false; fw_group = 0; endless = false }
}

/*
 * Slots are emptied in order if there is no session; else their contents are lost, and
 * the other groups go on with what firmware saved when it entered.
 */
inline evict_all(FAILED)
{
	if
	:: FAILED ->
#if SABOTAGE != 9
		stop_mcu();
#endif
		atomic {
			!protm_lock;
			c_code { ENTRY(env.ret = pp_protm_confirmed(&device)); };
			judged = ret;
			ret = 0;
			if
			:: owner -> want[owner] = 0
			:: else
			fi
		}
	:: else -> assert(QUIET || fw == STUCK)
	fi
}

inline gpu_reset()
{
	atomic { !in_gpu ->
		 assert(!judged || saved);
		 judged = false; mode = false; saved = false; enter_req = false; ping_req = false; exit_raised = false;
		 acked = 0; fault_irq = false; irq = false; fw = HALTED }
}

/* core/reset.c */
active proctype reset_work()
{
	bool bad;

end_reset: do
	:: atomic { reset_wanted && awake && !gone -> awake = false; hold = true };
		!ticking;
		end_session(bad);
		evict_all(bad);
		stop_mcu();
#if SABOTAGE == 1
		protm_pre_reset();
		as_off = true;
#else
		as_off = true;
		protm_pre_reset();
#endif
		gpu_reset();
#ifdef ATTACH
		/* Firmware does not boot with protected memory: once more, without. */
		if
		:: atomic { attaching -> prot = false }
		:: true
		fi;
		attaching = false;
#endif
#ifdef UNPLUG
		/* Firmware does not boot: the GPU is given up. */
		if
		:: CALL_IF(troubles,
			troubles--;
			gone = true;
			c_code { ENTRY(pp_protm_post_reset(&device, true)); };
			reset_wanted = false);
			break
		:: true
		fi;
#endif
		atomic { fw = OUT; as_off = false };
		protm_post_reset();
		reset_wanted = false;
		atomic { bad = false; hold = false; awake = true; kick = true }
	od
}

#ifdef SLEEP
/* core/pm.c: pp_device_suspend() and pp_device_resume(); awake stands for its state and reset.run_lock. */
active proctype sleeper()
{
	bool bad, reset;

	atomic { awake && !gone -> awake = false };
	hold_sleep = true;
	!ticking;
	if
	:: reset_wanted -> atomic { bad = true; blame = true }
	:: else -> end_session(bad)
	fi;
	evict_all(bad);
	if
	:: bad -> reset_wanted = true
	:: else
	fi;
	assert(reset_wanted || QUIET || fw == STUCK);
	stop_mcu();
	as_off = true;
	if
	:: reset_wanted -> protm_pre_reset()
	:: else
	fi;
	gpu_reset();
	reset = reset_wanted;
	atomic { fw = OUT; as_off = false }
	if
	:: reset -> protm_post_reset(); reset_wanted = false
	:: else
	fi;
	atomic { hold_sleep = false; awake = true; kick = true }
}
#endif

#ifdef UNPLUG
/* core/device.c: the rooms in reverse. */
active proctype unplug()
{
	bool bad;

	atomic { awake -> gone = true };
	hold_sleep = true;
	!ticking;
	if
	:: reset_wanted -> atomic { bad = true; blame = true }
	:: else -> end_session(bad)
	fi;
	stop_mcu();
	as_off = true;
	protm_pre_reset();
	gpu_reset();
	atomic { want[1] = 0; want[2] = 0 }
	CALL(c_code { ENTRY(pp_protm_unplug(&device)); })
}
#endif

#ifdef ATTACH
/* protm/attach.c: a first protected group, whose work begins when this is through. */
active proctype attach()
{
	CALL(c_code { ENTRY(pp_protm_event(&protm, PP_PROTM_EV_ATTACH, PP_EXIT_DONE)); })
	/* quiesce() */
	hold_sleep = true;
	!ticking;
	prot = true;
	atomic { !reset_wanted -> reset_wanted = true; attaching = true };
	!reset_wanted;
	hold_sleep = false;
	if
	:: prot ->
		CALL(c_code { ENTRY(pp_protm_event(&protm, PP_PROTM_EV_ATTACHED, PP_EXIT_DONE)); })
		atomic { want[1] = REGIONS_1; want[2] = REGIONS_2; kick = true }
	:: else ->
		CALL(c_code { ENTRY(pp_protm_event(&protm, PP_PROTM_EV_DETACHED, PP_EXIT_DONE)); })
	fi
}
#endif

/*
 * gate.c: pp_protm_gate_try_close(). That it locks, closes and unlocks is one step, since
 * whoever looks has to lock.
 */
inline try_close()
{
#if SABOTAGE == 2
	if
	:: atomic { waiters == 0 && readers == 0 -> is_open = false; closing = 1 }
	:: else -> closing = 2; refused = true
	fi;
#else
	refused = true;
	if
#if SABOTAGE == 3
	:: true ->
#else
	:: waiters == 0 ->
#endif
		if
		:: atomic { readers == 0 -> is_open = false; refused = false; closing = 1 }
		:: else -> closing = 2
		fi
	:: else -> closing = 2
	fi;
#endif
	atomic {
		if
		:: closing == 1 && waiters -> passed_over++; assert(passed_over <= 1)
		:: else
		fi
	}
}

/* session.c: pp_protm_try_enter() of group g; what it does to the gate is split up. */
inline try_enter()
{
#if SABOTAGE == 4
	/* As it was: the gate is closed first, the lock taken later. */
	if
	:: st == ST_NORMAL -> try_close(); atomic { !protm_lock -> protm_lock = 1 }
	:: else -> atomic { !protm_lock -> protm_lock = 1 }
	fi;
#else
	atomic { !protm_lock -> protm_lock = 1 };
	if
	:: st == ST_NORMAL && !reset_wanted -> try_close()
	:: else
	fi;
#endif
	atomic {
		if
		:: g == 1 -> c_code { ENTRY(env.ret = try_enter(1)); }
		:: g == 2 -> c_code { ENTRY(env.ret = try_enter(2)); }
		fi;
		closing = 0;
		protm_lock = opening;
		assert(!broken);
		if
		:: ret -> ret = 0; refused = false	/* pp_protm_turn_over() */
		:: else					/* hooks->kick() follows */
		fi
	}
}

/* sched/tick.c */
active proctype tick()
{
	byte g, slices = SLICES;

end_tick: do
	:: atomic { kick ->
		kick = false;
		if
		:: hold || hold_sleep || reset_wanted -> goto end_tick
		:: else -> ticking = true
		fi };
		if
#if SABOTAGE != 5
		:: owner ->
			refused = false
#endif
		:: else ->
			/* Rule 3: slots change outside of sessions only. */
			assert(reset_wanted || QUIET);
			if
			:: want[1] -> g = 1
			:: want[2] -> g = 2
			:: !want[1] && !want[2] -> g = 0
			fi;
			if
			:: g && st > ST_ATTACHING -> try_enter()
			:: else -> refused = false
			fi
		fi;
		atomic { g = 0; ticking = false }
	/* A slice is over, and another group waits. */
	:: atomic { slices && !hold && !hold_sleep && owner && want[3 - owner] -> slices--; ticking = true };
		force_exit_rotate();
		ticking = false
	od
}

/*
 * gate.c: pp_protm_op_begin(), the AS commands, pp_protm_op_end(). That an operation stands
 * back for a grace when an entry was refused is no step: anything may take its time here.
 */
inline vm_op()
{
	do
	:: atomic { readers++;
		if
		:: is_open -> break
		:: else
		fi };
		readers--;
		if
		:: !waited -> atomic { waiters++; waited = true }
		:: else
		fi;
		/* The grace is over, or the session. */
		if
		:: is_open
		:: true -> force_exit_vm_op()
		fi;
		is_open
	od;
	ops++;
	if
	:: waited -> atomic {
		waited = false;
		waiters--;
		if
		:: waiters == 0 -> passed_over = 0
		:: else
		fi }
	:: else
	fi;

	/* Lock a region, flush, unlock. Firmware that is stuck is not in protected mode for that. */
	assert(QUIET || (fw == STUCK && !mode && !enter_req) || (fw == HALTED && !mode));

#if SABOTAGE == 6
	/* As it was: counted out before the lock is free. */
	atomic { ops--; last = ops == 0 };
	readers--;
#else
	readers--;
	atomic { ops--; last = ops == 0 };
#endif
#if SABOTAGE != 7
	if
	:: last && refused -> kick = true
	:: else
	fi;
#endif
	last = false
}

proctype vm_ops(byte n)
{
	bool waited, last;

	do
	:: n -> vm_op(); n--
	:: else -> break
	od;
	left--
}

#ifdef RECLAIM
/* gate.c: pp_protm_op_try_begin(). */
active proctype reclaim()
{
	if
	:: refused -> goto end
	:: else
	fi;
	readers++;
	if
	:: is_open ->
		ops++;
		assert(QUIET || (fw == STUCK && !mode && !enter_req) || (fw == HALTED && !mode));
		readers--;
		ops--;
		if
		:: ops == 0 && refused -> kick = true
		:: else
		fi
	:: else ->
		readers--;
#if SABOTAGE != 8
		if
		:: refused -> kick = true
		:: else
		fi
#endif
	fi;
end:	skip
}
#endif

init {
	atomic {
#ifndef ATTACH
		want[1] = REGIONS_1;
		want[2] = REGIONS_2;
#endif
		run vm_ops(OPS_0);
		run vm_ops(OPS_1);
		kick = true
	}

	/* Nothing moves any more. */
	timeout ->
	assert(left == 0);
	assert(gone || (!want[1] && !want[2]));
	assert(is_open && !owner && !waiters && !readers && !ops);
	assert(gone || (st == ST_NORMAL && prot) || (st == ST_DISABLED && !prot));
	assert(gone || (!reset_wanted && !ping_paused && !fault_masked && !ping_req && !exit_raised))
}

ltl done { <> (left == 0 && !want[1] && !want[2] && !owner && is_open) }
