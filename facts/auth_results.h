/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was found out about the sender of a message, as the results of an Authentication-Results
 * field (RFC 8601). Only printable ASCII, or UTF-8 in SPF's part where that is allowed, and nothing
 * that a stranger could end a result with. Pure; in the arena.
 */
#ifndef FACTS_AUTH_RESULTS_H
#define FACTS_AUTH_RESULTS_H

#include "facts/facts.h"

/* Appends a line for each result, all but the last with the semicolon after it. */
void auth_results(struct arena *arena, const struct facts *facts, bool utf8,
                  struct str_list *lines);

/*
 * The same for people who look at a record: "spf=pass NAME; dkim=pass NAME, NAME; dmarc=fail NAME",
 * with the domains that they are about; what was not asked is left out. Empty where nothing was.
 */
struct str auth_summary(struct arena *arena, const struct facts *facts);

/* One word for a log line: the result of the best signature, or "none". */
enum dkim_result auth_dkim_result(const struct dkim_facts *dkim);

#endif
