// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "pci.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>

#include "mailbox.h"
#include "regs.h"
#include "stats.h"
#include "vgpu.h"

#define VENDOR_ID	0x1d1d
#define DEVICE_ID	0x1610
#define CLASS_ACCEL	0x1200

#define BAR_REGS	0
#define BAR_APERTURE	2
#define BAR_MSIX	4
#define BAR_MAILBOX	5

#define MSIX_CAP	0x40
#define MSIX_BAR_SIZE	0x4000u
#define MSIX_TABLE	0x1000u
#define MSIX_PBA	0x2000u

struct pci {
	uint8_t config[PCI_CONFIG_SIZE];
	uint8_t writable[PCI_CONFIG_SIZE];	/* mask of bits that stick */
};

uint64_t pci_region_size(unsigned int region)
{
	switch (region) {
	case VFIO_PCI_BAR0_REGION_INDEX + BAR_REGS: return VGPU_REGS_SIZE;
	case VFIO_PCI_BAR0_REGION_INDEX + BAR_APERTURE: return VGPU_APERTURE_SIZE;
	case VFIO_PCI_BAR0_REGION_INDEX + BAR_MSIX: return MSIX_BAR_SIZE;
	case VFIO_PCI_BAR0_REGION_INDEX + BAR_MAILBOX: return MAILBOX_SIZE;
	case VFIO_PCI_CONFIG_REGION_INDEX: return PCI_CONFIG_SIZE;
	default: return 0;
	}
}

static void put16(uint8_t *p, uint16_t val)
{
	p[0] = (uint8_t)val;
	p[1] = (uint8_t)(val >> 8);
}

static void put32(uint8_t *p, uint32_t val)
{
	put16(p, (uint16_t)val);
	put16(p + 2, (uint16_t)(val >> 16));
}

static uint32_t get32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static void config_init(struct pci *p)
{
	uint8_t *c = p->config;

	put16(c + PCI_VENDOR_ID, VENDOR_ID);
	put16(c + PCI_DEVICE_ID, DEVICE_ID);
	put16(c + PCI_STATUS, PCI_STATUS_CAP_LIST);
	c[PCI_REVISION_ID] = 1;
	put16(c + PCI_CLASS_DEVICE, CLASS_ACCEL);
	put16(c + PCI_SUBSYSTEM_VENDOR_ID, VENDOR_ID);
	put16(c + PCI_SUBSYSTEM_ID, DEVICE_ID);
	c[PCI_CAPABILITY_LIST] = MSIX_CAP;
	c[MSIX_CAP] = PCI_CAP_ID_MSIX;
	put16(c + MSIX_CAP + PCI_MSIX_FLAGS, PCI_MSIX_VECTORS - 1);
	put32(c + MSIX_CAP + PCI_MSIX_TABLE, MSIX_TABLE | BAR_MSIX);
	put32(c + MSIX_CAP + PCI_MSIX_PBA, MSIX_PBA | BAR_MSIX);

	put16(p->writable + PCI_COMMAND,
	      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
	put16(p->writable + MSIX_CAP + PCI_MSIX_FLAGS,
	      PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	for (unsigned int bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
		uint64_t size = pci_region_size(VFIO_PCI_BAR0_REGION_INDEX + bar);

		if (size)
			put32(p->writable + PCI_BASE_ADDRESS_0 + 4 * bar, (uint32_t)~(size - 1));
	}
}

/* The GPU reaches the aperture by the address that the guest gave to its BAR. */
static void place_aperture(struct vgpu *v)
{
	const struct pci *p = v->pci;
	const uint32_t unplaced = ~(VGPU_APERTURE_SIZE - 1);
	uint32_t base = get32(p->config + PCI_BASE_ADDRESS_0 + 4 * BAR_APERTURE);
	bool decoding = p->config[PCI_COMMAND] & PCI_COMMAND_MEMORY;
	uint64_t gpa = decoding && base != unplaced ? base : 0;

	if (gpa == v->aperture_gpa)
		return;
	v->aperture_gpa = gpa;
	vlog(v, "aperture at %#llx", (unsigned long long)gpa);
}

static void config_write(struct vgpu *v, uint32_t off, uint32_t count, const uint8_t *data)
{
	struct pci *p = v->pci;

	for (uint32_t i = 0; i < count; i++) {
		uint8_t mask = p->writable[off + i];

		p->config[off + i] = (uint8_t)((p->config[off + i] & ~mask) | (data[i] & mask));
	}
	place_aperture(v);
}

static void cpu_aperture_access(struct vgpu *v, const char *what, uint64_t off, uint32_t count)
{
	stats_counters(v)->aperture_cpu_accesses++;
	violation(v, "cpu-aperture-access", "%s of %u bytes at + %#llx", what, count,
		  (unsigned long long)off);
}

static bool in_region(unsigned int region, uint64_t off, uint32_t count)
{
	uint64_t size = pci_region_size(region);

	return count && off < size && count <= size - off;
}

static bool bus_width(uint32_t count)
{
	return count == 1 || count == 2 || count == 4 || count == 8;
}

int pci_region_read(struct vgpu *v, unsigned int region, uint64_t off, uint32_t count,
		    uint8_t *data)
{
	uint64_t val;

	if (!in_region(region, off, count))
		return -EINVAL;
	memset(data, 0, count);
	switch (region) {
	case VFIO_PCI_CONFIG_REGION_INDEX:
		memcpy(data, v->pci->config + off, count);
		return 0;
	case VFIO_PCI_BAR0_REGION_INDEX + BAR_REGS:
		if (!bus_width(count))
			return -EINVAL;
		val = regs_read(v, (uint32_t)off, count);
		memcpy(data, &val, count);
		return 0;
	case VFIO_PCI_BAR0_REGION_INDEX + BAR_APERTURE:
		cpu_aperture_access(v, "read", off, count);
		return 0;
	case VFIO_PCI_BAR0_REGION_INDEX + BAR_MAILBOX:
		mailbox_read(v, (uint32_t)off, count, data);
		return 0;
	default:	/* MSI-X: the client emulates the table */
		return 0;
	}
}

int pci_region_write(struct vgpu *v, unsigned int region, uint64_t off, uint32_t count,
		     const uint8_t *data)
{
	uint64_t val = 0;

	if (!in_region(region, off, count))
		return -EINVAL;
	switch (region) {
	case VFIO_PCI_CONFIG_REGION_INDEX:
		config_write(v, (uint32_t)off, count, data);
		return 0;
	case VFIO_PCI_BAR0_REGION_INDEX + BAR_REGS:
		if (!bus_width(count))
			return -EINVAL;
		memcpy(&val, data, count);
		regs_write(v, (uint32_t)off, count, val);
		return 0;
	case VFIO_PCI_BAR0_REGION_INDEX + BAR_APERTURE:
		cpu_aperture_access(v, "write", off, count);
		return 0;
	case VFIO_PCI_BAR0_REGION_INDEX + BAR_MAILBOX:
		mailbox_write(v, (uint32_t)off, count, data);
		return 0;
	default:
		return 0;
	}
}

void pci_reset(struct vgpu *v)
{
	memset(v->pci, 0, sizeof(*v->pci));
	config_init(v->pci);
	place_aperture(v);
	regs_power_on_reset(v);
}

struct pci *pci_new(void)
{
	struct pci *p = calloc(1, sizeof(*p));

	if (p)
		config_init(p);
	return p;
}

void pci_free(struct pci *p)
{
	free(p);
}
