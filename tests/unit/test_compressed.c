/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/compressed.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/strbuf.h"
#include "tests/unit/unit.h"

#define MAX 100000

static struct str text_of(struct arena *arena, size_t bytes)
{
	char *text = arena_alloc(arena, bytes + 1);
	uint32_t state = 1;

	for (size_t i = 0; i < bytes; i++) {
		state = state * 1664525 + 1013904223;
		text[i] = (char)(state >> 28);
	}
	return (struct str){ text, bytes };
}

static struct str gzip(struct arena *arena, struct str text)
{
	size_t cap = compressBound(text.len) + 64;
	char *out = arena_alloc(arena, cap);
	z_stream stream = { .next_in = (Bytef *)text.data,
		            .avail_in = (uInt)text.len,
		            .next_out = (Bytef *)out,
		            .avail_out = (uInt)cap };

	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return (struct str){ out, stream.total_out };
}

static struct str zstd(struct arena *arena, struct str text)
{
	size_t cap = ZSTD_compressBound(text.len);
	char *out = arena_alloc(arena, cap);

	return (struct str){ out, ZSTD_compress(out, cap, text.data, text.len, 3) };
}

typedef struct str pack(struct arena *arena, struct str text);
static pack *const packs[] = { gzip, zstd };

static void test_all_sizes(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, 65535, 65536, 65537, MAX - 1, MAX };

	(void)state;
	for (size_t p = 0; p < 2; p++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct arena *arena = arena_new();
			struct str text = text_of(arena, sizes[i]), packed = packs[p](arena, text);
			struct str result;
			struct error error;

			assert_true(compressed_is(packed));
			assert_true(compressed_expand(arena, packed, MAX, &result, &error));
			assert_true(str_eq(result, text));
			arena_free(arena);
		}
	}
}

static void test_several_members(void **state)
{
	struct arena *arena = arena_new();
	struct str a = text_of(arena, 30000), b = text_of(arena, 50), result;
	struct error error;

	(void)state;
	for (size_t p = 0; p < 2; p++) {
		struct str pieces[] = { packs[p](arena, a), packs[p](arena, b) };
		struct str packed = arena_concat(arena, pieces, 2);

		assert_true(compressed_expand(arena, packed, MAX, &result, &error));
		assert_true(str_eq(result, arena_concat(arena, (struct str[]){ a, b }, 2)));
	}
	arena_free(arena);
}

static void assert_refused(struct arena *arena, struct str packed, const char *why)
{
	struct error error;
	struct str result;

	assert_false(compressed_expand(arena, packed, MAX, &result, &error));
	if (strstr(error.text, why) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", error.text, why);
}

static void test_what_is_refused(void **state)
{
	struct arena *arena = arena_new();
	struct str small = text_of(arena, 1000), large = text_of(arena, MAX + 1);
	char *zeros = arena_calloc(arena, 64, 1 << 20);

	(void)state;
	for (size_t p = 0; p < 2; p++) {
		struct str packed = packs[p](arena, small);
		struct str bomb = packs[p](arena, (struct str){ zeros, 64 << 20 });

		assert_refused(arena, packs[p](arena, large), "expands to more than");
		assert_true(bomb.len < 70000);
		assert_refused(arena, bomb, "expands to more than");
		for (size_t len = 4; len < packed.len; len += 7)
			assert_refused(arena, str_prefix(packed, len), "data is");
	}
	assert_refused(arena, STR("From: a\n"), "neither");
	assert_refused(arena, STR(""), "neither");
	arena_free(arena);
}

/* Whatever byte is wrong: refused, or something within the limit. */
static void test_wrong_bytes(void **state)
{
	struct arena *arena = arena_new();
	struct str text = text_of(arena, 3000);

	(void)state;
	for (size_t p = 0; p < 2; p++) {
		struct str packed = packs[p](arena, text);

		for (size_t i = 0; i < packed.len; i++) {
			char *wrong = arena_cstr(arena, packed);
			struct error error = { "" };
			struct str result = STR("");

			wrong[i] ^= 0x55;
			if (compressed_expand(arena, (struct str){ wrong, packed.len }, MAX,
			                      &result, &error))
				assert_true(result.len <= MAX);
			else
				assert_true(error.text[0] != '\0');
		}
	}
	arena_free(arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_sizes),
		cmocka_unit_test(test_several_members),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_wrong_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
