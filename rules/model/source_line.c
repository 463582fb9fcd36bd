/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/source_line.h"

struct source_position source_line_position(const struct source_line *line, const char *at)
{
	const char *raw = line->raw.data, *text = line->text.data;

	if (at < text || at > text + line->text.len)
		at = text;
	while (raw < line->raw.data + line->raw.len && char_is_space(*raw))
		raw++;
	for (; text < at; text++, raw++)
		if (raw[0] == '\\' && raw + 1 < line->raw.data + line->raw.len && raw[1] == '#')
			raw++;
	return (struct source_position){ line->file, line->number,
		                         (unsigned)(raw - line->raw.data) + 1 };
}
