/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Everything an operator can change at run time, as one immutable, counted object: settings, rules,
 * forward maps, keys. A reload builds a new one and publishes it; a message pins the current one at
 * its end, so it never sees two rule sets. The last unpin frees.
 */
#ifndef SCORING_POLICY_H
#define SCORING_POLICY_H

#include "base/semaphore.h"
#include "facts/antivirus.h"
#include "facts/facts.h"
#include "forward/forward.h"
#include "forward/seal.h"
#include "forward/srs.h"
#include "rules/model/reputation_settings.h"
#include "rules/ruleset.h"
#include "scoring/settings.h"

struct policy {
	struct arena *arena;
	int64_t loaded_us; /* monotonic clock */
	struct settings settings;
	struct facts_settings facts_settings;
	struct antivirus_settings *antivirus; /* NULL: none is asked */
	struct str_list rule_paths; /* where the rules were read from, see scoring/rule_paths.h */
	uint64_t rules_stamp;       /* of these, when they were */
	struct ruleset *ruleset;
	struct reputation_settings reputation; /* what rule files say of senders' histories */
	struct semaphore
		*semaphore; /* of the messages that are in memory, parsed, for being scanned */
	const struct site
		*site; /* what the rule files say; what of it is in force is in the settings */
	bool subject_from_rules; /* settings.subject_tag is that of rewrite_header, with tags */
	struct forward_maps *forward_maps;
	bool has_seal_key;
	struct seal_key seal_key;
	bool has_srs;         /* messages are rewritten */
	bool has_srs_bounces; /* bounces to senders that were rewritten are expected */
	bool has_srs_secrets; /* `srs` is there, for messages or for look-ups */
	struct srs_settings srs;
	struct str_list srs_outgoing; /* IP addresses, for srs when-needed */
	struct str hostname;          /* never empty */
	struct dns_patience patience; /* with answers to rules' questions, and by zone: */
	struct dns_zone_patience *zone_patience;
	size_t zone_patience_count;
};

/*
 * Builds one from settings in `arena`, which it then owns (also where this fails: the arena is
 * freed, and NULL returned, with the reasons in `problems`, which must be in another arena).
 * Reads files; takes as long as the rules take to compile.
 */
struct policy *policy_build(struct arena *arena, const struct settings *settings,
                            struct problems *problems);
/* settings_read() and policy_build(); `path` NULL: defaults. */
struct policy *policy_load(const char *path, struct problems *problems);
/* The same without what takes long to compile and isn't in the cache: ruleset_is_provisional(). */
struct policy *policy_load_soon(const char *path, struct problems *problems);
/* What settings say of SRS, with its secrets; false with problems. */
bool policy_read_srs(struct arena *arena, const struct settings *settings,
                     struct srs_settings *srs_r, struct problems *problems);
/* How this host is named: by the setting, else by the system, else "localhost". */
struct str policy_hostname(struct arena *arena, const struct settings *settings);
/* What settings say of forwarding. */
struct forward_settings policy_forward_settings(struct arena *arena,
                                                const struct settings *settings);
/* How the process' resolver is to be made: what assay.conf says, else what rule files do. */
struct dns_settings policy_dns_settings(const struct policy *policy);
/* For programs with a single policy that was never published. */
void policy_free(struct policy *policy);

/* The place of the current policy. Thread-safe. */
struct policy_slot;
/* Owns `policy` from now on. */
struct policy_slot *policy_slot_new(struct policy *policy);
/* Frees the slot and lets go of its policy. */
void policy_slot_free(struct policy_slot *slot);
const struct policy *policy_pin(struct policy_slot *slot);
void policy_unpin(struct policy_slot *slot, const struct policy *policy);
void policy_publish(struct policy_slot *slot, struct policy *policy);
/* Publishes one again that was before, and that the caller has pinned; the pin stays the caller's.
 */
void policy_restore(struct policy_slot *slot, const struct policy *policy);

#endif
