/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * After the driver's files: what they call of gate.c and of the scheduler, and the
 * way from the model's state into theirs and back.
 */
#ifndef PP_MODEL_BIND_H
#define PP_MODEL_BIND_H

/* gate.c's steps are the model's own; this is what they came to. */
bool pp_protm_gate_try_close(struct pp_protm_gate *gate)
{
	RULE(env.closing != NOT_TRIED);
	return env.closing == CLOSED;
}

void pp_protm_gate_open(struct pp_protm_gate *gate) { env.opening = 1; }
void pp_protm_gate_turn_over(struct pp_protm_gate *gate) { env.refused = 0; }
void pp_protm_gate_init(struct pp_protm_gate *gate) { env.is_open = 1; }
void pp_protm_debugfs_init(struct pp_device *pp) { }

/* A group is a number. */
static struct pp_group *to_group(unsigned int id) { return (struct pp_group *)(uintptr_t)id; }
static unsigned int to_id(const struct pp_group *group) { return (uintptr_t)group; }

static void sched_kick(struct pp_device *pp) { env.kick = 1; }
static u32 sched_group_id(const struct pp_group *group) { return to_id(group); }
static void sched_used(struct pp_group *group, u64 ns) { RULE(group); }

static void sched_session_over(struct pp_device *pp, struct pp_group *group,
			       enum pp_protm_exit_cause cause)
{
	env.kick = 1;
}

static void sched_group_failed(struct pp_device *pp, struct pp_group *group)
{
	RULE(group);
	env.failed |= to_id(group);
	env.kick = 1;
}

static const struct pp_protm_hooks sched_hooks = {
	.session_over = sched_session_over,
	.group_failed = sched_group_failed,
	.kick = sched_kick,
	.group_id = sched_group_id,
	.used = sched_used,
};

static struct pp_protm protm;
static struct pp_device device = { .protm = &protm };

/* Everything that decides what happens next; the rest is counters and times. */
static void env_load(void)
{
	memset(&protm, 0, sizeof(protm));
	protm.pp = &device;
	protm.hooks = &sched_hooks;
	protm.machine.state = env.st;
	protm.machine.forced = env.forced;
	protm.active = to_group(env.owner);
	protm.csg = env.owner ? env.owner - 1 : 0;
	protm.cs_mask = 1;
	protm.confirmed = env.confirmed;
	protm.left = env.exited;
	protm.deadline = env.limit_runs ? 0 : KTIME_MAX;
	device.protm = &protm;
}

static void env_store(void)
{
	RULE(!protm.lock.held);
	env.st = protm.machine.state;
	env.forced = protm.machine.forced;
	env.owner = to_id(protm.active);
	env.confirmed = env.owner && protm.confirmed;
	env.exited = env.owner && protm.left;
	env.limit_runs = protm.deadline != KTIME_MAX;

	/* One and the same: a session, a closed gate until it is over, a limit. */
	RULE(!pp_protm_state_in_session(env.st) || (env.owner && env.limit_runs));
	RULE(!env.owner || pp_protm_state_in_session(env.st) || env.st == PP_PROTM_FAULTED);
	RULE(!env.owner || !env.is_open);

	/* Whom somebody wants to leave is asked to as soon as he can be. */
	env.asked &= !!env.owner;
	RULE(!env.asked || env.st != PP_PROTM_ACTIVE);
}

static void force_exit(enum pp_protm_exit_cause cause)
{
	env.asked = !!env.owner;
	pp_protm_force_exit(&device, cause);
}

/* The model calls this for what session.c calls for its callers: one step. */
#define ENV_LOAD(f)	env.f = now.f;
#define ENV_STORE(f)	now.f = env.f;
#define ENTRY(call)								\
	do {									\
		ENV_FIELDS(ENV_LOAD)						\
		env_load();							\
		call;								\
		env_store();							\
		ENV_FIELDS(ENV_STORE)						\
	} while (0)

/* A reset that is asked for when the gate is being closed comes too late to be seen. */
static bool try_enter(unsigned int group)
{
	bool reset = env.reset_wanted;
	int ret;

	if (env.closing != NOT_TRIED)
		env.reset_wanted = 0;
	ret = pp_protm_try_enter(&device, to_group(group), group - 1, 1);
	env.reset_wanted |= reset;
	return !ret;
}

/* At the end: which lines of the machine's table were met; run.sh collects them. */
static void __attribute__((destructor)) print_pairs(void)
{
	int s, ev;

	for (s = 0; s < PP_PROTM_STATES; s++)
		for (ev = 0; ev < PP_PROTM_EVENTS; ev++)
			printf("%s: %s %s\n", pairs[s][ev] ? "met" : "not met",
			       pp_protm_state_name(s), pp_protm_event_name(ev));
}

#endif
