/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/html_element.h"

/* In the order of the names. */
const struct html_element html_elements[] = {
	{ STR_INIT("a"), true, true, 0, HTML_SCOPE_A, HTML_LINK_HREF, 0 },
	{ STR_INIT("abbr"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("acronym"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("address"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("applet"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("area"), true, false, 0, 0, HTML_LINK_HREF, 0 },
	{ STR_INIT("b"), true, true, 0, HTML_SCOPE_B, 0, 0 },
	{ STR_INIT("base"), true, false, 0, 0, HTML_LINK_BASE, 0 },
	{ STR_INIT("basefont"), true, false, 0, HTML_SCOPE_BASEFONT, 0, 0 },
	{ STR_INIT("bdo"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("bgsound"), false, false, 0, 0, HTML_LINK_SRC, 0 },
	{ STR_INIT("big"), true, true, 0, HTML_SCOPE_BIG, 0, 0 },
	{ STR_INIT("blockquote"), true, true, HTML_BREAK_PARAGRAPH, 0, 0, 0 },
	{ STR_INIT("body"), true, false, 0, HTML_SCOPE_BODY, HTML_LINK_BACKGROUND, 0 },
	{ STR_INIT("br"), true, false, HTML_BREAK_LINE, 0, 0, 0 },
	{ STR_INIT("button"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("caption"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("center"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("cite"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("code"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("col"), true, false, 0, 0, 0, 0 },
	{ STR_INIT("colgroup"), true, false, 0, 0, 0, 0 },
	{ STR_INIT("dd"), true, false, HTML_BREAK_SPACE, 0, 0, 0 },
	{ STR_INIT("del"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("dfn"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("dir"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("div"), true, true, HTML_BREAK_LINE, HTML_SCOPE_DIV, 0, 0 },
	{ STR_INIT("dl"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("dt"), true, false, HTML_BREAK_SPACE, 0, 0, 0 },
	{ STR_INIT("em"), true, true, 0, HTML_SCOPE_EM, 0, 0 },
	{ STR_INIT("embed"), false, false, HTML_BREAK_SPACE, 0, HTML_LINK_SRC, 0 },
	{ STR_INIT("fieldset"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("font"), true, true, 0, HTML_SCOPE_FONT, 0, 0 },
	{ STR_INIT("form"), true, true, 0, 0, HTML_LINK_ACTION, 0 },
	{ STR_INIT("frame"), true, false, 0, 0, HTML_LINK_SRC, 0 },
	{ STR_INIT("frameset"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("h1"), true, true, HTML_BREAK_SPACE, 0, 0, 0 },
	{ STR_INIT("h2"), true, true, HTML_BREAK_SPACE, 0, 0, 0 },
	{ STR_INIT("h3"), true, true, HTML_BREAK_SPACE, 0, 0, 0 },
	{ STR_INIT("h4"), true, true, HTML_BREAK_SPACE, 0, 0, 0 },
	{ STR_INIT("h5"), true, true, HTML_BREAK_SPACE, 0, 0, 0 },
	{ STR_INIT("h6"), true, true, HTML_BREAK_SPACE, 0, 0, 0 },
	{ STR_INIT("head"), true, false, 0, 0, 0, 0 },
	{ STR_INIT("hr"), true, false, HTML_BREAK_PARAGRAPH, 0, 0, 0 },
	{ STR_INIT("html"), true, false, 0, 0, 0, 0 },
	{ STR_INIT("i"), true, true, 0, HTML_SCOPE_I, 0, 0 },
	{ STR_INIT("iframe"), true, true, 0, 0, HTML_LINK_SRC, HTML_LITERAL_IFRAME },
	{ STR_INIT("img"), true, false, 0, 0, HTML_LINK_SRC, 0 },
	{ STR_INIT("input"), true, false, 0, 0, 0, 0 },
	{ STR_INIT("ins"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("isindex"), true, false, 0, 0, 0, 0 },
	{ STR_INIT("kbd"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("label"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("legend"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("li"), true, false, HTML_BREAK_SPACE, 0, 0, 0 },
	{ STR_INIT("link"), true, false, 0, 0, HTML_LINK_HREF, 0 },
	{ STR_INIT("listing"), false, false, HTML_BREAK_PARAGRAPH, 0, 0, 0 },
	{ STR_INIT("map"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("menu"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("meta"), true, false, 0, 0, HTML_LINK_META, 0 },
	{ STR_INIT("nobr"), true, false, 0, 0, 0, 0 },
	{ STR_INIT("noframes"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("noscript"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("object"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("ol"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("optgroup"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("option"), true, false, 0, 0, 0, 0 },
	{ STR_INIT("p"), true, false, HTML_BREAK_PARAGRAPH, HTML_SCOPE_P, 0, 0 },
	{ STR_INIT("param"), true, false, 0, 0, 0, 0 },
	{ STR_INIT("plaintext"), false, false, HTML_BREAK_PARAGRAPH, 0, 0, HTML_LITERAL_PLAINTEXT },
	{ STR_INIT("pre"), true, true, HTML_BREAK_PARAGRAPH, 0, 0, 0 },
	{ STR_INIT("q"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("s"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("samp"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("script"), true, true, 0, 0, HTML_LINK_SRC, HTML_LITERAL_SCRIPT },
	{ STR_INIT("select"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("small"), true, true, 0, HTML_SCOPE_SMALL, 0, 0 },
	{ STR_INIT("span"), true, true, 0, HTML_SCOPE_SPAN, 0, 0 },
	{ STR_INIT("strike"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("strong"), true, true, 0, HTML_SCOPE_STRONG, 0, 0 },
	{ STR_INIT("style"), true, true, 0, 0, 0, HTML_LITERAL_STYLE },
	{ STR_INIT("sub"), true, true, 0, HTML_SCOPE_SUB, 0, 0 },
	{ STR_INIT("sup"), true, true, 0, HTML_SCOPE_SUP, 0, 0 },
	{ STR_INIT("table"), true, true, 0, HTML_SCOPE_TABLE, HTML_LINK_BACKGROUND, 0 },
	{ STR_INIT("tbody"), true, false, 0, 0, 0, 0 },
	{ STR_INIT("td"), true, false, HTML_BREAK_SPACE, HTML_SCOPE_TD, HTML_LINK_BACKGROUND, 0 },
	{ STR_INIT("textarea"), true, true, 0, 0, 0, HTML_LITERAL_TEXTAREA },
	{ STR_INIT("tfoot"), true, false, 0, 0, 0, 0 },
	{ STR_INIT("th"), true, false, HTML_BREAK_SPACE, HTML_SCOPE_TD, 0, 0 },
	{ STR_INIT("thead"), true, false, 0, 0, 0, 0 },
	{ STR_INIT("title"), true, true, HTML_BREAK_PARAGRAPH, 0, 0, HTML_LITERAL_TITLE },
	{ STR_INIT("tr"), true, false, 0, HTML_SCOPE_TR, HTML_LINK_BACKGROUND, 0 },
	{ STR_INIT("tt"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("u"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("ul"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("var"), true, true, 0, 0, 0, 0 },
	{ STR_INIT("x-sigsep"), true, false, 0, 0, 0, 0 },
	{ STR_INIT("x-tab"), true, false, 0, 0, 0, 0 },
	{ STR_INIT("xmp"), false, false, HTML_BREAK_PARAGRAPH, 0, 0, HTML_LITERAL_XMP },
};
const size_t html_element_count = sizeof(html_elements) / sizeof(*html_elements);

/* Where each letter's elements begin; after 'z', the end. */
static const unsigned char first_of_letter[27] = {
	0,  6,  16, 22, 29, 31, 36, 36, 45, 51, 51, 52, 57, 60,
	63, 67, 71, 72, 72, 83, 93, 95, 96, 96, 99, 99, 99,
};

static bool has_name(const struct html_element *element, struct str name)
{
	if (element->name.len != name.len)
		return false;
	for (size_t i = 1; i < name.len; i++)
		if (char_lower(name.data[i]) != element->name.data[i])
			return false;
	return true;
}

const struct html_element *html_element_named(struct str name)
{
	unsigned letter = name.len > 0 ? (unsigned)(char_lower(name.data[0]) - 'a') : 26;

	if (letter >= 26)
		return NULL;
	for (size_t i = first_of_letter[letter]; i < first_of_letter[letter + 1]; i++)
		if (has_name(&html_elements[i], name))
			return &html_elements[i];
	return NULL;
}
