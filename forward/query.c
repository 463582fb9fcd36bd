/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/query.h"

#define LETTERS "%sudSUD123456789"

const char *query_check(struct str template)
{
	for (size_t i = 0; i < template.len; i++) {
		if (template.data[i] != '%')
			continue;
		if (++i == template.len || str_find_char(STR(LETTERS), template.data[i]) < 0)
			return "has a \"%\" that means nothing; known are %s, %u, %d, %S, %U, %D, "
			       "%1 to %9 and %%";
	}
	return NULL;
}

/* What stands in front of the last "@", or all without one; false where it is empty. */
static bool user_of(struct str address, struct str *user_r)
{
	ptrdiff_t at = str_rfind_char(address, '@');

	*user_r = at < 0 ? address : str_prefix(address, (size_t)at);
	return user_r->len > 0;
}

static bool domain_of(struct str address, struct str *domain_r)
{
	ptrdiff_t at = str_rfind_char(address, '@');

	*domain_r = at < 0 ? STR("") : str_from_offset(address, (size_t)at + 1);
	return domain_r->len > 0;
}

/* The label number `n` of the address's domain, counted from its end, from 1. */
static bool label_of(struct str address, unsigned n, struct str *label_r)
{
	struct str domain;

	if (!domain_of(address, &domain))
		return false;
	for (; n > 1; n--) {
		ptrdiff_t dot = str_rfind_char(domain, '.');

		if (dot < 0)
			return false;
		domain = str_prefix(domain, (size_t)dot);
	}
	*label_r = str_from_offset(domain, (size_t)(str_rfind_char(domain, '.') + 1));
	return label_r->len > 0;
}

static bool part_for(char letter, struct str key, struct str value, struct str *part_r)
{
	switch (letter) {
	case 's':
		*part_r = value;
		return true;
	case 'u':
		return user_of(value, part_r);
	case 'd':
		return domain_of(value, part_r);
	case 'S':
		*part_r = key;
		return true;
	case 'U':
		return user_of(key, part_r);
	case 'D':
		return domain_of(key, part_r);
	default:
		return label_of(key, (unsigned)(letter - '0'), part_r);
	}
}

bool query_expand(struct str template, struct str key, struct str value,
                  void (*add)(struct strbuf *buf, struct str piece), struct strbuf *buf)
{
	for (size_t i = 0; i < template.len; i++) {
		struct str part;

		if (template.data[i] != '%' || ++i == template.len || template.data[i] == '%') {
			strbuf_add_char(buf, i < template.len ? template.data[i] : '%');
			continue;
		}
		if (!part_for(template.data[i], key, value, &part))
			return false;
		add(buf, part);
	}
	return true;
}
