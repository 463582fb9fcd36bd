/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "rules/eval.h"

#define DATE_WORDS 5 /* 3 Sep 2002 10:14:05 +0200 */

/* Only digits, but one other character may stand before them. */
static bool is_day(struct str word)
{
	size_t start = word.len > 1 && !char_is_digit(word.data[0]) ? 1 : 0;

	for (size_t i = start; i < word.len; i++)
		if (!char_is_digit(word.data[i]))
			return false;
	return word.len > start;
}

static bool is_year(struct str word)
{
	return word.len > 0 && char_is_digit(word.data[0]) && is_day(word);
}

/* hours:minutes:seconds */
static bool is_time(struct str word)
{
	struct str part;
	size_t parts = 0;

	while (str_next_piece(&word, ':', &part)) {
		if (!is_year(part))
			return false;
		parts++;
	}
	return parts == 3;
}

/* The first date of the form that mail servers write; forged ones in other forms don't count. */
static bool received_date(struct str value, int64_t *seconds_r)
{
	struct str words[DATE_WORDS] = { 0 };

	while (str_next_word(&value, &words[DATE_WORDS - 1])) {
		if (is_day(words[0]) && words[1].len == 3 && is_year(words[2]) && is_time(words[3]))
			return header_parse_date(
				(struct str){ words[0].data, (size_t)(words[4].data + words[4].len -
			                                              words[0].data) },
				seconds_r);
		for (size_t i = 0; i + 1 < DATE_WORDS; i++)
			words[i] = words[i + 1];
	}
	return false;
}

static bool came_from_this_host(struct str received)
{
	ptrdiff_t from = str_find(received, STR("from "));
	struct str rest;

	if (str_find(received, STR("invoked by uid")) >= 0)
		return true;
	if (from < 0)
		return false;
	rest = str_from_offset(received, (size_t)from + 5);
	return str_starts(rest, STR("localhost ")) ||
	       str_find(str_prefix(rest, 80), STR("127.0.0.1")) >= 0;
}

/*
 * The first Received field that tells of mail servers: fetchmail and the hand-over behind it come
 * later than the mail did and are passed over.
 */
static const struct header *first_of_servers(const struct header_list *headers)
{
	const struct header *first = header_next(headers, STR("Received"), NULL);
	const struct header *next = first;

	if (first != NULL && came_from_this_host(first->unfolded))
		next = header_next(headers, STR("Received"), first);
	if (next == NULL || str_find(next->unfolded, STR("by localhost with ")) < 0 ||
	    str_find(next->unfolded, STR("(fetchmail-")) < 0)
		return first;
	return header_next(headers, STR("Received"), next);
}

/* Resent-Date before Date; the first that can be read. */
static bool header_date(const struct header_list *headers, int64_t *seconds_r)
{
	static const char *const names[] = { "Resent-Date", "Date" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct header *header = NULL;

		while ((header = header_next(headers, str_from(names[i]), header)) != NULL)
			if (header_parse_date(header->unfolded, seconds_r))
				return true;
	}
	return false;
}

/*
 * Seconds between the Date and the Received date that is nearest to it; 0 where either is missing.
 * The oldest Received field does not count if it agrees to the second: the Date was made from it.
 */
static int64_t date_difference(const struct header_list *headers)
{
	const struct header *header;
	int64_t date, received, nearest = 0, last = 0;
	size_t count = 0;

	if (!header_date(headers, &date))
		return 0;
	for (header = first_of_servers(headers); header != NULL;
	     header = header_next(headers, STR("Received"), header)) {
		if (!received_date(header->unfolded, &received))
			continue;
		/* `last` is judged when the next one shows that it isn't the oldest. */
		if (count == 1 || (count > 1 && llabs(last) < llabs(nearest)))
			nearest = last;
		last = date - received;
		count++;
	}
	if (count == 1 || (count > 1 && last != 0 && llabs(last) < llabs(nearest)))
		nearest = last;
	return nearest;
}

static double check_for_shifted_date(struct match *match, const struct str_list *args)
{
	int64_t seconds = date_difference(&match->facts->message->headers);

	return eval_in_range(args, 0, (double)seconds / 3600);
}

const struct eval_function eval_date_functions[] = {
	{ "check_for_shifted_date", check_for_shifted_date, NULL, 0 },
	{ 0 },
};
