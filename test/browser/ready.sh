# Sourced by what looks at pages: Chromium and its driver's packages, or a SKIP said aloud.
. test/npm.sh
CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
export CHROMIUM
[ -x "$CHROMIUM" ] || skip "no Chromium at $CHROMIUM (apt install chromium)"
npm_ready test/browser playwright-core axe-core
