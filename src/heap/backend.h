/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The shim's halves: the registry, which is the same on every kernel, and a
 * backend, which knows how this kernel shows heaps to user space and where
 * heaps of its own can be found. One backend is in force, chosen by module.c.
 *
 * Locks: the registry's mutex guards the list of heaps and is held around
 * publish() and withdraw(). None is held while a provider is called; its calls
 * are counted, and it waits for their end before it goes.
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
 * @find: look for a heap of the kernel's own; NULL if there are none. Called
 *	without locks, for names that nobody has registered. Returns what
 *	pp_heap_wrap() made of it, ERR_PTR(-ENODEV) or another error.
 */
struct pp_heap_backend {
	const char *name;
	int (*start)(void);
	void (*stop)(void);
	struct pp_heap_node *(*publish)(struct pp_heap *heap);
	void (*withdraw)(struct pp_heap_node *node);
	struct pp_heap *(*find)(const char *name);
};

/* Kernels without dma-buf heaps: class and device nodes are ours (own.c). */
extern const struct pp_heap_backend pp_heap_backend_own;
/* Kernels that have heaps, and no way to them but their device nodes (bridge.c). */
extern const struct pp_heap_backend pp_heap_backend_bridge;
/* Kernels that have heaps, and accessors for modules (native.c). */
extern const struct pp_heap_backend pp_heap_backend_native;
/* The one in force; set once, before any heap can be registered. */
extern const struct pp_heap_backend *pp_heap_backend;

/* registry.c */
struct pp_heap *pp_heap_wrap(const struct pp_heap_desc *desc,
			     void (*release)(void *priv));
void pp_heap_show_all(struct seq_file *m);

/* arrival.c */
int pp_heap_arrival_init(void);
void pp_heap_arrival_exit(void);
void pp_heap_arrival_announce(void);

#endif
