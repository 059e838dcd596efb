// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fdinfo.h"

void fdinfo_read(int fd, struct fdinfo *info)
{
	char path[64];
	ssize_t n;
	int file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = open(path, O_RDONLY | O_CLOEXEC);
	n = file < 0 ? -1 : read(file, info->text, sizeof(info->text) - 1);
	if (n <= 0)
		bail("%s: %s", path, strerror(errno));
	info->text[n] = 0;
	close(file);
}

const char *fdinfo_find(const struct fdinfo *info, const char *key)
{
	const char *line = info->text;
	size_t len = strlen(key);

	while (line) {
		if (!strncmp(line, key, len) && line[len] == ':') {
			line += len + 1;
			while (*line == ' ' || *line == '\t')
				line++;
			return line;
		}
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return NULL;
}

s64 fdinfo_num(const struct fdinfo *info, const char *key, const char *unit)
{
	const char *text = fdinfo_find(info, key);
	size_t len = strlen(unit);
	char *end;
	s64 val;

	if (!text || !isdigit((unsigned char)*text))
		return -1;
	val = strtoll(text, &end, 10);
	if (len && *end == ' ')
		end++;
	return !strncmp(end, unit, len) && end[len] == '\n' ? val : -1;
}

s64 fdinfo_one(int fd, const char *key, const char *unit)
{
	struct fdinfo info;

	fdinfo_read(fd, &info);
	return fdinfo_num(&info, key, unit);
}
