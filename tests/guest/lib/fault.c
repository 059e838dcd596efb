// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fault.h"
#include "sysfs.h"
#include "vgpu.h"

#define R_ADDR		60
#define R_DATA		62
#define STREAM_SIZE	SZ_4K
#define SPINS_PER_MS	250
#define NORMAL_MS	40
#define REGION_MS	30
/* No case takes as long, with the limits that are set here. */
#define WAIT_MS		40000
/* Firmware's limits: nobody has to wait for seconds, and a slow machine does not reach them by itself. */
#define LIMIT_MS	1200
/* A word of the data, behind those of the jobs. */
#define HOLD		64
/* So often a case is tried whose moment has passed before the guest could act. */
#define TRIES		5
#define CARVEOUT	"/sys/kernel/debug/panthor-protm-carveout/protected/used"

struct bound fault_bound;

static struct {
	u32 minor;
	s64 carveout, gems;
	u32 wrong;
	bool missed;	/* the moment to act in */
	char state[32];
} env;

/* Settings that a case may change, and what they are otherwise. */
static const struct knob usual[] = {
	{ "enter_ack_ns", 20000 }, { "enter_active_ns", 20000 }, { "exit_ns", 50000 },
	{ "suspend_ns", 20000 }, { "reset_ns", 100000 }, { "boot_ns", 200000 },
};

void fault_complain(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag("wrong: %s", text);
	env.wrong++;
}

static void path_of(char *path, u32 size, const char *name)
{
	snprintf(path, size, "/sys/kernel/debug/dri/%u/%s", env.minor, name);
}

void fault_set_limit(const char *name, u32 us)
{
	char path[128], text[16];

	path_of(path, sizeof(path), name);
	snprintf(text, sizeof(text), "%u", us);
	if (sysfs_write(path, text))
		bail("%s cannot be written", path);
}

void fault_set_param(const char *name, u32 value)
{
	char path[128], text[16];

	snprintf(path, sizeof(path), "/sys/module/panthor_protm/parameters/%s", name);
	snprintf(text, sizeof(text), "%u", value);
	if (sysfs_write(path, text))
		bail("%s cannot be written", path);
}

static void short_limits(void)
{
	fault_set_limit("protm_enter_limit_us", LIMIT_MS * 1000);
	fault_set_limit("protm_confirm_limit_us", LIMIT_MS * 1000);
	fault_set_limit("protm_exit_limit_us", LIMIT_MS * 1000);
}

static s64 count_lines(const char *name)
{
	char path[128], line[512];
	s64 lines = 0;
	FILE *f;

	path_of(path, sizeof(path), name);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		lines++;
	if (f)
		fclose(f);
	return lines;
}

static s64 carveout(void)
{
	char text[32];

	return sysfs_read(CARVEOUT, text, sizeof(text)) ? -1 : strtoll(text, NULL, 0);
}

static const char *state(void)
{
	char path[128], line[64];
	FILE *f;

	path_of(path, sizeof(path), "protm");
	f = fopen(path, "r");
	env.state[0] = 0;
	if (f && fgets(line, sizeof(line), f))
		sscanf(line, "state: %31s", env.state);
	if (f)
		fclose(f);
	return env.state;
}

bool fault_wait_state(const char *want)
{
	s64 end = now_ns() + 5000 * NSEC_PER_MSEC;

	while (strcmp(state(), want)) {
		if (now_ns() > end)
			return false;
	}
	return true;
}

s64 fault_attached(void)
{
	return env.carveout;
}

void client_open(struct client *c, bool secret)
{
	struct stat st;

	memset(c, 0, sizeof(*c));
	gpu_open(&c->gpu);
	if (fstat(c->gpu.fd, &st))
		bail("fstat: %s", strerror(errno));
	/* A device that was bound again may have another number, and has limits of its own. */
	env.minor = minor(st.st_rdev);
	short_limits();
	gpu_vm_init(&c->gpu, &c->vm);
	gpu_bo_init(&c->vm, &c->code, 4 * STREAM_SIZE);
	gpu_bo_init(&c->vm, &c->data, SZ_4K);
	if (secret)
		protm_bo_init(&c->vm, &c->secret, SZ_64K);
	c->has_secret = secret;
	c->open = true;
}

