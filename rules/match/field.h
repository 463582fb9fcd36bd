/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What header rules look at: "Subject", "From:addr", "Received:raw", and the names that stand for
 * several fields or for facts of the connection: "ALL", "ToCc", "X-Spam-Relays-External". A
 * request is parsed once, while a rule set is loaded; its text is made once per message.
 */
#ifndef RULES_MATCH_FIELD_H
#define RULES_MATCH_FIELD_H

#include "rules/match/match.h"

struct field_request;

/* NULL with *err_r if the text doesn't name a field. The request keeps the text. */
struct field_request *field_request_parse(struct arena *arena, struct str text,
                                          struct error *err_r);
struct str field_request_text(const struct field_request *request);
/* Is its text usually longer than a line, as that of many fields? */
bool field_is_long(const struct field_request *request);

/* Does a text of the kind "From:addr" ask for parts of values: addresses, names, hosts? */
bool field_is_part(struct str request);

/* Adds a request that functions make, so that it isn't parsed for each message; false where it
 * names no field. The set keeps the text. */
bool field_add_request(struct ruleset *set, struct str request);
/* Fills set->fields_by_name and set->pseudo_fields. */
void field_index(struct ruleset *set);

/* The text of request number `field` of the rule set; made on first use. */
const struct field_value *field_get(struct match *match, size_t field);
/* All values of a request, each ending in LF where it is a header field. */
void field_values(const struct facts *facts, struct arena *arena,
                  const struct field_request *request, struct str_list *values);
/* For eval functions: the values of a plain field by its name, decoded or as in the message,
 * joined; empty where there is none. */
struct str field_text(struct match *match, const char *request);
#endif
