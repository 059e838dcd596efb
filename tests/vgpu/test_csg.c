// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Boot checks, global requests, and what a driver does with slots. */
#include "testkit.h"

#include <errno.h>
#include <json-c/json.h>

#define MS	1000000ull

static void push_counter(struct kit *k, unsigned int g)
{
	CODE(k, 0, ADD32(3, 3, 1), BRANCH(6, 0, -2));
	PUSH(k, g, 0, MOVE48(4, VA_CODE), MOVE32(6, 16), CALL(4, 6));
}

static void clean(struct kit *k)
{
	assert_int_equal(stats_take(k->v, "bad-interface"), 0);
	assert_int_equal(stats_take(k->v, "duplicate-csg-priority"), 0);
	assert_int_equal(stats_take(k->v, "bad-firmware-layout"), 0);
}

static void test_interface(void **state)
{
	struct kit *k = *state;

	assert_int_equal(engine_mcu_status(k->v), 1);
	assert_int_equal(kit_rd(k, 0x04000000 + GLB_CTL_VERSION), 0x01010000);
	assert_int_equal(kit_rd(k, 0x04000000 + GLB_CTL_GROUP_NUM), 8);
	assert_int_equal(kit_rd(k, fwif_csg_control(&k->e->fwif, 7) + CSG_CTL_STREAM_NUM), 8);
	assert_int_equal(kit_rd(k, fwif_cs_control(&k->e->fwif, 7, 7) + CS_CTL_FEATURES), 0x7085f);
	/* It has to fit into the 48 KiB that Arm's older images reserve. */
	assert_true(k->e->fwif.end <= 0x0400c000);
	clean(k);
}

static void reboot(struct kit *k)
{
	engine_mcu_control(k->v, 0);
	assert_int_equal(engine_mcu_status(k->v), 0);
	k->irqs = 0;
	engine_mcu_control(k->v, 2);
	kit_for(k, 3 * MS);
}

static void test_bad_layout(void **state)
{
	struct kit *k = *state;
	uint64_t normal = kit_alloc(k, 1);
	struct fwtable *t = as_mcu_ptr(k->v, 0, sizeof(*t));

	/* PROT section in normal memory */
	kit_map(k, 0, FWSEC_PROT_VA + PAGE, normal, 1, PTE_NX);
	reboot(k);
	assert_int_equal(engine_mcu_status(k->v), 3);
	assert_false(k->irqs & 1u << 31);
	assert_int_equal(stats_take(k->v, "bad-firmware-layout"), 1);
	kit_map(k, 0, FWSEC_PROT_VA + PAGE, APERTURE_BASE + PAGE, 1, PTE_NX);
	reboot(k);
	assert_int_equal(engine_mcu_status(k->v), 1);
	/* writable where it must not be */
	kit_map(k, 0, 0, as_probe(k->v, 0, 0).gpa, 1, PTE_NX);
	reboot(k);
	assert_int_equal(stats_take(k->v, "bad-firmware-layout"), 1);
	kit_map(k, 0, 0, as_probe(k->v, 0, 0).gpa, 1, PTE_NX | PTE_RO);
	/* another content than the file's */
	t->sections[2].data_size = 16;
	t->sections[0].crc32 = 1;
	t->sections[0].data_size = 16;
	t->crc32 = fwtable_crc32(0, t->sections, sizeof(t->sections));
	reboot(k);
	assert_int_equal(stats_take(k->v, "bad-firmware-layout"), 1);
	/* and a table that is damaged itself */
	t->sections[0].size = 0x2000;
	reboot(k);
	assert_int_equal(stats_take(k->v, "bad-firmware-layout"), 1);
	clean(k);
}

static void test_ping_and_levels(void **state)
{
	struct kit *k = *state;

	kit_glb_toggle(k, GLB_REQ_PING | 1 << 2 | 1 << 7);
	kit_until(k, !kit_glb_pending(k, GLB_REQ_MASK));
	kit_turn(k);
	assert_true(k->irqs & 1u << 31);
	clean(k);
}

