/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What assay.conf says, as one plain value. One table in settings.c lists every key with its type,
 * range, default and documentation; the man page and the annotated example are checked against
 * it. Immutable once read, in the policy's arena.
 */
#ifndef SCORING_SETTINGS_H
#define SCORING_SETTINGS_H

#include "scoring/settings_place.h"
#include "scoring/settings_values.h"

struct setting_key;

/* The defaults that hold without any file; at first use of `settings`. */
void settings_init(struct settings *settings, struct arena *arena);

/*
 * Reads a file over the defaults. Every mistake is added to `problems` as "file:line:column: what;
 * what to do"; false where any of them is an error, and then the settings must not be used.
 */
bool settings_read(struct settings *settings, struct arena *arena, const char *path,
                   struct problems *problems);

/* The same from text in memory; `path` is what messages say. */
bool settings_parse(struct settings *settings, struct arena *arena, struct str text,
                    const char *path, struct problems *problems);

/* The settings for one recipient address: its own section, else its domain's, else the defaults. */
struct recipient_settings settings_for_recipient(const struct settings *settings,
                                                 struct str address);
/* The same for a destination; `domain` is folded, see address_domain(). */
struct destination_settings settings_for_destination(const struct settings *settings,
                                                     struct str domain);
enum listener_role settings_role(const struct settings *settings, struct str daemon_name);
/* True where a listener has the role of the forward hop. */
bool settings_has_hop(const struct settings *settings);

/* Other values for what no file gave, before the settings are used; recipients inherit them. `from`
 * is "FILE:LINE", or NULL, and lives as long as the settings. */
void settings_set_required_score(struct settings *settings, int32_t score, const char *from);
/* Rules that take the place of those that files name, those of `local_rules` included. */
void settings_set_rules(struct settings *settings, struct str_list paths);
void settings_set_rewrite_subject(struct settings *settings, bool rewrite);
void settings_set_subject_tag(struct settings *settings, struct str tag);

/* The value of a key for an address of ours that may be none: then, it is empty. */
struct str settings_address(struct str value);

/*
 * The table, for the documentation checks and `assay check-config --keys`: key number `i` or NULL
 * after the last one.
 */
const struct setting_key *settings_key(size_t i);

#endif
