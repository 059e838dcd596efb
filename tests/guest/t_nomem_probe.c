// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * As t_nomem, for what is done once: a heap is registered, a device becomes a heap,
 * kernel code finds a heap and allocates from it, the GPU's driver is bound.
 *
 *	t_nomem_probe [STEP [HEAP]]
 *
 * Ends with everything bound. What is lost for good is for kmemleak.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bound.h"
#include "kmod.h"
#include "nomem.h"
#include "pfix.h"
#include "vgpu.h"

#define CARVEOUT "/sys/bus/platform/drivers/panthor-protm-aperture/"

/*
 * Something that is started by writing a word to a file, and undone by another one.
 * also: what else it may answer, since the kernel's own functions do not say why.
 */
struct step {
	const char *name, *file, *word, *undo;
	int also[4];
	/* It is done in full after every so many failures, 0: after each. */
	u32 stride;
};

static int fd_write(int fd, const char *word)
{
	return pwrite(fd, word, strlen(word), 0) < 0 ? -errno : 0;
}

static int must_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		bail("%s: %s", path, strerror(errno));
	return fd;
}

static bool expected(const struct step *s, int ret)
{
	u32 i;

	for (i = 0; i < sizeof(s->also) / sizeof(s->also[0]); i++)
		if (s->also[i] && ret == s->also[i])
			return true;
	return ret == -ENOMEM;
}

/*
 * It is done when this begins, if it can be undone, and when it ends. Whether it works after a
 * failure shows by the next attempt, too, which gets one allocation further.
 */
static void fail_each(const struct step *s)
{
	u32 n, failed = 0, other = 0, again = 0;
	int fd = must_open(s->file), undo = s->undo ? must_open(s->undo) : -1, ret = 0;
	bool hit = true;

	for (n = 1; hit && n < NOMEM_MOST; n++) {
		if (!ret && undo >= 0)
			nomem_must(fd_write(undo, s->word), s->undo);
		nomem_set(n);
		ret = fd_write(fd, s->word);
		hit = !nomem_left();
		nomem_set(0);
		if (!ret)
			continue;
		failed++;
		if (!expected(s, ret)) {
			diag("%s, allocation %u: %s", s->name, n, strerror(-ret));
			other++;
		}
		if (hit && n % (s->stride ?: 1))
			continue;
		ret = fd_write(fd, s->word);
		if (ret) {
			diag("%s after allocation %u: %s", s->name, n, strerror(-ret));
			again++;
		}
	}
	if (undo >= 0)
		close(undo);
	close(fd);
	diag("%s: %u allocations, without %u of them it fails", s->name, n - 2, failed);
	ok(!hit, "%s: there is an end of them", s->name);
	ok(failed, "%s: it fails without memory", s->name);
	is(other, 0, "%s: and says so", s->name);
	is(again, 0, "%s: the same works afterwards", s->name);
}

static bool wanted(int argc, char **argv, const char *name)
{
	return argc < 2 || strstr(name, argv[1]);
}

static void test_shim(int argc, char **argv)
{
	const struct step offer = {
		.name = "register", .file = "/sys/module/heapprov/parameters/again", .word = "1",
	};
	const struct step use = {
		.name = "find, allocate", .file = "/sys/module/heapprov/parameters/use",
		.word = argc > 2 ? argv[2] : "protected",
	};

	nomem_must(kmod_load("heapprov", ""), "heapprov");
	if (wanted(argc, argv, offer.name))
		fail_each(&offer);
	if (wanted(argc, argv, use.name))
		fail_each(&use);
	is(kmod_unload("heapprov"), 0, "the provider goes");
}

static void test_carveout(int argc, char **argv)
{
	const struct step step = {
		.name = "carve-out", .word = "panthor-protm-aperture",
		.file = CARVEOUT "bind", .undo = CARVEOUT "unbind",
		/* A region that cannot be noted down counts as somebody's. */
		.also = { -EBUSY },
	};

	if (wanted(argc, argv, step.name))
		fail_each(&step);
	is(heap_used(), 0, "no memory of the carve-out is in use");
}

static void test_driver(int argc, char **argv)
{
	char bind[300], unbind[300];
	struct step step = {
		.name = "driver", .file = bind, .undo = unbind,
		/*
		 * devm_ioremap_resource() with registers that it cannot note down; voltages for which
		 * _parse_named_prop() of the OPPs has no room.
		 */
		.also = { -EBUSY, -EINVAL },
	};
	const char *stride = getenv("PP_NOMEM_STRIDE");
	struct bound b;
	int fd;

	if (!wanted(argc, argv, step.name))
		return;
	fd = drm_open();
	if (fd < 0)
		bail("no driver");
	bound_init(&b, fd);
	close(fd);
	snprintf(bind, sizeof(bind), "%s/bind", b.driver);
	snprintf(unbind, sizeof(unbind), "%s/unbind", b.driver);
	step.word = b.name;
	step.stride = stride ? atoi(stride) : 1;
	fail_each(&step);
	is(vgpu_violations(), 0, "no rule of the model was broken");
}

int main(int argc, char **argv)
{
	nomem_init();
	nomem_lock_pages();
	test_shim(argc, argv);
	test_carveout(argc, argv);
	test_driver(argc, argv);
	return done();
}