static void test_halt(void **state)
{
	struct kit *k = *state;
	volatile uint32_t *count = &kit_cs(k, 0, 0)->r[3];
	uint32_t before;

	push_counter(k, 0);
	kit_until(k, *count > 100);
	kit_glb_toggle(k, GLB_REQ_HALT);
	kit_until(k, engine_mcu_status(k->v) == 2);
	before = *count;
	kit_for(k, 2 * MS);
	assert_int_equal(*count, before);
	kit_wr(k, GLB_IN(k, GLB_REQ), kit_rd(k, GLB_IN(k, GLB_REQ)) & ~GLB_REQ_HALT);
	k->irqs = 0;
	engine_mcu_control(k->v, 2);
	kit_until(k, k->irqs & 1u << 31);
	assert_int_equal(engine_mcu_status(k->v), 1);
	kit_start(k, 0, CSG_STATE_START);
	clean(k);
}

static void test_glb_idle(void **state)
{
	struct kit *k = *state;
	uint64_t *object = (uint64_t *)kit_data(k, 0x40);

	kit_until(k, kit_csg_event(k, 0, CSG_EVT_IDLE));
	kit_wr(k, GLB_IN(k, GLB_IDLE_TIMER), 100);
	PUSH(k, 0, 0, MOVE48(2, VA_DATA + 0x40), MOVE48(4, 0), SYNC(OP_SYNC_WAIT64, 2, 4, 1u << 28));
	kit_until(k, kit_cs(k, 0, 0)->block == CS_ON_SYNC);
	kit_glb_toggle(k, GLB_REQ_IDLE_ENABLE);
	kit_for(k, 5 * MS);
	assert_false(kit_glb_pending(k, GLB_EVT_IDLE));
	*object = 1;
	kit_until(k, kit_glb_pending(k, GLB_EVT_IDLE));
	clean(k);
}

static void test_suspend_resume(void **state)
{
	struct kit *k = *state;
	volatile uint32_t *count = &kit_cs(k, 0, 0)->r[3];
	uint32_t before;

	push_counter(k, 0);
	kit_until(k, *count > 100);
	kit_state(k, 0, CSG_STATE_SUSPEND);
	assert_false(kit_in_state(k, 0, CSG_STATE_SUSPEND));
	before = *count;
	kit_until(k, kit_in_state(k, 0, CSG_STATE_SUSPEND));
	assert_int_equal(*count, 0);
	kit_start(k, 0, CSG_STATE_RESUME);
	kit_until(k, *count > before + 100);
	clean(k);
}

/* On another slot, between other groups: the buffer says who it is. */
static void test_resume_elsewhere(void **state)
{
	struct kit *k = *state;
	volatile uint32_t *count = &kit_cs(k, 1, 0)->r[3];
	uint64_t gpa0 = as_probe(k->v, 0, suspend_va(0)).gpa;

	push_counter(k, 0);
	kit_until(k, kit_cs(k, 0, 0)->r[3] > 1000);
	kit_state(k, 0, CSG_STATE_SUSPEND);
	kit_state(k, 1, CSG_STATE_SUSPEND);
	kit_until(k, kit_in_state(k, 0, CSG_STATE_SUSPEND) && kit_in_state(k, 1, CSG_STATE_SUSPEND));
	kit_map(k, 0, suspend_va(1), gpa0, 1, PTE_NX);
	kit_start(k, 1, CSG_STATE_RESUME);
	kit_until(k, *count > 1100);
	clean(k);
	/* A buffer is good for one resume. */
	kit_start(k, 0, CSG_STATE_RESUME);
	assert_int_equal(stats_take(k->v, "bad-interface"), 1);
}

