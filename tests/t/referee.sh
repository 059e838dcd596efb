# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# The guest programs that every driver has to pass, stock and ours alike.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Unbinding comes last: what it leaves behind must not matter to the others.
common_programs='t_query t_vm t_job t_bind t_bindrand t_tiler t_groups t_fault t_power t_unbind'

# programs NAME...: a guest script that runs each of them, whatever became of the one before.
programs() {
	# shellcheck disable=SC2016 # for the guest's shell
	printf 'bad=0; for t in %s; do echo "# $t"; $t || bad=1; done; exit $bad' "$*"
}
