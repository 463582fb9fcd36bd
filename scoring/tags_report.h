/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The longer tags of templates: what hit, in SpamAssassin's forms. Pure.
 */
#ifndef SCORING_TAGS_REPORT_H
#define SCORING_TAGS_REPORT_H

#include "scoring/report_input.h"

/* "A=1,B=2.5", by name. */
struct str tags_report_scores(struct arena *arena, const struct report_input *input);
/* "*  1.5 NAME BODY: description", a line each rule, long descriptions on several. */
struct str tags_report(struct arena *arena, const struct report_input *input);
/* The same as a table. */
struct str tags_summary(struct arena *arena, const struct report_input *input);
/* The first lines of the displayed text, about 200 bytes. */
struct str tags_preview(struct arena *arena, const struct message *message);
/* What the rules that hit want to have in front of the Subject; or empty. */
struct str tags_subject_prefix(struct arena *arena, const struct report_input *input);

#endif
