/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The features of a message that a test writes. */
#ifndef TESTS_UNIT_LEARN_MAIL_H
#define TESTS_UNIT_LEARN_MAIL_H

#include "facts/relays.h"
#include "learn/features_message.h"

static const struct learn_key learn_mail_key = { { 0x0123456789abcdef, 0xfedcba9876543210 } };

/* Of a message that came by this connection, or was stored after it had come by some. */
static inline const struct features *learn_mail_sent(struct arena *arena, const char *mail,
                                                     const struct envelope *envelope)
{
	const struct relay_settings settings = { 0 };
	struct message_limits limits = message_default_limits();
	struct facts *facts = arena_new_object(arena, struct facts);
	struct features_input input = { .facts = facts, .key = &learn_mail_key };

	facts->message = message_parse(arena, str_from(mail), &limits);
	facts->envelope = envelope;
	facts->relays = relays_parse(arena, &facts->message->headers, envelope, &settings);
	return features_of_message(arena, &input);
}

/* With names, where they are wanted. */
static inline const struct features *learn_mail_features(struct arena *arena, const char *mail,
                                                         const struct features_input *extra,
                                                         struct feature_names *names)
{
	struct message_limits limits = message_default_limits();
	struct facts *facts = arena_new_object(arena, struct facts);
	struct envelope *envelope = arena_new_object(arena, struct envelope);
	struct features_input input = { .key = &learn_mail_key };

	facts->message = message_parse(arena, str_from(mail), &limits);
	facts->envelope = envelope;
	if (extra != NULL)
		input = *extra;
	if (input.key == NULL)
		input.key = &learn_mail_key;
	input.facts = facts;
	input.names = names;
	return features_of_message(arena, &input);
}

#endif
