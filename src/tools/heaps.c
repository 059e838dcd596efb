// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The heaps: which there are, who provides them, and whether the CPU can reach their buffers. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "status.h"

#define HEAPS		"/dev/dma_heap"
#define SHIM_HEAPS	"/sys/kernel/debug/panthor-protm-heap/heaps"

/*
 * "name<tab>module" in the shim's list, after the backend's line. Its module goes to
 * @owner, which may be NULL.
 */
static bool find_provider(const char *list, const char *name, char *owner, size_t size)
{
	const char *line = strchr(list, '\n');
	size_t len = strlen(name);

	for (; line; line = strchr(line, '\n')) {
		line++;
		if (strncmp(line, name, len) || line[len] != '\t')
			continue;
		if (owner)
			snprintf(owner, size, "%.*s", (int)strcspn(line + len + 1, "\n"),
				 line + len + 1);
		return true;
	}
	return false;
}

/**
 * find_heaps() - the shim's heaps and its backend
 * @s: with @heap; gets @heap_list, @backend, @heap_known
 */
void find_heaps(struct status *s)
{
	char path[sizeof(HEAPS) + NAME_MAX_LEN];

	s->heap_known = -1;
	if (read_text(SHIM_HEAPS, s->heap_list, sizeof(s->heap_list)) ||
	    sscanf(s->heap_list, "backend\t%15s", s->backend) != 1)
		return;
	s->heap_known = *s->heap && find_provider(s->heap_list, s->heap, NULL, 0);
	/* Where the kernel has heaps of its own, the shim takes those, too. */
	snprintf(path, sizeof(path), HEAPS "/%s", s->heap);
	if (*s->heap && strcmp(s->backend, "own") && !access(path, F_OK))
		s->heap_known = 1;
}

/* What a page of the heap says: memory that the CPU can map is not protected. */
static const char *try_heap(const char *name)
{
	struct dma_heap_allocation_data data = {
		.len = sysconf(_SC_PAGESIZE),
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	char path[sizeof(HEAPS) + NAME_MAX_LEN];
	const char *says;
	void *p;
	int fd;

	snprintf(path, sizeof(path), HEAPS "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? "no device file" :
		       errno == EACCES || errno == EPERM ? "run as root to know more" :
							   strerror(errno);
	if (ioctl(fd, DMA_HEAP_IOCTL_ALLOC, &data)) {
		says = strerror(errno);
		close(fd);
		return says;
	}
	close(fd);
	p = mmap(NULL, data.len, PROT_READ, MAP_SHARED, data.fd, 0);
	says = p == MAP_FAILED ? "closed to the CPU, can serve protected mode" :
				 "open to the CPU, so not protected memory";
	if (p != MAP_FAILED)
		munmap(p, data.len);
	close(data.fd);
	return says;
}

static void print_heap_line(const struct status *s, const char *name)
{
	char owner[64] = "kernel";

	if (!find_provider(s->heap_list, name, owner, sizeof(owner)) &&
	    (!*s->backend || !strcmp(s->backend, "own")))
		snprintf(owner, sizeof(owner), "unknown");
	printf("  %s: provider %s; %s\n", name, owner, try_heap(name));
}

/**
 * print_heaps() - all heaps that can be seen
 * @s: after find_heaps()
 *
 * A page of each is allocated and given back.
 */
void print_heaps(const struct status *s)
{
	DIR *dir = opendir(HEAPS);
	const char *line = strchr(s->heap_list, '\n');
	char name[NAME_MAX_LEN], path[sizeof(HEAPS) + NAME_MAX_LEN];
	struct dirent *e;
	int found = 0;

	printf("heaps (backend of panthor-protm-heap: %s):\n", *s->backend ? s->backend : "unknown");
	while (dir && (e = readdir(dir))) {
		if (*e->d_name == '.' || strlen(e->d_name) >= NAME_MAX_LEN)
			continue;
		print_heap_line(s, e->d_name);
		found++;
	}
	if (dir)
		closedir(dir);
	/* For kernel code alone. */
	for (; line && line[1]; line = strchr(line + 1, '\n')) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(line + 1, "\t\n"), line + 1);
		snprintf(path, sizeof(path), HEAPS "/%s", name);
		if (!access(path, F_OK))
			continue;
		print_heap_line(s, name);
		found++;
	}
	if (!found)
		printf("  none\n");
}
