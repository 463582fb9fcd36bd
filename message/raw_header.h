/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The header as mail servers see it, which count fields by name: every field, whatever the limits
 * for what rules see. Not decoded. Slices of the text.
 */
#ifndef MESSAGE_RAW_HEADER_H
#define MESSAGE_RAW_HEADER_H

#include "base/vec.h"

struct raw_field {
	struct str name;  /* without the white space in front of the colon */
	struct str value; /* all after the colon, with its folds, but for the last line end; data
	                   * NULL: it was too long to be kept */
	struct str text;  /* all of its lines; empty where it didn't come as text */
};

struct raw_field_list {
	vec_members(struct raw_field);
};

/* Length of the line, end included, that stands in front of the header in an mbox file; or 0. */
size_t raw_header_mbox_line(struct str text);

/*
 * Takes the fields from the start of `text`, up to an empty line or one that is no field, and
 * returns the rest.
 */
struct str raw_header_split(struct arena *arena, struct str text, struct raw_field_list *fields_r);

/* For each field, which of its name it is, from 1 (case ignored), as libmilter counts them. */
unsigned *raw_header_indexes(struct arena *arena, const struct raw_field_list *fields);

#endif
