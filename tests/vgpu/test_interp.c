// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Every instruction, through page tables, rings and doorbells. */
#include "testkit.h"

#define MS	1000000ull

static uint32_t reg(struct kit *k, unsigned int n)
{
	return kit_cs(k, 0, 0)->r[n];
}

static void assert_fatal(struct kit *k, uint32_t type)
{
	assert_true(kit_cs(k, 0, 0)->dead);
	assert_true(kit_event(k, 0, 0, CS_EVT_FATAL));
	assert_int_equal(kit_rd(k, CS_OUT(k, 0, 0, CS_FATAL)), type);
	assert_true(kit_rd(k, CSG_OUT(k, 0, CSG_IRQ_REQ)) & 1);
	kit_turn(k);
	assert_true(k->irqs & 1);
}

static void test_moves(void **state)
{
	struct kit *k = *state;

	RUN(k, 0, MOVE32(5, 0x12345678), MOVE48(10, 0xabcdef012345), I(OP_NOP, 0xffffff));
	assert_int_equal(reg(k, 5), 0x12345678);
	assert_int_equal(reg(k, 10), 0xef012345);
	assert_int_equal(reg(k, 11), 0xabcd);
}

static void test_adds(void **state)
{
	struct kit *k = *state;

	RUN(k, MOVE32(1, 5), ADD32(2, 1, -7), MOVE48(4, 0xffffffff), ADD64(6, 4, 1), ADD64(8, 6, -1),
	    MOVE32(12, 9), MOVE32(13, 0x80000000), I(OP_UMIN32, DST(14) | SRC(12) | REG(13)),
	    I(OP_UMIN32, DST(15) | SRC(13) | REG(12)));
	assert_int_equal(reg(k, 2), 0xfffffffe);
	assert_int_equal(reg(k, 6), 0);
	assert_int_equal(reg(k, 7), 1);
	assert_int_equal(reg(k, 8), 0xffffffff);
	assert_int_equal(reg(k, 9), 0);
	assert_int_equal(reg(k, 14), 9);
	assert_int_equal(reg(k, 15), 9);
}

static void test_branch(void **state)
{
	static const struct { unsigned int cond; bool neg, zero, pos; } table[] = {
		{ 0, 1, 1, 0 }, { 1, 0, 0, 1 }, { 2, 0, 1, 0 }, { 3, 1, 0, 1 },
		{ 4, 1, 0, 0 }, { 5, 0, 1, 1 }, { 6, 1, 1, 1 },
	};
	struct kit *k = *state;

	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		RUN(k, MOVE32(0, -1), MOVE32(1, 0), MOVE32(2, 1), MOVE32(4, 1), MOVE32(5, 1),
		    MOVE32(6, 1), BRANCH(table[i].cond, 0, 1), MOVE32(4, 0),
		    BRANCH(table[i].cond, 1, 1), MOVE32(5, 0), BRANCH(table[i].cond, 2, 1),
		    MOVE32(6, 0));
		assert_int_equal(reg(k, 4), table[i].neg);
		assert_int_equal(reg(k, 5), table[i].zero);
		assert_int_equal(reg(k, 6), table[i].pos);
	}
}

static void test_loop(void **state)
{
	struct kit *k = *state;

	CODE(k, 0, MOVE32(0, 1000), ADD32(1, 1, 3), ADD32(0, 0, -1), BRANCH(1, 0, -3));
	RUN(k, MOVE32(1, 0), MOVE48(2, VA_CODE), MOVE32(4, 32), CALL(2, 4));
	assert_int_equal(reg(k, 1), 3000);
	assert_true(stats_counters(k->v)->instructions >= 3000);
}

