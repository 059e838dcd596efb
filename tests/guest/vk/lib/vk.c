// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <dlfcn.h>
#include <string.h>

#include "vk.h"

#define VK_DEFINE(name)	PFN_vk ## name name;
VK_FUNCS(VK_DEFINE)

VkPhysicalDevice vk_gpu;
VkDevice vk_device;
VkQueue vk_queue;
VkQueue vk_sparse_queue;

static VkInstance instance;
static VkCommandPool pool;

static void open_loader(void)
{
	const VkApplicationInfo app = {
		.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
		.apiVersion = VK_API_VERSION_1_1,
	};
	const VkInstanceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
		.pApplicationInfo = &app,
	};
	void *lib = dlopen("libvulkan.so.1", RTLD_NOW);
	PFN_vkGetInstanceProcAddr get;
	PFN_vkCreateInstance create;

	if (!lib)
		bail("no Vulkan loader: %s", dlerror());
	get = (PFN_vkGetInstanceProcAddr)dlsym(lib, "vkGetInstanceProcAddr");
	create = (PFN_vkCreateInstance)get(NULL, "vkCreateInstance");
	if (create(&info, NULL, &instance))
		bail("no instance");

#define LOAD(name)	name = (PFN_vk ## name)get(instance, "vk" #name);
	VK_FUNCS(LOAD)
}

static void find_gpu(void)
{
	VkPhysicalDevice devices[8];
	VkPhysicalDeviceProperties p;
	u32 n = 8, i;

	vk_gpu = NULL;
	if (EnumeratePhysicalDevices(instance, &n, devices))
		bail("vkEnumeratePhysicalDevices fails");
	for (i = 0; i < n; i++) {
		GetPhysicalDeviceProperties(devices[i], &p);
		if (strstr(p.deviceName, "Mali-G610"))
			vk_gpu = devices[i];
	}
	if (!vk_gpu)
		bail("no Mali-G610 among %u devices", n);
}

/* Family of a queue that binds sparse memory, or -1: device and queue have to offer it. */
static int find_sparse(void)
{
	VkQueueFamilyProperties family[4];
	VkPhysicalDeviceFeatures has;
	u32 n = 4, i;

	GetPhysicalDeviceFeatures(vk_gpu, &has);
	GetPhysicalDeviceQueueFamilyProperties(vk_gpu, &n, family);
	for (i = 0; i < n; i++) {
		if (has.sparseBinding && family[i].queueFlags & VK_QUEUE_SPARSE_BINDING_BIT)
			return i;
	}
	return -1;
}

static void make_device(void)
{
	const float priority = 1;
	const int sparse = find_sparse();
	const VkDeviceQueueCreateInfo q[2] = { {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueCount = 1,
		.pQueuePriorities = &priority,
	}, {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueFamilyIndex = sparse,
		.queueCount = 1,
		.pQueuePriorities = &priority,
	} };
	VkPhysicalDeviceTimelineSemaphoreFeatures timeline = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES,
		.timelineSemaphore = VK_TRUE,
	};
	const VkPhysicalDeviceFeatures features = { .sparseBinding = sparse >= 0 };
	const char *extension = VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME;
	const VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.pNext = &timeline,
		.queueCreateInfoCount = sparse > 0 ? 2 : 1,
		.pQueueCreateInfos = q,
		.enabledExtensionCount = 1,
		.ppEnabledExtensionNames = &extension,
		.pEnabledFeatures = &features,
	};
	const VkCommandPoolCreateInfo p = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
	};
	VkResult ret;

	ret = CreateDevice(vk_gpu, &info, NULL, &vk_device);
	if (ret)
		bail("vkCreateDevice: %d", ret);
	GetDeviceQueue(vk_device, 0, 0, &vk_queue);
	if (sparse >= 0)
		GetDeviceQueue(vk_device, sparse, 0, &vk_sparse_queue);
	ret = CreateCommandPool(vk_device, &p, NULL, &pool);
	if (ret)
		bail("vkCreateCommandPool: %d", ret);
}

void vk_open(void)
{
	open_loader();
	find_gpu();
	make_device();
}

void vk_close(void)
{
	DestroyCommandPool(vk_device, pool, NULL);
	DestroyDevice(vk_device, NULL);
	DestroyInstance(instance, NULL);
}

VkCommandBuffer vk_commands(u32 barriers)
{
	const VkCommandBufferAllocateInfo a = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.commandPool = pool,
		.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
		.commandBufferCount = 1,
	};
	const VkCommandBufferBeginInfo b = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
		.flags = VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT,
	};
	const VkMemoryBarrier all = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
		.srcAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
		.dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
	};
	const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
	VkCommandBuffer cmd = NULL;

	if (AllocateCommandBuffers(vk_device, &a, &cmd) || BeginCommandBuffer(cmd, &b))
		bail("no command buffer");
	while (barriers--)
		CmdPipelineBarrier(cmd, stage, stage, 0, 1, &all, 0, NULL, 0, NULL);
	if (EndCommandBuffer(cmd))
		bail("vkEndCommandBuffer fails");
	return cmd;
}

VkResult vk_run(VkCommandBuffer cmd)
{
	const VkFenceCreateInfo f = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
	const VkSubmitInfo submit = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.commandBufferCount = cmd ? 1 : 0,
		.pCommandBuffers = &cmd,
	};
	VkFence fence;
	VkResult ret;

	ret = CreateFence(vk_device, &f, NULL, &fence);
	if (ret)
		return ret;
	ret = QueueSubmit(vk_queue, 1, &submit, fence);
	if (!ret)
		ret = WaitForFences(vk_device, 1, &fence, VK_TRUE, 20 * SECOND);
	DestroyFence(vk_device, fence, NULL);
	return ret;
}

VkSemaphore vk_timeline(void)
{
	const VkSemaphoreTypeCreateInfo type = {
		.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
		.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE,
	};
	const VkSemaphoreCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO,
		.pNext = &type,
	};
	VkSemaphore sem;

	if (CreateSemaphore(vk_device, &info, NULL, &sem))
		bail("vkCreateSemaphore: no timeline");
	return sem;
}

VkResult vk_submit_points(VkCommandBuffer cmd, VkSemaphore sem, u64 in, u64 out)
{
	const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
	const VkTimelineSemaphoreSubmitInfo points = {
		.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
		.waitSemaphoreValueCount = in ? 1 : 0,
		.pWaitSemaphoreValues = &in,
		.signalSemaphoreValueCount = out ? 1 : 0,
		.pSignalSemaphoreValues = &out,
	};
	const VkSubmitInfo submit = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.pNext = &points,
		.waitSemaphoreCount = in ? 1 : 0,
		.pWaitSemaphores = &sem,
		.pWaitDstStageMask = &stage,
		.commandBufferCount = 1,
		.pCommandBuffers = &cmd,
		.signalSemaphoreCount = out ? 1 : 0,
		.pSignalSemaphores = &sem,
	};

	return QueueSubmit(vk_queue, 1, &submit, VK_NULL_HANDLE);
}

VkResult vk_signal_point(VkSemaphore sem, u64 point)
{
	const VkSemaphoreSignalInfo signal = {
		.sType = VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO,
		.semaphore = sem,
		.value = point,
	};

	return SignalSemaphoreKHR(vk_device, &signal);
}

VkResult vk_wait_point(VkSemaphore sem, u64 point)
{
	const VkSemaphoreWaitInfo wait = {
		.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
		.semaphoreCount = 1,
		.pSemaphores = &sem,
		.pValues = &point,
	};

	return WaitSemaphoresKHR(vk_device, &wait, 20 * SECOND);
}
