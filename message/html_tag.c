/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "message/html_entity.h"
#include "message/html_private.h"

/* More different names than this count as names seen before. */
#define MAX_NAMES    5000
#define MAX_AREA     ((size_t)1 << 50)
#define DEFAULT_SIDE 200

/* The prefixes that office programs write: "o:p", "st1:place". */
static bool is_office_name(struct str name)
{
	size_t i;

	if (str_starts_ci(name, STR("o:")))
		i = 2;
	else if (str_starts_ci(name, STR("st")) && name.len > 4 && char_is_digit(name.data[2]) &&
	         name.data[3] == ':')
		i = 4;
	else
		return false;
	if (name.data[name.len - 1] == '/')
		name.len--;
	if (i >= name.len)
		return false;
	for (; i < name.len; i++)
		if (!char_is_alnum(name.data[i]) && name.data[i] != '_' && name.data[i] != '-')
			return false;
	return true;
}

static struct html_element_count *new_count(struct html_renderer *r, struct str name, bool standard)
{
	struct html_element_count *count;

	r->facts->distinct_tag_count++;
	r->facts->distinct_known_count += standard;
	count = vec_add(r->arena, &r->facts->elements);
	*count = (struct html_element_count){ .name = name };
	return count;
}

static struct html_element_count *count_known(struct html_renderer *r,
                                              const struct html_element *element)
{
	size_t *place = &r->known[element - html_elements];

	if (*place > 0)
		return &r->facts->elements.items[*place - 1];
	*place = r->facts->elements.len + 1;
	return new_count(r, element->name, element->standard);
}

/* NULL where too many different names were seen. */
static struct html_element_count *count_unknown(struct html_renderer *r, struct str name,
                                                bool standard)
{
	struct html_element_count *count;
	size_t *place = map_get(r->unknown, name);

	if (place != NULL)
		return &r->facts->elements.items[*place];
	if (r->facts->elements.len >= MAX_NAMES)
		return NULL;
	place = arena_new_object(r->arena, size_t);
	*place = r->facts->elements.len;
	count = new_count(r, arena_str_lower(r->arena, name), standard);
	map_set(r->unknown, count->name, place);
	return count;
}

static void count_tag(struct html_renderer *r, const struct html_token *token,
                      const struct html_element *element, bool standard)
{
	struct html_element_count *count;

	r->facts->tag_count++;
	r->facts->known_tag_count += standard;
	count = element != NULL ? count_known(r, element) : count_unknown(r, token->name, standard);
	if (count == NULL)
		return;
	if (token->type == HTML_TOKEN_START) {
		count->opened++;
		count->unclosed++;
	} else {
		count->closed++;
		if (count->unclosed > 0)
			count->unclosed--;
		else
			r->facts->extra_close_count++;
	}
}

void html_add_doctype(struct html_renderer *r)
{
	struct html_facts *facts = r->facts;
	size_t tags = facts->distinct_tag_count, known = facts->distinct_known_count;

	facts->tag_count++;
	facts->known_tag_count++;
	count_unknown(r, STR("!doctype"), true);
	facts->distinct_tag_count = tags; /* it is no element */
	facts->distinct_known_count = known;
}

bool html_is_open(const struct html_renderer *r, const struct html_element *element)
{
	size_t place = r->known[element - html_elements];

	return place > 0 && r->facts->elements.items[place - 1].unclosed > 0;
}

/* A width or height: pixels, or hundredths of the side of a screen of 800 × 600. */
static size_t side_length(struct str value, size_t pixels_per_percent)
{
	uint64_t number = 0;
	bool percent;

	if (value.len > 0 && value.data[value.len - 1] == '\n')
		value.len--;
	percent = value.len > 0 && value.data[value.len - 1] == '%';
	if (percent)
		value.len--;
	if (!str_to_uint(value, 1000000, &number) || number == 0)
		return DEFAULT_SIDE;
	return percent ? number * pixels_per_percent : number;
}

static void add_image(struct html_renderer *r)
{
	const struct str *width = html_attribute(&r->tag, STR("width"));
	const struct str *height = html_attribute(&r->tag, STR("height"));

	r->facts->image_count++;
	if (html_is_open(r, r->a))
		html_add_to_anchors(r, STR("<img>\n"));
	if (width != NULL && height != NULL && r->facts->image_area < MAX_AREA)
		r->facts->image_area += side_length(*width, 8) * side_length(*height, 6);
}

/* One font name of a list: letters, spaces and dashes, perhaps quoted, perhaps one digit last. */
static bool read_font_name(struct str face, size_t *at_r, bool first)
{
	size_t i = *at_r, start;

	if (i < face.len &&
	    (face.data[i] == '"' || face.data[i] == '\'' || (first && face.data[i] == '.')))
		i++;
	start = i;
	while (i < face.len &&
	       (char_is_alpha(face.data[i]) || face.data[i] == ' ' || face.data[i] == '-'))
		i++;
	if (i - start < 2 || face.data[start] == '-' || !char_is_alpha(face.data[i - 1]) ||
	    (!first && face.data[start] == ' '))
		return false;
	if (i < face.len && char_is_digit(face.data[i]))
		i++;
	if (i < face.len && (face.data[i] == '"' || face.data[i] == '\''))
		i++;
	*at_r = i;
	return true;
}