/* All at once, as for a process that is killed. */
void client_close(struct client *c)
{
	if (!c->open)
		return;
	munmap(c->code.cpu, c->code.size);
	munmap(c->data.cpu, c->data.size);
	if (c->has_secret)
		close(c->secret.dmabuf);
	gpu_close(&c->gpu);
	c->open = false;
}

static struct cs stream(struct client *c, u32 n)
{
	return gpu_cs(&c->code, n * STREAM_SIZE, STREAM_SIZE);
}

static void store(struct client *c, struct cs *cs, u32 i)
{
	cs_store_word(cs, R_ADDR, R_DATA, c->data.va + 4 * i, 1);
}

static bool stored(struct client *c, u32 i)
{
	return ((volatile u32 *)c->data.cpu)[i] == 1;
}

static int submit(struct gpu_group *g, const struct cs *cs)
{
	int file;

	if (gpu_submit(g, 0, cs))
		bail("a job is refused");
	file = sync_file_get(g->vm->gpu->fd, g->sync[0]);
	if (file < 0)
		bail("no sync file: %s", strerror(-file));
	return file;
}

/* Bystanders are on slots when it begins: one computes, the other is idle and gets its region in the session. */
static void cast_init(struct cast *c)
{
	struct cs cs;

	client_open(&c->bad, true);
	client_open(&c->good, true);
	if (gpu_group_try(&c->bad.vm, &c->victim, 1, SZ_4K, PANTHOR_GROUP_PRIORITY_HIGH,
			  DRM_PANTHOR_GROUP_FEATURE_PROTM))
		bail("no group for the victim");
	gpu_group_init(&c->good.vm, &c->normal, 1);
	protm_group_init(&c->good.vm, &c->other, 1);
	cs = stream(&c->good, 0);
	cs_nop(&cs);
	if (gpu_run(&c->other, 0, &cs))
		fault_complain("a job before it");
	c->resets = vgpu_counter("soft_resets");
	cs = stream(&c->good, 1);
	cs_spin(&cs, 0, NORMAL_MS * SPINS_PER_MS);
	store(&c->good, &cs, 1);
	c->normal_done = submit(&c->normal, &cs);
}

static void submit_victim(struct cast *c, const struct fault *f)
{
	u32 ms = f->region_ms ? f->region_ms : REGION_MS;
	struct cs cs = stream(&c->bad, 0);

	cs_wait(&cs, CS_ALL_SB);
	if (f->stream) {
		f->stream(c, &cs);
	} else if (f->flags & FAULT_HELD) {
		cs_prot_region(&cs, CS_HOLD_WORDS);
		cs_hold(&cs, R_ADDR, R_DATA, c->bad.data.va + 4 * HOLD);
	} else {
		cs_prot_region(&cs, 3);
		cs_spin(&cs, 0, ms * SPINS_PER_MS);
	}
	protm_fill(&cs, c->bad.secret.va, 1);
	protm_compare(&cs, c->bad.secret.va, 1);
	store(&c->bad, &cs, 0);
	c->victim_done = submit(&c->victim, &cs);
}

static void submit_other(struct cast *c)
{
	struct cs cs = stream(&c->good, 2);

	protm_fill(&cs, c->good.secret.va, 2);
	protm_compare(&cs, c->good.secret.va, 2);
	store(&c->good, &cs, 2);
	c->other_done = submit(&c->other, &cs);
}

static void check_bystander(struct cast *c, u32 flags, struct gpu_group *g, int file, u32 word,
			    const char *who)
{
	const int innocent = DRM_PANTHOR_GROUP_STATE_TIMEDOUT | DRM_PANTHOR_GROUP_STATE_INNOCENT;
	int ret = sync_file_wait(file, WAIT_MS), s;

	close(file);
	if (ret == -ETIME) {
		fault_complain("%s: its fence does not signal", who);
		return;
	}
	if (flags & FAULT_GONE)
		return;
	s = gpu_group_state(g);
	if (ret == 1 && stored(&c->good, word) && !s)
		return;
	if (ret < 0 && s == innocent && !(flags & FAULT_WHOLE))
		return;
	fault_complain("%s: fence %d, state %d, %s", who, ret, s,
		       stored(&c->good, word) ? "stored" : "not stored");
}

