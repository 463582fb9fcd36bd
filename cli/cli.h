/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command `assay`: one function for each subcommand, in the file of its name. They get their
 * own arguments (argv[0] is the subcommand) and return a sysexits code. One thread, unless the file
 * says otherwise.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/problems.h"
#include "scoring/policy.h"

int cli_score(int argc, char **argv);
int cli_check_config(int argc, char **argv);
int cli_probe(int argc, char **argv);
int cli_srs(int argc, char **argv);
int cli_learn(int argc, char **argv);
int cli_list(int argc, char **argv);
int cli_lists(int argc, char **argv);
int cli_health(int argc, char **argv);
int cli_lookup(int argc, char **argv);
int cli_release(int argc, char **argv);
int cli_reload(int argc, char **argv);
int cli_rules(int argc, char **argv);
int cli_report(int argc, char **argv);
int cli_status(int argc, char **argv);
int cli_store(int argc, char **argv);
int cli_tune(int argc, char **argv);
int cli_report_mistake(int argc, char **argv);
int cli_doctor(int argc, char **argv);
int cli_dkim(int argc, char **argv);
int cli_show(int argc, char **argv);
int cli_spf(int argc, char **argv);
int cli_postfix(int argc, char **argv);
int cli_sendmail(int argc, char **argv);
int cli_import(int argc, char **argv);
int cli_key(int argc, char **argv);
int cli_web(int argc, char **argv);

/* The configuration that commands use where none is named and it exists. */
#define CLI_DEFAULT_CONF ASSAY_SYSCONFDIR "/assay.conf"

/* What the command line overrides in a configuration. */
struct cli_conf {
	const char *path;      /* NULL: CLI_DEFAULT_CONF if it is there, else the defaults */
	struct str_list rules; /* replaces those of the file where not empty */
	struct str_list trusted_authserv; /* likewise */
	bool local;                       /* no network tests */
	bool profile;                     /* measure what rules cost */
	bool all_rules;                   /* sub-rules too */
};

/* The configuration that is read; NULL: the defaults. */
const char *cli_conf_path(const struct cli_conf *conf);

/*
 * Reads the settings and builds a policy for this process alone (no seal key is read, so that
 * support staff need no access to it). Problems are added; NULL where any is an error.
 */
struct policy *cli_load_policy(const struct cli_conf *conf, struct problems *problems);

/* Prints "assay COMMAND: sentence" and where to find help on stderr; returns EX_USAGE. */
int cli_usage_error(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The whole of a file or, for "-", of stdin, in the arena; false with the reason. */
bool cli_read_file(struct arena *arena, const char *path, struct str *text_r, struct error *err_r);

#endif
