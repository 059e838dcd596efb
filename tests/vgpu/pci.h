/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: config space, and which BAR leads where. */
#ifndef VGPU_PCI_H
#define VGPU_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCI_MSIX_VECTORS	4u
#define PCI_CONFIG_SIZE		256u

struct vgpu;
struct pci;

struct pci *pci_new(void);
void pci_free(struct pci *p);
/* Function reset: BARs unmapped, the GPU in its power-on state. */
void pci_reset(struct vgpu *v);
/* Size of a VFIO region by its index, 0 when there is none. */
uint64_t pci_region_size(unsigned int region);
/* One access; count is at most what the transport allows. 0 or -errno. */
int pci_region_read(struct vgpu *v, unsigned int region, uint64_t off, uint32_t count,
		    uint8_t *data);
int pci_region_write(struct vgpu *v, unsigned int region, uint64_t off, uint32_t count,
		     const uint8_t *data);

#endif
