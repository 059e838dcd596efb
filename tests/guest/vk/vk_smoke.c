// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A Vulkan client: a device, command buffers, fences, a timeline semaphore, sparse binding. */
#include "vk.h"

#define MANY		20
#define SPARSE_SIZE	0x400000ull

static void test_fences(VkCommandBuffer cmd, const char *what)
{
	u32 i, wrong = 0;

	for (i = 0; i < MANY; i++)
		wrong += vk_run(cmd) != VK_SUCCESS;
	is(wrong, 0, "%d submits of %s, each with a fence", MANY, what);
}

static void test_timeline(VkCommandBuffer cmd)
{
	VkSemaphore sem = vk_timeline();
	u32 wrong = 0, i;
	u64 value = 0;

	for (i = 1; i <= MANY; i++)
		wrong += vk_submit_points(cmd, sem, i, i + 1) != VK_SUCCESS;
	is(wrong, 0, "%d submits, each waits for the one before", MANY);
	is(GetSemaphoreCounterValueKHR(vk_device, sem, &value), VK_SUCCESS, "vkGetSemaphoreCounterValue");
	is(value, 0, "nothing has run, the first waits for us");
	is(vk_signal_point(sem, 1), VK_SUCCESS, "vkSignalSemaphore: 1");
	is(vk_wait_point(sem, MANY + 1), VK_SUCCESS, "vkWaitSemaphores: the last");
	is(GetSemaphoreCounterValueKHR(vk_device, sem, &value), VK_SUCCESS, "vkGetSemaphoreCounterValue");
	is(value, MANY + 1, "says so too");
	is(QueueWaitIdle(vk_queue), VK_SUCCESS, "vkQueueWaitIdle");
	DestroySemaphore(vk_device, sem, NULL);
}

/* Bind @size bytes of a sparse buffer to @memory, or to nothing, and wait for it. */
static VkResult bind_sparse(VkBuffer buffer, u64 offset, u64 size, VkDeviceMemory memory)
{
	const VkFenceCreateInfo f = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
	const VkSparseMemoryBind bind = {
		.resourceOffset = offset,
		.size = size,
		.memory = memory,
	};
	const VkSparseBufferMemoryBindInfo binds = {
		.buffer = buffer,
		.bindCount = 1,
		.pBinds = &bind,
	};
	const VkBindSparseInfo info = {
		.sType = VK_STRUCTURE_TYPE_BIND_SPARSE_INFO,
		.bufferBindCount = 1,
		.pBufferBinds = &binds,
	};
	VkFence fence;
	VkResult ret;

	ret = CreateFence(vk_device, &f, NULL, &fence);
	if (ret)
		return ret;
	ret = QueueBindSparse(vk_sparse_queue, 1, &info, fence);
	if (!ret)
		ret = WaitForFences(vk_device, 1, &fence, VK_TRUE, 20 * SECOND);
	DestroyFence(vk_device, fence, NULL);
	return ret;
}

static u32 first_type(u32 bits)
{
	return __builtin_ctz(bits);
}

static void test_sparse(VkCommandBuffer cmd)
{
	const VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.flags = VK_BUFFER_CREATE_SPARSE_BINDING_BIT,
		.size = SPARSE_SIZE,
		.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT,
	};
	VkMemoryAllocateInfo alloc = { .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO };
	VkMemoryRequirements need;
	VkDeviceMemory memory;
	VkBuffer buffer;
	u64 half;

	is(CreateBuffer(vk_device, &info, NULL, &buffer), VK_SUCCESS, "sparse: vkCreateBuffer");
	GetBufferMemoryRequirements(vk_device, buffer, &need);
	half = need.size / 2 / need.alignment * need.alignment;
	alloc.allocationSize = half;
	alloc.memoryTypeIndex = first_type(need.memoryTypeBits);
	is(AllocateMemory(vk_device, &alloc, NULL, &memory), VK_SUCCESS, "sparse: memory for half of it");
	is(bind_sparse(buffer, 0, half, memory), VK_SUCCESS, "sparse: bind the first half");
	is(vk_run(cmd), VK_SUCCESS, "sparse: a submit after that");
	is(bind_sparse(buffer, half, half, memory), VK_SUCCESS, "sparse: the same memory for the second");
	is(bind_sparse(buffer, 0, half, VK_NULL_HANDLE), VK_SUCCESS, "sparse: unbind the first half");
	is(vk_run(cmd), VK_SUCCESS, "sparse: a submit after that");
	DestroyBuffer(vk_device, buffer, NULL);
	FreeMemory(vk_device, memory, NULL);
}

/* No sparse binding is announced: then there is none. */
static void test_no_sparse(void)
{
	VkQueueFamilyProperties family[4];
	VkPhysicalDeviceFeatures has;
	u32 n = 4, i, flags = 0;

	GetPhysicalDeviceFeatures(vk_gpu, &has);
	GetPhysicalDeviceQueueFamilyProperties(vk_gpu, &n, family);
	for (i = 0; i < n; i++)
		flags |= family[i].queueFlags;
	ok(!has.sparseBinding && !(flags & VK_QUEUE_SPARSE_BINDING_BIT),
	   "sparse binding is not offered, and no queue claims it");
}

int main(void)
{
	VkCommandBuffer cmd, barriers;

	vk_open();
	ok(true, "a device, a queue and a command pool");
	cmd = vk_commands(0);
	barriers = vk_commands(5);
	test_fences(VK_NULL_HANDLE, "nothing");
	test_fences(cmd, "an empty command buffer");
	test_fences(barriers, "five barriers");
	test_timeline(cmd);
	test_timeline(barriers);
	if (vk_sparse_queue)
		test_sparse(barriers);
	else
		test_no_sparse();
	is(DeviceWaitIdle(vk_device), VK_SUCCESS, "vkDeviceWaitIdle");
	vk_close();
	ok(true, "all destroyed");
	return done();
}
