/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every key of assay.conf: the one table that the reader, the manual and the example follow. */
#ifndef SCORING_SETTINGS_TABLE_H
#define SCORING_SETTINGS_TABLE_H

#include "scoring/setting_key.h"

extern const struct setting_key settings_table[];
extern const size_t settings_table_len;

#endif
