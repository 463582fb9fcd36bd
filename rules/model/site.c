/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/site.h"

#define DEFAULT_WIDTH 75

void site_init(struct site *site, struct arena *arena)
{
	static const char *const names[] = { "Flag", "Score", "Level", "Status" };

	*site = (struct site){ .report_width = DEFAULT_WIDTH,
		               .autolearn = { .ham_below = 100, .spam_from = 12000 },
		               .learned = { .min_ham = 50, .min_spam = 50 } };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct site_field field = { .name = str_from(names[i]) };

		vec_push(arena, &site->spam_fields, field);
		if (i > 0)
			vec_push(arena, &site->ham_fields, field);
	}
}
