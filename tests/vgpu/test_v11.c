// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Instructions that came with arch 11 and 12, and what a stream may not count on. */
#include "testkit.h"

#include <json-c/json.h>

#define LOGIC(mode, d, a, b)	I(OP_LOGIC_OP32, DST(d) | SRC(a) | REG(b) | (mode))
#define STATE(which, val)	I(OP_SET_STATE_IMM32, REG(which) | (uint32_t)(val))
#define NEXT_SB(d, type, mask)	I(OP_NEXT_SB_ENTRY, DST(d) | REG(type) | (uint64_t)(mask) << 36)
#define INDIRECT		(1ull << 52)
#define WAIT_INDIRECT		I(OP_WAIT, 1ull << 33)
#define SHARED(op, entry)	I(op, DST(entry))
enum { ENDPOINT = 0, OTHER = 1, DEFERRED = 2, MASK_STREAM = 8, MASK_WAIT = 9 };

static uint32_t reg(struct kit *k, unsigned int r)
{
	return kit_cs(k, 0, 0)->r[r];
}

static void no_violations(struct kit *k)
{
	struct json_object *a = stats_json_violations(k->v);

	assert_int_equal(json_object_array_length(a), 0);
	json_object_put(a);
}

static int g720_setup(void **state)
{
	return kit_setup_on(state, "g720");
}

static int g725_setup(void **state)
{
	return kit_setup_on(state, "g725");
}

static void logic(void **state)
{
	static const struct { unsigned int mode; uint32_t result; } cases[] = {
		{ 0, 0 }, { 1, 0x8 }, { 2, 0x4 }, { 3, 0xc }, { 5, 0xa }, { 6, 0x6 }, { 7, 0xe },
		{ 8, ~0xeu }, { 9, ~0x6u }, { 12, ~0xcu }, { 14, ~0x8u }, { 15, ~0u },
	};
	struct kit *k = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		RUN(k, MOVE32(2, 0xc), MOVE32(3, 0xa), LOGIC(cases[i].mode, 8, 2, 3));
		assert_int_equal(reg(k, 8), cases[i].result);
	}
	/* BIT_SET and BIT_CLEAR name a bit. */
	RUN(k, MOVE32(2, 0x10), MOVE32(3, 33), LOGIC(7 | 16, 8, 2, 3), MOVE32(3, 4),
	    LOGIC(2 | 16, 9, 8, 3));
	assert_int_equal(reg(k, 8), 0x12);
	assert_int_equal(reg(k, 9), 0x2);
	no_violations(k);
}

#define HELD_NS	100000000ull

static void entries(void **state)
{
	struct kit *k = *state;
	uint64_t begin;

	RUN(k, STATE(MASK_STREAM, 0x3008), STATE(ENDPOINT, 3), NEXT_SB(8, 1, 0), NEXT_SB(9, 1, 1),
	    NEXT_SB(10, 1, 0));
	assert_int_equal(reg(k, 8), 12);
	assert_int_equal(reg(k, 9), 1 << 13);
	assert_int_equal(reg(k, 10), 3);
	/* An entry that is still held is waited for: long enough to be seen on a busy machine, or else not looked at. */
	k->v->knobs->run_ns = HELD_NS;
	begin = now_ns();
	PUSH(k, 0, 0, STATE(MASK_STREAM, 0x8), I(OP_RUN_COMPUTE, 0), NEXT_SB(8, 1, 0),
	     MOVE32(11, 1));
	kit_for(k, 5000000);
	if (now_ns() - begin < HELD_NS)
		assert_int_equal(reg(k, 11), 0);
	kit_until(k, reg(k, 11));
	assert_true(now_ns() - begin >= HELD_NS);
	/* The WAIT's mask and the signal slot come from the stream's state. */
	begin = now_ns();
	RUN(k, MOVE32(4, 1 << 15), I(OP_SET_STATE, SRC(4) | REG(MASK_WAIT)), STATE(ENDPOINT, 15),
	    STATE(DEFERRED, 14), MOVE48(2, VA_DATA), MOVE48(4, 5), I(OP_RUN_COMPUTE, 0),
	    SYNC(OP_SYNC_ADD64, 2, 4, INDIRECT));
	if (now_ns() - begin < HELD_NS) {
		assert_int_equal(kit_data(k, 0)[0], 0);
		assert_int_equal(kit_cs(k, 0, 0)->deferred_count, 1);
	}
	RUN(k, WAIT(1 << 14));
	assert_int_equal(kit_data(k, 0)[0], 5);
	begin = now_ns();
	PUSH(k, 0, 0, I(OP_RUN_COMPUTE, 0), WAIT_INDIRECT, MOVE32(12, 1));
	kit_for(k, 3000000);
	if (now_ns() - begin < HELD_NS)
		assert_int_equal(reg(k, 12), 0);
	kit_until(k, reg(k, 12));
	assert_true(now_ns() - begin >= HELD_NS);
	no_violations(k);
}

