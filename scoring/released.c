/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/released.h"

#include <time.h>

#include "forward/address.h"
#include "forward/release_mark.h"

static bool is_for_all(struct arena *arena, const struct envelope_recipients *recipients,
                       struct str recipient)
{
	struct str key = address_key(arena, recipient);

	for (size_t i = 0; i < recipients->len; i++)
		if (!str_eq(address_key(arena, recipients->items[i].address), key))
			return false;
	return recipients->len > 0;
}

struct str released_by(struct arena *arena, const struct policy *policy,
                       const struct envelope *envelope, const struct header_list *headers,
                       const struct raw_field_list *fields, const struct seal_digest *body)
{
	struct release_mark_check check = {
		.now = (int64_t)time(NULL),
		.body = *body,
		.fields = fields,
	};
	struct release_mark mark;

	if (!policy->has_seal_key ||
	    !release_mark_find(arena, &policy->seal_key, headers, &check, &mark) ||
	    !is_for_all(arena, &envelope->recipients, mark.recipient))
		return STR("");
	return mark.by.len > 0 ? mark.by : STR("somebody");
}

struct str released_note(struct arena *arena, struct str by)
{
	return arena_printf(arena, "%.*s released it", STR_FMT(by));
}
