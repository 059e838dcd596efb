# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# Everything happens in the rig's root (tests/rig); see "make help".

RIG := tests/rig/rig
KERNELS := 6.12 7.3
DEBUG_KERNELS ?= $(KERNELS)

.PHONY: help setup modules unit check check-debug check-mutants check-model check-dkms check-headers check-packages check-apt check-full check-tests soak demo shell clean bench \
	deb rpm dkms-tarball

.NOTPARALLEL:

help:
	@echo 'make demo           a protected job, preemption and a fault on the virtual GPU, step by step'
	@echo 'make check          the test suite'
	@echo 'make check-debug    the suites of ours, for each of DEBUG_KERNELS="$(DEBUG_KERNELS)", on a kernel with KASAN, lockdep and so on'
	@echo 'make unit           only the unit tests, which need no guest'
	@echo 'make check-mutants  the tests notice when the driver breaks a rule of protected mode'
	@echo 'make check-model    the engine of protected mode in every interleaving of a model of what happens around it'
	@echo 'make check-dkms     dkms builds this tree in an arm64 root, for each kernel'
	@echo 'make check-headers  the modules compile for all arm64 headers of 6.12, 7.2 and 7.3 that Debian has now, all flavours'
	@echo 'make check-packages the packages: lintian, rpmlint, dnf, initramfs, a guest that comes up with them'
	@echo 'make check-apt      the packages in an emulated arm64 Debian: apt, dnf, dkms, kernel upgrades, all that can go wrong'
	@echo 'make check-full     check with the whole matrices (tests/full), check-model, check-mutants, check-dkms and demo (90 minutes)'
	@echo 'make soak           random clients and random trouble, SOAK_MINUTES=60 in all; SOAK_SEED, SOAK_KERNELS, SOAK_DRIVER'
	@echo 'make bench          how long dkms takes, ours against stock on 7.3, what protected mode costs: three tables (BENCH=build, stock, protm: one of them; BENCH_BOOTS=9, 45 minutes). BENCH=heap: heaps by name against heaps by device, on kernels that are made for it'
	@echo 'make modules        build the modules for $(KERNELS); prints where they are'
	@echo 'make deb            the Debian packages (arm64); make rpm, make dkms-tarball: the others. Print where they are'
	@echo 'make shell          a shell in a guest (K=6.12|7.3, D=ours|stock|none)'
	@echo 'make setup          only make the root with its kernels (done by the others when missing)'
	@echo 'make clean          remove what was built; "$(RIG) clean --all" removes the root too'

setup:
	@$(RIG) setup

modules: setup
	@for k in $(KERNELS); do $(RIG) modules --kernel $$k || exit 1; done

demo: setup
	@tests/demo/run.sh

check: setup
	@$(RIG) run tests/rig/check.sh

check-debug: setup
	@for k in $(DEBUG_KERNELS); do tests/debug/run.sh $$k || exit 1; done

unit: setup
	@$(RIG) run sh -c 'CMOCKA_MESSAGE_OUTPUT=TAP prove -e "" $$($(RIG) unit)'

check-mutants: setup
	@$(RIG) run prove --verbose -e '' tests/mutants/run.sh

check-model: setup
	@$(RIG) run prove --verbose -e '' tests/model/run.sh

check-dkms: setup
	@$(RIG) dkms

check-headers: setup
	@$(RIG) headers

check-packages: setup
	@$(RIG) packages

check-apt: setup
	@$(RIG) packages apt adt dnf-board

deb rpm dkms-tarball: setup
	@$(RIG) $@

# The test suite with what is too long for "make check"; PP_FULL is for .t files that can do more.
check-tests: setup
	@PP_FULL=1 $(RIG) run tests/rig/check.sh --full

# What takes long for other reasons than the driver (headers, packages) has targets of its own.
check-full: check-tests check-model check-mutants check-dkms demo

soak: setup
	@$(RIG) run prove --verbose -e '' tests/soak/run.sh

bench: setup
	@$(RIG) bench

K ?= 7.3
D ?= ours
shell: setup
	@$(RIG) shell --kernel $(K) --driver $(D)

clean:
	@$(RIG) clean
