/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One key of assay.conf: a row of the table in settings.c, and how its value is read. Values are
 * written into a struct at the row's offset. Pure; errors go to a list of problems.
 */
#ifndef SCORING_SETTING_KEY_H
#define SCORING_SETTING_KEY_H

#include "base/conf.h"

/* What the value is, and the type of the member at the row's offset. */
enum setting_type {
	SETTING_TEXT,     /* struct str */
	SETTING_TAG,      /* struct str; a blank follows what is not in quotes */
	SETTING_TEMPLATE, /* struct str; text with %-escapes */
	SETTING_LIST,     /* struct str_list: words separated by spaces or commas */
	SETTING_ZONES,    /* struct str_list of zones with DNS servers: NAME ADDRESS@PORT … */
	SETTING_SERVERS,  /* struct str_list of DNS servers: ADDRESS or ADDRESS@PORT */
	SETTING_FLAG,     /* bool: yes or no */
	SETTING_SCORE,    /* int32_t, thousandths */
	SETTING_PERCENT,  /* int32_t, thousandths of a percent: 0.1% */
	SETTING_SIZE,     /* int64_t, bytes: 500, 100K, 10M */
	SETTING_TIME,     /* int64_t, milliseconds: 500ms, 20s, 5m, 2h, 30d; 0 needs no unit */
	SETTING_KEEP,     /* struct setting_keep: a time and a size, "7d 1G"; or 0 */
	SETTING_COUNT,    /* int64_t */
	SETTING_POWER,    /* int64_t: 2^18 or 262144 */
	SETTING_MODE,     /* int64_t: octal permissions */
	SETTING_CHOICE,   /* an enum that counts from 0: one of `choices` */
	SETTING_NETWORKS, /* struct network_list * */
};

/* What is kept at most: of which age, and how much. */
struct setting_keep {
	int64_t age_ms; /* 0: nothing is */
	int64_t bytes;
};

struct setting_key {
	const char *section; /* "", "recipient", "destination", "daemon" */
	const char *name;
	enum setting_type type;
	size_t offset;
	int64_t min, max;           /* of numbers, in the unit of the member */
	const char *const *choices; /* NULL-terminated; of SETTING_CHOICE */
	const char *default_text;   /* read like a value from a file */
	const char *text;           /* one or two sentences for the manual */
	bool restart;               /* a reload does not change it */
	bool repeatable;            /* several lines add up; lists only */
};

/* Reads a value into `target` + key->offset; false with a problem at the value's place. */
bool setting_key_read(const struct setting_key *key, struct arena *arena,
                      const struct conf_line *line, void *target, struct problems *problems);

/* What may be written, for messages and the manual: "yes or no", "a number from 0 to 10". */
struct str setting_key_range(struct arena *arena, const struct setting_key *key);

#endif
