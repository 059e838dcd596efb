/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#ifndef UNIT_FUZZ_H
#define UNIT_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The target: called once for each input; must not keep @data. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Optional: write valid example @n to @buf and return its length, 0 past the
 * last one. Mutated examples get further into a parser than noise does.
 */
size_t pp_fuzz_seed(unsigned int n, uint8_t *buf, size_t max);

#endif
