/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What update/archive.h promises, in a build without libarchive and libcurl. */
#include "update/archive.h"

bool archive_available(void)
{
	return false;
}

bool archive_read_files(struct arena *arena, struct str archive, struct rule_set_files *files_r,
                        struct str_list *skipped_r, struct error *err_r)
{
	(void)arena;
	(void)archive;
	(void)files_r;
	(void)skipped_r;
	return error_set(err_r, "this assay was built without libarchive; build it with "
	                        "--with-rule-updates");
}
