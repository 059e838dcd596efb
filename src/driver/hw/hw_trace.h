/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tracepoints of the hardware: names and fields are stock panthor's, the system is
 * ours.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM panthor_protm

#if !defined(PP_HW_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define PP_HW_TRACE_H

#include <linux/device.h>
#include <linux/tracepoint.h>

int pp_hw_power_trace_start(void);
void pp_hw_power_trace_stop(void);

/* Parts were powered on or off; a bit for each that is on. An interrupt each, while enabled. */
TRACE_EVENT_FN(gpu_power_status,
	TP_PROTO(const struct device *dev, u64 shader_bitmap, u64 tiler_bitmap, u64 l2_bitmap),
	TP_ARGS(dev, shader_bitmap, tiler_bitmap, l2_bitmap),
	TP_STRUCT__entry(
		__string(dev_name, dev_name(dev))
		__field(u64, shader_bitmap)
		__field(u64, tiler_bitmap)
		__field(u64, l2_bitmap)
	),
	TP_fast_assign(
		__assign_str(dev_name);
		__entry->shader_bitmap = shader_bitmap;
		__entry->tiler_bitmap = tiler_bitmap;
		__entry->l2_bitmap = l2_bitmap;
	),
	TP_printk("%s: shader_bitmap=0x%llx tiler_bitmap=0x%llx l2_bitmap=0x%llx",
		  __get_str(dev_name), __entry->shader_bitmap, __entry->tiler_bitmap,
		  __entry->l2_bitmap),
	pp_hw_power_trace_start, pp_hw_power_trace_stop
);

/* The JOB interrupt's thread is through: a bit for each slot, bit 31 for the global interface. */
TRACE_EVENT(gpu_job_irq,
	TP_PROTO(const struct device *dev, u32 events, u32 duration_ns),
	TP_ARGS(dev, events, duration_ns),
	TP_STRUCT__entry(
		__string(dev_name, dev_name(dev))
		__field(u32, events)
		__field(u32, duration_ns)
	),
	TP_fast_assign(
		__assign_str(dev_name);
		__entry->events = events;
		__entry->duration_ns = duration_ns;
	),
	TP_printk("%s: events=0x%x duration_ns=%u", __get_str(dev_name), __entry->events,
		  __entry->duration_ns)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE hw_trace
#include <trace/define_trace.h>
