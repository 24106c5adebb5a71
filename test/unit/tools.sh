#!/bin/bash
# The build-time programs against goldens: what must not build does not, and says why. Each bad
# file's answer stands in a file .err beside it. `test/unit/tools.sh --accept` writes them anew.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
golden=$root/test/unit/golden
tool=$root/build/tool
. "$root/test/golden.sh"

# The answer must be the golden one, and the status that of a refusal.
refused() { # NAME STATUS ERR
	[ "$accept" = --accept ] && cp "$tmp/err" "$3"
	bad=0
	[ "$2" -eq 1 ] || bad=1
	diff "$3" "$tmp/err" >"$tmp/diff" 2>&1 || bad=1
	[ $bad -eq 0 ] || sed 's/^/# /' "$tmp/diff"
	ok $bad "$1"
}
syntax() { # FILE.html.c
	gcc -std=gnu17 -Wall -Wextra -Werror -fno-diagnostics-show-caret -fsyntax-only -I. -I"$root/src" -I"$tmp" "$1" 2>"$tmp/gcc"
}

mkdir -p "$tmp/gen"
echo '/* no ids here */' >"$tmp/gen/types.h"
"$tool/langc" "$tmp/gen" "$root"/lang/*.txt
ok $? "langc takes the project's own messages"

cd "$golden/tmplc" || exit 1
for f in *.html; do
	case $f in good.html | misspelt.html | misspelt_key.html | missing_value.html | wrong_type.html | text_in_url.html) continue ;; esac
	"$tool/tmplc" "$tmp/gen" "$f" 2>"$tmp/err"
	refused "tmplc refuses $f" $? "${f%.html}.err"
done
"$tool/tmplc" "$tmp/gen" good.html && syntax "$tmp/gen/good.html.c"
ok $? "tmplc: a good template compiles"
# What gcc says must point into the template: FILE.html:LINE: and the words.
points() { # FILE LINE WORDS
	"$tool/tmplc" "$tmp/gen" "$1" && ! syntax "$tmp/gen/$1.c" && grep -q "^$1:$2:" "$tmp/gcc" && grep -q "$3" "$tmp/gcc"
	bad=$?
	[ $bad -eq 0 ] || sed 's/^/# /' "$tmp/gcc"
	ok $bad "tmplc: gcc finds the mistake in $1:$2"
}
points misspelt.html 5 "no member named ‘nmae’"
points misspelt_key.html 3 "MSG_basket_titel"
points missing_value.html 2 "another number of values"
points wrong_type.html 3 "not compatible with any association"
points text_in_url.html 2 "not compatible with any association"

cat >"$tmp/show.c" <<'END'
#include "gen/good.html.h"
#include <stdio.h>
int main(void)
{
	struct arena *a = arena_make(1 << 20);
	struct line l = {S("<a/b>"), 3, NULL};
	struct out o;

	out_init(&o, a, 8, 1 << 16, &locales[0]);
	good(&o, &l, true);
	pair_open(&o);
	pair_close(&o);
	fwrite(o.p, 1, o.n, stdout);
	arena_free(a);
	return 0;
}
END
gcc -std=gnu17 -D_GNU_SOURCE -I. -I"$root/src" -I"$tmp" -o "$tmp/show" "$tmp/show.c" "$tmp/gen/good.html.c" \
	"$tmp/gen/lang.c" "$tool/libbase.a" -lsodium -lyaml && "$tmp/show" >"$tmp/out"
[ "$accept" = --accept ] && cp "$tmp/out" good.out
diff good.out "$tmp/out" >"$tmp/diff"
bad=$?
sed 's/^/# /' "$tmp/diff"
ok $bad "tmplc: a good template prints what it should"

cd "$golden/langc" || exit 1
for d in */; do
	d=${d%/}
	mkdir -p "$tmp/lang"
	"$tool/langc" "$tmp/lang" "$d/de.txt" "$d/en.txt" 2>"$tmp/err"
	status=$?
	if [ "$d" = good ]; then ok $status "langc takes $d"; else refused "langc refuses $d" $status "$d/err"; fi
done

cd "$golden/lint" || exit 1
find src -name '*.[ch]' | LC_ALL=C sort | xargs "$tool/lint" 2>"$tmp/err"
status=$?
[ $status -eq 123 ] && status=1
refused "lint finds each broken rule and nothing else" $status err

# embed: names change with the content, and with nothing else.
printf 'a{}' >"$tmp/x.css"
"$tool/embed" asset "$tmp/a.c" "$tmp/x.css" && first=$(grep -o 'x\.[0-9a-f]*\.css' "$tmp/a.c" | head -1)
touch "$tmp/x.css" && "$tool/embed" asset "$tmp/a.c" "$tmp/x.css" && grep -q "$first" "$tmp/a.c"
same=$?
printf 'b{}' >"$tmp/x.css"
"$tool/embed" asset "$tmp/a.c" "$tmp/x.css" && ! grep -q "$first" "$tmp/a.c" && [ $same -eq 0 ]
ok $? "embed: an asset's name changes with its content"
printf x >"$tmp/x.exe"
"$tool/embed" asset "$tmp/b.c" "$tmp/x.exe" 2>/dev/null
[ $? -eq 1 ] && [ ! -e "$tmp/b.c" ]
ok $? "embed refuses a file of unknown type"
echo "1..$n"
