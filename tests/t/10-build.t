#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# The modules build without a warning at W=1 on each kernel, and say what they are.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

while read -r kernel release; do
	run_ok "$kernel: builds at W=1, warnings being errors" "$rig" modules --kernel "$kernel" --werror
	dir=$("$rig" modules --kernel "$kernel" --werror 2>/dev/null || :)
	for module in panthor-protm-heap panthor-protm-carveout panthor-protm; do
		file=$dir/$module.ko
		is "$(modinfo -F license "$file" 2>&1)" "Dual MIT/GPL" "$kernel: license of $module"
		is "$(modinfo -F vermagic "$file" 2>&1 | cut -d' ' -f1)" "$release" "$kernel: $module is for this kernel"
		run_ok "$kernel: $module has a version" grep . <(modinfo -F version "$file" 2>/dev/null)
	done
	for parameter in protected_heap_name protected_heap_wait series_uapi; do
		run_ok "$kernel: modinfo describes $parameter" \
			grep "^$parameter:." <(modinfo -F parm "$dir/panthor-protm.ko" 2>/dev/null)
	done
done < <("$rig" kernels)

# The header for programs: as the only include, in C and C++, for 64 and for 32 bits, and beside the stock one.
user() {
	local name=$1
	shift
	printf '%s\n' '#include <drm/panthor_protm.h>' '#include <drm/panthor_drm.h>' '#include <panthor-protm/abi_check.h>' >"$t_work/user.h"
	run_ok "uAPI header: $name" "$rig" run -- "$@" -Wall -Wextra -Werror -fsyntax-only -ffreestanding \
		-I"$top/include/uapi" -I"$top/include" -idirafter /usr/include/libdrm "$t_work/user.h"
}
user 'C' gcc -std=c11 -x c
user 'C++' clang++ -std=c++11 -x c++
user 'C, 32 bits' gcc -m32 -std=c11 -x c
user 'C++, 32 bits' clang++ -m32 -std=c++11 -x c++
user 'C, arm64' aarch64-linux-gnu-gcc -std=c11 -x c

# Whoever copies the examples of the header for heaps has something that compiles: bodies of functions, with what they take for given.
example() { awk -v want="$1" '/::$/ { n++ } n == want && sub(/^ \*\t/, "") && !/\.\.\.$/' "$top/include/panthor-protm/heap.h"; }
mkdir -p "$t_work/examples"
cat >"$t_work/examples/examples.c" <<EOF
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/module.h>
#include <panthor-protm/heap.h>
#include "compat/compat.h"

static struct pp_heap *heap;

static int user(size_t size)
{
	struct dma_buf *buf;

	$(example 1)
	return PTR_ERR_OR_ZERO(buf);
}

static struct dma_buf *my_allocate(struct pp_heap *from, size_t len, u32 fd_flags, u64 heap_flags)
{
	return ERR_PTR(-ENOMEM);
}

static void provider(void *me)
{
	struct pp_heap_desc desc;
	$(example 2)
}

static int __init examples_init(void)
{
	provider(NULL);
	return user(1);
}
module_init(examples_init);
PP_IMPORT_NS(DMA_BUF);
PP_IMPORT_NS(PANTHOR_PROTM_HEAP);
MODULE_DESCRIPTION("examples");
MODULE_LICENSE("Dual MIT/GPL");
EOF
is "$(grep -c 'pp_heap_[a-z]*(' "$t_work/examples/examples.c")" 5 'the header for heaps has its examples'
while read -r kernel _; do
	dir=$("$rig" modules --kernel "$kernel" --werror 2>/dev/null || :)
	cat >"$t_work/examples/Kbuild" <<-EOF
		KBUILD_EXTRA_SYMBOLS := $dir/../src/Module.symvers
		include $top/src/compat/probes.mk
		ccflags-y += -I$top/src -I$top/include \$(pp-probes)
		obj-m += examples.o
	EOF
	run_ok "$kernel: they compile and find their symbols" \
		"$rig" modules --kernel "$kernel" --src "$t_work/examples" --out "$t_work/examples-$kernel" --werror
done < <("$rig" kernels)

# Somebody who reads the kernel's log finds each line explained, and no line that nobody writes.
mapfile -t sources < <(find "$top/src/driver" "$top/src/heap" "$top/src/carveout" -name '*.[ch]')
run_ok 'README explains the log, line by line' perl "$t_dir/log-lines.pl" "$top/README.md" "${sources[@]}"
# shellcheck disable=SC2016 # backquotes of Markdown
sed 's/^| `resume failed/| `resume succeeded/' "$top/README.md" >"$t_work/README.md"
is "$(perl "$t_dir/log-lines.pl" "$t_work/README.md" "${sources[@]}" | grep -c resume)" 2 'a line that was renamed is noticed on both sides'

# So is each counter and each tracepoint.
protm=$top/src/driver/protm
names=$(
	sed -n 's/.*seq_printf(m, "\([a-z_]*\): .*/\1/p' "$protm/debugfs.c"
	sed -n 's/.*\[PP_EXIT_[A-Z_]*\] = "\(.*\)",/exits_\1/p' "$protm/machine.c"
	sed -n 's/^\(TRACE_EVENT(\|DEFINE_EVENT([a-z_]*, \)\(pp_[a-z_]*\),.*/\2/p' "$protm/trace.h"
)
is "$(wc -w <<<"$names" | sed 's/^[3-9][0-9]$/enough/')" enough 'names of counters and tracepoints are found'
for name in $names; do grep -q "\`$name\`" "$top/README.md" || echo "$name"; done >"$t_work/unexplained"
is "$(cat "$t_work/unexplained")" '' 'README explains each of them'

# As a packager builds it: natively, and elsewhere.
run_ok 'the tool builds with its own Makefile' "$rig" run -- make -s -C "$top/src/tools" O="$t_work/tools" CFLAGS='-O2 -Werror'
run_ok 'and installs' "$rig" run -- make -s -C "$top/src/tools" O="$t_work/tools" DESTDIR="$t_work/root" PREFIX=/usr install
is "$("$t_work/root/usr/bin/panthor-protm-status" --version)" \
	"panthor-protm-status $(sed -n 's/^#define PANTHOR_PROTM_VERSION "\(.*\)"/\1/p' "$top/include/panthor-protm/version.h")" 'the tool tells the version'
# shellcheck disable=SC2016 # for the inner shell
run_ok 'it ends with status 2 where there is no GPU' sh -c '"$0" >/dev/null; [ $? = 2 ]' "$t_work/root/usr/bin/panthor-protm-status"

done_testing
