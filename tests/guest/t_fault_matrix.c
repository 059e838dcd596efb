// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The fault matrix: what can go wrong, in each state of protected mode, sooner
 * and later. Each case is a test point; what it demands stands in lib/fault.h.
 * Argument: "all", or a part of a name; none: a short selection.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"
#include "sysfs.h"
#include "vgpu.h"

#define NEVER		60000000000ll
#define MS		1000000ll
#define UNRECOVERABLE	",\"type\":65"
#define INVALID		",\"type\":73"
#define RECOVERABLE	",\"type\":75"

static const char *filter = "";
static bool quick;
static u32 count;

/* --- what the guest does in the middle of it --- */

static void act_destroy_victim(struct cast *c)
{
	struct drm_panthor_group_destroy d = { .group_handle = c->victim.handle };

	if (gpu_call(&c->bad.gpu, GROUP_DESTROY, &d))
		fault_complain("GROUP_DESTROY");
}

static void act_close_victim(struct cast *c)
{
	client_close(&c->bad);
}

static void act_unmap_own(struct cast *c)
{
	u64 va = gpu_vm_reserve(&c->bad.vm, SZ_4K, SZ_4K);
	int ret = gpu_map(&c->bad.vm, c->bad.data.handle, 0, va, SZ_4K);

	if (ret || gpu_unmap(&c->bad.vm, va, SZ_4K))
		fault_complain("VM_BIND in the victim's VM: %d", ret);
}

static void act_unmap_other(struct cast *c)
{
	u64 va = gpu_vm_reserve(&c->good.vm, SZ_4K, SZ_4K);
	int ret = gpu_map(&c->good.vm, c->good.data.handle, 0, va, SZ_4K);

	if (ret || gpu_unmap(&c->good.vm, va, SZ_4K))
		fault_complain("VM_BIND in another VM: %d", ret);
}

static void act_unbind(struct cast *c)
{
	(void)c;
	if (bound_unbind(&fault_bound) || bound_bind(&fault_bound))
		fault_complain("unbind and bind");
}

/* Down to the drivers' suspend and up again at once. */
static void act_sleep(struct cast *c)
{
	(void)c;
	sysfs_write("/sys/module/suspend/parameters/pm_test_delay", "0");
	if (sysfs_write("/sys/power/pm_test", "devices") || sysfs_write("/sys/power/state", "freeze"))
		fault_complain("system sleep");
	sysfs_write("/sys/power/pm_test", "none");
}

static void act_heap_gone(struct cast *c)
{
	struct gpu_group g;
	int ret;

	if (sysfs_write("/sys/bus/platform/drivers/panthor-protm-aperture/unbind",
			"panthor-protm-aperture"))
		fault_complain("the heap does not go");
	ret = gpu_group_try(&c->good.vm, &g, 1, SZ_4K, PANTHOR_GROUP_PRIORITY_MEDIUM,
			    DRM_PANTHOR_GROUP_FEATURE_PROTM);
	if (ret != -ENODEV)
		fault_complain("a protected group without a heap: %d", ret);
}

/* Firmware is late with this session, and with no other. */
static void act_mend(struct cast *c)
{
	(void)c;
	fault_mend();
}

/* --- what the victim's stream does --- */

static void stream_hang(struct cast *c, struct cs *cs)
{
	(void)c;
	cs_prot_region(cs, 3);
	cs_hang(cs);
	cs_nop(cs);
	cs_nop(cs);
}

static void stream_page_fault(struct cast *c, struct cs *cs)
{
	u64 va = gpu_vm_reserve(&c->bad.vm, SZ_64K, SZ_64K);

	cs_move48(cs, 60, va);
	cs_wait(cs, CS_ALL_SB);
	cs_prot_region(cs, 5);
	cs_spin(cs, 0, 1000);
	cs_store(cs, 0, 1, 60, 0);
	cs_wait(cs, CS_ALL_SB);
}

static void stream_invalid(struct cast *c, struct cs *cs)
{
	(void)c;
	cs_prot_region(cs, 4);
	cs_spin(cs, 0, 1000);
	cs_invalid(cs);
}

/* --- the table --- */

static const char *const in_session[] = { "acking", "activating", "active", "exiting", NULL };
static const char *const before_exit[] = { "acking", "activating", "active", NULL };
static const char *const active[] = { "active", NULL };
static const char *const exiting[] = { "exiting", NULL };
static const char *const entering[] = { "entering", NULL };
static const char *const confirming[] = { "confirming", NULL };
static const char *const once[] = { NULL };
static const u32 soon[] = { 0, 200, 3000, ~0u }, now_only[] = { 0, ~0u };

