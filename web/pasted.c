/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/pasted.h"

#include "base/str.h"

/* The text between angle brackets, or all of it if there are none. */
static struct str within_brackets(struct str text)
{
	ptrdiff_t open = str_find_char(text, '<'), close = str_rfind_char(text, '>');

	if (open < 0 || close < open)
		return text;
	return str_trim((struct str){ text.data + open + 1, (size_t)(close - open - 1) });
}

static struct str without_end(struct str text, struct str marks)
{
	while (text.len > 0 && str_find_char(marks, text.data[text.len - 1]) >= 0)
		text.len--;
	return text;
}

static struct str without_start(struct str text, struct str start)
{
	return str_starts_ci(text, start) ? str_from_offset(text, start.len) : text;
}

struct str pasted_address(struct arena *arena, struct str text)
{
	struct str address = within_brackets(without_end(str_trim(text), STR(",;")));

	return arena_str(arena, without_start(address, STR("mailto:")));
}

struct str pasted_account(struct arena *arena, struct str text)
{
	return without_start(pasted_address(arena, text), STR("@"));
}

struct str pasted_message(struct arena *arena, struct str text)
{
	struct str id = within_brackets(without_end(str_trim(text), STR(",;:")));

	/* Records have them without a single bracket, too. */
	return arena_str(arena, without_end(without_start(id, STR("<")), STR(">")));
}
