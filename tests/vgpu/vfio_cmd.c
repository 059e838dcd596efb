// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "vfio_user.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <string.h>

#include "gmem.h"
#include "irq.h"
#include "loop.h"
#include "pci.h"
#include "vgpu.h"

/* Bodies that are vfio-user's own; the others are linux/vfio.h's. */
struct dma_map_body {
	uint32_t argsz, flags;
	uint64_t offset, address, size;
};

struct dma_unmap_body {
	uint32_t argsz, flags;
	uint64_t address, size;
};

struct access_body {
	uint64_t offset;
	uint32_t region, count;
};

struct multi_entry {
	uint64_t offset;
	uint32_t region, count;
	uint8_t data[8];
};

#define DMA_MAP_WRITE		(1u << 1)
#define DMA_UNMAP_ALL		(1u << 1)

static const char capabilities[] =
	"{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":1048576,"
	"\"write_multiple\":true}}";

static int do_version(struct vgpu *v, struct vfio_user *u, struct vu_msg *m)
{
	uint8_t body[4 + sizeof(capabilities)] = { 0 };	/* version 0.0 */
	uint16_t major;

	if (m->len < 4)
		return -EINVAL;
	memcpy(&major, m->body, sizeof(major));
	if (major != 0)
		return -ENOTSUP;
	vlog(v, "vfio-user: version %.*s", (int)(m->len - 4), (const char *)m->body + 4);
	memcpy(body + 4, capabilities, sizeof(capabilities));
	vu_reply(u, m, body, sizeof(body));
	return 0;
}

static int do_dma_map(struct vgpu *v, struct vfio_user *u, struct vu_msg *m)
{
	struct dma_map_body b;
	int err = 0;

	if (m->len < sizeof(b))
		return -EINVAL;
	memcpy(&b, m->body, sizeof(b));
	vlog(v, "vfio-user: dma map %#" PRIx64 " size %#" PRIx64 " flags %#x%s", b.address,
	     b.size, b.flags, m->fd_count ? "" : ", without memory");
	/* Without a descriptor it is another device's BAR: no business of a GPU. */
	if (m->fd_count)
		err = gmem_map(v->gmem, b.address, b.size, m->fds[0], b.offset,
			       b.flags & DMA_MAP_WRITE);
	if (err)
		return err;
	vu_reply(u, m, m->body, m->len);
	return 0;
}

static int do_dma_unmap(struct vgpu *v, struct vfio_user *u, struct vu_msg *m)
{
	struct dma_unmap_body b;
	int err;

	if (m->len < sizeof(b))
		return -EINVAL;
	memcpy(&b, m->body, sizeof(b));
	if (b.flags & DMA_UNMAP_ALL) {
		b.address = 0;
		b.size = UINT64_MAX;
	}
	err = gmem_unmap(v->gmem, b.address, b.size);
	/* What came without a descriptor was never noted. */
	if (err && err != -ENOENT)
		return err;
	vu_reply(u, m, m->body, m->len);
	return 0;
}

static int do_get_info(struct vgpu *v, struct vfio_user *u, struct vu_msg *m)
{
	const uint32_t body[4] = {
		sizeof(body), VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET,
		VFIO_PCI_NUM_REGIONS, VFIO_PCI_NUM_IRQS,
	};

	(void)v;
	vu_reply(u, m, body, sizeof(body));
	return 0;
}

static int do_get_region_info(struct vgpu *v, struct vfio_user *u, struct vu_msg *m)
{
	struct vfio_region_info info;

	(void)v;
	if (m->len < sizeof(info))
		return -EINVAL;
	memcpy(&info, m->body, sizeof(info));
	if (info.index >= VFIO_PCI_NUM_REGIONS)
		return -EINVAL;
	info = (struct vfio_region_info){
		.argsz = sizeof(info),
		.index = info.index,
		.size = pci_region_size(info.index),
	};
	/* Never mappable: the model wants to see each access, and QEMU to post writes. */
	if (info.size)
		info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	vu_reply(u, m, &info, sizeof(info));
	return 0;
}

static int do_get_irq_info(struct vgpu *v, struct vfio_user *u, struct vu_msg *m)
{
	struct vfio_irq_info info;

	(void)v;
	if (m->len < sizeof(info))
		return -EINVAL;
	memcpy(&info, m->body, sizeof(info));
	if (info.index >= VFIO_PCI_NUM_IRQS)
		return -EINVAL;
	info = (struct vfio_irq_info){ .argsz = sizeof(info), .index = info.index };
	if (info.index == VFIO_PCI_MSIX_IRQ_INDEX) {
		info.flags = VFIO_IRQ_INFO_EVENTFD;
		info.count = PCI_MSIX_VECTORS;
	}
	vu_reply(u, m, &info, sizeof(info));
	return 0;
}

