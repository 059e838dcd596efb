// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A Vulkan client: a device, empty command buffers, fences, a timeline
 * semaphore. The loader is opened at run time, so that no Vulkan library of
 * the guest's architecture is needed to build this.
 */
#include <dlfcn.h>
#include <string.h>

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan.h>

#include "tap.h"

#define SECOND	1000000000ull
#define MANY	20

#define GLOBAL_FUNCS(X)		\
	X(CreateInstance)

#define INSTANCE_FUNCS(X)	\
	X(DestroyInstance)	\
	X(EnumeratePhysicalDevices) \
	X(GetPhysicalDeviceProperties) \
	X(GetPhysicalDeviceQueueFamilyProperties) \
	X(CreateDevice)		\
	X(DestroyDevice)	\
	X(GetDeviceQueue)	\
	X(CreateCommandPool)	\
	X(DestroyCommandPool)	\
	X(AllocateCommandBuffers) \
	X(BeginCommandBuffer)	\
	X(EndCommandBuffer)	\
	X(CreateFence)		\
	X(DestroyFence)		\
	X(WaitForFences)	\
	X(ResetFences)		\
	X(CreateSemaphore)	\
	X(DestroySemaphore)	\
	X(WaitSemaphoresKHR)	\
	X(SignalSemaphoreKHR)	\
	X(GetSemaphoreCounterValueKHR) \
	X(QueueSubmit)		\
	X(QueueWaitIdle)	\
	X(DeviceWaitIdle)

#define DECLARE(name)	static PFN_vk ## name name;
GLOBAL_FUNCS(DECLARE)
INSTANCE_FUNCS(DECLARE)

static VkInstance instance;
static VkPhysicalDevice gpu;
static VkDevice device;
static VkQueue queue;
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

	if (!lib)
		bail("no Vulkan loader: %s", dlerror());
	get = (PFN_vkGetInstanceProcAddr)dlsym(lib, "vkGetInstanceProcAddr");

#define LOAD(name)	name = (PFN_vk ## name)get(instance, "vk" #name);
	GLOBAL_FUNCS(LOAD)
	if (!is(CreateInstance(&info, NULL, &instance), VK_SUCCESS, "vkCreateInstance"))
		bail("no instance");
	INSTANCE_FUNCS(LOAD)
}

static void find_gpu(void)
{
	VkPhysicalDevice devices[8];
	VkPhysicalDeviceProperties p;
	u32 n = 8, i;

	is(EnumeratePhysicalDevices(instance, &n, devices), VK_SUCCESS,
	   "vkEnumeratePhysicalDevices");
	for (i = 0; i < n; i++) {
		GetPhysicalDeviceProperties(devices[i], &p);
		diag("device %u: %s", i, p.deviceName);
		if (strstr(p.deviceName, "Mali-G610"))
			gpu = devices[i];
	}
	if (!ok(gpu != NULL, "there is a Mali-G610"))
		bail("no device to test");
}

static void make_device(void)
{
	const float priority = 1;
	const VkDeviceQueueCreateInfo q = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueCount = 1,
		.pQueuePriorities = &priority,
	};
	VkPhysicalDeviceTimelineSemaphoreFeatures timeline = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES,
		.timelineSemaphore = VK_TRUE,
	};
	const char *extension = VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME;
	const VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.pNext = &timeline,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &q,
		.enabledExtensionCount = 1,
		.ppEnabledExtensionNames = &extension,
	};
	const VkCommandPoolCreateInfo p = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
	};

	if (!is(CreateDevice(gpu, &info, NULL, &device), VK_SUCCESS, "vkCreateDevice"))
		bail("no device");
	GetDeviceQueue(device, 0, 0, &queue);
	is(CreateCommandPool(device, &p, NULL, &pool), VK_SUCCESS, "vkCreateCommandPool");
}

static VkCommandBuffer empty_commands(void)
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
	VkCommandBuffer cmd = NULL;

	is(AllocateCommandBuffers(device, &a, &cmd), VK_SUCCESS, "vkAllocateCommandBuffers");
	is(BeginCommandBuffer(cmd, &b), VK_SUCCESS, "vkBeginCommandBuffer");
	is(EndCommandBuffer(cmd), VK_SUCCESS, "vkEndCommandBuffer");
	return cmd;
}