static bool is_font_list(struct str face)
{
	size_t at = 0;

	face = str_trim_left(face);
	if (!read_font_name(face, &at, true))
		return false;
	while (at < face.len && face.data[at] == ',') {
		for (at++; at < face.len && char_is_space(face.data[at]);)
			at++;
		if (!read_font_name(face, &at, false))
			return false;
	}
	if (at < face.len && face.data[at] == ';')
		at++;
	return at == face.len || (at + 1 == face.len && face.data[at] == '\n');
}

void html_finish_title(struct html_renderer *r)
{
	if (r->title.started)
		r->facts->titles.items[r->title.index] = strbuf_str(&r->title.text);
	strbuf_init(&r->title.text, r->arena);
	r->title.started = false;
}

static void start_title(struct html_renderer *r)
{
	html_finish_title(r);
	r->title.index = r->facts->titles.len;
	r->title.started = true;
	vec_push(r->arena, &r->facts->titles, STR(""));
}

/* <meta http-equiv=content-type content="text/html; charset=…"> */
static void add_charset(struct html_renderer *r)
{
	const struct str *kind = html_attribute(&r->tag, STR("http-equiv"));
	const struct str *content = html_attribute(&r->tag, STR("content"));
	struct str value, word;
	ptrdiff_t at;
	size_t len = 0;

	if (kind == NULL || content == NULL || str_find_ci(*kind, STR("content-type")) < 0)
		return;
	at = str_find_ci(*content, STR("charset"));
	if (at < 0)
		return;
	value = str_trim_left(str_from_offset(*content, (size_t)at + strlen("charset")));
	if (value.len == 0 || value.data[0] != '=')
		return;
	value = str_trim_left(str_from_offset(value, 1));
	if (value.len > 0 && (value.data[0] == '"' || value.data[0] == '\''))
		value = str_from_offset(value, 1);
	while (len < value.len && value.data[len] != '"' && value.data[len] != '\'')
		len++;
	value.len = len;
	while (str_next_word(&value, &word))
		vec_push(r->arena, &r->facts->charsets, word);
}

/* Elements with a behaviour of their own. */
static void start_element(struct html_renderer *r, const struct html_element *element)
{
	const struct str *value;

	if (element->scope == HTML_SCOPE_FONT) {
		value = html_attribute(&r->tag, STR("face"));
		r->facts->has_bad_font_face |= value != NULL && !is_font_list(*value);
	} else if (element->link == HTML_LINK_ACTION) {
		value = html_attribute(&r->tag, STR("action"));
		r->facts->form_count++;
		r->facts->has_mailto_form |=
			value != NULL && str_find_ci(*value, STR("mailto:")) >= 0;
	} else if (str_eq(element->name, STR("img"))) {
		add_image(r);
	} else if (str_eq(element->name, STR("object")) || str_eq(element->name, STR("embed"))) {
		r->facts->has_embed = true;
	} else if (str_eq(element->name, STR("title"))) {
		start_title(r);
	} else if (str_eq(element->name, STR("script"))) {
		r->facts->script_count++;
	} else if (element->link == HTML_LINK_META) {
		add_charset(r);
	}
}

/* The values of the attributes are read by what follows; most have no reference in them. */
static void decode_attributes(struct html_renderer *r)
{
	struct html_attribute *attribute;
	struct strbuf out;

	vec_foreach (&r->tag.attributes, attribute) {
		if (str_find_char(attribute->value, '&') < 0)
			continue;
		strbuf_init(&out, r->arena);
		out.cap = attribute->value.len; /* it never becomes longer */
		out.data = arena_alloc(r->arena, out.cap);
		html_decode_entities(&out, attribute->value, false);
		attribute->value = strbuf_str(&out);
	}
}

static void change_style(struct html_renderer *r, enum html_scope scope, bool start)
{
	if (r->reading == READING_4_0_3) {
		if (start)
			html_css_open(&r->css, scope, &r->tag);
		else
			html_css_close(&r->css, scope);
	} else if (scope < HTML_SCOPE_COUNT) {
		if (start)
			html_styles_open(&r->styles, scope, &r->tag);
		else
			html_styles_close(&r->styles, scope);
	}
}

static enum html_break break_of(const struct html_renderer *r, const struct html_element *element)
{
	if (r->reading == READING_4_0_3 &&
	    (element->scope == HTML_SCOPE_DIV || element->scope == HTML_SCOPE_TR))
		return HTML_BREAK_PARAGRAPH;
	return (enum html_break)element->break_;
}

static void end_element(struct html_renderer *r, const struct html_element *element)
{
	if (r->reading != READING_4_0_3)
		return;
	if (element->scope == HTML_SCOPE_A)
		html_end_anchor(r);
	if (break_of(r, element) != HTML_BREAK_NONE)
		html_end_block(r);
}

void html_add_tag(struct html_renderer *r, const struct html_token *token)
{
	const struct html_element *element = token->element;
	bool office = element == NULL && is_office_name(token->name);
	bool start = token->type == HTML_TOKEN_START;

	r->facts->tag_bytes += token->text.len;
	count_tag(r, token, element, office || (element != NULL && element->standard));
	if (element == NULL)
		return;
	if (start)
		decode_attributes(r);
	if (element->scope != HTML_SCOPE_NONE)
		change_style(r, (enum html_scope)element->scope, start);
	if (break_of(r, element) != HTML_BREAK_NONE)
		html_add_break(r, break_of(r, element));
	if (!start) {
		end_element(r, element);
		return;
	}
	if (element->link != HTML_LINK_NONE)
		html_add_links(r, element);
	start_element(r, element);
}
