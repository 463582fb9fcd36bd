/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The strict reader of address fields, for address_field.c. */
#ifndef MESSAGE_ADDRESS_FIELD_GRAMMAR_H
#define MESSAGE_ADDRESS_FIELD_GRAMMAR_H

#include "message/address_field_list.h"

/*
 * Appends an entry for each mailbox that stands between commas, by the grammar of RFC 5322 sections
 * 3.4 and 4.4, groups resolved. An entry that breaks the grammar has what was read up to there: a
 * missing ">" costs nothing. Where neither a name nor an address was read, the text is the name.
 */
void address_field_grammar_read(struct arena *arena, struct str text,
                                struct address_field_list *list);

#endif
