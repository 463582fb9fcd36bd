/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The messages that a command was asked to look at, one after the other: files, stdin, the
 * messages of an mbox, the files of a Maildir. The list is built by one thread; mail_source_next()
 * is thread-safe.
 */
#ifndef CLI_MAIL_SOURCE_H
#define CLI_MAIL_SOURCE_H

#include "base/arena.h"
#include "base/error.h"

struct mail_source;

/* One message: its text where it is in memory already, else the file that holds it. */
struct mail_item {
	size_t number;    /* from 0, in the order of the source */
	const char *name; /* for reports: the path, "mbox:3", or "-" */
	bool in_memory;
	struct str text;
};

enum mail_form {
	MAIL_FORM_MESSAGE,
	MAIL_FORM_MBOX,
	MAIL_FORM_ATTACHED,
};

/* Takes the form that an option names; false where another option named another one before. */
bool mail_source_set_form(enum mail_form *form, enum mail_form named);

/* The text of a message, read and unpacked if it is in a file; false with the reason. */
bool mail_item_read(struct arena *arena, const struct mail_item *item, struct str *text_r,
                    struct error *err_r);

struct mail_source *mail_source_new(void);
void mail_source_free(struct mail_source *source);

/* Adds a message that is in memory, which must stay there as long as the source; `name` is for
 * reports. */
void mail_source_add_text(struct mail_source *source, struct str name, struct str text);
/* Adds a file, or stdin for "-". */
void mail_source_add_file(struct mail_source *source, const char *path);
/* Adds the files named in `path`, one per line. */
bool mail_source_add_list(struct mail_source *source, const char *path, struct error *err_r);
/*
 * Adds what a file, or stdin for "-", holds in that form: it is a message (or a Maildir, if the
 * path is one); an mbox ("From " lines at the start or after an empty line; ">From " lines are
 * unquoted); or its attached messages are wanted, and not itself. False with the reason, also where
 * it is no mbox, or nothing is attached. Mboxes and what is attached are held in memory.
 */
bool mail_source_add(struct mail_source *source, enum mail_form form, const char *path,
                     struct error *err_r);
/* Adds the files in new/ and cur/, by name. */
bool mail_source_add_maildir(struct mail_source *source, const char *path, struct error *err_r);

size_t mail_source_count(const struct mail_source *source);
/* False at the end. */
bool mail_source_next(struct mail_source *source, struct mail_item *item_r);

#endif
