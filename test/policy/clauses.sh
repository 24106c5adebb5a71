#!/bin/bash
# The list of clauses is well formed, and tool/run-clauses finds what is wrong with one.
build=${BUILD:-build/asan}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
check() { # NAME WANT FILE: status 0 or 1, and a text that must be said
	n=$((n + 1))
	out=$(CLAUSES=$3 CLAUSES_RUN=no tool/run-clauses "$build" 2>&1)
	status=$?
	if [ "$status" -eq "$2" ] && grep -qE "$4" <<<"$out"; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		sed 's/^/# /' <<<"$out" | tail -5
	fi
}
list=test/policy/clauses.tsv
check the_list_is_whole_and_its_tests_are_there 0 $list '^116 clauses: '
grep -v '^H2' $list >"$dir/missing"
check a_missing_clause_is_found 1 "$dir/missing" 'H2 is missing'
sed 's|^H2\t.*|H2\ttest/journey/none.c:x\tdone\t-|' $list >"$dir/none"
check a_test_that_is_not_there_is_found 1 "$dir/none" 'H2 says done, and its test is not there'
sed 's|^H2\t.*|H2\ttest/policy/policy_matrix.c:no_such_test\tpart\t-|' $list >"$dir/name"
check a_name_that_is_not_there_is_found 1 "$dir/name" 'H2 says part, and its test is not there'
sed 's|^H2\t.*|H2\t-\tmaybe\t-|' $list >"$dir/state"
check a_state_that_is_none_is_found 1 "$dir/state" 'is done, part or later'
{ head -1 $list; grep '^P2' $list; grep '^P1' $list; grep -vE '^(clause|P1|P2)\b' $list; } >"$dir/order"
check rows_out_of_order_are_found 1 "$dir/order" 'P1 is out of order'
cat >"$dir/fails.sh" <<'X'
#!/bin/bash
echo "ok 1 - this"
echo "not ok 2 - that"
X
chmod +x "$dir/fails.sh"
printf 'clause\ttest\tstate\tnote\nP1\t%s:that\tdone\t-\n' "$dir/fails.sh" >"$dir/fails"
n=$((n + 1))
if CLAUSES=$dir/fails tool/run-clauses "$build" 2>&1 | grep -q 'P1 says done, and its test does not pass'; then
	echo "ok $n - a_test_that_fails_is_found"
else
	echo "not ok $n - a_test_that_fails_is_found"
fi
echo "1..$n"
