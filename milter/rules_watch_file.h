/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What became of mail, kept in cache_directory over a restart: so that rules which go into force
 * soon after one are compared with more than the mail of minutes. A file for each configuration.
 * For one thread.
 */
#ifndef MILTER_RULES_WATCH_FILE_H
#define MILTER_RULES_WATCH_FILE_H

#include "scoring/settings.h"

/* Begins with what the process before has left, where it can be read. */
void rules_watch_file_read(const struct settings *settings, const char *configuration);
/* Leaves what is known by now, where there is a directory for it. Called every few seconds, it
 * writes once a minute; `at_once`: now. */
void rules_watch_file_write(const struct settings *settings, const char *configuration,
                            bool at_once);

#endif