static void test_call_depth(void **state)
{
	struct kit *k = *state;

	/* Buffer n calls buffer n + 1, the last only counts. */
	for (unsigned int i = 0; i < 7; i++)
		CODE(k, 64 * i, ADD64(2, 2, 64), MOVE32(4, 32), CALL(2, 4), ADD32(8, 8, 1));
	CODE(k, 64 * 7, ADD32(8, 8, 1), 0, 0, 0);
	RUN(k, MOVE48(2, VA_CODE), MOVE32(4, 32), CALL(2, 4));
	assert_int_equal(reg(k, 8), 8);
	assert_false(kit_cs(k, 0, 0)->dead);

	CODE(k, 64 * 7, ADD64(2, 2, 64), CALL(2, 4));
	RUN(k, MOVE48(2, VA_CODE), MOVE32(4, 32), CALL(2, 4));
	assert_fatal(k, EXC_CALL_STACK);
}

static void test_jump(void **state)
{
	struct kit *k = *state;

	CODE(k, 0, MOVE48(2, VA_CODE + 0x100), I(OP_JUMP, SRC(2) | REG(4)), MOVE32(9, 1));
	CODE(k, 0x100, MOVE32(8, 7), 0, 0);
	RUN(k, MOVE48(2, VA_CODE), MOVE32(4, 24), CALL(2, 4), MOVE32(10, 3));
	assert_int_equal(reg(k, 8), 7);
	assert_int_equal(reg(k, 9), 0);
	assert_int_equal(reg(k, 10), 3);
	RUN(k, I(OP_JUMP, SRC(2) | REG(4)));
	assert_fatal(k, EXC_INVALID_INSTRUCTION);
}

static void test_empty_call(void **state)
{
	struct kit *k = *state;

	RUN(k, MOVE48(2, VA_NOTHING), MOVE32(4, 0), CALL(2, 4), MOVE32(8, 1));
	assert_int_equal(reg(k, 8), 1);
}

static void test_invalid(void **state)
{
	struct kit *k = *state;
	static const uint64_t bad[] = {
		I(10, 0), I(63, 0), I(0xff, 0), MOVE32(96, 0), MOVE48(95, 0), ADD32(1, 100, 0),
		LOAD(90, 0x80, 2, 0), SYNC(OP_SYNC_ADD64, 95, 0, 0), I(OP_PROGRESS_WAIT, 31),
	};

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		kit_push(k, 0, 0, &bad[i], 1);
		kit_until(k, kit_cs(k, 0, 0)->dead);
		assert_fatal(k, EXC_INVALID_INSTRUCTION);
		kit_ack_event(k, 0, 0, CS_EVT_FATAL);
		kit_state(k, 0, CSG_STATE_TERMINATE);
		kit_until(k, kit_in_state(k, 0, CSG_STATE_TERMINATE));
		*(uint64_t *)kit_ptr(k, k->io[0][0] + 8) = *(uint64_t *)kit_ptr(k, k->io[0][0]);
		k->irqs = 0;
		kit_start(k, 0, CSG_STATE_START);
	}
}

static void test_load_store(void **state)
{
	struct kit *k = *state;
	uint32_t *d = kit_data(k, 0);

	for (unsigned int i = 0; i < 16; i++)
		d[i] = 0x100 + i;
	RUN(k, MOVE48(2, VA_DATA + 0x20), MOVE32(21, 0xdead), LOAD(20, 0x8005, 2, -0x20), WAIT(1),
	    MOVE48(4, VA_DATA + 0x400), STORE(20, 0x8005, 4, 0x100), WAIT(1));
	assert_int_equal(reg(k, 20), 0x100);
	assert_int_equal(reg(k, 21), 0xdead);
	assert_int_equal(reg(k, 22), 0x102);
	assert_int_equal(reg(k, 35), 0x10f);
	d = kit_data(k, 0x500);
	assert_int_equal(d[0], 0x100);
	assert_int_equal(d[1], 0);
	assert_int_equal(d[2], 0x102);
	assert_int_equal(d[15], 0x10f);
}

static void test_unaligned(void **state)
{
	struct kit *k = *state;

	PUSH(k, 0, 0, MOVE48(2, VA_DATA + 2), LOAD(20, 1, 2, 0), MOVE32(8, 1));
	kit_until(k, kit_event(k, 0, 0, CS_EVT_FAULT));
	assert_int_equal(kit_rd(k, CS_OUT(k, 0, 0, CS_FAULT)), EXC_ADDR_RANGE);
	kit_ack_event(k, 0, 0, CS_EVT_FAULT);
	kit_until(k, kit_over(k, 0, 0));
	assert_int_equal(reg(k, 8), 1);
}