/* Faults at moments of the model, which only the model can hit. */
static const struct row {
	struct fault f;
	const char *const *at;
	const u32 *us;
} rows[] = {
	{ { "protected fault", "protected-fault", .fate = FATE_DIES, .flags = FAULT_RESET | FAULT_QUICK }, before_exit, soon },
	{ { "protected fault", "protected-fault", .flags = FAULT_RESET }, exiting, soon },
	{ { "protected fault", "protected-fault", .flags = FAULT_RESET | FAULT_FORCED }, exiting, soon },
	{ { "protected fault, slow exit", "protected-fault", .knob = { { "exit_ns", 5 * MS } },
	    .flags = FAULT_RESET | FAULT_FORCED }, exiting, soon },
	{ { "protected fault", "protected-fault", .flags = FAULT_RESET }, (const char *const[]){ "idle", NULL }, soon },
	{ { "firmware is deaf", "mcu-hang", .fate = FATE_DIES, .flags = FAULT_RESET }, before_exit, soon },
	{ { "firmware is deaf", "mcu-hang", .fate = FATE_DIES, .flags = FAULT_RESET }, exiting, now_only },
	{ { "firmware is deaf", "mcu-hang", .fate = FATE_DIES, .flags = FAULT_RESET | FAULT_FORCED }, exiting, now_only },
	{ { "no exit", "hang-protm", .region_ms = 600, .fate = FATE_DIES, .flags = FAULT_RESET | FAULT_WHOLE },
	  before_exit, soon },
	{ { "no exit", "hang-protm", .fate = FATE_DIES, .flags = FAULT_RESET | FAULT_WHOLE }, exiting, now_only },
	{ { "no exit", "hang-protm", .fate = FATE_DIES, .flags = FAULT_RESET | FAULT_WHOLE | FAULT_FORCED },
	  exiting, now_only },
	{ { "firmware gives up", "cs-fault", UNRECOVERABLE, .fate = FATE_DIES, .flags = FAULT_RESET }, before_exit, soon },
	{ { "firmware gives up", "cs-fault", UNRECOVERABLE, .flags = FAULT_RESET }, exiting, soon },
	{ { "fatal fault", "cs-fault", INVALID, .fate = FATE_DIES, .flags = FAULT_WHOLE | FAULT_NO_RESET }, active, soon },
	{ { "fault", "cs-fault", RECOVERABLE, .flags = FAULT_WHOLE | FAULT_NO_RESET }, active, soon },
	{ { "no progress", "progress-timeout", .fate = FATE_DIES, .flags = FAULT_WHOLE | FAULT_NO_RESET },
	  before_exit, soon },
	{ { "lost interrupt", "lost-irq", ",\"line\":\"job\"", .fate = FATE_WELL, .flags = FAULT_WHOLE | FAULT_NO_RESET },
	  in_session, now_only },
	{ { "lost interrupt", "lost-irq", ",\"line\":\"job\"", .fate = FATE_WELL,
	    .flags = FAULT_WHOLE | FAULT_NO_RESET | FAULT_FORCED }, in_session, now_only },
	/* Firmware that is late, or never comes. */
	{ { "entry not acknowledged", "drop-glb-ack", .fate = FATE_DIES, .flags = FAULT_RESET | FAULT_QUICK }, once, now_only },
	{ { "entry never acknowledged", .knob = { { "enter_ack_ns", NEVER } }, .act = act_mend, .fate = FATE_DIES, .flags = FAULT_RESET },
	  entering, now_only },
	{ { "entry acknowledged late", .knob = { { "enter_ack_ns", 5 * MS } }, .fate = FATE_WELL,
	    .flags = FAULT_NO_RESET | FAULT_WHOLE }, once, now_only },
	{ { "entry acknowledged very late", .knob = { { "enter_ack_ns", 100 * MS } }, .fate = FATE_WELL,
	    .flags = FAULT_NO_RESET | FAULT_WHOLE }, once, now_only },
	{ { "never active", .knob = { { "enter_active_ns", NEVER } }, .act = act_mend, .fate = FATE_DIES, .flags = FAULT_RESET }, confirming, now_only },
	{ { "active late", .knob = { { "enter_active_ns", 5 * MS } }, .fate = FATE_WELL,
	    .flags = FAULT_NO_RESET | FAULT_WHOLE | FAULT_QUICK }, once, now_only },
	{ { "active very late", .knob = { { "enter_active_ns", 100 * MS } }, .fate = FATE_WELL,
	    .flags = FAULT_NO_RESET | FAULT_WHOLE }, once, now_only },
	{ { "all of it late", .knob = { { "enter_ack_ns", 50 * MS }, { "enter_active_ns", 50 * MS } }, .fate = FATE_WELL,
	    .flags = FAULT_NO_RESET | FAULT_WHOLE | FAULT_FORCED }, once, now_only },
	{ { "exit late", .knob = { { "exit_ns", 5 * MS } }, .fate = FATE_WELL,
	    .flags = FAULT_NO_RESET | FAULT_WHOLE }, once, now_only },
	{ { "exit late", .knob = { { "exit_ns", 5 * MS } }, .fate = FATE_WELL,
	    .flags = FAULT_NO_RESET | FAULT_WHOLE | FAULT_FORCED }, once, now_only },
	{ { "exit very late", .knob = { { "exit_ns", 100 * MS } }, .fate = FATE_WELL,
	    .flags = FAULT_NO_RESET | FAULT_WHOLE }, once, now_only },
	{ { "exit too late", .knob = { { "exit_ns", NEVER } }, .act = act_mend, .fate = FATE_DIES,
	    .flags = FAULT_RESET | FAULT_WHOLE }, exiting, now_only },
	{ { "exit too late", .knob = { { "exit_ns", NEVER } }, .act = act_mend, .fate = FATE_DIES,
	    .flags = FAULT_RESET | FAULT_WHOLE | FAULT_FORCED }, exiting, now_only },
	{ { "exit not told", "drop-protm-exit", .fate = FATE_DIES, .flags = FAULT_RESET }, once, now_only },
	{ { "exit not told", "drop-protm-exit", .fate = FATE_DIES, .flags = FAULT_RESET | FAULT_FORCED | FAULT_QUICK },
	  once, now_only },
	/* Regions that go wrong by themselves. */
	{ { "page fault in a region", .stream = stream_page_fault, .fate = FATE_DIES,
	    .flags = FAULT_WHOLE | FAULT_NO_RESET | FAULT_QUICK }, once, now_only },
	{ { "invalid instruction in a region", .stream = stream_invalid, .fate = FATE_DIES,
	    .flags = FAULT_WHOLE | FAULT_NO_RESET }, once, now_only },
	{ { "region without end", .stream = stream_hang, .fate = FATE_DIES, .flags = FAULT_WHOLE | FAULT_NO_RESET },
	  once, now_only },
};

