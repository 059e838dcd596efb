// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * soak SEED SECONDS [MODULE PARAMETERS...]: random clients beside random trouble,
 * until the time is over; then nothing may be left of any of them.
 *
 * A client that nothing disturbs must succeed. One that lives through a reset or
 * an unbind may be told of errors, but it has to end, and what the driver calls
 * done must be right.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protm.h"
#include "soak.h"
#include "sysfs.h"
#include "vgpu.h"

#define CLIENTS		6
#define STUCK_MS	60000

struct client {
	pid_t pid;
	const char *kind;
	s64 deadline;
	bool disturbed, killed;
	int out;
};

static struct soak {
	u64 seed;
	s64 end;
	char device[256], driver[300];
	const char *module[8];
	struct client clients[CLIENTS];
	/* A reset that was provoked and is still to come or not long over. */
	s64 resets;
	bool armed;
	s64 calm;
	u32 started, killed, disturbed, provoked, suspends, sleeps, unbinds, reloads;
	bool failed;
} soak;

static u32 pick(u32 n)
{
	return soak_random(&soak.seed) % n;
}

/* The output of a client is only of interest if it fails. */
static void print_output(struct client *c)
{
	char text[4096], *line, *rest = text;
	ssize_t n = pread(c->out, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = 0;
	while ((line = strsep(&rest, "\n"))) {
		if (*line)
			diag("%s", line);
	}
}

static void failed(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void failed(const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	soak.failed = true;
	ok(false, "%s", text);
}

static void ended(struct client *c, int status)
{
	bool well = WIFEXITED(status) && !WEXITSTATUS(status);

	if (c->killed || (c->disturbed && WIFEXITED(status) && WEXITSTATUS(status) != SOAK_WRONG))
		well = true;
	if (!well) {
		failed("client \"%s\"%s: status %#x", c->kind, c->disturbed ? ", disturbed" : "", status);
		print_output(c);
	}
	soak.disturbed += c->disturbed;
	close(c->out);
	c->pid = 0;
}

static u32 reap(void)
{
	u32 i, alive = 0;
	int status;

	for (i = 0; i < CLIENTS; i++) {
		struct client *c = &soak.clients[i];

		if (!c->pid)
			continue;
		if (waitpid(c->pid, &status, WNOHANG) == c->pid) {
			ended(c, status);
			continue;
		}
		alive++;
		if (now_ns() > c->deadline) {
			failed("client \"%s\" is stuck", c->kind);
			print_output(c);
			kill(c->pid, SIGKILL);
			c->killed = true;
			c->deadline = now_ns() + STUCK_MS * NSEC_PER_MSEC;
		}
	}
	return alive;
}

static void quiesce(void)
{
	while (reap())
		sleep_ms(20);
}

static void disturb_all(void)
{
	u32 i;

	for (i = 0; i < CLIENTS; i++)
		soak.clients[i].disturbed = true;
}

static void start_client(void)
{
	const struct soak_kind *kind = &soak_kinds[pick(soak_kind_count)];
	s64 ms = 500 + pick(4000);
	u64 seed = soak_random(&soak.seed);
	struct client *c;
	u32 i;

	for (i = 0; i < CLIENTS && soak.clients[i].pid; i++)
		;
	if (i == CLIENTS)
		return;
	c = &soak.clients[i];
	*c = (struct client){
		.kind = kind->name,
		.deadline = now_ns() + (ms + STUCK_MS) * NSEC_PER_MSEC,
		.disturbed = soak.armed || now_ns() < soak.calm,
		.out = memfd_create("client", 0),
	};
	fflush(stdout);
	c->pid = fork();
	if (c->pid < 0)
		bail("fork: %s", strerror(errno));
	if (!c->pid) {
		dup2(c->out, 1);
		exit(soak_client(kind, seed, now_ns() + ms * NSEC_PER_MSEC));
	}
	soak.started++;
}

static void kill_client(void)
{
	struct client *c = &soak.clients[pick(CLIENTS)];

	if (!c->pid)
		return;
	c->killed = true;
	kill(c->pid, SIGKILL);
	soak.killed++;
}

/* Firmware that forgets an answer gets the GPU reset. */
static void provoke_reset(void)
{
	if (soak.armed)
		return;
	disturb_all();
	soak.resets = vgpu_counter("soft_resets");
	soak.armed = true;
	vgpu_inject("drop-csg-ack", 1, "");
	soak.provoked++;
}

static void look_for_reset(void)
{
	if (!soak.armed || vgpu_counter("soft_resets") == soak.resets)
		return;
	soak.armed = false;
	/* It is over when groups run again; what is left of it does not take seconds. */
	soak.calm = now_ns() + 3000 * NSEC_PER_MSEC;
	disturb_all();
}

static void runtime_suspend(void)
{
	/* A reset on its way keeps the GPU up. */
	if (soak.armed || now_ns() < soak.calm)
		return;
	quiesce();
	if (sysfs_wait_power(soak.device, "suspended", 10000) < 0)
		failed("an idle GPU is not suspended");
	soak.suspends++;
}

/* As far as a guest can: tasks frozen, devices suspended, a second, and back. */
static void system_sleep(void)
{
	int ret;

	if (soak.armed)
		return;
	if (sysfs_write("/sys/power/pm_test", "devices"))
		bail("this kernel cannot test suspending");
	sysfs_write("/sys/module/suspend/parameters/pm_test_delay", "1");
	ret = sysfs_write("/sys/power/state", "freeze");
	if (ret)
		failed("system sleep: %s", strerror(-ret));
	soak.sleeps++;
}

static void rebind(void)
{
	const char *name = strrchr(soak.device, '/') + 1;
	char path[330];
	int ret;

	disturb_all();
	snprintf(path, sizeof(path), "%s/unbind", soak.driver);
	ret = sysfs_write(path, name);
	if (ret)
		failed("unbind: %s", strerror(-ret));
	sleep_ms(pick(300));
	snprintf(path, sizeof(path), "%s/bind", soak.driver);
	ret = sysfs_write(path, name);
	if (ret)
		failed("bind: %s", strerror(-ret));
	soak.armed = false;
	/* The next files are of the new device; nothing is left to disturb them. */
	soak.calm = 0;
	vgpu_inject("drop-csg-ack", 0, "");
	soak.unbinds++;
}

static bool run(const char *const argv[])
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

/*
 * Fences of our driver keep the module on kernels whose fences need its code, and are
 * freed by RCU: some time after the last client.
 */
static void wait_unused(void)
{
	char path[100], count[16] = "";
	s64 end = now_ns() + 5000 * NSEC_PER_MSEC;
	char *c;

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", soak.module[1]);
	for (c = path; *c; c++) {
		if (*c == '-')
			*c = '_';
	}
	while (!sysfs_read(path, count, sizeof(count)) && strcmp(count, "0") && now_ns() < end)
		sleep_ms(20);
}

static void reload(void)
{
	const char *out[] = { "rmmod", soak.module[1], NULL };

	quiesce();
	wait_unused();
	if (!run(out))
		failed("rmmod %s", soak.module[1]);
	if (!run(soak.module))
		failed("modprobe %s", soak.module[1]);
	soak.reloads++;
}

static void step(void)
{
	u32 n = pick(100);

	if (n < 70)
		start_client();
	else if (n < 80)
		kill_client();
	else if (n < 86)
		provoke_reset();
	else if (n < 91)
		runtime_suspend();
	else if (n < 94)
		system_sleep();
	else if (n < 98)
		rebind();
	else
		reload();
}

/* All is quiet, all modules have been loaded anew. */
static void settle(struct soak_levels *levels)
{
	quiesce();
	if (soak.armed)
		vgpu_inject("drop-csg-ack", 0, "");
	soak.armed = false;
	soak.calm = 0;
	reload();
	runtime_suspend();
	soak_measure(levels);
}

static void warm_up(void)
{
	u32 i;

	for (i = 0; i < 2 * CLIENTS; i++) {
		start_client();
		sleep_ms(300);
		reap();
	}
	rebind();
	quiesce();
}

static void look_around(int argc, char **argv)
{
	struct gpu gpu;
	int i;

	if (argc < 4)
		bail("usage: soak SEED SECONDS MODULE [PARAMETERS...]");
	soak.seed = strtoull(argv[1], NULL, 0);
	soak.end = now_ns() + atoll(argv[2]) * 1000 * NSEC_PER_MSEC;
	soak.module[0] = "modprobe";
	for (i = 3; i < argc && i < 9; i++)
		soak.module[i - 2] = argv[i];

	gpu_open(&gpu);
	soak_find_kinds(gpu.ours);
	sysfs_device(gpu.fd, soak.device, sizeof(soak.device));
	snprintf(soak.driver, sizeof(soak.driver), "/sys/bus/platform/drivers/%s", argv[3]);
	gpu_close(&gpu);
	diag("seed %llu", (unsigned long long)soak.seed);
}

int main(int argc, char **argv)
{
	struct soak_levels before, after;
	s64 said = 0;

	look_around(argc, argv);
	warm_up();
	settle(&before);
	while (now_ns() < soak.end && !soak.failed) {
		step();
		look_for_reset();
		reap();
		sleep_ms(50 + pick(300));
		if (now_ns() - said > 60000 * NSEC_PER_MSEC) {
			said = now_ns();
			diag("%lld s left, %u clients so far", (long long)((soak.end - said) / 1000000000), soak.started);
		}
	}
	settle(&after);

	diag("%u clients, %u of them disturbed, %u killed", soak.started, soak.disturbed, soak.killed);
	diag("%u resets provoked, %u runtime suspends, %u sleeps, %u unbinds, %u reloads", soak.provoked,
	     soak.suspends, soak.sleeps, soak.unbinds, soak.reloads);
	ok(!soak.failed, "every client and every step did what it should");
	soak_compare(&before, &after);
	is(vgpu_violations(), 0, "no violation on the virtual GPU");
	return done();
}
