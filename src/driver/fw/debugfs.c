// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * debugfs: "firmware", what it is and how it stands with requests. All of it lies
 * in memory: reading wakes nothing.
 */
#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>

#include "fw/priv.h"

static const char *state_name(const struct pp_fw *fw)
{
	if (READ_ONCE(fw->live))
		return "running";
	return READ_ONCE(fw->halted) ? "halted" : "stopped";
}

static const char *prot_name(const struct pp_fw_info *info)
{
	if (!info->has_prot_section)
		return "none";
	return READ_ONCE(info->prot_loaded) ? "loaded" : "waiting for memory";
}

static void show_words(struct seq_file *m, const char *name, int nr, u32 req, u32 ack,
		       u32 doorbell_req, u32 doorbell_ack)
{
	if (nr < 0)
		seq_printf(m, "%s:", name);
	else
		seq_printf(m, "%s%d:", name, nr);
	seq_printf(m, " req=0x%08x ack=0x%08x differ=0x%08x doorbell_req=0x%x doorbell_ack=0x%x",
		   req, ack, req ^ ack, doorbell_req, doorbell_ack);
}

static void show_csg(struct seq_file *m, struct pp_fw *fw, unsigned int i)
{
	static const char * const states[] = { "terminated", "started", "suspended", "resumed" };
	const struct pp_fw_csg_output *out = fw->csgs[i].out;
	const struct pp_fw_csg_input *in = fw->csgs[i].in;
	u32 ack, state;

	if (!in || !out)
		return;
	ack = READ_ONCE(out->ack);
	state = ack & PP_CSG_STATE_MASK;
	show_words(m, "csg", i, READ_ONCE(in->req), ack, READ_ONCE(in->doorbell_req),
		   READ_ONCE(out->doorbell_ack));
	seq_printf(m, " state=%s%s\n",
		   state < ARRAY_SIZE(states) ? states[state] : "unknown",
		   READ_ONCE(out->status_state) & PP_CSG_STATUS_STATE_IDLE ? " idle" : "");
}

static int firmware_show(struct seq_file *m, void *unused)
{
	struct drm_debugfs_entry *entry = m->private;
	struct pp_fw *fw = to_pp_device(entry->dev)->fw;
	const struct pp_fw_glb_output *out = fw->glb.out;
	const struct pp_fw_glb_input *in = fw->glb.in;
	const struct pp_fw_info *info = &fw->info;

	seq_printf(m, "interface: %u.%u.%u\n", PP_FW_VERSION_MAJOR(info->version),
		   PP_FW_VERSION_MINOR(info->version), PP_FW_VERSION_PATCH(info->version));
	seq_printf(m, "build: %s\n", fw->image.build_info);
	seq_printf(m, "state: %s\n", state_name(fw));
	seq_printf(m, "slots: %u groups of %u streams\n", info->csg_count, info->cs_count);
	seq_printf(m, "suspend_size: %u\n", info->suspend_size);
	seq_printf(m, "protm_suspend_size: %u\n", info->protm_suspend_size);
	seq_printf(m, "protected_section: %s\n", prot_name(info));
	seq_printf(m, "ping: %s\n", READ_ONCE(fw->ping_paused) ? "paused" : "on");

	/* Firmware that boots again may say anything, also that it has no interfaces. */
	if (!in || !out)
		return 0;
	show_words(m, "global", -1, READ_ONCE(in->req), READ_ONCE(out->ack),
		   READ_ONCE(in->doorbell_req), READ_ONCE(out->doorbell_ack));
	seq_putc(m, '\n');
	for (unsigned int i = 0; i < info->csg_count; i++)
		show_csg(m, fw, i);
	return 0;
}

/**
 * pp_fw_debugfs_init() - add the file "firmware"
 * @fw: room state after the first boot; device not registered yet
 */
void pp_fw_debugfs_init(struct pp_fw *fw)
{
	drm_debugfs_add_file(&fw->pp->drm, "firmware", firmware_show, NULL);
}
