/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The messages that a command was asked to look at, one after the other: files, stdin, the
 * messages of an mbox, the files of a Maildir. The list is built by one thread; mail_source_next()
 * is thread-safe.
 */
#ifndef CLI_MAIL_SOURCE_H
#define CLI_MAIL_SOURCE_H

#include "base/error.h"

struct mail_source;

/* One message: its text where it is in memory already, else the file that holds it. */
struct mail_item {
	size_t number;    /* from 0, in the order of the source */
	const char *name; /* for reports: the path, "mbox:3", or "-" */
	bool in_memory;
	struct str text;
};

struct mail_source *mail_source_new(void);
void mail_source_free(struct mail_source *source);

/* Adds a file, or stdin for "-". */
void mail_source_add_file(struct mail_source *source, const char *path);
/* Adds the files named in `path`, one per line. */
bool mail_source_add_list(struct mail_source *source, const char *path, struct error *err_r);
/* Adds the messages of an mbox ("From " lines at the start or after an empty line); ">From "
 * lines are unquoted. The whole mbox is held in memory. */
bool mail_source_add_mbox(struct mail_source *source, const char *path, struct error *err_r);
/* Adds the messages that are attached to the one in a file, or stdin for "-", and not that one; an
 * error where there are none. */
bool mail_source_add_attached(struct mail_source *source, const char *path, struct error *err_r);
/* Adds the files in new/ and cur/, by name. */
bool mail_source_add_maildir(struct mail_source *source, const char *path, struct error *err_r);

size_t mail_source_count(const struct mail_source *source);
/* False at the end. */
bool mail_source_next(struct mail_source *source, struct mail_item *item_r);

#endif
