/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: the log file behind vlog(). */
#ifndef VGPU_LOG_H
#define VGPU_LOG_H

/* NULL: standard error. 0, or -1 and errno. */
int log_open(const char *path);
void log_close(void);

#endif
