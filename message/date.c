/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dates in header fields: RFC 5322 and its obsolete forms. What broken mailers write is read as far
 * as SpamAssassin reads it, no farther: rules compare dates, and a time that is not in the
 * standard's form counts as midnight.
 */
#include <string.h>

#include "message/header.h"

/* A date has at most six words before the comments. */
#define MAX_WORDS 32
#define MIN_YEAR  1970
#define MAX_YEAR  2037

struct zone {
	const char *name;
	int minutes;
};

static const struct zone zones[] = {
	{ "UT", 0 },     { "UTC", 0 },     { "GMT", 0 },     { "WET", 0 },     { "NDT", -150 },
	{ "NST", -210 }, { "ADT", -180 },  { "AST", -240 },  { "EDT", -240 },  { "EST", -300 },
	{ "CDT", -300 }, { "CST", -360 },  { "MDT", -360 },  { "MST", -420 },  { "PDT", -420 },
	{ "PST", -480 }, { "AKDT", -480 }, { "AKST", -540 }, { "HADT", -540 }, { "HAST", -600 },
	{ "HST", -600 }, { "BST", 60 },    { "IST", 60 },    { "WEST", 60 },   { "CET", 60 },
	{ "MET", 60 },   { "MEZ", 60 },    { "CEST", 120 },  { "MEST", 120 },  { "MESZ", 120 },
	{ "EET", 120 },  { "EEST", 180 },  { "MSK", 180 },   { "MSD", 240 },   { "BRST", -120 },
	{ "BRT", -180 }, { "AWST", 480 },  { "JST", 540 },   { "KST", 540 },   { "ACST", 570 },
	{ "AEST", 600 }, { "ACDT", 630 },  { "AEDT", 660 },  { "NZST", 720 },  { "NZDT", 780 },
	{ "HKT", 480 },  { "SGT", 480 },   { "PHT", 480 },   { "IDT", 180 },
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

struct words {
	struct str items[MAX_WORDS];
	size_t len;
};

/* Splits at white space and behind commas. */
static void split_words(struct str value, struct words *words)
{
	size_t i = 0;

	words->len = 0;
	while (words->len < MAX_WORDS && i < value.len) {
		size_t start;

		while (i < value.len && (char_is_space(value.data[i]) || value.data[i] == ','))
			i++;
		start = i;
		while (i < value.len && !char_is_space(value.data[i]) && value.data[i] != ',')
			i++;
		if (i > start)
			words->items[words->len++] = (struct str){ value.data + start, i - start };
	}
}

static void remove_words(struct words *words, size_t at, size_t count)
{
	words->len -= count;
	memmove(&words->items[at], &words->items[at + count],
	        (words->len - at) * sizeof(words->items[0]));
}

/* 1 to 12, or 0. */
static int month_number(struct str word)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	if (word.len != 3)
		return 0;
	for (int i = 0; i < 12; i++) {
		if (str_eq_ci(word, (struct str){ names + 3 * i, 3 }))
			return i + 1;
	}
	return 0;
}

static bool all_digits(struct str word, size_t min, size_t max)
{
	for (size_t i = 0; i < word.len; i++)
		if (!char_is_digit(word.data[i]))
			return false;
	return word.len >= min && word.len <= max;
}

/* Digits; what is too large is 9999, which no part of a date can be. */
static int to_int(struct str word)
{
	uint64_t value;

	return str_to_uint(word, 9999, &value) ? (int)value : 9999;
}

/* Pieces between colons; 0 where one is longer than `max` digits or shorter than `min`. */
static size_t split_time(struct str word, size_t min, size_t max, struct str *pieces)
{
	struct str rest = word, piece;
	size_t count = 0;

	while (str_next_piece(&rest, ':', &piece)) {
		if (count == 3 || !all_digits(piece, count == 0 ? 1 : min, max))
			return 0;
		pieces[count++] = piece;
	}
	return count;
}