static void test_mmu_fault(void **state)
{
	struct kit *k = *state;

	RUN(k, MOVE48(2, VA_NOTHING), LOAD(20, 1, 2, 0), MOVE32(8, 1));
	assert_true(kit_cs(k, 0, 0)->dead);
	assert_int_equal(reg(k, 8), 0);
	assert_int_equal(irq_read(k->v, IRQ_MMU, 0), 1u << USER_AS);
	assert_false(kit_event(k, 0, 0, CS_EVT_FATAL));
}

static void test_readonly(void **state)
{
	struct kit *k = *state;

	RUN(k, MOVE48(2, VA_READONLY), LOAD(20, 1, 2, 0), MOVE32(8, 1), STORE(20, 1, 2, 0));
	assert_int_equal(reg(k, 8), 1);
	assert_int_equal(irq_read(k->v, IRQ_MMU, 0), 1u << USER_AS);
}

static void test_bus_fault(void **state)
{
	struct kit *k = *state;

	RUN(k, MOVE48(2, VA_PROT), LOAD(20, 1, 2, 0));
	assert_fatal(k, EXC_BUS);
	assert_true(irq_read(k->v, IRQ_GPU, 0) & GPU_IRQ_FAULT);
	assert_int_equal(stats_take(k->v, "gpu-aperture-access"), 1);
}

static void test_wait_run(void **state)
{
	static const unsigned int ops[] = {
		OP_RUN_COMPUTE, OP_RUN_TILING, OP_RUN_IDVS, OP_RUN_FRAGMENT, OP_RUN_FULLSCREEN,
		OP_FINISH_TILING, OP_RUN_COMPUTE_INDIRECT,
	};
	struct kit *k = *state;

	/* Long enough to be looked at while it runs, on a machine that does other things, too. */
	k->v->knobs->run_ns = 200 * MS;
	RUN(k, SB_ENTRY(3, 1));
	for (unsigned int i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		uint64_t begin = now_ns();

		PUSH(k, 0, 0, I(ops[i], 0), WAIT(0xf7), MOVE32(8, i + 1), WAIT(1 << 3), MOVE32(9, i + 1));
		kit_until(k, reg(k, 8) == i + 1);
		assert_int_equal(reg(k, 9), i);
		kit_turn(k);
		/* Unless somebody has kept us from looking in time. */
		if (now_ns() - begin < 200 * MS)
			assert_int_equal(kit_cs(k, 0, 0)->block, CS_ON_SB);
		kit_until(k, reg(k, 9) == i + 1);
		assert_true(now_ns() - begin >= 200 * MS);
	}
}

static void test_run_in_order(void **state)
{
	struct kit *k = *state;
	uint64_t begin = now_ns();

	k->v->knobs->run_ns = 10 * MS;
	RUN(k, SB_ENTRY(3, 0), I(OP_RUN_COMPUTE, 0), SB_ENTRY(4, 0), I(OP_RUN_COMPUTE, 0), WAIT(1 << 4));
	assert_true(now_ns() - begin >= 20 * MS);
}

static void test_deferred(void **state)
{
	struct kit *k = *state;
	volatile uint64_t *obj = (uint64_t *)kit_data(k, 0x40);
	uint64_t begin = now_ns();

	k->v->knobs->run_ns = 200 * MS;
	PUSH(k, 0, 0, SB_ENTRY(2, 0), MOVE48(2, VA_DATA + 0x40), MOVE48(4, 5), I(OP_RUN_COMPUTE, 0),
	     SYNC(OP_SYNC_ADD64, 2, 4, ASYNC(1 << 2, 5)), MOVE48(4, 100), MOVE32(8, 1), WAIT(1 << 5),
	     MOVE32(9, 1));
	kit_until(k, reg(k, 8) == 1);
	kit_turn(k);
	if (now_ns() - begin < 200 * MS) {
		assert_int_equal(*obj, 0);
		assert_int_equal(reg(k, 9), 0);
	}
	kit_until(k, reg(k, 9) == 1);
	/* Data is what the register held when the instruction was issued. */
	assert_int_equal(*obj, 5);
}

