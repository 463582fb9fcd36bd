/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings of SRS without a domain and secrets, as they are by default. */
#ifndef TESTS_UNIT_SRS_SETTINGS_H
#define TESTS_UNIT_SRS_SETTINGS_H

#include "forward/srs.h"

static inline struct srs_settings srs_default_settings(void)
{
	return (struct srs_settings){
		.separator = '=',
		.hash_length = 4,
		.hash_min = 4,
		.max_age_days = 21,
	};
}

#endif
