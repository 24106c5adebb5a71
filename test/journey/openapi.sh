#!/bin/sh
# The API's description must be valid OpenAPI 3.1 to @redocly/cli. Of the small application of
# test/unit/web_app.c, which has every kind of field; OPENAPI=FILE checks another one.
set -eu
cd "$(dirname "$0")/../.."
. test/npm.sh
npm_ready test/openapi @redocly/cli
file=${OPENAPI:-}
if [ -z "$file" ]; then
	file=$(mktemp --suffix .json)
	trap 'rm -f "$file"' EXIT
	OPENAPI_OUT=$file TEST_ONLY=what_the_server "${BUILD:-build/asan}/test/unit/web_app" >/dev/null
fi
if REDOCLY_TELEMETRY=off test/openapi/node_modules/.bin/redocly lint --format=stylish \
	--skip-rule=no-unused-components "$file" >"$file.log" 2>&1; then
	echo "ok 1 - the description is valid"
else
	sed 's/^/# /' "$file.log"
	echo "not ok 1 - the description is valid"
fi
rm -f "$file.log"
echo "1..1"
