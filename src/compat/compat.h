/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What differs between the kernels that we build for, in one form.
 *
 * The headers of this folder are the only place that knows what a kernel
 * offers: probes.mk asks the target's headers, a wrapper here takes both
 * answers, and call sites carry no condition at all. Each wrapper names the
 * kernels between which the interface changed, so that it can go when the
 * older ones are no longer supported.
 *
 *	compat.h	modules and symbol namespaces
 *	fence.h		how long a fence needs its driver
 *	wedged.h	the event that says that a device needs help
 *	sched.h		drm_sched
 *	gpuvm.h		drm_gpuvm and the lock of a GEM object's mappings
 *	gem.h		huge pages of GEM objects
 *	heap.h		what the kernel's own dma-buf heaps offer
 */
#ifndef PP_COMPAT_COMPAT_H
#define PP_COMPAT_COMPAT_H

#include <linux/export.h>
#include <linux/module.h>
#include <linux/stringify.h>

/**
 * PP_IMPORT_NS() - use the symbols of a namespace in this module
 * @ns: the namespace as a bare token, for example DMA_BUF
 *
 * Up to 6.12 MODULE_IMPORT_NS() and EXPORT_SYMBOL_NS_GPL() take a token and
 * turn it into a string, since 6.13 they take the string.
 */
#ifdef PP_HAVE_NS_TOKEN
#define PP_IMPORT_NS(ns) MODULE_IMPORT_NS(ns)
#else
#define PP_IMPORT_NS(ns) MODULE_IMPORT_NS(__stringify(ns))
#endif

/**
 * PP_EXPORT_SYMBOL_NS_GPL() - offer a symbol in a namespace
 * @sym: the symbol
 * @ns: the namespace as a bare token
 *
 * See PP_IMPORT_NS() for what changed.
 */
#ifdef PP_HAVE_NS_TOKEN
#define PP_EXPORT_SYMBOL_NS_GPL(sym, ns) EXPORT_SYMBOL_NS_GPL(sym, ns)
#else
#define PP_EXPORT_SYMBOL_NS_GPL(sym, ns) \
	EXPORT_SYMBOL_NS_GPL(sym, __stringify(ns))
#endif

#endif
