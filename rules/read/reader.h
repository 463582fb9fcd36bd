/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rule files: lines, comments, conditions and includes. Each statement is handed to the table in
 * statement.c. A file that can't be read is a PROBLEM_ERROR, what is wrong in it a
 * PROBLEM_MISTAKE at its line and column. Used by one thread, while a rule set is loaded.
 */
#ifndef RULES_READ_READER_H
#define RULES_READ_READER_H

#include "base/problems.h"
#include "rules/model/ruleset_data.h"

/* Files that may include one another. */
#define READER_MAX_DEPTH 10
/* Files that one set includes in all, counted each time. */
#define READER_MAX_INCLUDES 1000
/* Bytes of one rule file. */
#define READER_MAX_FILE (64u << 20)
/* Bytes of all files of a set. */
#define READER_MAX_BYTES (512u << 20)

/*
 * Reads files, and the *.pre and then the *.cf files of directories, in name order. Without any
 * .pre file the plugins are those of SpamAssassin's default installation.
 */
void reader_read_paths(struct ruleset *set, const struct str_list *paths,
                       struct problems *problems);
/* Reads the text of one file, which has to live as long as the set; `file` names it in problems,
 * `root` is the directory that includes may not leave, NULL: no includes. */
void reader_read_text(struct ruleset *set, const char *file, const char *root, struct str text,
                      struct problems *problems);

#endif
