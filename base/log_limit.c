/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log_limit.h"

#include "base/deadline.h"

bool log_limit_pass(struct log_limit *limit, unsigned *left_out_r)
{
	int64_t now = clock_monotonic_us(), next = atomic_load(&limit->next_us);

	/* Of several threads at once, one passes. */
	if ((next != 0 && now < next) ||
	    !atomic_compare_exchange_strong(&limit->next_us, &next, now + limit->interval_us)) {
		atomic_fetch_add(&limit->left_out, 1);
		return false;
	}
	*left_out_r = atomic_exchange(&limit->left_out, 0);
	return true;
}
