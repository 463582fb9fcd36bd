/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/backoff.h"

#define BACKOFF_FIRST_US 100000

int64_t backoff_next(int64_t before_us)
{
	int64_t next_us = before_us == 0 ? BACKOFF_FIRST_US : before_us * 2;

	return next_us < BACKOFF_MAX_US ? next_us : BACKOFF_MAX_US;
}
