// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The state machine of protected mode: every state meets every event, and then
 * long random walks during which the rules must hold.
 *
 * unit-sources: src/driver/protm/machine.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protm/machine.h"

#define DO(a) PP_PROTM_DO_##a

static struct pp_protm_machine at(enum pp_protm_state s)
{
	return (struct pp_protm_machine) { .state = s, .cause = PP_EXIT_DONE };
}

static struct pp_protm_result step(struct pp_protm_machine *m, enum pp_protm_event ev)
{
	return pp_protm_machine_step(m, ev, PP_EXIT_VM_OP);
}

/*
 * What each pair leads to, written down a second time and the other way round: events
 * down, states across. The next state by its letter; ! if nothing foresees the event;
 * actions by theirs; after a slash the limit that is started. A limit that is not
 * named is stopped if the state changes, and goes on if it does not.
 */
static const char letters[PP_PROTM_STATES + 1] = "DTNECAXF";
static const char action_letters[] = "pelgxfoviR";
static const char limit_letters[] = "-ecpx";
static const char *const table[PP_PROTM_EVENTS][PP_PROTM_STATES] = {
/* no memory, attaching, normal, entering, confirming, active, exiting, faulted */
[PP_PROTM_EV_ATTACH]	= { "T",   "T!",  "N!",   "E!",   "C!",   "A!",   "X!",   "F!" },
[PP_PROTM_EV_ATTACHED]	= { "D!",  "N",   "N",    "E!",   "C!",   "A!",   "X!",   "F!" },
[PP_PROTM_EV_DETACHED]	= { "D",   "D",   "D",    "E!",   "C!",   "A!",   "X!",   "Dov" },
[PP_PROTM_EV_ENTER]	= { "D!",  "T!",  "Epe/e", "E!",  "C!",   "A!",   "X!",   "F!" },
[PP_PROTM_EV_ACK]	= { "D!",  "T!",  "N!",   "Cl/c", "C",    "A",    "X",    "F" },
[PP_PROTM_EV_SEEN]	= { "D!",  "T!",  "N!",   "E!",   "A/p",  "A",    "X",    "F" },
[PP_PROTM_EV_UNSEEN]	= { "D",   "T",   "N",    "E!",   "C",    "A",    "X",    "F" },
[PP_PROTM_EV_EXIT]	= { "D!x", "T!x", "N!x",  "E!x",  "Nxov", "Nxov", "Nxov", "Fx" },
[PP_PROTM_EV_FORCE]	= { "D",   "T",   "N",    "E",    "C",    "Xg/x", "X",    "F" },
[PP_PROTM_EV_LIMIT]	= { "D",   "T",   "N",    "FfR",  "FfR",  "Xg/x", "FfR",  "F" },
[PP_PROTM_EV_FAULT]	= { "D!R", "T!R", "FR",   "FfR",  "FfR",  "FfR",  "FfR",  "F" },
[PP_PROTM_EV_STOPPED]	= { "D",   "T",   "F",    "Fov",  "Fov",  "Fov",  "Fov",  "Fov" },
[PP_PROTM_EV_RESET]	= { "Di",  "Ti",  "Ni",   "E!",   "C!",   "A!",   "X!",   "Ni" },
};

/* An answer in the words of the table. */
static const char *answer(int old, const struct pp_protm_machine *m,
			  const struct pp_protm_result *r)
{
	static char text[32];
	char *t = text;

	*t++ = letters[m->state];
	if (r->odd)
		*t++ = '!';
	for (int i = 0; i < 32; i++) {
		if (r->actions >> i & 1)
			*t++ = i < sizeof(action_letters) - 1 ? action_letters[i] : '?';
	}
	if (r->restart != (m->state != old))
		*t++ = '#';
	if (r->limit) {
		*t++ = '/';
		*t++ = r->limit < sizeof(limit_letters) - 1 ? limit_letters[r->limit] : '?';
	}
	*t = 0;
	return text;
}

static void every_pair(void **state)
{
	for (int s = 0; s < PP_PROTM_STATES; s++) {
		for (int ev = 0; ev < PP_PROTM_EVENTS; ev++) {
			struct pp_protm_machine m = at(s);
			struct pp_protm_result r = step(&m, ev);

			assert_non_null(table[ev][s]);
			if (strcmp(answer(s, &m, &r), table[ev][s]))
				fail_msg("%s + %s: %s, not %s", pp_protm_state_name(s),
					 pp_protm_event_name(ev), answer(s, &m, &r),
					 table[ev][s]);
			/* What nothing foresees changes nothing. */
			if (r.odd)
				assert_int_equal(m.state, s);
		}
	}
}

/* Whose wish it was, by the rules and for everything that can have been before. */
static struct pp_protm_machine expected(struct pp_protm_machine m, enum pp_protm_event ev,
					enum pp_protm_exit_cause cause)
{
	enum pp_protm_state old = m.state;

