/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A record as bytes and back: for the journal and for Redis. Any bytes may be given to be decoded;
 * what is not a whole record is refused. Pure; thread-safe.
 */
#ifndef STORE_RECORD_CODEC_H
#define STORE_RECORD_CODEC_H

#include "base/strbuf.h"
#include "store/record.h"

/*
 * The text members of a record, for whoever copies or writes all of them. Those after
 * RECORD_STRINGS_FIRST came later: what older versions wrote is without them, and what newer ones
 * may add after them is passed over.
 */
#define RECORD_STRINGS_FIRST 10
#define RECORD_STRINGS       18
void record_strings(struct record *record, const char **strings[RECORD_STRINGS]);

/* Appends a record. */
void record_encode(struct strbuf *buf, const struct record *record);
/* False where `text` is not one whole record; its strings live in the arena. */
bool record_decode(struct arena *arena, struct str text, struct record *record_r);

/* The same, but the strings stay where they are: bytes between them, and the one after `data`,
 * become NUL. */
bool record_decode_in_place(char *data, size_t len, struct record *record_r);

/* What two records have in common that count as the same. */
struct str record_key(struct arena *arena, const struct record *record);

/*
 * What two offers of one message to one recipient have in common, whatever the MTA calls it; empty
 * where the content is not known.
 */
struct str record_offer(struct arena *arena, const struct record *record);
/* An unanswered offer counts as the same as another that comes at least, and at most, this much
 * later. */
#define RECORD_OFFER_MIN_US INT64_C(2000000)
#define RECORD_OFFER_MAX_US (5 * 86400 * INT64_C(1000000))
/* An offer of another origin may come at once, and that host's clock may be this much ahead. */
#define RECORD_OFFER_SKEW_US INT64_C(60000000)

#endif