static int do_set_irqs(struct vgpu *v, struct vfio_user *u, struct vu_msg *m)
{
	struct vfio_irq_set set;

	if (m->len < sizeof(set))
		return -EINVAL;
	memcpy(&set, m->body, sizeof(set));
	if (set.index != VFIO_PCI_MSIX_IRQ_INDEX || set.start > PCI_MSIX_VECTORS ||
	    set.count > PCI_MSIX_VECTORS - set.start || m->fd_count > set.count)
		return -EINVAL;
	if (!(set.flags & VFIO_IRQ_SET_ACTION_TRIGGER))
		return -ENOTSUP;
	if (set.flags & VFIO_IRQ_SET_DATA_EVENTFD) {
		for (unsigned int i = 0; i < set.count; i++) {
			int fd = i < m->fd_count ? m->fds[i] : -1;

			if (i < m->fd_count)
				m->fds[i] = -1;
			irq_set_eventfd(v, set.start + i, fd);
		}
	} else if ((set.flags & VFIO_IRQ_SET_DATA_NONE) && !set.count) {
		for (unsigned int i = 0; i < PCI_MSIX_VECTORS; i++)
			irq_set_eventfd(v, i, -1);
	} else {
		return -ENOTSUP;
	}
	vu_reply(u, m, m->body, sizeof(set));
	return 0;
}

static int do_read(struct vgpu *v, struct vfio_user *u, struct vu_msg *m)
{
	struct access_body b;
	uint8_t *body;
	int err;

	if (m->len < sizeof(b))
		return -EINVAL;
	memcpy(&b, m->body, sizeof(b));
	if (b.count > VU_MAX_DATA)
		return -EINVAL;
	body = vu_scratch(u, sizeof(b) + b.count);
	if (!body)
		return -ENOMEM;
	memcpy(body, &b, sizeof(b));
	/* However late we get to run, whoever looks sees what has happened by now. */
	loop_run_due(v->loop);
	err = pci_region_read(v, b.region, b.offset, b.count, body + sizeof(b));
	if (err)
		return err;
	vu_reply(u, m, body, sizeof(b) + b.count);
	return 0;
}

static int do_write(struct vgpu *v, struct vfio_user *u, struct vu_msg *m)
{
	struct access_body b;
	int err;

	if (m->len < sizeof(b))
		return -EINVAL;
	memcpy(&b, m->body, sizeof(b));
	if (b.count > m->len - sizeof(b))
		return -EINVAL;
	err = pci_region_write(v, b.region, b.offset, b.count, m->body + sizeof(b));
	if (err)
		return err;
	vu_reply(u, m, &b, sizeof(b));
	return 0;
}

static int do_write_multi(struct vgpu *v, struct vfio_user *u, struct vu_msg *m)
{
	struct multi_entry e;
	uint64_t count;
	int err = 0;

	if (m->len < sizeof(count))
		return -EINVAL;
	memcpy(&count, m->body, sizeof(count));
	if (count > (m->len - sizeof(count)) / sizeof(e))
		return -EINVAL;
	for (uint64_t i = 0; i < count && !err; i++) {
		memcpy(&e, m->body + sizeof(count) + i * sizeof(e), sizeof(e));
		err = e.count > sizeof(e.data) ? -EINVAL :
		      pci_region_write(v, e.region, e.offset, e.count, e.data);
	}
	if (err)
		return err;
	vu_reply(u, m, &count, sizeof(count));
	return 0;
}

static int do_reset(struct vgpu *v, struct vfio_user *u, struct vu_msg *m)
{
	vlog(v, "vfio-user: device reset");
	pci_reset(v);
	vu_reply(u, m, NULL, 0);
	return 0;
}

int vu_execute(struct vgpu *v, struct vfio_user *u, struct vu_msg *m)
{
	switch (m->hdr.command) {
	case VU_REGION_WRITE: return do_write(v, u, m);
	case VU_REGION_READ: return do_read(v, u, m);
	case VU_REGION_WRITE_MULTI: return do_write_multi(v, u, m);
	case VU_VERSION: return do_version(v, u, m);
	case VU_DMA_MAP: return do_dma_map(v, u, m);
	case VU_DMA_UNMAP: return do_dma_unmap(v, u, m);
	case VU_DEVICE_GET_INFO: return do_get_info(v, u, m);
	case VU_DEVICE_GET_REGION_INFO: return do_get_region_info(v, u, m);
	case VU_DEVICE_GET_IRQ_INFO: return do_get_irq_info(v, u, m);
	case VU_DEVICE_SET_IRQS: return do_set_irqs(v, u, m);
	case VU_DEVICE_RESET: return do_reset(v, u, m);
	default: return -ENOTSUP;
	}
}
