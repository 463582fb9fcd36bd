/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/lesson_score.h"

#include <time.h>

const struct assay *lesson_score(struct arena *arena, const struct policy *policy,
                                 const struct learned_models *models, struct str text)
{
	const struct settings *settings = &policy->settings;
	struct envelope *envelope = arena_new_object(arena, struct envelope);
	struct assay_input *input = arena_new_object(arena, struct assay_input);

	envelope->received_at = time(NULL);
	*input = (struct assay_input){
		.raw = str_prefix(text, (size_t)settings->max_message_size),
		.envelope = envelope,
		.deadline = deadline_in_ms(settings->scan_timeout),
		.truncated = text.len > (size_t)settings->max_message_size,
		.stored = true,
		.learned = models,
	};
	return assay_message(arena, policy, input);
}
