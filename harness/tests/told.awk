# The calls and the segments of a record, without times and details: of the record of `run` (CASE VARIANT), or, where that is
# empty, of the last one.
/^record/ {
	is_asked = run == "" || $2 " " $3 == run
	if (run == "")
		text = ""
}
is_asked && /^ +[0-9]+\.[0-9]+/ {
	$1 = ""
	if ($2 == "wire")
		sub(/ (alone )?seq .*/, "")
	else
		sub(/ in [0-9]+us/, "")
	gsub(/ +/, " ")
	text = text substr($0, 2) "\n"
}
END { printf "%s", text }
