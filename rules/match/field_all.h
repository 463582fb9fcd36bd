/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole header as rules see it: "ALL" and the parts of it that trusted and internal hosts
 * wrote. Each value ends in LF; with `raw` they are the lines of the message, else "Name: value",
 * decoded.
 */
#ifndef RULES_MATCH_FIELD_ALL_H
#define RULES_MATCH_FIELD_ALL_H

#include "facts/facts.h"

void field_all_values(const struct facts *facts, struct arena *arena, bool raw,
                      struct str_list *values);
/*
 * Cuts it after this many Received fields. `above` keeps what stands above the next one, and that
 * one: a host we believe wrote it. Else what is kept begins with that one.
 */
void field_all_part(const struct facts *facts, struct arena *arena, bool raw, size_t fields,
                    bool above, struct str_list *values);

/* Whether "ALL" is without some of the fields, since there are more than 64 KiB of them. */
bool field_all_is_cut(const struct header_list *headers);

#endif
