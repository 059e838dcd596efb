// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* panthor-protm-status: options, and what is printed. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <panthor-protm/version.h>

#include "status.h"

/* GPU_FEATURES: rays can be traced, which is a part of the name. */
#define FEATURE_RAYS	(1ull << 2)

static const char help[] =
"Usage: panthor-protm-status [--self-test]\n"
"\n"
"Tells what the GPU's driver, its firmware and the platform make of protected\n"
"mode, in lines of \"what: how it is\". Where something is missing, a line that\n"
"begins with \"->\" says what to do. No job is run unless you ask for the\n"
"self-test, and nothing is changed: a page of each heap is taken and given back.\n"
"\n"
"  -s, --self-test  also run a normal and a protected job, and tell of each step\n"
"                   how long it took. Needs the right to open the render node\n"
"                   (root, or group \"render\"). The first protected group after\n"
"                   boot makes firmware boot anew, which takes a moment and loses\n"
"                   nobody's work. Nothing stays behind.\n"
"  -h, --help       this text\n"
"  -V, --version    version of this program\n"
"\n"
"Everything is shown to root with debugfs mounted on /sys/kernel/debug; others\n"
"are told what is missing.\n"
"\n"
"Exit status:\n"
"  0   protected mode can be used (with --self-test: it was)\n"
"  1   the GPU works, but there is no protected mode, or its self-test failed\n"
"  2   no GPU is bound to panthor-protm, or it cannot be asked, or normal jobs fail\n"
"  64  wrong arguments\n";

static void print_system(const struct status *s)
{
	char version[64], path[] = "/sys/module/panthor_protm/version";
	struct utsname u;

	if (!uname(&u))
		printf("kernel: %s %s\n", u.release, u.machine);
	if (read_text(path, version, sizeof(version)))
		printf("module: panthor-protm is not loaded\n");
	else
		printf("module: panthor-protm %s", version);
	printf("tool: %s\n", PANTHOR_PROTM_VERSION);
	if (*s->device)
		printf("device: %s, driver: %s\n", s->device, *s->holder ? s->holder : "none");
}

/* No GPU of ours: what is in the way? */
static void explain_no_gpu(const struct status *s)
{
	if (!*s->device) {
		printf("device: no Mali CSF GPU in the device tree\n");
		printf("-> the GPU's node must be there, enabled, and compatible with\n"
		       "   \"arm,mali-valhall-csf\" or a chip's own name for it\n");
		return;
	}
	if (!*s->holder) {
		printf("-> no driver has the GPU: \"modprobe panthor-protm\"; if that is loaded,\n"
		       "   \"dmesg | grep panthor\" says why not\n");
		return;
	}
	printf("-> driver \"%s\" holds the GPU. To hand it over while nobody uses it, as root:\n",
	       s->holder);
	printf("     modprobe panthor-protm\n");
	printf("     echo %s >/sys/bus/platform/drivers/%s/unbind\n", s->device, s->holder);
	printf("     echo %s >/sys/bus/platform/drivers/panthor-protm/bind\n", s->device);
	printf("   For good, if no package has done it: \"softdep %s pre: panthor-protm\" in a\n"
	       "   file of /etc/modprobe.d\n",
	       s->holder);
}

static void print_gpu(const struct status *s)
{
	uint32_t id = s->gpu.gpu_id;

	printf("gpu: %s, arch %u.%u.%u, product %u, r%up%u, shader cores 0x%llx\n",
	       pp_hw_product_name(id, __builtin_popcountll(s->gpu.shader_present),
				  s->gpu.gpu_features & FEATURE_RAYS),
	       DRM_PANTHOR_ARCH_MAJOR(id), DRM_PANTHOR_ARCH_MINOR(id), DRM_PANTHOR_ARCH_REV(id),
	       DRM_PANTHOR_PRODUCT_MAJOR(id), DRM_PANTHOR_VERSION_MAJOR(id),
	       DRM_PANTHOR_VERSION_MINOR(id), (unsigned long long)s->gpu.shader_present);
	printf("render node: %s\n", s->node);
}

static void print_firmware(const struct status *s)
{
	char value[128];

	if (text_value(s->firmware, "interface", value, sizeof(value)))
		printf("firmware: interface %s", value);
	else
		printf("firmware: unknown (run as root, for debugfs or the kernel log)");
	if (text_value(s->firmware, "build", value, sizeof(value)) && *value)
		printf(", build %s", value);
	printf("\nfirmware's protected section: %s\n",
	       s->prot_section < 0 ? "unknown" : s->prot_section ? "yes" : "no");
}

