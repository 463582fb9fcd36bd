/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A record as bytes and back: for the journal and for Redis. Any bytes may be given to be decoded;
 * what is not a whole record is refused. Pure; thread-safe.
 */
#ifndef STORE_RECORD_CODEC_H
#define STORE_RECORD_CODEC_H

#include "base/strbuf.h"
#include "store/record.h"

/* The text members of a record, for whoever copies or writes all of them. */
#define RECORD_STRINGS 10
void record_strings(struct record *record, const char **strings[RECORD_STRINGS]);

/* Appends a record. */
void record_encode(struct strbuf *buf, const struct record *record);
/* False where `text` is not one whole record; its strings live in the arena. */
bool record_decode(struct arena *arena, struct str text, struct record *record_r);

/* What two records have in common that count as the same. */
struct str record_key(struct arena *arena, const struct record *record);

#endif
