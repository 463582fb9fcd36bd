/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does the date of a message agree with what mail servers noted? */
#include <stdlib.h>
#include <time.h>

#include "rules/eval/eval.h"
#include "rules/eval/eval_pattern.h"
#include "rules/eval/mail_date.h"

#define SECONDS_OF_YEAR 31556952.0 /* in the mean of 400 years */

struct times {
	vec_members(int64_t);
};

struct dates {
	bool has_date, is_fetched;
	int64_t date;       /* of Resent-Date or Date */
	int64_t fetched;    /* when fetchmail handed it over, the latest of two times */
	int64_t difference; /* of the date from the server's time nearest to it */
	struct times servers;
};

static bool is_digit_at(struct str text, ptrdiff_t at)
{
	return at >= 0 && (size_t)at < text.len && char_is_digit(text.data[at]);
}

/* Where the date of the first "1:02" can begin: what is in front of it has no more spaces. */
#define SPACES_OF_DATE 5

/* Saves the pattern from reading what comes before; false if there is no time. */
static bool before_clock(struct str field, size_t *start_r)
{
	size_t at = 0, spaces = 0;
	ptrdiff_t colon;

	do {
		colon = str_find_char(str_from_offset(field, at), ':');
		if (colon < 0)
			return false;
		at += (size_t)colon + 1;
	} while (!is_digit_at(field, (ptrdiff_t)at - 2) || !is_digit_at(field, (ptrdiff_t)at));
	while (at > 0 && spaces < SPACES_OF_DATE)
		spaces += char_is_space(field.data[--at]);
	*start_r = at;
	return true;
}

/* Dates of the form that mail servers write; forged ones in other forms don't count. */
static bool received_date(const struct eval_context *context, struct str field, int64_t *seconds_r)
{
	const struct pattern *pattern = eval_pattern_get(context, EVAL_RE_RECEIVED_DATE);
	struct pattern_span span = { 0, 0 };

	return before_clock(field, &span.end) && eval_match_next(context, pattern, field, &span) &&
	       mail_date_find(context->arena,
	                      str_prefix(str_from_offset(field, span.start), span.end - span.start),
	                      seconds_r);
}

/* What fetchmail and the transfer before it note is when the mail was fetched, not when it was
 * sent. */
static void note_fetched(const struct eval_context *context, struct str field, struct dates *dates)
{
	int64_t seconds;

	if (!received_date(context, field, &seconds) || seconds > (int64_t)time(NULL))
		return;
	if (!dates->is_fetched || seconds > dates->fetched)
		dates->fetched = seconds;
	dates->is_fetched = true;
}

static void read_received(const struct eval_context *context, struct dates *dates)
{
	struct str rest = eval_field(context, "Received"), field;
	struct str_list fields = { 0 };
	size_t first = 0, next;
	int64_t seconds;

	while (str_next_piece(&rest, '\n', &field))
		if (str_trim(field).len > 0)
			vec_push(context->arena, &fields, field);
	next = fields.len > 0 && eval_pattern_in(context, EVAL_RE_THIS_HOST, fields.items[0]);
	if (next < fields.len && eval_pattern_in(context, EVAL_RE_FETCHMAIL, fields.items[next]))
		first = next + 1;
	for (size_t i = 0; i < first; i++)
		note_fetched(context, fields.items[i], dates);
	for (size_t i = first; i < fields.len; i++)
		if (received_date(context, fields.items[i], &seconds))
			vec_push(context->arena, &dates->servers, seconds);
}

/* Resent-Date before Date; the first that can be read. */
static void read_date(const struct eval_context *context, struct dates *dates)
{
	static const char *const names[] = { "Resent-Date", "Date" };

	for (size_t i = 0; i < 2 && !dates->has_date; i++) {
		const struct header_list *headers = &context->message->headers;
		const struct header *header = NULL;

		while (!dates->has_date &&
		       (header = header_next(headers, str_from(names[i]), header)) != NULL)
			dates->has_date =
				mail_date_find(context->arena, header->decoded, &dates->date);
	}
}

/* The oldest server's time doesn't count if it agrees to the second: the date was made from it. */
static void compare_dates(struct dates *dates)
{
	size_t count = dates->servers.len;

	if (!dates->has_date || count == 0)
		return;
	if (count > 1 && dates->servers.items[count - 1] == dates->date)
		count--;
	dates->difference = dates->date - dates->servers.items[0];
	for (size_t i = 1; i < count; i++) {
		int64_t difference = dates->date - dates->servers.items[i];

		if (llabs(difference) < llabs(dates->difference))
			dates->difference = difference;
	}
}

static const struct dates *read_dates(const struct eval_context *context)
{
	struct dates *dates = eval_cached(context, EVAL_CACHE_DATES);

	if (dates != NULL)
		return dates;
	dates = arena_new_object(context->arena, struct dates);
	eval_cache(context, EVAL_CACHE_DATES, dates);
	read_date(context, dates);
	read_received(context, dates);
	compare_dates(dates);
	return dates;
}

static double check_for_shifted_date(const struct eval_context *context)
{
	return eval_in_range(context, 0, (double)read_dates(context)->difference / 3600);
}

static int latest_first(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left < right) - (left > right);
}

/* The median of all times in the message; 0 if there are none. */
static int64_t likely_date(const struct dates *dates)
{
	int64_t all[4];
	size_t count = 0;

	if (dates->has_date)
		all[count++] = dates->date;
	if (dates->servers.len > 0)
		all[count++] = dates->servers.items[0];
	if (dates->is_fetched)
		all[count++] = dates->fetched;
	if (dates->has_date && dates->servers.len > 0)
		all[count++] = dates->date - dates->difference;
	qsort(all, count, sizeof(all[0]), latest_first);
	return count > 0 ? all[(count - 1) / 2] : 0;
}

static double received_within_months(const struct eval_context *context)
{
	double age = (double)((int64_t)time(NULL) - likely_date(read_dates(context)));

	return eval_in_range(context, 0, age * 12 / SECONDS_OF_YEAR);
}

const struct eval_function eval_date_functions[] = {
	{ .name = "check_for_shifted_date",
	  .run = check_for_shifted_date,
	  .args = "rr",
	  .fields = EVAL_FIELDS("Received") },
	{ .name = "received_within_months",
	  .run = received_within_months,
	  .args = "rr",
	  .fields = EVAL_FIELDS("Received") },
	{ 0 },
};
