// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* GPU_CONTROL, power, interrupts, flushes and resets, as a driver sees them. */
#include <stdlib.h>
#include <sys/eventfd.h>

#include "testing.h"

#include "irq.h"
#include "regs.h"

enum { IRQ_RAWSTAT = 0x20, IRQ_CLEAR = 0x24, IRQ_MASK = 0x28, IRQ_STATUS = 0x2c, COMMAND = 0x30,
       TIMESTAMP = 0x98, SHADER_READY = 0x140, L2_READY = 0x160, SHADER_PWRON = 0x180,
       L2_PWRON = 0x1a0, L2_PWROFF = 0x1e0, L2_PWRTRANS = 0x220, MCU_CONTROL = 0x700,
       AS_PRESENT = 0x18, LATEST_FLUSH = 0x10000, DOORBELL0 = 0x80000 };

#define SOFT_RESET	0x101
#define FLUSH_CACHES	0x23304

static uint32_t rd(struct rig *r, uint32_t off)
{
	return (uint32_t)regs_read(r->v, off, 4);
}

static void wr(struct rig *r, uint32_t off, uint32_t val)
{
	regs_write(r->v, off, 4, val);
}

static void wait_for(struct rig *r, uint32_t irq)
{
	for (unsigned int i = 0; i < 1000 && !(rd(r, IRQ_RAWSTAT) & irq); i++)
		loop_turn(r->v->loop, 1);
	assert_true(rd(r, IRQ_RAWSTAT) & irq);
	wr(r, IRQ_CLEAR, irq);
}

static void l2_on(struct rig *r)
{
	wr(r, L2_PWRON, 1);
	wait_for(r, GPU_IRQ_POWER_CHANGED_ALL);
}

static void power(void **state)
{
	struct rig *r = *state;

	wr(r, L2_PWRON, 0xff);
	assert_int_equal(rd(r, L2_READY), 0);
	assert_int_equal(rd(r, L2_PWRTRANS), 1);
	wait_for(r, GPU_IRQ_POWER_CHANGED_SINGLE);
	assert_int_equal(rd(r, L2_READY), 1);
	assert_int_equal(rd(r, L2_PWRTRANS), 0);
	wr(r, SHADER_PWRON, ~0u);
	rig_run_ms(r, 2);
	assert_int_equal(rd(r, SHADER_READY), 0x50005);
	/* The cores go with their cache. */
	wr(r, L2_PWROFF, 1);
	rig_run_ms(r, 2);
	assert_int_equal(rd(r, L2_READY), 0);
	assert_int_equal(rd(r, SHADER_READY), 0);
	rig_assert_no_violations(r);
}

static void without_power(void **state)
{
	struct rig *r = *state;

	wr(r, DOORBELL0, 1);
	assert_int_equal(rig_taken(r, "doorbell-unpowered"), 1);
	wr(r, MCU_CONTROL, 2);
	assert_int_equal(rig_taken(r, "bad-register-access"), 1);
	l2_on(r);
	wr(r, DOORBELL0, 1);
	rig_assert_no_violations(r);
}

static void dead(void **state)
{
	struct rig *r = *state;
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	uint64_t n;

	l2_on(r);
	irq_set_eventfd(r->v, IRQ_GPU, fd);
	wr(r, IRQ_MASK, ~0u);
	wr(r, COMMAND, FLUSH_CACHES);
	regs_die(r->v);
	while (read(fd, &n, sizeof(n)) > 0)
		;
	rig_run_ms(r, 2);
	assert_int_equal(rd(r, 0), ~0u);
	assert_int_equal(rd(r, LATEST_FLUSH), ~0u);
	assert_int_equal(rd(r, 0x2428), ~0u);
	assert_true(regs_read(r->v, TIMESTAMP, 8) == UINT64_MAX);
	wr(r, IRQ_MASK, ~0u);
	wr(r, COMMAND, SOFT_RESET);
	wr(r, L2_PWRON, 1);
	wr(r, DOORBELL0, 1);
	rig_run_ms(r, 2);
	assert_int_equal(read(fd, &n, sizeof(n)), -1);
	irq_set_eventfd(r->v, IRQ_GPU, -1);
	rig_assert_no_violations(r);
	regs_power_on_reset(r->v);
	assert_int_equal(rd(r, 0), 0xa8670005);
	assert_int_equal(rd(r, L2_READY), 0);
	l2_on(r);
}

