#!/bin/bash
# Nothing but src/egress leaves: no other object of the program refers to libcurl, looks up names or
# connects a socket outward (the control socket of the store connects to a file of its own).
set -u
B=${BUILD:-build/asan}
bad=0
n=0
for o in $(find "$B/src" "$B/gen" -name '*.o'); do
	n=$((n + 1))
	used=$(nm -u "$o" | awk '{print $2}' | sed 's/@.*//' | grep -E '^(curl_|connect$|getaddrinfo|gethostbyname|res_query|sendto$|sendmsg$|SSL_connect|gnutls_handshake)' | sort -u | tr '\n' ' ')
	[ -n "$used" ] || continue
	case "${o#"$B"/}" in
	src/egress/*) continue ;;
	src/store/control.o) [ "$used" = "connect " ] && continue ;;
	src/web/listen.o) [ "$used" = "getaddrinfo " ] && continue ;; # the address that it listens on
	esac
	echo "# $o uses $used"
	bad=1
done
echo 1..2
if [ $n -gt 100 ]; then echo "ok 1 - objects are there"; else echo "not ok 1 - objects are there"; fi
if [ $bad -eq 0 ]; then echo "ok 2 - only egress leaves"; else echo "not ok 2 - only egress leaves"; fi
