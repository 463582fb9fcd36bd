/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a line of the mail log says of a delivery to another host: Postfix's smtp(8) and Sendmail.
 * Strangers choose much of such a line (addresses, and what the other host said), so one that can
 * be read in two ways is not read at all. Pure; thread-safe.
 */
#ifndef HEALTH_DELIVERY_H
#define HEALTH_DELIVERY_H

#include "base/vec.h"

enum delivery_result {
	DELIVERY_ACCEPTED,
	DELIVERY_DEFERRED,
	DELIVERY_REFUSED,
};

struct delivery {
	int64_t time_s; /* since 1970 */
	struct str queue_id;
	struct str_list to; /* addresses, at least one; ASCII letters of the domain in lower case */
	enum delivery_result result;
	struct str code;     /* of the other host's reply: "550"; empty where none is logged */
	struct str enhanced; /* "5.7.26"; empty likewise */
	struct str text;     /* what it said, or why it was not asked */
	/* Where it went to this host's own next listener: the queue id there; else empty. */
	struct str next_id;
};

enum delivery_line {
	DELIVERY_NONE,  /* the line tells of something else */
	DELIVERY_FOUND, /* *delivery_r is set */
	DELIVERY_HOP, /* delivery_r->next_id is the id on the hop of what has queue_id at the front
	               */
	DELIVERY_ODD, /* it looks like one, but can be read in several ways */
};

/* Reads a line of syslog ("Nov 30 23:14:09 …", or ISO 8601); `now_s` tells the year. Slices of the
 * line, or in the arena. */
enum delivery_line delivery_read(struct arena *arena, struct str line, int64_t now_s,
                                 struct delivery *delivery_r);

#endif
