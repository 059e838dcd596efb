// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "pfix.h"
#include "sysfs.h"

#define R_SPIN	0
#define R_ADDR	60
#define R_DATA	62
/* Instructions in a millisecond, two for each turn of a loop. */
#define PER_MS	500

/* Behind the words of pfix_store(). */
#define HOLD	512

#define CARVEOUT	"/sys/bus/platform/drivers/panthor-protm-aperture/"
#define USED		"/sys/kernel/debug/panthor-protm-carveout/protected/used"

void pfix_init_streams(struct pfix *f, u32 count, u64 size)
{
	*f = (struct pfix){ .stream = size };
	gpu_open(&f->gpu);
	if (!f->gpu.ours)
		bail("this driver has no protected mode");
	gpu_vm_init(&f->gpu, &f->vm);
	gpu_bo_init(&f->vm, &f->code, count * size);
	gpu_bo_init(&f->vm, &f->data, SZ_4K);
	protm_bo_init(&f->vm, &f->a, SZ_64K);
}

void pfix_init(struct pfix *f)
{
	pfix_init_streams(f, 16, SZ_4K);
}

void pfix_fini(struct pfix *f)
{
	protm_bo_fini(&f->a);
	gpu_bo_fini(&f->data);
	gpu_bo_fini(&f->code);
	gpu_vm_fini(&f->vm);
	gpu_close(&f->gpu);
}

struct cs pfix_stream(struct pfix *f, u32 n)
{
	return gpu_cs(&f->code, n * f->stream, f->stream);
}

u32 pfix_word(struct pfix *f, u32 i)
{
	return ((volatile u32 *)f->data.cpu)[i];
}

void pfix_store(struct pfix *f, struct cs *cs, u32 i, u32 value)
{
	cs_store_word(cs, R_ADDR, R_DATA, f->data.va + 4 * i, value);
}

void pfix_region_ms(struct cs *cs, u32 ms)
{
	cs_wait(cs, CS_ALL_SB);
	cs_prot_region(cs, 3);
	pfix_spin_ms(cs, ms);
}

void pfix_spin_ms(struct cs *cs, u32 ms)
{
	cs_spin(cs, R_SPIN, ms * PER_MS / 2);
}

static volatile u32 *hold_word(struct pfix *f, u32 i)
{
	return (u32 *)f->data.cpu + HOLD + i;
}

void pfix_hold(struct pfix *f, struct cs *cs, u32 i)
{
	*hold_word(f, i) = 0;
	cs_hold(cs, R_ADDR, R_DATA, f->data.va + 4 * (HOLD + i));
}

void pfix_hold_region(struct pfix *f, struct cs *cs, u32 i)
{
	cs_wait(cs, CS_ALL_SB);
	cs_prot_region(cs, CS_HOLD_WORDS);
	pfix_hold(f, cs, i);
}

void pfix_let_go(struct pfix *f, u32 i)
{
	*hold_word(f, i) = 1;
}

static void debugfs_path(struct gpu *gpu, const char *name, char *path, u32 size)
{
	struct stat st;

	if (fstat(gpu->fd, &st))
		bail("fstat: %s", strerror(errno));
	snprintf(path, size, "/sys/kernel/debug/dri/%u/%s", minor(st.st_rdev), name);
}

void pfix_limit_ms(struct gpu *gpu, const char *name, u32 ms)
{
	char path[96], file[32], text[16];

	snprintf(file, sizeof(file), "protm_%s_limit_us", name);
	debugfs_path(gpu, file, path, sizeof(path));
	snprintf(text, sizeof(text), "%u", ms * 1000);
	if (sysfs_write(path, text))
		bail("%s cannot be written", path);
}

const char *pfix_text(struct gpu *gpu, const char *key)
{
	static char line[128];
	char path[96], want[64];
	FILE *file;

	debugfs_path(gpu, "protm", path, sizeof(path));
	snprintf(want, sizeof(want), "%s: ", key);
	file = fopen(path, "re");
	if (!file)
		bail("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, want, strlen(want)))
			continue;
		fclose(file);
		line[strcspn(line, "\n")] = 0;
		return line + strlen(want);
	}
	bail("no \"%s\" in %s", key, path);
}

s64 pfix_stat(struct gpu *gpu, const char *key)
{
	return strtoll(pfix_text(gpu, key), NULL, 10);
}

void pfix_until(struct gpu *gpu, const char *state)
{
	u32 i;

	for (i = 0; i < 20000; i++) {
		if (!strcmp(pfix_text(gpu, "state"), state))
			return;
		sleep_ms(1);
	}
	bail("protected mode: not %s but %s", state, pfix_text(gpu, "state"));
}

s64 heap_used(void)
{
	char text[32];

	if (sysfs_read(USED, text, sizeof(text)))
		bail("no carve-out heap");
	return atoll(text);
}

int heap_provider(bool there)
{
	return sysfs_write(there ? CARVEOUT "bind" : CARVEOUT "unbind", "panthor-protm-aperture");
}
