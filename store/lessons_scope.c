/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/lessons_scope.h"

#include "forward/address.h"

static bool is_domain(struct str domain)
{
	for (size_t i = 0; i < domain.len; i++) {
		unsigned char c = (unsigned char)domain.data[i];

		if (c <= ' ' || c == 0x7f || c == '/' || c == ':' || c == '@')
			return false;
	}
	return domain.len > 0 && domain.len <= 253;
}

static struct str without_extension(struct str local, struct str delimiters)
{
	for (size_t i = 1; i < local.len; i++)
		if (str_find_char(delimiters, local.data[i]) >= 0)
			return str_prefix(local, i);
	return local;
}

static bool is_local(struct str local)
{
	for (size_t i = 0; i < local.len; i++) {
		unsigned char c = (unsigned char)local.data[i];

		if (c < ' ' || c == 0x7f)
			return false;
	}
	return local.len > 0 && local.len <= 64;
}

bool lessons_scope_name(struct arena *arena, struct str recipient, struct str delimiters,
                        struct str *name_r)
{
	ptrdiff_t at = str_rfind_char(recipient, '@');
	struct str domain =
		address_fold_domain(arena, str_from_offset(recipient, (size_t)(at + 1)));
	struct str local;

	if (!is_domain(domain))
		return false;
	if (at < 0) {
		*name_r = domain;
		return true;
	}
	local = without_extension(str_prefix(recipient, (size_t)at), delimiters);
	if (!is_local(local))
		return false;
	local = arena_str_lower(arena, local);
	*name_r = arena_printf(arena, "%.*s@%.*s", STR_FMT(local), STR_FMT(domain));
	return true;
}

struct str lessons_scope_domain(struct str name)
{
	ptrdiff_t at = str_rfind_char(name, '@');

	return at < 0 ? STR("") : str_from_offset(name, (size_t)at + 1);
}

const char *lessons_scope_shown(const char *scope)
{
	return scope[0] != '\0' ? scope : "site";
}