static void check_victim(struct cast *c, const struct fault *f)
{
	int ret = sync_file_wait(c->victim_done, WAIT_MS);

	close(c->victim_done);
	if (ret == -ETIME)
		fault_complain("the victim's fence does not signal");
	else if (f->fate == FATE_WELL && (ret != 1 || !stored(&c->bad, 0)))
		fault_complain("the victim: fence %d", ret);
	else if (f->fate == FATE_DIES && ret == 1)
		fault_complain("the victim survives");
	else if (ret == 1 && c->bad.open && !stored(&c->bad, 0))
		fault_complain("the victim has not stored, and is told that all is well");
}

static void check_resets(struct cast *c, u32 flags)
{
	s64 resets = vgpu_counter("soft_resets") - c->resets;

	if (flags & FAULT_RESET && !resets)
		fault_complain("no reset");
	if (flags & FAULT_NO_RESET && resets)
		fault_complain("%lld resets", (long long)resets);
}

void fault_mend(void)
{
	u32 i;

	vgpu_inject("forget-planned", 1, "");
	vgpu_inject("protected-fault", 0, "");
	vgpu_inject("hang-protm", 0, "");
	vgpu_inject("drop-glb-ack", 0, "");
	vgpu_inject("drop-csg-ack", 0, "");
	vgpu_inject("drop-protm-exit", 0, "");
	vgpu_inject("slow-suspend", 0, "");
	vgpu_inject("no-boot", 0, "");
	vgpu_inject("lost-irq", 0, ",\"line\":\"job\"");
	vgpu_inject("lost-irq", 0, ",\"line\":\"gpu\"");
	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		vgpu_set(usual[i].name, usual[i].value);
}

/* What somebody finds who comes after it. */
static void next_job(void)
{
	struct gpu_group prot, normal;
	struct client c;
	struct cs cs;
	int ret;

	client_open(&c, true);
	protm_group_init(&c.vm, &prot, 1);
	gpu_group_init(&c.vm, &normal, 1);
	cs = stream(&c, 0);
	protm_fill(&cs, c.secret.va, 3);
	protm_compare(&cs, c.secret.va, 3);
	store(&c, &cs, 0);
	ret = gpu_run(&prot, 0, &cs);
	if (ret || !stored(&c, 0))
		fault_complain("the next protected job: %d", ret);
	cs = stream(&c, 1);
	store(&c, &cs, 1);
	ret = gpu_run(&normal, 0, &cs);
	if (ret || !stored(&c, 1))
		fault_complain("the next normal job: %d", ret);
	client_close(&c);
}

/* Groups and buffers are freed by works. */
static void check_levels(void)
{
	s64 end = now_ns() + 20000 * NSEC_PER_MSEC, used, gems, clients;
	bool same;

	do {
		used = carveout();
		gems = count_lines("gems");
		clients = count_lines("clients") - 1;
		same = used == env.carveout && gems == env.gems && !clients &&
		       !strcmp(state(), "normal");
		if (!same)
			sleep_ms(5);
	} while (!same && now_ns() < end);
	if (!same)
		fault_complain("left: %lld bytes protected (%lld), %lld BOs (%lld), %lld clients, state %s",
			       (long long)used, (long long)env.carveout, (long long)gems,
			       (long long)env.gems, (long long)clients, env.state);
}

/* Which they are when nothing changes any more. */
static void note_levels(void)
{
	s64 used, gems;
	u32 i, same = 0;

	for (i = 0; i < 2000 && same < 30; i++) {
		sleep_ms(10);
		used = carveout();
		gems = count_lines("gems");
		same = used == env.carveout && gems == env.gems ? same + 1 : 0;
		env.carveout = used;
		env.gems = gems;
	}
}

#define APERTURE "/sys/bus/platform/drivers/panthor-protm-aperture/"

/* It can when nothing of it is out any more, and what the driver had is freed by works. */
static void heap_back(void)
{
	s64 end = now_ns() + 20000 * NSEC_PER_MSEC;
	int ret;

	while ((ret = sysfs_write(APERTURE "bind", "panthor-protm-aperture")) == -EBUSY &&
	       now_ns() < end)
		sleep_ms(50);
	if (ret)
		fault_complain("the heap does not come back: %d", ret);
}

/* The driver is not told of the heap: it has to find it. */
static void bind_anew(bool heap)
{
	if (bound_unbind(&fault_bound))
		fault_complain("unbind");
	if (heap)
		heap_back();
	if (bound_bind(&fault_bound))
		fault_complain("bind");
}