static void flush(void **state)
{
	struct rig *r = *state;
	uint32_t before = rd(r, LATEST_FLUSH);

	assert_int_not_equal(before, 0);
	wr(r, COMMAND, FLUSH_CACHES);
	assert_int_equal(rd(r, IRQ_RAWSTAT), 0);
	wait_for(r, GPU_IRQ_CLEAN_CACHES_COMPLETED);
	assert_int_equal(rd(r, LATEST_FLUSH), before + 1);
	wr(r, COMMAND, FLUSH_CACHES);
	wr(r, COMMAND, FLUSH_CACHES);
	rig_run_ms(r, 2);
	assert_int_equal(rd(r, LATEST_FLUSH), before + 3);
	rig_assert_no_violations(r);
}

static void reset(void **state)
{
	struct rig *r = *state;
	uint32_t flushes;

	l2_on(r);
	wr(r, COMMAND, FLUSH_CACHES);
	wait_for(r, GPU_IRQ_CLEAN_CACHES_COMPLETED);
	flushes = rd(r, LATEST_FLUSH);
	wr(r, IRQ_MASK, GPU_IRQ_RESET_COMPLETED);
	wr(r, 0x1008, ~0u);
	wr(r, 0xf00, 5);
	irq_assert_level(r->v, IRQ_GPU, GPU_IRQ_PROTECTED_FAULT);
	wr(r, COMMAND, SOFT_RESET);
	wait_for(r, GPU_IRQ_RESET_COMPLETED);
	assert_int_equal(rd(r, IRQ_RAWSTAT), 0);
	assert_int_equal(rd(r, IRQ_MASK), GPU_IRQ_RESET_COMPLETED);
	assert_int_equal(rd(r, 0x1008), 0);
	assert_int_equal(rd(r, 0xf00), 0);
	assert_int_equal(rd(r, L2_READY), 0);
	assert_int_equal(rd(r, 0), 0xa8670005);
	assert_int_equal(rd(r, LATEST_FLUSH), flushes);
	assert_int_equal(stats_counters(r->v)->soft_resets, 1);
	rig_assert_no_violations(r);
}

static unsigned int fired(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? (unsigned int)n : 0;
}

static void edges_for_levels(void **state)
{
	struct rig *r = *state;
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	irq_set_eventfd(r->v, IRQ_GPU, fd);
	irq_raise(r->v, IRQ_GPU, 1);
	assert_int_equal(fired(fd), 0);
	wr(r, IRQ_MASK, 3);
	assert_int_equal(fired(fd), 1);
	assert_int_equal(rd(r, IRQ_STATUS), 1);
	/* Up already. */
	irq_raise(r->v, IRQ_GPU, 1);
	irq_raise(r->v, IRQ_GPU, 2);
	assert_int_equal(fired(fd), 0);
	/* A handler that leaves a bit behind is called again. */
	wr(r, IRQ_CLEAR, 1);
	assert_int_equal(fired(fd), 1);
	wr(r, IRQ_CLEAR, 2);
	assert_int_equal(fired(fd), 0);
	/* The threaded pattern: mask, clear, unmask. */
	irq_raise(r->v, IRQ_GPU, 1);
	assert_int_equal(fired(fd), 1);
	wr(r, IRQ_MASK, 0);
	wr(r, IRQ_CLEAR, 1);
	irq_raise(r->v, IRQ_GPU, 2);
	assert_int_equal(fired(fd), 0);
	wr(r, IRQ_MASK, 3);
	assert_int_equal(fired(fd), 1);
	assert_int_equal(stats_counters(r->v)->irqs[IRQ_GPU], 4);
}

