/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/attached.h"

#include "message/message_limits.h"
#include "message/mime.h"

static bool is_message_type(const struct mime_part *part)
{
	return str_eq(part->type, STR("message/rfc822")) ||
	       str_eq(part->type, STR("message/global"));
}

static bool is_message_file(const struct mime_part *part)
{
	return part->first_child == NULL && part->parent != NULL &&
	       str_ends_ci(part->name, STR(".eml"));
}

/* Is it a part of an attached message? */
static bool is_inside(const struct mime_part *part)
{
	while (part->parent != NULL && !part->is_message)
		part = part->parent;
	return part->parent != NULL;
}

/* Does it begin with a field, or with the "From " line of an mbox? */
static bool begins_with_header(struct str text)
{
	size_t len = 0;

	if (str_starts(text, STR("From ")))
		return true;
	while (len < text.len && text.data[len] > ' ' && text.data[len] < 0x7f &&
	       text.data[len] != ':')
		len++;
	return len > 0 && len < text.len && text.data[len] == ':';
}

bool attached_messages(struct arena *arena, struct str wrapper, struct str_list *messages_r)
{
	struct message_limits limits = message_default_limits();
	unsigned reached = 0;
	struct mime_part *root =
		mime_parse(arena, wrapper, &limits, &message_reading_default, &reached);

	for (struct mime_part *part = root; part != NULL; part = mime_next(part)) {
		bool file = !is_message_type(part);
		struct str text;

		if (is_inside(part) || (file && !is_message_file(part)))
			continue;
		text = mime_decode_transfer(arena, part, part->raw_body);
		if (text.len > 0 && (!file || begins_with_header(text)))
			vec_push(arena, messages_r, text);
	}
	return (reached & (MESSAGE_LIMIT_PARTS | MESSAGE_LIMIT_DEPTH)) == 0;
}
