// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What sysfs, debugfs and procfs tell. None of it wakes the GPU. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include "status.h"

#define PLATFORM	"/sys/bus/platform/"
#define DEBUGFS		"/sys/kernel/debug/"
#define KLOG_READ_ALL	3

/**
 * read_text() - the beginning of a file
 * @path: file
 * @text: gets it, always terminated
 * @size: bytes at @text
 *
 * Return: 0 or a negative errno.
 */
int read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	*text = 0;
	if (fd < 0)
		return -errno;
	while (n < size - 1 && (got = read(fd, text + n, size - 1 - n)) > 0)
		n += got;
	text[n] = 0;
	close(fd);
	return 0;
}

/* First line of a file. */
static int read_line(const char *path, char *text, size_t size)
{
	int ret = read_text(path, text, size);

	text[strcspn(text, "\n")] = 0;
	return ret;
}

/**
 * text_value() - the value in a "key: value" line
 * @text: lines
 * @key: without the colon
 * @value: gets it, without blanks in front
 * @size: bytes at @value
 *
 * Return: @value, or NULL if there is no such line.
 */
const char *text_value(const char *text, const char *key, char *value, size_t size)
{
	size_t len = strlen(key);
	const char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " \t");
		snprintf(value, size, "%.*s", (int)strcspn(line, "\n"), line);
		return value;
	}
	return NULL;
}

/* Name of the first entry of a folder that begins so. */
static bool first_entry(const char *path, const char *prefix, char *name, size_t size)
{
	struct dirent *e;
	DIR *dir = opendir(path);
	bool found = false;

	if (!dir)
		return false;
	while (!found && (e = readdir(dir))) {
		if (*e->d_name == '.' || strncmp(e->d_name, prefix, strlen(prefix)))
			continue;
		found = snprintf(name, size, "%s", e->d_name) < (int)size;
	}
	closedir(dir);
	return found;
}

/* Does the device tree call it a GPU of the kind that we drive? */
static bool is_csf_mali(const char *device)
{
	static const char * const names[] = {
		"arm,mali-valhall-csf", "rockchip,rk3588-mali", "mediatek,mt8196-mali",
	};
	char path[PATH_MAX], text[256] = "";
	size_t i, at;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), PLATFORM "devices/%s/of_node/compatible", device);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	/* Strings one after the other. */
	for (at = 0; n > 0 && at < (size_t)n; at += strlen(text + at) + 1)
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (!strcmp(text + at, names[i]))
				return true;
	return false;
}

/* The device's driver, by the name of its folder. */
static void find_holder(struct status *s)
{
	char path[PATH_MAX + 16], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/driver", s->dir);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = 0;
	if (strrchr(target, '/'))
		snprintf(s->holder, sizeof(s->holder), "%.*s", NAME_MAX_LEN - 1,
			 strrchr(target, '/') + 1);
}

/**
 * find_gpu() - look for the GPU on the platform bus
 * @s: gets @device, @holder, @dir, @node, @minor; one of ours is preferred
 */
void find_gpu(struct status *s)
{
	char path[PATH_MAX + 16], name[64];
	DIR *dir = opendir(PLATFORM "devices");
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (*e->d_name == '.' || strlen(e->d_name) >= sizeof(s->device) ||
		    !is_csf_mali(e->d_name))
			continue;
		*s->holder = 0;
		snprintf(s->device, sizeof(s->device), "%.*s", NAME_MAX_LEN - 1, e->d_name);
		snprintf(s->dir, sizeof(s->dir), PLATFORM "devices/%s", e->d_name);
		find_holder(s);
		if (!strcmp(s->holder, "panthor-protm"))
			break;
	}
	if (dir)
		closedir(dir);
	snprintf(path, sizeof(path), "%s/drm", s->dir);
	if (*s->device && first_entry(path, "renderD", name, sizeof(name)) && strlen(name) < 32) {
		s->minor = atoi(name + strlen("renderD"));
		snprintf(s->node, sizeof(s->node), "/dev/dri/%.32s", name);
	}
}

/**
 * find_heap() - which heap is configured and in use
 * @s: with @dir; gets @heap, @heap_of, @heap_used
 */
void find_heap(struct status *s)
{
	char path[PATH_MAX + 64];

	s->heap_of = "module parameter protected_heap_name";
	read_line("/sys/module/panthor_protm/parameters/protected_heap_name", s->heap,
		  sizeof(s->heap));
	/* How the kernel prints a string that was never set. */
	if (!strcmp(s->heap, "(null)"))
		*s->heap = 0;
	if (!*s->heap) {
		s->heap_of = "device tree, protected-heap-name";
		snprintf(path, sizeof(path), "%s/of_node/protected-heap-name", s->dir);
		read_line(path, s->heap, sizeof(s->heap));
	}
	snprintf(path, sizeof(path), "%s/protected_heap", s->dir);
	read_line(path, s->heap_used, sizeof(s->heap_used));
}

