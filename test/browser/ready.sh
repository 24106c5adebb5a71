# Sourced by what looks at pages: Chromium and its driver's packages, or a SKIP said aloud.
CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
export CHROMIUM
skip() {
	echo "1..0 # SKIP $1"
	exit 0
}
[ -x "$CHROMIUM" ] || skip "no Chromium at $CHROMIUM (apt install chromium)"
command -v npm >/dev/null || skip "no npm (apt install npm)"
(
	flock 9 # two runs at a time: one installs, the other waits
	[ -d test/browser/node_modules/playwright-core ] && [ -d test/browser/node_modules/axe-core ] && exit 0
	cd test/browser && npm ci --no-audit --no-fund >/dev/null 2>&1
) 9>"${BUILD:-build/asan}/.npm.lock" ||
	skip "npm registry out of reach: playwright-core and axe-core cannot be had"