static void test_deferred_chain(void **state)
{
	struct kit *k = *state;
	uint64_t *obj = (uint64_t *)kit_data(k, 0x40);

	k->v->knobs->run_ns = 5 * MS;
	PUSH(k, 0, 0, SB_ENTRY(2, 0), MOVE48(2, VA_DATA + 0x40), MOVE48(4, 1), I(OP_RUN_COMPUTE, 0));
	/* More than fit in the background: the stream then waits itself. */
	for (unsigned int i = 0; i < CS_MAX_DEFERRED + 4; i++)
		PUSH(k, 0, 0, SYNC(OP_SYNC_ADD64, 2, 4, ASYNC(1 << 2, 5)));
	PUSH(k, 0, 0, SYNC(OP_SYNC_ADD64, 2, 4, ASYNC(1 << 5, 6)), WAIT(1 << 6), MOVE32(9, 1));
	kit_until(k, reg(k, 9) == 1);
	assert_int_equal(*obj, CS_MAX_DEFERRED + 5);
}

static void test_sync_writes(void **state)
{
	struct kit *k = *state;
	uint32_t *d = kit_data(k, 0x80);

	d[0] = 40;
	d[4] = 0xffffffff;
	kit_ack_csg_event(k, 0, CSG_EVT_SYNC_UPDATE);
	RUN(k, MOVE48(2, VA_DATA + 0x80), MOVE48(4, 2), SYNC(OP_SYNC_ADD32, 2, 4, SCOPE_CSG),
	    ADD64(2, 2, 8), SYNC(OP_SYNC_SET32, 2, 4, SCOPE_CSG), ADD64(2, 2, 8),
	    SYNC(OP_SYNC_ADD64, 2, 4, SCOPE_CSG), ADD64(2, 2, 16), MOVE48(6, 0x123456789a),
	    SYNC(OP_SYNC_SET64, 2, 6, SCOPE_CSG));
	assert_int_equal(d[0], 42);
	assert_int_equal(d[2], 2);
	assert_int_equal(d[4], 1);
	assert_int_equal(d[5], 1);
	assert_int_equal(*(uint64_t *)&d[8], 0x123456789a);
	kit_turn(k);
	assert_false(kit_csg_event(k, 0, CSG_EVT_SYNC_UPDATE));
	RUN(k, SYNC(OP_SYNC_SET64, 2, 6, 0));
	kit_until(k, kit_csg_event(k, 0, CSG_EVT_SYNC_UPDATE));
}

static void test_error_state(void **state)
{
	struct kit *k = *state;
	uint32_t *d = kit_data(k, 0x80);

	PUSH(k, 0, 0, MOVE48(2, VA_DATA + 0x81), LOAD(20, 1, 2, 0));
	kit_until(k, kit_event(k, 0, 0, CS_EVT_FAULT));
	kit_ack_event(k, 0, 0, CS_EVT_FAULT);
	RUN(k, MOVE48(2, VA_DATA + 0x80), MOVE48(4, 1), SYNC(OP_SYNC_ADD32, 2, 4, 0), ADD64(2, 2, 16),
	    SYNC(OP_SYNC_ADD64, 2, 4, PROPAGATE), I(OP_STORE_STATE, SRC(2) | 3ull << 32 | 16),
	    I(OP_ERROR_BARRIER, 0), ADD64(2, 2, 32), SYNC(OP_SYNC_ADD64, 2, 4, PROPAGATE));
	assert_int_equal(d[1], 0);
	assert_int_equal(d[4], 1);
	assert_int_equal(d[6], EXC_ADDR_RANGE);
	assert_int_equal(d[8], EXC_ADDR_RANGE);
	assert_int_equal(d[12], 1);
	assert_int_equal(d[14], 0);
}

