// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Differential suite: what the device says about itself, and how ioctls are encoded. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "diff.h"

static int query(struct gpu *gpu, u32 type, u64 data, u32 *size)
{
	struct drm_panthor_dev_query q = { .type = type, .size = *size, .pointer = data };
	int ret = gpu_call(gpu, DEV_QUERY, &q);

	*size = q.size;
	return ret;
}

/* Size in 1.0, or in the version that brought it; size today. */
static const struct kind {
	const char *name;
	u32 type, old, size;
	int since, grown;
} kinds[] = {
	{ "gpu_info", DRM_PANTHOR_DEV_QUERY_GPU_INFO, 104, 112, 0, 7 },
	{ "csif_info", DRM_PANTHOR_DEV_QUERY_CSIF_INFO, 24, 24, 0, 0 },
	{ "timestamp_info", DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO, 24, 56, 8, 8 },
	{ "priorities_info", DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO, 4, 4, 2, 2 },
	{ "mmu_info", DRM_PANTHOR_DEV_QUERY_MMU_INFO, 8, 8, 9, 9 },
	{ "type_5", 5, 8, 8, 0, 0 },
	{ "type_100", 100, 8, 8, 0, 0 },
	{ "type_max", ~0u, 8, 8, 0, 0 },
};

static u32 touched(const u8 *data, u32 size)
{
	u32 n = size;

	while (n && data[n - 1] == 0xa5)
		n--;
	return n;
}

/* Every length of the buffer, around all the sizes that the structure had. */
static void query_sizes(struct gpu *gpu, const struct kind *k)
{
	static const u32 extra[] = { 1, 4, 8, 64, 3000 };
	static u8 data[4096];
	char name[64];
	u32 i, size, now;
	int ret;

	for (i = 0; i <= k->size + ARRAY_SIZE(extra) - 1; i++) {
		size = i < k->size ? i : k->size + extra[i - k->size];
		now = i == 0 ? k->size : size;
		memset(data, 0xa5, sizeof(data));
		/* That one looks at what is there. */
		if (k->type == DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO)
			memset(data, 0, size);
		size = now;
		ret = query(gpu, k->type, (uintptr_t)data, &now);
		snprintf(name, sizeof(name), "query/%s/size_%u", k->name, size);
		diff_case(size > k->old && k->grown > k->since ? k->grown : k->since, name,
			  "%s,size=%u,written=%u", diff_error(ret), now,
			  k->type == DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO ? 0 :
			  touched(data, sizeof(data)));
	}
}

static void query_pointers(struct gpu *gpu, const struct kind *k)
{
	static const char constant[256] = "for reading only";
	char *half = diff_page_end(NULL, k->size / 2);
	const struct {
		const char *name;
		u64 pointer;
		u32 size;
	} rows[] = {
		{ "null", 0, 0 }, { "null_with_size", 0, 12345 },
		{ "low", DIFF_BAD_LOW, k->size }, { "kernel", DIFF_BAD_KERNEL, k->size },
		{ "top", DIFF_BAD_TOP, k->size }, { "constant", (uintptr_t)constant, k->size },
		{ "half", (uintptr_t)half, k->size },
		{ "tail", (uintptr_t)diff_page_end(NULL, k->size), k->size + 8 },
		{ "odd", (uintptr_t)diff_page_end(NULL, 201), k->size },
		{ "huge", (uintptr_t)half, ~0u },
		{ "low_and_short", DIFF_BAD_LOW, 1 },
	};
	u32 i, size;
	int ret;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[64];

		size = rows[i].size;
		ret = query(gpu, k->type, rows[i].pointer, &size);
		snprintf(name, sizeof(name), "query/%s/pointer_%s", k->name, rows[i].name);
		diff_case(k->grown, name, "%s,size=%u", diff_error(ret), size);
	}
}

static void query_content(struct gpu *gpu, const struct kind *k)
{
	u32 words[64] = { 0 }, size = k->size, i;
	char name[64];

	if (k->type == DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO)
		return;
	if (query(gpu, k->type, (uintptr_t)words, &size))
		size = query(gpu, k->type, (uintptr_t)words, &(u32){ k->old }) ? 0 : k->old;
	for (i = 0; i < k->size / 4; i++) {
		snprintf(name, sizeof(name), "query/%s/word_%u", k->name, i);
		diff_case(i * 4 >= k->old ? k->grown : k->since, name, "%#x", words[i]);
	}
}

static void timestamp(struct gpu *gpu, u32 flags, u32 garbage)
{
	struct drm_panthor_timestamp_info t[2];
	u32 size = sizeof(t[0]);
	char name[64];
	int ret;

	memset(t, garbage, sizeof(t[0]));
	memset(&t[1], 0, sizeof(t[1]));
	t[0].flags = flags;
	ret = query(gpu, DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO, (uintptr_t)t, &size);
	snprintf(name, sizeof(name), "timestamp/flags_%#x_%#x", flags, garbage);
	if (ret) {
		diff_ret(8, ret, "%s", name);
		return;
	}
	/* The duration may be none, unless the GPU is read in between. */
	diff_case(8, name, "ok,freq=%llu,now=%d,offset=%#llx,flags=%#x,cycles=%d,sec=%d,nsec=%d,dur=%d",
		  (unsigned long long)t[0].timestamp_frequency, t[0].current_timestamp != 0,
		  (unsigned long long)t[0].timestamp_offset, t[0].flags, t[0].cycle_count != 0,
		  t[0].cpu_timestamp_sec != 0, t[0].cpu_timestamp_nsec != 0,
		  flags & 1 ? t[0].duration_nsec != 0 : 0);
}

