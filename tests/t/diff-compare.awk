# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Compare the cases of the differential suite; 40-diff.t says by which rule.
#
#	awk -v kernel=6.12 -v first=N -f diff-compare.awk DIFFERENCES STOCK OURS NEWEST-STOCK
#
# Prints TAP without a plan, numbered from first on; comments are indented by "# ".
# NEWEST-STOCK may be the same file as STOCK.

function glob_to_regex(glob,    i, c, re) {
	re = "^"
	for (i = 1; i <= length(glob); i++) {
		c = substr(glob, i, 1)
		if (c == "*")
			re = re ".*"
		else if (c ~ /[A-Za-z0-9_\/@,=-]/)
			re = re c
		else
			re = re "[" c "]"
	}
	return re "$"
}

function test(good, name) {
	printf "%sok %d - %s\n", good ? "" : "not ", ++count, name
}

function since(name) {
	return match(name, /@[0-9]+$/) ? substr(name, RSTART + 1) + 0 : 0
}

# The line of DIFFERENCES that covers this, or 0.
function excuse(name, stock, ours,    i) {
	for (i = 1; i <= excuses; i++) {
		if (name ~ regex[i] && stock ~ want_stock[i] && ours ~ want_ours[i]) {
			used[i] = 1
			return i
		}
	}
	return 0
}

BEGIN { count = first - 1 }

FNR == 1 { file++ }

file == 1 {
	if ($0 ~ /^#/ || NF == 0)
		next
	if (NF < 5) {
		test(0, "DIFFERENCES: line " FNR " has five fields")
		next
	}
	# 6.12?: only some updates of it differ.
	seldom = sub(/\?$/, "", $2)
	if ($2 != "*" && $2 != kernel)
		next
	excuses++
	optional[excuses] = seldom
	where[excuses] = FNR
	regex[excuses] = glob_to_regex($1)
	want_stock[excuses] = glob_to_regex($3)
	want_ours[excuses] = glob_to_regex($4)
	next
}

{ sub(/\r$/, "") }

file == 2 && $1 == "minor" { minor = $2 }

$1 == "case" {
	if (NF != 3) {
		test(0, "a result is one word: " $0)
		next
	}
	if ((file, $2) in result)
		test(0, "a case has its name for itself: " $2)
	result[file, $2] = $3
	if (file == 3)
		order[++cases] = $2
	else if (file == 2)
		at_stock[++stock_cases] = $2
}

END {
	for (i = 1; i <= cases; i++) {
		name = order[i]
		from = since(name) > minor ? 4 : 2
		ours = result[3, name]
		stock = (from, name) in result ? result[from, name] : "missing"
		if (stock == ours) {
			test(1, name)
		} else if ((line = excuse(name, stock, ours))) {
			test(1, name " (DIFFERENCES, line " where[line] ")")
		} else {
			test(0, name)
			printf "# stock%s: %s\n# ours: %s\n", from == 4 ? " (newest)" : "", stock, ours
		}
	}
	for (i = 1; i <= stock_cases; i++)
		if (!((3, at_stock[i]) in result))
			test(0, at_stock[i] ": missing on ours")
	test(cases > 0, cases " cases compared")
	for (i = 1; i <= excuses; i++)
		if (!used[i] && !optional[i])
			test(0, "DIFFERENCES: line " where[i] " is not used")
}
