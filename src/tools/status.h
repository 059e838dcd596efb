/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* panthor-protm-status: what driver, firmware and platform make of protected mode. */
#ifndef PP_TOOLS_STATUS_H
#define PP_TOOLS_STATUS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <drm/panthor_protm.h>

/* Exit codes; scripts depend on them. */
enum {
	EXIT_USABLE = 0,	/* protected mode can be used */
	EXIT_NORMAL_ONLY = 1,	/* the GPU works, without protected mode */
	EXIT_NO_GPU = 2,	/* no GPU of ours, or it cannot be asked */
	EXIT_BAD_USAGE = 64,
};

#define TEXT_MAX	4096
#define NAME_MAX_LEN	128

/**
 * struct status - what is known about the GPU
 * @device: its name on the platform bus; empty if there is none
 * @holder: driver that it is bound to, empty if to none
 * @dir: its folder in sysfs
 * @node: its render node
 * @minor: number of the render node
 * @fd: the render node, open, or a negative errno
 * @protected_query: number of the query for protected mode
 * @features: answer of it, or a negative errno
 * @gpu: GPU_INFO
 * @heap: configured heap; empty if none
 * @heap_of: where the heap's name is from
 * @heap_used: the heap in use; empty before the first protected group
 * @heap_list: the shim's list, empty if it cannot be read
 * @backend: of the shim, empty if unknown
 * @heap_known: the shim finds it: 1, 0, or -1 if it cannot be asked
 * @firmware: debugfs file "firmware", empty if it cannot be read
 * @prot_section: 1 there is one, 0 there is none, -1 unknown
 */
struct status {
	char device[NAME_MAX_LEN], holder[NAME_MAX_LEN];
	char dir[PATH_MAX], node[64];
	int minor, fd;
	uint32_t protected_query;
	long features;
	struct drm_panthor_gpu_info gpu;
	char heap[NAME_MAX_LEN], heap_used[NAME_MAX_LEN];
	const char *heap_of;
	char heap_list[TEXT_MAX], backend[16];
	int heap_known;
	char firmware[TEXT_MAX];
	int prot_section;
};

/* look.c: the system, without the render node. */
int read_text(const char *path, char *text, size_t size);
const char *text_value(const char *text, const char *key, char *value, size_t size);
void find_gpu(struct status *s);
void find_heap(struct status *s);
void find_firmware(struct status *s);
int debugfs_read(const struct status *s, const char *file, char *text, size_t size);
void print_clients(void);

/* heaps.c: what there is to be configured. */
void find_heaps(struct status *s);
void print_heaps(const struct status *s);

/* node.c: the render node. */
int call(int fd, unsigned long nr, void *arg);
void open_node(struct status *s);

/* selftest.c: returns an exit code. */
int self_test(struct status *s);

/* The driver's table: names of GPUs. */
const char *pp_hw_product_name(uint32_t gpu_id, unsigned int cores, bool ray_tracing);

#endif
