/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Owns: settings and one-shot injections. Times are in ns, rates per second.
 * Both halves add rows to the table in knobs.c.
 */
#ifndef VGPU_KNOBS_H
#define VGPU_KNOBS_H

#include <stdbool.h>
#include <stdint.h>

struct vgpu;
struct profile;
struct json_object;
struct injections;

struct knobs {
	uint64_t rate;			/* instructions per second and CS, 500000 */
	uint64_t run_ns;		/* duration of RUN_* and HEAP_OPERATION, 20000 */
	uint64_t enter_ack_ns;		/* PROTM_ENTER -> ack */
	uint64_t enter_active_ns;	/* ack -> GPU_STATUS.PROTM_ACTIVE */
	uint64_t exit_ns;		/* region end or forced exit -> PROTM_EXIT */
	uint64_t suspend_ns;		/* CSG SUSPEND -> ack */
	uint64_t boot_ns;		/* MCU_CONTROL -> GLOBAL_IF */
	uint64_t flush_ns;		/* FLUSH_CACHES -> CLEAN_CACHES_COMPLETED */
	uint64_t as_cmd_ns;		/* AS command -> not busy */
	uint64_t power_ns;		/* PWRON/PWROFF -> READY */
	uint64_t reset_ns;		/* RESET -> RESET_COMPLETED */
	uint64_t timestamp_hz;		/* of TIMESTAMP: the guest's arch timer */
	uint64_t cycle_hz;		/* of CYCLE_COUNT */
	uint64_t suspend_size, protm_suspend_size;	/* bytes, 4096 */
	bool as_stall_in_protm;		/* AS commands wait for the exit (else: execute) */
	bool sync_wait_idle;		/* report sync-waiting CSs as idle */
	bool serialise;			/* one CSG's compute at a time (fairness tests) */
	bool tlb;			/* translations are kept until a command drops them */
	uint64_t tiler_bytes;		/* of heap that a tiling job takes, 0: none */
	bool late_loads;		/* LOAD_MULTIPLE's data arrives when it is waited for */
	unsigned int as_count;		/* 8 */
	unsigned int gpu_id, coherency_features, fw_version;	/* the profile's */
	struct injections *injections;	/* private to knobs.c */
};

/* Injections counted down at their place of use. */
enum injection {
	INJ_DROP_GLB_ACK, INJ_DROP_CSG_ACK, INJ_DROP_PROTM_EXIT, INJ_SLOW_SUSPEND,
	INJ_NO_BOOT, INJ_LOST_IRQ_JOB, INJ_LOST_IRQ_MMU, INJ_LOST_IRQ_GPU, INJ_COUNT
};

struct knobs *knobs_new(void);
void knobs_free(struct knobs *k);
/* What follows from the profile, before any setting by the user. */
void knobs_set_profile(struct knobs *k, const struct profile *p);
/* "name=value" from the command line or the control socket. 0 or -errno. */
int knobs_set(struct knobs *k, const char *name, const char *value);
/* True (and one less left) when an injection is due. arg: its parameter, may be NULL. */
bool inject_due(struct vgpu *v, enum injection i, uint64_t *arg);
/* [{"knob","value","help"}] */
struct json_object *knobs_json(const struct knobs *k);
void inject_arm(struct vgpu *v, enum injection i, unsigned int count, uint64_t arg);

#endif
