/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/target_list.h"

void target_list_doubt(struct arena *arena, struct target_list *targets,
                       const struct source_position *at, const char *doubt)
{
	struct str place = str_from(at->file);

	if (at->line > 0)
		place = arena_printf(arena, "%s:%u", at->file, at->line);
	if (targets->doubt == NULL)
		targets->doubt = arena_printf(arena, "%.*s %s", STR_FMT(place), doubt).data;
}