/**
 * debugfs_read() - a file of the GPU's debugfs folder
 * @s: with @minor
 * @file: name
 * @text: gets it
 * @size: bytes at @text
 *
 * Return: 0 or a negative errno.
 */
int debugfs_read(const struct status *s, const char *file, char *text, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), DEBUGFS "dri/%d/%s", s->minor, file);
	return read_text(path, text, size);
}

/* The kernel log's line about the interface, for who has no debugfs. */
static void firmware_from_log(struct status *s)
{
	static const char what[] = "firmware interface ";
	static char log[1 << 20];
	char *at, *last = NULL;
	int n = klogctl(KLOG_READ_ALL, log, sizeof(log) - 1);

	log[n > 0 ? n : 0] = 0;
	for (at = log; (at = strstr(at, what)); at++)
		last = at + strlen(what);
	if (!last)
		return;
	snprintf(s->firmware, sizeof(s->firmware), "interface: %.*s\n",
		 (int)strcspn(last, ",\n"), last);
	at = strstr(last, "protected section: ");
	if (at && at < last + strcspn(last, "\n"))
		s->prot_section = strncmp(at + strlen("protected section: "), "none", 4) != 0;
}

/**
 * find_firmware() - interface version, and is there a protected section?
 * @s: with @minor; gets @firmware, @prot_section
 */
void find_firmware(struct status *s)
{
	char value[64];

	s->prot_section = -1;
	if (debugfs_read(s, "firmware", s->firmware, sizeof(s->firmware))) {
		firmware_from_log(s);
		return;
	}
	if (text_value(s->firmware, "protected_section", value, sizeof(value)))
		s->prot_section = strcmp(value, "none") != 0;
}

/* One open file: is it a client of ours that we have not seen? */
static bool print_client(const char *pid, const char *fd, char *seen, size_t seen_size)
{
	char path[PATH_MAX], text[TEXT_MAX], id[32], time[64], memory[64], comm[32] = "?";
	char mark[40];

	snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", pid, fd);
	if (read_text(path, text, sizeof(text)) ||
	    !text_value(text, "panthor-protected-time", time, sizeof(time)) ||
	    !text_value(text, "drm-client-id", id, sizeof(id)))
		return false;
	snprintf(mark, sizeof(mark), " %s ", id);
	if (strstr(seen, mark) || strlen(seen) + strlen(mark) >= seen_size)
		return false;
	strcat(seen, mark);
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	read_line(path, comm, sizeof(comm));
	if (!text_value(text, "panthor-protected-memory", memory, sizeof(memory)))
		snprintf(memory, sizeof(memory), "?");
	printf("  client %s: %s[%s], protected time %s, protected memory %s\n", id, comm, pid,
	       time, memory);
	return true;
}

/* Files of one process. Returns clients, or -1 if they may not be seen. */
static int print_process(const char *pid, char *seen, size_t seen_size)
{
	char path[64], link[PATH_MAX];
	struct dirent *e;
	int found = 0;
	ssize_t n;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return errno == EACCES || errno == EPERM ? -1 : 0;
	while ((e = readdir(dir))) {
		n = readlinkat(dirfd(dir), e->d_name, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = 0;
		if (!strncmp(link, "/dev/dri/", strlen("/dev/dri/")))
			found += print_client(pid, e->d_name, seen, seen_size);
	}
	closedir(dir);
	return found;
}

/**
 * print_clients() - who has the GPU open, and how much protected time and memory
 */
void print_clients(void)
{
	static char seen[1 << 16];
	DIR *dir = opendir("/proc");
	int found = 0, hidden = 0, ret;
	struct dirent *e;

	printf("clients:\n");
	while (dir && (e = readdir(dir))) {
		/* This one's own look at the device is no news. */
		if (!isdigit((unsigned char)*e->d_name) || atoi(e->d_name) == getpid())
			continue;
		ret = print_process(e->d_name, seen, sizeof(seen));
		found += ret > 0 ? ret : 0;
		hidden += ret < 0;
	}
	if (dir)
		closedir(dir);
	if (!found)
		printf("  none%s\n", hidden ? " that this user may see" : "");
	if (hidden)
		printf("  %d processes of other users cannot be looked at: run as root\n", hidden);
}
