/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a sender's name in which firms are looked for. */
#include <assert.h>

#include "rules/model/brand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_found(const struct skeleton *skeleton, const struct brand_found *found,
                        size_t from)
{
	assert(found->first >= from && found->first < found->end && found->end <= skeleton->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct brand_table table = { 0 };
	struct skeleton skeleton = { 0 };
	struct brand_found found = { 0 };
	struct str text = { (const char *)data, size };
	size_t from = 0;

	brand_table_init(arena, &table);
	brand_add_domain(arena, &table, brand_named(arena, &table, STR("paypal")), STR("paypal.*"));
	brand_named(arena, &table, STR("bank_of_america"));
	brand_named(arena, &table, STR("chase"))->alone = true;
	skeleton_make(arena, text, 200, &skeleton);
	assert(skeleton.len <= 201);
	for (size_t i = 0; i < skeleton.len; i++)
		assert(skeleton.items[i].at < skeleton.items[i].end &&
		       skeleton.items[i].end <= size);
	while (brand_find_in_name(&table, text, &skeleton, from, &found)) {
		check_found(&skeleton, &found, from);
		from = found.end;
	}
	for (from = 0; brand_find(&table, text, &skeleton, from, &found); from = found.end)
		check_found(&skeleton, &found, from);
	brand_is_in_domain(arena, table.brands.items[0], text);
	brand_owns(table.brands.items[0], text, text);
	brand_owns_any(&table, text, text);
	arena_free(arena);
	return 0;
}