/* Released by the CPU: no doorbell, nothing. */
static void test_sync_wait(void **state)
{
	struct kit *k = *state;
	volatile uint32_t *d = kit_data(k, 0x80);

	d[0] = 1;
	PUSH(k, 0, 0, MOVE48(2, VA_DATA + 0x80), MOVE32(4, 2), MOVE32(5, 0),
	     SYNC(OP_SYNC_WAIT32, 2, 4, 1u << 28), MOVE32(8, 1), SYNC(OP_SYNC_WAIT64, 2, 4, 0), MOVE32(9, 1));
	kit_until(k, kit_cs(k, 0, 0)->block == CS_ON_SYNC);
	kit_for(k, 3 * MS);
	assert_int_equal(reg(k, 8), 0);
	d[0] = 3;
	kit_until(k, reg(k, 8) == 1);
	kit_until(k, kit_cs(k, 0, 0)->block == CS_ON_SYNC);
	assert_int_equal(reg(k, 9), 0);
	d[0] = 2;
	kit_until(k, reg(k, 9) == 1);
}

static void test_sync_between_queues(void **state)
{
	struct kit *k = *state;
	volatile uint32_t *done = &kit_cs(k, 0, 2)->r[8];

	PUSH(k, 0, 2, MOVE48(2, VA_DATA + 0x80), MOVE48(4, 0), SYNC(OP_SYNC_WAIT64, 2, 4, 1u << 28),
	     MOVE32(8, 1));
	PUSH(k, 1, 1, MOVE48(2, VA_DATA + 0x90), MOVE48(4, 0), SYNC(OP_SYNC_WAIT64, 2, 4, 1u << 28),
	     ADD64(2, 2, -0x10), MOVE48(4, 1), SYNC(OP_SYNC_ADD64, 2, 4, 0));
	kit_until(k, kit_cs(k, 0, 2)->block == CS_ON_SYNC && kit_cs(k, 1, 1)->block == CS_ON_SYNC);
	RUN(k, MOVE48(2, VA_DATA + 0x90), MOVE48(4, 1), SYNC(OP_SYNC_SET64, 2, 4, 0));
	kit_until(k, *done == 1);
}

static void test_sync_reject(void **state)
{
	struct kit *k = *state;
	uint32_t *d = kit_data(k, 0x80);

	d[0] = 5;
	d[2] = 0x69;
	PUSH(k, 0, 0, MOVE48(2, VA_DATA + 0x80), MOVE48(4, 1), SYNC(OP_SYNC_WAIT64, 2, 4, 1u << 28),
	     MOVE32(8, 1), SYNC(OP_SYNC_WAIT64, 2, 4, 1u << 28 | 1));
	kit_until(k, kit_event(k, 0, 0, CS_EVT_FAULT));
	assert_int_equal(reg(k, 8), 1);
	assert_int_equal(kit_rd(k, CS_OUT(k, 0, 0, CS_FAULT)), EXC_INHERIT);
}

static void test_store_state(void **state)
{
	struct kit *k = *state;
	uint64_t *d = (uint64_t *)kit_data(k, 0x100);

	RUN(k, MOVE48(2, VA_DATA + 0x100), I(OP_STORE_STATE, SRC(2)),
	    I(OP_STORE_STATE, SRC(2) | 1ull << 32 | 8), I(OP_STORE_STATE, SRC(2) | 2ull << 32 | 16));
	assert_int_not_equal(d[0], 0);
	assert_int_equal(d[1], 0);	/* nobody has switched the counter on */
	assert_int_equal(d[2], 0);
	kit_glb_toggle(k, GLB_REQ_COUNTER_ENABLE);
	kit_until(k, !kit_glb_pending(k, GLB_REQ_COUNTER_ENABLE));
	kit_for(k, 1000000);
	RUN(k, I(OP_STORE_STATE, SRC(2) | 1ull << 32 | 8));
	assert_true(d[1] >= k->v->knobs->cycle_hz / 1000);
}

