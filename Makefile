# Kontor: make | make run | make test | make test-pg | make lint | make fmt | make bench | make fuzz | make crash | make install | make clean
# B is the build folder: build/rel (default), build/asan (tests), build/fuzz. CI=1 makes warnings errors.
# How it is put together: doc/build.md.

B ?= build/rel
KIND = $(notdir $(B))
CCACHE := $(shell command -v ccache 2>/dev/null)
ifeq ($(origin CC),default)
CC = $(CCACHE) gcc
endif
PKGS = libmicrohttpd sqlite3 libsodium jansson yaml-0.1 libcurl libseccomp zlib libzstd gdlib
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla \
	-Wformat=2 -Wswitch-enum -Wimplicit-fallthrough -Wno-format-nonliteral -Wno-missing-field-initializers
ifdef CI
WARN += -Werror
endif
HARD_rel = -O2 -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection
HARD_asan = -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HARD_fuzz = -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
# Sections of their own, so that test/policy/purposes sees every reference between functions.
CFLAGS = -std=gnu17 -g -fPIE -pthread -ffunction-sections -fdata-sections $(WARN) $(HARD_$(KIND)) -D_GNU_SOURCE -Isrc -I$(B) -I. $(PKG_CFLAGS)
LDFLAGS = -pie -Wl,-z,relro,-z,now -pthread $(filter -fsanitize%,$(HARD_$(KIND)))
LDLIBS = $(PKG_LIBS) -lhpdf -lm
PREFIX ?= /usr/local
FUZZ_S ?= 60

all: build/kontor

# ---- what there is (wildcards: adding a file is enough) ----
SQL := $(sort $(shell find src -name '*.sql'))
HTML := $(sort $(shell find src -name '*.html'))
LANGS := $(sort $(wildcard lang/*.txt))
POLICY := $(sort $(wildcard policy/*.yaml policy/*/*.yaml policy/*/*.csv))
SCHEMA := $(sort $(wildcard schema/[0-9]*.sql))
LAYOUT := schema/citus.sql
SCHEMA_PG := $(sort $(wildcard schema/pg/*.sql)) $(LAYOUT)
ASSET := $(sort $(shell find asset -type f 2>/dev/null))
LIB_C := $(sort $(filter-out src/main.c,$(shell find src -name '*.c')))

G = $(B)/gen
QUERY_OUT = $(patsubst %,$(G)/%.c,$(notdir $(SQL))) $(patsubst %,$(G)/%.h,$(notdir $(SQL))) \
	$(G)/types.h $(G)/types.c $(G)/statements.c
HTML_OUT = $(patsubst %,$(G)/%.c,$(notdir $(HTML))) $(patsubst %,$(G)/%.h,$(notdir $(HTML)))
LANG_OUT = $(G)/lang.h $(G)/lang.c
EMBED_OUT = $(G)/policy.c $(G)/schema.c $(G)/schema_pg.c $(G)/asset.c
GEN = $(LANG_OUT) $(HTML_OUT) $(EMBED_OUT) $(QUERY_OUT)
LIB_O = $(LIB_C:%.c=$(B)/%.o) $(patsubst %.c,%.o,$(filter %.c,$(GEN)))

build/kontor: $(B)/kontor
	@ln -sfn $(KIND)/kontor $@
$(B)/kontor: $(B)/src/main.o $(B)/libkontor.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/libkontor.a: $(LIB_O)
	@rm -f $@
	ar rcs $@ $^

# The base alone: what links only this cannot lean on a room above it.
$(B)/libbase.a: $(patsubst %.c,$(B)/%.o,$(wildcard src/base/*.c)) $(G)/lang.o
	@rm -f $@
	ar rcs $@ $^

# ---- build-time programs: built once, without sanitizers; tool/NAME.c and tool/NAME/*.c ----
T = build/tool
TOOL_CFLAGS = -std=gnu17 -g -O1 -pthread $(WARN) -D_GNU_SOURCE -Isrc -Itool
TOOL_LIBS = -lsqlite3 -lsodium -lyaml -lz
TOOL_BASE = $(patsubst %.c,$(T)/%.o,$(wildcard src/base/*.c src/policy/*.c))
$(T)/libbase.a: $(TOOL_BASE)
	@rm -f $@
	ar rcs $@ $^
$(T)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) -MMD -MP -c -o $@ $<
.SECONDEXPANSION:
TOOLS = $(patsubst tool/%.c,$(T)/%,$(wildcard tool/*.c))
$(TOOLS): $(T)/%: $(T)/tool/%.o $$(addprefix $(T)/,$$(addsuffix .o,$$(basename $$(wildcard tool/$$*/*.c)))) $(T)/libbase.a
	$(CC) -pthread -o $@ $^ $(TOOL_LIBS)

