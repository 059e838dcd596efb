/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: the control commands, and the host's socket for them (JSON lines). */
#ifndef VGPU_CTL_H
#define VGPU_CTL_H

#include <stddef.h>

struct vgpu;
struct ctl;
struct json_object;

/* Listen on path. NULL and errno on failure. */
struct ctl *ctl_new(struct vgpu *v, const char *path);
void ctl_free(struct ctl *c);
/* Execute one request. The answer always has "ok", first. */
struct json_object *ctl_execute(struct vgpu *v, struct json_object *req);
/* The same from text to text, which the caller frees. */
char *ctl_execute_text(struct vgpu *v, const char *text, size_t len);
/* What main writes at exit: counters, violations, sessions, timeline. */
struct json_object *ctl_report(struct vgpu *v);

#endif
