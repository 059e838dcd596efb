// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "model.h"

#include <stdlib.h>

#include "as.h"
#include "engine.h"
#include "gmem.h"
#include "irq.h"
#include "knobs.h"
#include "loop.h"
#include "mailbox.h"
#include "pci.h"
#include "pwr.h"
#include "regs.h"
#include "stats.h"
#include "vgpu.h"

static bool complete(const struct vgpu *v)
{
	return v->loop && v->gmem && v->irqs && v->regs && v->pwr && v->mmu && v->stats && v->knobs &&
	       v->pci && v->mailbox && v->aperture;
}

struct vgpu *model_new(const struct profile *profile)
{
	struct vgpu *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->profile = profile;
	v->loop = loop_new();
	v->gmem = gmem_new();
	v->irqs = irqs_new();
	v->regs = regs_new();
	v->pwr = pwr_new(v);
	v->mmu = mmu_new();
	v->stats = stats_new();
	v->knobs = knobs_new();
	v->pci = pci_new();
	v->mailbox = mailbox_new();
	v->aperture = calloc(1, VGPU_APERTURE_SIZE);
	if (complete(v)) {
		knobs_set_profile(v->knobs, profile);
		v->engine = engine_new(v);
	}
	if (!v->engine) {
		model_free(v);
		return NULL;
	}
	regs_power_on_reset(v);
	return v;
}

void model_free(struct vgpu *v)
{
	if (!v)
		return;
	engine_free(v->engine);
	free(v->aperture);
	mailbox_free(v->mailbox);
	pci_free(v->pci);
	knobs_free(v->knobs);
	stats_free(v->stats);
	mmu_free(v->mmu);
	pwr_free(v->pwr);
	regs_free(v->regs);
	irqs_free(v->irqs);
	gmem_free(v->gmem);
	loop_free(v->loop);
	free(v);
}
