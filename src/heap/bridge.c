// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Backend for kernels that have dma-buf heaps, and no way for modules to them:
 * mainline 6.12 to 7.3 with CONFIG_DMABUF_HEAPS.
 *
 * User space opens /dev/dma_heap/NAME, and so does this; the open file leads to
 * the kernel's heap, whose allocate operation is then called as the ioctl would
 * call it. The structure between the two is private to the kernel. So nothing
 * of it is believed that is not found to be so in another way: the device's
 * number, the heap's name, where the character device lies in it, what the
 * kernel's symbols say of the operation. A heap that fails one check is not
 * used, and the log says which.
 *
 * Lifetime: the kernel never frees a heap. An open file does not hold the module
 * of whoever provides it, though, so that is done here. A heap without a module
 * can be relied upon for ever, and is looked for once.
 */
#define pr_fmt(fmt) "panthor-protm-heap: " fmt

#include <linux/cdev.h>
#include <linux/cred.h>
#include <linux/device.h>
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kallsyms.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/namei.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "backend.h"
#include "compat/compat.h"
#include "compat/heap.h"

#define BRIDGE_DIR "/dev/dma_heap/"

/* Where the kernel's heap has what, 6.12 to 7.3, in bytes. */
#define HEAP_NAME	0
#define HEAP_OPS	8
#define HEAP_DEVT	24
#define HEAP_CDEV	48

typedef struct dma_buf *(*bridge_allocate_t)(struct dma_heap *heap,
					     unsigned long len, u32 fd_flags,
					     u64 heap_flags);

/**
 * struct bridge_heap - a heap of the kernel's that has passed every check
 */
struct bridge_heap {
	/** @kept: in the list of those that are not looked for again */
	struct list_head kept;
	/** @wrapped: ours, with the list's reference */
	struct pp_heap *wrapped;
	/** @file: its device, open; NULL once it is kept */
	struct file *file;
	/** @heap: what the kernel has behind it */
	struct dma_heap *heap;
	/** @allocate: its operation */
	bridge_allocate_t allocate;
	/** @provider: the module that @allocate is in, held; NULL if built in */
	struct module *provider;
};

/**
 * struct bridge_search - a search, in a work item
 */
struct bridge_search {
	/** @work: does it */
	struct work_struct work;
	/** @name: what is looked for */
	const char *name;
	/** @devt: device number of the heap */
	dev_t devt;
	/** @found: where the result goes */
	struct bridge_heap *found;
	/** @refusal: why the heap is not used, or NULL */
	const char *refusal;
	/** @ret: 0 or a negative errno */
	int ret;
	/** @symbol: room for the name of an address */
	char symbol[KSYM_SYMBOL_LEN];
};

static bool layout_known;

/* Heaps that are built in. */
static LIST_HEAD(kept_heaps);
static DEFINE_MUTEX(kept_lock);		/* guards kept_heaps */

/*
 * The number of the device of class dma_heap that has this name. The class is
 * private to the kernel, but every device is in one set. -ENODEV if there is none.
 */
static int find_devt(const char *name, dev_t *devt)
{
	struct kset *devices = platform_bus.kobj.kset;
	const struct kobj_type *type = get_ktype(&platform_bus.kobj);
	struct kobject *kobj;
	int ret = -ENODEV;

	spin_lock(&devices->list_lock);
	list_for_each_entry(kobj, &devices->list, entry) {
		const struct device *dev = kobj_to_dev(kobj);

		if (get_ktype(kobj) != type || !dev->class ||
		    strcmp(dev->class->name, "dma_heap") ||
		    strcmp(dev_name(dev), name))
			continue;
		*devt = dev->devt;
		ret = 0;
		break;
	}
	spin_unlock(&devices->list_lock);
	return ret;
}

static int refuse(struct bridge_search *s, const char *why)
{
	s->refusal = why;
	return -EOPNOTSUPP;
}

