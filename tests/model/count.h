/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Between machine.c and session.c: counts which pairs of state and event are met. */
#ifndef PP_MODEL_COUNT_H
#define PP_MODEL_COUNT_H

static bool pairs[PP_PROTM_STATES][PP_PROTM_EVENTS];

static struct pp_protm_result counted_step(struct pp_protm_machine *m, enum pp_protm_event ev,
					   enum pp_protm_exit_cause cause)
{
	pairs[m->state][ev] = true;
	return pp_protm_machine_step(m, ev, cause);
}

#define pp_protm_machine_step counted_step

#endif
