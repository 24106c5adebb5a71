# Sourced by what needs packages of npm: says aloud what cannot be had, and installs one at a time.
skip() {
	echo "1..0 # SKIP $1"
	exit 0
}
# npm_ready FOLDER PACKAGE ...: the packages of FOLDER/package.json, of which these are used.
npm_ready() {
	command -v npm >/dev/null || skip "no npm (apt install npm)"
	npm_folder=$1
	shift
	(
		flock 9 # two tests at a time: one installs, the other waits
		for package in "$@"; do
			[ -d "$npm_folder/node_modules/$package" ] || { package=; break; }
		done
		[ -z "$package" ] || exit 0
		cd "$npm_folder" && npm ci --ignore-scripts --no-audit --no-fund >/dev/null 2>&1
	) 9>"${BUILD:-build/asan}/.npm.lock" || skip "npm registry out of reach: $* cannot be had"
}
