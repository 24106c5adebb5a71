# What tests against goldens share; sourced. A folder $tmp of their own, tests counted in $n, and
# --accept, with which what was got becomes the golden.
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
accept=${1:-}
n=0

ok() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
# The same as the golden; what differs is shown.
same() { # GOLDEN GOT
	[ "$accept" = --accept ] && cp "$2" "$1"
	diff "$1" "$2" >"$tmp/diff" 2>&1
	local status=$?
	sed 's/^/# /' "$tmp/diff"
	return $status
}
