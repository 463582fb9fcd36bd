/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which hosts of a message's URIs lists are asked for. A pure function but for chance. */
#ifndef RULES_ASK_URI_HOSTS_H
#define RULES_ASK_URI_HOSTS_H

#include "message/uri.h"
#include "rules/model/uribl.h"

/*
 * At most settings->max_hosts, each once: first those of links with a text, then of forms, images,
 * other elements and the like, of displayed text, and of links that show nothing. Where only some
 * of a kind fit, chance decides which. Slices of the URIs; the list is in the arena.
 */
struct uri_host_list uri_hosts_pick(struct arena *arena, const struct uri_list *uris,
                                    const struct uribl_settings *settings);

#endif
