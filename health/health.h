/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What other hosts think of what is forwarded to them: deliveries of the mail log, joined with the
 * records of what was forwarded by queue id and address. What fits no record counts for the report
 * only, by itself, for anybody may write lines into a log. One thread.
 */
#ifndef HEALTH_HEALTH_H
#define HEALTH_HEALTH_H

#include "health/receivers.h"
#include "store/record.h"

/* What became of messages for recipients in one domain; a message that is tried again counts once
 * in each. */
struct health_counts {
	uint64_t forwards, accepted, deferred;
	uint64_t refused[RECEIVER_CLASSES];
	uint64_t delayed[RECEIVER_CLASSES]; /* deferred, by reason */
	uint64_t disliked;                  /* refused or deferred as spam */
};

struct health_destination {
	struct str domain;
	struct health_counts counts; /* of what we forwarded, by our records */
	uint64_t others;             /* deliveries there that fit no record of a forward */
	/* Of what was refused or deferred as spam: thousandths, how many, and their sum. */
	int32_t lowest, highest;
	uint64_t scores;
	int64_t score_sum;
	int64_t last_s; /* of the newest delivery that counted, since 1970 */
};

struct health;

struct health *health_new(const struct receivers *receivers);
void health_free(struct health *health);

/* Takes a record of something that was forwarded; others are left. */
void health_add_record(struct health *health, const struct record *record);
/* Takes a line of the log; those of before since_s are left. */
void health_add_line(struct health *health, struct str line, int64_t since_s, int64_t now_s);
/* Counts the deliveries so far; with `last`, also those that fit no record, which otherwise wait
 * for one for some calls. */
void health_settle(struct health *health, bool last);

/* In the order in which they were first seen; NULL after the last one. Valid until the next call of
 * another function. */
const struct health_destination *health_destination(const struct health *health, size_t i);
/* Lines that looked like a delivery, but can be read in several ways. */
uint64_t health_odd_lines(const struct health *health);
/* The time of the newest line of a delivery, since 1970; 0: there was none. */
int64_t health_newest_s(const struct health *health);

#endif