	m.state = strchr(letters, table[ev][old][0]) - letters;
	if (old == PP_PROTM_CONFIRMING && ev == PP_PROTM_EV_SEEN && m.forced)
		m.state = PP_PROTM_EXITING;

	/* A new session knows of no wish. */
	if (old == PP_PROTM_NORMAL && ev == PP_PROTM_EV_ENTER) {
		m.forced = false;
		m.cause = PP_EXIT_DONE;
	}
	/* The first who asks before there is a session to end; any who asks when there is. */
	if (ev == PP_PROTM_EV_FORCE &&
	    (old == PP_PROTM_ENTERING || old == PP_PROTM_CONFIRMING) && !m.forced) {
		m.forced = true;
		m.cause = cause;
	}
	if (old == PP_PROTM_ACTIVE && ev == PP_PROTM_EV_FORCE)
		m.cause = cause;
	if (old == PP_PROTM_ACTIVE && ev == PP_PROTM_EV_LIMIT)
		m.cause = PP_EXIT_PROGRESS;
	/* A region that was over before anybody looked ended by itself. */
	if (old == PP_PROTM_CONFIRMING && ev == PP_PROTM_EV_EXIT)
		m.cause = PP_EXIT_DONE;
	if (old != PP_PROTM_FAULTED && m.state == PP_PROTM_FAULTED)
		m.cause = ev == PP_PROTM_EV_STOPPED ? PP_EXIT_RESET : PP_EXIT_FAULT;
	return m;
}

static void check_cause(struct pp_protm_machine m, enum pp_protm_event ev,
			enum pp_protm_exit_cause cause)
{
	struct pp_protm_machine want = expected(m, ev, cause);
	bool late = m.state == PP_PROTM_CONFIRMING && m.forced && ev == PP_PROTM_EV_SEEN;
	enum pp_protm_state old = m.state;
	struct pp_protm_result r = pp_protm_machine_step(&m, ev, cause);

	assert_int_equal(m.state, want.state);
	assert_int_equal(m.forced, want.forced);
	assert_int_equal(m.cause, want.cause);
	/* A wish that was kept is all that an answer depends on besides the state. */
	assert_string_equal(answer(old, &m, &r), late ? "Xg/x" : table[ev][old]);
}

static void every_cause(void **state)
{
	for (int s = 0; s < PP_PROTM_STATES; s++)
		for (int ev = 0; ev < PP_PROTM_EVENTS; ev++)
			for (int before = 0; before < PP_EXIT_CAUSES; before++)
				for (int cause = 0; cause < PP_EXIT_CAUSES; cause++)
					for (int forced = 0; forced < 2; forced++)
						check_cause((struct pp_protm_machine) {
							.state = s, .forced = forced,
							.cause = before }, ev, cause);
}

static void actions_of_pairs(void **state)
{
	for (int s = 0; s < PP_PROTM_STATES; s++) {
		for (int ev = 0; ev < PP_PROTM_EVENTS; ev++) {
			struct pp_protm_machine m = at(s);
			struct pp_protm_result r = step(&m, ev);
			bool session = pp_protm_state_in_session(s);
			bool begins = s == PP_PROTM_NORMAL && ev == PP_PROTM_EV_ENTER;
			bool ends = (session || s == PP_PROTM_FAULTED) &&
				    m.state != s && !pp_protm_state_in_session(m.state) &&
				    m.state != PP_PROTM_FAULTED;

			/* Rules 2 and 5: a request from NORMAL only, with the ping paused. */
			assert_int_equal(!!(r.actions & DO(ENTER)), begins);
			assert_int_equal(!!(r.actions & DO(PAUSE_PING)), begins);
			/* Rule 4: forced exit is a PING, from ACTIVE only. */
			assert_int_equal(!!(r.actions & DO(PING)),
					 s == PP_PROTM_ACTIVE && m.state == PP_PROTM_EXITING);
			/* Rule 7: each exit is acknowledged, whenever it comes. */
			assert_int_equal(!!(r.actions & DO(ACK_EXIT)), ev == PP_PROTM_EV_EXIT);
			/* Rule 8: one look, at the acknowledgement. */
			assert_int_equal(!!(r.actions & DO(LOOK)),
					 s == PP_PROTM_ENTERING && ev == PP_PROTM_EV_ACK);
			/* Rule 9: a failed session is its group's fault alone; rule 10. */
			assert_int_equal(!!(r.actions & DO(FATAL)),
					 session && m.state == PP_PROTM_FAULTED &&
					 ev != PP_PROTM_EV_STOPPED);
			/* The gate opens only when the session has ended or the MCU is stopped. */
			if (r.actions & DO(END))
				assert_true(ev == PP_PROTM_EV_STOPPED || ends);
			if (ends && ev != PP_PROTM_EV_RESET)
				assert_true(r.actions & DO(END));
			if (session && ev == PP_PROTM_EV_STOPPED)
				assert_true(r.actions & DO(END));
			/* Nothing but a reset allows the fault interrupt again. */
			assert_int_equal(!!(r.actions & DO(FAULT_IRQ)),
					 !session && ev == PP_PROTM_EV_RESET);
		}
	}
}

