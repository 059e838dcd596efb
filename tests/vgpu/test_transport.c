// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* vfio-user: framing, descriptors, replies and refusals. */
#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "testing_vu.h"

#include "irq.h"

#define BAR0		VFIO_PCI_BAR0_REGION_INDEX
#define BAR2		VFIO_PCI_BAR2_REGION_INDEX
#define BAR5		VFIO_PCI_BAR5_REGION_INDEX
#define CONFIG		VFIO_PCI_CONFIG_REGION_INDEX

#define GPU_ID		0x0
#define GPU_IRQ_MASK	0x28
#define L2_CONFIG	0x48

#define VU_TEST(f)	cmocka_unit_test_setup_teardown(f, vu_setup, vu_teardown)

static void version(void **state)
{
	static const char body[] = "\0\0\1\0{\"capabilities\":{}}";
	static const char newer[] = "\1\0\0\0{}";
	char reply[512];
	uint16_t major, minor;

	assert_true(vu_call(*state, VU_VERSION, body, sizeof(body), NULL, 0, reply,
			    sizeof(reply)) > 4);
	memcpy(&major, reply, 2);
	memcpy(&minor, reply + 2, 2);
	assert_int_equal(major, 0);
	assert_int_equal(minor, 0);
	assert_non_null(strstr(reply + 4, "\"write_multiple\":true"));
	assert_int_equal(vu_call(*state, VU_VERSION, newer, sizeof(newer), NULL, 0, reply,
				 sizeof(reply)), -ENOTSUP);
}

static void infos(void **state)
{
	struct vfio_device_info device;
	struct vfio_region_info region = { .argsz = sizeof(region) };
	struct vfio_irq_info irq = { .argsz = sizeof(irq), .index = VFIO_PCI_MSIX_IRQ_INDEX };
	uint32_t reply[16] = { 16 };

	assert_int_equal(vu_call(*state, VU_DEVICE_GET_INFO, reply, 16, NULL, 0, &device,
				 sizeof(device)), 16);
	assert_int_equal(device.num_regions, VFIO_PCI_NUM_REGIONS);
	region.index = BAR2;
	assert_int_equal(vu_call(*state, VU_DEVICE_GET_REGION_INFO, &region, sizeof(region), NULL,
				 0, &region, sizeof(region)), sizeof(region));
	assert_int_equal(region.size, VGPU_APERTURE_SIZE);
	assert_int_equal(region.flags & VFIO_REGION_INFO_FLAG_MMAP, 0);
	region.index = VFIO_PCI_NUM_REGIONS;
	assert_int_equal(vu_call(*state, VU_DEVICE_GET_REGION_INFO, &region, sizeof(region), NULL,
				 0, reply, sizeof(reply)), -EINVAL);
	assert_int_equal(vu_call(*state, VU_DEVICE_GET_IRQ_INFO, &irq, sizeof(irq), NULL, 0, &irq,
				 sizeof(irq)), sizeof(irq));
	assert_int_equal(irq.count, PCI_MSIX_VECTORS);
	assert_int_equal(irq.flags & VFIO_IRQ_INFO_NORESIZE, 0);
}

static void reads_and_writes(void **state)
{
	struct vu_rig *t = *state;
	uint64_t val = 0;

	assert_int_equal(vu_read(t, BAR0, GPU_ID, 4, &val), VU_ACCESS_HEAD + 4);
	assert_int_equal((uint32_t)val, 0xa8670005);
	assert_int_equal(vu_write(t, BAR0, L2_CONFIG, 4, 0x12345678), VU_ACCESS_HEAD);
	vu_read(t, BAR0, L2_CONFIG, 4, &val);
	assert_int_equal((uint32_t)val, 0x12345678);
	/* Both halves at once. */
	assert_int_equal(vu_read(t, BAR0, 0x0, 8, &val), VU_ACCESS_HEAD + 8);
	assert_int_equal(val, 0x07120306a8670005ull);
	vu_write(t, BAR0, 0x2410, 8, 0x123456789abcdef0ull);
	vu_read(t, BAR0, 0x2410, 8, &val);
	assert_int_equal(val, 0x123456789abcdef0ull);
	rig_assert_no_violations(t->r);
}

