/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as HTML: rendered as both versions read it, with little and with much room, and the
 * links of it canonicalised. */
#include <assert.h>

#include "message/html.h"
#include "message/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

static void check_reading(struct str source, size_t room, enum reading_version reading)
{
	struct arena *arena = arena_new();
	struct uri_knowledge knowledge = { .reading = reading };
	struct uri_list uris = { .knowledge = &knowledge };
	const struct html_facts *facts;
	struct str text;

	facts = html_render(arena, source, room, reading, &text);
	assert(text.len <= (reading == READING_4_0_3 ? 2 * room : room));
	assert(facts->visible.len <= (reading == READING_4_0_3 ? 2 * room : text.len));
	assert(facts->min_font_size <= facts->max_font_size);
	check_facts(facts, source, text);
	uri_add_links(arena, &facts->links, 100, &uris);
	assert(uris.len <= 100);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t rooms[] = { 10, 1 << 20 };
	struct str source = { (const char *)data, size };

	for (size_t i = 0; i < 2; i++) {
		check_reading(source, rooms[i], READING_4_0_1);
		check_reading(source, rooms[i], READING_4_0_3);
	}
	return 0;
}
