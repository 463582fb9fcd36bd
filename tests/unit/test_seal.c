/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "forward/seal.h"
#include "tests/unit/scratch.h"

#define NOW  1732284000
#define HOST "mx1.example.com"
#define FROM_OUTSIDE                                                                               \
	"from client.example (client.example [192.0.2.1])\n\tby mx1.example.com (Postfix) with ESMTP id 4F; now"
#define BY_LOCAL "by mx1.example.com (Postfix)\n\tid 50; now"

static const struct seal_key key = { "0123456789abcdef", 16 };
static const struct seal_check check = { STR_INIT(HOST), NOW, 3600 };

static struct seal example(struct arena *arena)
{
	struct seal seal = {
		.sealed_at = NOW - 10,
		.host = STR(HOST),
		.scan_id = STR("0123456789abcdef"),
		.score = -95940,
		.required = 5000,
		.complete = true,
		.rules = STR("A_RULE=1.2,B=-97.14"),
		.client_ip = STR("2001:db8::1"),
	};

	vec_push(arena, &seal.recipients, STR("joe@example.com"));
	vec_push(arena, &seal.recipients, STR("\"a, b;=%\"@example.com"));
	return seal;
}

static void add_header(struct arena *arena, struct header_list *headers, const char *name,
                       struct str value)
{
	struct header header = { str_from(name), value, value, value, value };

	vec_push(arena, headers, header);
}

/* "S" our seal, "R" our Received from outside, "L" that of local(8), "D" Delivered-To, "X" another
 * field, "F" a Received of another host, "U" that of mail submitted by a user here. */
static enum seal_state find_among(const char *order, struct str value, struct seal *seal_r)
{
	struct arena *arena = arena_new();
	struct header_list headers = { 0 };
	enum seal_state state;

	for (; *order != '\0'; order++) {
		if (*order == 'S')
			add_header(arena, &headers, "x-assay-seal", value);
		else if (*order == 'R')
			add_header(arena, &headers, "Received", STR(FROM_OUTSIDE));
		else if (*order == 'L')
			add_header(arena, &headers, "Received", STR(BY_LOCAL));
		else if (*order == 'D')
			add_header(arena, &headers, "Delivered-To", STR("joe@example.com"));
		else if (*order == 'F')
			add_header(arena, &headers, "Received",
			           STR("from x by evil.example (by mx1.example.com) id 1; now"));
		else if (*order == 'U')
			add_header(arena, &headers, "Received",
			           STR("by mx1.example.com (Postfix, from userid 1000) id 1; now"));
		else
			add_header(arena, &headers, "Subject", STR("hello"));
	}
	state = seal_find(arena, &key, &headers, &check, seal_r);
	arena_free(arena);
	return state;
}

static void test_round_trip(void **state)
{
	struct arena *arena = arena_new();
	struct seal in = example(arena), out;
	struct header_list headers = { 0 };

	(void)state;
	add_header(arena, &headers, SEAL_HEADER_NAME, seal_write(arena, &key, &in));
	add_header(arena, &headers, "Received", STR(FROM_OUTSIDE));
	assert_int_equal(seal_find(arena, &key, &headers, &check, &out), SEAL_VALID);
	assert_int_equal(out.sealed_at, NOW - 10);
	assert_str(out.host, HOST);
	assert_str(out.scan_id, "0123456789abcdef");
	assert_int_equal(out.score, -95940);
	assert_int_equal(out.required, 5000);
	assert_true(out.complete);
	assert_false(out.authenticated);
	assert_str(out.rules, "A_RULE=1.2,B=-97.14");
	assert_str(out.client_ip, "2001:db8::1");
	assert_int_equal(out.recipients.len, 2);
	assert_str(out.recipients.items[0], "joe@example.com");
	assert_str(out.recipients.items[1], "\"a, b;=%\"@example.com");
	arena_free(arena);
}

/* No line is longer than mail may have, and large lists are cut at an item. */
static void test_size(void **state)
{
	struct arena *arena = arena_new();
	struct seal in = example(arena), out;
	struct header_list headers = { 0 };
	struct str text, line;

	(void)state;
	for (int i = 0; i < 1000; i++)
		vec_push(arena, &in.recipients, arena_printf(arena, "user%d@example.com", i));
	in.rules = STR("");
	for (int i = 0; i < 1000; i++)
		in.rules = arena_printf(arena, "%.*sRULE_%d=1.5,", STR_FMT(in.rules), i);
	text = seal_write(arena, &key, &in);
	assert_true(text.len < 10000);
	for (struct str rest = text; str_next_line(&rest, &line);) {
		assert_true(line.len <= 78);
		for (size_t i = 0; i < line.len; i++)
			assert_true(line.data[i] > ' ' ? line.data[i] < 0x7f : i == 0);
	}
	add_header(arena, &headers, SEAL_HEADER_NAME, text);
	add_header(arena, &headers, "Received", STR(FROM_OUTSIDE));
	assert_int_equal(seal_find(arena, &key, &headers, &check, &out), SEAL_VALID);
	assert_true(out.recipients.len > 100 && out.recipients.len < 1000);
	assert_true(str_ends_ci(out.recipients.items[out.recipients.len - 1], STR("@example.com")));
	assert_true(str_ends_ci(out.rules, STR("=1.5")));
	arena_free(arena);
}

