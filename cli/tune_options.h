/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `assay tune` was asked for. */
#ifndef CLI_TUNE_OPTIONS_H
#define CLI_TUNE_OPTIONS_H

#include "cli/tune_mail.h"
#include "cli/tune_records.h"

/* For rules, or a source, of that name. */
struct tune_number {
	const char *name;
	double number;
};

struct tune_number_list {
	vec_members(struct tune_number);
};

enum tune_task {
	TUNE_CHANGES,
	TUNE_FIT,
	TUNE_HITS,
};

struct tune_options {
	struct arena *arena;
	struct cli_conf conf;
	enum tune_task task;
	struct tune_mail *mail;
	const char *output;
	unsigned jobs;
	bool no_cross;
	struct tune_number_list limits, weights;
	struct tune_settings fit;
	bool has_rate;
	int32_t rate;                        /* of false positives, thousandths of a percent */
	struct tune_records_options records; /* what is to be tried, on records or mail */
};

/* `options` has its arena, and mail to add to. -1 to go on, else the exit status. */
int tune_options_read(struct tune_options *options, int argc, char **argv);

#endif