/* GLB's progress timer: in units of 1024 cycles, for each job of an endpoint. */
static void test_progress_timer(void **state)
{
	struct kit *k = *state;

	k->v->knobs->run_ns = 20000000;
	RUN(k, I(OP_RUN_COMPUTE, 0), WAIT(0xff));
	assert_false(kit_csg_event(k, 0, CSG_EVT_PROGRESS_TIMER));
	/* 5 ms at 500 MHz, and a job of 300: even a machine that is busy looks between the two. */
	k->v->knobs->run_ns = 300 * MS;
	kit_wr(k, GLB_IN(k, GLB_PROGRESS_TIMER), 2500000 >> 10);
	PUSH(k, 0, 0, I(OP_RUN_COMPUTE, 0), WAIT(0xff), MOVE32(8, 1));
	kit_until(k, kit_csg_event(k, 0, CSG_EVT_PROGRESS_TIMER));
	assert_int_equal(reg(k, 8), 0);
	kit_ack_csg_event(k, 0, CSG_EVT_PROGRESS_TIMER);
	kit_until(k, reg(k, 8));
	assert_false(kit_csg_event(k, 0, CSG_EVT_PROGRESS_TIMER));
	/* Many short ones are progress. */
	k->v->knobs->run_ns = 3000000;
	RUN(k, I(OP_RUN_COMPUTE, 0), I(OP_RUN_COMPUTE, 0), I(OP_RUN_COMPUTE, 0), WAIT(0xff));
	assert_false(kit_csg_event(k, 0, CSG_EVT_PROGRESS_TIMER));
}

static void answer(struct kit *k, uint64_t chunk)
{
	kit_until(k, kit_event(k, 0, 0, CS_EVT_TILER_OOM));
	kit_wr64(k, CS_IN(k, 0, 0, CS_HEAP_START), chunk);
	kit_wr64(k, CS_IN(k, 0, 0, CS_HEAP_END), chunk);
	kit_ack_event(k, 0, 0, CS_EVT_TILER_OOM);
	kit_ring_cs(k, 0, 0);
}

/* Tiling takes memory until what was tiled is rendered. */
static void test_tiler_memory(void **state)
{
	struct kit *k = *state;

	k->v->knobs->tiler_bytes = 0x3000;
	/* Without a heap there is nothing to take it from. */
	RUN(k, I(OP_RUN_IDVS, 0));
	PUSH(k, 0, 0, MOVE48(2, 0x123000), I(OP_HEAP_SET, SRC(2)), I(OP_RUN_IDVS, 0), MOVE32(8, 1),
	     I(OP_RUN_IDVS, 0), MOVE32(9, 1), I(OP_HEAP_OPERATION, 3ull << 32), I(OP_RUN_IDVS, 0),
	     I(OP_RUN_IDVS, 0), MOVE32(10, 1), I(OP_RUN_IDVS, 0), MOVE32(11, 1));
	kit_until(k, kit_event(k, 0, 0, CS_EVT_TILER_OOM));
	assert_int_equal(reg(k, 8), 0);
	assert_int_equal(kit_rd(k, CS_OUT(k, 0, 0, CS_HEAP_ADDRESS)), 0x123000);
	answer(k, 0x400004);
	answer(k, 0x500004);
	kit_until(k, kit_event(k, 0, 0, CS_EVT_TILER_OOM));
	assert_int_equal(reg(k, 10), 1);
	assert_int_equal(reg(k, 11), 0);
	answer(k, 0x600004);
	kit_until(k, reg(k, 11));
	/* Refused, and no handler. */
	PUSH(k, 0, 0, I(OP_RUN_IDVS, 0), I(OP_RUN_IDVS, 0));
	answer(k, 0);
	kit_until(k, kit_event(k, 0, 0, CS_EVT_FAULT));
}