# ---- generated code ----
# Each generator writes only what changed, and a stamp. A generated file waits for the stamp with an
# empty recipe: make then looks at the file's own time, so that touching one .sql rebuilds its own
# objects and no others.
$(LANG_OUT): $(G)/.lang ;
$(G)/.lang: $(T)/langc $(LANGS)
	@mkdir -p $(@D)
	$(T)/langc $(G) $(LANGS)
	@touch $@
$(HTML_OUT): $(G)/.html ;
$(G)/.html: $(T)/tmplc $(HTML)
	@mkdir -p $(@D)
	$(if $(HTML),$(T)/tmplc $(G) $(HTML))
	@touch $@
$(QUERY_OUT): $(G)/.query ;
$(G)/.query: $(T)/queryc $(POLICY) $(SCHEMA) $(LAYOUT) $(SQL)
	@mkdir -p $(@D)
	$(T)/queryc $(G) policy schema $(SQL)
	@touch $@
$(G)/policy.c: $(T)/embed $(POLICY)
	@mkdir -p $(@D)
	$(T)/embed policy $@ $(POLICY) && touch $@
$(G)/schema.c: $(T)/embed $(SCHEMA)
	@mkdir -p $(@D)
	$(T)/embed schema $@ $(SCHEMA) && touch $@
$(G)/schema_pg.c: $(T)/embed $(SCHEMA_PG)
	@mkdir -p $(@D)
	$(T)/embed schema_pg $@ $(SCHEMA_PG) && touch $@
$(G)/asset.c: $(T)/embed $(ASSET)
	@mkdir -p $(@D)
	$(T)/embed asset $@ $(ASSET) && touch $@

# Headers are generated before anything is compiled; after that, each object knows its own (-MMD).
$(B)/src/base/%.o: src/base/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/test/unit/base_%.o: test/unit/base_%.c | $(G)/lang.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/test/fuzz/base_%.o: test/fuzz/base_%.c | $(G)/lang.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/test/replay.o: test/replay.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(G)/lang.o: $(G)/lang.c $(G)/lang.h
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/%.o: %.c | $(filter %.h,$(GEN))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(G)/%.o: $(G)/%.c | $(filter %.h,$(GEN))
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
-include $(shell find $(B) $(T) -name '*.d' 2>/dev/null)
gen: $(GEN)

