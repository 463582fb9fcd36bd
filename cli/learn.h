/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of `assay learn` share: learn.c reads the arguments, learn_teach.c learns and
 * forgets messages, learn_status.c tells what was learned, learn_file.c
 * takes it to another place. One thread.
 */
#ifndef CLI_LEARN_H
#define CLI_LEARN_H

#include "cli/cli.h"
#include "cli/mail_source.h"
#include "store/lessons.h"

enum learn_task {
	LEARN_TASK_NONE,
	LEARN_TASK_HAM,
	LEARN_TASK_SPAM,
	LEARN_TASK_FORGET,
	LEARN_TASK_STATUS,
	LEARN_TASK_EXPORT,
	LEARN_TASK_IMPORT,
};

struct learn_options {
	struct arena *arena;
	struct cli_conf conf;
	enum learn_task task;
	const char *recipient; /* NULL: the site */
	const char *scope;     /* its name */
	const char *file;      /* of lessons, to export or import */
	enum lesson_source source;
	enum mail_form form;
	bool json;
};

/* They return an exit status, and say on stderr what was wrong. */
int learn_teach(const struct learn_options *options, struct mail_source *source);
/* The same by a policy that is there already. */
int learn_by_policy(const struct learn_options *options, const struct policy *policy,
                    struct mail_source *source);
int learn_status(const struct learn_options *options, const struct settings *settings);
int learn_export(const struct learn_options *options, const struct settings *settings);
int learn_import(const struct learn_options *options, const struct settings *settings);

/* Sets `scope` from `recipient`; -1 where that is well, else an exit status. */
int learn_name_scope(struct learn_options *options, const struct settings *settings);

/* Opens the journal of the settings; NULL: it has been said why not. */
struct lessons *learn_open(const struct learn_options *options, const struct settings *settings,
                           bool reader);
/* Says an error, and returns EX_TEMPFAIL. */
int learn_fail(const struct error *error);

#endif
