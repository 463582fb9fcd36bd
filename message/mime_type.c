/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Types by which clients show parts, whatever is declared. */
#include "message/mime.h"

struct type_name {
	struct str name;
	struct str type;
};

static const struct type_name *find(const struct type_name *names, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq_ci(names[i].name, name))
			return &names[i];
	return NULL;
}

/* Of the ending of a file name; NULL where it tells nothing. */
static const struct type_name *by_ending(struct str name)
{
	static const struct type_name endings[] = {
		{ STR_INIT("7z"), STR_INIT("application/x-7z-compressed") },
		{ STR_INIT("bmp"), STR_INIT("image/bmp") },
		{ STR_INIT("bz2"), STR_INIT("application/x-bzip2") },
		{ STR_INIT("eml"), STR_INIT("message/rfc822") },
		{ STR_INIT("gif"), STR_INIT("image/gif") },
		{ STR_INIT("gz"), STR_INIT("application/gzip") },
		{ STR_INIT("heic"), STR_INIT("image/heic") },
		{ STR_INIT("heif"), STR_INIT("image/heif") },
		{ STR_INIT("htm"), STR_INIT("text/html") },
		{ STR_INIT("html"), STR_INIT("text/html") },
		{ STR_INIT("ics"), STR_INIT("text/calendar") },
		{ STR_INIT("jfif"), STR_INIT("image/jpeg") },
		{ STR_INIT("jpeg"), STR_INIT("image/jpeg") },
		{ STR_INIT("jpg"), STR_INIT("image/jpeg") },
		{ STR_INIT("js"), STR_INIT("text/javascript") },
		{ STR_INIT("pdf"), STR_INIT("application/pdf") },
		{ STR_INIT("png"), STR_INIT("image/png") },
		{ STR_INIT("rar"), STR_INIT("application/vnd.rar") },
		{ STR_INIT("shtml"), STR_INIT("text/html") },
		{ STR_INIT("svg"), STR_INIT("image/svg+xml") },
		{ STR_INIT("tar"), STR_INIT("application/x-tar") },
		{ STR_INIT("tbz"), STR_INIT("application/x-bzip2") },
		{ STR_INIT("tgz"), STR_INIT("application/gzip") },
		{ STR_INIT("tif"), STR_INIT("image/tiff") },
		{ STR_INIT("tiff"), STR_INIT("image/tiff") },
		{ STR_INIT("webp"), STR_INIT("image/webp") },
		{ STR_INIT("zip"), STR_INIT("application/zip") },
	};
	ptrdiff_t dot = str_rfind_char(name, '.');

	if (dot < 0)
		return NULL;
	return find(endings, sizeof(endings) / sizeof(endings[0]),
	            str_from_offset(name, (size_t)dot + 1));
}

/* Other names of types whose text rules see. */
static const struct type_name *by_other_name(struct str type)
{
	static const struct type_name names[] = {
		{ STR_INIT("application/ics"), STR_INIT("text/calendar") },
		{ STR_INIT("application/ecmascript"), STR_INIT("text/javascript") },
		{ STR_INIT("application/javascript"), STR_INIT("text/javascript") },
		{ STR_INIT("application/x-ecmascript"), STR_INIT("text/javascript") },
		{ STR_INIT("application/x-javascript"), STR_INIT("text/javascript") },
		{ STR_INIT("text/x-amp-html"), STR_INIT("text/html") },
	};

	return find(names, sizeof(names) / sizeof(names[0]), type);
}

static bool has_html_ending(struct str name)
{
	static const struct str endings[] = {
		STR_INIT(".html"),
		STR_INIT(".htm"),
		STR_INIT(".shtml"),
		STR_INIT(".shtm"),
	};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (str_ends_ci(name, endings[i]))
			return true;
	return false;
}

struct str mime_shown_type(struct str type, struct str name, enum reading_version reading)
{
	const struct type_name *known;

	if (reading == READING_4_0_1)
		return has_html_ending(name) ? STR("text/html") : type;
	known = by_ending(name);
	if (known == NULL)
		known = by_other_name(type);
	return known != NULL ? known->type : type;
}
