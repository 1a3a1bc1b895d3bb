#!/bin/bash
# symbols.sh LIBRARY: the library must need the C library alone and show the server nothing but what it calls by name.
bad=$({
	nm -D --undefined-only "$1" | awk '{print $NF}' | grep -E '^(_ZS|_ZNS|_ZNKS|_Zn|_Zd|__cxa_(throw|alloc|begin|rethrow)|__gxx_personality|__assert_fail|abort$)'
	nm -D --defined-only "$1" | awk '$3 !~ /^(Pg_magic_func|_PG_init|pg_finfo_dbeng_.*|dbeng_.*)$/ {print $3}'
	readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^lib[cm]\.so'
} | sort -u)
[ -n "$bad" ] || exit 0
echo "$1 has symbols it must not have:"
echo "$bad"
exit 1
