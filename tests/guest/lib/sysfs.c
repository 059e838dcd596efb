// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "gpu.h"
#include "sysfs.h"

int sysfs_read(const char *path, char *text, u32 size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return -errno;
	text[n] = 0;
	text[strcspn(text, "\n")] = 0;
	return 0;
}

int sysfs_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

void sysfs_device(int fd, char *dir, u32 size)
{
	char path[64], real[PATH_MAX];
	struct stat st;

	if (fstat(fd, &st))
		bail("fstat of the render node: %s", strerror(errno));
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device", major(st.st_rdev),
		 minor(st.st_rdev));
	if (!realpath(path, real) || strlen(real) >= size)
		bail("%s: %s", path, strerror(errno));
	strcpy(dir, real);
}

int sysfs_wait_power(const char *dir, const char *want, int ms)
{
	char path[PATH_MAX], text[32];
	s64 start = now_ns();

	snprintf(path, sizeof(path), "%s/power/runtime_status", dir);
	do {
		if (!sysfs_read(path, text, sizeof(text)) && !strcmp(text, want))
			return (now_ns() - start) / NSEC_PER_MSEC;
		sleep_ms(5);
	} while (now_ns() - start < ms * NSEC_PER_MSEC);

	diag("runtime_status is %s", text);
	return -1;
}

int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
		bail("/dev/kmsg: %s", strerror(errno));
	return fd;
}

int kmsg_count(int fd, const char *word)
{
	char text[4096];
	int count = 0;
	ssize_t n;

	/* EPIPE: some were overwritten before they were read. */
	while ((n = read(fd, text, sizeof(text) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		text[n] = 0;
		if (!strstr(text, word))
			continue;
		diag("%s", strrchr(text, ';') ? strrchr(text, ';') + 1 : text);
		count++;
	}
	return count;
}
