/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a daemon knows about the rules that it runs, to judge those that are to replace them: a
 * file that was cut off or a directory that was emptied must not go into force unnoticed. It is
 * kept in cache_directory, too, so that a check from outside judges as the daemon would.
 */
#ifndef SETUP_RULES_IN_FORCE_H
#define SETUP_RULES_IN_FORCE_H

#include "scoring/policy.h"

struct rules_in_force {
	bool known;              /* false: nothing is in force */
	size_t rules;            /* that can hit */
	size_t mistakes;         /* statements that were left out */
	size_t open_ended_files; /* that end in the middle of a line */
};

/* `problems` are those of loading the policy. */
struct rules_in_force rules_in_force_of(const struct policy *policy,
                                        const struct problems *problems);

/*
 * May the `next` rules take the place of those that run? Not where no rule can hit, where they are
 * fewer than half as many, or fewer while a file ends in the middle of a line, or where more
 * statements are wrong than before. Errors say why not; if nothing is in force, the mistakes
 * themselves do.
 */
bool rules_in_force_judge(const struct rules_in_force *now, const struct rules_in_force *next,
                          const struct settings *settings, struct problems *problems);

/* It is an error, and false, if no rule can hit. */
bool rules_in_force_exist(const struct rules_in_force *next, const struct settings *settings,
                          struct problems *problems);

/* Writes or reads what holds for the daemon with the configuration at `path`. Where there is no
 * cache directory, or it can't be used, nothing is written, and nothing known when it is read. */
void rules_in_force_write(const struct settings *settings, const char *path,
                          const struct rules_in_force *now);
struct rules_in_force rules_in_force_read(const struct settings *settings, const char *path);

#endif
