/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/model.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "learn/lesson.h"
#include "learn/logistic.h"

#define MODEL_MAGIC UINT64_C(0x3530414353534131)
#define RATE        0.4f
#define EPSILON     1e-6f
/* The norm of a message that has features of so many groups is 1, where their strength is. */
#define NORM 13.0f
/* What a point of the rules counts, and how many of them at most. */
#define PRIOR        0.3
#define PRIOR_POINTS 10.0
/* A message that was judged that well teaches nothing; and however badly it was, it counts no more
 * than the cap, so that a wrong label does little harm. */
#define GOOD_ERROR 0.02
#define ERROR_CAP  0.3
/* After so many messages, automatic learning counts a tenth where the model is this sure that the
 * label is wrong. */
#define SURE_AFTER   200
#define SURE         0.1
#define SURELY_WRONG 0.1
/* A message that somebody looked at is on its side by that much afterwards. */
#define SIDE 0.1
/* The doubt of a model that knows no ham, and the ham with which it is half of that. */
#define DOUBT      3.0
#define DOUBT_HALF 300
/* What stands for a message as a whole weighs at most so much: a weight that other features share
 * by chance overshoots, the more often the message changes sides the farther. */
#define WHOLE_MAX 64.0f
/* After a run of so many of one class, each brings so many of the other to mind. */
#define RUN       12
#define REMINDERS 4
/* Messages of each class that are kept, and the most bytes of one. */
#define KEPT       640
#define KEPT_BYTES 4096

struct weight {
	float w; /* what the feature adds */
	float q; /* sum of the squares of its gradients */
};

struct kept {
	uint16_t len;
	unsigned char lesson[KEPT_BYTES - sizeof(uint16_t)];
};

