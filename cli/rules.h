/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of `assay rules` share. */
#ifndef CLI_RULES_H
#define CLI_RULES_H

#include "cli/cli.h"
#include "facts/dns_settings.h"
#include "update/canary.h"
#include "update/rule_sets.h"

struct rules_options {
	struct arena *arena;
	struct cli_conf conf;
	struct settings settings; /* of that configuration */
	struct str_list channels; /* --channel */
	struct str_list gpg_keys; /* --gpgkey: of which one must have signed; none: any known */
	const char *gpg_home;     /* --gpghomedir, or NULL */
	struct dns_settings dns;  /* --dns-server */
	bool no_gpg, check_only, refresh_mirrors, force, json;
	const char *target; /* the argument that is no option, or NULL */
};

/* Where what is activated by hand goes, unless --channel says otherwise. */
#define RULES_HAND_CHANNEL "local"

/* Exit status of update is that of sa-update; of the others 0, 1 for what is refused, and
 * sysexits. */
int rules_update(const struct rules_options *options);
int rules_test(const struct rules_options *options);
int rules_activate(const struct rules_options *options);
int rules_rollback(const struct rules_options *options);
int rules_pin(const struct rules_options *options, bool pin);
int rules_list(const struct rules_options *options);

/* The channels that the configuration's `rules` name, valid ones. */
struct str_list rules_named_channels(struct arena *arena, const struct settings *settings);
/* The directory of a channel. */
struct rule_sets rules_sets(const struct rules_options *options, struct str channel);
/* Where root runs a command that writes there: becomes the account that rules_directory belongs to,
 * as the running filter does. False with the reason. */
bool rules_become_owner(const struct rules_options *options, struct error *err_r);
/* Prints what became of a trial. */
void rules_print_result(const struct canary_result *result);
/* Says on stdout that a version is in force, and whether the configuration uses it. */
void rules_print_activated(const struct rules_options *options, struct str channel,
                           struct str version);

#endif
