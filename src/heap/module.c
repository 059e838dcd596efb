// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * panthor-protm-heap: choice of the backend, load and unload, debugfs.
 */
#define pr_fmt(fmt) "panthor-protm-heap: " fmt

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include <panthor-protm/version.h>

#include "backend.h"
#include "compat/compat.h"
#include "compat/heap.h"

const struct pp_heap_backend *pp_heap_backend;

static struct dentry *debugfs_dir;

static int heaps_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "backend\t%s\n", pp_heap_backend->name);
	pp_heap_show_all(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(heaps);

/*
 * A second class "dma_heap" cannot be: where the kernel has one, it also has
 * the device nodes, and programs know only those.
 */
static const struct pp_heap_backend *choose_backend(void)
{
	if (!IS_ENABLED(CONFIG_DMABUF_HEAPS))
		return &pp_heap_backend_own;

	return PP_COMPAT_HEAP_NATIVE ? &pp_heap_backend_native :
				       &pp_heap_backend_bridge;
}

static int __init pp_heap_init(void)
{
	int ret;

	pp_heap_backend = choose_backend();
	ret = pp_heap_arrival_init();
	if (ret)
		return ret;

	if (pp_heap_backend->start) {
		ret = pp_heap_backend->start();
		if (ret)
			goto err_arrival;
	}

	debugfs_dir = debugfs_create_dir("panthor-protm-heap", NULL);
	debugfs_create_file("heaps", 0400, debugfs_dir, NULL, &heaps_fops);

	pr_info("version " PANTHOR_PROTM_VERSION ", backend %s\n",
		pp_heap_backend->name);
	return 0;

err_arrival:
	pp_heap_arrival_exit();
	return ret;
}

static void __exit pp_heap_exit(void)
{
	debugfs_remove(debugfs_dir);
	if (pp_heap_backend->stop)
		pp_heap_backend->stop();
	pp_heap_arrival_exit();
}

module_init(pp_heap_init);
module_exit(pp_heap_exit);

MODULE_DESCRIPTION("dma-buf heaps by name, for kernel code");
MODULE_AUTHOR("The panthor-protm authors");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_VERSION(PANTHOR_PROTM_VERSION);
PP_IMPORT_NS(DMA_BUF);
