/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Learns and judges lessons as it is told: trial LESSONS [--bits N] [--without GROUP]... < PLAN. A
 * line of the plan is one of
 *   new            forget everything
 *   spam N, ham N  learn lesson N (from 0), by hand
 *   auto-spam N, auto-ham N   the same, automatically
 *   judge N        print the log odds of lesson N
 */
#include <stdio.h>
#include <stdlib.h>

#include "learn/lesson.h"
#include "learn/model.h"

struct lessons {
	vec_members(struct features);
};

static void read_lessons(struct arena *arena, const char *path, struct lessons *lessons)
{
	FILE *file = fopen(path, "rb");
	uint32_t len;

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	while (fread(&len, sizeof(len), 1, file) == 1) {
		char *bytes = arena_alloc(arena, len);
		struct features *features = vec_add(arena, lessons);

		if (fread(bytes, 1, len, file) != len ||
		    !lesson_decode(arena, (struct str){ bytes, len }, features)) {
			fprintf(stderr, "%s: lesson %zu is damaged\n", path, lessons->len - 1);
			exit(1);
		}
	}
	fclose(file);
}

static void leave_out(struct lessons *lessons, const char *name)
{
	for (size_t i = 0; i < FEATURE_GROUPS; i++)
		for (size_t j = 0; strcmp(features_group_name(i), name) == 0 && j < lessons->len;
		     j++)
			lessons->items[j].groups[i].len = 0;
	if (strcmp(name, "score") == 0)
		for (size_t j = 0; j < lessons->len; j++)
			lessons->items[j].score = 0;
}

static void obey(struct model **model, const struct lessons *lessons, const char *verb,
                 size_t number)
{
	enum learn_source source = strncmp(verb, "auto-", 5) == 0 ? LEARN_AUTOMATIC : LEARN_BY_HAND;
	const struct features *features;

	if (strcmp(verb, "new") == 0) {
		unsigned bits = model_bits(*model);

		model_free(*model);
		*model = model_new(bits);
		return;
	}
	if (number >= lessons->len) {
		fprintf(stderr, "there is no lesson %zu\n", number);
		exit(1);
	}
	features = &lessons->items[number];
	if (source == LEARN_AUTOMATIC)
		verb += 5;
	if (strcmp(verb, "judge") == 0)
		printf("%.6f\n", model_log_odds(*model, features));
	else
		model_learn(*model, features, strcmp(verb, "spam") == 0 ? LEARN_SPAM : LEARN_HAM,
		            source);
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct lessons lessons = { 0 };
	unsigned bits = MODEL_BITS_DEFAULT;
	struct model *model;
	char line[100], verb[100];

	if (argc < 2)
		return 2;
	read_lessons(arena, argv[1], &lessons);
	for (int i = 2; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--bits") == 0)
			bits = (unsigned)atoi(argv[i + 1]);
		else
			leave_out(&lessons, argv[i + 1]);
	}
	model = model_new(bits);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		size_t number = 0;

		if (sscanf(line, "%99s %zu", verb, &number) > 0)
			obey(&model, &lessons, verb, number);
	}
	model_free(model);
	arena_free(arena);
	return 0;
}
