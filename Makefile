# dbeng: a PostgreSQL server extension.
#
#   make && sudo make install     builds and installs it into the server of PG_CONFIG (default: pg_config)
#   make demo                     shows it on a throw-away server; needs nothing installed beforehand
#   make test                     all tests against a private copy of one server; installs what it needs
#
# What each target of the tests does is told at the top of its script in test/harness.

EXTENSION   = dbeng
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" dbeng.control)
PG_CONFIG  ?= pg_config
export PG_CONFIG
.DEFAULT_GOAL := all

# Targets that only run a script. They must work on a machine without PostgreSQL, so that the script can install it.
SCRIPTED = test test-check demo demo-stop format lint matrix asan valgrind coverage bench docs
.PHONY: $(SCRIPTED)

test:
	@test/harness/check.sh
test-check: # CHECK=idx_duplicate: one fixture file of test/checks
	@test/harness/check.sh --check "$(CHECK)"
lint matrix asan valgrind coverage docs bench:
	@test/harness/$@.sh
format:
	@test/harness/packages.sh lint && clang-format -i $$(find src -name '*.[ch]pp')
demo:
	@test/harness/packages.sh build
	@PG_CONFIG=$$(test/harness/private_install.sh "$(CURDIR)/build") && export PG_CONFIG && test/demo/demo.sh
demo-stop:
	@if [ -x test/demo/demo.sh ]; then test/demo/demo.sh stop; fi

GENERATED = dbeng--*.sql dbeng.so build
ifeq ($(filter-out $(SCRIPTED) clean,$(or $(MAKECMDGOALS),all)),)
clean: demo-stop
	rm -rf $(GENERATED)
else

# What building needs, each with one line that says how to get it.
PG_VERSION := $(shell $(PG_CONFIG) --version 2>/dev/null)
ifeq ($(PG_VERSION),)
  $(error $(PG_CONFIG) not found: install postgresql-server-dev-15 (or -17, -18), or name yours with PG_CONFIG=/path/to/pg_config)
endif
PG_MAJOR := $(shell $(PG_CONFIG) --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
ifeq ($(filter 15 16 17 18,$(PG_MAJOR)),)
  $(error $(PG_VERSION) is not supported: dbeng needs PostgreSQL 15, 16, 17 or 18 (tested: 15, 17, 18))
endif
PG_INCLUDE := $(shell $(PG_CONFIG) --includedir-server)
PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq ($(wildcard $(PG_INCLUDE)/postgres.h)$(wildcard $(PGXS)),)
  $(error no server headers in $(PG_INCLUDE): install postgresql-server-dev-$(PG_MAJOR))
endif
ifeq ($(shell command -v $(CXX)),)
  $(error no C++ compiler "$(CXX)": install g++, or name yours with CXX=)
endif
ifneq ($(shell echo '\#include <boost/version.hpp>' | $(CXX) $(CPPFLAGS) -E -x c++ - >/dev/null 2>&1 && echo found),found)
  $(error no Boost headers: install libboost-dev)
endif

MODULE_big   = dbeng
SRCS         = $(sort $(wildcard src/*.cpp src/*/*.cpp src/*/checks/*.cpp src/*/rules/*.cpp))
SCRIPT       = dbeng--$(EXTVERSION).sql
UPGRADES     = $(notdir $(wildcard upgrade/dbeng--*--*.sql))
DATA_built   = $(SCRIPT) $(UPGRADES)
REGRESS      = $(sort $(patsubst sql/%.sql,%,$(wildcard sql/*.sql)))
REGRESS_OPTS = --load-extension=dbeng --outputdir=build/regress
SPECS        = $(sort $(patsubst test/isolation/specs/%.spec,%,$(wildcard test/isolation/specs/*.spec)))
EXTRA_CLEAN  = $(GENERATED)

# -isystem: the server's headers are not written for our warnings. Inlining bitcode would need the same
# flags in clang and could not be used by the JIT anyway.
PG_CPPFLAGS  = -Isrc -isystem $(PG_INCLUDE) -DBOOST_CONTAINER_USER_DEFINED_THROW_CALLBACKS \
	-DBOOST_ENABLE_ASSERT_HANDLER -DNDEBUG \
	-DDBENG_VERSION='"$(EXTVERSION)"'
PG_CXXFLAGS  = -std=c++20 -Wall -Wextra -Wpedantic -Wshadow=compatible-local -Werror -fno-exceptions -fno-rtti -fvisibility=hidden $(EXTRA_CXXFLAGS)
SHLIB_LINK   = -Wl,--version-script=exports.map $(EXTRA_LINK)
override with_llvm := no

# Objects live apart by server and flags, so that changing either never mixes them.
OBJDIR := build/obj/$(PG_MAJOR)-$(shell echo '$(PG_VERSION) $(CXX) $(EXTRA_CXXFLAGS)' | cksum | cut -d' ' -f1)
OBJS    = $(SRCS:%.cpp=$(OBJDIR)/%.o)

include $(PGXS)

# Server and Boost headers are precompiled: they cost far more than any file of ours.
ifneq ($(wildcard src/core/pch.hpp),)
PCH = $(OBJDIR)/pch.hpp.gch
USE_PCH = -include $(OBJDIR)/pch.hpp -Winvalid-pch
$(PCH): src/core/pch.hpp
	@mkdir -p $(@D)
	@echo '#include "core/pch.hpp"' >$(OBJDIR)/pch.hpp
	$(COMPILE.cc) -MMD -MP -MT $@ -MF $(OBJDIR)/pch.d -x c++-header -o $@ $(OBJDIR)/pch.hpp
endif

# Debian builds PostgreSQL without --enable-depend, hence a rule of our own.
$(OBJDIR)/%.o: %.cpp $(PCH)
	@mkdir -p $(@D)
	$(COMPILE.cc) $(USE_PCH) -MMD -MP -o $@ $<
-include $(OBJS:.o=.d) $(OBJDIR)/pch.d

# The library is linked again when it was last made of other objects.
$(shlib): build/obj/current
build/obj/current: FORCE
	@mkdir -p $(@D)
	@echo '$(OBJS)' | cmp -s - $@ || echo '$(OBJS)' >$@
FORCE:

# The script makes the schema itself: so it is a member that DROP EXTENSION drops, and one that somebody else
# has made beforehand is refused. The SQL of the areas, lower floors first, is written CREATE OR REPLACE: an upgrade takes it as it is
# after its own table changes, and a fresh install, where nothing may exist beforehand, without OR REPLACE.
AREAS = core catalog unit planner health index bloat schema query migration config security backup activity partition audit row snapshot worker
PARTS = $(foreach area,$(AREAS),$(sort $(wildcard src/$(area)/*.sql)))
GUARD = printf '\\echo Use "%s" to load this file. \\quit\n'
$(SCRIPT): $(PARTS) dbeng.control Makefile
	($(GUARD) 'CREATE EXTENSION dbeng'; echo 'CREATE SCHEMA dbeng;'; sed 's/^CREATE OR REPLACE /CREATE /' $(PARTS)) >$@
$(UPGRADES): %.sql: upgrade/%.sql $(PARTS) test/harness/replaceable.pl
	($(GUARD) 'ALTER EXTENSION dbeng UPDATE'; cat $<; perl test/harness/replaceable.pl $(PARTS)) >$@

clean: demo-stop

.PHONY: isolationcheck FORCE
isolationcheck:
	$(pg_isolation_regress_installcheck) --inputdir=test/isolation --outputdir=build/isolation --load-extension=dbeng $(SPECS)
endif
