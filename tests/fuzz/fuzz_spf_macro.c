/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any octets as an SPF macro string; lines behind the first are the sender, the HELO and the
 * client's name that it is expanded with. */
#include <assert.h>

#include "facts/spf_macro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_expansion(struct arena *arena, struct str text, struct str rest)
{
	struct spf_macro_values values = { .domain = STR("d.example"),
		                           .current = STR("_spf.d.example"),
		                           .ip = STR("192.0.2.1"),
		                           .ip_version = STR("in-addr"),
		                           .pretty_ip = STR("192.0.2.1"),
		                           .receiver = STR("us.example"),
		                           .time = STR("1700000000") };
	struct str expanded, again;

	str_next_piece(&rest, '\n', &values.local);
	str_next_piece(&rest, '\n', &values.helo);
	str_next_piece(&rest, '\n', &values.client_name);
	values.sender = arena_printf(arena, "%.*s@d.example", STR_FMT(values.local));
	if (!spf_macro_expand(arena, text, &values, &expanded))
		return;
	assert(expanded.len <= SPF_EXPANSION_MAX);
	assert(spf_macro_expand(arena, text, &values, &again) && str_eq(expanded, again));
	if (str_find_char(text, '%') < 0)
		assert(str_eq(expanded, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str rest = { (const char *)data, size }, text;

	str_next_piece(&rest, '\n', &text);
	for (int use = SPF_MACRO_STRING; use <= SPF_MACRO_EXPLAIN; use++) {
		const char *problem = NULL;

		if (spf_macro_check(text, (enum spf_macro_use)use, &problem)) {
			spf_macro_uses_client_name(text);
			check_expansion(arena, text, rest);
		} else {
			assert(problem != NULL && problem[0] != '\0');
		}
	}
	arena_free(arena);
	return 0;
}