static void shared_entries(void **state)
{
	struct kit *k = *state;

	PUSH(k, 0, 0, SHARED(OP_SHARED_SB_DEC, 3), MOVE32(8, 1), SHARED(OP_SHARED_SB_DEC, 3),
	     MOVE32(9, 1));
	kit_for(k, 3000000);
	assert_int_equal(reg(k, 8), 0);
	/* Other entries and other groups have nothing to do with it. */
	PUSH(k, 0, 1, SHARED(OP_SHARED_SB_INC, 4));
	PUSH(k, 1, 0, SHARED(OP_SHARED_SB_INC, 3));
	kit_for(k, 3000000);
	assert_int_equal(reg(k, 8), 0);
	PUSH(k, 0, 1, SHARED(OP_SHARED_SB_INC, 3));
	kit_until(k, reg(k, 8));
	assert_int_equal(reg(k, 9), 0);
	/* Counts go with the group when it leaves its slot. */
	PUSH(k, 0, 1, SHARED(OP_SHARED_SB_INC, 5));
	kit_until(k, kit_over(k, 0, 1));
	kit_state(k, 0, CSG_STATE_SUSPEND);
	kit_until(k, kit_in_state(k, 0, CSG_STATE_SUSPEND));
	kit_start(k, 0, CSG_STATE_RESUME);
	PUSH(k, 0, 2, SHARED(OP_SHARED_SB_DEC, 5));
	kit_until(k, kit_over(k, 0, 2));
	PUSH(k, 0, 1, SHARED(OP_SHARED_SB_INC, 3));
	kit_until(k, reg(k, 9));
	no_violations(k);
}

static void fatal(struct kit *k, unsigned int g, uint64_t insn)
{
	PUSH(k, g, 0, insn);
	kit_until(k, kit_event(k, g, 0, CS_EVT_FATAL));
	assert_int_equal(kit_rd(k, CS_OUT(k, g, 0, CS_FATAL)), EXC_INVALID_INSTRUCTION);
}

static void of_other_archs(void **state)
{
	struct kit *k = *state;

	RUN(k, I(OP_RUN_IDVS2, 0), MOVE32(127, 7));
	assert_int_equal(reg(k, 127), 7);
	fatal(k, 0, I(OP_RUN_IDVS, 0));
	fatal(k, 1, I(OP_RUN_TILING, 0));
	fatal(k, 2, STATE(77, 0));
}

static void not_on_arch_10(void **state)
{
	struct kit *k = *state;

	RUN(k, I(OP_RUN_IDVS, 0), I(OP_RUN_TILING, 0));
	fatal(k, 0, LOGIC(1, 8, 8, 8));
	fatal(k, 1, SHARED(OP_SHARED_SB_INC, 1));
	fatal(k, 2, MOVE32(96, 1));
}

static void eight_bits_of_state(void **state)
{
	struct kit *k = *state;

	RUN(k, MOVE48(2, VA_DATA), I(OP_STORE_STATE, SRC(2)));
	assert_int_not_equal(kit_data(k, 0)[0], 0);
	fatal(k, 0, I(OP_STORE_STATE, SRC(2) | REG(4)));
}

/* What is loaded is there after the WAIT, and a stream that forgets it notices. */
static void loads(void **state)
{
	struct kit *k = *state;

	kit_data(k, 0)[0] = 11;
	kit_data(k, 0)[1] = 22;
	RUN(k, MOVE48(2, VA_DATA), SB_ENTRY(0, 3), MOVE32(8, 1), LOAD(8, 3, 2, 0), ADD32(10, 8, 0),
	    WAIT(1 << 2), ADD32(11, 8, 0), WAIT(1 << 3), ADD32(12, 8, 0), ADD32(13, 9, 0));
	assert_int_equal(reg(k, 10), 1);
	assert_int_equal(reg(k, 11), 1);
	assert_int_equal(reg(k, 12), 11);
	assert_int_equal(reg(k, 13), 22);
	k->v->knobs->late_loads = false;
	RUN(k, MOVE32(8, 1), LOAD(8, 1, 2, 0), ADD32(10, 8, 0));
	assert_int_equal(reg(k, 10), 11);
	no_violations(k);
}

