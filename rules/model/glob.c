/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/glob.h"

#include <stdint.h>

/* Takes what follows the last * and ? off both, where it is the same. */
static bool take_same_end(struct str *pattern, struct str *text)
{
	while (pattern->len > 0) {
		char c = pattern->data[pattern->len - 1];

		if (c == '*' || c == '?')
			break;
		if (text->len == 0 || text->data[text->len - 1] != c || c == '\n')
			return false;
		pattern->len--;
		text->len--;
	}
	return true;
}

bool glob_match(struct str pattern, struct str text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, star_text = 0;

	/* Most patterns name a domain, and most texts end otherwise. */
	if (!take_same_end(&pattern, &text))
		return false;
	while (t < text.len) {
		if (p < pattern.len && pattern.data[p] == '*') {
			star = p++;
			star_text = t;
		} else if (p < pattern.len && text.data[t] != '\n' &&
		           (pattern.data[p] == '?' || pattern.data[p] == text.data[t])) {
			p++;
			t++;
		} else if (star != SIZE_MAX && text.data[star_text] != '\n') {
			p = star + 1;
			t = ++star_text;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.data[p] == '*')
		p++;
	return p == pattern.len;
}
