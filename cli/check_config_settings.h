/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Settings that both assay.conf and rule files may give: which one holds. In an arena; nothing can
 * fail.
 */
#ifndef CLI_CHECK_CONFIG_SETTINGS_H
#define CLI_CHECK_CONFIG_SETTINGS_H

#include "scoring/policy.h"

struct check_config_setting {
	const char *name;
	struct str value;     /* that holds */
	struct str from;      /* "file:line:column", "rule files" or "default" */
	struct str overruled; /* where a rule file gives another one, which is ignored; or empty */
};

struct check_config_setting_list {
	vec_members(struct check_config_setting);
};

void check_config_settings(struct arena *arena, const struct policy *policy,
                           struct check_config_setting_list *list_r);

#endif