static void test_bad_suspend_buf(void **state)
{
	struct kit *k = *state;

	k->e->csg[0].suspend_buf = 0x07000000;
	kit_state(k, 0, CSG_STATE_SUSPEND);
	kit_for(k, 3 * MS);
	assert_false(kit_in_state(k, 0, CSG_STATE_SUSPEND));
	assert_int_equal(stats_take(k->v, "bad-interface"), 1);
	k->v->knobs->suspend_size = 0x2000;	/* one page more than is mapped */
	kit_state(k, 1, CSG_STATE_SUSPEND);
	kit_for(k, 3 * MS);
	assert_false(kit_in_state(k, 1, CSG_STATE_SUSPEND));
	assert_int_equal(stats_take(k->v, "bad-interface"), 1);
}

static void test_terminate(void **state)
{
	struct kit *k = *state;

	push_counter(k, 0);
	kit_until(k, kit_cs(k, 0, 0)->r[3] > 100);
	kit_state(k, 0, CSG_STATE_TERMINATE);
	kit_until(k, kit_in_state(k, 0, CSG_STATE_TERMINATE));
	assert_false(kit_cs(k, 0, 0)->on);
	kit_turn(k);
	assert_true(k->irqs & 1);
	clean(k);
}

static void test_priorities(void **state)
{
	struct kit *k = *state;

	kit_wr(k, CSG_IN(k, 1, CSG_ENDPOINT_REQ), 15u << 28);
	kit_wr(k, CSG_IN(k, 1, CSG_REQ), kit_rd(k, CSG_IN(k, 1, CSG_REQ)) ^ CSG_REQ_EP_CFG);
	kit_ring_csg(k, 1);
	kit_until(k, !kit_csg_event(k, 1, CSG_REQ_EP_CFG));
	assert_int_equal(stats_take(k->v, "duplicate-csg-priority"), 1);
}

static void test_idle_event(void **state)
{
	struct kit *k = *state;

	kit_until(k, kit_csg_event(k, 0, CSG_EVT_IDLE));
	assert_int_equal(kit_rd(k, CSG_OUT(k, 0, CSG_STATUS_STATE)), 1);
	kit_ack_csg_event(k, 0, CSG_EVT_IDLE);
	push_counter(k, 0);
	kit_until(k, !kit_rd(k, CSG_OUT(k, 0, CSG_STATUS_STATE)));
	kit_for(k, 2 * MS);
	assert_false(kit_csg_event(k, 0, CSG_EVT_IDLE));
	clean(k);
}

static void test_sync_wait_status(void **state)
{
	struct kit *k = *state;

	k->v->knobs->sync_wait_idle = true;
	PUSH(k, 0, 0, MOVE48(2, VA_DATA + 0x40), MOVE48(4, 7), SYNC(OP_SYNC_WAIT64, 2, 4, 1u << 28));
	kit_until(k, kit_cs(k, 0, 0)->block == CS_ON_SYNC);
	kit_until(k, kit_rd(k, CSG_OUT(k, 0, CSG_STATUS_STATE)));
	assert_int_equal(kit_rd(k, CS_OUT(k, 0, 0, CS_STATUS_BLOCKED_REASON)), CS_BLOCKED_SYNC);
	assert_int_equal(kit_rd(k, CS_OUT(k, 0, 0, CS_STATUS_WAIT)), 3u << 30 | 1u << 24);
	assert_int_equal(kit_rd(k, CS_OUT(k, 0, 0, CS_STATUS_WAIT_SYNC_PTR)), VA_DATA + 0x40);
	assert_int_equal(kit_rd(k, CS_OUT(k, 0, 0, CS_STATUS_WAIT_SYNC_VALUE)), 7);
	k->v->knobs->sync_wait_idle = false;
	kit_wr(k, CSG_IN(k, 0, CSG_REQ), kit_rd(k, CSG_IN(k, 0, CSG_REQ)) ^ CSG_REQ_STATUS_UPDATE);
	kit_ring_csg(k, 0);
	kit_until(k, !kit_csg_event(k, 0, CSG_REQ_STATUS_UPDATE));
	assert_int_equal(kit_rd(k, CS_OUT(k, 0, 0, CS_STATUS_BLOCKED_REASON)), CS_BLOCKED_NONE);
	clean(k);
}

