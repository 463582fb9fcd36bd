/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_since.h"

#include <string.h>
#include <time.h>

#include "base/str.h"

bool report_read_age(struct str text, int64_t *seconds_r)
{
	static const char units[] = "smhd";
	static const int64_t factors[] = { 1, 60, 3600, 86400 };
	const char *unit = text.len > 1 ? memchr(units, text.data[text.len - 1], 4) : NULL;
	uint64_t number;

	if (unit == NULL || !str_to_uint(str_prefix(text, text.len - 1), 1000000, &number))
		return false;
	*seconds_r = (int64_t)number * factors[unit - units];
	return true;
}

/* Exactly `digits` of them, and `end` after them unless that is NUL. */
static bool take_number(struct str *rest, size_t digits, char end, int *number_r)
{
	uint64_t number;

	if (rest->len < digits + (end != '\0') ||
	    !str_to_uint(str_prefix(*rest, digits), 9999, &number) ||
	    (end != '\0' && rest->data[digits] != end))
		return false;
	*number_r = (int)number;
	*rest = str_from_offset(*rest, digits + (end != '\0'));
	return true;
}

static bool read_parts(struct str rest, struct tm *tm, bool *has_time_r)
{
	if (!take_number(&rest, 4, '-', &tm->tm_year) || !take_number(&rest, 2, '-', &tm->tm_mon) ||
	    !take_number(&rest, 2, '\0', &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	*has_time_r = rest.len > 0;
	if (!*has_time_r)
		return true;
	if (rest.data[0] != ' ' && rest.data[0] != 'T')
		return false;
	rest = str_from_offset(rest, 1);
	return take_number(&rest, 2, ':', &tm->tm_hour) &&
	       take_number(&rest, 2, '\0', &tm->tm_min) && rest.len == 0;
}

/* mktime() changes a time that doesn't exist into one that does. A day may begin at one o'clock. */
static bool read_date(struct str text, int64_t *seconds_r)
{
	struct tm wanted = { .tm_isdst = -1 }, found;
	bool has_time;

	if (!read_parts(text, &wanted, &has_time))
		return false;
	found = wanted;
	*seconds_r = (int64_t)mktime(&found);
	return found.tm_year == wanted.tm_year && found.tm_mon == wanted.tm_mon &&
	       found.tm_mday == wanted.tm_mday &&
	       (!has_time || (found.tm_hour == wanted.tm_hour && found.tm_min == wanted.tm_min));
}

bool report_read_since(const char *text, int64_t *since_us_r)
{
	int64_t seconds;

	*since_us_r = 0;
	if (strcmp(text, "all") == 0)
		return true;
	if (report_read_age(str_from(text), &seconds))
		seconds = (int64_t)time(NULL) - seconds;
	else if (!read_date(str_from(text), &seconds))
		return false;
	*since_us_r = seconds * 1000000;
	return true;
}
