/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/features_message.h"

#include "learn/features_private.h"

static int32_t total_score(const struct feature_hit *hits, size_t count)
{
	int64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += hits[i].score;
	if (total > FEATURES_SCORE_MAX)
		return FEATURES_SCORE_MAX;
	return total < -FEATURES_SCORE_MAX ? -FEATURES_SCORE_MAX : (int32_t)total;
}

static void gather(struct feature_builder *builder, const struct features_input *input)
{
	const struct message *message = input->facts->message;

	features_add_header(builder, input);
	features_add_fields(builder, input);
	features_add_text(builder, message);
	features_add_links(builder, message);
	features_add_structure(builder, message);
	features_add_checks(builder, input->facts);
	features_add_rules(builder, input->hits, input->hit_count);
}

const struct features *features_of_message(struct arena *arena, const struct features_input *input)
{
	struct features *features = arena_new_object(arena, struct features);
	struct feature_builder builder = {
		.arena = arena,
		.key = input->key,
		.names = input->names,
	};

	gather(&builder, input);
	feature_builder_finish(&builder, features);
	features->score = total_score(input->hits, input->hit_count);
	return features;
}

void features_name(struct arena *arena, const struct features_input *input,
                   const struct feature_choice *choice, struct feature_names *names)
{
	struct feature_builder builder = {
		.arena = arena,
		.key = input->key,
		.names = names,
		.choice = choice,
	};

	gather(&builder, input);
}
