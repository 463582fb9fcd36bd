/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Everything that asks the DNS, for one process: the resolver, and SPF on it. Made once, used by
 * any thread, and freed when nobody starts anything any more; what is still in flight is ended
 * then.
 */
#ifndef FACTS_LOOKUPS_H
#define FACTS_LOOKUPS_H

#include "facts/spf.h"

struct lookups {
	struct dns *dns;
	struct spf *spf;
};

/* NULL with *err_r where a server is not valid. `spf_timeout_ms` for one check; 0: the default. */
struct lookups *lookups_new(const struct dns_settings *dns, int64_t spf_timeout_ms,
                            struct error *err_r);
/* NULL is allowed. */
void lookups_free(struct lookups *lookups);

#endif
