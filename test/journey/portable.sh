#!/bin/sh
# What somebody takes along is valid to ajv by the published schema (JSON Schema 2020-12).
set -eu
cd "$(dirname "$0")/../.."
. test/npm.sh
npm_ready test/openapi @redocly/ajv
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
PORTABLE_OUT=$dir TEST_ONLY=what_was_given "${BUILD:-build/asan}/test/journey/access" >/dev/null
if node -e '
	const fs = require("fs"), dir = process.argv[1];
	const Ajv = require("./test/openapi/node_modules/@redocly/ajv/dist/2020").default;
	const ajv = new Ajv({strict: false, validateFormats: false, allErrors: true});
	const read = n => JSON.parse(fs.readFileSync(dir + "/" + n));
	const valid = ajv.compile(read("schema.json")), data = read("portable.json");
	if (!valid(data)) { console.error(valid.errors); process.exit(1); }
	data.tables.person[0].more = 1;
	if (valid(data)) { console.error("a field that is not declared is taken"); process.exit(1); }
' "$dir" 2>"$dir/said"; then
	echo "ok 1 - ajv_takes_what_is_taken_along"
else
	sed 's/^/# /' "$dir/said"
	echo "not ok 1 - ajv_takes_what_is_taken_along"
fi
echo "1..1"
