#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# dkms runs this when the modules are made, before it removes what it has built them from (POST_BUILD): what modpost has to
# know of the heap module's symbols, for other modules that offer or use heaps, is kept beside ours, and goes with them.
# Arguments: DIRECTORY, of the modules for this kernel in dkms' tree
set -u

# Ours do not need it.
cp src/Module.symvers "$1/Module.symvers" || echo "no Module.symvers for modules that use panthor-protm's heaps"
