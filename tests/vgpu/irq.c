// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "irq.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "knobs.h"
#include "stats.h"
#include "vgpu.h"

#define VECTORS	4

struct irq_block {
	uint32_t raw, mask;
	uint32_t level;		/* bits that CLEAR cannot clear now */
	bool line;		/* what the interrupt controller last saw */
};

struct irqs {
	struct irq_block block[IRQ_BLOCKS];
	int eventfd[VECTORS];
};

static const char *const line_names[IRQ_BLOCKS] = { "job", "mmu", "gpu", "pwr" };

static void fire(struct vgpu *v, enum irq_line block)
{
	const uint64_t one = 1;
	enum irq_line line = block == IRQ_PWR ? IRQ_GPU : block;
	int fd = v->irqs->eventfd[line];

	if (inject_due(v, INJ_LOST_IRQ_JOB + line, NULL)) {
		vlog(v, "irq %s lost by injection", line_names[line]);
		return;
	}
	stats_counters(v)->irqs[line]++;
	if (fd >= 0 && write(fd, &one, sizeof(one)) != sizeof(one))
		vlog(v, "irq %s: eventfd would not take it", line_names[line]);
}

/* The line is level, MSI-X is not: a message for each rising edge. */
static void update(struct vgpu *v, enum irq_line line)
{
	struct irq_block *b = &v->irqs->block[line];
	bool up = b->raw & b->mask;

	if (up && !b->line)
		fire(v, line);
	b->line = up;
}

void irq_raise(struct vgpu *v, enum irq_line line, uint32_t bits)
{
	v->irqs->block[line].raw |= bits;
	update(v, line);
}

void irq_assert_level(struct vgpu *v, enum irq_line line, uint32_t bits)
{
	v->irqs->block[line].level |= bits;
	irq_raise(v, line, bits);
}

void irq_deassert(struct vgpu *v, enum irq_line line, uint32_t bits)
{
	struct irq_block *b = &v->irqs->block[line];

	b->level &= ~bits;
	b->raw &= ~bits;
	update(v, line);
}

uint32_t irq_read(struct vgpu *v, enum irq_line line, uint32_t off)
{
	const struct irq_block *b = &v->irqs->block[line];

	switch (off) {
	case 0x0: return b->raw;
	case 0x8: return b->mask;
	case 0xc: return b->raw & b->mask;
	default: return 0;
	}
}

void irq_write(struct vgpu *v, enum irq_line line, uint32_t off, uint32_t val)
{
	struct irq_block *b = &v->irqs->block[line];

	switch (off) {
	case 0x0:
		b->raw |= val;
		break;
	case 0x4:
		b->raw = (b->raw & ~val) | b->level;
		/*
		 * A level line that stays up interrupts again as soon as the
		 * handler is done; drop our view of it so that it does here.
		 */
		b->line = false;
		break;
	case 0x8:
		b->mask = val;
		break;
	default:
		violation(v, "bad-register-access", "write to %s STATUS", line_names[line]);
		return;
	}
	update(v, line);
}

void irqs_reset(struct vgpu *v)
{
	for (unsigned int i = 0; i < IRQ_BLOCKS; i++) {
		struct irq_block *b = &v->irqs->block[i];

		b->raw = 0;
		b->level = 0;
		b->line = false;
		/* RESET_COMPLETED has to get through, so its block keeps its mask. */
		if (i != IRQ_GPU && i != IRQ_PWR)
			b->mask = 0;
	}
}

void irq_set_eventfd(struct vgpu *v, unsigned int vector, int fd)
{
	if (vector >= VECTORS) {
		if (fd >= 0)
			close(fd);
		return;
	}
	if (v->irqs->eventfd[vector] >= 0)
		close(v->irqs->eventfd[vector]);
	v->irqs->eventfd[vector] = fd;
}

struct irqs *irqs_new(void)
{
	struct irqs *i = calloc(1, sizeof(*i));

	for (unsigned int n = 0; i && n < VECTORS; n++)
		i->eventfd[n] = -1;
	return i;
}

void irqs_free(struct irqs *i)
{
	if (!i)
		return;
	for (unsigned int n = 0; n < VECTORS; n++)
		if (i->eventfd[n] >= 0)
			close(i->eventfd[n]);
	free(i);
}
