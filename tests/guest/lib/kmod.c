// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kmod.h"
#include "sysfs.h"

int kmod_load(const char *name, const char *params)
{
	struct utsname u;
	char path[256];
	int fd, ret;

	uname(&u);
	snprintf(path, sizeof(path), "/lib/modules/%s/updates/dkms/%s.ko", u.release, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		bail("%s: %s", path, strerror(errno));
	ret = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return ret;
}

int kmod_unload(const char *name)
{
	char real[64], *p;

	snprintf(real, sizeof(real), "%s", name);
	for (p = real; *p; p++)
		*p = *p == '-' ? '_' : *p;
	return syscall(SYS_delete_module, real, O_NONBLOCK) ? -errno : 0;
}

static void param_path(const char *name, const char *param, char *path, u32 size)
{
	snprintf(path, size, "/sys/module/%s/parameters/%s", name, param);
}

s64 kmod_param(const char *name, const char *param)
{
	char path[128], text[32];

	param_path(name, param, path, sizeof(path));
	if (sysfs_read(path, text, sizeof(text)))
		bail("no %s", path);
	return atoll(text);
}

void kmod_set_param(const char *name, const char *param, const char *value)
{
	char path[128];

	param_path(name, param, path, sizeof(path));
	if (sysfs_write(path, value))
		bail("%s cannot be written", path);
}