/* Every state of a session has a limit, and passing limits leads out. */
static void every_wait_is_bounded(void **state)
{
	static const struct {
		enum pp_protm_event ev;
		enum pp_protm_limit limit;
	} path[] = {
		{ PP_PROTM_EV_ENTER, PP_PROTM_LIMIT_ENTER },
		{ PP_PROTM_EV_ACK, PP_PROTM_LIMIT_CONFIRM },
		{ PP_PROTM_EV_SEEN, PP_PROTM_LIMIT_PROGRESS },
		{ PP_PROTM_EV_FORCE, PP_PROTM_LIMIT_EXIT },
	};
	struct pp_protm_machine m = at(PP_PROTM_NORMAL);

	for (size_t i = 0; i < sizeof(path) / sizeof(*path); i++) {
		struct pp_protm_result r = step(&m, path[i].ev);
		struct pp_protm_machine stuck = m;
		unsigned int limits = 0;
		uint32_t done = 0;

		assert_true(pp_protm_state_in_session(m.state));
		assert_true(r.restart);
		assert_int_equal(r.limit, path[i].limit);
		assert_true(pp_protm_default_limits.us[r.limit] > 0);

		while (stuck.state != PP_PROTM_FAULTED) {
			done |= step(&stuck, PP_PROTM_EV_LIMIT).actions;
			assert_true(++limits <= 2);
		}
		assert_true(done & DO(RESET));
		assert_true(done & DO(FATAL));
		assert_true(step(&stuck, PP_PROTM_EV_STOPPED).actions & DO(END));
		step(&stuck, PP_PROTM_EV_RESET);
		assert_int_equal(stuck.state, PP_PROTM_NORMAL);
	}
}

static void limits_table(void **state)
{
	const uint32_t *us = pp_protm_default_limits.us;

	assert_int_equal(us[PP_PROTM_LIMIT_SLICE], 10 * 1000);
	assert_int_equal(us[PP_PROTM_LIMIT_GRACE], 2 * 1000);
	assert_int_equal(us[PP_PROTM_LIMIT_ENTER], 4 * 1000 * 1000);
	assert_int_equal(us[PP_PROTM_LIMIT_CONFIRM], 500 * 1000);
	assert_int_equal(us[PP_PROTM_LIMIT_EXIT], 4100 * 1000);
	assert_int_equal(us[PP_PROTM_LIMIT_PROGRESS], 25 * 1000 * 1000);
}

/* A wish to end that comes early is granted as soon as the session is confirmed. */
static void early_force(void **state)
{
	static const enum pp_protm_state when[] = { PP_PROTM_ENTERING, PP_PROTM_CONFIRMING };

	for (int i = 0; i < 2; i++) {
		struct pp_protm_machine m = at(PP_PROTM_NORMAL);
		struct pp_protm_result r;

		step(&m, PP_PROTM_EV_ENTER);
		if (when[i] == PP_PROTM_CONFIRMING)
			step(&m, PP_PROTM_EV_ACK);
		r = pp_protm_machine_step(&m, PP_PROTM_EV_FORCE, PP_EXIT_ROTATE);
		assert_int_equal(r.actions, 0);
		assert_int_equal(m.state, when[i]);
		/* The first to ask is the one that counts. */
		pp_protm_machine_step(&m, PP_PROTM_EV_FORCE, PP_EXIT_SUSPEND);
		if (when[i] == PP_PROTM_ENTERING)
			step(&m, PP_PROTM_EV_ACK);

		r = step(&m, PP_PROTM_EV_SEEN);
		assert_int_equal(m.state, PP_PROTM_EXITING);
		assert_true(r.actions & DO(PING));
		assert_true(r.restart);
		assert_int_equal(r.limit, PP_PROTM_LIMIT_EXIT);
		assert_int_equal(m.cause, PP_EXIT_ROTATE);

		/* It does not outlive its session. */
		step(&m, PP_PROTM_EV_EXIT);
		step(&m, PP_PROTM_EV_ENTER);
		step(&m, PP_PROTM_EV_ACK);
		r = step(&m, PP_PROTM_EV_SEEN);
		assert_int_equal(m.state, PP_PROTM_ACTIVE);
		assert_false(r.actions & DO(PING));
	}
}

