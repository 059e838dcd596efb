// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Backend for kernels without CONFIG_DMABUF_HEAPS: the class "dma_heap" and the
 * nodes /dev/dma_heap/NAME with the standard ioctl are ours, so that programs
 * written for the kernel's heaps work unchanged.
 */
#define pr_fmt(fmt) "panthor-protm-heap: " fmt

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/device/class.h>
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/linux/dma-heap.h>

#include "backend.h"
#include "compat/compat.h"

/* As many as the kernel's own heaps may be. */
#define OWN_MINORS 128

/**
 * struct pp_heap_node - /dev/dma_heap/NAME
 *
 * An open file holds the character device, which holds @dev; so the node
 * outlives its heap's removal until the last file is closed.
 */
struct pp_heap_node {
	/** @dev: owns the structure */
	struct device dev;
	/** @cdev: what is opened */
	struct cdev cdev;
	/** @heap: the heap, with a reference */
	struct pp_heap *heap;
};

static dev_t own_devt;
static DEFINE_IDA(own_minors);

static int own_open(struct inode *inode, struct file *file)
{
	struct pp_heap_node *node =
		container_of(inode->i_cdev, struct pp_heap_node, cdev);

	file->private_data = pp_heap_get(node->heap);
	return nonseekable_open(inode, file);
}

static int own_release(struct inode *inode, struct file *file)
{
	pp_heap_put(file->private_data);
	return 0;
}

static int own_alloc(struct pp_heap *heap,
		     struct dma_heap_allocation_data __user *arg)
{
	struct dma_heap_allocation_data data;
	struct dma_buf *buf;
	int fd;

	if (copy_from_user(&data, arg, sizeof(data)))
		return -EFAULT;
	if (data.fd)
		return -EINVAL;
	if (data.len != (size_t)data.len)
		return -ENOMEM;

	buf = pp_heap_alloc(heap, data.len, data.fd_flags, data.heap_flags);
	if (IS_ERR(buf))
		return PTR_ERR(buf);

	fd = get_unused_fd_flags(data.fd_flags & O_CLOEXEC);
	if (fd < 0)
		goto err_put;

	/* Told before it is installed: a fault then leaves no descriptor. */
	data.fd = fd;
	if (copy_to_user(arg, &data, sizeof(data))) {
		put_unused_fd(fd);
		fd = -EFAULT;
		goto err_put;
	}
	fd_install(fd, buf->file);
	return 0;

err_put:
	dma_buf_put(buf);
	return fd;
}

static long own_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case DMA_HEAP_IOCTL_ALLOC:
		return own_alloc(file->private_data, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations own_fops = {
	.owner = THIS_MODULE,
	.open = own_open,
	.release = own_release,
	.unlocked_ioctl = own_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static char *own_devnode(const struct device *dev, umode_t *mode)
{
	return kasprintf(GFP_KERNEL, "dma_heap/%s", dev_name(dev));
}

static const struct class own_class = {
	.name = "dma_heap",
	.devnode = own_devnode,
};

static void own_dev_release(struct device *dev)
{
	struct pp_heap_node *node = container_of(dev, struct pp_heap_node, dev);

	pp_heap_put(node->heap);
	kfree(node);
}

static struct pp_heap_node *own_publish(struct pp_heap *heap)
{
	struct pp_heap_node *node;
	int minor, ret;

	minor = ida_alloc_max(&own_minors, OWN_MINORS - 1, GFP_KERNEL);
	if (minor < 0)
		return ERR_PTR(minor);

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node) {
		ida_free(&own_minors, minor);
		return ERR_PTR(-ENOMEM);
	}

	device_initialize(&node->dev);
	node->dev.class = &own_class;
	node->dev.devt = MKDEV(MAJOR(own_devt), minor);
	node->dev.release = own_dev_release;
	node->heap = pp_heap_get(heap);
	cdev_init(&node->cdev, &own_fops);
	node->cdev.owner = THIS_MODULE;

	ret = dev_set_name(&node->dev, "%s", pp_heap_name(heap));
	if (!ret)
		ret = cdev_device_add(&node->cdev, &node->dev);
	if (ret) {
		put_device(&node->dev);
		ida_free(&own_minors, minor);
		return ERR_PTR(ret);
	}
	return node;
}

static void own_withdraw(struct pp_heap_node *node)
{
	int minor = MINOR(node->dev.devt);

	cdev_device_del(&node->cdev, &node->dev);
	put_device(&node->dev);
	ida_free(&own_minors, minor);
}

static int own_start(void)
{
	int ret;

	ret = alloc_chrdev_region(&own_devt, 0, OWN_MINORS, "dma_heap");
	if (ret)
		return ret;

	ret = class_register(&own_class);
	if (ret) {
		pr_err("class dma_heap cannot be made: %pe\n", ERR_PTR(ret));
		unregister_chrdev_region(own_devt, OWN_MINORS);
	}
	return ret;
}

static void own_stop(void)
{
	class_unregister(&own_class);
	unregister_chrdev_region(own_devt, OWN_MINORS);
}

const struct pp_heap_backend pp_heap_backend_own = {
	.name = "own",
	.start = own_start,
	.stop = own_stop,
	.publish = own_publish,
	.withdraw = own_withdraw,
};