static void print_heap(const struct status *s)
{
	char path[64 + NAME_MAX_LEN];

	if (*s->heap)
		printf("heap configured: %s (%s)\n", s->heap, s->heap_of);
	else
		printf("heap configured: none\n");
	printf("heap in use: %s\n", *s->heap_used ? s->heap_used :
	       "none (attached when the first protected group is created)");
	if (!*s->heap)
		return;
	snprintf(path, sizeof(path), "/dev/dma_heap/%s", s->heap);
	printf("heap for programs: %s: %s\n", path, access(path, F_OK) ? "missing" : "present");
	printf("heap for the driver (panthor-protm-heap): %s\n",
	       s->heap_known < 0 ? "unknown (debugfs cannot be read)" :
	       s->heap_known ? "known" : "not known");
}

/* The reasons against protected mode, each with what to do. */
static void explain_no_mode(const struct status *s)
{
	if (s->prot_section == 0) {
		printf("-> the firmware image has no protected section: install Arm's mali_csffw.bin\n"
		       "   for this architecture (Debian: firmware-misc-nonfree)\n");
		return;
	}
	if (!*s->heap) {
		printf("-> no heap is configured: load panthor-protm with protected_heap_name=NAME, or\n"
		       "   give the GPU's device-tree node \"protected-heap-name\";\n"
		       "   \"ls /dev/dma_heap\" shows what there is\n");
		return;
	}
	if (s->heap_known == 1) {
		printf("-> firmware did not boot with memory of heap \"%s\", so it is not tried\n"
		       "   again, see \"dmesg | grep panthor\". Is that memory locked, and may the GPU\n"
		       "   reach it in protected mode? Bind the driver anew to try again\n",
		       s->heap);
		return;
	}
	printf("-> heap \"%s\" is not known to panthor-protm-heap: load what provides\n"
	       "   it (panthor-protm-carveout, or the platform's module), or correct the name\n",
	       s->heap);
	if (s->prot_section < 0)
		printf("-> or firmware does not boot with it, or has no protected section: run as\n"
		       "   root to know\n");
}

static int print_mode(const struct status *s)
{
	if (s->features & DRM_PANTHOR_PROTECTED_FEATURE_PROTM) {
		printf("protected mode: available\n");
		return EXIT_USABLE;
	}
	printf("protected mode: NOT available\n");
	explain_no_mode(s);
	return EXIT_NORMAL_ONLY;
}

static void print_engine(const struct status *s)
{
	char text[TEXT_MAX], *line, *end;
	int ret = debugfs_read(s, "protm", text, sizeof(text));

	printf("engine:\n");
	if (ret == -EACCES || ret == -EPERM) {
		printf("  unknown: only root may read debugfs\n");
		return;
	}
	if (ret || !*text) {
		printf("  unknown: debugfs is not mounted on /sys/kernel/debug\n");
		return;
	}
	for (line = text; *line; line = end) {
		end = strchrnul(line, '\n');
		end += *end == '\n';
		printf("  %.*s", (int)(end - line), line);
	}
}

static int report(struct status *s)
{
	int ret;

	print_system(s);
	if (strcmp(s->holder, "panthor-protm")) {
		explain_no_gpu(s);
		return EXIT_NO_GPU;
	}
	if (!*s->node) {
		printf("-> it has no render node: the driver is on its way out, or gave the GPU up; \"dmesg | grep panthor\"\n");
		return EXIT_NO_GPU;
	}
	open_node(s);
	if (s->fd < 0) {
		printf("-> %s: %s; %s\n", s->node, strerror(-s->fd),
		       s->fd == -EACCES ? "run as root or as a member of group \"render\"" :
		       "\"dmesg | grep panthor\"");
		return EXIT_NO_GPU;
	}
	if (s->features < 0) {
		printf("-> the driver does not know the query for protected mode (%s): another version?\n",
		       strerror((int)-s->features));
		return EXIT_NO_GPU;
	}
	find_firmware(s);
	find_heap(s);
	find_heaps(s);
	print_gpu(s);
	print_firmware(s);
	print_heap(s);
	print_heaps(s);
	ret = print_mode(s);
	print_engine(s);
	print_clients();
	return ret;
}

/**
 * main() - see --help
 * @argc: number of arguments
 * @argv: arguments
 *
 * Return: exit status, see --help.
 */
int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "self-test", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ }
	};
	struct status s = { .fd = -ENODEV };
	bool test = false;
	int c, ret;

	while ((c = getopt_long(argc, argv, "shV", options, NULL)) != -1) {
		switch (c) {
		case 's':
			test = true;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		case 'V':
			printf("panthor-protm-status %s\n", PANTHOR_PROTM_VERSION);
			return 0;
		default:
			fputs("Try --help.\n", stderr);
			return EXIT_BAD_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "%s: no arguments but options are taken\nTry --help.\n", argv[0]);
		return EXIT_BAD_USAGE;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	find_gpu(&s);
	ret = report(&s);
	if (test && ret == EXIT_NO_GPU)
		printf("self-test: cannot be done without a GPU of ours\n");
	else if (test)
		ret = self_test(&s);
	if (s.fd >= 0)
		close(s.fd);
	return ret;
}
