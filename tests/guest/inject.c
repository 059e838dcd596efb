// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* inject WHAT COUNT: trouble for the virtual GPU, from a shell. */
#include <stdio.h>
#include <stdlib.h>

#include "vgpu.h"

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: inject WHAT COUNT\n");
		return 64;
	}
	vgpu_inject(argv[1], atoi(argv[2]), "");
	return 0;
}
