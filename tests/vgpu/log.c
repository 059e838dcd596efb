// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

#include "loop.h"
#include "vgpu.h"

#define USEC	1000ull

static FILE *log_file;
static uint64_t start_ns;

int log_open(const char *path)
{
	start_ns = now_ns();
	log_file = path ? fopen(path, "we") : stderr;
	if (log_file)
		setvbuf(log_file, NULL, _IOLBF, 0);
	return log_file ? 0 : -1;
}

void log_close(void)
{
	if (log_file && log_file != stderr)
		fclose(log_file);
	log_file = NULL;
}

void vlog(struct vgpu *v, const char *fmt, ...)
{
	uint64_t us = (now_ns() - start_ns) / USEC;
	va_list args;

	(void)v;
	if (!log_file)
		return;
	fprintf(log_file, "[%5llu.%06llu] ", (unsigned long long)(us / 1000000),
		(unsigned long long)(us % 1000000));
	va_start(args, fmt);
	vfprintf(log_file, fmt, args);
	va_end(args);
	fputc('\n', log_file);
}
