// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Boot check: seen through AS0, is the image where and as its file says? A
 * synthetic image carries a table of its sections; for Arm's the known addresses
 * and rights are checked (csf.md 2.1).
 */
#include <string.h>

#include "as.h"
#include "eng.h"
#include "fwtable.h"
#include "profiles.h"
#include "stats.h"
#include "vgpu.h"

#define PAGE		0x1000u
#define PROT_MARK	0x544f5250u	/* "PROT" */

/* What every Arm image has, at least this large. */
static const struct fwtable_section arm_sections[] = {
	{ .va = 0x00000000, .size = 0x01000, .flags = FWSEC_RD },
	{ .va = 0x00400000, .size = 0x01000, .flags = FWSEC_RD },
	{ .va = 0x00800000, .size = 0x20000, .flags = FWSEC_RD | FWSEC_EX },
	{ .va = 0x01000000, .size = 0x40000, .flags = FWSEC_RD },
	{ .va = 0x02000000, .size = 0x40000, .flags = FWSEC_RD | FWSEC_WR },
	{ .va = FWSEC_PROT_VA, .size = 0x40000, .flags = FWSEC_RD | FWSEC_WR | FWSEC_PROT },
};

/* Images for arch 12 and 13 have one more; of arch 14's nothing is known. */
static const struct fwtable_section arm_section_v12 = {
	.va = 0x00c00000, .size = 0x10000, .flags = FWSEC_RD,
};

static bool bad(struct engine *e, uint32_t va, const char *what)
{
	violation(e->v, "bad-firmware-layout", "0x%08x: %s", va, what);
	return false;
}

static bool check_rights(struct engine *e, const struct fwtable_section *s)
{
	for (uint32_t va = s->va; va < s->va + s->size; va += PAGE) {
		struct as_probe p = as_probe(e->v, 0, va);

		if (!p.mapped)
			return bad(e, va, "section page not mapped");
		if (p.aperture)
			return bad(e, va, "normal section in protected memory");
		if (p.writable != !!(s->flags & FWSEC_WR))
			return bad(e, va, p.writable ? "writable" : "not writable");
		if (p.executable != !!(s->flags & FWSEC_EX))
			return bad(e, va, p.executable ? "executable" : "not executable");
	}
	return true;
}

static bool check_content(struct engine *e, const struct fwtable_section *s)
{
	uint32_t crc = 0;

	for (uint32_t done = 0; done < s->data_size; done += PAGE) {
		uint32_t n = s->data_size - done < PAGE ? s->data_size - done : PAGE;
		const void *p = as_mcu_ptr(e->v, s->va + done, n);

		if (!p)
			return bad(e, s->va + done, "content not readable");
		crc = fwtable_crc32(crc, p, n);
	}
	/* The table itself cannot hold its own sum, and the interface is written to. */
	if (!s->crc32 || s->flags & FWSEC_SHARED || crc == s->crc32)
		return true;
	return bad(e, s->va, "content differs from the file's");
}

/* Absent is fine: no session then. Present means all of it, in the aperture. */
static bool check_prot(struct engine *e, const struct fwtable_section *s)
{
	if (!as_probe(e->v, 0, s->va).mapped)
		return true;
	for (uint32_t va = s->va; va < s->va + s->size; va += PAGE) {
		struct as_probe p = as_probe(e->v, 0, va);

		if (!p.mapped)
			return bad(e, va, "PROT section page not mapped");
		if (!p.aperture)
			return bad(e, va, "PROT section in normal memory");
		if (!p.writable || p.executable)
			return bad(e, va, "PROT section with wrong rights");
	}
	e->prot_size = s->size;
	for (uint32_t va = s->va; va < s->va + s->size; va += PAGE)
		memcpy(as_mcu_ptr(e->v, va, 4), &(uint32_t){ PROT_MARK ^ va }, 4);
	e->prot_section = true;
	return true;
}

bool layout_prot_intact(struct engine *e)
{
	for (uint32_t va = FWSEC_PROT_VA; va < FWSEC_PROT_VA + e->prot_size; va += PAGE) {
		const uint32_t *p = as_mcu_ptr(e->v, va, 4);

		if (!p || *p != (PROT_MARK ^ va) || !as_probe(e->v, 0, va).aperture)
			return false;
	}
	return true;
}

static bool check_section(struct engine *e, const struct fwtable_section *s)
{
	if (s->size % PAGE || s->data_size > s->size)
		return bad(e, s->va, "impossible size in the table");
	if (s->flags & FWSEC_PROT)
		return check_prot(e, s);
	return check_rights(e, s) && check_content(e, s);
}

static bool check_interface(struct engine *e)
{
	struct fwtable_section s = {
		.va = FWSEC_SHARED_VA,
		.size = (e->fwif.end - FWSEC_SHARED_VA + PAGE - 1) & ~(PAGE - 1),
		.flags = FWSEC_RD | FWSEC_WR,
	};

	return check_rights(e, &s);
}

static bool check_table(struct engine *e, const struct fwtable *t)
{
	if (t->count > FWTABLE_MAX || fwtable_crc32(0, t->sections, sizeof(t->sections)) != t->crc32)
		return bad(e, 0, "damaged section table");
	for (unsigned int i = 0; i < t->count; i++)
		if (!check_section(e, &t->sections[i]))
			return false;
	return true;
}

uint32_t layout_version(struct engine *e)
{
	const struct fwtable *t = as_mcu_ptr(e->v, 0, sizeof(*t));

	return t && t->magic == FWTABLE_MAGIC ? t->version : 0;
}

bool layout_check(struct engine *e)
{
	const struct fwtable *t = as_mcu_ptr(e->v, 0, sizeof(*t));
	unsigned int arch;

	e->prot_section = false;
	if (!check_interface(e))
		return false;
	if (!t)
		return bad(e, 0, "no boot section");
	if (t->magic == FWTABLE_MAGIC)
		return check_table(e, t);
	for (unsigned int i = 0; i < sizeof(arm_sections) / sizeof(arm_sections[0]); i++)
		if (!check_section(e, &arm_sections[i]))
			return false;
	arch = profile_arch(e->v->profile);
	return arch < 12 || arch > 13 || check_section(e, &arm_section_v12);
}
