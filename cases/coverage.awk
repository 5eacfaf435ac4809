# The counting of ./coverage. FORM says what is printed: `summary`, `page`, or `complaints` (exit status 1 if there are any).
function complain(where, text) { print "cases/" where ": " text; complaints++ }

# How many letters to change, add or take away.
function distance(a, b,    i, j, before, above, least) {
	for (j = 0; j <= length(b); j++) line[j] = j
	for (i = 1; i <= length(a); i++) {
		before = line[0]
		line[0] = i
		for (j = 1; j <= length(b); j++) {
			above = line[j]
			least = before + (substr(a, i, 1) != substr(b, j, 1))
			if (above + 1 < least) least = above + 1
			if (line[j - 1] + 1 < least) least = line[j - 1] + 1
			before = above
			line[j] = least
		}
	}
	return line[length(b)]
}

function nearest(name,    i, best, least, d) {
	least = 1 + length(name) / 2
	for (i = 1; i <= n_rows; i++) {
		d = distance(name, rows[i])
		if (d < least) { least = d; best = rows[i] }
	}
	return best == "" ? "" : ": did you mean '" best "'?"
}

function read_catalogue(    where) {
	where = "catalogue.tsv:" FNR
	if ($0 ~ /^# family [0-9]+: /) { split($3, number, ":"); sub(/^# family [0-9]+: /, ""); family_name[number[1]] = $0; return }
	if ($0 ~ /^#/) return
	if (split($0, field, "\t") != 5) {
		complain(where, "want number, family, tier, name and why, with a tab between each")
		return
	}
	if (field[4] in family || field[1] in numbers) complain(where, "read '" field[1] " " field[4] "' a second time")
	if (field[3] !~ /^T[123]$/) complain(where, "read '" field[3] "', want the tier T1, T2 or T3")
	if (!(field[2] in family_name)) complain(where, "read the family '" field[2] "', which no line '# family N: ...' names")
	rows[++n_rows] = field[4]
	numbers[field[1]]
	number_of[field[4]] = field[1]
	family[field[4]] = field[2]
	tier[field[4]] = field[3]
	why[field[4]] = field[5]
	line_of[field[4]] = FNR
}

# The end of a case: its variants are those of its `run` line, or all that make sense.
function end_case(    i, word, n) {
	if (!(name in covers) && name != "") { beyond[++n_beyond] = name }
	if (runs == "") runs = is_connected ? all_variants : "ipv4 ipv6 mapped"
	n_runs += split(runs, word, " ")
	variants[name] = runs
}

function begin_case() {
	if (n_cases++) end_case()
	name = FILENAME
	sub(/\.case$/, "", name)
	runs = ""
	is_connected = 1
	last_rank = 0
}

function read_covers(    i) {
	covers[name]
	for (i = 2; i <= NF; i++) {
		if (!($i in family))
			complain(FILENAME ":" FNR, "read '" $i "', want a row of cases/catalogue.tsv" nearest($i))
		else if (covered_by[$i] " " ~ " " name " ")
			complain(FILENAME ":" FNR, "read '" $i "' a second time")
		else
			covered_by[$i] = covered_by[$i] " " name
	}
}

# RFC 9293 3.10.5; POSIX close(); POSIX 2.10.16; tcp(7)
function check_departs() {
	if ($0 !~ /RFC [0-9]+ [0-9]+(\.[0-9]+)*|POSIX ([a-z_]+\(\)|[0-9]+\.[0-9])|[a-z0-9_]+\([2-8]\)/)
		complain(FILENAME ":" FNR, "want the document and the section that says otherwise: 'RFC 9293 3.10.5', 'POSIX close()', 'tcp(7) SIOCINQ'")
}

# claims.md links to cases as [topic/name](topic/name.case), and names a row that none covers yet as: row `name`
function read_claims(    rest, link, row) {
	for (rest = $0; match(rest, /\]\([^)]*\.case\)/); rest = substr(rest, RSTART + RLENGTH)) {
		link = substr(rest, RSTART + 2, RLENGTH - 8)
		if (!(link in variants)) complain(FILENAME ":" FNR, "read '" link ".case', want a case that exists")
	}
	for (rest = $0; match(rest, /row `[^`]*`/); rest = substr(rest, RSTART + RLENGTH)) {
		row = substr(rest, RSTART + 5, RLENGTH - 6)
		if (!(row in family)) complain(FILENAME ":" FNR, "read '" row "', want a row of cases/catalogue.tsv" nearest(row))
		else if (covered_by[row] != "") outdated = outdated "\n  " row ":" covered_by[row]
	}
}

# One order for the headers of all cases.
function check_order(    rank) {
	if (!($1 in header_rank)) return
	rank = header_rank[$1]
	if (rank < last_rank)
		complain(FILENAME ":" FNR, "read '" $1 "' behind '" last_header "', want cite, departs, symptom, fix, covers, then the others")
	last_rank = rank
	last_header = $1
}

function check_reasons(    i) {
	for (i = 1; i <= n_rows; i++)
		if (covered_by[rows[i]] != "" && why[rows[i]] != "")
			complain("catalogue.tsv:" line_of[rows[i]], "'" rows[i] "' says why no case covers it, but" covered_by[rows[i]] " does")
}

function count(    i, t) {
	for (i = 1; i <= n_rows; i++) {
		t = tier[rows[i]]
		n_in[t]++
		n_in["all"]++
		if (covered_by[rows[i]] != "") { n_covered[t]++; n_covered["all"]++ }
		else if (why[rows[i]] != "") { n_cannot[t]++; n_cannot["all"]++ }
	}
}

function print_counts(form,    i, t, tiers) {
	split("T1 T2 T3 all", tiers, " ")
	for (i = 1; i <= 4; i++) {
		t = tiers[i]
		if (n_in[t])
			printf form, t, n_in[t], n_covered[t], n_cannot[t], n_in[t] - n_covered[t] - n_cannot[t], 100 * n_covered[t] / n_in[t]
	}
}

function cases_text() {
	return n_cases " cases, " n_runs " runs (a case in a variant); " n_beyond + 0 " cases are beyond the catalogue"
}

function print_summary(    i, row) {
	print "tier  rows  covered  cannot  open  per cent"
	print_counts("%-4s  %4d  %7d  %6d  %4d  %8.1f\n")
	print "\n" cases_text() "."
	if (outdated != "") print "\nclaims.md says 'no case yet' of rows that have one:" outdated
	print "\nnot covered:"
	for (i = 1; i <= n_rows; i++) {
		row = rows[i]
		if (covered_by[row] == "")
			printf "  %s  %3d  %-34s%s\n", tier[row], number_of[row], row, why[row] == "" ? "" : "  " why[row]
	}
}

# The variants that any of the row's cases runs in; the usual ones first.
function variants_of(row,    i, n, word, seen, text) {
	n = split(covered_by[row], word, " ")
	for (i = 1; i <= n; i++) seen = seen " " variants[word[i]]
	n = split(all_variants seen, word, " ")
	for (i = 1; i <= n; i++)
		if (seen " " ~ " " word[i] " " && text " " !~ " " word[i] " ") text = text " " word[i]
	return substr(text, 2)
}

function links_of(row,    i, n, word, text) {
	n = split(covered_by[row], word, " ")
	for (i = 1; i <= n; i++) text = text ", [" word[i] "](" word[i] ".case)"
	return substr(text, 3)
}

function print_covered(    i, row, last) {
	for (i = 1; i <= n_rows; i++) {
		row = rows[i]
		if (covered_by[row] == "") continue
		if (family[row] != last) {
			last = family[row]
			printf "\n### %s\n\n| row | | tier | cases | variants |\n|--:|---|---|---|---|\n", family_name[last]
		}
		printf "| %d | %s | %s | %s | %s |\n", number_of[row], row, tier[row], links_of(row), variants_of(row)
	}
}

function print_uncovered(    i, row) {
	for (i = 1; i <= n_rows; i++) {
		row = rows[i]
		if (covered_by[row] == "")
			printf "| %d | %s | %s | %s |\n", number_of[row], row, tier[row], why[row]
	}
}

function print_page(    i) {
	print "<!-- Made by `cases/coverage --write`; a test compares the two. -->"
	print "# Coverage\n"
	print "The rows are the behaviours that [catalogue.tsv](catalogue.tsv) lists; a case shows those that its `covers` lines name,"
	print "often together with others. Tier 1: what most suites test or most bugs come from; 2: further ones; 3: those of one feature.\n"
	print "| tier | rows | covered | cannot be | open | per cent covered |\n|---|--:|--:|--:|--:|--:|"
	print_counts("| %s | %d | %d | %d | %d | %.1f |\n")
	print "\n" cases_text() "."
	print "\n## Covered"
	print_covered()
	print "\n## Not covered\n\n| row | | tier | why |\n|--:|---|---|---|"
	print_uncovered()
	print "\n## Beyond the catalogue\n\nCases that show what no row names.\n"
	for (i = 1; i <= n_beyond; i++) print "- [" beyond[i] "](" beyond[i] ".case)"
}

BEGIN {
	all_variants = "ipv4 ipv6 mapped swapped"
	n_headers = split("cite departs symptom fix covers", headers, " ")
	for (i = 1; i <= n_headers; i++) header_rank[headers[i]] = i
	n_others = split("run start option sysctl time timing needs", headers, " ")
	for (i = 1; i <= n_others; i++) header_rank[headers[i]] = n_headers + 1
}
FILENAME == "catalogue.tsv" { read_catalogue(); next }
FILENAME == "claims.md" && FNR == 1 { end_case(); last_is_read = 1 }
FILENAME == "claims.md" { read_claims(); next }
FNR == 1 { begin_case() }
{ check_order() }
$1 == "covers" { read_covers() }
$1 == "departs" { check_departs() }
$1 == "run" { sub(/^run +/, ""); runs = $0 }
$1 == "start" { is_connected = $2 == "connected" }
END {
	if (n_cases && !last_is_read) end_case()
	check_reasons()
	if (FORM == "complaints") exit complaints > 0
	count()
	if (FORM == "page") print_page()
	else print_summary()
}
