/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sets of domains as the configuration lists them: names, "*.name" for all below one, or "/path" of
 * a file with one per line. Made while the policy is built; then only read.
 */
#ifndef FORWARD_DOMAINS_H
#define FORWARD_DOMAINS_H

#include "forward/forward_map.h"

/* Why a domain is in a set. */
struct domain_reason {
	const char *setting;
	struct source_position at; /* file NULL: in the configuration itself */
};

/*
 * The set of struct domain_reason; its keys are folded names, or ".name" for all below it. What
 * isn't a domain or a readable file is reported as a problem of `setting`.
 */
struct map *domains_read(const struct map_load *load, const struct str_list *names,
                         const char *setting);

/* Adds one more; `domain` is folded. */
void domains_add(struct arena *arena, struct map *domains, struct str domain, const char *setting,
                 const struct source_position *at);

/*
 * The reason for the domain itself, or for ".parent" of any of its parents; NULL where there is
 * none. `domain` is folded.
 */
const struct domain_reason *domains_find(const struct map *domains, struct str domain);

static inline bool domains_have(const struct map *domains, struct str domain)
{
	return domains_find(domains, domain) != NULL;
}

#endif
