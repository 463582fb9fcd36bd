/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/suggest.h"

#define WORD_MAX 48

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment: insertions, deletions, replacements and swapped neighbours. */
static unsigned edit_distance(struct str a, struct str b)
{
	unsigned rows[3][WORD_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];

	for (unsigned j = 0; j <= b.len; j++)
		last[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned *spare = before;

		row[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			char x = char_lower(a.data[i - 1]), y = char_lower(b.data[j - 1]);

			row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == char_lower(b.data[j - 2]) &&
			    char_lower(a.data[i - 2]) == y && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[b.len];
}

void suggest_consider(struct suggestion *best, struct str typed, const char *known)
{
	struct str word = str_from(known);
	unsigned distance, limit = typed.len < 5 ? 1 : typed.len < 9 ? 2 : 3;

	if (typed.len > WORD_MAX || word.len > WORD_MAX)
		return;
	distance = edit_distance(typed, word);
	if (distance > limit || (best->word != NULL && distance >= best->distance))
		return;
	best->word = known;
	best->distance = distance;
}