static void test_fences(VkCommandBuffer cmd)
{
	const VkFenceCreateInfo f = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
	const VkSubmitInfo with = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.commandBufferCount = 1,
		.pCommandBuffers = &cmd,
	};
	const VkSubmitInfo without = { .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO };
	u32 i, wrong = 0;
	VkFence fence;

	is(CreateFence(device, &f, NULL, &fence), VK_SUCCESS, "vkCreateFence");
	for (i = 0; i < MANY; i++) {
		wrong += QueueSubmit(queue, 1, &with, fence) != VK_SUCCESS;
		wrong += WaitForFences(device, 1, &fence, VK_TRUE, 10 * SECOND) != VK_SUCCESS;
		wrong += ResetFences(device, 1, &fence) != VK_SUCCESS;
	}
	is(wrong, 0, "%d submits of an empty command buffer, each with a fence", MANY);
	is(QueueSubmit(queue, 1, &without, fence), VK_SUCCESS, "a submit of nothing");
	is(WaitForFences(device, 1, &fence, VK_TRUE, 10 * SECOND), VK_SUCCESS, "and its fence");
	DestroyFence(device, fence, NULL);
}

static void test_timeline(VkCommandBuffer cmd)
{
	const VkSemaphoreTypeCreateInfo type = {
		.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
		.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE,
	};
	const VkSemaphoreCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO,
		.pNext = &type,
	};
	const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
	u64 in = 1, out = 2, value = 0;
	VkTimelineSemaphoreSubmitInfo points = {
		.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
		.waitSemaphoreValueCount = 1,
		.pWaitSemaphoreValues = &in,
		.signalSemaphoreValueCount = 1,
		.pSignalSemaphoreValues = &out,
	};
	VkSemaphore sem;
	const VkSubmitInfo submit = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.pNext = &points,
		.waitSemaphoreCount = 1,
		.pWaitSemaphores = &sem,
		.pWaitDstStageMask = &stage,
		.commandBufferCount = 1,
		.pCommandBuffers = &cmd,
		.signalSemaphoreCount = 1,
		.pSignalSemaphores = &sem,
	};
	const VkSemaphoreWaitInfo wait = {
		.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
		.semaphoreCount = 1,
		.pSemaphores = &sem,
		.pValues = &value,
	};
	VkSemaphoreSignalInfo signal = {
		.sType = VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO,
		.value = 1,
	};
	u32 wrong = 0;

	is(CreateSemaphore(device, &info, NULL, &sem), VK_SUCCESS, "vkCreateSemaphore: timeline");
	signal.semaphore = sem;
	is(SignalSemaphoreKHR(device, &signal), VK_SUCCESS, "vkSignalSemaphore: 1");
	for (in = 1; in <= MANY; in++) {
		out = in + 1;
		wrong += QueueSubmit(queue, 1, &submit, VK_NULL_HANDLE) != VK_SUCCESS;
	}
	is(wrong, 0, "%d submits, each waits for the one before", MANY);
	value = MANY + 1;
	is(WaitSemaphoresKHR(device, &wait, 10 * SECOND), VK_SUCCESS, "vkWaitSemaphores: the last");
	value = 0;
	is(GetSemaphoreCounterValueKHR(device, sem, &value), VK_SUCCESS, "vkGetSemaphoreCounterValue");
	is(value, MANY + 1, "says so too");
	is(QueueWaitIdle(queue), VK_SUCCESS, "vkQueueWaitIdle");
	DestroySemaphore(device, sem, NULL);
}

int main(void)
{
	VkCommandBuffer cmd;

	open_loader();
	find_gpu();
	make_device();
	cmd = empty_commands();
	test_fences(cmd);
	test_timeline(cmd);
	is(DeviceWaitIdle(device), VK_SUCCESS, "vkDeviceWaitIdle");
	DestroyCommandPool(device, pool, NULL);
	DestroyDevice(device, NULL);
	DestroyInstance(instance, NULL);
	ok(true, "all destroyed");
	return done();
}
