/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text of a Perl pattern before it is compiled: delimiters, modifiers, and the few places
 * where Perl and PCRE2 read the same text differently. Pure functions; see pattern.h.
 */
#ifndef RULES_REGEX_PATTERN_SOURCE_H
#define RULES_REGEX_PATTERN_SOURCE_H

#include "base/error.h"
#include "base/strbuf.h"

/*
 * Takes a source apart: the text between the delimiters, where it starts in the source, and the
 * modifiers. False with *err_r, and in *offset_r the byte at which the trouble is.
 */
struct pattern_source {
	struct str body;
	size_t body_offset;
	struct str modifiers;
};
bool pattern_source_split(struct str source, struct pattern_source *split_r, size_t *offset_r,
                          struct error *err_r);

/* The body of a Perl pattern as PCRE2 has to be given it. Longer than the body by at most a byte
 * for each {,n} in it. */
struct str pattern_for_pcre2(struct arena *arena, struct str body);

/* Length of the bracketed class at an offset of a pattern; 1 where it is never closed. */
size_t pattern_class_length(struct str body, size_t offset);

#endif
