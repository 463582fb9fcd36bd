/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/eval/mail_date.h"

#include <string.h>

#include "base/vec.h"

#define FIRST_YEAR 1970
#define LAST_YEAR  2037
/* Words that are looked at; a date of ours is among the first of any field. */
#define MAX_WORDS 4000

struct date {
	int day, month, year; /* month from 1 */
	int hour, minute, second;
	int zone; /* minutes east */
};

static const struct {
	const char *name;
	int hours; /* as in "+0930" */
} zones[] = {
	{ "UT", 0 },      { "UTC", 0 },     { "NDT", -230 },  { "AST", -400 },   { "ADT", -300 },
	{ "NST", -330 },  { "EST", -500 },  { "EDT", -400 },  { "CST", -600 },   { "CDT", -500 },
	{ "MST", -700 },  { "MDT", -600 },  { "PST", -800 },  { "PDT", -700 },   { "HST", -1000 },
	{ "AKST", -900 }, { "AKDT", -800 }, { "HADT", -900 }, { "HAST", -1000 }, { "GMT", 0 },
	{ "BST", 100 },   { "IST", 100 },   { "WET", 0 },     { "WEST", 100 },   { "CET", 100 },
	{ "CEST", 200 },  { "EET", 200 },   { "EEST", 300 },  { "MSK", 300 },    { "MSD", 400 },
	{ "MET", 100 },   { "MEZ", 100 },   { "MEST", 200 },  { "MESZ", 200 },   { "BRST", -200 },
	{ "BRT", -300 },  { "AEST", 1000 }, { "AEDT", 1100 }, { "ACST", 930 },   { "ACDT", 1030 },
	{ "AWST", 800 },  { "NZST", 1200 }, { "NZDT", 1300 }, { "JST", 900 },    { "KST", 900 },
	{ "HKT", 800 },   { "SGT", 800 },   { "PHT", 800 },   { "IDT", 300 },
};

static int minutes_of(int hours)
{
	return hours / 100 * 60 + hours % 100;
}

/* At commas and white space. */
static void split_words(struct arena *arena, struct str text, struct str_list *words)
{
	size_t i = 0;

	while (i < text.len && words->len < MAX_WORDS) {
		size_t start = i;

		while (i < text.len && !char_is_space(text.data[i]) && text.data[i] != ',')
			i++;
		if (i > start)
			vec_push(arena, words, ((struct str){ text.data + start, i - start }));
		i++;
	}
}

/* 1 to 12, or 0. */
static int month_number(struct str word)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	if (word.len != 3 || !char_is_alpha(word.data[0]))
		return 0;
	for (int i = 0; i < 12; i++)
		if (names[3 * i] == char_lower(word.data[0]) &&
		    str_eq_ci(word, (struct str){ names + 3 * i, 3 }))
			return i + 1;
	return 0;
}

static bool is_digits(struct str word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!char_is_digit(word.data[i]))
			return false;
	return word.len > 0;
}

/* A long number is no different from any that is too large. */
static int to_int(struct str digits)
{
	uint64_t value;

	return str_to_uint(digits, 99999, &value) ? (int)value : 99999;
}

static int at_most(int value, int max)
{
	return value < max ? value : max;
}

/* "10:14", "10:14:05"; the hour of one or two digits where they are `strict`. */
static bool parse_time(struct str word, bool strict, struct date *date)
{
	struct str part[3], rest = word, piece;
	size_t count = 0;

	while (str_next_piece(&rest, ':', &piece)) {
		if (count == 3 || !is_digits(piece))
			return false;
		part[count++] = piece;
	}
	if (!strict)
		return count == 3;
	if (count < 2 || part[0].len > 2 || part[1].len != 2 || (count == 3 && part[2].len != 2))
		return false;
	date->hour = at_most(to_int(part[0]), 23);
	date->minute = at_most(to_int(part[1]), 59);
	date->second = count < 3 ? 0 : at_most(to_int(part[2]), 59);
	return true;
}

static int full_year(struct str word)
{
	int year = to_int(word);

	if (word.len == 2 && year < 50)
		return year + 2000;
	return word.len == 4 ? year : year + 1900;
}

static void remove_words(struct str_list *words, size_t at, size_t count)
{
	words->len -= count;
	memmove(words->items + at, words->items + at + count,
	        (words->len - at) * sizeof(words->items[0]));
}

/* "3 Sep 2002" with a year of this many digits; taken out of the words. */
static bool take_day(struct str_list *words, size_t min_digits, size_t max_digits,
                     struct date *date)
{
	for (size_t i = 1; i + 1 < words->len; i++) {
		struct str year = words->items[i + 1];

		date->month = month_number(words->items[i]);
		if (date->month == 0 || !is_digits(words->items[i - 1]) || !is_digits(year) ||
		    year.len < min_digits || year.len > max_digits)
			continue;
		date->day = to_int(words->items[i - 1]);
		date->year = full_year(year);
		remove_words(words, i - 1, 3);
		return true;
	}
	return false;
}

