/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as an address: nobody without the secret makes one that is taken back, and whatever is
 * rewritten comes back as it was. */
#include <assert.h>

#include "forward/srs.h"
#include "tests/unit/srs_settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct srs_settings settings = srs_default_settings();
	struct arena *arena = arena_new();
	struct str text = { (const char *)data, size }, out, back;
	struct str address = arena_printf(arena, "%.*s@srs.example", STR_FMT(text));

	/* Long, so that chance does not find it. */
	settings.hash_length = settings.hash_min = 20;
	settings.domain = STR("srs.example");
	vec_push(arena, &settings.secrets, STR("a secret of the fuzzer"));
	assert(srs_reverse(arena, &settings, address, 1700000000, &out) != SRS_REWRITTEN);
	if (srs_forward(arena, &settings, text, 1700000000, &out) == SRS_REWRITTEN) {
		enum srs_result result = srs_reverse(arena, &settings, out, 1700000000, &back);

		/* A quoted local part may come back without quotes that it did not need; one
		 * with "=" in its domain is none that an MTA would have taken. */
		assert(result == SRS_REWRITTEN || str_find_char(text, '=') >= 0 ||
		       str_find_char(text, '"') >= 0 || str_find_char(text, '\\') >= 0);
	}
	arena_free(arena);
	return 0;
}