static void timestamps(struct gpu *gpu)
{
	struct drm_panthor_timestamp_info t[2];
	u32 flags, size;

	for (flags = 0; flags < 0x100; flags++)
		timestamp(gpu, flags, 0xff);
	for (flags = 0x100; flags; flags <<= 1) {
		timestamp(gpu, flags, 0);
		timestamp(gpu, flags | 1, 0);
	}
	memset(t, 0, sizeof(t));
	size = sizeof(t[0]) + 8;
	t[1].timestamp_frequency = 1;
	diff_ret(8, query(gpu, DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO, (uintptr_t)t, &size),
		 "timestamp/tail");
}

/* The 17 commands and what is beyond: other sizes and directions, and no argument at all. */
static void encoding(u32 nr, u32 dir, u32 size, u64 fill, const char *what)
{
	int since = nr < 0x4d ? 0 : nr == 0x4d ? 4 : nr == 0x4e ? 5 : nr <= 0x50 ? 7 : 0;
	static u8 arg[0x4000];
	struct gpu gpu;
	char name[64];

	/* An array of 2^32 elements makes stock's kernel warn. */
	gpu_open(&gpu);
	snprintf(name, sizeof(name), "encoding/%#x/%s_%u", nr, what, size);
	if (nr == 0x4f && fill && diff_spare_stock(&gpu, since, name)) {
		gpu_close(&gpu);
		return;
	}
	memset(arg, fill, sizeof(arg));
	diff_ret(since, drm_ioctl(gpu.fd, _IOC(dir, 'd', nr, size), arg), "%s", name);
	/* A file for each, so that nothing stays. */
	gpu_close(&gpu);
}

static void encodings(void)
{
	static const u8 sizes[] = { 16, 16, 8, 24, 8, 24, 16, 56, 8, 24, 16, 40, 8, 16, 8, 16, 16 };
	int fd = drm_open();
	u32 nr, size;

	for (nr = 0x40; nr <= 0x53; nr++) {
		size = nr - 0x40 < ARRAY_SIZE(sizes) ? sizes[nr - 0x40] : 16;
		encoding(nr, _IOC_READ | _IOC_WRITE, 0, 0, "zeros");
		encoding(nr, _IOC_READ | _IOC_WRITE, 4, 0, "short");
		encoding(nr, _IOC_READ | _IOC_WRITE, size - 4, 0, "shorter");
		encoding(nr, _IOC_READ | _IOC_WRITE, size, 0, "zeros");
		encoding(nr, _IOC_READ | _IOC_WRITE, size + 8, 0, "zeros");
		encoding(nr, _IOC_READ | _IOC_WRITE, 0x3fff, 0, "zeros");
		encoding(nr, _IOC_READ | _IOC_WRITE, size, 0xff, "ones");
		encoding(nr, _IOC_READ | _IOC_WRITE, size + 8, 0xff, "ones");
		encoding(nr, _IOC_READ, size, 0, "read");
		encoding(nr, _IOC_WRITE, size, 0, "write");
		encoding(nr, _IOC_NONE, size, 0, "none");
		diff_ret(nr >= 0x4d && nr <= 0x50 ? 7 : 0,
			 drm_ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, 'd', nr, size), NULL),
			 "encoding/%#x/null", nr);
		diff_ret(nr >= 0x4d && nr <= 0x50 ? 7 : 0,
			 drm_ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, 'd', nr, size),
				   (void *)DIFF_BAD_KERNEL), "encoding/%#x/kernel", nr);
	}
	diff_ret(0, drm_ioctl(fd, _IOC(3, 'd', 0x9f, 16), NULL), "encoding/0x9f");
	diff_ret(0, drm_ioctl(fd, _IOC(3, 'e', 0x40, 16), NULL), "encoding/other_type");
	close(fd);
}

/* What DRM itself says of the driver. */
static void core(struct gpu *gpu)
{
	u64 cap;
	int ret;

	diff_case(0, "core/version", "%s,%d", gpu->id.name, gpu->id.major);
	for (cap = 0; cap < 0x20; cap++) {
		struct drm_get_cap g = { .capability = cap };
		char name[32];

		ret = drm_ioctl(gpu->fd, DRM_IOCTL_GET_CAP, &g);
		snprintf(name, sizeof(name), "core/cap_%#llx", (unsigned long long)cap);
		diff_case(0, name, "%s,%llu", diff_error(ret), (unsigned long long)g.value);
	}
	for (cap = 0; cap < 8; cap++) {
		struct drm_set_client_cap s = { .capability = cap, .value = 1 };

		ret = drm_ioctl(gpu->fd, DRM_IOCTL_SET_CLIENT_CAP, &s);
		diff_ret(0, ret, "core/client_cap_%llu", (unsigned long long)cap);
	}
	diff_ret(0, drm_gem_close(gpu->fd, 0), "core/gem_close_0");
	diff_ret(0, drm_gem_close(gpu->fd, 12345), "core/gem_close_bad");
}

int main(void)
{
	struct gpu gpu;
	u32 i;

	diff_open(&gpu);
	printf("minor %d\n", gpu.id.minor);
	core(&gpu);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		query_sizes(&gpu, &kinds[i]);
		query_pointers(&gpu, &kinds[i]);
		query_content(&gpu, &kinds[i]);
	}
	timestamps(&gpu);
	encodings();
	gpu_close(&gpu);
	return 0;
}