/* "Sep 3 10:14:05 2002": the time is taken out as well, so the date is of midnight. */
static bool take_asctime(struct str_list *words, struct date *date)
{
	for (size_t i = 0; i + 3 < words->len; i++) {
		struct str *word = words->items + i;

		date->month = month_number(word[0]);
		if (date->month == 0 || !is_digits(word[1]) || !parse_time(word[2], false, date) ||
		    word[3].len != 4 || !is_digits(word[3]))
			continue;
		date->day = to_int(word[1]);
		date->year = to_int(word[3]);
		remove_words(words, i, 4);
		return true;
	}
	return false;
}

static void take_time(struct str_list *words, struct date *date)
{
	for (size_t i = 0; i < words->len; i++) {
		if (parse_time(words->items[i], true, date)) {
			remove_words(words, i, 1);
			return;
		}
	}
}

static bool is_word_char(char c)
{
	return char_is_alnum(c) || c == '_';
}

/* Two to four capitals by themselves, anywhere in the word, perhaps with "-DST" after them. */
static bool zone_name(struct str word, struct str *name_r)
{
	for (size_t i = 0; i < word.len; i++) {
		size_t end = i;

		if (i > 0 && is_word_char(word.data[i - 1]))
			continue;
		while (end < word.len && word.data[end] >= 'A' && word.data[end] <= 'Z')
			end++;
		if (end - i < 2 || end - i > 4 || (end < word.len && is_word_char(word.data[end])))
			continue;
		*name_r = (struct str){ word.data + i, end - i };
		word = str_from_offset(word, end);
		if (str_starts(word, STR("-DST")) && (word.len == 4 || !is_word_char(word.data[4])))
			name_r->len += 4;
		return true;
	}
	return false;
}

static int parse_zone(const struct str_list *words)
{
	struct str name;

	for (size_t i = 0; i < words->len; i++) {
		struct str word = words->items[i];

		if (word.len == 5 && (word.data[0] == '+' || word.data[0] == '-') &&
		    is_digits(str_from_offset(word, 1)))
			return minutes_of(to_int(str_from_offset(word, 1))) *
			       (word.data[0] == '-' ? -1 : 1);
	}
	/* Only the first name counts, known or not. */
	for (size_t i = 0; i < words->len; i++) {
		if (!zone_name(words->items[i], &name))
			continue;
		for (size_t k = 0; k < sizeof(zones) / sizeof(zones[0]); k++)
			if (str_eq(name, str_from(zones[k].name)))
				return minutes_of(zones[k].hours);
		break;
	}
	return 0;
}

/* A day that the month doesn't have is the first of the next. */
static void fix_day(struct date *date)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = date->year % 4 == 0 && (date->year % 100 != 0 || date->year % 400 == 0);

	if (date->day > days[date->month - 1] + (date->month == 2 && leap)) {
		date->day = 1;
		if (++date->month > 12) {
			date->month = 1;
			date->year++;
		}
	}
	if (date->year > LAST_YEAR)
		date->year = LAST_YEAR;
	if (date->year < FIRST_YEAR)
		date->year = FIRST_YEAR;
}

/* Days since 1970 in the Gregorian calendar, with years that begin in March. */
static int64_t days_since_1970(const struct date *date)
{
	int64_t year = date->month <= 2 ? date->year - 1 : date->year;
	int64_t month = (date->month + 9) % 12;

	return year * 365 + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 +
	       date->day - 1 - 719468;
}

bool mail_date_find(struct arena *arena, struct str text, int64_t *seconds_r)
{
	struct str few[16];
	struct str_list words = { .items = few, .cap = sizeof(few) / sizeof(few[0]) };
	struct date date = { 0 };
	int64_t seconds;

	split_words(arena, text, &words);
	if (!take_day(&words, 4, 4, &date) && !take_asctime(&words, &date) &&
	    !take_day(&words, 2, 3, &date))
		return false;
	take_time(&words, &date);
	date.zone = parse_zone(&words);
	fix_day(&date);
	if (date.day == 0 || (date.month == 2 && date.day == 29 &&
	                      (date.year == FIRST_YEAR || date.year == LAST_YEAR)))
		return false;
	seconds = ((days_since_1970(&date) * 24 + date.hour) * 60 + date.minute) * 60 + date.second;
	seconds -= (int64_t)date.zone * 60;
	*seconds_r = seconds < 0 && date.zone > 0 ? 0 : seconds;
	return true;
}
