/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of HTML parts; each is true if it is true for any of them. */
#include <math.h>

#include "rules/eval/eval.h"
#include "rules/eval/eval_pattern.h"
#include "rules/model/number.h"

/* The HTML facts of part number *i or a later one; moves *i past it. NULL: no more. */
static const struct html_facts *next_html(const struct eval_context *context, size_t *i)
{
	const struct mime_part_list *parts = &context->message->parts;

	while (*i < parts->len) {
		const struct mime_part *part = parts->items[(*i)++];

		if (part->html != NULL && !part->is_beside_body)
			return part->html;
	}
	return NULL;
}

/* Numbers that SpamAssassin's HTML reader gives; false where it gives none. */
static bool html_number(const struct html_facts *html, struct str name, double *value_r)
{
	double tags = (double)html->tag_count, distinct = (double)html->distinct_tag_count;

	if (str_eq(name, STR("length")))
		*value_r = (double)html->source_chars;
	else if (str_eq(name, STR("max_size")))
		*value_r = html->max_font_size;
	else if (str_eq(name, STR("min_size")))
		*value_r = html->min_font_size;
	else if (str_eq(name, STR("image_area")))
		*value_r = (double)html->image_area;
	else if (str_eq(name, STR("non_space_len")))
		*value_r = (double)html->nonspace_chars;
	else if (str_eq(name, STR("closed_extra_ratio")) && tags > 0)
		*value_r = (double)html->extra_close_count / tags;
	else if (str_eq(name, STR("bad_tag_ratio")) && tags > 0 && html->known_tag_count > 0)
		*value_r = (tags - (double)html->known_tag_count) / tags;
	else if (str_eq(name, STR("non_element_ratio")) && distinct > 0 &&
	         html->distinct_known_count > 0)
		*value_r = (distinct - (double)html->distinct_known_count) / distinct;
	else if (str_eq(name, STR("obfuscation_ratio")) && tags > 0 && html->obfuscated_words > 0)
		*value_r = (double)html->obfuscated_words / tags;
	else if (str_eq(name, STR("backhair_count")) && html->broken_word_shapes != 0)
		*value_r = __builtin_popcountll(html->broken_word_shapes);
	else
		return false;
	return true;
}

static double html_range(const struct eval_context *context)
{
	double min = eval_number(context, 1, 0), max = eval_number(context, 2, INFINITY);
	const struct html_facts *html;
	size_t i = 0;

	while ((html = next_html(context, &i)) != NULL) {
		double value;

		if (html_number(html, eval_text(context, 0), &value) && value > min && value <= max)
			return 1;
	}
	return 0;
}

/* "< 512", "!= 0": compares a value. */
static bool compares(double value, struct str expression)
{
	static const char *const operators[] = { "<=", ">=", "==", "!=", "<", ">" };
	struct str rest = str_trim(expression);
	size_t i = 0;
	double with;

	while (i < 6 && !str_starts(rest, str_from(operators[i])))
		i++;
	if (i == 6)
		return false;
	rest = str_trim(str_from_offset(rest, i < 4 ? 2 : 1));
	with = number_read(rest, 0);
	switch (i) {
	case 0:
		return value <= with;
	case 1:
		return value >= with;
	case 2:
		return value == with;
	case 3:
		return value != with;
	case 4:
		return value < with;
	default:
		return value > with;
	}
}

static double html_eval(const struct eval_context *context)
{
	const struct html_facts *html;
	size_t i = 0;

	while ((html = next_html(context, &i)) != NULL) {
		double value;

		if (html_number(html, eval_text(context, 0), &value) &&
		    compares(value, eval_text(context, 1)))
			return 1;
	}
	return 0;
}

static double html_tag_balance(const struct eval_context *context)
{
	const struct html_facts *html;
	size_t i = 0;

	while ((html = next_html(context, &i)) != NULL) {
		const struct html_element_count *element =
			html_find_element(html, eval_text(context, 0));

		if (element != NULL && compares((double)element->unclosed, eval_text(context, 1)))
			return 1;
	}
	return 0;
}

static double html_tag_exists(const struct eval_context *context)
{
	const struct html_facts *html;
	size_t i = 0;

	while ((html = next_html(context, &i)) != NULL)
		if (html_find_element(html, eval_text(context, 0)) != NULL)
			return 1;
	return 0;
}

static bool html_flag(const struct html_facts *html, struct str name)
{
	double value;

	if (str_eq(name, STR("html")))
		return true;
	if (str_eq(name, STR("form_action_mailto")))
		return html->has_mailto_form;
	if (str_eq(name, STR("font_low_contrast")))
		return html->has_low_contrast;
	if (str_eq(name, STR("font_invalid_color")))
		return html->has_invalid_color;
	if (str_eq(name, STR("font_face_bad")))
		return html->has_bad_font_face;
	if (str_eq(name, STR("embeds")))
		return html->has_embed;
	return html_number(html, name, &value) && value != 0;
}