# ---- tests: programs of test/unit, journey, policy and fault link the library (test/unit/base_*
# the base alone); test/fuzz drivers replay their corpus through test/replay.c ----
TEST_C := $(wildcard test/unit/*.c test/policy/*.c test/journey/*.c test/fault/*.c)
FUZZ_C := $(wildcard test/fuzz/*.c)
TEST_BIN = $(TEST_C:%.c=$(B)/%) $(FUZZ_C:%.c=$(B)/%)
TEST_SH := $(wildcard test/unit/*.sh test/policy/*.sh test/journey/*.sh test/fault/*.sh)
BASE_TEST_C := $(wildcard test/unit/base_*.c)
$(BASE_TEST_C:%.c=$(B)/%): $(B)/%: $(B)/%.o $(B)/libbase.a
	$(CC) $(LDFLAGS) -o $@ $^ -lsodium -lm
$(patsubst %.c,$(B)/%,$(filter-out $(BASE_TEST_C),$(TEST_C))): $(B)/%: $(B)/%.o $(B)/libkontor.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/test/policy/purposes: LDFLAGS += -Wl,--emit-relocs
BASE_FUZZ_C := $(wildcard test/fuzz/base_*.c)
ifneq ($(KIND),fuzz)
FUZZ_MAIN = $(B)/test/replay.o
else
FUZZ_MAIN = -fsanitize=fuzzer
endif
FUZZ_NEEDS = $(filter %.o,$(FUZZ_MAIN))
$(BASE_FUZZ_C:%.c=$(B)/%): $(B)/%: $(B)/%.o $(FUZZ_NEEDS) $(B)/libbase.a
	$(CC) $(LDFLAGS) -o $@ $< $(FUZZ_MAIN) $(B)/libbase.a -lsodium -lm
# The statement compiler's parts, with the sanitizers.
QUERYC_FUZZ_C := test/fuzz/sqlname.c
QUERYC_O = $(patsubst %.c,$(B)/%.o,$(wildcard tool/queryc/*.c))
$(QUERYC_FUZZ_C:%.c=$(B)/%): $(B)/%: $(B)/%.o $(FUZZ_NEEDS) $(QUERYC_O) $(B)/libkontor.a
	$(CC) $(LDFLAGS) -o $@ $< $(FUZZ_MAIN) $(QUERYC_O) $(B)/libkontor.a $(LDLIBS)
$(patsubst %.c,$(B)/%,$(filter-out $(BASE_FUZZ_C) $(QUERYC_FUZZ_C),$(FUZZ_C))): $(B)/%: $(B)/%.o $(FUZZ_NEEDS) $(B)/libkontor.a
	$(CC) $(LDFLAGS) -o $@ $< $(FUZZ_MAIN) $(B)/libkontor.a $(LDLIBS)

# The mock pages (test/browser): the real templates, parts and charts, with sample data.
MOCK := $(wildcard test/browser/mock/*.html)
MOCK_OUT = $(foreach f,$(notdir $(MOCK)),$(G)/$(f).c $(G)/$(f).h)
$(MOCK_OUT): $(G)/.mock ;
$(G)/.mock: $(T)/tmplc $(MOCK)
	@mkdir -p $(@D)
	$(T)/tmplc $(G) $(MOCK)
	@touch $@
STYLE_O = $(patsubst %,$(B)/%.o,test/browser/style src/web/page src/web/chart) $(patsubst %,$(G)/%.html.o,page part field chart) \
	$(patsubst %,$(G)/%.o,$(notdir $(MOCK)))
$(STYLE_O): | $(MOCK_OUT)
$(B)/test/browser/style: $(STYLE_O) $(G)/lang.o $(B)/libbase.a $(B)/libkontor.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
test-programs: $(B)/test/browser/style
test-programs: $(TEST_BIN) $(TOOLS) $(if $(wildcard src/main.c),$(B)/kontor)
# The longest goes first, beside all the others.
TEST_LONG = test/journey/browser.sh
# The release program too: what it leaves in its memory is looked at (test/fault/marker.c).
test:
	$(MAKE) build/rel/kontor
	$(MAKE) B=build/asan test-programs
	tool/run-tests build/asan $(TEST_LONG) $(TEST_C:%.c=build/asan/%) $(FUZZ_C:%.c=build/asan/%) \
		$(filter-out $(TEST_LONG),$(TEST_SH)) $(wildcard test/browser/run)

# ---- PostgreSQL: the same policy and the same statements on a cluster of their own ----
PG_TEST_C := $(wildcard test/pg/*.c)
$(PG_TEST_C:%.c=$(B)/%): $(B)/%: $(B)/%.o $(B)/libkontor.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lpq
$(G)/pg.list: $(T)/queryc $(POLICY) $(SCHEMA) $(LAYOUT) $(SQL)
	@mkdir -p $(@D)
	$(T)/queryc --pg policy schema $(SQL) >$@
$(G)/citus.list: $(T)/queryc $(POLICY) $(SCHEMA) $(LAYOUT) $(SQL)
	@mkdir -p $(@D)
	$(T)/queryc --citus policy schema $(SQL) >$@
# Tests that run on PostgreSQL as they run on SQLite (test/rows.h). The others of test/journey, policy
# and fault have a twin in test/pg, look into files of SQLite, or ask nothing of the store:
# doc/postgresql.md, "Tests".
PG_NOT := test/journey/commands.c test/journey/diagrams.c
PG_SAME_C := $(filter-out $(PG_NOT),$(wildcard test/journey/*.c)) test/policy/isolation.c test/policy/queryc_store.c \
	$(patsubst %,test/fault/%.c,file_sweep marker object_store service smtp)
# ONLY="store order": these alone. Those of PG_ALONE kill their cluster, and run on one of their own.
PG_ALONE_C := test/pg/crash.c
PG_ALL_C := $(PG_TEST_C) $(PG_SAME_C)
PG_C := $(if $(ONLY),$(foreach n,$(ONLY),$(filter %/$n.c,$(PG_ALL_C))),$(PG_ALL_C))
PG_RUN = TEST_S=$${TEST_S:-1200} KONTOR_PG_LIST=build/asan/gen/pg.list KONTOR_CITUS_LIST=build/asan/gen/citus.list test/pg/run tool/run-tests build/asan
pg-programs: $(B)/kontor $(PG_C:%.c=$(B)/%) $(G)/pg.list $(G)/citus.list
# It runs that one under the unit's list of system calls.
pg-programs: $(if $(filter %/service.c,$(PG_C)),$(B)/test/journey/catalogue)
test-pg:
	@tool/install postgres
	$(if $(filter %/marker.c,$(PG_C)),$(MAKE) build/rel/kontor)
	$(MAKE) B=build/asan pg-programs
	$(if $(filter $(PG_ALONE_C),$(PG_C)),$(PG_RUN) $(patsubst %.c,build/asan/%,$(filter $(PG_ALONE_C),$(PG_C))))
	$(PG_RUN) $(patsubst %.c,build/asan/%,$(filter-out $(PG_ALONE_C),$(PG_C)))

fuzz:
	$(MAKE) B=build/fuzz CC="$(CCACHE) clang" fuzz-programs
	set -e; for f in $(FUZZ_C:test/fuzz/%.c=%); do mkdir -p build/fuzz/corpus/$$f test/fuzz/corpus/$$f; \
		build/fuzz/test/fuzz/$$f -max_total_time=$(FUZZ_S) -rss_limit_mb=2048 \
		build/fuzz/corpus/$$f test/fuzz/corpus/$$f; done
fuzz-programs: $(FUZZ_C:%.c=$(B)/%)

# ---- bars of speed: programs of bench/ link the library; bench/run runs them all ----
BENCH_C := $(wildcard bench/*.c)
$(BENCH_C:%.c=$(B)/%): $(B)/%: $(B)/%.o $(B)/libkontor.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
bench-programs: $(BENCH_C:%.c=$(B)/%)
# Built with the tests, so that they keep up with what they measure; run by nobody but `make bench`.
test-programs: bench-programs
bench: build/kontor bench-programs
	$(if $(PG),bench/pg,bench/run)

# kill -9 under 64 clients who order, so many times; `make test` does it three times.
CRASH_ROUNDS ?= 50
crash:
	$(MAKE) build/rel/kontor build/rel/test/fault/crash_orders
	BUILD=build/rel CRASH_ROUNDS=$(CRASH_ROUNDS) build/rel/test/fault/crash_orders

# What the policy allows, written down again after a change: its difference is to be reviewed.
matrix:
	$(MAKE) B=build/asan build/asan/test/policy/policy_matrix
	UPDATE=1 build/asan/test/policy/policy_matrix
	git --no-pager diff --stat test/policy/matrix.golden

# What the policy promises, clause by clause, with the test that proves each (test/policy/clauses.tsv).
clauses:
	$(MAKE) B=build/asan test-programs
	tool/run-clauses build/asan

# SINCE=main make lint: the slow checks look at what changed since main alone.
lint: gen $(T)/lint
	tool/run-lint "$(CFLAGS)"

fmt:
	git ls-files '*.c' '*.h' | grep -v /golden/ | xargs clang-format -i

# ---- a demonstration, from nothing ----
LISTEN ?= 127.0.0.1:8080
run:
	@tool/install build
	$(MAKE) -j"$$(nproc)" all
	@mkdir -p var
	@[ -d var/demo ] || build/kontor init var/demo --demo
	build/kontor serve var/demo --listen $(LISTEN)

install: all
	install -D -m 0755 build/rel/kontor $(DESTDIR)$(PREFIX)/bin/kontor
	sed 's|@PREFIX@|$(PREFIX)|g' etc/kontor.service > build/kontor.service
	install -D -m 0644 build/kontor.service $(DESTDIR)$(PREFIX)/lib/systemd/system/kontor.service
	install -D -m 0644 LICENSE $(DESTDIR)$(PREFIX)/share/doc/kontor/LICENSE

clean:
	rm -rf build

.PHONY: matrix crash all gen test test-pg pg-programs test-programs fuzz fuzz-programs bench bench-programs lint fmt run install clean
.DELETE_ON_ERROR:
