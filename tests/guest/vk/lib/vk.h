/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What Vulkan tests need: the Mali-G610's device, a queue, command buffers.
 * The loader is opened at run time, so that no Vulkan library of the guest's
 * architecture is needed to build them. Functions have their Vulkan names
 * without the "vk".
 */
#ifndef PP_GUEST_VK_H
#define PP_GUEST_VK_H

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan.h>

#include "tap.h"

#define SECOND	1000000000ull

#define VK_FUNCS(X)		\
	X(DestroyInstance)	\
	X(EnumeratePhysicalDevices) \
	X(GetPhysicalDeviceProperties) \
	X(GetPhysicalDeviceFeatures) \
	X(GetPhysicalDeviceMemoryProperties) \
	X(GetPhysicalDeviceQueueFamilyProperties) \
	X(CreateDevice)		\
	X(DestroyDevice)	\
	X(GetDeviceQueue)	\
	X(CreateCommandPool)	\
	X(DestroyCommandPool)	\
	X(AllocateCommandBuffers) \
	X(BeginCommandBuffer)	\
	X(EndCommandBuffer)	\
	X(CmdPipelineBarrier)	\
	X(CreateBuffer)		\
	X(DestroyBuffer)	\
	X(GetBufferMemoryRequirements) \
	X(AllocateMemory)	\
	X(FreeMemory)		\
	X(QueueBindSparse)	\
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

#define VK_EXTERN(name)	extern PFN_vk ## name name;
VK_FUNCS(VK_EXTERN)

extern VkPhysicalDevice vk_gpu;
extern VkDevice vk_device;
extern VkQueue vk_queue;
/* A queue that binds sparse memory, perhaps the same one; NULL: there is no sparse binding. */
extern VkQueue vk_sparse_queue;

/*
 * Loader, instance, device, queue of family 0, command pool; timeline
 * semaphores on, and a queue for sparse binding where there is any. Bails out if it cannot.
 */
void vk_open(void);

/* All of it destroyed. */
void vk_close(void);

/* A command buffer with @barriers full barriers and nothing else. */
VkCommandBuffer vk_commands(u32 barriers);

/* Submit one command buffer, or none, and wait for it. */
VkResult vk_run(VkCommandBuffer cmd);

VkSemaphore vk_timeline(void);

/* Submit that waits for point @in of @sem and signals @out; 0 leaves either out. */
VkResult vk_submit_points(VkCommandBuffer cmd, VkSemaphore sem, u64 in, u64 out);

VkResult vk_signal_point(VkSemaphore sem, u64 point);

/* Wait at most 10 s. */
VkResult vk_wait_point(VkSemaphore sem, u64 point);

#endif
