#!/bin/sh
# The API's description must be valid OpenAPI 3.1 to @redocly/cli, without a warning: the market's own
# (test/journey/surface.c), and that of the small application of test/unit/web_app.c, which has every
# kind of field. OPENAPI=FILE checks another one.
set -eu
cd "$(dirname "$0")/../.."
. test/npm.sh
npm_ready test/openapi @redocly/cli
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
n=0
look() {
	n=$((n + 1))
	if REDOCLY_TELEMETRY=off test/openapi/node_modules/.bin/redocly lint --format=stylish \
		--skip-rule=no-unused-components "$2" >"$folder/log" 2>&1 && ! grep -q ' warning ' "$folder/log"; then
		echo "ok $n - the description of $1 is valid"
	else
		sed 's/^/# /' "$folder/log"
		echo "not ok $n - the description of $1 is valid"
	fi
}
if [ -n "${OPENAPI:-}" ]; then
	look "$OPENAPI" "$OPENAPI"
else
	OPENAPI_OUT=$folder/market.json TEST_ONLY=the_whole_api "${BUILD:-build/asan}/test/journey/surface" >/dev/null
	look "the market" "$folder/market.json"
	OPENAPI_OUT=$folder/small.json TEST_ONLY=what_the_server "${BUILD:-build/asan}/test/unit/web_app" >/dev/null
	look "an application" "$folder/small.json"
fi
echo "1..$n"
