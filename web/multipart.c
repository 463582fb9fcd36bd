/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/multipart.h"

#define TYPE         "multipart/form-data"
#define PARTS_MAX    20
#define BOUNDARY_MAX 70

/* The value of `name=`, quoted or not; browsers write no escapes that matter here. */
static struct str parameter(struct str text, const char *name)
{
	struct str rest = text, piece;

	while (rest.len > 0 && str_next_piece(&rest, ';', &piece)) {
		struct str wanted = str_from(name);

		piece = str_trim(piece);
		if (piece.len <= wanted.len || !str_eq_ci(str_prefix(piece, wanted.len), wanted) ||
		    piece.data[wanted.len] != '=')
			continue;
		piece = str_from_offset(piece, wanted.len + 1);
		if (piece.len >= 2 && piece.data[0] == '"' && piece.data[piece.len - 1] == '"')
			piece = (struct str){ piece.data + 1, piece.len - 2 };
		return piece;
	}
	return STR("");
}

/* The value of the part's Content-Disposition. */
static struct str disposition(struct str header)
{
	struct str line;

	while (header.len > 0 && str_next_line(&header, &line)) {
		ptrdiff_t colon = str_find_char(line, ':');

		if (colon > 0 &&
		    str_eq_ci(str_prefix(line, (size_t)colon), STR("Content-Disposition")))
			return str_trim(str_from_offset(line, (size_t)colon + 1));
	}
	return STR("");
}

static void take_part(struct arena *arena, struct str part, struct form *form_r, struct str *file_r,
                      struct str *pasted_r)
{
	ptrdiff_t empty = str_find(part, STR("\r\n\r\n"));
	struct str name, content;

	if (empty < 0)
		return;
	name = parameter(disposition(str_prefix(part, (size_t)empty + 2)), "name");
	content = str_from_offset(part, (size_t)empty + 4);
	if (str_eq(name, STR(MULTIPART_FILE)))
		*file_r = content;
	else if (str_eq(name, STR(MULTIPART_PASTED)))
		*pasted_r = content;
	else
		form_add(arena, form_r, name, content);
}

/* What is in front of the next boundary, which begins with the line end before it. */
static bool next_part(struct str *rest, struct str boundary, struct str *part_r)
{
	ptrdiff_t at = str_find(*rest, boundary);

	if (at < 0)
		return false;
	*part_r = str_prefix(*rest, (size_t)at);
	*rest = str_from_offset(*rest, (size_t)at + boundary.len);
	return true;
}

bool multipart_parse(struct arena *arena, struct str type, struct str body, struct form *form_r,
                     struct str *file_r)
{
	struct str boundary = parameter(type, "boundary"), rest = body, part, pasted = STR("");

	if (type.len < sizeof(TYPE) - 1 ||
	    !str_eq_ci(str_prefix(type, sizeof(TYPE) - 1), STR(TYPE)))
		return false;
	*form_r = (struct form){ 0 };
	*file_r = STR("");
	if (boundary.len == 0 || boundary.len > BOUNDARY_MAX)
		return true;
	boundary = arena_printf(arena, "\r\n--%.*s", STR_FMT(boundary));
	/* The first one has no line before it. */
	if (!str_starts(rest, str_from_offset(boundary, 2)))
		return true;
	rest = str_from_offset(rest, boundary.len - 2);
	for (int i = 0; i < PARTS_MAX && next_part(&rest, boundary, &part); i++)
		take_part(arena, part, form_r, file_r, &pasted);
	if (str_trim(*file_r).len == 0)
		*file_r = str_trim(pasted).len > 0 ? pasted : STR("");
	return true;
}