/* What has the heap's name in the file system; only opened if it is the heap's. */
static int open_node(struct bridge_search *s, const struct path *path,
		     bool exists)
{
	struct inode *inode = d_backing_inode(path->dentry);
	struct file *file;

	if (S_ISLNK(inode->i_mode))
		return refuse(s, "its device node is a symbolic link");
	if (!S_ISCHR(inode->i_mode))
		return refuse(s, "its device node is no character device");
	if (!exists)
		return refuse(s, "there is a device node, but no heap");
	if (inode->i_rdev != s->devt)
		return refuse(s, "its device node is another device's");

	file = dentry_open(path, O_RDONLY | O_CLOEXEC, current_cred());
	if (file == ERR_PTR(-ENOMEM))
		return -ENOMEM;
	if (IS_ERR(file))
		return refuse(s, "its device node cannot be opened");
	s->found->file = file;
	return 0;
}

static bool read_word(const void *from, size_t offset, void *to, size_t size)
{
	return !copy_from_kernel_nofault(to, from + offset, size);
}

/* Byte by byte: a string that is another one may end earlier. */
static bool same_name(const char *there, const char *name)
{
	char c;

	do {
		if (copy_from_kernel_nofault(&c, there++, 1) || c != *name)
			return false;
	} while (*name++);
	return true;
}

/* The kernel's structure, as far as it can be told from outside. */
static int check_heap(struct bridge_search *s)
{
	const struct cdev *cdev = file_inode(s->found->file)->i_cdev;
	void *heap = s->found->file->private_data;
	const void *ops;
	const char *name;
	u32 devt;

	if (!layout_known || !heap || (void *)cdev != heap + HEAP_CDEV)
		return refuse(s, "this kernel's heaps are laid out in another way");
	if (!read_word(heap, HEAP_DEVT, &devt, sizeof(devt)) ||
	    devt != s->devt)
		return refuse(s, "its device number is not where it should be");
	if (!read_word(heap, HEAP_NAME, &name, sizeof(name)) ||
	    !same_name(name, s->name) ||
	    !same_name(pp_compat_heap_name(heap, name), s->name))
		return refuse(s, "its name is not where it should be");
	if (!read_word(heap, HEAP_OPS, &ops, sizeof(ops)) ||
	    !read_word(ops, offsetof(struct dma_heap_ops, allocate),
		       &s->found->allocate, sizeof(s->found->allocate)))
		return refuse(s, "its operations are not where they should be");

	s->found->heap = heap;
	return 0;
}

/*
 * A module of that name, held. The set of modules is reached through our own
 * entry; an entry that is held keeps its module from being freed.
 */
static struct module *hold_module(const char *name, unsigned long inside)
{
	struct module *mod = NULL;
	struct kobject *kobj;

	kobj = kset_find_obj(THIS_MODULE->mkobj.kobj.kset, name);
	if (!kobj)
		return NULL;
	mod = container_of(kobj, struct module_kobject, kobj)->mod;
	if (mod && try_module_get(mod)) {
		if (!within_module(inside, mod)) {
			module_put(mod);
			mod = NULL;
		}
	} else {
		mod = NULL;
	}
	kobject_put(kobj);
	return mod;
}

/* That the operation is a function, and stays one. */
static int check_operation(struct bridge_search *s)
{
	unsigned long at = (unsigned long)s->found->allocate;
	char *module, *end;

	/* NAME+0xOFFSET/0xSIZE [MODULE] */
	sprint_symbol(s->symbol, at);
	if (!strstr(s->symbol, "+0x0/"))
		return refuse(s, "its allocate operation is no function");

	module = strchr(s->symbol, '[');
	if (!module)
		return 0;
	module++;
	end = strpbrk(module, " ]");
	if (end)
		*end = 0;
	s->found->provider = hold_module(module, at);
	if (!s->found->provider)
		return refuse(s, "the module that provides it is going away");
	return 0;
}

static void bridge_release(void *priv)
{
	struct bridge_heap *found = priv;

	module_put(found->provider);
	if (found->file)
		fput(found->file);
	kfree(found);
}

