/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What pcre_table(5) and regexp_table(5) have in common: lines "/pattern/flags result", a "!" in
 * front to negate, "if /pattern/flags" … "endif"; $1, ${1} and $(1) stand for what groups matched.
 * The first line that matches decides. A line that Postfix skips with a warning is skipped here
 * with one.
 */
#ifndef FORWARD_PATTERN_TABLE_H
#define FORWARD_PATTERN_TABLE_H

#include "forward/forward_map.h"

/* What "$n" may be; Postfix itself sets no bound. */
#define PATTERN_GROUPS_MAX 99

/* What a match found: slices of the subject, NULL where a group took no part; [0] is not set. */
struct pattern_groups {
	struct str items[PATTERN_GROUPS_MAX + 1];
};

enum pattern_result {
	PATTERN_NO,
	PATTERN_YES,
	PATTERN_FAILED, /* too expensive, or out of memory: nothing is known */
};

/* A flag of a pattern: each time that it is there it turns an option over. */
struct pattern_flag {
	char letter;
	unsigned option;
};

struct pattern_engine {
	unsigned options;             /* without flags */
	struct pattern_flag flags[9]; /* those that there are; '\0' at the end */
	/*
	 * Compiles; sets the number of groups. What it returns is freed with the arena. NULL with
	 * the reason.
	 */
	void *(*compile)(struct arena *arena, struct str pattern, unsigned options,
	                 unsigned *groups_r, struct error *err_r);
	/* Any number of threads; `groups_r` is complete where the result is PATTERN_YES. */
	enum pattern_result (*match)(const void *code, struct str subject,
	                             struct pattern_groups *groups_r);
};

/* As the functions of struct forward_map_type; `spec` is the path. */
void *pattern_table_open(const struct map_load *load, const struct pattern_engine *engine,
                         struct str spec);
enum lookup_result pattern_table_lookup(struct arena *arena, void *table, struct str key,
                                        struct target_list *targets_r);

#endif
