/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ask/ask_allowed.h"

#include "base/map.h"

static bool marks[] = { false, true };

void *ask_allowed_mark(bool allow)
{
	return &marks[allow];
}

bool ask_allowed(const struct site_dns *dns, struct str name)
{
	const bool *mark = NULL;
	ptrdiff_t dot;

	if (dns->allowed == NULL || map_len(dns->allowed) == 0)
		return true;
	if (name.len > 0 && name.data[name.len - 1] == '.')
		name.len--;
	while ((mark = map_get(dns->allowed, name)) == NULL &&
	       (dot = str_find_char(name, '.')) >= 0)
		name = str_from_offset(name, (size_t)dot + 1);
	return mark == NULL || *mark;
}
