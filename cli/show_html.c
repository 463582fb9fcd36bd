/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/strbuf.h"
#include "cli/show_view.h"

static void add_list(struct sheet *sheet, const char *name, const struct str_list *texts)
{
	sheet_open_list(sheet, name);
	for (size_t i = 0; i < texts->len; i++)
		sheet_line(sheet, texts->items[i]);
	sheet_close(sheet);
}

/* In text: "html, a 3, table 2 (1 open)". */
static struct str elements_line(struct arena *arena, const struct html_element_list *elements)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < elements->len; i++) {
		const struct html_element_count *element = &elements->items[i];

		strbuf_printf(&buf, "%s%.*s", i > 0 ? ", " : "", STR_FMT(element->name));
		if (element->opened != 1)
			strbuf_printf(&buf, " %zu", element->opened);
		if (element->unclosed > 0)
			strbuf_printf(&buf, " (%zu open)", element->unclosed);
	}
	return strbuf_str(&buf);
}

static void add_elements(const struct show_message *shown, struct sheet *sheet,
                         const struct html_element_list *elements)
{
	if (!sheet_is_json(sheet)) {
		sheet_text(sheet, "elements", elements_line(shown->arena, elements));
		return;
	}
	sheet_open_list(sheet, "elements");
	for (size_t i = 0; i < elements->len; i++) {
		sheet_item(sheet, "name", elements->items[i].name);
		sheet_number(sheet, "opened", elements->items[i].opened);
		sheet_number(sheet, "closed", elements->items[i].closed);
		sheet_number(sheet, "unclosed", elements->items[i].unclosed);
		sheet_close(sheet);
	}
	sheet_close(sheet);
}

static void add_links(struct sheet *sheet, const struct html_link_list *links)
{
	sheet_open_list(sheet, "links");
	for (size_t i = 0; i < links->len; i++) {
		sheet_item(sheet, "target", links->items[i].target);
		if (!str_eq(links->items[i].resolved, links->items[i].target))
			sheet_text(sheet, "resolved", links->items[i].resolved);
		sheet_text(sheet, "element", links->items[i].element);
		sheet_text(sheet, "attribute", links->items[i].attribute);
		sheet_text(sheet, "text", links->items[i].text);
		sheet_close(sheet);
	}
	sheet_close(sheet);
}

static void add_numbers(const struct show_message *shown, struct sheet *sheet,
                        const struct html_facts *html)
{
	sheet_number(sheet, "source_chars", html->source_chars);
	sheet_number(sheet, "shown_chars", html->rendered_chars);
	sheet_number(sheet, "tags", html->tag_count);
	sheet_number(sheet, "known_tags", html->known_tag_count);
	sheet_number(sheet, "extra_ends", html->extra_close_count);
	sheet_number(sheet, "images", html->image_count);
	sheet_number(sheet, "image_area", html->image_area);
	sheet_number(sheet, "scripts", html->script_count);
	sheet_number(sheet, "forms", html->form_count);
	sheet_number(sheet, "broken_words", html->obfuscated_words);
	sheet_text(
		sheet, "font_sizes",
		arena_printf(shown->arena, "%g to %g", html->min_font_size, html->max_font_size));
}

static void add_flags(struct sheet *sheet, const struct html_facts *html)
{
	sheet_flag(sheet, "low_contrast", html->has_low_contrast);
	sheet_flag(sheet, "invalid_color", html->has_invalid_color);
	sheet_flag(sheet, "bad_font_face", html->has_bad_font_face);
	sheet_flag(sheet, "mailto_form", html->has_mailto_form);
	sheet_flag(sheet, "embedded", html->has_embed);
	sheet_flag(sheet, "unclosed", html->has_unclosed);
	sheet_flag(sheet, "cut", html->is_truncated);
}

/* What is rendered and not for readers to see is where the two differ. */
static void add_part(const struct show_message *shown, struct sheet *sheet,
                     const struct mime_part *part)
{
	const struct html_facts *html = part->html;

	sheet_item(sheet, "type", part->type);
	sheet_text(sheet, "title", html->title);
	add_elements(shown, sheet, &html->elements);
	add_numbers(shown, sheet, html);
	add_flags(sheet, html);
	add_links(sheet, &html->links);
	add_list(sheet, "titles", &html->titles);
	add_list(sheet, "charsets", &html->charsets);
	add_list(sheet, "comments", &html->comments);
	add_list(sheet, "script_texts", &html->scripts);
	sheet_text(sheet, "rendered", part->rendered);
	if (!str_eq(html->visible, part->rendered))
		sheet_text(sheet, "visible", html->visible);
	sheet_close(sheet);
}

void show_html(const struct show_message *shown, struct sheet *sheet)
{
	const struct mime_part_list *parts = &shown->message->parts;

	sheet_open_list(sheet, "html");
	for (size_t i = 0; i < parts->len; i++)
		if (parts->items[i]->html != NULL)
			add_part(shown, sheet, parts->items[i]);
	sheet_close(sheet);
}