static bool selected(const struct fault *f)
{
	if (quick)
		return f->flags & FAULT_QUICK;
	return strstr(f->name, filter);
}

/*
 * What the guest does while the driver is in a state, which is made to last. Leaving
 * is forced, so that the driver knows of it; a fault before has the reset last.
 */
#define LASTS		(300 * MS)
#define RESET_LASTS	(60 * MS)	/* less than the driver gives it */

static const struct phase {
	const char *name;
	struct knob knob;
	const char *what;
	u32 flags;
} phases[] = {
	/* Normal mode is over so soon that nobody can wait for it. */
	{ NULL },
	{ "entering", { "enter_ack_ns", LASTS } },
	{ "confirming", { "enter_active_ns", LASTS } },
	{ "active" },
	{ "exiting", { "exit_ns", LASTS }, .flags = FAULT_FORCED },
	{ "faulted", { "reset_ns", RESET_LASTS }, "protected-fault", FAULT_RESET },
};

static const u32 at_once[] = { 0, 30000, ~0u }, any_time[] = { 0, 2000, 30000, ~0u };

static const struct deed {
	const char *name;
	void (*act)(struct cast *c);
	enum fate fate;
	u32 flags;
	const u32 *us;
} deeds[] = {
	{ "VM_BIND in the victim's VM", act_unmap_own, FATE_WELL, FAULT_WHOLE, any_time },
	{ "VM_BIND in another VM", act_unmap_other, FATE_WELL, FAULT_WHOLE | FAULT_QUICK, any_time },
	{ "the victim destroyed", act_destroy_victim, FATE_DIES, FAULT_WHOLE, any_time },
	{ "the victim's file closed", act_close_victim, FATE_DIES, FAULT_WHOLE, any_time },
	{ "system sleep", act_sleep, FATE_WELL, 0, at_once },
	{ "unplug", act_unbind, FATE_ANY, FAULT_GONE, at_once },
	{ "the heap vanishes", act_heap_gone, FATE_WELL, FAULT_WHOLE | FAULT_NO_HEAP, now_only },
};

