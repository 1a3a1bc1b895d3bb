#!/bin/bash
# asan.sh: the tests with AddressSanitizer and UndefinedBehaviorSanitizer, in the chroot of PostgreSQL 17: Debian 12's
# PostgreSQL 15 hangs when its sanitizer library is preloaded. Memory inside a palloc block is not watched, what
# lies beyond it is.
cd "$(dirname "$0")/../.." && exec test/harness/chroot.sh trixie 17 test/harness/check.sh --sanitize
