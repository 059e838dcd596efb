// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drm.h"
#include "vgpu.h"

#define BOX_SIZE	0x10000
#define BOX_REQ_LEN	(0x0 / 4)
#define BOX_RESP_LEN	(0x4 / 4)
#define BOX_STATUS	(0x8 / 4)
#define BOX_REQ		(0x1000 / 4)
#define BOX_RESP	(0x8000 / 4)
#define BOX_REQ_MAX	0x7000
#define BOX_RESP_MAX	0x8000

#define CLOCK_TRIES	30

static volatile u32 *box;
static char answer[BOX_RESP_MAX + 8];
/* The last request was carried out between these. */
static s64 asked_ns, answered_ns;

static bool reads(const char *dir, const char *name, const char *want)
{
	char path[256], text[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = 0;
	fclose(f);
	text[strcspn(text, "\n")] = 0;
	return !strcmp(text, want);
}

static int open_box(void)
{
	char path[256];
	glob_t dirs;
	size_t i;
	int fd = -1;

	if (glob("/sys/bus/pci/devices/*", 0, NULL, &dirs))
		return -1;
	for (i = 0; i < dirs.gl_pathc && fd < 0; i++) {
		const char *dir = dirs.gl_pathv[i];

		if (!reads(dir, "vendor", "0x1d1d") || !reads(dir, "device", "0x1610"))
			continue;
		snprintf(path, sizeof(path), "%s/resource5", dir);
		fd = open(path, O_RDWR | O_SYNC | O_CLOEXEC);
	}
	globfree(&dirs);
	return fd;
}

static void map_box(void)
{
	int fd = open_box();

	if (fd < 0)
		bail("the virtual GPU's mailbox cannot be opened: %s", strerror(errno));
	box = mmap(NULL, BOX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (box == MAP_FAILED)
		bail("the virtual GPU's mailbox cannot be mapped: %s", strerror(errno));
	close(fd);
}

const char *vgpu_call(const char *fmt, ...)
{
	u32 words[512], len, i;
	char *text = (char *)words;
	va_list ap;

	memset(words, 0, sizeof(words));
	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(words), fmt, ap);
	va_end(ap);
	if (len >= sizeof(words))
		bail("request to the virtual GPU too long");
	if (!box)
		map_box();

	for (i = 0; i * 4 < len; i++)
		box[BOX_REQ + i] = words[i];
	asked_ns = now_ns();
	box[BOX_REQ_LEN] = len;

	/* Reads are answered after the writes before them, so the request is done. */
	len = box[BOX_RESP_LEN];
	answered_ns = now_ns();
	if (len > BOX_RESP_MAX)
		bail("the virtual GPU answers %u bytes", len);
	for (i = 0; i * 4 < len; i++) {
		u32 word = box[BOX_RESP + i];

		memcpy(answer + i * 4, &word, 4);
	}
	answer[len] = 0;

	if (box[BOX_STATUS])
		bail("the virtual GPU refuses %s: %s", text, answer);
	return answer;
}

s64 vgpu_num(const char *json, const char *path)
{
	const char *at = json;
	char key[64];
	size_t n;

	while (*path) {
		n = strcspn(path, ".");
		snprintf(key, sizeof(key), "\"%.*s\"", (int)n, path);
		at = strstr(at, key);
		if (!at)
			bail("no %s in %s", key, json);
		at += strlen(key);
		at += strspn(at, " :{");
		path += n + (path[n] == '.');
	}
	if (!strncmp(at, "true", 4))
		return 1;
	if (!strncmp(at, "false", 5))
		return 0;
	return strtoll(at, NULL, 0);
}

s64 vgpu_counter(const char *path)
{
	return vgpu_num(vgpu_call("{\"cmd\":\"counters\"}"), path);
}

s64 vgpu_clock(void)
{
	s64 lo = INT64_MIN, hi = INT64_MAX, told;
	const char *json;
	int i;

	for (i = 0; i < CLOCK_TRIES; i++) {
		json = vgpu_call("{\"cmd\":\"timeline\",\"from\":%d}", INT32_MAX);
		told = vgpu_num(json, "now_ns");
		lo = asked_ns - told > lo ? asked_ns - told : lo;
		hi = answered_ns - told < hi ? answered_ns - told : hi;
	}
	return lo + (hi - lo) / 2;
}

int vgpu_take(const char *kind)
{
	return vgpu_num(vgpu_call("{\"cmd\":\"take\",\"kind\":\"%s\"}", kind), "taken");
}

int vgpu_violations(void)
{
	const char *at = vgpu_call("{\"cmd\":\"violations\"}");
	int n = 0;

	while ((at = strstr(at, "\"kind\""))) {
		diag("violation %.120s", at);
		at++;
		n++;
	}
	return n;
}

void vgpu_set(const char *knob, s64 value)
{
	vgpu_call("{\"cmd\":\"set\",\"knob\":\"%s\",\"value\":%" PRId64 "}", knob, value);
}

void vgpu_inject(const char *what, int count, const char *more)
{
	vgpu_call("{\"cmd\":\"inject\",\"what\":\"%s\",\"count\":%d%s}", what, count, more);
}

void vgpu_mark(const char *text)
{
	vgpu_call("{\"cmd\":\"mark\",\"text\":\"%s\"}", text);
}
