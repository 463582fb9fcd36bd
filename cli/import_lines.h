/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lines of SpamAssassin's configuration, and what becomes of each: what `assay import` reads,
 * decides and writes. One thread; in the arena.
 */
#ifndef CLI_IMPORT_LINES_H
#define CLI_IMPORT_LINES_H

#include "base/problems.h"
#include "facts/people.h"

enum import_fate {
	IMPORT_TAKEN,     /* stands in our rule file as it is */
	IMPORT_MAPPED,    /* became a setting or an entry of a list: `note` says which */
	IMPORT_NO_EFFECT, /* `note`: why */
	IMPORT_REFUSED,   /* `note`: why */
};

struct import_line {
	const char *file;
	unsigned number;
	struct str raw;     /* as it stands there */
	struct str keyword; /* lower case, "-" as "_", of our age: welcomelist, blocklist */
	struct str value;   /* without the comment */
	unsigned written;   /* its line in our rule file; 0: it isn't there */
	enum import_fate fate;
	struct str note;
};

struct import_line_list {
	vec_members(struct import_line);
};

/*
 * Appends the lines of a file that are neither empty nor comments; those of files that it includes
 * stand in the place of the include. False where the file itself can't be read; what is wrong with
 * an include is noted at its line.
 */
bool import_read_file(struct arena *arena, const char *path, struct import_line_list *lines,
                      struct error *err_r);

/* The *.pre and then the *.cf files of a directory, in the order in which SpamAssassin reads them.
 */
bool import_read_directory(struct arena *arena, const char *path, struct import_line_list *lines,
                           struct error *err_r);

/* What preferences of one user become: entries of lists, and lines of a section [recipient …]. */
struct import_user {
	struct str recipient; /* a scope of lists: an address or a domain */
	bool unauthenticated; /* welcomed senders count although nobody shows who they are */
	struct people_entry_list entries;
	struct str_list settings;
};

/* Decides on the lines of user_prefs. */
void import_user_lines(struct arena *arena, struct import_line_list *lines,
                       struct import_user *user);

/* What is a setting of assay.conf and no statement of rule files; false where it is none. */
bool import_setting(struct arena *arena, struct import_line *line, struct str_list *settings);

/*
 * The text of our rule file for the lines whose fate is IMPORT_TAKEN; conditions that a file leaves
 * open are ended at its end. Sets `written` of each.
 */
struct str import_rule_text(struct arena *arena, struct import_line_list *lines);

/* Prints a row for each line, then how many there are of each fate. */
void import_print(struct arena *arena, const struct import_line_list *lines);

#endif
