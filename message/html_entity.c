/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "message/html_entity.h"

#define MAX_CODE_POINT 0x10FFFF
#define REPLACEMENT    0xFFFD

struct named_char {
	const char *name;
	uint32_t code : 31;
	uint32_t bare : 1; /* also known without the semicolon */
};

/* HTML 5's names of single characters, in the order of strcmp(). */
static const struct named_char names[] = {
#include "message/html_entity_names.inc"
};
#define LONGEST_NAME 31

struct decoder {
	struct strbuf *out;
	const char *at;
	const char *end;
	bool prefixes;
	uint32_t high_surrogate; /* seen just before, and written as U+FFFD */
	uint32_t greatest;
};

static int compare_name(const void *key, const void *element)
{
	const struct str *name = key;
	const struct named_char *entry = element;
	int order = strncmp(name->data, entry->name, name->len);

	return order != 0 ? order : -(entry->name[name->len] != '\0');
}

static const struct named_char *find_name(struct str name)
{
	if (name.len > LONGEST_NAME)
		return NULL;
	return bsearch(&name, names, sizeof(names) / sizeof(*names), sizeof(*names), compare_name);
}

/* Appends one character in UTF-8. */
static void add_char(struct strbuf *out, uint32_t c)
{
	char *p = strbuf_reserve(out, 4), *start = p;

	if (c < 0x80) {
		*p++ = (char)c;
	} else if (c < 0x800) {
		*p++ = (char)(0xC0 | c >> 6);
		*p++ = (char)(0x80 | (c & 0x3F));
	} else if (c < 0x10000) {
		*p++ = (char)(0xE0 | c >> 12);
		*p++ = (char)(0x80 | (c >> 6 & 0x3F));
		*p++ = (char)(0x80 | (c & 0x3F));
	} else {
		*p++ = (char)(0xF0 | c >> 18);
		*p++ = (char)(0x80 | (c >> 12 & 0x3F));
		*p++ = (char)(0x80 | (c >> 6 & 0x3F));
		*p++ = (char)(0x80 | (c & 0x3F));
	}
	out->len += (size_t)(p - start);
}

/* The digits at `at`, or false where there are none or they are too many. */
static bool read_digits(struct decoder *d, const char **at_r, uint32_t *code_r)
{
	const char *at = *at_r;
	uint32_t base = 10, code = 0;
	int digit;

	if (at < d->end && (*at == 'x' || *at == 'X')) {
		base = 16;
		at++;
	}
	*at_r = at;
	for (; at < d->end; at++) {
		digit = char_hex_value(*at);
		if (digit < 0 || (uint32_t)digit >= base)
			break;
		code = code * base + (uint32_t)digit;
		if (code > MAX_CODE_POINT)
			return false;
	}
	if (at == *at_r || code == 0)
		return false;
	*at_r = at;
	*code_r = code;
	return true;
}

/* Halves of a surrogate pair are put together, others and non-characters are replaced. */
static uint32_t repair_code(struct decoder *d, uint32_t code)
{
	uint32_t high = d->high_surrogate;

	d->high_surrogate = 0;
	if ((code & 0xFFFFFC00) == 0xD800) {
		d->high_surrogate = code;
		return REPLACEMENT;
	}
	if ((code & 0xFFFFFC00) == 0xDC00) {
		if (high == 0)
			return REPLACEMENT;
		d->out->len -= 3; /* the U+FFFD of the first half */
		return ((high - 0xD800) << 10) + (code - 0xDC00) + 0x10000;
	}
	if ((code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE)
		return REPLACEMENT;
	return code;
}

static bool decode_number(struct decoder *d)
{
	const char *at = d->at + 2;
	uint32_t code;

	if (!read_digits(d, &at, &code) || code == 0xFFFE || code == 0xFFFF)
		return false;
	code = repair_code(d, code);
	add_char(d->out, code);
	if (code > d->greatest)
		d->greatest = code;
	if (at < d->end && *at == ';')
		at++;
	if (at == d->end || *at != '&')
		d->high_surrogate = 0;
	d->at = at;
	return true;
}

static bool decode_name(struct decoder *d)
{
	const char *start = d->at + 1, *at = start;
	const struct named_char *entry;
	struct str name = { start, 0 };

	while (at < d->end && at - start <= LONGEST_NAME && char_is_alnum(*at))
		at++;
	name.len = (size_t)(at - start);
	entry = name.len > 0 ? find_name(name) : NULL;
	if (entry != NULL && !entry->bare && (at == d->end || *at != ';'))
		entry = NULL;
	while (entry == NULL && d->prefixes && name.len > 2) {
		name.len--;
		entry = find_name(name);
		if (entry != NULL && !entry->bare)
			entry = NULL;
	}
	d->high_surrogate = 0;
	if (entry == NULL)
		return false;
	add_char(d->out, entry->code);
	if (entry->code > d->greatest)
		d->greatest = entry->code;
	d->at = start + name.len;
	if (d->at < d->end && *d->at == ';')
		d->at++;
	return true;
}

uint32_t html_decode_entities(struct strbuf *out, struct str text, bool prefixes)
{
	struct decoder d = { out, text.data, text.data + text.len, prefixes, 0, 0 };
	const char *and;
	bool done;

	while (d.at < d.end) {
		and = memchr(d.at, '&', (size_t)(d.end - d.at));
		if (and == NULL)
			and = d.end;
		if (and > d.at) {
			d.high_surrogate = 0;
			strbuf_add(out, (struct str){ d.at, (size_t)(and-d.at) });
		}
		d.at = and;
		if (d.at == d.end)
			break;
		done = d.end - d.at > 1 && d.at[1] == '#' ? decode_number(&d) : decode_name(&d);
		if (!done) {
			strbuf_add_char(out, '&');
			d.at++;
		}
	}
	return d.greatest;
}
