/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of `askdns`: names made of tags, asked for once all their tags have values. */
#ifndef RULES_ASK_ASK_ASKDNS_H
#define RULES_ASK_ASK_ASKDNS_H

#include "rules/ask/ask.h"

extern const struct ask_kind askdns_ask_kind;

/* Asks what can be asked now that a tag has got values. */
void ask_askdns_tags_changed(struct asking *asking);

#endif
