#!/bin/bash
# docs.sh: write docs/checks.md anew from the registry of a private server.
set -u
. "$(dirname "$0")/lib.sh"
test/harness/packages.sh build && install_server && start_server && createdb docs && psql -qXd docs -c 'CREATE EXTENSION dbeng' || die "no server to ask"
mkdir -p docs
psql -qXAtd docs -v ON_ERROR_STOP=1 -c 'SELECT dbeng._checks_markdown()' >"$work/checks.md" || die "docs/checks.md was left as it was"
cp "$work/checks.md" docs/checks.md
