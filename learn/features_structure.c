/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/strbuf.h"
#include "learn/features_private.h"

#define PARTS_MAX    40
#define ELEMENTS_MAX 60

/* 0, 1, 2, 4, 8 … as the number of its bits. */
static unsigned magnitude(size_t count)
{
	unsigned bits = 0;

	for (; count > 0; count >>= 1)
		bits++;
	return bits;
}

static void add_size(struct feature_builder *builder, const char *what, size_t count)
{
	feature_builder_add_text(builder, FEATURES_SHAPE, what,
	                         arena_printf(builder->arena, "2^%u", magnitude(count)));
}

static void add_flag(struct feature_builder *builder, const char *what, bool flag)
{
	if (flag)
		feature_builder_add_text(builder, FEATURES_SHAPE, what, STR(""));
}

static void add_file(struct feature_builder *builder, const struct mime_part *part)
{
	struct word_list words = { 0 };
	ptrdiff_t dot = str_rfind_char(part->name, '.');

	if (part->name.len == 0 && !part->is_attachment)
		return;
	feature_builder_add_text(builder, FEATURES_FILES, "type ", part->type);
	add_size(builder, "file of ", part->raw_body.len);
	if (part->name.len == 0)
		return;
	if (dot >= 0)
		feature_builder_add_text(
			builder, FEATURES_FILES, "*.",
			arena_str_lower(builder->arena,
		                        str_from_offset(part->name, (size_t)dot + 1)));
	words_split(builder->arena, builder->key, part->name, 20, &words);
	features_add_words(builder, FEATURES_FILES, "file ", &words);
}

static void add_part(struct feature_builder *builder, const struct mime_part *part)
{
	static const char *const encodings[] = { "identity", "quoted-printable", "base64",
		                                 "uuencode", "unknown" };

	feature_builder_add_text(builder, FEATURES_SHAPE, part->depth == 0 ? "message " : "part ",
	                         part->type);
	if (part->charset.len > 0)
		feature_builder_add_text(builder, FEATURES_SHAPE, "charset ", part->charset);
	if (part->first_child == NULL)
		feature_builder_add_text(
			builder, FEATURES_SHAPE,
			arena_printf(builder->arena, "%.*s in ", STR_FMT(part->type)).data,
			str_from(encodings[part->encoding]));
	if (part->disposition.len > 0)
		feature_builder_add_text(builder, FEATURES_SHAPE, "disposition ",
		                         part->disposition);
	for (unsigned i = 0; i < 11; i++)
		if (part->faults >> i & 1)
			feature_builder_add_text(builder, FEATURES_SHAPE, "fault ",
			                         arena_printf(builder->arena, "%u", i));
	add_file(builder, part);
}

static void add_html(struct feature_builder *builder, const struct html_facts *html)
{
	for (size_t i = 0; i < html->elements.len && i < ELEMENTS_MAX; i++) {
		const struct html_element_count *element = &html->elements.items[i];

		feature_builder_add_text(builder, FEATURES_SHAPE, "<", element->name);
		feature_builder_add_text(builder, FEATURES_SHAPE, "<",
		                         arena_printf(builder->arena, "%.*s × 2^%u",
		                                      STR_FMT(element->name),
		                                      magnitude(element->opened)));
		if (element->unclosed > 0)
			feature_builder_add_text(builder, FEATURES_SHAPE, "unclosed <",
			                         element->name);
	}
	add_size(builder, "links ", html->links.len);
	add_size(builder, "images ", html->image_count);
	add_size(builder, "HTML ", html->source_chars);
	add_size(builder, "text of HTML ", html->rendered_chars);
	add_size(builder, "invisible ",
	         html->rendered_chars > html->visible.len ? html->rendered_chars - html->visible.len
	                                                  : 0);
	add_flag(builder, "low contrast", html->has_low_contrast);
	add_flag(builder, "invalid colour", html->has_invalid_color);
	add_flag(builder, "bad font", html->has_bad_font_face);
	add_flag(builder, "form", html->form_count > 0);
	add_flag(builder, "script", html->script_count > 0);
	add_flag(builder, "object", html->has_embed);
	add_flag(builder, "broken words", html->obfuscated_words > 0);
	add_flag(builder, "end tags too many", html->extra_close_count > 0);
}

void features_add_structure(struct feature_builder *builder, const struct message *message)
{
	size_t count = 0;
	struct mime_part *const *part;

	vec_foreach (&message->parts, part) {
		if (count++ >= PARTS_MAX)
			break;
		add_part(builder, *part);
		if ((*part)->html != NULL)
			add_html(builder, (*part)->html);
	}
	add_size(builder, "parts ", message->parts.len);
	add_size(builder, "bytes ", message->raw_body.len);
	add_size(builder, "URIs ", message->uris.len);
	add_size(builder, "paragraphs ", message->body.len);
	add_size(builder, "fields ", message->headers.len);
}
