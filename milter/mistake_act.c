/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/mistake_act.h"

#include "message/message.h"
#include "milter/lesson_act.h"
#include "scoring/arrival.h"
#include "store/lesson_message.h"

/* Of those that are compared. */
#define MESSAGE_ID_MAX 200

static const struct message *parse(struct arena *arena, const struct policy *policy,
                                   struct str text)
{
	struct message_limits limits = message_default_limits();

	limits.max_bytes = (size_t)policy->settings.max_message_size;
	return message_parse(arena, text, &limits);
}

/* A record may have made others readable, or shorter. */
static bool is_plain(struct str message_id)
{
	for (size_t i = 0; i < message_id.len; i++)
		if (message_id.data[i] <= ' ' || message_id.data[i] > '~')
			return false;
	return message_id.len > 0 && message_id.len <= MESSAGE_ID_MAX;
}

/* Somebody may have chosen another message's file. */
static bool is_same(const struct message *message, struct str message_id)
{
	const struct header *header = header_first(&message->headers, STR("Message-ID"));

	return !is_plain(message_id) ||
	       (header != NULL && str_find(header->unfolded, message_id) >= 0);
}

bool mistake_act(struct arena *arena, const struct policy *policy, struct lessons_cache *lessons,
                 const struct mistake *mistake, struct str *text_r, struct error *err_r)
{
	const char *directory = arena_cstr(arena, policy->settings.mistakes_directory), *path;
	const struct lesson_said said = {
		.label = mistake->class == MISTAKE_SPAM ? LEARN_SPAM : LEARN_HAM,
		.source = LESSON_CORRECTION,
	};
	struct str text = mistake->given, arrived;
	const struct message *message;
	struct error error;

	if (text.len == 0 && !lesson_act_copy(arena, policy, mistake->scan_id, &text, err_r))
		return false;
	if (text.len == 0)
		return error_set(err_r, "there is no copy of it; give the message as a file");
	arrived = arrival_text(arena, policy, text);
	if (str_trim(arrived).len == 0)
		return error_set(err_r, "there is no message in the file");
	message = parse(arena, policy, arrived);
	if (!is_same(message, mistake->message_id))
		return error_set(err_r, "the file has another message: its Message-ID is not that "
		                        "of this one");
	path = mistakes_keep(arena, directory, mistake->class,
	                     lesson_message_identity(arena, policy, message), text, err_r);
	if (path == NULL)
		return false;
	if (lesson_act(arena, policy, lessons, &said, arrived, &error))
		*text_r = arena_printf(arena, "it is kept as %s, and learned", path);
	else
		*text_r = arena_printf(arena, "it is kept as %s, but can't be learned now: %s",
		                       path, error.text);
	return true;
}
