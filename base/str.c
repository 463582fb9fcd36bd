/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/str.h"

#include <string.h>

bool str_eq_ci(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (a.data[i] != b.data[i] && char_lower(a.data[i]) != char_lower(b.data[i]))
			return false;
	return true;
}

static int compare_lengths(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

int str_cmp(struct str a, struct str b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common > 0 ? memcmp(a.data, b.data, common) : 0;

	return order != 0 ? order : compare_lengths(a.len, b.len);
}

int str_cmp_ci(struct str a, struct str b)
{
	size_t common = a.len < b.len ? a.len : b.len;

	for (size_t i = 0; i < common; i++) {
		int order =
			(unsigned char)char_lower(a.data[i]) - (unsigned char)char_lower(b.data[i]);
		if (order != 0)
			return order;
	}
	return compare_lengths(a.len, b.len);
}

bool str_starts_ci(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq_ci(str_prefix(s, prefix.len), prefix);
}

bool str_ends_ci(struct str s, struct str suffix)
{
	return s.len >= suffix.len && str_eq_ci(str_from_offset(s, s.len - suffix.len), suffix);
}

ptrdiff_t str_find_char(struct str s, char c)
{
	const char *found = s.len > 0 ? memchr(s.data, c, s.len) : NULL;

	return found != NULL ? found - s.data : -1;
}

ptrdiff_t str_rfind_char(struct str s, char c)
{
	const char *found = s.len > 0 ? memrchr(s.data, c, s.len) : NULL;

	return found != NULL ? found - s.data : -1;
}

/* Which byte of the needle to look for: none that is as frequent as a space, if it can be. */
static size_t rare_byte(struct str needle)
{
	size_t i = 0;

	while (i + 1 < needle.len && needle.data[i] == ' ')
		i++;
	return i;
}

/* memmem() prepares a table first, which takes longer than to look through a line. */
#define SHORT 512

static const char *find_in_short(struct str s, struct str needle)
{
	size_t rare = rare_byte(needle);
	const char *at = s.data + rare, *end = at + s.len - needle.len + 1;

	while (at < end) {
		at = memchr(at, needle.data[rare], (size_t)(end - at));
		if (at == NULL || memcmp(at - rare, needle.data, needle.len) == 0)
			return at != NULL ? at - rare : NULL;
		at++;
	}
	return NULL;
}

ptrdiff_t str_find(struct str s, struct str needle)
{
	const char *found;

	if (needle.len == 0)
		return 0;
	if (s.len < needle.len)
		return -1;
	found = s.len <= SHORT ? find_in_short(s, needle)
	                       : memmem(s.data, s.len, needle.data, needle.len);
	return found != NULL ? found - s.data : -1;
}

/* The place of `c` at or after `from` and before `end`; `end` where there is none. */
static size_t find_char(struct str s, size_t from, size_t end, char c)
{
	const char *found = from < end ? memchr(s.data + from, c, end - from) : NULL;

	return found != NULL ? (size_t)(found - s.data) : end;
}

ptrdiff_t str_find_ci(struct str s, struct str needle)
{
	size_t rare, end, small, capital;
	char c;

	if (needle.len == 0)
		return 0;
	if (s.len < needle.len)
		return -1;
	rare = rare_byte(needle);
	c = char_lower(needle.data[rare]);
	end = rare + s.len - needle.len + 1;
	small = find_char(s, rare, end, c);
	capital = char_is_alpha(c) ? find_char(s, rare, end, (char)(c - ('a' - 'A'))) : end;
	while (small < end || capital < end) {
		size_t at = small < capital ? small : capital;

		if (str_eq_ci((struct str){ s.data + at - rare, needle.len }, needle))
			return (ptrdiff_t)(at - rare);
		if (at == small)
			small = find_char(s, at + 1, end, c);
		else
			capital = find_char(s, at + 1, end, (char)(c - ('a' - 'A')));
	}
	return -1;
}

struct str str_trim_left(struct str s)
{
	while (s.len > 0 && char_is_space(s.data[0])) {
		s.data++;
		s.len--;
	}
	return s;
}

struct str str_trim_right(struct str s)
{
	while (s.len > 0 && char_is_space(s.data[s.len - 1]))
		s.len--;
	return s;
}

struct str str_trim(struct str s)
{
	return str_trim_left(str_trim_right(s));
}

struct str str_skip_byte_order_mark(struct str s)
{
	return str_starts(s, STR("\xef\xbb\xbf")) ? str_from_offset(s, 3) : s;
}

bool str_next_piece(struct str *rest, char separator, struct str *piece_r)
{
	ptrdiff_t at;

	if (rest->data == NULL)
		return false;
	at = str_find_char(*rest, separator);
	if (at < 0) {
		*piece_r = *rest;
		*rest = (struct str){ NULL, 0 };
		return true;
	}
	*piece_r = str_prefix(*rest, (size_t)at);
	*rest = str_from_offset(*rest, (size_t)at + 1);
	return true;
}

bool str_next_word(struct str *rest, struct str *word_r)
{
	size_t len = 0;
	struct str s = str_trim_left(*rest);

	while (len < s.len && !char_is_space(s.data[len]))
		len++;
	*word_r = str_prefix(s, len);
	*rest = str_from_offset(s, len);
	return len > 0;
}

bool str_has_word(struct str words, struct str wanted)
{
	struct str word;

	while (str_next_word(&words, &word))
		if (str_eq(word, wanted))
			return true;
	return false;
}

bool str_next_line(struct str *rest, struct str *line_r)
{
	ptrdiff_t at;
	size_t len;

	if (rest->len == 0)
		return false;
	at = str_find_char(*rest, '\n');
	len = at < 0 ? rest->len : (size_t)at;
	*line_r = str_prefix(*rest, len);
	*rest = str_from_offset(*rest, at < 0 ? len : len + 1);
	if (line_r->len > 0 && line_r->data[line_r->len - 1] == '\r')
		line_r->len--;
	return true;
}

#define FNV_OFFSET 14695981039346656037ULL
#define FNV_PRIME  1099511628211ULL

uint64_t str_hash(struct str s)
{
	uint64_t hash = FNV_OFFSET;

	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char)s.data[i]) * FNV_PRIME;
	return hash;
}

uint64_t str_hash_words(struct str s)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t hash = s.len * odd, word;

	for (; s.len >= sizeof(word); s = str_from_offset(s, sizeof(word))) {
		memcpy(&word, s.data, sizeof(word));
		hash = (hash ^ word) * odd;
		hash ^= hash >> 32;
	}
	word = 0;
	if (s.len > 0)
		memcpy(&word, s.data, s.len);
	hash = (hash ^ word) * odd;
	return hash ^ hash >> 32;
}

uint64_t str_hash_ci(struct str s)
{
	uint64_t hash = FNV_OFFSET;

	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char)char_lower(s.data[i])) * FNV_PRIME;
	return hash;
}

bool str_to_uint(struct str s, uint64_t max, uint64_t *value_r)
{
	uint64_t value = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)(s.data[i] - '0');

		if (!char_is_digit(s.data[i]) || value > (max - digit) / 10 || digit > max)
			return false;
		value = value * 10 + digit;
	}
	*value_r = value;
	return value <= max;
}
