/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules that are kept by channel and version, as `rules channel:NAME` names them:
 *
 *	RULES_DIRECTORY/CHANNEL/VERSION/    the files of a set
 *	RULES_DIRECTORY/CHANNEL/current     a symbolic link to the version in force
 *
 * Here is only what reading them takes; update/rule_sets.h changes them. Thread-safe.
 */
#ifndef SCORING_RULE_CHANNEL_H
#define SCORING_RULE_CHANNEL_H

#include "base/arena.h"

/* Which version a symbolic link of a channel's directory names. */
#define RULE_CHANNEL_CURRENT  "current"
#define RULE_CHANNEL_PREVIOUS "previous"

/* Is it "channel:NAME"? Then the name, whether or not that is valid. */
bool rule_channel_named(struct str rules, struct str *channel_r);
/* A name of domain labels without a dot in front, such as updates.spamassassin.org, or local: it is
 * a part of paths and of names in the DNS. */
bool rule_channel_valid(struct str channel);
/* 1 to 20 digits. */
bool rule_channel_version_valid(struct str version);

/* The version that a link names; empty where there is none, or it names what is no version. */
struct str rule_channel_version(struct arena *arena, struct str directory, struct str channel,
                                const char *link);
/* Where the files of a version are. */
struct str rule_channel_path(struct arena *arena, struct str directory, struct str channel,
                             struct str version);

#endif
