/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Changes of Postfix's configuration: shown, made, and undone, by postconf and as whole files. Not
 * thread-safe (programs are run).
 */
#ifndef CLI_POSTFIX_CHANGE_H
#define CLI_POSTFIX_CHANGE_H

#include "cli/mta_change.h"
#include "cli/postconf.h"

/* Prints the changes of the configuration in `directory` as lines that go and come, by file. */
void postfix_change_show(struct arena *arena, struct str directory,
                         const struct mta_change_list *changes);
/* Prints lines that come into the file at `path`. */
void postfix_change_show_lines(const char *path, struct str lines);

/* Makes the changes of the configuration in `directory`; where one fails, those before it are
 * undone. */
bool postfix_change_make(const struct postconf *pc, struct str directory,
                         const struct mta_change_list *changes, struct error *err_r);

/*
 * Undoes one change, so that main.cf is again as it was, byte by byte. What somebody has changed
 * since stays as it is, but for what is ours in a list; that is told.
 */
bool postfix_change_undo(const struct postconf *pc, struct str directory,
                         const struct mta_change *change, struct error *err_r);

#endif
