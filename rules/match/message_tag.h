/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tags that tell of a message, for fields that are written into it (add_header) and names that are
 * asked for (askdns, check_hashbl_tag): "LASTEXTERNALIP", "DKIMDOMAIN", "HEADER(From:addr)"; what
 * named groups captured; what was found in the DNS. Those that tell of its score are in
 * scoring/tags.c. A tag has any number of values. One thread; values live in the message's arena.
 */
#ifndef RULES_MATCH_MESSAGE_TAG_H
#define RULES_MATCH_MESSAGE_TAG_H

#include "base/map.h"
#include "facts/facts.h"

/* When a tag has its values. */
enum message_tag_time {
	MESSAGE_TAG_EARLY,   /* once the message is there */
	MESSAGE_TAG_LATE,    /* once its signatures were judged */
	MESSAGE_TAG_CHANGED, /* somebody sets it: a lookup, a rule that captures; or nobody */
};

struct message_tags {
	struct arena *arena;
	const struct facts *facts; /* NULL: nothing is known */
	const struct map *set;     /* struct str_list by name, from message_tag_set(); or NULL */
};

enum message_tag_time message_tag_time(struct str name);

/* Adds the tag's values, none of them empty, each once. False where no tag of the name is known.
 * `argument` is what is in parentheses, data NULL: nothing. */
bool message_tag_values(const struct message_tags *tags, struct str name, struct str argument,
                        struct str_list *values_r);

/* Adds a value to a tag in *set, which is made where it is NULL; gives whether it is a new one. An
 * empty one makes the tag known. */
bool message_tag_set(struct map **set, struct arena *arena, struct str name, struct str value);

#endif