static void test_dropped_ack(void **state)
{
	struct kit *k = *state;
	uint64_t begin;

	inject_arm(k->v, INJ_DROP_CSG_ACK, 1, 0);
	kit_state(k, 0, CSG_STATE_SUSPEND);
	kit_for(k, 2 * MS);
	assert_int_equal(k->e->csg[0].state, CSG_ON);
	inject_arm(k->v, INJ_SLOW_SUSPEND, 1, 100 * MS);
	begin = now_ns();
	kit_state(k, 1, CSG_STATE_SUSPEND);
	kit_for(k, 5 * MS);
	if (now_ns() - begin < 100 * MS)
		assert_int_equal(k->e->csg[1].state, CSG_SUSPENDING);
	kit_until(k, kit_in_state(k, 1, CSG_STATE_SUSPEND));
	assert_true(now_ns() - begin >= 100 * MS);
	clean(k);
}

static void test_stop_start(void **state)
{
	struct kit *k = *state;
	uint32_t req = kit_rd(k, CS_IN(k, 0, 0, CS_REQ));

	push_counter(k, 0);
	kit_until(k, kit_cs(k, 0, 0)->r[3] > 100);
	kit_wr(k, CS_IN(k, 0, 0, CS_REQ), req & ~CS_REQ_STATE);
	kit_ring_cs(k, 0, 0);
	kit_until(k, !kit_event(k, 0, 0, CS_REQ_STATE));
	assert_false(kit_cs(k, 0, 0)->on);
	*(uint64_t *)kit_ptr(k, k->io[0][0] + 8) = *(uint64_t *)kit_ptr(k, k->io[0][0]);
	kit_wr(k, CS_IN(k, 0, 0, CS_REQ), req);
	kit_ring_cs(k, 0, 0);
	kit_until(k, !kit_event(k, 0, 0, CS_REQ_STATE));
	RUN(k, MOVE32(8, 4));
	assert_int_equal(kit_cs(k, 0, 0)->r[3], 0);
	assert_int_equal(kit_cs(k, 0, 0)->r[8], 4);
	clean(k);
}

static void test_serialise(void **state)
{
	struct kit *k = *state;
	volatile uint32_t *low = &kit_cs(k, 1, 0)->r[3];
	uint32_t before;

	k->v->knobs->serialise = true;
	push_counter(k, 1);
	kit_until(k, *low > 100);
	push_counter(k, 0);
	kit_until(k, kit_cs(k, 0, 0)->r[3] > 100);
	before = *low;
	kit_for(k, 3 * MS);
	assert_int_equal(*low, before);
	kit_state(k, 0, CSG_STATE_TERMINATE);
	kit_until(k, *low > before);
	assert_true(k->e->csg[1].exec_ns > 0);
	clean(k);
}

static void test_memory_taken_away(void **state)
{
	struct kit *k = *state;

	as_reg_write(k->v, 0x30, 1);
	as_reg_write(k->v, 0x34, 0);
	kit_as_command(k, 0, 1);
	engine_doorbell(k->v, 0);
	kit_for(k, MS);
	assert_int_equal(engine_mcu_status(k->v), 3);
	assert_int_equal(stats_take(k->v, "bad-interface"), 1);
}

static void test_bad_ring(void **state)
{
	struct kit *k = *state;

	kit_state(k, 0, CSG_STATE_TERMINATE);
	kit_until(k, kit_in_state(k, 0, CSG_STATE_TERMINATE));
	kit_wr(k, CS_IN(k, 0, 5, CS_ACK_IRQ_MASK), ~0u);
	kit_wr(k, CS_IN(k, 0, 5, CS_RING_SIZE), 0x3000);
	kit_wr(k, CS_IN(k, 0, 5, CS_REQ), CS_STATE_START);
	kit_start(k, 0, CSG_STATE_START);
	kit_until(k, kit_event(k, 0, 5, CS_EVT_FATAL));
	assert_int_equal(kit_rd(k, CS_OUT(k, 0, 5, CS_FATAL)), EXC_CS_CONFIG);
	clean(k);
}

