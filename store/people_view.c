/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/people_view.h"

#include "store/people.h"

bool people_view_has(struct str account, struct str scope)
{
	ptrdiff_t at = str_rfind_char(scope, '@');

	return account.len > 0 &&
	       (str_eq(scope, account) ||
	        (at >= 0 && str_eq(str_from_offset(scope, (size_t)at + 1), account)));
}

static bool add_list(struct people_store *store, struct arena *arena, struct str account,
                     enum people_list list, struct people_entry_list *entries, struct error *err_r)
{
	bool all = account.len == 0, one = str_find_char(account, '@') >= 0;
	struct people_entry_list found;
	const struct people_entry *entry;

	if (!people_show(store, arena, list, one ? &account : NULL, &found, err_r))
		return false;
	vec_foreach (&found, entry)
		if (all || people_view_has(account, entry->scope))
			vec_push(arena, entries, *entry);
	return true;
}

bool people_view_show(const char *uri, struct arena *arena, struct str account,
                      struct people_entry_list *entries_r, struct error *err_r)
{
	struct people_store *store;
	bool ok;

	*entries_r = (struct people_entry_list){ 0 };
	if (!people_exist(uri))
		return true;
	store = people_open(uri, PEOPLE_PEEK, err_r);
	ok = store != NULL && add_list(store, arena, account, PEOPLE_WELCOMED, entries_r, err_r) &&
	     add_list(store, arena, account, PEOPLE_BLOCKED, entries_r, err_r);
	people_close(store);
	return ok;
}
