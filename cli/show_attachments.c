/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/md5.h"
#include "cli/show_view.h"
#include "store/digest.h"

static const char *encoding_name(enum mime_encoding encoding)
{
	switch (encoding) {
	case MIME_ENCODING_IDENTITY:
		return "none";
	case MIME_ENCODING_QP:
		return "quoted-printable";
	case MIME_ENCODING_BASE64:
		return "base64";
	case MIME_ENCODING_UU:
		return "x-uuencode";
	case MIME_ENCODING_UNKNOWN:
		break;
	}
	return "unknown";
}

static void add_faults(struct sheet *sheet, unsigned faults)
{
	static const struct {
		enum mime_fault fault;
		const char *name;
	} names[] = {
		{ MIME_FAULT_NO_BOUNDARY, "multipart without a boundary" },
		{ MIME_FAULT_MISSING_BOUNDARY, "its boundary never comes" },
		{ MIME_FAULT_UNCLOSED, "no closing boundary" },
		{ MIME_FAULT_BAD_BASE64, "broken base64" },
		{ MIME_FAULT_BAD_QP, "broken quoted-printable" },
		{ MIME_FAULT_BAD_CHARSET, "unknown or wrong charset" },
		{ MIME_FAULT_NO_SEPARATOR, "no empty line after the header" },
		{ MIME_FAULT_NO_HEADERS, "no header" },
		{ MIME_FAULT_EPILOGUE, "text after the closing boundary" },
		{ MIME_FAULT_CUT, "cut at a limit" },
		{ MIME_FAULT_LONG_HEADER, "a header field was cut" },
	};

	sheet_open_list(sheet, "faults");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((faults & names[i].fault) != 0)
			sheet_line(sheet, str_from(names[i].name));
	sheet_close(sheet);
}

/* What a part holds, without its transfer encoding, whatever its size. */
static void add_contents(const struct show_message *shown, struct sheet *sheet,
                         const struct mime_part *part)
{
	struct mime_part copy = *part;
	struct str contents = mime_decode_transfer(shown->arena, &copy, part->raw_body);
	char md5[MD5_HEX_LEN + 1] = "";

	md5_hex(contents, md5);
	sheet_number(sheet, "size", contents.len);
	sheet_text(sheet, "sha256", digest_whole(shown->arena, contents));
	sheet_word(sheet, "md5", md5);
}

static void add_part(const struct show_message *shown, struct sheet *sheet,
                     const struct mime_part *part)
{
	sheet_item(sheet, "type", part->type);
	if (!str_eq(part->shown_type, part->type) || sheet_is_json(sheet))
		sheet_text(sheet, "shown_as", part->shown_type);
	sheet_text(sheet, "name", part->name);
	sheet_text(sheet, "disposition", part->disposition);
	sheet_text(sheet, "charset", part->charset);
	sheet_word(sheet, "encoding", encoding_name(part->encoding));
	sheet_number(sheet, "depth", part->depth);
	sheet_flag(sheet, "attached", part->is_attachment);
	sheet_flag(sheet, "in_body", part->text.len > 0 && !part->is_beside_body);
	sheet_flag(sheet, "in_rawbody", part->is_rawbody);
	sheet_flag(sheet, "returned", part->is_returned);
	sheet_number(sheet, "raw_size", part->raw_body.len);
	if (part->first_child == NULL)
		add_contents(shown, sheet, part);
	add_faults(sheet, part->faults);
	sheet_close(sheet);
}

void show_attachments(const struct show_message *shown, struct sheet *sheet)
{
	const struct mime_part_list *parts = &shown->message->parts;

	sheet_open_list(sheet, "attachments");
	for (size_t i = 0; i < parts->len; i++)
		add_part(shown, sheet, parts->items[i]);
	sheet_close(sheet);
}
