/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The shim's halves: the registry, which is the same on every kernel, and a
 * backend, which knows how this kernel shows heaps to user space and where
 * heaps of its own can be found. One backend is in force, chosen by module.c.
 *
 * Locks: the registry's mutex guards the list of heaps and is held around
 * publish() and withdraw(); a heap's rw_semaphore is held for reading around a
 * call of its provider and for writing to mark it removed. The mutex comes
 * first where both are needed.
 */
#ifndef PP_HEAP_BACKEND_H
#define PP_HEAP_BACKEND_H

#include <linux/types.h>

#include <panthor-protm/heap.h>

struct pp_heap_node;
struct seq_file;

/**
 * struct pp_heap_backend - how heaps meet this kernel
 * @name: what the load message and debugfs call it
 * @start: the module is loaded; NULL if there is nothing to do. Returns 0 or
 *	an error, upon which the module does not load.
 * @stop: the module goes away; no heap is left
 * @publish: make a heap visible to user space; NULL if that cannot be done
 *	here. Returns its node, or an ERR_PTR.
 * @withdraw: undo @publish. Files that are open already stay valid.
 */
struct pp_heap_backend {
	const char *name;
	int (*start)(void);
	void (*stop)(void);
	struct pp_heap_node *(*publish)(struct pp_heap *heap);
	void (*withdraw)(struct pp_heap_node *node);
};

/* Kernels without dma-buf heaps: class and device nodes are ours (own.c). */
extern const struct pp_heap_backend pp_heap_backend_own;
/* Kernels that have heaps: the registry only, theirs stay as they are. */
extern const struct pp_heap_backend pp_heap_backend_registry;
/* The one in force; set once, before any heap can be registered. */
extern const struct pp_heap_backend *pp_heap_backend;

/* registry.c */
void pp_heap_show_all(struct seq_file *m);

/* arrival.c */
int pp_heap_arrival_init(void);
void pp_heap_arrival_exit(void);
void pp_heap_arrival_announce(void);

#endif
