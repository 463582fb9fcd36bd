/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What `assay check-config` has to say: the coverage of the rules and where settings come from, as
 * text for people or as one JSON object. One thread; nothing can fail.
 */
#ifndef CLI_CHECK_CONFIG_OUTPUT_H
#define CLI_CHECK_CONFIG_OUTPUT_H

#include "base/problems.h"
#include "scoring/policy.h"

struct check_config_result {
	const struct policy *policy; /* NULL: it could not be built */
	const struct problems *problems;
	size_t tests; /* `test` lines that were run */
	bool ok;      /* a daemon would take it */
	bool verbose; /* every rule that is off, with its place */
};

void check_config_print(const struct check_config_result *result);
void check_config_print_json(const struct check_config_result *result);

#endif
