// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What comes from outside may be anything: messages, tables, control commands.
 * A fixed number of cases from fixed seeds; the sanitizers are the judge, and at
 * the end the model still has to answer.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "testing_vu.h"

#include "as_walk.h"
#include "ctl.h"

#define BATCHES		20000
#define WALKS		200000
#define REQUESTS	20000

static uint64_t rng;

static uint64_t rnd(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

static uint64_t below(uint64_t n)
{
	return rnd() % n;
}

/* Numbers that break things more often than others do. */
static uint64_t nasty(void)
{
	static const uint64_t values[] = {
		0, 1, 2, 3, 4, 8, 16, 31, 32, 255, 4096, 0x1000, 0x2418, 0x80000, 0x90000,
		VGPU_REGS_SIZE - 4, VGPU_REGS_SIZE, RAM_GPA, RAM_GPA + RAM_SIZE - 1,
		UINT16_MAX, INT32_MAX, UINT32_MAX, UINT32_MAX - 3, 1ull << 32, INT64_MAX,
		UINT64_MAX, UINT64_MAX - 4095,
	};

	return below(4) ? values[below(sizeof(values) / sizeof(values[0]))] : rnd();
}

static void put(uint8_t *p, uint64_t val, size_t size)
{
	memcpy(p, &val, size);
}

/* Mostly where registers are; the L2's and the MCU's switches often enough to matter. */
static uint64_t register_offset(void)
{
	static const uint64_t blocks[] = { 0x0, 0x100, 0x180, 0x1000, 0x2000, 0x2400, 0x2440 };
	static const uint64_t switches[] = { 0x030, 0x1a0, 0x1e0, 0x700, 0x80000, 0x90000 };

	switch (below(4)) {
	case 0: return switches[below(sizeof(switches) / sizeof(switches[0]))];
	case 1: return below(VGPU_REGS_SIZE) & ~3ull;
	default: return blocks[below(sizeof(blocks) / sizeof(blocks[0]))] + (below(0x80) & ~3ull);
	}
}

/* A body that is nearly right for the command, so that it gets past the first checks. */
static size_t body_for(uint16_t command, uint8_t *body)
{
	static const size_t sizes[16] = { 0, 24, 32, 24, 16, 32, 16, 16, 20, 16, 24, 16, 24, 0, 0, 56 };
	size_t len = sizes[command & 15];

	for (size_t i = 0; i < len; i += 4)
		put(body + i, below(3) ? below(16) : nasty(), 4);
	switch (command) {
	case VU_REGION_READ:
	case VU_REGION_WRITE:
		put(body, below(8) ? register_offset() : nasty(), 8);
		put(body + 8, below(2) ? 0 : below(8) ? below(10) : nasty(), 4);
		put(body + 12, below(8) ? 4ull << below(2) : nasty(), 4);
		put(body + 16, below(2) ? below(8) : nasty(), 8);
		break;
	case VU_DMA_MAP:
		put(body + 4, below(4), 4);
		put(body + 8, below(3) ? 0 : nasty(), 8);
		put(body + 16, below(2) ? below(256) << 32 : nasty(), 8);
		put(body + 24, below(2) ? 0x1000 : nasty(), 8);
		break;
	case VU_DEVICE_SET_IRQS:
		put(body + 4, below(64), 4);
		put(body + 8, VFIO_PCI_MSIX_IRQ_INDEX, 4);
		break;
	case VU_REGION_WRITE_MULTI:
		put(body, below(4), 8);
		put(body + 8, register_offset(), 8);
		put(body + 16, below(8), 4);
		put(body + 20, below(12), 4);
		break;
	}
	return len;
}

static size_t random_message(uint8_t *buf)
{
	uint8_t body[64] = { 0 };
	uint16_t command = (uint16_t)(below(20) ? 1 + below(15) : rnd());
	uint32_t flags = (uint32_t)(below(10) ? (below(2) ? 0 : VU_FLAG_NO_REPLY) : rnd());
	size_t len = body_for(command, body);

	if (!below(10))
		len = below(sizeof(body));
	len = vu_message(buf, command, flags, body, len);
	/* Seldom: such a size ends the connection. */
	if (!below(100))
		put(buf + 4, nasty(), 4);
	for (uint64_t n = below(4) ? 0 : below(4); n; n--)
		buf[below(2) + 8 + below(len - 10)] ^= (uint8_t)(1 << below(8));
	return len;
}

/* Sends in pieces, some with descriptors, and throws the replies away. False: dropped. */
static bool send_batch(struct vu_rig *t, const uint8_t *buf, size_t len, const int *fds)
{
	uint8_t sink[65536];
	ssize_t n;

	while (len) {
		size_t piece = below(3) ? len : 1 + below(len);

		vu_send_bytes(t, buf, piece, fds, below(4) ? 0 : (unsigned int)(1 + below(3)));
		vu_turn(t);
		do {
			n = recv(t->fd, sink, sizeof(sink), MSG_DONTWAIT);
		} while (n > 0);
		if (n == 0 || errno != EAGAIN)
			return false;
		buf += piece;
		len -= piece;
	}
	return true;
}

static void messages(void **state)
{
	struct vu_rig *t = *state;
	int fds[4] = { memfd_create("a", 0), eventfd(0, EFD_NONBLOCK), memfd_create("b", 0),
		       eventfd(0, EFD_NONBLOCK) };
	unsigned int drops = 0;

	assert_int_equal(ftruncate(fds[0], 0x10000), 0);
	rng = 0x1234567;
	for (unsigned int i = 0; i < BATCHES; i++) {
		uint8_t buf[1024];
		size_t len = 0;

		for (uint64_t n = 1 + below(8); n; n--)
			len += random_message(buf + len);
		if (!send_batch(t, buf, len, fds)) {
			vu_disconnect(t);
			vu_connect(t);
			drops++;
		}
		stats_reset(t->r->v);
	}
	vu_disconnect(t);
	vu_connect(t);
	assert_true(drops < BATCHES / 2);
	assert_int_equal(vu_read(t, VFIO_PCI_BAR0_REGION_INDEX, 0, 4, NULL), VU_ACCESS_HEAD + 4);
	for (unsigned int i = 0; i < 4; i++)
		close(fds[i]);
}

static void tables(void **state)
{
	struct vu_rig *t = *state;
	uint64_t *words = (uint64_t *)(void *)t->r->ram;
	unsigned int hits = 0;

	rng = 0x89abcdef;
	/* Tables everywhere, pointing nearly anywhere. */
	for (size_t i = 0; i < RAM_SIZE / sizeof(*words); i++)
		words[i] = (below(8) ? RAM_GPA + (below(RAM_SIZE) & ~0xfffull) : rnd()) |
			   (below(8) ? 0x443 : rnd());
	for (unsigned int i = 0; i < WALKS; i++) {
		const struct as_config cfg = {
			.transtab = below(8) ? RAM_GPA + (below(RAM_SIZE) & ~0xfffull) : nasty(),
			.memattr = rnd(),
			.transcfg = below(8) ? 6 | (7 + below(24)) << 6 : nasty(),
		};
		struct walk w;

		hits += !as_walk(t->r->v->gmem, &cfg, 40, below(2) ? rnd() >> 16 : nasty(), &w);
	}
	assert_true(hits > WALKS / 100);
}

static void requests(void **state)
{
	struct vu_rig *t = *state;
	static const char *const seeds[] = {
		"{\"cmd\":\"counters\"}", "{\"cmd\":\"set\",\"knob\":\"rate\",\"value\":1000}",
		"{\"cmd\":\"get\",\"knob\":\"as_count\"}", "{\"cmd\":\"take\",\"kind\":\"x\"}",
		"{\"cmd\":\"inject\",\"what\":\"lost-irq\",\"line\":\"gpu\",\"count\":0}",
		"{\"cmd\":\"inject\",\"what\":\"tiler-oom\",\"csg\":9,\"cs\":-1}",
		"{\"cmd\":\"csgs\"}", "{\"cmd\":\"mark\",\"text\":\"%s%n\"}", "[[[[[]]]]]", "null",
		"{\"cmd\":{\"cmd\":[]}}",
	};
	static const char alphabet[] = "{}[]\",:0123456789-.eEnulltrue\\\0\xff cmd";

	rng = 0x55aa55aa;
	for (unsigned int i = 0; i < REQUESTS; i++) {
		const char *seed = seeds[below(sizeof(seeds) / sizeof(seeds[0]))];
		size_t len = strlen(seed);
		char *text = malloc(len), *answer;

		memcpy(text, seed, len);
		for (uint64_t n = below(4); n; n--)
			text[below(len)] = alphabet[below(sizeof(alphabet))];
		answer = ctl_execute_text(t->r->v, text, below(8) ? len : below(len + 1));
		assert_non_null(answer);
		assert_memory_equal(answer, "{\"ok\":", 6);
		free(answer);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(messages, vu_setup, vu_teardown),
		cmocka_unit_test_setup_teardown(tables, vu_setup, vu_teardown),
		cmocka_unit_test_setup_teardown(requests, vu_setup, vu_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
