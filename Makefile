# Kontor: make | make run | make test | make lint | make fmt | make bench | make fuzz | make install
# B is the build folder: build/rel (default), build/asan (tests).

B ?= build/rel
CC ?= gcc
PKGS = libmicrohttpd sqlite3 libsodium jansson yaml-0.1 libcurl libseccomp zlib gdlib
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla \
	-Wformat=2 -Wswitch-enum -Wimplicit-fallthrough -Wno-format-nonliteral -Wno-missing-field-initializers
HARD_rel = -O2 -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection
HARD_asan = -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
KIND = $(notdir $(B))
CFLAGS += -std=gnu17 -g -fPIE -pthread $(WARN) $(HARD_$(KIND)) -D_GNU_SOURCE -Isrc -I$(B) $(shell pkg-config --cflags $(PKGS))
LDFLAGS += -pie -Wl,-z,relro,-z,now -pthread $(filter -fsanitize%,$(HARD_$(KIND)))
LDLIBS += $(shell pkg-config --libs $(PKGS)) -lhpdf -lm
ifdef CI
CFLAGS += -Werror
endif

# ---- what there is (wildcards: adding a file is enough) ----
SQL  = $(sort $(shell find src -name '*.sql'))
HTML = $(sort $(shell find src -name '*.html'))
LANGS = $(sort $(wildcard lang/*.txt))
POLICY = $(sort $(wildcard policy/*.yaml policy/tables/*.yaml policy/*/*.csv))
SCHEMA = $(sort $(wildcard schema/*.sql))
ASSET = $(sort $(shell find asset -type f))

BASE_C = $(wildcard src/base/*.c)
POLICY_C = $(wildcard src/policy/*.c)
STORE_C = $(wildcard src/store/*.c src/store/*/*.c)
WEB_C = $(wildcard src/web/*.c)
EGRESS_C = $(wildcard src/egress/*.c)
JOBS_C = $(wildcard src/jobs/*.c)
MARKET_C = $(wildcard src/market/*.c src/market/*/*.c)
COMMAND_C = $(wildcard src/command/*.c)
GEN_C = $(patsubst %,$(B)/gen/%.c,$(notdir $(SQL)) $(notdir $(HTML))) \
	$(B)/gen/types.c $(B)/gen/statements.c $(B)/gen/lang.c $(B)/gen/policy.c $(B)/gen/schema.c $(B)/gen/asset.c
GEN_H = $(patsubst %,$(B)/gen/%.h,$(notdir $(SQL)) $(notdir $(HTML))) $(B)/gen/types.h $(B)/gen/lang.h

obj = $(patsubst %.c,$(B)/%.o,$(filter-out $(B)/%,$(1))) $(patsubst %.c,%.o,$(filter $(B)/%,$(1)))
LIB_C = $(BASE_C) $(POLICY_C) $(STORE_C) $(WEB_C) $(EGRESS_C) $(JOBS_C) $(MARKET_C) $(COMMAND_C) $(GEN_C)

all: build/kontor
build/kontor: $(B)/kontor
	ln -sf $(notdir $(B))/kontor $@
$(B)/kontor: $(call obj,$(LIB_C) src/main.c)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# ---- build-time tools: built once, without sanitizers ----
T = build/tool
TOOL_CFLAGS = -std=gnu17 -g -O1 -pthread $(WARN) -D_GNU_SOURCE -Isrc
TOOL_LIBS = $(shell pkg-config --libs sqlite3 libsodium yaml-0.1)
$(T)/%: tool/%.c $(BASE_C) $(POLICY_C) src/base/base.h src/policy/policy.h
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) -o $@ $(filter %.c,$^) $(TOOL_LIBS)

$(B)/%.o: %.c | $(GEN_H)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/gen/%.o: $(B)/gen/%.c | $(GEN_H)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: all
