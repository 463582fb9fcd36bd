/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/model.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "learn/logistic.h"

#define MODEL_MAGIC UINT64_C(0x3130414353534131)
#define RATE        0.3f
#define EPSILON     1e-5f
/* After so many messages, automatic learning counts a tenth where the model is this sure that the
 * label is wrong. */
#define SURE_AFTER   200
#define SURE         0.1
#define SURELY_WRONG 0.1
/* A message that somebody looked at is learned until it is on the right side, at most this often.
 */
#define REPEATS_MAX 30

struct weight {
	float w; /* what the feature adds */
	float q; /* sum of the squares of its gradients */
};

/* One block of memory, so that it can be kept and compared as bytes. */
struct model {
	uint64_t magic;
	uint64_t bits;
	uint64_t counts[LEARN_LABELS];
	struct weight bias;
	struct weight weights[];
};

static size_t size_for(uint64_t bits)
{
	return sizeof(struct model) + (sizeof(struct weight) << bits);
}

struct model *model_new(unsigned bits)
{
	struct model *model = memory_calloc(1, size_for(bits));

	model->magic = MODEL_MAGIC;
	model->bits = bits;
	return model;
}

void model_free(struct model *model)
{
	free(model);
}

struct model *model_copy(const struct model *model)
{
	struct model *copy = memory_alloc(size_for(model->bits));

	memcpy(copy, model, size_for(model->bits));
	return copy;
}

unsigned model_bits(const struct model *model)
{
	return (unsigned)model->bits;
}

uint64_t model_count(const struct model *model, enum learn_label label)
{
	return model->counts[label];
}

/* The value of each feature of a group, so that all groups count alike. */
static float group_value(const struct features *features, enum feature_group group)
{
	return 1.0f / sqrtf((float)features->groups[group].len * (float)FEATURE_GROUPS);
}

static size_t index_of(const struct model *model, uint32_t feature)
{
	return feature >> (FEATURE_BITS - model->bits);
}

double model_log_odds(const struct model *model, const struct features *features)
{
	double sum = model->bias.w;

	for (size_t i = 0; i < FEATURE_GROUPS; i++) {
		const struct feature_set *set = &features->groups[i];
		double of_group = 0;

		for (size_t j = 0; j < set->len; j++)
			of_group += model->weights[index_of(model, set->items[j])].w;
		if (set->len > 0)
			sum += of_group * group_value(features, i);
	}
	return sum;
}

double model_share(const struct model *model, const struct features *features,
                   enum feature_group group, uint32_t feature)
{
	return (double)model->weights[index_of(model, feature)].w * group_value(features, group);
}

static void step(struct weight *weight, float gradient)
{
	weight->q += gradient * gradient;
	weight->w += RATE * gradient / sqrtf(EPSILON + weight->q);
}

static void learn_once(struct model *model, const struct features *features, double error)
{
	step(&model->bias, (float)error);
	for (size_t i = 0; i < FEATURE_GROUPS; i++) {
		const struct feature_set *set = &features->groups[i];
		float gradient;

		if (set->len == 0)
			continue;
		gradient = (float)error * group_value(features, i);
		for (size_t j = 0; j < set->len; j++)
			step(&model->weights[index_of(model, set->items[j])], gradient);
	}
}

/* How much a label counts. */
static double trust(const struct model *model, double error, enum learn_source source)
{
	uint64_t learned = model->counts[LEARN_HAM] + model->counts[LEARN_SPAM];

	if (source == LEARN_AUTOMATIC && learned >= SURE_AFTER && fabs(error) > 1 - SURE)
		return SURELY_WRONG;
	return 1;
}

static bool is_right(double log_odds, enum learn_label label)
{
	return label == LEARN_SPAM ? log_odds > 0 : log_odds < 0;
}

void model_learn(struct model *model, const struct features *features, enum learn_label label,
                 enum learn_source source)
{
	double wanted = label == LEARN_SPAM ? 1 : 0;

	for (int i = 0; i < REPEATS_MAX; i++) {
		double log_odds = model_log_odds(model, features);
		double error = wanted - logistic(log_odds);

		if (i > 0 && is_right(log_odds, label))
			break;
		learn_once(model, features, error * trust(model, error, source));
		if (source == LEARN_AUTOMATIC)
			break;
	}
	model->counts[label]++;
}

struct str model_bytes(const struct model *model)
{
	return (struct str){ (const char *)model, size_for(model->bits) };
}

struct model *model_read(struct str bytes)
{
	struct model header;

	if (bytes.len < sizeof(header))
		return NULL;
	memcpy(&header, bytes.data, sizeof(header));
	if (header.magic != MODEL_MAGIC || header.bits < MODEL_BITS_MIN ||
	    header.bits > MODEL_BITS_MAX || bytes.len != size_for(header.bits))
		return NULL;
	return model_copy((const struct model *)(const void *)bytes.data);
}