static void bounds(void **state)
{
	struct vu_rig *t = *state;

	assert_int_equal(vu_read(t, BAR0, VGPU_REGS_SIZE, 4, NULL), -EINVAL);
	assert_int_equal(vu_read(t, BAR0, VGPU_REGS_SIZE - 4, 8, NULL), -EINVAL);
	assert_int_equal(vu_read(t, BAR0, UINT64_MAX - 3, 8, NULL), -EINVAL);
	assert_int_equal(vu_read(t, BAR0, 0, 0, NULL), -EINVAL);
	assert_int_equal(vu_read(t, BAR0, 0, 3, NULL), -EINVAL);
	assert_int_equal(vu_read(t, BAR0, 0, 16, NULL), -EINVAL);
	assert_int_equal(vu_read(t, 1, 0, 4, NULL), -EINVAL);
	assert_int_equal(vu_read(t, UINT32_MAX, 0, 4, NULL), -EINVAL);
	assert_int_equal(vu_read(t, CONFIG, 0, UINT32_MAX, NULL), -EINVAL);
	assert_int_equal(vu_write(t, CONFIG, 254, 4, 0), -EINVAL);
	/* More announced than sent. */
	assert_int_equal(vu_write(t, BAR0, 0, 4096, 0), -EINVAL);
	assert_int_equal(vu_call(t, VU_REGION_READ, "", 1, NULL, 0, NULL, 0), -EINVAL);
	assert_int_equal(vu_call(t, VU_DEVICE_GET_REGION_IO_FDS, "", 1, NULL, 0, NULL, 0),
			 -ENOTSUP);
	assert_int_equal(vu_call(t, 999, "", 1, NULL, 0, NULL, 0), -ENOTSUP);
	rig_assert_no_violations(t->r);
}

static void posted_writes(void **state)
{
	struct vu_rig *t = *state;
	struct vu_access a = { .offset = L2_CONFIG, .region = BAR0, .count = 4 };
	uint8_t buf[1024];
	struct vu_header hdr;
	uint64_t val;
	size_t len = 0;

	for (unsigned int i = 1; i <= 8; i++) {
		a.data[0] = (uint8_t)i;
		len += vu_message(buf + len, VU_REGION_WRITE, VU_FLAG_NO_REPLY, &a,
				  VU_ACCESS_HEAD + 4);
	}
	/* Refused, and not answered either. */
	len += vu_message(buf + len, 999, VU_FLAG_NO_REPLY, NULL, 0);
	vu_send_bytes(t, buf, len, NULL, 0);
	vu_turn(t);
	assert_int_equal(vu_receive(t, &hdr, buf, sizeof(buf)), -1);
	vu_read(t, BAR0, L2_CONFIG, 4, &val);
	assert_int_equal((uint32_t)val, 8);
}

static void in_pieces(void **state)
{
	struct vu_rig *t = *state;
	const struct vu_access a = { .offset = GPU_ID, .region = BAR0, .count = 4 };
	uint8_t buf[128], reply[64];
	struct vu_header hdr;
	size_t len = vu_message(buf, VU_REGION_READ, 0, &a, VU_ACCESS_HEAD);

	len += vu_message(buf + len, VU_REGION_READ, 0, &a, VU_ACCESS_HEAD);
	for (size_t cut = 1; cut < len; cut++) {
		vu_send_bytes(t, buf, cut, NULL, 0);
		vu_turn(t);
		vu_send_bytes(t, buf + cut, len - cut, NULL, 0);
		vu_turn(t);
		for (unsigned int i = 0; i < 2; i++)
			assert_int_equal(vu_receive(t, &hdr, reply, sizeof(reply)),
					 VU_ACCESS_HEAD + 4);
		assert_int_equal(vu_receive(t, &hdr, reply, sizeof(reply)), -1);
	}
	for (size_t i = 0; i < len; i++) {
		vu_send_bytes(t, buf + i, 1, NULL, 0);
		vu_turn(t);
	}
	assert_int_equal(vu_receive(t, &hdr, reply, sizeof(reply)), VU_ACCESS_HEAD + 4);
	assert_int_equal(vu_receive(t, &hdr, reply, sizeof(reply)), VU_ACCESS_HEAD + 4);
}