static void test_progress(void **state)
{
	struct kit *k = *state;
	volatile uint32_t *done = &kit_cs(k, 0, 1)->r[8];

	PUSH(k, 0, 1, MOVE48(2, 3), I(OP_PROGRESS_WAIT, SRC(2)), MOVE32(8, 1));
	kit_until(k, kit_cs(k, 0, 1)->block == CS_ON_PROGRESS);
	RUN(k, MOVE48(2, 1), I(OP_PROGRESS_STORE, SRC(2)), WAIT(0) | 1ull << 32,
	    I(OP_PROGRESS_LOAD, DST(4)));
	assert_int_equal(reg(k, 4), 2);
	kit_for(k, 2 * MS);
	assert_int_equal(*done, 0);
	RUN(k, I(OP_RUN_COMPUTE, 1ull << 32));
	kit_until(k, *done == 1);
}

static void test_heap(void **state)
{
	struct kit *k = *state;
	struct cs *cs = kit_cs(k, 0, 0);

	RUN(k, MOVE48(2, 0xbeef000), I(OP_HEAP_SET, SRC(2)), I(OP_HEAP_OPERATION, ASYNC(0, 2)),
	    I(OP_HEAP_OPERATION, ASYNC(0, 2) | 1ull << 32), I(OP_HEAP_OPERATION, ASYNC(4, 2) | 3ull << 32),
	    I(OP_FINISH_FRAGMENT, 1 | SRC(4) | REG(6) | ASYNC(0, 3)), I(OP_REQ_RESOURCE, 7),
	    I(OP_TRACE_POINT, SRC(1) | REG(4) | ASYNC(0, 1)),
	    I(OP_FLUSH_CACHE2, 0x233 | SRC(4) | ASYNC(0, 0)), WAIT(0xff));
	assert_int_equal(cs->heap, 0xbeef000);
	assert_int_equal(cs->vt_start, 1);
	assert_int_equal(cs->vt_end, 1);
	assert_int_equal(cs->frag_end, 2);
	assert_int_equal(cs->resources, 7);
	assert_false(cs->dead);
}

static void inject_oom(struct kit *k)
{
	struct cx x = csg_cx(&k->e->csg[0], 0, now_ns());

	cs_tiler_oom(&x);
	kit_until(k, kit_event(k, 0, 0, CS_EVT_TILER_OOM));
}

static void test_tiler_oom(void **state)
{
	struct kit *k = *state;

	RUN(k, MOVE48(2, 0xbeef000), I(OP_HEAP_SET, SRC(2)), I(OP_HEAP_OPERATION, 0));
	inject_oom(k);
	assert_int_equal(kit_rd(k, CS_OUT(k, 0, 0, CS_HEAP_ADDRESS)), 0xbeef000);
	assert_int_equal(kit_rd(k, CS_OUT(k, 0, 0, CS_HEAP_VT_START)), 1);
	PUSH(k, 0, 0, MOVE32(8, 1));
	kit_for(k, 2 * MS);
	assert_int_equal(reg(k, 8), 0);
	kit_wr64(k, CS_IN(k, 0, 0, CS_HEAP_START), 0x1234001);
	kit_ack_event(k, 0, 0, CS_EVT_TILER_OOM);
	kit_ring_cs(k, 0, 0);
	kit_until(k, reg(k, 8) == 1);
}

static void test_tiler_oom_handler(void **state)
{
	struct kit *k = *state;

	CODE(k, 0, MOVE32(9, 7), 0);
	RUN(k, MOVE48(2, VA_CODE), MOVE32(4, 16), I(OP_SET_EXCEPTION_HANDLER, SRC(2) | REG(4) | 2));
	inject_oom(k);
	kit_wr64(k, CS_IN(k, 0, 0, CS_HEAP_START), 0);
	kit_ack_event(k, 0, 0, CS_EVT_TILER_OOM);
	kit_ring_cs(k, 0, 0);
	kit_until(k, reg(k, 9) == 7);

	RUN(k, MOVE32(4, 0), I(OP_SET_EXCEPTION_HANDLER, SRC(2) | REG(4) | 2));
	inject_oom(k);
	kit_ack_event(k, 0, 0, CS_EVT_TILER_OOM);
	kit_ring_cs(k, 0, 0);
	kit_until(k, kit_event(k, 0, 0, CS_EVT_FAULT));
}

