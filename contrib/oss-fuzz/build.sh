#!/bin/bash -eu
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the targets of tests/fuzz into $OUT as OSS-Fuzz wants them: programs, what they start from, dictionaries,
# and the shared libraries that they need, beside them. To try it without OSS-Fuzz:
# SRC=DIRECTORY-ABOVE-ASSAY OUT=/tmp/out CC=clang CXX=clang++ LIB_FUZZING_ENGINE=-fsanitize=fuzzer \
#	CFLAGS="-O1 -g -fsanitize=address,fuzzer-no-link" CXXFLAGS="$CFLAGS" contrib/oss-fuzz/build.sh
source=${ASSAY_SOURCE:-$SRC/assay}
build=${WORK:-/tmp}/assay-oss-fuzz
mkdir -p "$OUT" "$build"
[ -x "$source/configure" ] || (cd "$source" && ./bootstrap)
cd "$build"
# Hyperscan's own code is not built with sanitizers; without it, its part is done by factors.
"$source/configure" -q --enable-fuzzing --without-hyperscan CC="$CC" CFLAGS="$CFLAGS" FUZZ_ENGINE="$LIB_FUZZING_ENGINE" ||
	{ tail -30 config.log; exit 1; }
# Engines are C++.
make -s -j"$(nproc)" CCLD="$CXX $CXXFLAGS" fuzz-programs
mkdir -p "$OUT/rules" "$OUT/lib"
cp "$source"/rules/assay/*.cf "$OUT/rules/"
for program in fuzz_*; do
	[ -x "$program" ] && [ -f "$program" ] || continue
	name=${program#fuzz_}
	cp "$program" "$OUT/"
	rm -f "$OUT/${program}_seed_corpus.zip"
	for inputs in seeds corpus; do
		[ ! -d "$source/tests/fuzz/$inputs/$name" ] ||
			(cd "$source/tests/fuzz/$inputs/$name" && zip -q "$OUT/${program}_seed_corpus.zip" ./*)
	done
	[ ! -f "$source/tests/fuzz/dictionaries/$name.dict" ] || cp "$source/tests/fuzz/dictionaries/$name.dict" "$OUT/$program.dict"
	# Where they run, none of the libraries is installed.
	ldd "$program" | awk '$3 ~ /^\// && $1 !~ /^lib(c|m|pthread|dl|rt|gcc_s|stdc\+\+)\.so/ { print $3 }' | xargs -r cp -n -t "$OUT/lib"
	! command -v patchelf >/dev/null || patchelf --set-rpath '$ORIGIN/lib' "$OUT/$program"
done