static void large_messages(void **state)
{
	struct vu_rig *t = *state;
	const size_t size = 200000;
	uint8_t *buf = calloc(1, size + 64);
	struct vu_access a = { .offset = 0x1000, .region = BAR5, .count = (uint32_t)size };
	struct vu_header hdr;

	/* Beyond the region, so refused; but taken in as a whole. */
	memcpy(buf + sizeof(hdr), &a, VU_ACCESS_HEAD);
	hdr = (struct vu_header){ .command = VU_REGION_WRITE,
				  .size = (uint32_t)(sizeof(hdr) + VU_ACCESS_HEAD + size) };
	memcpy(buf, &hdr, sizeof(hdr));
	for (size_t at = 0; at < hdr.size; at += 50000) {
		size_t left = hdr.size - at;

		vu_send_bytes(t, buf + at, left < 50000 ? left : 50000, NULL, 0);
		vu_turn(t);
	}
	free(buf);
	assert_int_equal(vu_receive(t, &hdr, NULL, 0), 0);
	assert_int_equal(hdr.error, EINVAL);
	assert_int_equal(vu_read(t, BAR0, GPU_ID, 4, NULL), VU_ACCESS_HEAD + 4);
}

static void assert_dropped(struct vu_rig *t)
{
	char c;

	vu_turn(t);
	assert_int_equal(recv(t->fd, &c, 1, MSG_DONTWAIT), 0);
}

static void nonsense_size(void **state)
{
	struct vu_rig *t = *state;
	struct vu_header hdr = { .command = VU_REGION_READ, .size = 15 };

	vu_send_bytes(t, &hdr, sizeof(hdr), NULL, 0);
	assert_dropped(t);
	vu_disconnect(t);
	vu_connect(t);
	hdr.size = UINT32_MAX;
	vu_send_bytes(t, &hdr, sizeof(hdr), NULL, 0);
	assert_dropped(t);
}

struct map_body {
	uint32_t argsz, flags;
	uint64_t offset, address, size;
};

static void dma(void **state)
{
	struct vu_rig *t = *state;
	struct map_body b = { sizeof(b), 3, 0x1000, 0x80000000, 0x2000 };
	struct map_body reply;
	int fd = memfd_create("dma", MFD_CLOEXEC);
	uint32_t *p;

	assert_int_equal(ftruncate(fd, 0x3000), 0);
	assert_int_equal(pwrite(fd, "abcd", 4, 0x1ffc), 4);
	assert_int_equal(vu_call(t, VU_DMA_MAP, &b, sizeof(b), &fd, 1, &reply, sizeof(reply)),
			 sizeof(b));
	p = gmem_ptr(t->r->v->gmem, 0x80000ffc, 4);
	assert_non_null(p);
	assert_memory_equal(p, "abcd", 4);
	assert_null(gmem_ptr(t->r->v->gmem, 0x80001ffe, 4));
	assert_null(gmem_ptr(t->r->v->gmem, 0x7fffffff, 4));
	/* Again, past the end of the file, and without a file. */
	assert_int_equal(vu_call(t, VU_DMA_MAP, &b, sizeof(b), &fd, 1, &reply, sizeof(reply)),
			 -EEXIST);
	b.address = 0x90000000;
	b.size = 0x3000;
	assert_int_equal(vu_call(t, VU_DMA_MAP, &b, sizeof(b), &fd, 1, &reply, sizeof(reply)),
			 -EINVAL);
	assert_int_equal(vu_call(t, VU_DMA_MAP, &b, sizeof(b), NULL, 0, &reply, sizeof(reply)),
			 sizeof(b));
	assert_null(gmem_ptr(t->r->v->gmem, 0x90000000, 4));
	close(fd);
	/* Unmapping has address and size where mapping has offset and address. */
	b = (struct map_body){ 24, 0, 0x80000000, 0x2000, 0 };
	assert_int_equal(vu_call(t, VU_DMA_UNMAP, &b, 24, NULL, 0, &reply, sizeof(reply)), 24);
	assert_null(gmem_ptr(t->r->v->gmem, 0x80000000, 4));
	assert_non_null(gmem_ptr(t->r->v->gmem, RAM_GPA, 4));
}

static bool fired(int fd)
{
	uint64_t n;

	return read(fd, &n, sizeof(n)) == sizeof(n);
}