void fault_check_after(u32 flags)
{
	if (flags & (FAULT_NO_HEAP | FAULT_ANEW))
		bind_anew(flags & FAULT_NO_HEAP);
	next_job();
	check_levels();
	if (vgpu_violations())
		fault_complain("violations");
	if (vgpu_counter("aperture_cpu_accesses"))
		fault_complain("the CPU touched protected memory");
}

void fault_begin(void)
{
	env.wrong = 0;
}

bool fault_end(const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* The next case is to be judged by itself. */
	if (env.wrong)
		vgpu_call("{\"cmd\":\"reset-stats\"}");
	return ok(!env.wrong, "%s", text);
}

static void arm(const struct fault *f, const char *at, u32 us)
{
	char more[160] = "";

	if (!f->what)
		return;
	if (at && !f->act)
		snprintf(more, sizeof(more), ",\"at\":\"%s\",\"delay_ns\":%u", at, us * 1000);
	vgpu_call("{\"cmd\":\"inject\",\"what\":\"%s\"%s%s}", f->what, f->more ? f->more : "", more);
}

static void act(const struct fault *f, struct cast *c, const char *at, u32 us)
{
	if (!f->act)
		return;
	if (at && !fault_wait_state(at)) {
		diag("protected mode is not seen to get to %s, it is %s", at, env.state);
		env.missed = true;
	}
	if (us)
		usleep(us);
	f->act(c);
	if (f->flags & FAULT_HELD && !(f->flags & FAULT_GONE) && c->bad.open)
		((volatile u32 *)c->bad.data.cpu)[HOLD] = 1;
}

/* The victim's session, or all of it if that was short. */
static void until_begun(struct cast *c)
{
	s64 end = now_ns() + 5000 * NSEC_PER_MSEC;

	while (!strcmp(state(), "normal") && sync_file_wait(c->victim_done, 0) == -ETIME &&
	       now_ns() < end)
		;
}

static void put_on(struct cast *c, const struct fault *f, const char *at, u32 us)
{
	u32 i;

	for (i = 0; i < 2 && f->knob[i].name; i++)
		vgpu_set(f->knob[i].name, f->knob[i].value);
	fault_set_param("protm_progress_ms", f->flags & FAULT_FORCED ? 12 : 300);
	arm(f, at, us);
	submit_victim(c, f);
	if (!f->act || at)
		until_begun(c);
	submit_other(c);
	act(f, c, at, us);
}

static void try_case(const struct fault *f, const char *at, u32 us)
{
	struct cast c;

	cast_init(&c);
	put_on(&c, f, at, us);
	check_victim(&c, f);
	/* What is slow has been slow enough. */
	fault_mend();
	fault_set_param("protm_progress_ms", 25000);
	check_bystander(&c, f->flags, &c.normal, c.normal_done, 1, "normal");
	check_bystander(&c, f->flags, &c.other, c.other_done, 2, "protected");
	check_resets(&c, f->flags);
	client_close(&c.bad);
	client_close(&c.good);
	fault_check_after(f->flags);
}

void fault_run(const struct fault *f, const char *at, u32 us)
{
	s64 start = now_ns();
	char name[128];
	u32 i;

	snprintf(name, sizeof(name), "%s, %s%s+%u us", f->name,
		 f->flags & FAULT_FORCED ? "forced exit, " : "",
		 at ? at : f->act ? "submitted" : "before", us);
	vgpu_mark(name);
	fault_begin();
	/* Whether it was in time for it does not excuse what else is wrong. */
	for (i = 0; i < TRIES && !env.wrong; i++) {
		env.missed = false;
		try_case(f, at, us);
		if (!env.missed)
			break;
	}
	if (env.missed)
		fault_complain("protected mode does not get to %s", at);
	if (now_ns() - start > 2000 * NSEC_PER_MSEC)
		diag("%s: %lld ms", name, (long long)(now_ns() - start) / NSEC_PER_MSEC);
	fault_end("%s", name);
}

void fault_init(void)
{
	struct client c;
	char path[300];

	client_open(&c, false);
	if (!c.gpu.ours)
		bail("protected mode is needed");
	bound_init(&fault_bound, c.gpu.fd);
	/* Requests of a GPU that wakes up are not meant by any injection. */
	snprintf(path, sizeof(path), "%s/power/control", fault_bound.dir);
	sysfs_write(path, "on");
	client_close(&c);
	fault_mend();
	next_job();
	note_levels();
	if (env.carveout <= 0 || env.gems < 4)
		bail("no levels");
}
