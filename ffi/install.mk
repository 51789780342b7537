# Building and installing libtokcore. Included by the Makefile at the root.
#
#   make c-build                               the library, in target/c/release
#   make install PREFIX=/usr DESTDIR=pkg       library, archive, header, pkg-config file

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DESTDIR ?=
C_PROFILE ?= release

C_OUT := $(or $(CARGO_TARGET_DIR),target)/c/$(C_PROFILE)
C_VERSION := $(shell sed -n 's/^.define TOKCORE_VERSION_STRING "\(.*\)"/\1/p' include/tokcore.h)
C_ABI := $(shell sed -n 's/^.define TOKCORE_ABI //p' include/tokcore.h)
C_LIBRARY := $(C_OUT)/libtokcore.so.$(C_VERSION)
C_SOURCES := $(shell find sys core ffi include -name '*.rs' -o -name Cargo.toml -o -name tokcore.map) ffi/link.sh Cargo.lock

.PHONY: c-build install uninstall

c-build: $(C_LIBRARY)

# Not phony: an installation by another user, after `make c-build`, needs no cargo.
$(C_LIBRARY): $(C_SOURCES)
	sh ffi/link.sh $(C_PROFILE)

install: $(C_LIBRARY)
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)
	install -m 755 $(C_LIBRARY) $(DESTDIR)$(LIBDIR)/
	ln -sf libtokcore.so.$(C_VERSION) $(DESTDIR)$(LIBDIR)/libtokcore.so.$(C_ABI)
	ln -sf libtokcore.so.$(C_ABI) $(DESTDIR)$(LIBDIR)/libtokcore.so
	install -m 644 $(C_OUT)/libtokcore.a $(DESTDIR)$(LIBDIR)/
	install -m 644 include/tokcore.h $(DESTDIR)$(INCLUDEDIR)/
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	    -e 's|@VERSION@|$(C_VERSION)|' -e "s|@NATIVE_LIBS@|$$(cat $(C_OUT)/native-libs)|" \
	    ffi/tokcore.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/tokcore.pc

uninstall:
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,libtokcore.so libtokcore.so.$(C_ABI) libtokcore.so.$(C_VERSION) \
	    libtokcore.a pkgconfig/tokcore.pc) $(DESTDIR)$(INCLUDEDIR)/tokcore.h
