/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tracepoints: jobs, protected sessions, what keeps them apart. Times in ns.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM panthor_protm

#if !defined(PP_PROTM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define PP_PROTM_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(pp_job_run,
	TP_PROTO(u32 group, u32 queue, u64 seqno),
	TP_ARGS(group, queue, seqno),
	TP_STRUCT__entry(
		__field(u32, group)
		__field(u32, queue)
		__field(u64, seqno)
	),
	TP_fast_assign(
		__entry->group = group;
		__entry->queue = queue;
		__entry->seqno = seqno;
	),
	TP_printk("group=%u queue=%u seqno=%llu", __entry->group, __entry->queue,
		  __entry->seqno)
);

TRACE_EVENT(pp_job_done,
	TP_PROTO(u32 group, u32 queue, u64 seqno, int error),
	TP_ARGS(group, queue, seqno, error),
	TP_STRUCT__entry(
		__field(u32, group)
		__field(u32, queue)
		__field(u64, seqno)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->group = group;
		__entry->queue = queue;
		__entry->seqno = seqno;
		__entry->error = error;
	),
	TP_printk("group=%u queue=%u seqno=%llu error=%d", __entry->group, __entry->queue,
		  __entry->seqno, __entry->error)
);

TRACE_EVENT(pp_protm_pending,
	TP_PROTO(u32 group, u32 cs_mask),
	TP_ARGS(group, cs_mask),
	TP_STRUCT__entry(
		__field(u32, group)
		__field(u32, cs_mask)
	),
	TP_fast_assign(
		__entry->group = group;
		__entry->cs_mask = cs_mask;
	),
	TP_printk("group=%u cs_mask=0x%x", __entry->group, __entry->cs_mask)
);

TRACE_EVENT(pp_protm_enter,
	TP_PROTO(u32 group, u32 csg, u32 cs_mask),
	TP_ARGS(group, csg, cs_mask),
	TP_STRUCT__entry(
		__field(u32, group)
		__field(u32, csg)
		__field(u32, cs_mask)
	),
	TP_fast_assign(
		__entry->group = group;
		__entry->csg = csg;
		__entry->cs_mask = cs_mask;
	),
	TP_printk("group=%u csg=%u cs_mask=0x%x", __entry->group, __entry->csg,
		  __entry->cs_mask)
);

DECLARE_EVENT_CLASS(pp_protm_group,
	TP_PROTO(u32 group),
	TP_ARGS(group),
	TP_STRUCT__entry(
		__field(u32, group)
	),
	TP_fast_assign(
		__entry->group = group;
	),
	TP_printk("group=%u", __entry->group)
);

DEFINE_EVENT(pp_protm_group, pp_protm_active,
	TP_PROTO(u32 group),
	TP_ARGS(group)
);

DEFINE_EVENT(pp_protm_group, pp_protm_fault,
	TP_PROTO(u32 group),
	TP_ARGS(group)
);

TRACE_EVENT(pp_protm_force_exit,
	TP_PROTO(const char *cause),
	TP_ARGS(cause),
	TP_STRUCT__entry(
		__string(cause, cause)
	),
	TP_fast_assign(
		__assign_str(cause);
	),
	TP_printk("cause=%s", __get_str(cause))
);

TRACE_EVENT(pp_protm_exit,
	TP_PROTO(u32 group, const char *cause, u64 ns),
	TP_ARGS(group, cause, ns),
	TP_STRUCT__entry(
		__field(u32, group)
		__string(cause, cause)
		__field(u64, ns)
	),
	TP_fast_assign(
		__entry->group = group;
		__assign_str(cause);
		__entry->ns = ns;
	),
	TP_printk("group=%u cause=%s ns=%llu", __entry->group, __get_str(cause), __entry->ns)
);

TRACE_EVENT(pp_vm_wait,
	TP_PROTO(u64 ns),
	TP_ARGS(ns),
	TP_STRUCT__entry(
		__field(u64, ns)
	),
	TP_fast_assign(
		__entry->ns = ns;
	),
	TP_printk("ns=%llu", __entry->ns)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
