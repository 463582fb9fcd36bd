/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as HTML: rendered with little and with much room, its font sizes, and the links of it
 * canonicalised. */
#include <assert.h>

#include "message/html.h"
#include "message/html_pixels.h"
#include "message/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_spans(const struct html_facts *facts, struct str text)
{
	const struct html_span *span;
	size_t last = 0, hidden = 0;

	vec_foreach (&facts->hidden, span) {
		assert(span->start >= last && span->end >= span->start && span->end <= text.len);
		hidden += span->end - span->start;
		last = span->end;
	}
	assert(facts->invisible_bytes + facts->visible_bytes == text.len);
	assert(hidden <= facts->invisible_bytes);
}

static void check_facts(const struct html_facts *facts, struct str source, struct str text)
{
	const struct html_element_count *count;
	const struct html_link *link;

	vec_foreach (&facts->elements, count)
		assert(count->unclosed <= count->opened);
	vec_foreach (&facts->links, link)
		assert(link->target.len <= HTML_MAX_URI && link->element.len > 0);
	assert(facts->source_chars <= source.len && facts->rendered_chars <= text.len);
	assert(facts->nonspace_chars <= facts->rendered_chars);
	assert(facts->known_tag_count <= facts->tag_count);
	assert(facts->distinct_known_count <= facts->distinct_tag_count);
	assert(facts->comment_bytes + facts->tag_bytes <= source.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t rooms[] = { 10, 1 << 20 };
	struct str source = { (const char *)data, size }, text;
	struct html_pixels pixels;

	for (size_t i = 0; i < 2; i++) {
		struct arena *arena = arena_new();
		const struct html_facts *facts = html_render(arena, source, rooms[i], &text);
		struct uri_list uris = { 0 };

		assert(text.len <= rooms[i]);
		check_spans(facts, text);
		check_facts(facts, source, text);
		pixels = html_pixels(arena, source);
		assert(pixels.min <= 16 && pixels.max >= 16);
		uri_add_links(arena, &facts->links, 100, &uris);
		assert(uris.len <= 100);
		arena_free(arena);
	}
	return 0;
}
