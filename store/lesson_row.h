/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A learned message as a journal keeps it: its features, and what was said of it. Nothing of its
 * text. A plain value; pure functions.
 */
#ifndef STORE_LESSON_ROW_H
#define STORE_LESSON_ROW_H

#include "learn/lesson.h"
#include "learn/model.h"

/* Of the features' encoding: rows of a later version are left alone, and earlier ones are read. */
#define LESSON_ROW_VERSION 2

/* Who said so. The order is part of what is stored. */
enum lesson_source {
	LESSON_BY_HAND,
	LESSON_AUTOMATIC,  /* the filter itself, from its score */
	LESSON_CORRECTION, /* by hand, where it had been learned or judged otherwise */
	LESSON_SOURCES,
};

/* 32 hexadecimal digits and a NUL: see lesson_identity.h. */
#define LESSON_MESSAGE_SIZE 33

/* For log_odds: not known. */
#define LESSON_UNPREDICTED INT32_MIN

struct lesson_row {
	char message[LESSON_MESSAGE_SIZE];
	enum learn_label label;
	enum lesson_source source;
	int64_t time_us; /* when it was learned, microseconds since 1970 */
	/* What the model said of it before it first learned it: the logarithm of the odds that it
	 * is spam, thousandths; or LESSON_UNPREDICTED. */
	int32_t log_odds;
	unsigned version;    /* LESSON_ROW_VERSION */
	struct str features; /* lesson_encode() */
};

/* "hand", "auto", "correction". */
const char *lesson_source_name(enum lesson_source source);
/* "ham", "spam". */
const char *lesson_label_name(enum learn_label label);
/* Whether a text is a message of a row: 32 digits, the letters small. */
bool lesson_row_is_message(struct str text);

/* What shows damage: a hash of all members, the same on every machine. */
uint64_t lesson_row_checksum(const struct lesson_row *row);

/* How the model is to learn it. */
enum learn_source lesson_row_weight(const struct lesson_row *row);

/* What becomes of a row where the journal has the same message: */
enum lesson_outcome {
	LESSON_LEARNED,   /* it was new */
	LESSON_KNOWN,     /* nothing: it is there already, with this label */
	LESSON_CHANGED,   /* it replaces the old one, as the newest */
	LESSON_OVERRULED, /* nothing: people said otherwise than the filter now does */
};
/* `old`: NULL where there is none. On LESSON_CHANGED, `row` gets what it takes over. */
enum lesson_outcome lesson_row_merge(const struct lesson_row *old, struct lesson_row *row);

#endif