/* The host finds the failing job by extract, so that has to be inside of it. */
static void test_fault_waits_for_host(void **state)
{
	struct kit *k = *state;
	const uint64_t *extract = kit_ptr(k, k->io[0][0] + PAGE);

	PUSH(k, 0, 0, MOVE48(2, VA_DATA + 1), LOAD(20, 1, 2, 0), 0, 0, 0, 0, MOVE32(8, 1));
	kit_until(k, kit_event(k, 0, 0, CS_EVT_FAULT));
	kit_for(k, 2 * MS);
	assert_true(*extract < 48);
	assert_int_equal(reg(k, 8), 0);
	kit_ack_event(k, 0, 0, CS_EVT_FAULT);
	kit_until(k, reg(k, 8) == 1);
}

static void test_stall(void **state)
{
	struct kit *k = *state;

	as_reg_write(k->v, (USER_AS << 6) + 0x10, VA_DATA | 14);
	as_reg_write(k->v, (USER_AS << 6) + 0x14, 0);
	kit_as_command(k, USER_AS, 2);
	PUSH(k, 0, 0, MOVE48(2, VA_DATA + 0x40), LOAD(20, 1, 2, 0), MOVE32(8, 1));
	kit_until(k, kit_cs(k, 0, 0)->block == CS_ON_STALL);
	kit_for(k, 2 * MS);
	assert_int_equal(reg(k, 8), 0);
	kit_as_command(k, USER_AS, 3);
	kit_until(k, reg(k, 8) == 1);
}

static void test_rate(void **state)
{
	struct kit *k = *state;
	uint64_t begin = now_ns();

	k->v->knobs->rate = 100000;
	CODE(k, 0, MOVE32(0, 2000), ADD32(0, 0, -1), BRANCH(1, 0, -2), 0);
	RUN(k, MOVE48(2, VA_CODE), MOVE32(4, 32), CALL(2, 4));
	/* 4000 instructions but for the first handful */
	assert_true(now_ns() - begin >= 35 * MS);
}

static void test_ring_wraps(void **state)
{
	struct kit *k = *state;

	for (unsigned int i = 0; i < 40; i++) {
		for (unsigned int j = 0; j < 300; j++)
			PUSH(k, 0, 0, ADD32(3, 3, 1));
		kit_until(k, kit_over(k, 0, 0));
	}
	assert_int_equal(reg(k, 3), 40 * 300);
}

/* Execution is noticed by doorbell only: a driver that forgets it must not get away. */
static void test_no_doorbell(void **state)
{
	struct kit *k = *state;
	uint64_t *insert = kit_ptr(k, k->io[0][0]);

	*(uint64_t *)kit_ptr(k, k->ring[0][0]) = MOVE32(8, 1);
	*insert = 8;
	kit_for(k, 3 * MS);
	assert_int_equal(reg(k, 8), 0);
	kit_ring_cs(k, 0, 0);
	kit_until(k, reg(k, 8) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_moves), TEST(test_adds), TEST(test_branch), TEST(test_loop),
		TEST(test_call_depth), TEST(test_jump), TEST(test_empty_call), TEST(test_invalid),
		TEST(test_load_store), TEST(test_unaligned), TEST(test_mmu_fault), TEST(test_readonly),
		TEST(test_bus_fault), TEST(test_wait_run), TEST(test_run_in_order), TEST(test_deferred),
		TEST(test_deferred_chain), TEST(test_sync_writes), TEST(test_error_state),
		TEST(test_sync_wait), TEST(test_sync_between_queues), TEST(test_sync_reject),
		TEST(test_store_state), TEST(test_progress), TEST(test_progress_timer), TEST(test_tiler_memory), TEST(test_heap), TEST(test_tiler_oom),
		TEST(test_tiler_oom_handler), TEST(test_fault_waits_for_host), TEST(test_stall),
		TEST(test_rate), TEST(test_ring_wraps), TEST(test_no_doorbell),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