/* One block of memory without holes, so that it can be kept and compared as bytes. */
struct model {
	uint64_t magic;
	uint64_t bits;
	uint64_t counts[LEARN_LABELS];
	uint64_t seen[LEARN_LABELS]; /* messages that might have been kept */
	uint64_t random;
	uint64_t run; /* so many of the same class were learned last */
	uint64_t last;
	struct weight bias;
	struct kept kept[LEARN_LABELS][KEPT];
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
	model->random = UINT64_C(0x9e3779b97f4a7c15);
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

/* What a group counts. Every newsletter has the form and hidden words of some spam; pairs mostly
 * repeat what their words say, and learn wrong labels by heart. */
static float strength(enum feature_group group)
{
	switch (group) {
	case FEATURES_SHAPE:
	case FEATURES_HIDDEN:
		return 0.7f;
	case FEATURES_PAIRS:
		return 0.5f;
	case FEATURES_STYLE:
		return 1.4f;
	default:
		return 1.0f;
	}
}

/* The value of each feature of a group, so that a group counts the same however many features it
 * has. */
static float group_value(const struct features *features, enum feature_group group)
{
	return strength(group) / sqrtf((float)features->groups[group].len * NORM);
}

static size_t index_of(const struct model *model, uint32_t feature)
{
	return feature >> (FEATURE_BITS - model->bits);
}

double model_prior(const struct features *features)
{
	double points = features->score / 1000.0;

	if (points > PRIOR_POINTS)
		points = PRIOR_POINTS;
	else if (points < -PRIOR_POINTS)
		points = -PRIOR_POINTS;
	return PRIOR * points;
}

double model_log_odds(const struct model *model, const struct features *features)
{
	double sum = model->bias.w + model_prior(features);

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

double model_doubt(const struct model *model)
{
	return model_doubt_after(model->counts[LEARN_HAM]);
}

double model_doubt_after(uint64_t ham)
{
	return DOUBT * DOUBT_HALF / (DOUBT_HALF + (double)ham);
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

static void follow(struct model *model, const struct features *features, double error)
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

static double error_of(const struct model *model, const struct features *features,
                       enum learn_label label)
{
	return (label == LEARN_SPAM) - logistic(model_log_odds(model, features));
}

static double capped(double error)
{
	if (error > ERROR_CAP)
		return ERROR_CAP;
	return error < -ERROR_CAP ? -ERROR_CAP : error;
}

static void learn_once(struct model *model, const struct features *features, enum learn_label label)
{
	double error = error_of(model, features, label);

	if (fabs(error) >= GOOD_ERROR)
		follow(model, features, capped(error));
}

static void learn_automatically(struct model *model, const struct features *features,
                                enum learn_label label)
{
	uint64_t learned = model->counts[LEARN_HAM] + model->counts[LEARN_SPAM];
	double error = error_of(model, features, label);

	if (learned >= SURE_AFTER && fabs(error) > 1 - SURE)
		follow(model, features, capped(error) * SURELY_WRONG);
	else if (fabs(error) >= GOOD_ERROR)
		follow(model, features, capped(error));
}

/* Moves what stands for the message as a whole until the message is on its side, and so no other.
 */
static void insist(struct model *model, const struct features *features, enum learn_label label)
{
	const struct feature_set *whole = &features->groups[FEATURES_WHOLE];
	double wanted = label == LEARN_SPAM ? model_doubt(model) + SIDE : -SIDE;
	double missing = wanted - model_log_odds(model, features);

	if (whole->len == 0 || (missing > 0) != (wanted > 0))
		return;
	missing /= (double)whole->len * group_value(features, FEATURES_WHOLE);
	for (size_t i = 0; i < whole->len; i++) {
		float *w = &model->weights[index_of(model, whole->items[i])].w;

		*w = fminf(fmaxf(*w + (float)missing, -WHOLE_MAX), WHOLE_MAX);
	}
}

static void learn_by_hand(struct model *model, const struct features *features,
                          enum learn_label label)
{
	learn_once(model, features, label);
	insist(model, features, label);
}

static uint64_t next_random(struct model *model)
{
	model->random ^= model->random << 13;
	model->random ^= model->random >> 7;
	model->random ^= model->random << 17;
	return model->random;
}

/* Learns one of the class again, so that what was learned since doesn't drown it. */
static void remind(struct model *model, struct arena *arena, enum learn_label label)
{
	uint64_t count = model->seen[label] < KEPT ? model->seen[label] : KEPT;
	const struct kept *kept;
	struct features features;

	if (count == 0)
		return;
	kept = &model->kept[label][next_random(model) % count];
	if (lesson_decode(arena, (struct str){ (const char *)kept->lesson, kept->len }, &features))
		learn_once(model, &features, label);
}

/* Every second feature. */
static void halve(struct feature_set *set)
{
	for (size_t i = 0; i < set->len / 2; i++)
		set->items[i] = set->items[2 * i];
	set->len /= 2;
}

static struct feature_set copy_set(struct arena *arena, const struct feature_set *set)
{
	struct feature_set copy = { arena_alloc(arena, set->len * sizeof(*set->items)), set->len };

	if (set->len > 0)
		memcpy(copy.items, set->items, set->len * sizeof(*set->items));
	return copy;
}

/* With fewer of its largest groups, if it has more than fits. */
static struct str short_lesson(struct arena *arena, const struct features *features)
{
	struct features fewer = { .score = features->score };
	struct str lesson = lesson_encode(arena, features);

	for (size_t i = 0; i < FEATURE_GROUPS; i++)
		fewer.groups[i] = copy_set(arena, &features->groups[i]);

	while (lesson.len > sizeof(((struct kept *)NULL)->lesson)) {
		size_t largest = 0;

		for (size_t i = 1; i < FEATURE_GROUPS; i++)
			if (fewer.groups[i].len > fewer.groups[largest].len)
				largest = i;
		halve(&fewer.groups[largest]);
		lesson = lesson_encode(arena, &fewer);
	}
	return lesson;
}

/* Every message of a class is among those kept with the same probability. */
static void keep(struct model *model, struct arena *arena, const struct features *features,
                 enum learn_label label)
{
	uint64_t place = model->seen[label]++;
	struct kept *kept;
	struct str lesson;

	if (place >= KEPT)
		place = next_random(model) % model->seen[label];
	if (place >= KEPT)
		return;
	kept = &model->kept[label][place];
	lesson = short_lesson(arena, features);
	memset(kept, 0, sizeof(*kept));
	memcpy(kept->lesson, lesson.data, lesson.len);
	kept->len = (uint16_t)lesson.len;
}

void model_learn(struct model *model, const struct features *features, enum learn_label label,
                 enum learn_source source)
{
	struct arena *arena = arena_new();

	model->run = model->last == label ? model->run + 1 : 1;
	model->last = label;
	/* Before the message itself, so that a correction is not undone. */
	for (int i = 0; model->run > RUN && i < REMINDERS; i++)
		remind(model, arena, label == LEARN_SPAM ? LEARN_HAM : LEARN_SPAM);
	if (source == LEARN_AUTOMATIC)
		learn_automatically(model, features, label);
	else
		learn_by_hand(model, features, label);
	keep(model, arena, features, label);
	model->counts[label]++;
	arena_free(arena);
}

struct str model_bytes(const struct model *model)
{
	return (struct str){ (const char *)model, size_for(model->bits) };
}

struct model *model_read(struct str bytes)
{
	uint64_t magic, bits;
	struct model *model;

	if (bytes.len < sizeof(*model))
		return NULL;
	memcpy(&magic, bytes.data + offsetof(struct model, magic), sizeof(magic));
	memcpy(&bits, bytes.data + offsetof(struct model, bits), sizeof(bits));
	if (magic != MODEL_MAGIC || bits < MODEL_BITS_MIN || bits > MODEL_BITS_MAX ||
	    bytes.len != size_for(bits))
		return NULL;
	model = memory_alloc(bytes.len);
	memcpy(model, bytes.data, bytes.len);
	for (size_t i = 0; i < LEARN_LABELS; i++)
		for (size_t j = 0; j < KEPT; j++)
			if (model->kept[i][j].len > sizeof(model->kept[i][j].lesson)) {
				free(model);
				return NULL;
			}
	return model;
}