/* Off the slot and on again in between: the data is not lost. */
static void loads_and_suspend(void **state)
{
	struct kit *k = *state;

	kit_data(k, 0)[0] = 11;
	RUN(k, MOVE48(2, VA_DATA), SB_ENTRY(0, 3), MOVE32(8, 1), LOAD(8, 1, 2, 0));
	kit_state(k, 0, CSG_STATE_SUSPEND);
	kit_until(k, kit_in_state(k, 0, CSG_STATE_SUSPEND));
	kit_start(k, 0, CSG_STATE_RESUME);
	RUN(k, WAIT(1 << 3), ADD32(10, 8, 0));
	assert_int_equal(reg(k, 10), 11);
	no_violations(k);
}

/* 64-bit endpoint request, and the version that an image asks for wins. */
static void interface_4(void **state)
{
	struct kit *k = *state;

	assert_int_equal(kit_rd(k, 0x04000000 + GLB_CTL_VERSION), 0x04000000);
	assert_int_equal(k->e->csg[1].priority, 14);
	/* GLB_STATE came with 4.1: here HALT is a bit of its own. */
	kit_glb_toggle(k, GLB_REQ_HALT);
	kit_until(k, engine_mcu_status(k->v) == 2);
	no_violations(k);
}

static void interface_of_image(void **state)
{
	struct kit *k = *state;
	struct fwtable *t = as_mcu_ptr(k->v, 0, sizeof(*t));

	t->version = 0x04010000;
	engine_mcu_control(k->v, 0);
	kit_boot(k);
	assert_int_equal(kit_rd(k, 0x04000000 + GLB_CTL_VERSION), 0x04010000);
	kit_glb_toggle(k, GLB_REQ_HALT);
	kit_for(k, 2000000);
	assert_int_equal(engine_mcu_status(k->v), 1);
	assert_true(stats_take(k->v, "bad-interface") > 0);
	kit_glb_toggle(k, GLB_REQ_HALT | GLB_REQ_STATE_HALT);
	kit_until(k, engine_mcu_status(k->v) == 2);
	assert_int_equal(kit_rd(k, GLB_OUT(k, GLB_ACK)) & GLB_REQ_STATE, GLB_REQ_STATE_HALT);
	no_violations(k);
}

static void arm_image(struct kit *k)
{
	static const struct { uint32_t va; unsigned int pages; uint64_t attr; } sections[] = {
		{ 0x00400000, 1, PTE_RO | PTE_NX }, { 0x00800000, 0x20, PTE_RO },
		{ 0x01000000, 0x40, PTE_RO | PTE_NX }, { 0x02000000, 0x40, PTE_NX },
	};
	struct fwtable *t = as_mcu_ptr(k->v, 0, sizeof(*t));

	t->magic = 0;
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		kit_map(k, 0, sections[i].va, kit_alloc(k, sections[i].pages), sections[i].pages,
			sections[i].attr);
	kit_map(k, 0, FWSEC_PROT_VA, APERTURE_BASE + 0x200000, 0x40, PTE_NX);
}

/* Arm's images: one section more from arch 12 on. */
static void arm_images(void **state)
{
	struct kit *k = *state;

	engine_mcu_control(k->v, 0);
	arm_image(k);
	engine_mcu_control(k->v, 2);
	kit_until(k, engine_mcu_status(k->v) != 1);
	assert_int_equal(engine_mcu_status(k->v), 3);
	assert_int_equal(stats_take(k->v, "bad-firmware-layout"), 1);
	kit_map(k, 0, 0x00c00000, kit_alloc(k, 16), 16, PTE_RO | PTE_NX);
	engine_mcu_control(k->v, 0);
	kit_boot(k);
	assert_int_equal(engine_mcu_status(k->v), 1);
	no_violations(k);
}

static void arm_image_for_arch_10(void **state)
{
	struct kit *k = *state;

	engine_mcu_control(k->v, 0);
	arm_image(k);
	kit_boot(k);
	no_violations(k);
}

#define ON(profile, f)	cmocka_unit_test_setup_teardown(f, profile##_setup, kit_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(g720, logic), ON(g720, entries), ON(g720, shared_entries), ON(g720, of_other_archs),
		ON(g720, eight_bits_of_state), TEST(not_on_arch_10), TEST(loads),
		TEST(loads_and_suspend), ON(g725, interface_4), TEST(interface_of_image),
		ON(g720, arm_images), TEST(arm_image_for_arch_10),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
