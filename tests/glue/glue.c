// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Guest half of the virtual GPU's bus: makes the platform devices that drivers
 * of the real hardware bind to, out of a PCI function.
 *
 *	BAR 0, MSI-X 0 to 2	the GPU, on the DT node of the compatible string
 *				below; the node is disabled, so that the kernel
 *				makes no device of it by itself
 *	BAR 2			panthor-protm-aperture: stands for memory that
 *				firmware keeps from the CPU, which a BAR is not
 *	BAR 5			the test mailbox, left to user space
 */
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>

#include "soc.h"

#define GPU_COMPATIBLE "arm,mali-valhall-csf"
#define BAR_GPU 0
#define BAR_APERTURE 2

/*
 * What a Mali CSF GPU can address. Guest memory starts at 1 GiB, and QEMU's
 * "virt" puts 64-bit BARs, the aperture among them, at 512 GiB.
 */
#define GPU_DMA_BITS 40

/* In the order of the model's vectors, under the names of the DT binding. */
static const char *const irq_names[] = { "job", "mmu", "gpu" };

/**
 * struct glue - a bound function
 */
struct glue {
	/** @gpu: the GPU */
	struct platform_device *gpu;
	/** @aperture: the protected memory */
	struct platform_device *aperture;
};

static struct resource bar_resource(struct pci_dev *pci, int bar)
{
	struct resource res = DEFINE_RES_MEM(pci_resource_start(pci, bar),
					     pci_resource_len(pci, bar));

	res.parent = &pci->resource[bar];
	return res;
}

static struct platform_device *make_gpu(struct pci_dev *pci)
{
	struct resource res[1 + ARRAY_SIZE(irq_names)] = {};
	struct platform_device *gpu;
	struct device_node *node;
	unsigned int i;
	int ret;

	node = of_find_compatible_node(NULL, NULL, GPU_COMPATIBLE);
	if (!node)
		return ERR_PTR(dev_err_probe(&pci->dev, -ENODEV,
					     "no node " GPU_COMPATIBLE "\n"));

	res[0] = bar_resource(pci, BAR_GPU);
	for (i = 0; i < ARRAY_SIZE(irq_names); i++)
		res[1 + i] = DEFINE_RES_IRQ_NAMED(pci_irq_vector(pci, i),
						  irq_names[i]);

	gpu = platform_device_alloc("vgpu-mali", PLATFORM_DEVID_NONE);
	if (!gpu) {
		of_node_put(node);
		return ERR_PTR(-ENOMEM);
	}

	gpu->dev.parent = &pci->dev;
	/* The device's release drops the reference to the node. */
	device_set_node(&gpu->dev, of_fwnode_handle(node));
	gpu->dev.coherent_dma_mask = DMA_BIT_MASK(GPU_DMA_BITS);
	*gpu->dev.dma_mask = DMA_BIT_MASK(GPU_DMA_BITS);

	ret = platform_device_add_resources(gpu, res, ARRAY_SIZE(res));
	if (!ret)
		ret = platform_device_add(gpu);
	if (ret) {
		platform_device_put(gpu);
		return ERR_PTR(ret);
	}
	return gpu;
}

static struct platform_device *make_aperture(struct pci_dev *pci)
{
	struct resource res = bar_resource(pci, BAR_APERTURE);
	struct platform_device_info info = {
		.parent = &pci->dev,
		.name = "panthor-protm-aperture",
		.id = PLATFORM_DEVID_NONE,
		.res = &res,
		.num_res = 1,
	};

	return platform_device_register_full(&info);
}

static int glue_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	struct glue *glue;
	int ret;

	glue = devm_kzalloc(&pci->dev, sizeof(*glue), GFP_KERNEL);
	if (!glue)
		return -ENOMEM;
	ret = pcim_enable_device(pci);
	if (ret)
		return ret;
	pci_set_master(pci);

	ret = pci_alloc_irq_vectors(pci, ARRAY_SIZE(irq_names),
				    ARRAY_SIZE(irq_names) + 1, PCI_IRQ_MSIX);
	if (ret < 0)
		return ret;

	glue->aperture = make_aperture(pci);
	if (IS_ERR(glue->aperture)) {
		ret = PTR_ERR(glue->aperture);
		goto err_vectors;
	}
	ret = soc_add(&pci->dev);
	if (ret)
		goto err_aperture;
	glue->gpu = make_gpu(pci);
	if (IS_ERR(glue->gpu)) {
		ret = PTR_ERR(glue->gpu);
		goto err_soc;
	}

	pci_set_drvdata(pci, glue);
	return 0;

err_soc:
	soc_remove();
err_aperture:
	platform_device_unregister(glue->aperture);
err_vectors:
	pci_free_irq_vectors(pci);
	return ret;
}

/* The GPU first: its driver may use protected memory to the end. */
static void glue_remove(struct pci_dev *pci)
{
	struct glue *glue = pci_get_drvdata(pci);

	platform_device_unregister(glue->gpu);
	soc_remove();
	platform_device_unregister(glue->aperture);
	pci_free_irq_vectors(pci);
}

static const struct pci_device_id glue_ids[] = {
	{ PCI_DEVICE(0x1d1d, 0x1610) },
	{}
};
MODULE_DEVICE_TABLE(pci, glue_ids);

static struct pci_driver glue_driver = {
	.name = "vgpu-glue",
	.id_table = glue_ids,
	.probe = glue_probe,
	.remove = glue_remove,
};
module_pci_driver(glue_driver);

MODULE_DESCRIPTION("Platform devices of the virtual Mali CSF GPU");
MODULE_AUTHOR("The panthor-protm authors");
MODULE_LICENSE("Dual MIT/GPL");
