/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files, directories and programs that assay.conf names and that nothing reads before they are
 * needed, so that a mistake would be found out in the middle of the night.
 */
#ifndef SETUP_NAMED_FILES_H
#define SETUP_NAMED_FILES_H

#include "scoring/settings.h"

/*
 * Adds a warning for each that isn't there or not what it has to be. `as_filter`: this process has
 * the rights that the filter will have, so what it can't read or write is told, too. Defaults are
 * not looked at: an installation brings them along.
 */
void named_files_check(const struct settings *settings, bool as_filter, struct problems *problems);

#endif
