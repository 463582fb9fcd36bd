/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay tune` on the records of assayd: which mail would be treated differently. */
#ifndef CLI_TUNE_RECORDS_H
#define CLI_TUNE_RECORDS_H

#include "cli/cli.h"

/* Points for one rule. */
struct tune_score {
	struct str rule;
	int32_t points; /* thousandths */
};

struct tune_records_options {
	struct arena *arena;
	struct cli_conf conf; /* `rules` not empty: their points are tried */
	const char *store;    /* NULL: the configuration's */
	int64_t since_us;
	const char *since;               /* as it was given */
	struct str account, destination; /* or empty */
	bool has_required_score, has_discard_score;
	int32_t required_score, discard_score; /* thousandths */
	vec_of(struct tune_score) scores;
	size_t limit; /* messages that are listed */
	bool json;
};

/* Prints it; an exit status. */
int tune_records(struct tune_records_options *options);

#endif
