/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attached programs, and attachments whose names don't fit their type. */
#include "rules/eval/eval.h"
#include "rules/eval/eval_pattern.h"
#include "rules/model/glob.h"

/* The name in Content-Type, in lower case; Content-Disposition's doesn't count. */
static struct str type_name(const struct eval_context *context, const struct mime_part *part)
{
	const struct header *header = header_last(&part->headers, STR("Content-Type"));
	struct str name;

	if (header == NULL)
		return STR("");
	name = mime_parameter(context->arena, header->decoded, STR("name"));
	if (name.len == 0)
		name = mime_parameter(context->arena, header->decoded, STR("filename"));
	return arena_str_lower(context->arena, name);
}

static bool has_base64(const struct eval_context *context, const struct mime_part *part)
{
	const struct header *header = header_last(&part->headers, STR("Content-Transfer-Encoding"));

	(void)context;
	return header != NULL && str_find_ci(header->decoded, STR("base64")) >= 0;
}

static bool is_executable(const struct eval_context *context, const struct mime_part *part)
{
	if (eval_pattern_in(context, EVAL_RE_PROGRAM_NAME, type_name(context, part)))
		return true;
	if (has_base64(context, part))
		return eval_pattern_in(context, EVAL_RE_PROGRAM_BASE64,
		                       str_prefix(part->raw_body, 80));
	return str_starts(part->type, STR("text/")) &&
	       eval_pattern_in(context, EVAL_RE_PROGRAM_UU, part->raw_body);
}

static double check_microsoft_executable(const struct eval_context *context)
{
	const struct mime_part_list *parts = &context->message->parts;

	for (size_t i = 0; i < parts->len; i++)
		if (parts->items[i]->first_child == NULL && is_executable(context, parts->items[i]))
			return 1;
	return 0;
}

/* Ends of names, and globs of the types that they may have. */
static const struct {
	const char *endings;
	const char *types;
} known_types[] = {
	{ "txt htm html phtm phtml xhtm xhtml xml",
	  "text/plain* text/htm* text/phtm* text/xhtm* text/english* text/sgml* text/xml* "
	  "text/enriched* text/richtext* message/external-body*" },
	{ "jpg jpeg tif tiff gif png", "image/* application/mac-binhex*" },
	{ "vcf", "text/vcard" },
	{ "bat com exe pif scr swf vbs", "application/*" },
	{ "doc", "application/*word" },
	{ "ppt", "application/*powerpoint application/*ppt" },
	{ "xls", "application/*excel" },
};

static bool any_word_matches(const char *globs, struct str text)
{
	struct str rest = str_from(globs), glob;

	while (str_next_word(&rest, &glob))
		if (glob_match(glob, text))
			return true;
	return false;
}

/* "application/vnd.ms-excel" → "application/ms-excel" */
static struct str plain_type(struct arena *arena, struct str type)
{
	static const struct str fronts[] = { STR_INIT("/x-"), STR_INIT("/vnd.") };
	ptrdiff_t best = -1;
	size_t len = 0;

	for (size_t i = 0; i < 2; i++) {
		ptrdiff_t at = str_find(type, fronts[i]);

		if (at >= 0 && (best < 0 || at < best)) {
			best = at;
			len = fronts[i].len;
		}
	}
	if (best < 0)
		return type;
	return arena_printf(arena, "%.*s/%.*s", (int)best, type.data,
	                    STR_FMT(str_from_offset(type, (size_t)best + len)));
}

static bool is_suspect(const struct eval_context *context, const struct mime_part *part)
{
	struct str ending = type_name(context, part);
	struct str type = plain_type(context->arena, part->type);

	if (ending.len == 0 || str_eq(part->type, STR("application/octet-stream")))
		return false;
	ending = str_from_offset(ending, (size_t)(str_rfind_char(ending, '.') + 1));
	for (size_t i = 0; i < sizeof(known_types) / sizeof(known_types[0]); i++)
		if (any_word_matches(known_types[i].endings, ending) &&
		    !any_word_matches(known_types[i].types, type))
			return true;
	return false;
}

static double check_suspect_name(const struct eval_context *context)
{
	const struct mime_part_list *parts = &context->message->parts;

	for (size_t i = 0; i < parts->len; i++)
		if (parts->items[i]->first_child == NULL && is_suspect(context, parts->items[i]))
			return 1;
	return 0;
}

const struct eval_function eval_attachment_functions[] = {
	{ .name = "check_microsoft_executable", .run = check_microsoft_executable },
	{ .name = "check_suspect_name", .run = check_suspect_name },
	{ 0 },
};
