/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mail that is sorted by what it is and by where it is from, and what each rule says of it. The
 * sources are named by one thread; scoring has its own threads.
 */
#ifndef CLI_TUNE_MAIL_H
#define CLI_TUNE_MAIL_H

#include "cli/cli.h"
#include "cli/tune_fit.h"
#include "rules/ruleset.h"

#define TUNE_RULES_MAX   UINT16_MAX
#define TUNE_SOURCES_MAX 1000

struct tune_source {
	struct str name;
	bool spam;
	size_t messages;
};

struct tune_mail {
	struct arena *arena;
	vec_of(struct tune_source) sources; /* a name of both kinds is two */
	vec_of(unsigned) source_of;         /* by message */
	struct mail_source *mail;
	struct ruleset_score_list rules; /* once scored: all rules that give points … */
	const char **names;              /* of messages, by row */
	struct tune_row *rows;  /* … and what hit, by numbers in that list; in the arena */
	struct str_list unread; /* messages that could not be read */
};

/* Empty; in the arena, but for what tune_mail_free() frees. */
struct tune_mail *tune_mail_new(struct arena *arena);
void tune_mail_free(struct tune_mail *mail);

/*
 * Adds what `path` holds to a source: a Maildir, a folder of messages with the folders in it, an
 * mbox or a message. "NAME=PATH"; without a name the folder is one. False with the reason.
 */
bool tune_mail_add(struct tune_mail *mail, struct str named_path, bool spam, struct error *err_r);

/* Scores all of them by the policy's rules, without the network, in so many threads. */
void tune_mail_score(struct tune_mail *mail, const struct policy *policy, unsigned jobs);

size_t tune_mail_count(const struct tune_mail *mail);

#endif