static int inject(struct kit *k, const char *what, const char *json)
{
	struct json_object *req = json_tokener_parse(json);
	int err = engine_inject(k->v, what, req);

	json_object_put(req);
	return err;
}

static void test_injections(void **state)
{
	struct kit *k = *state;

	assert_int_equal(inject(k, "cs-fault", "{\"csg\":0,\"cs\":1,\"type\":75}"), 0);
	kit_until(k, kit_event(k, 0, 1, CS_EVT_FAULT));
	assert_int_equal(inject(k, "cs-fault", "{\"csg\":0,\"cs\":2,\"type\":65}"), 0);
	kit_until(k, kit_event(k, 0, 2, CS_EVT_FATAL));
	assert_int_equal(kit_rd(k, CS_OUT(k, 0, 2, CS_FATAL)), EXC_CS_UNRECOVERABLE);
	assert_int_equal(inject(k, "tiler-oom", "{\"csg\":1}"), 0);
	kit_until(k, kit_event(k, 1, 0, CS_EVT_TILER_OOM));
	assert_int_equal(inject(k, "progress-timeout", "{\"csg\":1}"), 0);
	kit_until(k, kit_csg_event(k, 1, CSG_EVT_PROGRESS_TIMER));
	assert_int_equal(inject(k, "cs-fault", "{\"csg\":0,\"cs\":2}"), -ENOENT);
	assert_int_equal(inject(k, "cs-fault", "{\"csg\":8}"), -EINVAL);
	assert_int_equal(inject(k, "progress-timeout", "{\"csg\":7}"), -ENOENT);
	assert_int_equal(inject(k, "mcu-hang", "{}"), 0);
	kit_glb_toggle(k, GLB_REQ_PING);
	kit_for(k, 2 * MS);
	assert_true(kit_glb_pending(k, GLB_REQ_PING));
	engine_reset(k->v);
	kit_boot(k);
	kit_glb_toggle(k, GLB_REQ_PING);
	kit_until(k, !kit_glb_pending(k, GLB_REQ_PING));
}

static void test_json(void **state)
{
	struct kit *k = *state;
	struct json_object *list, *group, *o;

	push_counter(k, 0);
	kit_until(k, kit_cs(k, 0, 0)->r[3] > 100);
	list = engine_json_csgs(k->v);
	assert_int_equal(json_object_array_length(list), KIT_CSGS);
	group = json_object_array_get_idx(list, 0);
	assert_true(json_object_object_get_ex(group, "exec_ns", &o));
	assert_true(json_object_get_uint64(o) > 0);
	assert_true(json_object_object_get_ex(group, "cs", &o));
	assert_int_equal(json_object_array_length(o), KIT_CSS);
	json_object_put(list);
}

/* Interface 4.1: HALT is a value of GLB_STATE, the endpoint request has 64 bits. */
static void test_new_interface(void **state)
{
	struct kit *k = *state;

	k->v->knobs->fw_version = 0x04010000;
	reboot(k);
	assert_int_equal(kit_rd(k, 0x04000000 + GLB_CTL_VERSION), 0x04010000);
	kit_start(k, 0, CSG_STATE_START);
	assert_int_equal(k->e->csg[0].priority, 15);
	kit_glb_toggle(k, GLB_REQ_STATE_HALT);
	kit_until(k, engine_mcu_status(k->v) == 2);
	assert_false(kit_glb_pending(k, GLB_REQ_STATE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_interface), TEST(test_bad_layout), TEST(test_ping_and_levels), TEST(test_halt),
		TEST(test_glb_idle), TEST(test_suspend_resume), TEST(test_resume_elsewhere),
		TEST(test_bad_suspend_buf), TEST(test_terminate), TEST(test_priorities),
		TEST(test_idle_event), TEST(test_sync_wait_status), TEST(test_dropped_ack),
		TEST(test_stop_start), TEST(test_serialise), TEST(test_memory_taken_away),
		TEST(test_bad_ring), TEST(test_injections), TEST(test_json), TEST(test_new_interface),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
