#!/bin/bash
# Where rows lie and which places statements ask (doc/queryc.md, "Places"): goldens of what is found and
# of what is refused. `test/policy/places.sh --accept` writes them anew.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
queryc=$root/build/tool/queryc
. "$root/test/golden.sh"

cd "$root" || exit 1
"$queryc" --places policy schema test/policy/places/asked.sql >"$tmp/asked"
same test/policy/places/asked.golden "$tmp/asked"
ok $? "which places each statement asks"
# The names say it too, so that no golden is accepted unread.
awk -F'\t' '{ split($2, part, "_"); k = part[2]; w = $1 == "one+" ? "beside" : $1 == "some+" ? "scattered" : $1; if (k != w) { print "# " $0; bad = 1 } } END { exit bad || NR < 20 }' "$tmp/asked"
ok $? "each as its name says"

refuse() { # NAME SED
	rm -rf "$tmp/schema" && cp -r schema "$tmp/schema"
	sed -i "$2" "$tmp/schema/citus.sql"
	(cd "$tmp" && ln -sfn "$root/policy" policy && "$queryc" --check policy schema 2>"$tmp/err")
	status=$?
	[ $status -eq 1 ] && same "test/policy/places/$1.err" "$tmp/err"
	ok $? "refuses a layout: $1"
}
refuse missing "/('orders', /d"
refuse unknown "s/('orders', /('horders', /"
refuse twice "s/('orders', .*/&\n&/"
refuse kind "s/('orders', 'placed'/('orders', 'somewhere'/"
refuse column "s/('orders', 'placed', 'seller_id'/('orders', 'placed', 'seller_id number'/"
refuse beside "s/('company', 'everywhere', ''/('company', 'everywhere', 'created_by'/"
refuse unique "s/('orders', 'placed', 'seller_id'/('orders', 'placed', ''/"
refuse refers "s/('offer', 'placed', 'company_id'/('offer', 'everywhere', ''/"
echo "1..$n"
