/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "health/log_time.h"

#include <time.h>

#define DAY_S (24 * 3600)

static bool take_number(struct str *text, size_t digits, int *number_r)
{
	uint64_t number;

	if (text->len < digits || !str_to_uint(str_prefix(*text, digits), 9999, &number))
		return false;
	*text = str_from_offset(*text, digits);
	*number_r = (int)number;
	return true;
}

static bool take_char(struct str *text, char c)
{
	if (text->len == 0 || text->data[0] != c)
		return false;
	*text = str_from_offset(*text, 1);
	return true;
}

static bool take_clock(struct str *text, struct tm *tm)
{
	return take_number(text, 2, &tm->tm_hour) && take_char(text, ':') &&
	       take_number(text, 2, &tm->tm_min) && take_char(text, ':') &&
	       take_number(text, 2, &tm->tm_sec) && tm->tm_hour < 24 && tm->tm_min < 60 &&
	       tm->tm_sec <= 60;
}

static bool take_month(struct str *text, int *month_r)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++) {
		if (str_starts(*text, (struct str){ names + 3 * i, 3 })) {
			*month_r = i;
			*text = str_from_offset(*text, 3);
			return true;
		}
	}
	return false;
}

/* "Nov  3 23:14:09" */
static bool take_bsd(struct str *text, int64_t now_s, int64_t *time_s_r)
{
	struct tm tm = { .tm_isdst = -1 }, now, copy;
	time_t seconds = (time_t)now_s;

	if (!take_month(text, &tm.tm_mon) || !take_char(text, ' '))
		return false;
	if (!take_number(text, take_char(text, ' ') ? 1 : 2, &tm.tm_mday) ||
	    !take_char(text, ' ') || !take_clock(text, &tm))
		return false;
	localtime_r(&seconds, &now);
	tm.tm_year = now.tm_year;
	copy = tm;
	*time_s_r = mktime(&copy);
	if (*time_s_r > now_s + DAY_S) {
		tm.tm_year--;
		*time_s_r = mktime(&tm);
	}
	return true;
}

static bool take_zone(struct str *text, int *offset_r)
{
	int sign = 1, hours, minutes;

	*offset_r = 0;
	if (take_char(text, 'Z'))
		return true;
	if (take_char(text, '-'))
		sign = -1;
	else if (!take_char(text, '+'))
		return false;
	if (!take_number(text, 2, &hours))
		return false;
	take_char(text, ':');
	if (!take_number(text, 2, &minutes))
		return false;
	*offset_r = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* "2026-11-30T23:14:09.123456+01:00" */
static bool take_iso(struct str *text, int64_t *time_s_r)
{
	struct tm tm = { 0 };
	int offset, year;

	if (!take_number(text, 4, &year) || !take_char(text, '-') ||
	    !take_number(text, 2, &tm.tm_mon) || !take_char(text, '-') ||
	    !take_number(text, 2, &tm.tm_mday) || !take_char(text, 'T') || !take_clock(text, &tm))
		return false;
	if (take_char(text, '.'))
		while (text->len > 0 && char_is_digit(text->data[0]))
			*text = str_from_offset(*text, 1);
	if (!take_zone(text, &offset) || year < 1970 || tm.tm_mon < 1 || tm.tm_mon > 12)
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon--;
	*time_s_r = (int64_t)timegm(&tm) - offset;
	return true;
}

/* "PROGRAM[PID]:"; without the rest of it. */
static bool is_program(struct str word, struct str *name_r)
{
	ptrdiff_t open = str_find_char(word, '[');

	if (open <= 0 || word.len < 4 || word.data[word.len - 1] != ':' ||
	    word.data[word.len - 2] != ']')
		return false;
	*name_r = str_prefix(word, (size_t)open);
	return true;
}

static bool take_word(struct str *line, struct str *word_r)
{
	ptrdiff_t space = str_find_char(*line, ' ');

	if (space <= 0)
		return false;
	*word_r = str_prefix(*line, (size_t)space);
	*line = str_from_offset(*line, (size_t)space + 1);
	return true;
}

bool log_time_take(struct str *line, int64_t now_s, int64_t *time_s_r, struct str *program_r)
{
	struct str rest = *line, word;

	if (rest.len == 0)
		return false;
	if (!(char_is_digit(rest.data[0]) ? take_iso(&rest, time_s_r)
	                                  : take_bsd(&rest, now_s, time_s_r)) ||
	    !take_char(&rest, ' ') || !take_word(&rest, &word))
		return false;
	if (!is_program(word, program_r) &&
	    (!take_word(&rest, &word) || !is_program(word, program_r)))
		return false;
	*line = rest;
	return true;
}