static void test_position(void **state)
{
	static const char *const good[] = { "SR", "SRX", "SRSX", "LDSR", "LSR", "LDLDSRF", "SRF" };
	static const char *const bad[] = { "S",   "SX",  "XSR",  "RSR",  "FSR",
		                           "SFR", "USR", "UDSR", "DUSR", "X" };
	struct arena *arena = arena_new();
	struct seal in = example(arena), out;
	struct str text = seal_write(arena, &key, &in);

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (find_among(good[i], text, &out) != SEAL_VALID)
			fail_msg("%s is not accepted", good[i]);
	for (size_t i = 0; i + 1 < sizeof(bad) / sizeof(bad[0]); i++)
		if (find_among(bad[i], text, &out) != SEAL_FORGED)
			fail_msg("%s is accepted", bad[i]);
	assert_int_equal(find_among("RX", text, &out), SEAL_ABSENT);
	assert_int_equal(find_among("", text, &out), SEAL_ABSENT);
	/* A forged one on top, ours below: somebody wants to know what happens. */
	assert_int_equal(find_among("SR", STR("v=1;h=00"), &out), SEAL_FORGED);
	arena_free(arena);
}

static void test_bit_flips(void **state)
{
	struct arena *arena = arena_new();
	struct seal in = example(arena), out;
	struct str text = seal_write(arena, &key, &in);
	char *copy = arena_cstr(arena, text);

	(void)state;
	for (size_t i = 0; i < text.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			char before = copy[i];

			copy[i] ^= (char)(1 << bit);
			/* White space has no meaning. */
			if (!(char_is_space(before) && char_is_space(copy[i])) &&
			    find_among("SR", (struct str){ copy, text.len }, &out) != SEAL_FORGED)
				fail_msg("accepted with byte %zu as \"%c\"", i, copy[i]);
			copy[i] = before;
		}
	}
	for (size_t len = 0; len < text.len; len++)
		assert_int_equal(find_among("SR", str_prefix(text, len), &out), SEAL_FORGED);
	assert_int_equal(find_among("SR", (struct str){ copy, text.len }, &out), SEAL_VALID);
	/* Folded anew on its way. */
	text = arena_printf(arena, "%.*s\r\n %.*s\n\t\t%.*s", STR_FMT(str_prefix(text, 33)),
	                    STR_FMT(str_prefix(str_from_offset(text, 33), 50)),
	                    STR_FMT(str_from_offset(text, 83)));
	assert_int_equal(find_among("SR", text, &out), SEAL_VALID);
	arena_free(arena);
}

static void test_age(void **state)
{
	struct arena *arena = arena_new();
	struct seal in = example(arena), out;

	(void)state;
	in.sealed_at = NOW - 3600;
	assert_int_equal(find_among("SR", seal_write(arena, &key, &in), &out), SEAL_VALID);
	in.sealed_at = NOW - 3601;
	assert_int_equal(find_among("SR", seal_write(arena, &key, &in), &out), SEAL_EXPIRED);
	in.sealed_at = NOW + 301;
	assert_int_equal(find_among("SR", seal_write(arena, &key, &in), &out), SEAL_EXPIRED);
	in.sealed_at = NOW + 299;
	assert_int_equal(find_among("SR", seal_write(arena, &key, &in), &out), SEAL_VALID);
	arena_free(arena);
}

static void test_other_key_and_host(void **state)
{
	static const struct seal_key other = { "0123456789abcdeg", 16 };
	struct seal_check elsewhere = check;
	struct arena *arena = arena_new();
	struct header_list headers = { 0 };
	struct seal in = example(arena), out;

	(void)state;
	assert_int_equal(find_among("SR", seal_write(arena, &other, &in), &out), SEAL_FORGED);
	add_header(arena, &headers, SEAL_HEADER_NAME, seal_write(arena, &key, &in));
	add_header(arena, &headers, "Received", STR(FROM_OUTSIDE));
	/* The hop of another host of ours: the seal names the front. */
	elsewhere.host = STR("mx2.example.com");
	assert_int_equal(seal_find(arena, &key, &headers, &elsewhere, &out), SEAL_VALID);
	in.host = STR("mx3.example.com");
	headers.items[0].whole = seal_write(arena, &key, &in);
	assert_int_equal(seal_find(arena, &key, &headers, &elsewhere, &out), SEAL_FORGED);
	arena_free(arena);
}

static void test_key_file(void **state)
{
	const char *path = scratch_path("key");
	struct seal_key first, second;
	struct error err;
	struct stat st;

	(void)state;
	assert_true(seal_key_create(path, &err));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777 & ~0640u, 0);
	assert_true(seal_key_read(path, &first, &err));
	assert_int_equal(first.len, 32);
	assert_true(seal_key_create(path, &err));
	assert_true(seal_key_read(path, &second, &err));
	assert_memory_equal(first.bytes, second.bytes, sizeof(first.bytes));
	chmod(path, 0644);
	assert_false(seal_key_read(path, &first, &err));
	assert_non_null(strstr(err.text, "chmod"));
	chmod(scratch_write("short", "0123456789abcde"), 0600);
	assert_false(seal_key_read(scratch_path("short"), &first, &err));
	assert_non_null(strstr(err.text, "15 bytes"));
	assert_false(seal_key_read("/nonexistent/key", &first, &err));
	assert_false(seal_key_create("/nonexistent/key", &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_size),
		cmocka_unit_test(test_position),   cmocka_unit_test(test_bit_flips),
		cmocka_unit_test(test_age),        cmocka_unit_test(test_other_key_and_host),
		cmocka_unit_test(test_key_file),
	};

	return cmocka_run_group_tests_name("seal", tests, NULL, scratch_remove);
}
