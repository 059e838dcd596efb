/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A WARN or BUG in a pure file is a bug that the test must not survive, so both
 * abort: cmocka reports the signal, and so does a fuzzer.
 */
#ifndef UNIT_LINUX_BUG_H
#define UNIT_LINUX_BUG_H

#include <stdio.h>
#include <stdlib.h>

#include <linux/build_bug.h>
#include <linux/compiler.h>

#define UNIT_BUG(what) \
	(fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, what), abort())

#define BUG() UNIT_BUG("BUG")
#define BUG_ON(cond) ({ if (cond) UNIT_BUG("BUG_ON(" #cond ")"); })
#define WARN_ON(cond) \
	({ bool w_ = !!(cond); if (w_) UNIT_BUG("WARN_ON(" #cond ")"); w_; })
#define WARN_ON_ONCE(cond) WARN_ON(cond)
#define WARN(cond, ...) WARN_ON(cond)
#define WARN_ONCE(cond, ...) WARN_ON(cond)

#endif
