# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# Verdicts on what a guest left behind: kernel messages that no test may cause, and the model's report.

KERNEL_ERRORS=(
	'WARNING: ' 'BUG: ' 'Oops' 'Internal error: ' 'Kernel panic' 'Unable to handle kernel' 'SError'
	'INFO: task .* blocked for more than' 'rcu: INFO: ' 'rcu_(sched|preempt).* stall' 'workqueue lockup' 'soft lockup'
	'possible (circular|recursive|irq lock inversion)' 'inconsistent lock state' 'suspicious RCU usage'
	'DEBUG_LOCKS_WARN_ON' 'bad unlock balance' 'held lock freed' 'Invalid wait context' 'possible irq'
	'KASAN: ' 'UBSAN: ' 'KCSAN: ' 'KFENCE: ' 'kmemleak: [0-9]+ new' 'ODEBUG: '
	'refcount_t: ' 'list_(add|del) corruption' 'sleeping function called from invalid' 'scheduling while atomic'
	'unreferenced object' 'kmemleak: .*(disabled|pool empty)' 'DMA-API: .*(device driver|disabling)' 'lockdep is turned off'
	'trying to register non-static key' 'rig: detector .* is off'
	'Unbalanced enable for IRQ' 'irq [0-9]+: nobody cared' 'Freeing memory still in use' 'leaked'
)

# kernel_errors FILE...: the lines that fail a test; status 1 if there are none.
kernel_errors() {
	local pattern
	pattern=$(IFS='|'; printf '%s' "${KERNEL_ERRORS[*]}")
	cat "$@" 2>/dev/null | tr -d '\r' | grep -aE "$pattern" | sort -u
}

# model_violations REPORT: one line each; status 1 if there are none, 2 if the report cannot be read.
model_violations() {
	perl -MJSON::PP -e '
		local $/; my $r = eval { decode_json(<STDIN>) } or exit 2;
		my $v = $r->{violations} // exit 2;
		printf("%s: %s\n", $_->{kind}, $_->{detail} // "") for @$v;
		exit(@$v ? 0 : 1);' <"$1"
}
