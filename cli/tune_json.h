/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `assay tune` says of records, for programs: an object a line, on stdout. */
#ifndef CLI_TUNE_JSON_H
#define CLI_TUNE_JSON_H

#include "store/retrial.h"

void tune_json_change(const struct retrial_change *change);
/* The last line. */
void tune_json_summary(const struct retrial_summary *summary);

#endif
