/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_acts.h"

#include <stdlib.h>

#include "base/shown.h"
#include "release/release.h"
#include "web/link_verb.h"

struct report_acts {
	struct arena *arena;
	struct acts_store *store;
	struct act_list list; /* of the message that was asked for last */
	struct str scan_id;
};

struct report_acts *report_acts_open(struct arena *arena, const char *store, struct error *err_r)
{
	struct report_acts *acts = arena_new_object(arena, struct report_acts);

	acts->arena = arena;
	acts->store = acts_open_reader(store, err_r);
	return acts->store != NULL ? acts : NULL;
}

void report_acts_close(struct report_acts *acts)
{
	acts_close(acts->store);
	acts->store = NULL;
}

static bool is_about(const struct act *act, const struct record *record)
{
	struct str recipient = str_from(record->recipient);
	ptrdiff_t at = str_rfind_char(recipient, '@');

	return str_eq(act->recipient, STR("*")) || str_eq_ci(act->recipient, recipient) ||
	       str_eq_ci(act->recipient, str_from(record->destination)) ||
	       (at >= 0 && str_eq_ci(act->recipient, str_from_offset(recipient, (size_t)at + 1)));
}

static int by_time(const void *a, const void *b)
{
	const struct act *x = a, *y = b;

	return (x->begun_us > y->begun_us) - (x->begun_us < y->begun_us);
}

bool report_acts_of(struct report_acts *acts, const struct record *record, struct act_list *found_r,
                    struct error *err_r)
{
	struct str scan_id = str_from(record->scan_id);
	const struct act *act;

	*found_r = (struct act_list){ 0 };
	if (!str_eq(acts->scan_id, scan_id)) {
		acts->scan_id = arena_str(acts->arena, scan_id);
		if (!acts_read(acts->store, acts->arena, acts->scan_id, &acts->list, err_r))
			return false;
		if (acts->list.len > 0)
			qsort(acts->list.items, acts->list.len, sizeof(struct act), by_time);
	}
	vec_foreach (&acts->list, act)
		if (is_about(act, record))
			vec_push(acts->arena, found_r, *act);
	return true;
}

static const char *done_text(const struct act *act)
{
	static const struct {
		enum link_purpose purpose;
		const char *text;
	} texts[] = {
		{ LINK_DELIVER, "released" },      { LINK_WELCOME, "sender welcomed" },
		{ LINK_BLOCK, "sender blocked" },  { LINK_RIGHT, "said to be right" },
		{ LINK_SPAM, "reported as spam" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (str_eq(act->verb, link_verb(texts[i].purpose)))
			return texts[i].text;
	return "done";
}

struct str report_acts_text(struct arena *arena, const struct act *act)
{
	struct str by = shown_text(arena, act->by);

	if (act->done_us > 0)
		return arena_printf(arena, "%s by %.*s", done_text(act), STR_FMT(by));
	if (!str_eq(act->verb, STR(RELEASE_VERB)))
		return arena_printf(arena, "%.*s begun by %.*s", STR_FMT(act->verb), STR_FMT(by));
	return arena_printf(arena, "release begun by %.*s; the MTA's log tells whether it was sent",
	                    STR_FMT(by));
}
