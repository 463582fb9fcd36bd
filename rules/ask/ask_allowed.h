/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dns_query_restriction: which names may be asked for. */
#ifndef RULES_ASK_ASK_ALLOWED_H
#define RULES_ASK_ASK_ALLOWED_H

#include "rules/model/site.h"

/* What stands in site_dns.allowed for a domain that may be asked for, or may not. */
void *ask_allowed_mark(bool allow);
/* By the tightest of the domains that the name is in; any may where none is named. Thread-safe. */
bool ask_allowed(const struct site_dns *dns, struct str name);

#endif
