/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What of a message a rule asks a list of hashes for: addresses, links, text, files, in the order
 * in which they are found. Values and lists are in the message's arena. One thread. Nothing fails:
 * a pattern that takes too many steps finds nothing more.
 */
#ifndef RULES_ASK_HASHBL_MESSAGE_H
#define RULES_ASK_HASHBL_MESSAGE_H

#include "base/deadline.h"
#include "rules/ask/hashbl_rule.h"

/* What is made once for all rules of a rule set. */
struct hashbl_message_requests {
	struct field_request *resent;
	struct field_request *senders[SENDERS_COUNT];
	struct field_request *recipients[4];
};

struct hashbl_message {
	const struct ruleset *set;
	const struct facts *facts;
	const struct hashbl_message_requests *requests;
	struct arena *arena;
	struct deadline deadline; /* for patterns */
	/* private */
	struct pattern_matcher *matcher; /* NULL until needed; ends with the arena */
	struct str body;                 /* all of it; data NULL until needed */
	struct map *recipients;          /* likewise */
	struct str *files;               /* of parts, decoded, by number; data NULL: not yet */
};

struct hashbl_message_requests *hashbl_message_requests_new(struct arena *arena);

/* Does the pattern match in the text, from *span's end on if `next`? */
bool hashbl_message_match(struct hashbl_message *message, const struct pattern *pattern,
                          struct str text, bool next, struct pattern_span *span);

/* Of rules of these sources. */
void hashbl_message_emails(struct hashbl_message *message, const struct hashbl_rule *hashbl,
                           struct str_list *values);
void hashbl_message_uris(struct hashbl_message *message, const struct hashbl_rule *hashbl,
                         struct str_list *values);
void hashbl_message_texts(struct hashbl_message *message, const struct rule *rule,
                          struct str_list *values);
/* Their digests. */
void hashbl_message_files(struct hashbl_message *message, const struct hashbl_rule *hashbl,
                          struct str_list *values);
/* What of a tag's value is asked for; false: nothing. */
bool hashbl_message_tag_value(struct hashbl_message *message, const struct hashbl_rule *hashbl,
                              struct str *value);

#endif
