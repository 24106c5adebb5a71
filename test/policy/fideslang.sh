#!/bin/bash
# The policy as fideslang is valid to fideslang's own validator (PyPI: fideslang), in a virtual
# environment of the build folder. FIDESLANG_PYTHON: a python that has it already.
set -u
cd "$(dirname "$0")/../.."
B=${BUILD:-build/asan}
skip() {
	echo "1..0 # SKIP $1"
	exit 0
}
python=${FIDESLANG_PYTHON:-build/tool/fideslang/bin/python}
if [ -z "${FIDESLANG_PYTHON:-}" ]; then
	mkdir -p build/tool
	(
		flock 9 # two tests at a time: one installs, the other waits
		[ -e build/tool/fideslang/ready ] && exit 0
		python3 -m venv build/tool/fideslang || exit 1
		build/tool/fideslang/bin/pip -q install --retries 0 --timeout 20 'fideslang>=3.1,<4' pyyaml || exit 1
		touch build/tool/fideslang/ready
	) 9>build/tool/.fideslang.lock >/dev/null 2>&1 ||
		skip "fideslang's own validator cannot be had: no python3-venv, or PyPI is out of reach"
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
echo 1..1
if "$B/kontor" policy export --fideslang >"$dir/policy.yaml" &&
	"$python" test/policy/fides.py "$dir/policy.yaml" >"$dir/said" 2>&1; then
	echo "ok 1 - fideslang_takes_the_policy"
else
	sed 's/^/# /' "$dir/said"
	echo "not ok 1 - fideslang_takes_the_policy"
fi
