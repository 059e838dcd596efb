/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Inside of room fw only. */
#ifndef PP_FW_PRIV_H
#define PP_FW_PRIV_H

#include <linux/wait.h>
#include <linux/workqueue.h>

#include "fw/fw.h"
#include "fw/image.h"

struct firmware;

/**
 * struct pp_fw - state of the room
 * @pp: device
 * @vm: the MCU's VM
 * @file: the pristine image; sections are loaded from it at each full boot
 * @image: what @file consists of
 * @kbos: memory of each section of @image; NULL for a PROT section without any
 * @shared_bo: keeps the shared section mapped from unplug to release
 * @info: what firmware offers
 * @hooks: events go there; set once, read in the interrupt thread
 * @glb: global interface
 * @csgs: group interfaces, @info.csg_count
 * @cs: stream interfaces, @info.cs_count for each group
 * @wait: woken by every interrupt of the global interface
 * @booted: that interrupt was seen since the MCU was started
 * @live: interfaces are valid; events go to @hooks
 * @halted: the MCU was halted in order: sections need no reload
 * @resident: @vm holds AS0
 * @ping: watchdog
 * @ping_paused: under @glb.lock, so that no ping follows a pause
 */
struct pp_fw {
	struct pp_device *pp;
	struct pp_vm *vm;
	const struct firmware *file;
	struct pp_fw_image image;
	struct pp_kbo *kbos[PP_FW_IMAGE_MAX_SECTIONS];
	struct pp_bo *shared_bo;
	struct pp_fw_info info;
	const struct pp_fw_hooks *hooks;

	struct pp_fw_glb glb;
	struct pp_fw_csg *csgs;
	struct pp_fw_cs *cs;

	wait_queue_head_t wait;
	bool booted;
	bool live;
	bool halted;
	bool resident;

	struct delayed_work ping;
	bool ping_paused;
};

/* debugfs.c */
void pp_fw_debugfs_init(struct pp_fw *fw);
/* iface.c */
int pp_fw_iface_init(struct pp_fw *fw);
/* glb.c */
void pp_fw_glb_setup(struct pp_fw *fw);
int pp_fw_glb_start(struct pp_fw *fw);
void pp_fw_glb_set_state(struct pp_fw *fw, bool halt);
bool pp_fw_glb_halted(struct pp_fw *fw);
void pp_fw_glb_check_fatal(struct pp_fw *fw);
void pp_fw_ping_stop(struct pp_fw *fw, bool for_good);

#endif