static void level_bits(void **state)
{
	struct rig *r = *state;

	irq_assert_level(r->v, IRQ_GPU, GPU_IRQ_PROTECTED_FAULT);
	wr(r, IRQ_CLEAR, GPU_IRQ_PROTECTED_FAULT);
	assert_int_equal(rd(r, IRQ_RAWSTAT), GPU_IRQ_PROTECTED_FAULT);
	irq_deassert(r->v, IRQ_GPU, GPU_IRQ_PROTECTED_FAULT);
	assert_int_equal(rd(r, IRQ_RAWSTAT), 0);
}

static void lost_interrupt(void **state)
{
	struct rig *r = *state;
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	irq_set_eventfd(r->v, IRQ_JOB, fd);
	wr(r, 0x1008, 1);
	inject_arm(r->v, INJ_LOST_IRQ_JOB, 1, 0);
	irq_raise(r->v, IRQ_JOB, 1);
	assert_int_equal(fired(fd), 0);
	wr(r, 0x1004, 1);
	irq_raise(r->v, IRQ_JOB, 1);
	assert_int_equal(fired(fd), 1);
}

static void timestamps(void **state)
{
	struct rig *r = *state;
	uint64_t a, b, begin = now_ns(), ms;

	a = regs_read(r->v, TIMESTAMP, 8);
	rig_run_ms(r, 4);
	b = rd(r, TIMESTAMP) | (uint64_t)rd(r, TIMESTAMP + 4) << 32;
	/* 62.5 MHz, 4 ms at least, and no more than it took. */
	ms = (now_ns() - begin) / 1000000 + 1;
	assert_true(b - a >= 250000 && b - a <= ms * 62500);
	wr(r, 0x88, 0);
	wr(r, 0x8c, 1);
	assert_true(regs_read(r->v, TIMESTAMP, 8) - b >= 1ull << 32);
}

static void what_nobody_may_touch(void **state)
{
	struct rig *r = *state;
	static const uint32_t writes[] = { 0x0, 0x2c, 0x34, 0x108, 0x120, 0x160, 0x704, 0x800,
					   0x100c, 0x3000, 0x30000, 0x80004 };
	static const uint32_t reads[] = { 0x38, 0x108, 0x800, 0x1010, 0x2010, 0x2800, 0x30000,
					  0x80000 };

	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		wr(r, writes[i], 0);
		assert_int_equal(rig_taken(r, "bad-register-access"), 1);
	}
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		assert_int_equal(rd(r, reads[i]), 0);
		assert_int_equal(rig_taken(r, "bad-register-access"), 1);
	}
	regs_read(r->v, 2, 4);
	regs_read(r->v, 0, 2);
	regs_read(r->v, 4, 8);
	assert_int_equal(rig_taken(r, "bad-register-access"), 3);
	wr(r, COMMAND, 0x05);
	assert_int_equal(rig_taken(r, "bad-register-access"), 1);
	/* Performance counters' power block is none of ours, and quiet. */
	rd(r, 0x40000);
	wr(r, 0x40010, 1);
	rig_assert_no_violations(r);
}

static void address_space_count(void **state)
{
	struct rig *r = *state;

	assert_int_equal(rd(r, AS_PRESENT), 0xff);
	assert_int_equal(knobs_set(r->v->knobs, "as_count", "16"), 0);
	assert_int_equal(rd(r, AS_PRESENT), 0xffff);
	assert_int_equal(knobs_set(r->v->knobs, "as_count", "17"), -34);
	assert_int_equal(knobs_set(r->v->knobs, "as_count", "x"), -22);
	assert_int_equal(knobs_set(r->v->knobs, "no_such", "1"), -2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(power), RIG_TEST(without_power), RIG_TEST(dead),
		RIG_TEST(flush), RIG_TEST(reset),
		RIG_TEST(edges_for_levels), RIG_TEST(level_bits), RIG_TEST(lost_interrupt),
		RIG_TEST(timestamps), RIG_TEST(what_nobody_may_touch),
		RIG_TEST(address_space_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
