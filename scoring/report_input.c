/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/report_input.h"

struct str report_our_host(const struct report_input *input)
{
	if (input->policy->settings.hostname.len == 0 && input->envelope->host.len > 0)
		return input->envelope->host;
	return input->policy->hostname;
}

struct str report_authserv_id(const struct report_input *input)
{
	struct str id = input->policy->settings.authserv_id;

	return id.len > 0 ? id : report_our_host(input);
}

bool report_writes_spf(const struct report_input *input)
{
	return input->facts->spf != NULL && !input->facts->spf_is_relays &&
	       !input->facts->spf_is_forwarders;
}
