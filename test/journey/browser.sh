#!/bin/bash
# The street in a real browser: a demonstration of its own, served by the sanitized program, every
# page of test/browser/pages.mjs as its kind of viewer, then an order from search to payment by keyboard
# (street.mjs), two windows of one order (live.mjs), then what is kept on the device and asked of others
# under every choice (crawl.mjs); then
# the server is asked to stop and does.
set -eu
cd "$(dirname "$0")/../.."
. test/browser/ready.sh
kontor=${BUILD:-build/asan}/kontor
home=$(mktemp -d)
server=
finish() {
	[ -z "$server" ] || kill -9 "$server" 2>/dev/null || true
	rm -rf "$home"
}
trap finish EXIT
"$kontor" init "$home/market" --demo >"$home/log" 2>&1 || { cat "$home/log" >&2; exit 1; }
# Tags that stand on no page before somebody agrees: check and street see none of them.
cat >"$home/market/policy/narrow.yaml" <<'END'
recipients: {adflow: {on: yes}, northlight: {on: yes}, projector: {on: yes}, circle_square: {on: yes}, chirrup: {on: yes}}
tags: {adflow_tag: {on: yes}, northlight_pixel: {on: yes}, projector_video: {on: yes}, circle_square_button: {on: yes}, chirrup_button: {on: yes}}
END
for try in 1 2 3 4 5; do
	port=$((20000 + RANDOM % 12000)) # below those that the system gives away
	"$kontor" serve "$home/market" --listen "127.0.0.1:$port" >"$home/log" 2>&1 &
	server=$!
	for wait in $(seq 1 100); do
		kill -0 "$server" 2>/dev/null || { server=; break; } # the port was taken
		grep -q '"event":"search index made"' "$home/log" && break 2
		sleep 0.2
	done
done
[ -n "$server" ] || { cat "$home/log" >&2; exit 1; }
status=0
for look in check street live crawl; do
	node "test/browser/$look.mjs" --base "http://127.0.0.1:$port" >"$home/$look" || status=$?
done
cat "$home/check" "$home/street" "$home/live" "$home/crawl" | awk '/^1\.\./ { next } /^(not )?ok/ { sub(/ok [0-9]+/, "ok " ++n) } { print } END { print "1.." n }'
kill -TERM "$server"
wait "$server" || { echo "# the server did not stop in order"; tail -20 "$home/log" >&2; status=1; }
server=
grep '"level":"error"' "$home/log" >&2 && status=1
exit "$status"
