/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/space.h"

/* U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000 */
size_t space_len(struct str text)
{
	const unsigned char *p = (const unsigned char *)text.data;

	if (text.len == 0)
		return 0;
	if (p[0] < 0x80)
		return char_is_space(text.data[0]) ? 1 : 0;
	if (text.len >= 2 && p[0] == 0xC2)
		return p[1] == 0x85 || p[1] == 0xA0 ? 2 : 0;
	if (text.len < 3)
		return 0;
	if (p[0] == 0xE2 && p[1] == 0x80)
		return p[2] <= 0x8A || p[2] == 0xA8 || p[2] == 0xA9 || p[2] == 0xAF ? 3 : 0;
	if ((p[0] == 0xE1 && p[1] == 0x9A && p[2] == 0x80) ||
	    (p[0] == 0xE2 && p[1] == 0x81 && p[2] == 0x9F) ||
	    (p[0] == 0xE3 && p[1] == 0x80 && p[2] == 0x80))
		return 3;
	return 0;
}
