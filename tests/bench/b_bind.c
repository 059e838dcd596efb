// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * VM_BIND: 64 MiB mapped and unmapped, synchronously.
 *
 * The VM is in an address space slot meanwhile, as that of a program at work is:
 * a queue is kept busy with jobs that only count. The "_idle" cases are the same
 * without jobs, where nobody has to be told.
 */
#include "bench.h"
#include "vgpu.h"

#define SIZE		(64ull << 20)
#define SPIN_NS		(250 * NSEC_PER_MSEC)
#define SPIN_COUNT	60000	/* some 240 ms at the model's rate */

struct fixture {
	struct gpu gpu;
	struct gpu_vm vm;
	struct gpu_bo code;
	struct gpu_group group;
	struct cs spin;
	u32 bo;
	s64 next;	/* when the queue wants another job, or 0 */
};

/* Two jobs ahead at any time. */
static void keep_busy(struct fixture *f)
{
	s64 now = now_ns();

	if (!f->next)
		return;
	while (now >= f->next - SPIN_NS) {
		if (gpu_submit(&f->group, 0, &f->spin))
			bail("no job");
		f->next += SPIN_NS;
	}
}

static s64 one(struct fixture *f, u64 va)
{
	s64 start = now_ns();

	if (gpu_map(&f->vm, f->bo, 0, va, SIZE) || gpu_unmap(&f->vm, va, SIZE))
		bail("VM_BIND failed");
	return now_ns() - start;
}

static s64 accesses(bool writes)
{
	static const char * const paths[] = {
		"reg_reads.gpu", "reg_reads.mmu", "reg_reads.as",
		"reg_writes.gpu", "reg_writes.mmu", "reg_writes.as",
	};
	s64 sum = 0;
	int i;

	for (i = 0; i < 3; i++)
		sum += vgpu_counter(paths[i + 3 * writes]);
	return sum;
}

static void run_case(struct fixture *f, const char *name, u64 va)
{
	s64 reads, writes;
	u32 i;

	for (i = 0; i < BENCH_WARMUP; i++) {
		keep_busy(f);
		one(f, va);
	}
	reads = accesses(false);
	writes = accesses(true);
	for (i = 0; i < BENCH_SAMPLES; i++) {
		keep_busy(f);
		bench_sample(name, one(f, va));
	}
	printf("# %s: %.2f reads, %.2f writes of registers\n", name,
	       (double)(accesses(false) - reads) / BENCH_SAMPLES,
	       (double)(accesses(true) - writes) / BENCH_SAMPLES);
}

int main(void)
{
	struct fixture f = { 0 };
	u64 va;

	gpu_open(&f.gpu);
	gpu_vm_init(&f.gpu, &f.vm);
	gpu_bo_init(&f.vm, &f.code, SZ_64K);
	gpu_group_init(&f.vm, &f.group, 1);
	f.spin = gpu_cs(&f.code, 0, SZ_4K);
	cs_spin(&f.spin, 0, SPIN_COUNT);
	if (gpu_bo_create(&f.gpu, SIZE, 0, f.vm.id, &f.bo))
		bail("no buffer");
	va = gpu_vm_reserve(&f.vm, 2 * SIZE, SIZE);

	f.next = now_ns();
	/* Memory and addresses that do not match can only be mapped page by page. */
	run_case(&f, "bind64m_4k", va + SZ_4K);
	run_case(&f, "bind64m_2m", va);
	f.next = 0;
	while (gpu_wait(&f.group, 0, JOB_MS))
		;
	sleep_ms(200);
	run_case(&f, "bind64m_4k_idle", va + SZ_4K);
	run_case(&f, "bind64m_2m_idle", va);

	drm_gem_close(f.gpu.fd, f.bo);
	gpu_group_fini(&f.group);
	gpu_bo_fini(&f.code);
	gpu_vm_fini(&f.vm);
	gpu_close(&f.gpu);
	return 0;
}