static double html_test(const struct eval_context *context)
{
	const struct html_facts *html;
	size_t i = 0;

	while ((html = next_html(context, &i)) != NULL)
		if (html_flag(html, eval_text(context, 0)))
			return 1;
	return 0;
}

static double html_image_only(const struct eval_context *context)
{
	double min = eval_number(context, 0, 0), max = eval_number(context, 1, 0);
	const struct html_facts *html;
	size_t i = 0;

	while ((html = next_html(context, &i)) != NULL)
		if (html_find_element(html, STR("img")) != NULL &&
		    (double)html->source_chars > min && (double)html->source_chars <= max)
			return 1;
	return 0;
}

static double html_image_ratio(const struct eval_context *context)
{
	const struct html_facts *html;
	size_t i = 0;

	while ((html = next_html(context, &i)) != NULL) {
		double ratio;

		if (html->image_area == 0)
			continue;
		ratio = (double)html->nonspace_chars / (double)html->image_area;
		if (ratio > eval_number(context, 0, 0) && ratio <= eval_number(context, 1, 0))
			return 1;
	}
	return 0;
}

/* The texts that html_text_match() can look at; anchors come from the links. */
static void html_texts(const struct html_facts *html, struct arena *arena, struct str name,
                       struct str_list *texts_r)
{
	if (str_eq(name, STR("title")))
		*texts_r = html->titles;
	else if (str_eq(name, STR("comment")))
		*texts_r = html->comments;
	else if (str_eq(name, STR("script")))
		*texts_r = html->scripts;
	else if (str_eq(name, STR("anchor")))
		for (size_t i = 0; i < html->links.len; i++)
			if (str_eq(html->links.items[i].element, STR("a")))
				vec_push(arena, texts_r, html->links.items[i].text);
}

/* Does the pattern of argument 1 match, or not match, any of the texts that argument 0 names? */
static bool html_text_matches(const struct eval_context *context, bool wanted)
{
	const struct html_facts *html;
	struct pattern_span span;
	size_t i = 0;

	if (context->args->pattern == NULL)
		return false;
	while ((html = next_html(context, &i)) != NULL) {
		struct str_list texts = { 0 };

		html_texts(html, context->arena, eval_text(context, 0), &texts);
		for (size_t k = 0; k < texts.len; k++)
			if (eval_match(context, context->args->pattern, texts.items[k], &span) ==
			    wanted)
				return true;
	}
	return false;
}

static double html_text_match(const struct eval_context *context)
{
	return html_text_matches(context, true);
}

static double html_text_not_match(const struct eval_context *context)
{
	return html_text_matches(context, false);
}

static size_t count_characters(struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
	return count;
}

/* Compares characters of a title with bytes of the subject, as SpamAssassin does. */
static double html_title_subject_ratio(const struct eval_context *context)
{
	double subject = (double)eval_field(context, "Subject").len;
	const struct html_facts *html;
	size_t i = 0;

	while (subject > 0 && (html = next_html(context, &i)) != NULL)
		for (size_t k = 0; k < html->titles.len; k++)
			if ((double)count_characters(html->titles.items[k]) / subject >
			    eval_number(context, 0, 0))
				return 1;
	return 0;
}

static double check_iframe_src(const struct eval_context *context)
{
	const struct html_facts *html;
	size_t i = 0;

	while ((html = next_html(context, &i)) != NULL)
		for (size_t k = 0; k < html->links.len; k++)
			if (str_eq(html->links.items[k].element, STR("iframe")))
				return 1;
	return 0;
}

/* The host at the start of a text. */
static struct str host_at(struct str text)
{
	size_t len = 0;

	while (len < text.len && !char_is_space(text.data[len]) && text.data[len] != '/' &&
	       text.data[len] != ':' && text.data[len] != '?' && text.data[len] != '#')
		len++;
	return str_prefix(text, len);
}

/* The first host that the text shows after "https://", or empty. */
static struct str shown_host(struct str text)
{
	static const struct str scheme = STR_INIT("https://");
	struct str host = STR("");
	ptrdiff_t at;

	while (host.len == 0 && (at = str_find_ci(text, scheme)) >= 0) {
		text = str_from_offset(text, (size_t)at + scheme.len);
		host = host_at(text);
	}
	return host;
}

/* Where the host's domain is registered; empty where that can't be. */
static struct str valid_domain(const struct eval_context *context, struct str host)
{
	const struct uri_domains *domains = &context->set->domains;

	return uri_tld_in(domains, host) ? uri_domain_in(context->arena, domains, host) : STR("");
}

/* The host that a link leads to by the web, as it is written; empty for anything else. */
static struct str web_host(struct str target)
{
	if (str_starts_ci(target, STR("https://")))
		return host_at(str_from_offset(target, 8));
	return str_starts_ci(target, STR("http://")) ? host_at(str_from_offset(target, 7))
	                                             : STR("");
}

/* Does the text show a secure address of another domain (or an IP address)? */
static bool shows_other_domain(const struct eval_context *context, struct str text,
                               struct str domain)
{
	struct str host = shown_host(text);
	struct str shown = uri_is_ip_address(host) ? host : valid_domain(context, host);