static void run_deed(const struct deed *d, const struct phase *p)
{
	struct fault f = {
		.name = d->name,
		.what = p->what,
		.knob = { p->knob },
		.fate = d->fate,
		/* Still running when a slow guest gets to it. */
		.flags = d->flags | p->flags | FAULT_HELD,
		.act = d->act,
	};
	const u32 *us;

	if (!selected(&f))
		return;
	/* Whom the fault hits is no question of what is done then. */
	if (p->what) {
		f.fate = FATE_ANY;
		f.flags &= ~FAULT_WHOLE;
	}
	if (d->flags & FAULT_GONE)
		f.flags &= ~FAULT_RESET;
	for (us = d->us; *us != ~0u; us++) {
		if (quick && us != d->us)
			break;
		fault_run(&f, p->name, *us);
		count++;
	}
}

static void run_deeds(void)
{
	u32 i, j;

	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		for (j = 0; j < sizeof(phases) / sizeof(phases[0]); j++)
			run_deed(&deeds[i], &phases[j]);
	}
}

/* --- protected memory that is not there --- */

static const char heap[] = "protected heap";

/* Buffers that leave exactly @pages of the heap. Returns how many; the descriptors are for the caller to close. */
static u32 fill_heap(int *fd, u32 max, u32 pages)
{
	u64 size = 1 << 24;
	int spare[128];
	u32 n = 0, i;

	for (i = 0; i < pages; i++)
		spare[i] = heap_alloc("protected", SZ_4K);
	while (size >= SZ_4K && n < max) {
		fd[n] = heap_alloc("protected", size);
		if (fd[n] < 0)
			size /= 2;
		else
			n++;
	}
	for (i = 0; i < pages; i++)
		close(spare[i]);
	return n;
}

static int try_group(struct client *c, struct gpu_group *g)
{
	return gpu_group_try(&c->vm, g, 1, SZ_4K, PANTHOR_GROUP_PRIORITY_MEDIUM,
			     DRM_PANTHOR_GROUP_FEATURE_PROTM);
}

/* The first protected group of a driver that has just been bound, and so many pages for all that it takes. */
static void attach_with(u32 pages, bool enough)
{
	struct gpu_group g;
	struct client c;
	int fd[64], ret;
	u32 n;

	fault_begin();
	if (bound_unbind(&fault_bound) || bound_bind(&fault_bound))
		fault_complain("unbind and bind");
	client_open(&c, false);
	n = fill_heap(fd, 64, pages);
	ret = try_group(&c, &g);
	if (ret != (enough ? 0 : -ENOMEM))
		fault_complain("GROUP_CREATE: %d", ret);
	while (n)
		close(fd[--n]);
	if (ret && try_group(&c, &g))
		fault_complain("and none with memory");
	client_close(&c);
	fault_check_after(0);
	fault_end("%s: %u pages for the first protected group", heap, pages);
	count++;
}

/* Attaching means a reset; @what is what happens to it. */
static void attach_despite(const char *what, const char *more, int want, const char *name)
{
	struct gpu_group g;
	struct client c;
	int ret;

	fault_begin();
	if (bound_unbind(&fault_bound) || bound_bind(&fault_bound))
		fault_complain("unbind and bind");
	client_open(&c, false);
	vgpu_inject(what, 1, more);
	ret = try_group(&c, &g);
	if (ret != want)
		fault_complain("GROUP_CREATE: %d, want %d", ret, want);
	vgpu_inject(what, 0, more);
	/* It is not tried again before the driver is bound anew. */
	if (ret && try_group(&c, &g) != ret)
		fault_complain("another answer later");
	client_close(&c);
	fault_check_after(ret ? FAULT_ANEW : 0);
	fault_end("%s: %s", heap, name);
	count++;
}

/* The PROT section, and then a suspend buffer of a page: neither, the one, or both find room. */
static void run_heap(void)
{
	u32 all = fault_attached() / SZ_4K + 1;
	const u32 pages[] = { 0, 1, all - 2, all - 1, all, all + 1 };
	u32 i;

	if (quick || !strstr(heap, filter))
		return;
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		attach_with(pages[i], pages[i] >= all);
	attach_despite("no-boot", "", -EIO, "firmware does not boot with it, once");
	attach_despite("lost-irq", ",\"line\":\"job\"", 0, "the interrupt of its boot is lost");
}

static void run_row(const struct row *r)
{
	const char *const *at = r->at;
	const u32 *us;

	if (!selected(&r->f))
		return;
	do {
		for (us = r->us; *us != ~0u; us++) {
			/* The short selection has one delay of each. */
			if (quick && us != r->us)
				break;
			fault_run(&r->f, *at, *us);
			count++;
		}
	} while (*at && *++at);
}

int main(int argc, char **argv)
{
	u32 i;

	quick = argc == 1;
	if (argc > 1 && strcmp(argv[1], "all"))
		filter = argv[1];
	fault_init();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		run_row(&rows[i]);
	run_deeds();
	run_heap();
	diag("%u cases", count);
	return done();
}