/* "3 Mar 2003", with so many digits in the year. */
static bool find_day_first(struct words *words, size_t min, size_t max, struct date *date)
{
	for (size_t i = 0; i + 2 < words->len; i++) {
		struct str year = words->items[i + 2];

		if (month_number(words->items[i + 1]) == 0 ||
		    !all_digits(words->items[i], 1, SIZE_MAX) || !all_digits(year, min, max))
			continue;
		date->day = to_int(words->items[i]);
		date->month = month_number(words->items[i + 1]);
		date->year = to_int(year);
		/* RFC 5322 section 4.3 */
		if (year.len == 2 && date->year < 50)
			date->year += 2000;
		else if (year.len != 4)
			date->year += 1900;
		remove_words(words, i, 3);
		return true;
	}
	return false;
}

/* asctime(): "Mar 12 10:00:00 2003". The time is not taken. */
static bool find_month_first(struct words *words, struct date *date)
{
	struct str pieces[3];

	for (size_t i = 0; i + 3 < words->len; i++) {
		const struct str *item = &words->items[i];

		if (month_number(item[0]) == 0 || !all_digits(item[1], 1, SIZE_MAX) ||
		    split_time(item[2], 1, SIZE_MAX, pieces) != 3 || !all_digits(item[3], 4, 4))
			continue;
		date->month = month_number(item[0]);
		date->day = to_int(item[1]);
		date->year = to_int(item[3]);
		remove_words(words, i, 4);
		return true;
	}
	return false;
}

static int at_most(int value, int max)
{
	return value > max ? max : value;
}

/* "hh:mm" or "hh:mm:ss", each clamped to what it can be. */
static void find_time(struct words *words, struct date *date)
{
	struct str pieces[3];

	for (size_t i = 0; i < words->len; i++) {
		size_t count = split_time(words->items[i], 2, 2, pieces);

		if (count < 2)
			continue;
		date->hour = at_most(to_int(pieces[0]), 23);
		date->minute = at_most(to_int(pieces[1]), 59);
		date->second = count < 3 ? 0 : at_most(to_int(pieces[2]), 59);
		remove_words(words, i, 1);
		return;
	}
}

static bool is_word_char(char c)
{
	return char_is_alnum(c) || c == '_';
}

/* The first two to four capital letters that are a word of their own, in a comment or not; with
 * "-DST". */
static struct str first_capitals(const struct words *words)
{
	for (size_t i = 0; i < words->len; i++) {
		struct str word = words->items[i];
		size_t start = 0;

		while (start < word.len) {
			size_t len = 0, capitals = 0;

			while (start + len < word.len && is_word_char(word.data[start + len])) {
				char c = word.data[start + len++];

				capitals += c >= 'A' && c <= 'Z';
			}
			if (len >= 2 && len <= 4 && capitals == len) {
				if (str_starts(str_from_offset(word, start + len), STR("-DST")))
					len += 4;
				return (struct str){ word.data + start, len };
			}
			start += len + 1;
		}
	}
	return STR("");
}

static int find_zone(const struct words *words)
{
	struct str name;

	for (size_t i = 0; i < words->len; i++) {
		struct str word = words->items[i];
		int value = to_int(str_from_offset(word, 1));

		if (word.len == 5 && (word.data[0] == '+' || word.data[0] == '-') &&
		    all_digits(str_from_offset(word, 1), 4, 4))
			return (value / 100 * 60 + value % 100) * (word.data[0] == '-' ? -1 : 1);
	}
	name = first_capitals(words);
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (str_eq(name, str_from(zones[i].name)))
			return zones[i].minutes;
	return 0;
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
	struct words words;
	struct date date = { 0 };
	int64_t seconds;

	split_words(value, &words);
	if (!find_day_first(&words, 4, 4, &date) && !find_month_first(&words, &date) &&
	    !find_day_first(&words, 2, 3, &date))
		return false;
	if (date.day == 0)
		return false;
	find_time(&words, &date);
	date.zone = find_zone(&words);
	fix_day(&date);
	date.year = date.year > MAX_YEAR ? MAX_YEAR : date.year;
	date.year = date.year < MIN_YEAR ? MIN_YEAR : date.year;
	seconds = (days_since_1970(&date) * 24 + date.hour) * 3600 + date.minute * 60 + date.second;
	/* Nothing was before 1970. */
	if (date.zone > 0 && seconds < date.zone * 60)
		seconds = 0;
	else
		seconds -= date.zone * 60;
	*seconds_r = seconds;
	return true;
}
