// SPDX-License-Identifier: MIT OR GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "diff.h"

const char *diff_error(int ret)
{
	const char *name = ret < 0 ? strerrorname_np(-ret) : NULL;

	return name ? name : ret < 0 ? "unknown" : "ok";
}

static int minor;
static bool ours;

void diff_open(struct gpu *gpu)
{
	gpu_open(gpu);
	minor = gpu->id.minor;
	ours = gpu->ours;
}

static void report(int since, const char *name, const char *result)
{
	char at[16] = "";

	if (since)
		snprintf(at, sizeof(at), "@%d", since);
	printf("case %s%s %s\n", name, at, result);
	fflush(stdout);
}

void diff_case(int since, const char *name, const char *fmt, ...)
{
	struct diff_out out;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out.text, sizeof(out.text), fmt, ap);
	va_end(ap);
	report(since, name, out.text);
}

void diff_ret(int since, int ret, const char *fmt, ...)
{
	struct diff_out name;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name.text, sizeof(name.text), fmt, ap);
	va_end(ap);
	report(since, name.text, diff_error(ret));
}

void diff_add(struct diff_out *out, const char *fmt, ...)
{
	size_t n = strlen(out->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out->text + n, sizeof(out->text) - n, fmt, ap);
	va_end(ap);
}

bool diff_spare_stock(struct gpu *gpu, int since, const char *name)
{
	if (gpu->ours)
		return false;
	report(since, name, "left-out");
	return true;
}

void diff_rows(const struct diff_table *table, const struct diff_row *rows, u32 count)
{
	struct diff_out name, out;
	const char *plain;
	char *arg;
	u32 i, f;

	for (i = 0; i < count; i++) {
		/* Nobody asks what that does here, and it may do harm. */
		if (rows[i].since > minor)
			continue;
		plain = rows[i].name + (rows[i].name[0] == '!');
		snprintf(name.text, sizeof(name.text), "%s/%s", table->name, plain);
		if (plain != rows[i].name && !ours) {
			report(rows[i].since, name.text, "left-out");
			continue;
		}
		arg = malloc(table->size);
		memcpy(arg, table->base, table->size);
		/* Little-endian: the first bytes of the value are those of the field. */
		for (f = 0; f < ARRAY_SIZE(rows[i].fields) && rows[i].fields[f].size; f++)
			memcpy(arg + rows[i].fields[f].offset, &rows[i].fields[f].value,
			       rows[i].fields[f].size);
		out.text[0] = 0;
		table->run(table->ctx, arg, &out);
		report(rows[i].since, name.text, out.text);
		free(arg);
	}
}

void *diff_page_end(const void *data, u32 size)
{
	char *page = mmap(NULL, 2 * SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED || munmap(page + SZ_4K, SZ_4K))
		bail("mmap: %s", strerror(errno));
	if (data)
		memcpy(page + SZ_4K - size, data, size);
	return page + SZ_4K - size;
}

int diff_drop_root(void)
{
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return -errno;
	return 0;
}

void diff_child(void (*fn)(struct gpu *gpu), struct gpu *gpu)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		fn(gpu);
		fflush(stdout);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		bail("a child died");
}
