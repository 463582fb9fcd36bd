/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Perl regular expressions as rule files write them: /…/ism, m{…}x, with any delimiter. A pattern
 * is compiled once, belongs to an arena and is never changed; all mutable memory of a match is in
 * a matcher, which one thread uses at a time. Text is bytes, as it is to SpamAssassin's rules.
 * A match that takes too many steps is abandoned and says so; nothing else can fail.
 */
#ifndef RULES_REGEX_PATTERN_H
#define RULES_REGEX_PATTERN_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"
#include "rules/regex/factor.h"

struct pattern;
struct pattern_matcher;
struct pattern_source;

/* Steps that one match may take unless the rule set says otherwise. */
#define PATTERN_MATCH_LIMIT 1000000
/* Groups whose span a match gives, the whole match included. */
#define PATTERN_GROUPS 16

enum pattern_result {
	PATTERN_NO_MATCH,
	PATTERN_MATCH,
	PATTERN_ABANDONED, /* at the match limit, or without memory to go on */
};

struct pattern_span {
	size_t start;
	size_t end;
};

/*
 * Compiles `source` with its delimiters and modifiers. Where that fails, *offset_r is the byte of
 * the source at which the trouble is and *err_r says what it is.
 */
struct pattern *pattern_compile(struct arena *arena, struct str source, size_t *offset_r,
                                struct error *err_r);
/* The same for a pattern without delimiters. `modifiers` are Perl's letters, or "". */
struct pattern *pattern_compile_bare(struct arena *arena, struct str source, const char *modifiers,
                                     size_t *offset_r, struct error *err_r);

/* The same for a pattern that is taken apart (pattern_source.h) and used for one message only. */
struct pattern *pattern_compile_once(struct arena *arena, const struct pattern_source *split,
                                     size_t *offset_r, struct error *err_r);

/* `match_limit` 0: the default. */
struct pattern_matcher *pattern_matcher_new(uint32_t match_limit);
/*
 * Lets later matches take half as many steps as now, but not fewer than a 64th of the limit, so
 * that many patterns that are abandoned cost little more than two of them.
 */
void pattern_matcher_halve_limit(struct pattern_matcher *matcher);
/* The limit that holds now. */
uint32_t pattern_matcher_limit(const struct pattern_matcher *matcher);
/* How often it was halved; another matcher is brought to the same by as many calls. */
unsigned pattern_matcher_halvings(const struct pattern_matcher *matcher);
/* Takes the halving back. */
void pattern_matcher_reset(struct pattern_matcher *matcher);
void pattern_matcher_free(struct pattern_matcher *matcher);

/* Searches `text` from its offset `start` on. *span_r is the match. */
enum pattern_result pattern_match(const struct pattern *pattern, struct pattern_matcher *matcher,
                                  struct str text, size_t start, struct pattern_span *span_r);
/* The match after *span, as Perl's /g finds it: never the same empty one again. */
enum pattern_result pattern_match_next(const struct pattern *pattern,
                                       struct pattern_matcher *matcher, struct str text,
                                       struct pattern_span *span);
/* The pattern taken apart; NULL where that isn't understood. */
struct pattern_node *pattern_tree_of(struct arena *arena, const struct pattern *pattern);
/* Does it match only where texts begin, or where the search does? */
bool pattern_is_anchored(const struct pattern *pattern);
/* Does it surely match in any text? */
bool pattern_always_matches(const struct pattern *pattern);

/*
 * What is looked for in texts to learn where the pattern may match. Every match holds one of the
 * literals, in lower case, in some ASCII case; and has one of the factors. Empty: none are known.
 */
struct pattern_needs {
	struct str_list literals;
	struct factor_list factors;
};
void pattern_needs(struct arena *arena, const struct pattern *pattern,
                   struct pattern_needs *needs_r);
/* How many names its groups have. */
size_t pattern_name_count(const struct pattern *pattern);
/* Has it named groups whose names begin with a capital letter? */
bool pattern_has_names(const struct pattern *pattern);
/* Calls visit() for each such group that took part in the last match of this matcher. */
void pattern_each_name(const struct pattern *pattern, const struct pattern_matcher *matcher,
                       struct str text,
                       void (*visit)(struct str name, struct str group, void *context),
                       void *context);
/* The text of a group of the last match of this matcher; false where it took no part. */
bool pattern_group(const struct pattern_matcher *matcher, struct str text, unsigned group,
                   struct str *group_r);

#endif
