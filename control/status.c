/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/status.h"

const int64_t status_scan_bounds_us[STATUS_SCAN_BUCKETS] = {
	1000,   2000,   5000,    10000,   20000,   50000,    100000,
	200000, 500000, 1000000, 2000000, 5000000, 10000000, 30000000,
};