	return shown.len > 0 && !str_eq_ci(shown, domain);
}

/* Counts the distinct links to the web and says whether one shows another place than its own. */
static size_t count_anchors(const struct eval_context *context, const struct html_facts *html,
                            bool *mismatch_r)
{
	struct map *seen = map_new(context->arena, MAP_EXACT);

	*mismatch_r = false;
	for (size_t i = 0; i < html->links.len; i++) {
		struct html_link *link = &html->links.items[i];
		struct str domain;

		if (!str_eq(link->element, STR("a")))
			continue;
		domain = valid_domain(context, web_host(link->target));
		if (domain.len == 0)
			continue;
		map_set(seen, link->target, link);
		if (shows_other_domain(context, link->text, domain))
			*mismatch_r = true;
	}
	return map_len(seen);
}

static double check_https_http_mismatch(const struct eval_context *context)
{
	double min = eval_number(context, 0, 1);
	const struct html_facts *html;
	size_t i = 0;

	while ((html = next_html(context, &i)) != NULL) {
		bool mismatch;
		double anchors = (double)count_anchors(context, html, &mismatch);

		if (mismatch && anchors >= (min > 0 ? min : 1) &&
		    (context->args->texts.len < 2 || anchors < eval_number(context, 1, 0)))
			return 1;
	}
	return 0;
}

/* Four numbers at the start of a text. */
static bool starts_with_quad(struct str text)
{
	for (int part = 0; part < 4; part++) {
		size_t digits = 0;

		if (part > 0 && !str_starts(text, STR(".")))
			return false;
		text = str_from_offset(text, part > 0 ? 1 : 0);
		while (digits < text.len && char_is_digit(text.data[digits]))
			digits++;
		if (digits == 0)
			return false;
		text = str_from_offset(text, digits);
	}
	return true;
}

/* "https://1.2.3.4" with or without a login; `scheme` without its colon. */
static bool leads_to_address(struct str target, struct str scheme)
{
	struct str login;
	ptrdiff_t at;

	if (!str_starts_ci(target, scheme) ||
	    !str_starts(str_from_offset(target, scheme.len), STR(":")))
		return false;
	target = str_from_offset(target, scheme.len + 1);
	while (str_starts(target, STR("/")))
		target = str_from_offset(target, 1);
	at = str_find_char(target, '@');
	login = str_prefix(target, at > 0 ? (size_t)at : 0);
	return starts_with_quad(target) ||
	       (login.len > 0 && str_find_char(login, '/') < 0 &&
	        starts_with_quad(str_from_offset(target, login.len + 1)));
}

static double check_https_ip_mismatch(const struct eval_context *context)
{
	const struct html_facts *html;
	size_t i = 0;

	while ((html = next_html(context, &i)) != NULL) {
		for (size_t k = 0; k < html->links.len; k++) {
			const struct html_link *link = &html->links.items[k];

			if ((leads_to_address(link->target, STR("http")) ||
			     leads_to_address(link->target, STR("https"))) &&
			    !leads_to_address(link->text, STR("https")) &&
			    str_find_ci(link->text, STR("https:")) >= 0)
				return 1;
		}
	}
	return 0;
}

static size_t count_seen(struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += !char_is_space(text.data[i]) &&
		         ((unsigned char)text.data[i] & 0xc0) != 0x80;
	return count;
}

/* (MIN): has an HTML part as many characters, white space left out, that a reader doesn't see? A
 * function of ours. */
static double check_hidden_text(const struct eval_context *context)
{
	double min = eval_number(context, 0, 1);
	const struct html_facts *html;
	size_t i = 0;

	while ((html = next_html(context, &i)) != NULL)
		if ((double)html->nonspace_chars >= min + (double)count_seen(html->visible))
			return 1;
	return 0;
}

const struct eval_function eval_html_functions[] = {
	{ .name = "check_hidden_text", .run = check_hidden_text, .args = "n" },
	{ .name = "html_range", .run = html_range, .args = "tnr" },
	{ .name = "html_eval", .run = html_eval, .args = "tt" },
	{ .name = "html_tag_balance", .run = html_tag_balance, .args = "tt" },
	{ .name = "html_tag_exists", .run = html_tag_exists, .args = "t" },
	{ .name = "html_test", .run = html_test, .args = "t" },
	{ .name = "html_image_only", .run = html_image_only, .args = "nn" },
	{ .name = "html_image_ratio", .run = html_image_ratio, .args = "nn" },
	{ .name = "html_text_match", .run = html_text_match, .args = "tp" },
	{ .name = "html_text_not_match", .run = html_text_not_match, .args = "tp" },
	{ .name = "html_title_subject_ratio",
	  .run = html_title_subject_ratio,
	  .args = "n",
	  .fields = EVAL_FIELDS("Subject") },
	{ .name = "check_iframe_src", .run = check_iframe_src },
	{ .name = "check_https_http_mismatch", .run = check_https_http_mismatch, .args = "|nn" },
	{ .name = "check_https_ip_mismatch", .run = check_https_ip_mismatch },
	{ 0 },
};
