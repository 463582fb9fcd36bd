/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dates in header fields: RFC 5322, its obsolete forms, asctime(), and what broken mailers write.
 */
#include <string.h>

#include "message/header.h"

/* A date has at most six words before the comments. */
#define MAX_WORDS 12

struct zone {
	const char *name;
	int minutes;
};

static const struct zone zones[] = {
	{ "UT", 0 },      { "UTC", 0 },    { "GMT", 0 },     { "Z", 0 },       { "WET", 0 },
	{ "NDT", -150 },  { "NST", -210 }, { "ADT", -180 },  { "AST", -240 },  { "EDT", -240 },
	{ "EST", -300 },  { "CDT", -300 }, { "CST", -360 },  { "MDT", -360 },  { "MST", -420 },
	{ "PDT", -420 },  { "PST", -480 }, { "AKDT", -480 }, { "AKST", -540 }, { "HADT", -540 },
	{ "HAST", -600 }, { "HST", -600 }, { "BST", 60 },    { "IST", 60 },    { "WEST", 60 },
	{ "CET", 60 },    { "MET", 60 },   { "MEZ", 60 },    { "CEST", 120 },  { "MEST", 120 },
	{ "MESZ", 120 },  { "EET", 120 },  { "EEST", 180 },  { "MSK", 180 },   { "MSD", 240 },
	{ "BRST", -120 }, { "BRT", -180 }, { "AWST", 480 },  { "JST", 540 },   { "KST", 540 },
	{ "ACST", 570 },  { "AEST", 600 }, { "ACDT", 630 },  { "AEDT", 660 },  { "NZST", 720 },
	{ "NZDT", 780 },  { "HKT", 480 },  { "SGT", 480 },   { "PHT", 480 },   { "IDT", 180 },
};

struct date {
	int year;
	int month; /* 1 to 12 */
	int day;
	int hour;
	int minute;
	int second;
	int zone; /* minutes east */
};

/* Splits at white space, commas, and, in "12-Mar-2003", hyphens; stops at a comment. */
static size_t split_words(struct str value, struct str *words)
{
	size_t count = 0, i = 0;

	while (count < MAX_WORDS && i < value.len && value.data[i] != '(') {
		size_t start = i;

		while (i < value.len && !char_is_space(value.data[i]) && value.data[i] != ',' &&
		       value.data[i] != '(' &&
		       !(value.data[i] == '-' && i > start && value.data[i - 1] != '-'))
			i++;
		if (i > start)
			words[count++] = (struct str){ value.data + start, i - start };
		while (i < value.len &&
		       (char_is_space(value.data[i]) || value.data[i] == ',' ||
		        (value.data[i] == '-' && i > start && !char_is_space(value.data[i - 1]))))
			i++;
	}
	return count;
}

/* 1 to 12, or 0. Only the first three letters count. */
static int month_number(struct str word)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	if (word.len < 3)
		return 0;
	for (int i = 0; i < 12; i++) {
		if (str_eq_ci(str_prefix(word, 3), (struct str){ names + 3 * i, 3 }))
			return i + 1;
	}
	return 0;
}

static bool to_int(struct str word, int max, int *value_r)
{
	uint64_t value;

	if (!str_to_uint(word, (uint64_t)max, &value))
		return false;
	*value_r = (int)value;
	return true;
}

static bool parse_year(struct str word, int *year_r)
{
	if (!to_int(word, 9999, year_r) || word.len < 2)
		return false;
	/* RFC 5322 section 4.3 */
	if (word.len == 2)
		*year_r += *year_r < 50 ? 2000 : 1900;
	else if (word.len == 3)
		*year_r += 1900;
	return true;
}

/* "hh:mm" or "hh:mm:ss", each clamped to what it can be. */
static bool parse_time(struct str word, struct date *date)
{
	struct str rest = word, piece;
	int *const fields[] = { &date->hour, &date->minute, &date->second };
	static const int most[] = { 23, 59, 59 };
	size_t count = 0;

	if (str_find_char(word, ':') < 0)
		return false;
	while (count < 3 && str_next_piece(&rest, ':', &piece)) {
		ptrdiff_t dot = str_find_char(piece, '.');

		if (!to_int(dot < 0 ? piece : str_prefix(piece, (size_t)dot), 99, fields[count]))
			return false;
		if (*fields[count] > most[count])
			*fields[count] = most[count];
		count++;
	}
	return count >= 2;
}

static bool parse_zone(struct str word, int *zone_r)
{
	int value;

	if (word.len == 5 && (word.data[0] == '+' || word.data[0] == '-') &&
	    to_int(str_from_offset(word, 1), 9999, &value)) {
		*zone_r = (value / 100 * 60 + value % 100) * (word.data[0] == '-' ? -1 : 1);
		return true;
	}
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (str_eq_ci(word, str_from(zones[i].name))) {
			*zone_r = zones[i].minutes;
			return true;
		}
	}
	return false;
}

/* Day, month and year in either order around the month; false where they are not there. */
static bool find_day(const struct str *words, size_t count, struct date *date)
{
	for (size_t i = 0; i < count; i++) {
		date->month = month_number(words[i]);
		if (date->month == 0)
			continue;
		if (i > 0 && i + 1 < count && to_int(words[i - 1], 99, &date->day) &&
		    parse_year(words[i + 1], &date->year))
			return true;
		/* asctime(): "Mar 12 10:00:00 2003", perhaps with a zone before the year. */
		if (i + 3 >= count || !to_int(words[i + 1], 99, &date->day) ||
		    str_find_char(words[i + 2], ':') < 0)
			continue;
		for (size_t j = i + 3; j < count; j++) {
			if (words[j].len == 4 && parse_year(words[j], &date->year))
				return true;
		}
	}
	return false;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* A day that the month does not have is the first of the next. */
static void fix_day(struct date *date)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int most = days[date->month - 1] + (date->month == 2 && is_leap(date->year));

	if (date->day == 0)
		date->day = 1;
	if (date->day <= most)
		return;
	date->day = 1;
	if (++date->month > 12) {
		date->month = 1;
		date->year++;
	}
}

/* Days since 1970 in the Gregorian calendar, with years that begin in March. */
static int64_t days_since_1970(const struct date *date)
{
	int64_t year = date->month <= 2 ? date->year - 1 : date->year;
	int64_t month = (date->month + 9) % 12;

	return year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 +
	       date->day - 1 - 719468;
}

bool header_parse_date(struct str value, int64_t *seconds_r)
{
	struct str words[MAX_WORDS];
	size_t count = split_words(value, words);
	struct date date = { 0 };
	bool has_time = false, has_zone = false;

	if (!find_day(words, count, &date))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!has_time)
			has_time = parse_time(words[i], &date);
		else if (!has_zone)
			has_zone = parse_zone(words[i], &date.zone);
	}
	fix_day(&date);
	*seconds_r =
		((days_since_1970(&date) * 24 + date.hour) * 60 + date.minute - date.zone) * 60 +
		date.second;
	return true;
}
