/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The authenticated received chain: RFC 8617. Its seals cover one another, so it is valid as a
 * whole or not at all. In two steps, like DKIM: what can be told from the message, and then all of
 * it with the keys. Pure functions but for the time that is given; results in the arena.
 */
#ifndef FACTS_ARC_H
#define FACTS_ARC_H

#include "facts/dkim.h"

#define ARC_SETS_MAX 50 /* RFC 8617 section 4.2.1 */

enum arc_result {
	ARC_NONE, /* no set at all */
	ARC_PASS,
	ARC_FAIL,
	ARC_TEMPERROR, /* a key can't be had now */
};

/* One hop's three fields, by number from 1; 0: not there. */
struct arc_set {
	size_t results;                  /* ARC-Authentication-Results */
	size_t message;                  /* ARC-Message-Signature */
	size_t seal;                     /* ARC-Seal */
	struct dkim_signature signature; /* of the seal */
};

struct arc {
	enum arc_result result;
	const char *reason; /* a sentence's end; empty where it passes or there is none */
	bool is_signed;     /* there is a seal or a message signature, though maybe a broken one */
	struct arc_set *sets; /* number 0 is i=1: the first that sealed */
	size_t count;
	/* What to ask TXT of, a name each: the message signature's key, then the seals'. None where
	 * it is decided without. */
	struct str_list questions;
	struct dkim_message message; /* the newest set's message signature, alone in it */
};

/* `fields` are those that dkim_read() made of the same message; `input.kind` is set here. */
void arc_read(struct arena *arena, struct dkim_input input, const struct dkim_fields *fields,
              struct arc *arc_r);

/* Judges the chain by one answer for each question; NULL: there was none in time. */
void arc_verify(struct arena *arena, struct arc *arc, const struct dns_answer *const *answers);

/* "none", "pass" … */
const char *arc_result_name(enum arc_result result);

#endif
