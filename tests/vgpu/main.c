// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "ctl.h"
#include "knobs.h"
#include "log.h"
#include "loop.h"
#include "model.h"
#include "profiles.h"
#include "vfio_user.h"
#include "vgpu.h"

struct options {
	const char *socket, *ctl, *log, *report, *profile;
	bool firmware;
};

static const char usage[] =
	"usage: vgpu --socket PATH [--ctl PATH] [--log FILE] [--report FILE]\n"
	"            [--profile NAME] [--set KNOB=VALUE]... [KNOB=VALUE]...\n"
	"       vgpu [--profile NAME] --print-firmware: the folder of its firmware image, archX.Y\n"
	"profile=NAME is taken where a knob may stand, too.\n";

/* Without k: the pass that looks for the profile. */
static int set_knob(struct options *o, struct knobs *k, const char *arg)
{
	char name[64];
	const char *eq = strchr(arg, '=');
	int err = -EINVAL;

	if (!strncmp(arg, "profile=", 8)) {
		o->profile = arg + 8;
		return 0;
	}
	if (!k)
		return 0;
	if (eq && (size_t)(eq - arg) < sizeof(name)) {
		memcpy(name, arg, (size_t)(eq - arg));
		name[eq - arg] = '\0';
		err = knobs_set(k, name, eq + 1);
	}
	if (err)
		fprintf(stderr, "vgpu: %s: %s\n", arg, strerror(-err));
	return err;
}

/* Two passes: the profile comes before all knobs, wherever it stands. */
static int parse_options(int argc, char **argv, struct options *o, struct knobs *k)
{
	static const struct option longs[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "ctl", required_argument, NULL, 'c' },
		{ "log", required_argument, NULL, 'l' },
		{ "report", required_argument, NULL, 'r' },
		{ "profile", required_argument, NULL, 'p' },
		{ "set", required_argument, NULL, 'k' },
		{ "print-firmware", no_argument, NULL, 'f' },
		{ 0 }
	};
	int opt, err = 0;

	optind = 1;
	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (opt) {
		case 's': o->socket = optarg; break;
		case 'c': o->ctl = optarg; break;
		case 'l': o->log = optarg; break;
		case 'r': o->report = optarg; break;
		case 'p': o->profile = optarg; break;
		case 'k': err |= set_knob(o, k, optarg); break;
		case 'f': o->firmware = true; break;
		default: return -EINVAL;
		}
	}
	for (int i = optind; i < argc; i++)
		err |= set_knob(o, k, argv[i]);
	return err ? -EINVAL : 0;
}

static void signalled(void *ctx, uint32_t events)
{
	(void)events;
	loop_stop(ctx);
}

/* SIGINT and SIGTERM end the loop like a client that goes. */
static int watch_signals(struct loop *l)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0 || loop_add_fd(l, fd, signalled, l))
		return -1;
	return fd;
}

static int write_report(struct vgpu *v, const char *path)
{
	struct json_object *report = ctl_report(v);
	int err = json_object_to_file_ext(path, report, JSON_C_TO_STRING_PRETTY);

	json_object_put(report);
	return err;
}

static int serve(struct vgpu *v, const struct options *o)
{
	char *ctl_path = NULL;
	struct ctl *ctl = NULL;
	struct vfio_user *vu = NULL;
	int sigfd = -1, err = -1;

	if (o->ctl)
		ctl_path = strdup(o->ctl);
	else if (asprintf(&ctl_path, "%s.ctl", o->socket) < 0)
		ctl_path = NULL;
	if (ctl_path)
		ctl = ctl_new(v, ctl_path);
	if (ctl)
		vu = vfio_user_new(v, o->socket);
	if (vu)
		sigfd = watch_signals(v->loop);
	if (sigfd < 0) {
		fprintf(stderr, "vgpu: %s: %s\n", o->socket, strerror(errno));
	} else {
		puts("ready");
		fflush(stdout);
		err = loop_run(v->loop);
	}
	if (o->report && !err)
		err = write_report(v, o->report);
	vfio_user_free(vu);
	ctl_free(ctl);
	if (sigfd >= 0) {
		unlink(o->socket);
		unlink(ctl_path);
		loop_del_fd(v->loop, sigfd);
		close(sigfd);
	}
	free(ctl_path);
	return err;
}

int main(int argc, char **argv)
{
	struct options o = { .profile = "g610" };
	const struct profile *profile;
	struct vgpu *v;
	int err;

	if (parse_options(argc, argv, &o, NULL) || (!o.socket && !o.firmware)) {
		fputs(usage, stderr);
		return 2;
	}
	profile = profile_find(o.profile);
	if (!profile) {
		fprintf(stderr, "vgpu: no profile %s; there are:", o.profile);
		for (unsigned int i = 0; profile_name(i); i++)
			fprintf(stderr, " %s", profile_name(i));
		fputc('\n', stderr);
		return 2;
	}
	if (log_open(o.log)) {
		fprintf(stderr, "vgpu: %s: %s\n", o.log, strerror(errno));
		return 1;
	}
	v = model_new(profile);
	if (!v) {
		fputs("vgpu: out of memory\n", stderr);
		return 1;
	}
	if (parse_options(argc, argv, &o, v->knobs))
		err = 2;
	else if (o.firmware)
		err = printf("arch%u.%u\n", v->knobs->gpu_id >> 28, v->knobs->gpu_id >> 24 & 0xf) < 0;
	else
		err = serve(v, &o) ? 1 : 0;
	model_free(v);
	log_close();
	return err;
}
