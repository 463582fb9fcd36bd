/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/filter_plan.h"

#include <string.h>
#include <strings.h>

#include "store/store_private.h"
#include "store/store_view_private.h"

/* An id as people paste it: "<id@host>", "4XyZ1a:". */
static struct str bare_id(struct str text)
{
	text = str_trim(text);
	while (text.len > 0 && str_find_char(STR(",;:"), text.data[text.len - 1]) >= 0)
		text.len--;
	if (text.len > 0 && text.data[0] == '<')
		text = str_from_offset(text, 1);
	if (text.len > 0 && text.data[text.len - 1] == '>')
		text.len--;
	return text;
}

static bool is_address(struct str text)
{
	ptrdiff_t at = str_rfind_char(text, '@');

	return at > 0 && (size_t)at + 1 < text.len;
}

/* Is what recipients are narrowed to within the account? An address is within its domain. */
static bool is_within(struct str wanted, const char *account)
{
	ptrdiff_t at = str_rfind_char(wanted, '@');
	struct str own = str_from(account);

	return str_eq_ci(wanted, own) || (at >= 0 && str_find_char(own, '@') < 0 &&
	                                  str_eq_ci(str_from_offset(wanted, (size_t)at + 1), own));
}

static bool check_text(const char *name, struct str text, struct error *err_r)
{
	if (text.len > STORE_VIEW_TEXT_MAX)
		return error_set(err_r, "%s is longer than %d bytes; search for a part of it", name,
		                 STORE_VIEW_TEXT_MAX);
	/* No record has it, and a C string would end there. */
	if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL)
		return error_set(err_r, "%s has a NUL in it; leave it out", name);
	return true;
}

static bool check_texts(const struct store_filter *filter, struct error *err_r)
{
	return check_text("the account", filter->account, err_r) &&
	       check_text("the destination", filter->destination, err_r) &&
	       check_text("the message", filter->message, err_r) &&
	       check_text("the sender", filter->sender, err_r) &&
	       check_text("the Subject", filter->subject, err_r) &&
	       check_text("the text", filter->text, err_r);
}

/* The narrowest that has an index; a whole address is looked at by its domain's. */
static void choose_index(struct filter_plan *plan, struct arena *arena)
{
	const struct store_filter *filter = plan->filter;
	const bool indexed = plan->view->store->backend->has_all_indexes;
	struct store_query *query = &plan->query;

	query->infected_only = indexed && filter->infected_only;
	query->tagged_only = indexed && filter->tagged_only && !filter->infected_only &&
	                     filter->account.len == 0 && plan->view->account == NULL;
	if (filter->account.len > 0)
		query->account = arena_cstr(arena, filter->account);
	else if (plan->view->account != NULL)
		query->account = plan->view->account;
	else if (query->tagged_only || query->infected_only)
		return;
	else if (indexed && is_address(filter->sender))
		query->sender = arena_cstr(arena, filter->sender);
	else if (filter->destination.len > 0)
		query->destination = store_domain(arena_cstr(arena, filter->destination));
}

bool filter_plan_make(const struct store_view *view, struct arena *arena,
                      const struct store_filter *filter, struct filter_plan *plan_r,
                      struct error *err_r)
{
	*plan_r = (struct filter_plan){ .view = view, .filter = filter };
	if (!check_texts(filter, err_r))
		return false;
	plan_r->empty = view->account != NULL && filter->account.len > 0 &&
	                !is_within(filter->account, view->account);
	plan_r->message = arena_cstr(arena, bare_id(filter->message));
	plan_r->text_id = bare_id(filter->text);
	plan_r->query = (struct store_query){ .kinds = filter->kinds,
		                              .message = plan_r->message,
		                              .since_us = filter->since_us,
		                              .until_us = filter->until_us };
	choose_index(plan_r, arena);
	return true;
}

static bool has_part(const char *text, struct str part)
{
	return str_find_ci(str_from(text), part) >= 0;
}

static bool is_id(const struct record *record, const char *id, size_t len)
{
	const char *const ids[] = { record->scan_id, record->queue_id, record->message_id };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (strlen(ids[i]) == len && memcmp(ids[i], id, len) == 0)
			return true;
	return false;
}

static bool sender_fits(const struct record *record, struct str sender)
{
	if (sender.len == 0)
		return true;
	return is_address(sender) ? str_eq_ci(str_from(record->sender), sender)
	                          : has_part(record->sender, sender);
}

static bool text_fits(const struct filter_plan *plan, const struct record *record)
{
	struct str text = plan->filter->text;

	return text.len == 0 || has_part(record->sender, text) ||
	       has_part(record->recipient, text) || has_part(record->destination, text) ||
	       has_part(record->subject, text) ||
	       (plan->text_id.len > 0 && is_id(record, plan->text_id.data, plan->text_id.len));
}

/* As store_address_fits(), of a text that is no C string. */
static bool address_fits(const char *address, struct str wanted)
{
	struct str own =
		str_from(str_find_char(wanted, '@') >= 0 ? address : store_domain(address));

	return wanted.len == 0 || str_eq_ci(own, wanted);
}

bool filter_plan_fits(const struct filter_plan *plan, const struct record *record)
{
	const struct store_filter *filter = plan->filter;

	return store_view_has(plan->view, record) && (!filter->tagged_only || record->tagged) &&
	       (!filter->infected_only || record->signature[0] != '\0') &&
	       address_fits(record->recipient, filter->account) &&
	       address_fits(record->destination, filter->destination) &&
	       sender_fits(record, filter->sender) &&
	       (filter->subject.len == 0 || has_part(record->subject, filter->subject)) &&
	       (plan->message[0] == '\0' || is_id(record, plan->message, strlen(plan->message))) &&
	       text_fits(plan, record);
}
