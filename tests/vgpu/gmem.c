// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "gmem.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_MAPS	256

struct gmap {
	uint64_t gpa, size;
	uint8_t *ptr;
};

struct gmem {
	struct gmap maps[MAX_MAPS];
	unsigned int count;
	unsigned int last;	/* where the previous look-up ended: nearly always right */
};

struct gmem *gmem_new(void)
{
	return calloc(1, sizeof(struct gmem));
}

void gmem_free(struct gmem *m)
{
	if (!m)
		return;
	for (unsigned int i = 0; i < m->count; i++)
		munmap(m->maps[i].ptr, m->maps[i].size);
	free(m);
}

static bool overlaps(const struct gmap *g, uint64_t gpa, uint64_t size)
{
	return gpa < g->gpa + g->size && g->gpa < gpa + size;
}

int gmem_map(struct gmem *m, uint64_t gpa, uint64_t size, int fd, uint64_t fd_offset, bool writable)
{
	struct stat st;
	void *ptr;

	if (!size || gpa + size < gpa || fd_offset + size < fd_offset || fd_offset > INT64_MAX)
		return -EINVAL;
	/* ROM: nothing that a GPU has business with. */
	if (!writable)
		return 0;
	for (unsigned int i = 0; i < m->count; i++)
		if (overlaps(&m->maps[i], gpa, size))
			return -EEXIST;
	if (m->count == MAX_MAPS)
		return -ENOSPC;
	/* A mapping past the end of the file would end us by SIGBUS later. */
	if (fstat(fd, &st))
		return -errno;
	if (st.st_size < 0 || (uint64_t)st.st_size < fd_offset + size)
		return -EINVAL;
	ptr = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)fd_offset);
	if (ptr == MAP_FAILED)
		return -errno;
	m->maps[m->count++] = (struct gmap){ gpa, size, ptr };
	return 0;
}

int gmem_unmap(struct gmem *m, uint64_t gpa, uint64_t size)
{
	int found = 0;

	if (gpa + size < gpa)
		return -EINVAL;
	for (unsigned int i = 0; i < m->count;) {
		struct gmap *g = &m->maps[i];

		if (g->gpa < gpa || g->gpa + g->size > gpa + size) {
			i++;
			continue;
		}
		munmap(g->ptr, g->size);
		*g = m->maps[--m->count];
		found++;
	}
	m->last = 0;
	return found ? 0 : -ENOENT;
}

void *gmem_ptr(struct gmem *m, uint64_t gpa, size_t len)
{
	for (unsigned int n = 0, i = m->last; n < m->count; n++, i = (i + 1) % m->count) {
		struct gmap *g = &m->maps[i];

		if (gpa < g->gpa || gpa - g->gpa >= g->size)
			continue;
		if (len > g->size - (gpa - g->gpa))
			return NULL;
		m->last = i;
		return g->ptr + (gpa - g->gpa);
	}
	return NULL;
}
