/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/spf_result.h"

static const struct str status_names[SPF_STATUS_COUNT] = {
	[SPF_STATUS_NONE] = STR_INIT("none"),
	[SPF_STATUS_NEUTRAL] = STR_INIT("neutral"),
	[SPF_STATUS_PASS] = STR_INIT("pass"),
	[SPF_STATUS_FAIL] = STR_INIT("fail"),
	[SPF_STATUS_SOFTFAIL] = STR_INIT("softfail"),
	[SPF_STATUS_TEMPERROR] = STR_INIT("temperror"),
	[SPF_STATUS_PERMERROR] = STR_INIT("permerror"),
};

const char *spf_status_name(enum spf_status status)
{
	return status_names[status].data;
}

bool spf_status_read(struct str word, enum spf_status *status_r)
{
	for (int i = 0; i < SPF_STATUS_COUNT; i++) {
		if (!str_eq_ci(word, status_names[i]))
			continue;
		*status_r = (enum spf_status)i;
		return true;
	}
	return false;
}
