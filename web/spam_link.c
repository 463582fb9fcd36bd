/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/spam_link.h"

#define SEPARATOR ':'

struct str spam_link_message(struct arena *arena, struct str scan_id, struct str reported_as)
{
	return arena_printf(arena, "%.*s%c%.*s", STR_FMT(scan_id), SEPARATOR, STR_FMT(reported_as));
}

struct str spam_link_scan_id(struct str message)
{
	ptrdiff_t separator = str_find_char(message, SEPARATOR);

	return separator < 0 ? message : str_prefix(message, (size_t)separator);
}

struct str spam_link_reported_as(struct str message)
{
	ptrdiff_t separator = str_find_char(message, SEPARATOR);

	return separator < 0 ? STR("") : str_from_offset(message, (size_t)separator + 1);
}
