// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Engine time and cycles of a client's jobs, as fdinfo tells them.
 *
 * Counters are read by the command stream itself, around the job's stream, into a
 * sample in GPU memory, and summed up when the job is done. It costs instructions
 * and memory traffic for each job, so it is off unless asked for (sysfs:
 * profiling), and a job then has none of it.
 */
#include <linux/kref.h>
#include <linux/slab.h>

#include "sched/cs.h"
#include "sched/profile.h"
#include "sched/types.h"

/* In GPU memory, one for each job that fits in a ring buffer. */
struct pp_sample {
	u64 cycles_before, cycles_after;
	u64 time_before, time_after;
};

/**
 * struct pp_usage - what a file's jobs have used
 * @refs: the file's pool of groups, and each group: one may outlive its handle
 * @cycles: of the GPU's clock
 * @ticks: of the timestamp counter
 * @protm_ns: that the GPU was in its protected sessions alone
 * @protm_bytes: protected memory that the driver has for its groups now
 */
struct pp_usage {
	struct kref refs;
	atomic64_t cycles;
	atomic64_t ticks;
	atomic64_t protm_ns;
	atomic64_t protm_bytes;
};

/**
 * pp_usage_create() - for a file that is being opened
 *
 * Context: May sleep.
 * Return: with one reference, or NULL without memory.
 */
struct pp_usage *pp_usage_create(void)
{
	struct pp_usage *usage = kzalloc(sizeof(*usage), GFP_KERNEL);

	if (usage)
		kref_init(&usage->refs);
	return usage;
}

/**
 * pp_usage_get() - one more user
 * @usage: of a file
 *
 * Context: Any.
 * Return: @usage.
 */
struct pp_usage *pp_usage_get(struct pp_usage *usage)
{
	kref_get(&usage->refs);
	return usage;
}

static void usage_release(struct kref *refs)
{
	kfree(container_of(refs, struct pp_usage, refs));
}

/**
 * pp_usage_put() - one user less
 * @usage: of a file, or NULL
 *
 * Context: Any.
 */
void pp_usage_put(struct pp_usage *usage)
{
	if (usage)
		kref_put(&usage->refs, usage_release);
}

/**
 * pp_usage_read() - what was summed up so far
 * @usage: of a file
 * @sums: out
 *
 * Context: Any.
 */
void pp_usage_read(const struct pp_usage *usage, struct pp_usage_sums *sums)
{
	sums->cycles = atomic64_read(&usage->cycles);
	sums->ticks = atomic64_read(&usage->ticks);
	sums->protm_ns = atomic64_read(&usage->protm_ns);
	sums->protm_bytes = atomic64_read(&usage->protm_bytes);
}

/**
 * pp_usage_add_protm() - a protected session is over
 * @usage: of the file whose group it was
 * @ns: how long nobody else could run
 *
 * Context: Any.
 */
void pp_usage_add_protm(struct pp_usage *usage, u64 ns)
{
	atomic64_add(ns, &usage->protm_ns);
}

/**
 * pp_usage_add_protm_memory() - a group got protected memory, or gives it back
 * @usage: of the file whose group it is
 * @bytes: negative when it is given back
 *
 * Context: Any.
 */
void pp_usage_add_protm_memory(struct pp_usage *usage, s64 bytes)
{
	atomic64_add(bytes, &usage->protm_bytes);
}

/*
 * At the first job that wants it, so that queues which are never profiled have no
 * such memory. Of two submits that race, one throws its own away.
 */
static bool samples_create(struct pp_queue *queue)
{
	struct pp_group *group = queue->group;
	size_t size = queue->ring->bo->base.size / PP_JOB_BYTES * sizeof(struct pp_sample);
	struct pp_kbo *kbo;

	kbo = pp_kbo_create(group->pp, group->vm, PAGE_ALIGN(size),
			    PP_VM_MAP_NOEXEC | PP_VM_MAP_UNCACHED, PP_VM_VA_AUTO, true);
	if (IS_ERR(kbo))
		return false;
	if (cmpxchg(&queue->samples, NULL, kbo))
		pp_kbo_destroy(kbo);
	return true;
}