/* Rule 8: the region can be over before anybody looked. */
static void short_region(void **state)
{
	struct pp_protm_machine m = at(PP_PROTM_NORMAL);
	struct pp_protm_result r;

	step(&m, PP_PROTM_EV_ENTER);
	step(&m, PP_PROTM_EV_ACK);
	step(&m, PP_PROTM_EV_UNSEEN);
	pp_protm_machine_step(&m, PP_PROTM_EV_FORCE, PP_EXIT_ROTATE);
	r = step(&m, PP_PROTM_EV_EXIT);
	assert_int_equal(m.state, PP_PROTM_NORMAL);
	assert_true(r.actions & DO(ACK_EXIT));
	assert_true(r.actions & DO(END));
	assert_true(r.actions & DO(RESUME_PING));
	assert_int_equal(m.cause, PP_EXIT_DONE);
}

static void causes_of_sessions(void **state)
{
	static const struct {
		enum pp_protm_event ev;
		enum pp_protm_exit_cause cause;
	} of[] = {
		{ PP_PROTM_EV_EXIT, PP_EXIT_DONE },
		{ PP_PROTM_EV_FORCE, PP_EXIT_VM_OP },
		{ PP_PROTM_EV_LIMIT, PP_EXIT_PROGRESS },
		{ PP_PROTM_EV_FAULT, PP_EXIT_FAULT },
		{ PP_PROTM_EV_STOPPED, PP_EXIT_RESET },
	};

	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++) {
		struct pp_protm_machine m = at(PP_PROTM_NORMAL);

		step(&m, PP_PROTM_EV_ENTER);
		step(&m, PP_PROTM_EV_ACK);
		step(&m, PP_PROTM_EV_SEEN);
		step(&m, of[i].ev);
		assert_int_equal(m.cause, of[i].cause);
	}
}

static void names(void **state)
{
	for (int i = 0; i < PP_PROTM_STATES; i++)
		assert_string_not_equal(pp_protm_state_name(i), "?");
	for (int i = 0; i < PP_PROTM_EVENTS; i++)
		assert_string_not_equal(pp_protm_event_name(i), "?");
	for (int i = 0; i < PP_EXIT_CAUSES; i++)
		assert_string_not_equal(pp_protm_cause_name(i), "?");
	assert_string_equal(pp_protm_state_name(PP_PROTM_STATES), "?");
	assert_string_equal(pp_protm_event_name(PP_PROTM_EVENTS), "?");
	assert_string_equal(pp_protm_cause_name(PP_EXIT_CAUSES), "?");
}

/*
 * Whatever happens in whatever order, seen from outside: sessions do not
 * overlap, each ends exactly once, the ping rests exactly meanwhile, and a
 * session's state always has a limit running.
 */
static void random_walks(void **state)
{
	struct pp_protm_machine m;
	bool session = false, paused = false;
	enum pp_protm_limit limit = PP_PROTM_LIMIT_NONE;
	unsigned int sessions = 0;

	srand(1);
	pp_protm_machine_init(&m);
	for (int i = 0; i < 1000000; i++) {
		enum pp_protm_event ev = rand() % PP_PROTM_EVENTS;
		struct pp_protm_result r = pp_protm_machine_step(&m, ev, rand() % PP_EXIT_CAUSES);

		if (r.restart)
			limit = r.limit;
		if (r.actions & DO(ENTER)) {
			assert_false(session);
			session = true;
			sessions++;
		}
		if (r.actions & DO(PAUSE_PING))
			paused = true;
		if (r.actions & DO(PING))
			assert_true(session);
		if (r.actions & DO(FATAL))
			assert_true(session);
		if (r.actions & DO(END))
			session = false;
		if (r.actions & DO(RESUME_PING))
			paused = false;

		if (pp_protm_state_in_session(m.state)) {
			assert_true(session);
			assert_true(limit != PP_PROTM_LIMIT_NONE);
		} else {
			assert_int_equal(limit, PP_PROTM_LIMIT_NONE);
			/* A session that failed lasts until the MCU is stopped or rebooted. */
			if (m.state != PP_PROTM_FAULTED && ev != PP_PROTM_EV_RESET)
				assert_false(session);
		}
		if (m.state == PP_PROTM_FAULTED && ev == PP_PROTM_EV_STOPPED)
			assert_false(session);
		/* core never reports RESET without STOPPED before it. */
		if (ev == PP_PROTM_EV_RESET && session &&
		    !pp_protm_state_in_session(m.state)) {
			session = false;
			paused = false;
		}
		assert_int_equal(session, paused);
	}
	assert_true(sessions > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair),
		cmocka_unit_test(every_cause),
		cmocka_unit_test(actions_of_pairs),
		cmocka_unit_test(every_wait_is_bounded),
		cmocka_unit_test(limits_table),
		cmocka_unit_test(early_force),
		cmocka_unit_test(short_region),
		cmocka_unit_test(causes_of_sessions),
		cmocka_unit_test(names),
		cmocka_unit_test(random_walks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
