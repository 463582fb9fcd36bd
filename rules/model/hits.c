/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/hits.h"

const char *hits_limit_name(enum hits_limit limit)
{
	switch (limit) {
	case HITS_LIMIT_DEADLINE:
		return "scan-timeout";
	case HITS_LIMIT_BACKTRACKING:
		return "match-limit";
	case HITS_LIMIT_NO_SCANNER:
		return "no-scanner";
	}
	return "unknown";
}