/**
 * pp_profile_wanted() - what shall be counted for a job of this queue?
 * @queue: of a job that is being made
 *
 * No memory for samples is no reason to refuse a job: it is not counted.
 *
 * Context: May sleep and allocate; may wait for the end of a session.
 * Return: PP_PROFILE_* mask, 0 for nothing.
 */
u32 pp_profile_wanted(struct pp_queue *queue)
{
	u32 mask = READ_ONCE(queue->group->pp->profiling);

	if (likely(!mask))
		return 0;
	return READ_ONCE(queue->samples) || samples_create(queue) ? mask : 0;
}

/*
 * No job takes less of the ring than PP_JOB_BYTES, so that where it begins is a
 * number that no other job in flight has.
 */
static size_t sample_offset(const struct pp_job *job)
{
	const struct pp_queue *queue = job->group->queues[job->queue];
	u64 pos = job->ring_start & (queue->ring->bo->base.size - 1);

	return pos / PP_JOB_BYTES * sizeof(struct pp_sample);
}

static unsigned int emit(const struct pp_job *job, u64 *words, size_t cycles, size_t time)
{
	unsigned int addr = pp_fw_info(job->group->pp)->cs_reg_count - CS_KERNEL_REGS;
	const struct pp_queue *queue = job->group->queues[job->queue];
	u64 va = pp_kbo_va(queue->samples) + sample_offset(job);
	unsigned int n = 0;

	/* A pair of registers each: the first store may not have read its own yet. */
	if (job->profile & PP_PROFILE_CYCLES) {
		words[n++] = CS_MOVE48(addr, va + cycles);
		words[n++] = CS_STORE_CYCLES(addr);
	}
	if (job->profile & PP_PROFILE_TIME) {
		words[n++] = CS_MOVE48(addr + 2, va + time);
		words[n++] = CS_STORE_TIMESTAMP(addr + 2);
	}
	return n;
}

/**
 * pp_profile_before() - instructions that go before the call of the stream
 * @job: with a mask of what is to be counted, and its place in the ring
 * @words: room for %PP_PROFILE_WORDS_BEFORE
 *
 * They signal scoreboard 0, which must be waited for.
 *
 * Context: Any.
 * Return: how many.
 */
unsigned int pp_profile_before(const struct pp_job *job, u64 *words)
{
	return emit(job, words, offsetof(struct pp_sample, cycles_before),
		    offsetof(struct pp_sample, time_before));
}

/**
 * pp_profile_after() - instructions that go behind the call of the stream
 * @job: as for pp_profile_before()
 * @words: room for %PP_PROFILE_WORDS_AFTER
 *
 * What the stream started and did not wait for is waited for first: it is this
 * job's work. Scoreboard 0 must be waited for again.
 *
 * Context: Any.
 * Return: how many.
 */
unsigned int pp_profile_after(const struct pp_job *job, u64 *words)
{
	words[0] = CS_WAIT(GENMASK(pp_fw_info(job->group->pp)->scoreboard_count - 1, 0));
	return 1 + emit(job, words + 1, offsetof(struct pp_sample, cycles_after),
			offsetof(struct pp_sample, time_after));
}

/* What is not a span was not written: a stream that failed may skip its end. */
static void add_span(atomic64_t *sum, u64 before, u64 after)
{
	if (after > before)
		atomic64_add(after - before, sum);
}

/**
 * pp_profile_collect() - a job is done: add what it used
 * @job: whose sync object was seen to be signalled, and no error
 *
 * Before the job's place in the ring is given to another one.
 *
 * Context: Any. Fence-signalling path.
 */
void pp_profile_collect(const struct pp_job *job)
{
	const struct pp_queue *queue = job->group->queues[job->queue];
	struct pp_usage *usage = job->group->usage;
	const struct pp_sample *sample;

	sample = queue->samples->kmap + sample_offset(job);
	if (job->profile & PP_PROFILE_CYCLES)
		add_span(&usage->cycles, READ_ONCE(sample->cycles_before),
			 READ_ONCE(sample->cycles_after));
	if (job->profile & PP_PROFILE_TIME)
		add_span(&usage->ticks, READ_ONCE(sample->time_before),
			 READ_ONCE(sample->time_after));
}
