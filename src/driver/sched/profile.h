/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Inside of room sched: engine time and cycles of jobs. */
#ifndef PP_SCHED_PROFILE_H
#define PP_SCHED_PROFILE_H

#include <linux/types.h>

struct pp_job;
struct pp_queue;
struct pp_usage;
struct pp_usage_sums;

/* Instructions that profiling adds at most, before the stream and behind it. */
#define PP_PROFILE_WORDS_BEFORE	4
#define PP_PROFILE_WORDS_AFTER	5

struct pp_usage *pp_usage_create(void);
struct pp_usage *pp_usage_get(struct pp_usage *usage);
void pp_usage_put(struct pp_usage *usage);
void pp_usage_read(const struct pp_usage *usage, struct pp_usage_sums *sums);
void pp_usage_add_protm(struct pp_usage *usage, u64 ns);
void pp_usage_add_protm_memory(struct pp_usage *usage, s64 bytes);

u32 pp_profile_wanted(struct pp_queue *queue);
unsigned int pp_profile_before(const struct pp_job *job, u64 *words);
unsigned int pp_profile_after(const struct pp_job *job, u64 *words);
void pp_profile_collect(const struct pp_job *job);

#endif
