/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The classifier: logistic regression that learns one message at a time, with a step size for each
 * weight (AdaGrad). In a run of messages of one class it is reminded of the other by messages that
 * it has kept, so that it hardly matters whether all spam is learned first, or all ham. It is the
 * same, bit for bit, on every host that learns the same messages in the same order. Any number of
 * threads may read a model that nobody changes.
 */
#ifndef LEARN_MODEL_H
#define LEARN_MODEL_H

#include "learn/features.h"

enum learn_label {
	LEARN_HAM,
	LEARN_SPAM,
	LEARN_LABELS,
};

/* Who says so. */
enum learn_source {
	LEARN_BY_HAND,   /* somebody looked at it: the model follows, whatever it thought */
	LEARN_AUTOMATIC, /* from a score: what the model finds improbable counts little */
};

/* 2^bits weights of 8 bytes, and 5 MiB of kept messages. */
#define MODEL_BITS_MIN     10
#define MODEL_BITS_DEFAULT 18
#define MODEL_BITS_MAX     FEATURE_BITS

struct model;

/* A model that knows nothing; free with model_free(). */
struct model *model_new(unsigned bits);
/* NULL is allowed. */
void model_free(struct model *model);
struct model *model_copy(const struct model *model);
unsigned model_bits(const struct model *model);
/* So many messages were learned. */
uint64_t model_count(const struct model *model, enum learn_label label);

/* The logarithm of the odds that it is spam: above 0, spam is likelier. What a new model says is
 * model_prior(). */
double model_log_odds(const struct model *model, const struct features *features);
/* What is thought of a message of which nothing was learned: that its rules are about right. */
double model_prior(const struct features *features);
/* Log odds that are no sign of spam yet: they may be of a kind of ham that wasn't learned. Falls
 * with the ham that was; 0 or more. */
double model_doubt(const struct model *model);
/* That of a model that has learned so much ham. */
double model_doubt_after(uint64_t ham);
/* What a feature adds to the log odds. */
double model_share(const struct model *model, const struct features *features,
                   enum feature_group group, uint32_t feature);

void model_learn(struct model *model, const struct features *features, enum learn_label label,
                 enum learn_source source);

/* The model as bytes, for keeping; its own memory, valid until it changes. Two models are equal if
 * these are. */
struct str model_bytes(const struct model *model);
/* The model that gave these bytes; NULL where none did: of another version, host or length. */
struct model *model_read(struct str bytes);

#endif
