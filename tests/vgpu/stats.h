/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: counters, violations, the session log and the timeline. */
#ifndef VGPU_STATS_H
#define VGPU_STATS_H

#include <stddef.h>
#include <stdint.h>

struct vgpu;
struct stats;
struct json_object;

enum reg_block { BLK_GPU, BLK_JOB, BLK_MMU, BLK_AS, BLK_DOORBELL, BLK_USER, BLK_COUNT };

struct counters {
	uint64_t reg_reads[BLK_COUNT], reg_writes[BLK_COUNT];
	uint64_t gpu_status_reads, doorbells, irqs[3];
	uint64_t aperture_cpu_accesses, protm_sessions, protm_ns;
	uint64_t instructions, fw_boots, soft_resets, as_faults, bus_faults, as_commands;
	uint64_t stale_translations;	/* by what tables no longer said */
};

struct stats *stats_new(void);
void stats_free(struct stats *s);
/* Counters are plain fields: stats_counters(v)->instructions++. */
struct counters *stats_counters(struct vgpu *v);
/* Record a violation of the given (stable) kind. Also logged. */
void violation(struct vgpu *v, const char *kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Session log; one at a time. cause: done, ping, request, reset, hang. */
void session_begin(struct vgpu *v, unsigned int csg, uint32_t cs_mask);
void session_end(struct vgpu *v, const char *cause, uint64_t instructions);
/* Timeline event: exec-begin, exec-end, pend, enter, active, leave, exit, fault, ... */
void timeline(struct vgpu *v, const char *what, int csg);

/* The time that all of these are told in. */
uint64_t stats_now_ns(struct vgpu *v);

struct json_object *stats_json_counters(struct vgpu *v);
struct json_object *stats_json_violations(struct vgpu *v);
struct json_object *stats_json_sessions(struct vgpu *v);
/* Events from number @from on; *next: number of the one that comes next. */
struct json_object *stats_json_timeline(struct vgpu *v, size_t from, size_t *next);
unsigned int stats_take(struct vgpu *v, const char *kind);
void stats_reset(struct vgpu *v);

#endif
