// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Plants the bug that is asked for, so that a debug kernel can show that it
 * finds it. Loading fails, so that the next one can follow at once.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

static char *what;
module_param(what, charp, 0);

#define SIZE 100

static void plant_oob(void)
{
	u8 *p = kmalloc(SIZE, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	if (p)
		p[SIZE] = 1;
	kfree(p);
}

static void plant_uaf(void)
{
	u8 *p = kmalloc(SIZE, GFP_KERNEL);

	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	if (p)
		READ_ONCE(p[0]);
}

static void plant_vmalloc(void)
{
	u8 *p = vmalloc(PAGE_SIZE - 8);

	OPTIMIZER_HIDE_VAR(p);
	if (p)
		READ_ONCE(p[PAGE_SIZE - 4]);
	vfree(p);
}

/* Several, since one address may still lie on somebody's stack. */
static void plant_leak(void)
{
	void *p;
	int i;

	for (i = 0; i < 8; i++) {
		p = kmalloc(SIZE, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(p);
	}
}

static DEFINE_MUTEX(lock_a);
static DEFINE_MUTEX(lock_b);

static void plant_abba(void)
{
	mutex_lock(&lock_a);
	mutex_lock(&lock_b);
	mutex_unlock(&lock_b);
	mutex_unlock(&lock_a);

	mutex_lock(&lock_b);
	mutex_lock(&lock_a);
	mutex_unlock(&lock_a);
	mutex_unlock(&lock_b);
}

static DEFINE_SPINLOCK(spin);

static void plant_atomic(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
}

static int __rcu *nothing;

static void plant_rcu(void)
{
	if (rcu_dereference(nothing))
		pr_info("plant: there is something\n");
}

static void plant_ubsan(void)
{
	int bits = 40;
	u32 one = 1;

	OPTIMIZER_HIDE_VAR(bits);
	one <<= bits;
	OPTIMIZER_HIDE_VAR(one);
}

struct timed {
	struct timer_list timer;
};

static void timed_fn(struct timer_list *timer)
{
}

static void plant_object(void)
{
	struct timed *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return;
	timer_setup(&t->timer, timed_fn, 0);
	mod_timer(&t->timer, jiffies + 100 * HZ);
	kfree(t);
}

static void plant_list(void)
{
	LIST_HEAD(list);
	struct list_head entry;

	list_add(&entry, &list);
	entry.next = &entry;
	list_del(&entry);
}

static void plant_dma(void)
{
	struct platform_device *pdev;

	pdev = platform_device_register_simple("plant", PLATFORM_DEVID_NONE,
					       NULL, 0);
	if (IS_ERR(pdev))
		return;
	if (!dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64)))
		dma_unmap_page(&pdev->dev, 0x1000, SIZE, DMA_TO_DEVICE);
	platform_device_unregister(pdev);
}

static const struct {
	const char *name;
	void (*plant)(void);
} kinds[] = {
	{ "oob", plant_oob },
	{ "uaf", plant_uaf },
	{ "vmalloc", plant_vmalloc },
	{ "leak", plant_leak },
	{ "abba", plant_abba },
	{ "atomic", plant_atomic },
	{ "rcu", plant_rcu },
	{ "ubsan", plant_ubsan },
	{ "object", plant_object },
	{ "list", plant_list },
	{ "dma", plant_dma },
};

static int __init plant_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (what && !strcmp(what, kinds[i].name)) {
			pr_info("plant: %s\n", what);
			kinds[i].plant();
			return -ECANCELED;
		}
	}
	return -EINVAL;
}
module_init(plant_init);

MODULE_DESCRIPTION("Plants bugs for a debug kernel to find");
MODULE_AUTHOR("The panthor-protm authors");
MODULE_LICENSE("Dual MIT/GPL");
