// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Attributes of the platform device. */
#include <linux/device.h>
#include <linux/kstrtox.h>
#include <linux/sysfs.h>

#include "core/device.h"
#include "core/driver.h"
#include "fw/fw.h"
#include "mem/protmem.h"
#include "sched/sched.h"

/* The heap that protected memory comes from; an empty line before it was attached. */
static ssize_t protected_heap_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pp_device *pp = dev_get_drvdata(dev);
	const char *name = "";

	if (pp_fw_info(pp)->prot_loaded)
		name = pp_protmem_name(pp) ?: "";

	return sysfs_emit(buf, "%s\n", name);
}
static DEVICE_ATTR_RO(protected_heap);

/* What is counted for jobs and shown in fdinfo: bit 0 cycles, bit 1 time. As stock has it. */
static ssize_t profiling_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pp_device *pp = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", READ_ONCE(pp->profiling));
}

static ssize_t profiling_store(struct device *dev, struct device_attribute *attr,
			       const char *buf, size_t count)
{
	struct pp_device *pp = dev_get_drvdata(dev);
	u32 mask;
	int ret;

	ret = kstrtou32(buf, 0, &mask);
	if (ret)
		return ret;
	if (mask & ~PP_PROFILE_ALL)
		return -EINVAL;
	WRITE_ONCE(pp->profiling, mask);
	return count;
}
static DEVICE_ATTR_RW(profiling);

static struct attribute *pp_device_attrs[] = {
	&dev_attr_profiling.attr,
	&dev_attr_protected_heap.attr,
	NULL
};

static const struct attribute_group pp_device_group = {
	.attrs = pp_device_attrs,
};

/* Of each bound device. */
const struct attribute_group *pp_device_groups[] = {
	&pp_device_group,
	NULL
};
