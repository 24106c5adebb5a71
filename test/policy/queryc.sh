#!/bin/bash
# queryc against goldens: statements that must not build do not, and the message says why, word for
# word; what builds is the C that stands in good/. `test/policy/queryc.sh --accept` writes them anew.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
queryc=$root/build/tool/queryc
. "$root/test/golden.sh"

cd "$root/test/policy/queryc" || exit 1
for f in refused/*.sql; do
	mkdir -p "$tmp/none"
	"$queryc" "$tmp/none" policy schema "$f" 2>"$tmp/err"
	status=$?
	bad=0
	[ $status -eq 1 ] || bad=1
	[ -z "$(ls -A "$tmp/none")" ] || bad=1
	same "${f%.sql}.err" "$tmp/err" || bad=1
	ok $bad "refuses $f"
done

mkdir -p "$tmp/gen"
"$queryc" "$tmp/gen" policy schema good.sql
ok $? "takes good.sql"
mkdir -p good
for f in good.sql.h good.sql.c statements.c types.h types.c; do
	same "good/$f.golden" "$tmp/gen/$f"
	ok $? "good.sql makes $f"
done
mkdir -p "$tmp/include"
ln -s "$tmp/gen" "$tmp/include/gen"
for f in good.sql.c statements.c types.c; do
	gcc -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla \
		-Wformat=2 -Wswitch-enum -Werror -fsyntax-only -I"$root/src" -I"$tmp/include" "$tmp/gen/$f"
	ok $? "$f compiles without a warning"
done

touch -d '2020-01-01' "$tmp"/gen/*
"$queryc" "$tmp/gen" policy schema good.sql
[ -z "$(find "$tmp/gen" -type f -newermt 2020-01-02)" ]
ok $? "what did not change is not written again"
"$queryc" "$tmp/gen" policy schema good.sql refused/star.sql 2>/dev/null
[ $? -eq 1 ] && [ -z "$(find "$tmp/gen" -type f -newermt 2020-01-02)" ] && [ ! -e "$tmp/gen/star.sql.c" ]
ok $? "one mistake: nothing is written"
"$queryc" --typed-list policy schema good.sql >"$tmp/list"
same list.golden "$tmp/list"
ok $? "the list of statements for other tools"

# Mistakes in the policy and the schema point there.
cp -r policy schema "$tmp"
sed -i 's/total_minor integer not null/total_minor text not null/' "$tmp/schema/0001-fixture.sql"
(cd "$tmp" && "$queryc" --check policy schema 2>err)
same schema.err "$tmp/err"
ok $? "a schema that the policy does not describe"
cp schema/* "$tmp/schema" && sed -i 's/create table r_token/creat table r_token/' "$tmp/schema/0001-fixture.sql"
(cd "$tmp" && "$queryc" --check policy schema 2>err)
same syntax.err "$tmp/err"
ok $? "a schema that does not parse"

# What a company sends in to prove who it is: a statement of another purpose does not build.
for p in kyc account manage trade desk support casework rights public; do
	printf -- '-- proof_one(licence: licence_id) -> one\nselect l.id, l.content from %s.licence l where l.id = $1;\n' $p >"$tmp/proof.sql"
	(cd "$root" && "$queryc" --check policy schema "$tmp/proof.sql" 2>"$tmp/err")
	status=$?
	if [ $p = kyc ]; then
		ok $status "kyc reads a company's documents"
	else
		[ $status -eq 1 ] && grep -qE "licence|content" "$tmp/err"
		ok $? "$p does not read a company's documents"
	fi
done

# 200 statements in less than two seconds.
for i in $(seq 200); do
	printf -- '-- many_n%d(order: order_id) -> one\nselect o.id, o.state, o.consignee, c.name from trade.orders o left join public.company c on c.id = o.seller_id where o.id = $1;\n' "$i"
done >"$tmp/many.sql"
begin=$(date +%s%N)
"$queryc" --check policy schema "$tmp/many.sql"
status=$?
ms=$((($(date +%s%N) - begin) / 1000000))
[ $status -eq 0 ] && [ $ms -lt 2000 ]
ok $? "200 statements in $ms ms"
echo "1..$n"
