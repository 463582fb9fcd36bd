/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What receivers' replies mean: a table in a file that admins can read and replace. Immutable once
 * read; thread-safe. */
#ifndef HEALTH_RECEIVERS_H
#define HEALTH_RECEIVERS_H

#include "base/problems.h"
#include "health/delivery.h"

/* In the order of their names in the file. */
enum receiver_class {
	RECEIVER_SPAM,            /* the message itself is taken for spam */
	RECEIVER_LISTED,          /* the address that sent it has a bad name */
	RECEIVER_RATE,            /* too much at a time */
	RECEIVER_UNAUTHENTICATED, /* SPF, DKIM, DMARC or a host's name */
	RECEIVER_OTHER,           /* as an unknown user, or none answered */
};
#define RECEIVER_CLASSES 5

struct receiver_pattern {
	enum receiver_class class;
	struct str code, enhanced, text; /* with * and ?; lower case */
};
struct receivers {
	vec_members(struct receiver_pattern);
};

/* "spam", "listed", … */
const char *receiver_class_name(enum receiver_class class);

/* Reads the table's text; each mistake is a PROBLEM_ERROR at its line, and then false. */
bool receivers_parse(struct arena *arena, struct str text, const char *path,
                     struct receivers *receivers_r, struct problems *problems);
/* The same of a file. */
bool receivers_read(struct arena *arena, const char *path, struct receivers *receivers_r,
                    struct problems *problems);

/* What a reply that is no acceptance means. */
enum receiver_class receivers_classify(struct arena *arena, const struct receivers *receivers,
                                       const struct delivery *delivery);

#endif
