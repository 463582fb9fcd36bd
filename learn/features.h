/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the classifier sees of a message: sets of numbers, each the keyed hash of something that the
 * message has, such as a word of its text. Whether, not how often. In groups, so that no kind of
 * evidence counts more because there is more of it. Immutable, in the message's arena.
 */
#ifndef LEARN_FEATURES_H
#define LEARN_FEATURES_H

#include "base/vec.h"

/* Order and number are part of what is stored: add at the end. */
enum feature_group {
	FEATURES_SENDER,  /* words and domains of From, Reply-To, Sender, Return-Path */
	FEATURES_SUBJECT, /* words of Subject, and pairs of them */
	FEATURES_HEADER,  /* names of the other fields, words in them; relays */
	FEATURES_WORDS,   /* of the text that a reader sees */
	FEATURES_PAIRS,   /* of those words, one to four apart */
	FEATURES_GRAMS,   /* sequences of four bytes of that text */
	FEATURES_LINKS,   /* hosts, domains and paths of URIs */
	FEATURES_SHAPE,   /* structure of MIME and HTML */
	FEATURES_FILES,   /* names and types of attachments */
	FEATURES_CHECKS,  /* results of SPF, DKIM, ARC, DMARC; answers of lists */
	FEATURES_RULES,   /* rules that hit, and steps of their score */
	FEATURES_HIDDEN,  /* words that a reader doesn't see */
	FEATURES_WHOLE,   /* the message as a whole: author, subject and text */
	FEATURES_STYLE,   /* sequences of four bytes of the header, and the order of its fields */
	FEATURE_GROUPS,
};

/* A feature is a number below 2^FEATURE_BITS. */
#define FEATURE_BITS 20
/* Of a group; what a message has more of is left out. */
#define FEATURES_MAX 8192

struct feature_set {
	uint32_t *items; /* ascending, each once */
	size_t len;
};

struct features {
	struct feature_set groups[FEATURE_GROUPS];
	int32_t score; /* thousandths: sum of the rules that hit, within ±FEATURES_SCORE_MAX */
};
#define FEATURES_SCORE_MAX 100000

/* "word", "subject" …: what a group's features are called in JSON. */
const char *features_group_name(enum feature_group group);
/* All of them. */
size_t features_count(const struct features *features);

#endif
