// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * debugfs: "protm", the engine's state and counters, a "key: value" per line; and
 * the limits that are no module parameters, for firmware that is being brought up
 * and for tests.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>
#include <drm/drm_file.h>

#include "fw/fw.h"
#include "mem/protmem.h"
#include "protm/priv.h"

static int protm_show(struct seq_file *m, void *unused)
{
	struct drm_debugfs_entry *entry = m->private;
	struct pp_device *pp = to_pp_device(entry->dev);
	struct pp_protm_stats s;
	unsigned int i;

	pp_protm_get_stats(pp, &s);
	seq_printf(m, "state: %s\n", pp_protm_state_name(pp_protm_state(pp->protm)));
	seq_printf(m, "heap: %s\n", pp_fw_info(pp)->prot_loaded ? pp_protmem_name(pp) : "none");
	seq_printf(m, "group: %u\n", pp_protm_active_id(pp->protm));
	seq_printf(m, "sessions: %llu\n", s.sessions);
	seq_printf(m, "failed_entries: %llu\n", s.failed_entries);
	seq_printf(m, "faults: %llu\n", s.faults);
	seq_printf(m, "active_ns: %llu\n", s.active_ns);
	seq_printf(m, "longest_ns: %llu\n", s.longest_ns);
	seq_printf(m, "enter_longest_ns: %llu\n", s.enter_longest_ns);
	seq_printf(m, "exit_longest_ns: %llu\n", s.exit_longest_ns);
	for (i = 0; i < PP_EXIT_CAUSES; i++)
		seq_printf(m, "exits_%s: %llu\n", pp_protm_cause_name(i), s.exits[i]);
	seq_printf(m, "vm_waits: %llu\n", s.vm_waits);
	seq_printf(m, "vm_wait_longest_ns: %llu\n", s.vm_wait_longest_ns);
	return 0;
}

/**
 * pp_protm_debugfs_init() - add the file "protm"
 * @pp: device, not registered yet
 */
void pp_protm_debugfs_init(struct pp_device *pp)
{
	drm_debugfs_add_file(&pp->drm, "protm", protm_show, NULL);
}

/**
 * pp_protm_debugfs_minor() - for &drm_driver.debugfs_init
 * @minor: where the files go
 */
void pp_protm_debugfs_minor(struct drm_minor *minor)
{
	struct pp_protm *protm = to_pp_device(minor->dev)->protm;
	u32 *us = protm->limits.us;

	debugfs_create_u32("protm_enter_limit_us", 0600, minor->debugfs_root,
			   &us[PP_PROTM_LIMIT_ENTER]);
	debugfs_create_u32("protm_confirm_limit_us", 0600, minor->debugfs_root,
			   &us[PP_PROTM_LIMIT_CONFIRM]);
	debugfs_create_u32("protm_exit_limit_us", 0600, minor->debugfs_root,
			   &us[PP_PROTM_LIMIT_EXIT]);
}
