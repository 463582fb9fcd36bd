/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/eval/eval_part.h"

#include "rules/eval/eval.h"

struct str eval_part_bytes(const struct eval_context *context, const struct mime_part *part)
{
	struct mime_part copy = *part;

	/* Large parts are kept encoded. */
	if (part->decoded.data != part->raw_body.data)
		return part->decoded;
	return mime_decode_transfer(context->arena, &copy, part->raw_body);
}

size_t eval_texts_length(const struct eval_context *context)
{
	const struct str_list *texts = eval_texts(context);
	size_t len = 0;

	for (size_t i = 0; i < texts->len; i++)
		len += texts->items[i].len;
	return len;
}
