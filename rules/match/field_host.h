/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hosts and addresses in the values of fields: what :host, :domain, :ip and :revip take from them.
 * Results are slices of the text or in the arena; empty if there is none.
 */
#ifndef RULES_MATCH_FIELD_HOST_H
#define RULES_MATCH_FIELD_HOST_H

#include "message/uri.h"

/* The host after the last @ that has one, else the first word that has a registered domain. */
struct str field_host_of(struct arena *arena, const struct uri_domains *domains, struct str text);
/* What follows the last @ of an address, a host's name or not. */
struct str field_host_of_address(struct str address);
/* For names that nobody can register, the last two labels. */
struct str field_domain_of(struct arena *arena, const struct uri_domains *domains, struct str host);
/* The first IPv4 or IPv6 address; reversed as DNS lists are asked: "1.2.0.192". */
struct str field_ip_of(struct arena *arena, struct str text, bool reversed);

#endif