static void interrupts(void **state)
{
	struct vu_rig *t = *state;
	const uint32_t flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	struct vfio_irq_set set = { sizeof(set), flags, VFIO_PCI_MSIX_IRQ_INDEX, 0, 3 };
	uint8_t reply[64];
	int fds[3];

	for (unsigned int i = 0; i < 3; i++)
		fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_int_equal(vu_call(t, VU_DEVICE_SET_IRQS, &set, sizeof(set), fds, 3, reply,
				 sizeof(reply)), sizeof(set));
	irq_raise(t->r->v, IRQ_GPU, GPU_IRQ_FAULT);
	assert_false(fired(fds[IRQ_GPU]));
	vu_write(t, BAR0, GPU_IRQ_MASK, 4, GPU_IRQ_FAULT);
	assert_true(fired(fds[IRQ_GPU]));
	assert_false(fired(fds[IRQ_JOB]));
	set.start = 3;
	set.count = 2;
	assert_int_equal(vu_call(t, VU_DEVICE_SET_IRQS, &set, sizeof(set), NULL, 0, reply,
				 sizeof(reply)), -EINVAL);
	set.start = UINT32_MAX;
	assert_int_equal(vu_call(t, VU_DEVICE_SET_IRQS, &set, sizeof(set), NULL, 0, reply,
				 sizeof(reply)), -EINVAL);
	set = (struct vfio_irq_set){ sizeof(set), VFIO_IRQ_SET_DATA_NONE |
				     VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_PCI_MSIX_IRQ_INDEX, 0, 0 };
	assert_int_equal(vu_call(t, VU_DEVICE_SET_IRQS, &set, sizeof(set), NULL, 0, reply,
				 sizeof(reply)), sizeof(set));
	irq_write(t->r->v, IRQ_GPU, 4, ~0u);
	irq_raise(t->r->v, IRQ_GPU, GPU_IRQ_FAULT);
	assert_false(fired(fds[IRQ_GPU]));
	for (unsigned int i = 0; i < 3; i++)
		close(fds[i]);
}

/* A descriptor belongs to its own message, not to one that came in the same read. */
static void descriptors_and_neighbours(void **state)
{
	struct vu_rig *t = *state;
	const struct vu_access a = { .offset = GPU_ID, .region = BAR0, .count = 4 };
	struct map_body b = { sizeof(b), 3, 0, 0x80000000, 0x1000 };
	uint8_t first[64], second[128], reply[64];
	size_t first_len = vu_message(first, VU_REGION_READ, 0, &a, VU_ACCESS_HEAD);
	size_t second_len = vu_message(second, VU_DMA_MAP, 0, &b, sizeof(b));
	int fd = memfd_create("dma", MFD_CLOEXEC);
	struct vu_header hdr;

	assert_int_equal(ftruncate(fd, 0x1000), 0);
	for (size_t cut = 1; cut < second_len; cut++) {
		const uint32_t unmap[6] = { 24, 2 };

		vu_send_bytes(t, first, first_len, NULL, 0);
		vu_send_bytes(t, second, cut, &fd, 1);
		vu_turn(t);
		vu_send_bytes(t, second + cut, second_len - cut, NULL, 0);
		vu_send_bytes(t, first, first_len, NULL, 0);
		vu_turn(t);
		vu_turn(t);
		for (unsigned int i = 0; i < 3; i++) {
			assert_true(vu_receive(t, &hdr, reply, sizeof(reply)) > 0);
			assert_int_equal(hdr.flags, VU_FLAG_TYPE_REPLY);
		}
		assert_non_null(gmem_ptr(t->r->v->gmem, 0x80000000, 4));
		vu_call(t, VU_DMA_UNMAP, unmap, 24, NULL, 0, reply, sizeof(reply));
	}
	close(fd);
}

