// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "as.h"
#include "csg.h"
#include "eng.h"
#include "knobs.h"
#include "loop.h"
#include "stats.h"
#include "vgpu.h"

#define MAGIC		0x50535553u	/* "SUSP" */
#define PROTM_MAGIC	0x4d535250u	/* "PRSM" */
#define MAX_SAVED	4096		/* groups that were destroyed while suspended stay behind */

/* At both ends of the buffer. */
struct mark {
	uint32_t magic, id, cs_mask, check;
};

struct saved {
	struct saved *next;
	uint32_t id;
	uint64_t gpa, exec_ns;
	uint32_t shared_sb[CS_MAX_SB];
	struct cs cs[];
};

struct suspend_store {
	struct saved *list;	/* newest first */
	unsigned int count;
	uint32_t last_id;
};

struct suspend_store *suspend_store_new(void)
{
	return calloc(1, sizeof(struct suspend_store));
}

void suspend_store_free(struct suspend_store *s)
{
	struct saved *next;

	if (!s)
		return;
	for (struct saved *e = s->list; e; e = next) {
		next = e->next;
		free(e);
	}
	free(s);
}

static void forget(struct suspend_store *s, struct saved **at)
{
	struct saved *gone = *at;

	*at = gone->next;
	free(gone);
	s->count--;
}

static bool put_mark(struct engine *e, uint64_t buf, uint64_t size, const struct mark *m)
{
	void *first = as_mcu_ptr(e->v, buf, sizeof(*m));
	void *last = as_mcu_ptr(e->v, buf + size - sizeof(*m), sizeof(*m));

	if (!buf || !first || !last)
		return false;
	memcpy(first, m, sizeof(*m));
	memcpy(last, m, sizeof(*m));
	return true;
}

static bool get_mark(struct engine *e, uint64_t buf, uint64_t size, struct mark *m)
{
	void *first = as_mcu_ptr(e->v, buf, sizeof(*m));
	void *last = as_mcu_ptr(e->v, buf + size - sizeof(*m), sizeof(*m));

	if (!buf || !first || !last || memcmp(first, last, sizeof(*m)))
		return false;
	memcpy(m, first, sizeof(*m));
	return m->check == ~(m->magic ^ m->id ^ m->cs_mask);
}

static struct mark make_mark(uint32_t magic, uint32_t id, uint32_t cs_mask)
{
	return (struct mark){ magic, id, cs_mask, ~(magic ^ id ^ cs_mask) };
}

/* A buffer holds one group: what it held before is overwritten. */
static struct saved *add(struct engine *e, uint64_t gpa)
{
	struct suspend_store *s = e->store;
	struct saved *n = calloc(1, sizeof(*n) + e->streams * sizeof(struct cs));
	unsigned int kept = 0;

	if (!n)
		return NULL;
	for (struct saved **at = &s->list; *at;) {
		if ((*at)->gpa == gpa || ++kept >= MAX_SAVED)
			forget(s, at);
		else
			at = &(*at)->next;
	}
	n->id = ++s->last_id;
	n->gpa = gpa;
	n->next = s->list;
	s->list = n;
	s->count++;
	return n;
}

bool suspend_save(struct csg *g)
{
	struct engine *e = g->e;
	struct as_probe p = as_probe(e->v, 0, g->suspend_buf);
	struct saved *s;
	struct mark m;

	if (!g->suspend_buf || !p.mapped || !p.writable || p.aperture) {
		violation(e->v, "bad-interface", "CSG%u SUSPEND into 0x%llx, which is no normal memory",
			  g->id, (unsigned long long)g->suspend_buf);
		return false;
	}
	s = add(e, p.gpa);
	if (!s)
		return false;
	m = make_mark(MAGIC, s->id, 0);
	if (!put_mark(e, g->suspend_buf, e->v->knobs->suspend_size, &m)) {
		violation(e->v, "bad-interface", "CSG%u suspend buffer smaller than suspend_size", g->id);
		return false;
	}
	s->exec_ns = g->exec_ns;
	memcpy(s->shared_sb, g->shared_sb, sizeof(s->shared_sb));
	memcpy(s->cs, g->cs, e->streams * sizeof(struct cs));
	return true;
}

/* What the group's buffer holds, or NULL. */
static struct saved **find(struct csg *g)
{
	struct engine *e = g->e;
	struct mark m;

	if (!get_mark(e, g->suspend_buf, e->v->knobs->suspend_size, &m) || m.magic != MAGIC)
		return NULL;
	for (struct saved **at = &e->store->list; *at; at = &(*at)->next)
		if ((*at)->id == m.id)
			return at;
	return NULL;
}

bool suspend_restore(struct csg *g)
{
	struct saved **at = find(g);
	struct engine *e = g->e;

	if (at) {
		g->exec_ns = (*at)->exec_ns;
		memcpy(g->shared_sb, (*at)->shared_sb, sizeof(g->shared_sb));
		memcpy(g->cs, (*at)->cs, e->streams * sizeof(struct cs));
		forget(e->store, at);
		return true;
	}
	violation(e->v, "bad-interface", "CSG%u RESUME from 0x%llx, which holds no suspended group",
		  g->id, (unsigned long long)g->suspend_buf);
	return false;
}

void suspend_drop(struct csg *g)
{
	struct saved **at = find(g);

	if (at)
		forget(g->e->store, at);
}

bool suspend_protm_usable(struct csg *g)
{
	uint64_t size = g->e->v->knobs->protm_suspend_size;

	if (!g->protm_buf)
		return false;
	for (uint64_t off = 0; off < size; off += 0x1000) {
		struct as_probe p = as_probe(g->e->v, 0, g->protm_buf + off);

		if (!p.mapped || !p.writable || !p.aperture)
			return false;
	}
	return true;
}

bool suspend_protm_save(struct csg *g, uint32_t cs_mask)
{
	struct mark m = make_mark(PROTM_MAGIC, g->id, cs_mask);

	return put_mark(g->e, g->protm_buf, g->e->v->knobs->protm_suspend_size, &m);
}

bool suspend_protm_restore(struct csg *g)
{
	struct mark m;

	return get_mark(g->e, g->protm_buf, g->e->v->knobs->protm_suspend_size, &m) &&
	       m.magic == PROTM_MAGIC;
}
