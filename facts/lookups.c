/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/lookups.h"

#include <stdlib.h>

#include "base/memory.h"

struct lookups *lookups_new(const struct dns_settings *settings, int64_t spf_timeout_ms,
                            struct error *err_r)
{
	struct dns *dns = dns_new(settings, err_r);
	struct lookups *lookups;

	if (dns == NULL)
		return NULL;
	lookups = memory_calloc(1, sizeof(*lookups));
	lookups->dns = dns;
	lookups->spf = spf_new(dns, spf_timeout_ms);
	return lookups;
}

void lookups_free(struct lookups *lookups)
{
	if (lookups == NULL)
		return;
	dns_free(lookups->dns);
	spf_free(lookups->spf);
	free(lookups);
}