static void write_multi(void **state)
{
	struct vu_rig *t = *state;
	struct {
		uint64_t count;
		struct {
			uint64_t offset;
			uint32_t region, count;
			uint64_t data;
		} entry[2];
	} b = { 2, { { L2_CONFIG, BAR0, 4, 7 }, { 0x2400, BAR0, 8, 0x123456789000 } } };
	uint64_t reply, val;

	assert_int_equal(vu_call(t, VU_REGION_WRITE_MULTI, &b, sizeof(b), NULL, 0, &reply,
				 sizeof(reply)), 8);
	vu_read(t, BAR0, L2_CONFIG, 4, &val);
	assert_int_equal((uint32_t)val, 7);
	vu_read(t, BAR0, 0x2400, 8, &val);
	assert_int_equal(val, 0x123456789000);
	b.count = 3;
	assert_int_equal(vu_call(t, VU_REGION_WRITE_MULTI, &b, sizeof(b), NULL, 0, &reply,
				 sizeof(reply)), -EINVAL);
	b.count = UINT64_MAX / 24 + 2;
	assert_int_equal(vu_call(t, VU_REGION_WRITE_MULTI, &b, sizeof(b), NULL, 0, &reply,
				 sizeof(reply)), -EINVAL);
	b.count = 1;
	b.entry[0].count = 9;
	assert_int_equal(vu_call(t, VU_REGION_WRITE_MULTI, &b, sizeof(b), NULL, 0, &reply,
				 sizeof(reply)), -EINVAL);
}

static void aperture(void **state)
{
	struct vu_rig *t = *state;
	uint64_t val = 1;

	/* Sizing, placing, and only then decoding. */
	vu_write(t, CONFIG, 0x18, 4, UINT32_MAX);
	vu_read(t, CONFIG, 0x18, 4, &val);
	assert_int_equal((uint32_t)val, ~(VGPU_APERTURE_SIZE - 1));
	vu_write(t, CONFIG, 0x18, 4, APERTURE_GPA);
	assert_int_equal(t->r->v->aperture_gpa, 0);
	vu_write(t, CONFIG, 4, 2, 6);
	assert_int_equal(t->r->v->aperture_gpa, APERTURE_GPA);
	rig_assert_no_violations(t->r);
	memset(t->r->v->aperture, 0x5a, 64);
	vu_read(t, BAR2, 0, 8, &val);
	assert_int_equal(val, 0);
	vu_write(t, BAR2, 4, 4, 1);
	assert_int_equal(t->r->v->aperture[4], 0x5a);
	assert_int_equal(rig_taken(t->r, "cpu-aperture-access"), 2);
	assert_int_equal(stats_counters(t->r->v)->aperture_cpu_accesses, 2);
	vu_call(t, VU_DEVICE_RESET, NULL, 0, NULL, 0, NULL, 0);
	assert_int_equal(t->r->v->aperture_gpa, 0);
}

static void mailbox(void **state)
{
	struct vu_rig *t = *state;
	static const char request[] = "{\"cmd\":\"get\",\"knob\":\"as_count\"}";
	uint64_t val;

	for (uint32_t i = 0; i < sizeof(request); i += 4) {
		val = 0;
		memcpy(&val, request + i, sizeof(request) - i < 4 ? sizeof(request) - i : 4);
		vu_write(t, BAR5, 0x1000 + i, 4, val);
	}
	vu_write(t, BAR5, 0, 4, sizeof(request) - 1);
	vu_read(t, BAR5, 8, 4, &val);
	assert_int_equal((uint32_t)val, 0);
	vu_read(t, BAR5, 4, 4, &val);
	assert_int_equal((uint32_t)val, strlen("{\"ok\":true,\"value\":8}"));
	vu_read(t, BAR5, 0x8000, 8, &val);
	assert_memory_equal(&val, "{\"ok\":tr", 8);
	/* The rest of an answer is shown from any offset. */
	vu_write(t, BAR5, 0xc, 4, 11);
	vu_read(t, BAR5, 0x8000, 8, &val);
	assert_memory_equal(&val, "\"value\":", 8);
	vu_write(t, BAR5, 0, 4, 3);
	vu_read(t, BAR5, 8, 4, &val);
	assert_int_equal((uint32_t)val, 2);
	vu_write(t, BAR5, 0, 4, 0x7001);
	vu_read(t, BAR5, 8, 4, &val);
	assert_int_equal((uint32_t)val, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VU_TEST(version), VU_TEST(infos), VU_TEST(reads_and_writes), VU_TEST(bounds),
		VU_TEST(posted_writes), VU_TEST(in_pieces), VU_TEST(large_messages),
		VU_TEST(nonsense_size), VU_TEST(dma), VU_TEST(interrupts),
		VU_TEST(descriptors_and_neighbours), VU_TEST(write_multi), VU_TEST(aperture),
		VU_TEST(mailbox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