static int search(struct bridge_search *s)
{
	bool exists = !find_devt(s->name, &s->devt);
	struct path path;
	char *file_name;
	int ret;

	file_name = kasprintf(GFP_KERNEL, BRIDGE_DIR "%s", s->name);
	if (!file_name)
		return -ENOMEM;
	pp_compat_with_init_fs() {
		ret = kern_path(file_name, 0, &path);
		if (!ret) {
			ret = open_node(s, &path, exists);
			path_put(&path);
		} else if (ret != -ENOMEM) {
			ret = -ENODEV;
		}
	}
	kfree(file_name);
	if (ret)
		return ret;
	return check_heap(s) ?: check_operation(s);
}

static void search_work_fn(struct work_struct *work)
{
	struct bridge_search *s = container_of(work, struct bridge_search, work);

	s->ret = search(s);
}

static struct dma_buf *bridge_allocate(struct pp_heap *heap, size_t len,
				       u32 fd_flags, u64 heap_flags)
{
	struct bridge_heap *found = pp_heap_priv(heap);

	return found->allocate(found->heap, len, fd_flags, heap_flags);
}

static const struct pp_heap_ops bridge_ops = { .allocate = bridge_allocate };

/* Where and how the search is made does not depend on who wants to know. */
static int search_in_work(struct bridge_search *s)
{
	INIT_WORK(&s->work, search_work_fn);
	schedule_work(&s->work);
	flush_work(&s->work);
	if (s->refusal)
		pr_err_ratelimited("heap \"%s\" of this kernel is not used: %s\n",
				   s->name, s->refusal);
	return s->ret;
}

static struct pp_heap *kept_find(const char *name)
{
	struct pp_heap *heap = NULL;
	struct bridge_heap *found;

	lockdep_assert_held(&kept_lock);
	list_for_each_entry(found, &kept_heaps, kept) {
		if (!strcmp(pp_heap_name(found->wrapped), name)) {
			heap = pp_heap_get(found->wrapped);
			break;
		}
	}
	return heap;
}

/* The file has told what it could, and must not keep its mount busy. */
static void keep(struct bridge_heap *found, struct pp_heap *heap)
{
	lockdep_assert_held(&kept_lock);
	fput(found->file);
	found->file = NULL;
	found->wrapped = pp_heap_get(heap);
	list_add_tail(&found->kept, &kept_heaps);
}

static struct pp_heap *find_new(const char *name)
{
	struct pp_heap_desc desc = {
		.name = name,
		.ops = &bridge_ops,
		.owner = THIS_MODULE,
	};
	struct bridge_heap *found;
	struct bridge_search *s;
	struct pp_heap *heap;
	int ret = -ENOMEM;

	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return ERR_PTR(-ENOMEM);
	found = kzalloc(sizeof(*found), GFP_KERNEL);
	s->name = name;
	s->found = found;
	if (found)
		ret = search_in_work(s);
	kfree(s);

	desc.priv = found;
	heap = ret ? ERR_PTR(ret) : pp_heap_wrap(&desc, bridge_release);
	if (!IS_ERR(heap) && !found->provider)
		keep(found, heap);
	else if (IS_ERR(heap) && found)
		bridge_release(found);
	return heap;
}

static struct pp_heap *bridge_find(const char *name)
{
	struct pp_heap *heap;

	mutex_lock(&kept_lock);
	heap = kept_find(name) ?: find_new(name);
	mutex_unlock(&kept_lock);
	return heap;
}

static void bridge_stop(void)
{
	struct bridge_heap *found, *next;

	list_for_each_entry_safe(found, next, &kept_heaps, kept)
		pp_heap_put(found->wrapped);
	INIT_LIST_HEAD(&kept_heaps);
}

/* Where the kernel can be asked for a heap's name, it tells where it looks. */
static int bridge_start(void)
{
	static const char sentinel[] = "sentinel";
	const char **words;

	words = kcalloc(HEAP_CDEV, sizeof(*words), GFP_KERNEL);
	if (!words)
		return -ENOMEM;
	words[HEAP_NAME / sizeof(*words)] = sentinel;
	layout_known = pp_compat_heap_name((struct dma_heap *)words,
					   sentinel) == sentinel;
	kfree(words);
	return 0;
}

const struct pp_heap_backend pp_heap_backend_bridge = {
	.name = "bridge",
	.start = bridge_start,
	.stop = bridge_stop,
	.find = bridge_find,
};

PP_IMPORT_HEAP_NS();
