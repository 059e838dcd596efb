// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * main() for fuzz targets where no fuzzing engine is at hand: the same inputs
 * at each run, so that a failure can be repeated. With arguments, each names a
 * file that is run as one input, as libFuzzer does.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define MAX_INPUT (64 * 1024)

/* A target without valid examples is fuzzed from noise alone. */
__attribute__((weak)) size_t pp_fuzz_seed(unsigned int n, uint8_t *buf, size_t max)
{
	return 0;
}

static uint64_t rng_state;

static uint64_t rng(void)
{
	/* splitmix64: any seed is as good as another */
	uint64_t z = (rng_state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* Values at which size and offset computations go wrong. */
static uint32_t interesting(void)
{
	static const uint32_t v[] = {
		0, 1, 3, 4, 7, 8, 0xff, 0xfff, 0x1000, 0x1001, 0xffff,
		0x10000, 0x7fffffff, 0x80000000, 0xfffff000, 0xfffffffc,
		0xfffffffe, 0xffffffff,
	};

	return v[rng() % (sizeof(v) / sizeof(v[0]))];
}

static size_t mutate(uint8_t *buf, size_t len)
{
	unsigned int n = 1 + rng() % 8;

	while (n-- && len) {
		size_t at = rng() % len;
		uint32_t word;

		switch (rng() % 6) {
		case 0:
			buf[at] ^= 1u << (rng() % 8);
			break;
		case 1:
			buf[at] = rng();
			break;
		case 2:
			at &= ~(size_t)3;
			word = interesting();
			if (len - at >= 4)
				memcpy(buf + at, &word, 4);
			break;
		case 3:
			at &= ~(size_t)3;
			if (len - at >= 4) {
				memcpy(&word, buf + at, 4);
				word += (int)(rng() % 33) - 16;
				memcpy(buf + at, &word, 4);
			}
			break;
		case 4:
			len = at;
			break;
		default:
			if (len < MAX_INPUT)
				buf[len++] = rng();
			break;
		}
	}
	return len;
}

static void run_one(const uint8_t *data, size_t len)
{
	/* A copy of exact size, so that ASan sees the first byte past it. */
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static int run_files(int argc, char **argv)
{
	static uint8_t buf[MAX_INPUT];
	int i;

	for (i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t len;

		if (!f) {
			perror(argv[i]);
			return 1;
		}
		len = fread(buf, 1, sizeof(buf), f);
		fclose(f);
		run_one(buf, len);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *env = getenv("FUZZ_RUNS");
	unsigned long runs = env ? strtoul(env, NULL, 0) : 20000, i;
	static uint8_t buf[MAX_INPUT];
	unsigned int seeds = 0;

	if (argc > 1)
		return run_files(argc, argv);

	while (pp_fuzz_seed(seeds, buf, sizeof(buf)))
		seeds++;
	for (i = 0; i < seeds; i++)
		run_one(buf, pp_fuzz_seed(i, buf, sizeof(buf)));

	for (i = 0; i < runs; i++) {
		size_t len, at;

		rng_state = i;
		if (seeds && rng() % 8) {
			len = pp_fuzz_seed(rng() % seeds, buf, sizeof(buf));
			len = mutate(buf, len);
		} else {
			len = rng() % 512;
			for (at = 0; at < len; at++)
				buf[at] = rng();
		}
		run_one(buf, len);
	}

	printf("1..1\nok 1 - %lu inputs from %u examples\n", runs, seeds);
	return 0;
}
