// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Eight Vulkan clients at once, and clients that are killed in mid-submit. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vk.h"

#define CLIENTS		8
#define SUBMITS		25
#define VICTIMS		6
#define AHEAD		64

/* One of many: its exit status counts what went wrong. */
static int client(void)
{
	VkCommandBuffer cmd;
	VkSemaphore sem;
	int wrong = 0;
	u32 i;

	vk_open();
	cmd = vk_commands(3);
	sem = vk_timeline();
	for (i = 0; i < SUBMITS; i++) {
		wrong += vk_run(cmd) != VK_SUCCESS;
		wrong += vk_submit_points(cmd, sem, i, i + 1) != VK_SUCCESS;
	}
	wrong += vk_wait_point(sem, SUBMITS) != VK_SUCCESS;
	wrong += DeviceWaitIdle(vk_device) != VK_SUCCESS;
	DestroySemaphore(vk_device, sem, NULL);
	vk_close();
	return wrong > 100 ? 100 : wrong;
}

/* Says when it is under way, then submits as fast as it can: some of it waits for ever, the rest runs. */
static void victim(int fd)
{
	VkCommandBuffer cmd;
	VkSemaphore sem, never;
	u64 i, point;

	vk_open();
	cmd = vk_commands(3);
	sem = vk_timeline();
	never = vk_timeline();
	for (i = 1;; i++) {
		if (vk_submit_points(cmd, sem, 0, i))
			_exit(1);
		point = i > AHEAD ? i - AHEAD : 0;
		if (point && vk_wait_point(sem, point))
			_exit(1);
		if (i == 4 && write(fd, "", 1) != 1)
			_exit(1);
		/* The last that the GPU sees from a client that is to die soon. */
		if (i == 400)
			vk_submit_points(cmd, never, 1, 0);
	}
}

static pid_t start(void (*work)(int fd), int fd)
{
	pid_t pid = fork();

	if (pid < 0)
		bail("fork fails");
	if (!pid) {
		if (!work)
			_exit(client());
		work(fd);
	}
	return pid;
}

static void test_clients(void)
{
	pid_t pids[CLIENTS];
	int i, status;

	for (i = 0; i < CLIENTS; i++)
		pids[i] = start(NULL, -1);
	for (i = 0; i < CLIENTS; i++) {
		waitpid(pids[i], &status, 0);
		is(status, 0, "client %d of %d: %d submits and a timeline", i + 1, CLIENTS, SUBMITS);
	}
}

static void test_kill(void)
{
	struct timespec pause = { 0 };
	int i, fds[2], status;
	char c;
	pid_t pid;

	for (i = 0; i < VICTIMS; i++) {
		if (pipe(fds))
			bail("pipe fails");
		pid = start(victim, fds[1]);
		close(fds[1]);
		if (read(fds[0], &c, 1) != 1)
			bail("the client did not come to its first submits");
		close(fds[0]);
		pause.tv_nsec = i * 37000000l;
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "client killed %d ms after its first submits",
		   i * 37);
	}
}

int main(void)
{
	test_clients();
	test_kill();
	is(client(), 0, "and a client after them");
	return done();
}
