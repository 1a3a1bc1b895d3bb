#!/bin/bash
# private_install.sh DIR [MAKE ARGUMENT...]: build dbeng and install it into a relocated copy, below DIR, of the
# server PG_CONFIG belongs to, DIR/pg<major>. PostgreSQL finds its files relative to its programs: a copy of the programs
# and links to all else make a server that takes our files without touching the system's. Prints the copy's pg_config.
set -eu
cd "$(dirname "$0")/../.."
config=${PG_CONFIG:-pg_config}
version=$($config --version 2>/dev/null) || { echo "dbeng: $config not found" >&2; exit 1; }
target=$1/pg$(sed 's/[^0-9]*\([0-9]*\).*/\1/' <<<"$version")
shift
bin=$($config --bindir)
# Made anew when the server or what is installed beside it (an extension the tests use) has changed.
made_from="$version $bin $(stat -c %Y "$($config --pkglibdir)" "$($config --sharedir)/extension" | xargs)"
if [ "$(cat "$target/.made-from" 2>/dev/null)" != "$made_from" ]; then
	rm -rf "$target"
	for kind in pkglibdir sharedir; do
		from=$($config --$kind)
		mkdir -p "$target$(dirname "$from")"
		cp -rs "$from" "$target$(dirname "$from")"
	done
	include=$($config --includedir)
	mkdir -p "$target$(dirname "$include")"
	ln -sfn "$include" "$target$include"
	mkdir -p "$target$(dirname "$bin")"
	rm -rf "${target:?}$bin"
	cp -rL "$bin" "$target$bin"
	echo "$made_from" >"$target/.made-from"
fi
export PG_CONFIG=$target$bin/pg_config
make -s --no-print-directory -j"$(nproc)" all "$@" >&2
make -s --no-print-directory install "$@" >&2
echo "$PG_CONFIG"
