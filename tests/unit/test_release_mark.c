/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mark of what is released holds for this message alone, and for a while. */
#include "tests/unit/unit.h"

#include "forward/release_mark.h"
#include "forward/seal.h"
#include "tests/unit/body_digest.h"

#define NOW  1732284000
#define BODY "Hello\nJoe\n"

static const struct seal_key key = { "0123456789abcdef", 16 };
static const struct seal_key other_key = { "0123456789abcdeF", 16 };
static struct arena *arena;
static struct raw_field_list fields;
static struct release_mark in, out;
static struct release_mark_check check;

static int set_up(void **state)
{
	struct raw_field subject = { .name = STR("Subject"), .value = STR(" hello") };
	struct seal_fields bound;

	(void)state;
	arena = arena_new();
	fields = (struct raw_field_list){ 0 };
	vec_push(arena, &fields, subject);
	check = (struct release_mark_check){ NOW, body_digest(STR(BODY)), &fields };
	seal_fields_of(arena, &fields, &bound);
	in = (struct release_mark){
		.expires_at = NOW + 600,
		.scan_id = STR("0123456789abcdef"),
		.recipient = STR("joe@aol.example"),
		.by = STR("support, of Example"),
		.body = check.body,
		.fields_present = seal_fields_present(&bound),
	};
	in.fields = seal_fields_digest(&bound, in.fields_present);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static bool finds(const struct seal_key *with, struct str value)
{
	struct header header = { .name = STR("x-assay-release"), .whole = value };
	struct header other = { .name = STR(RELEASE_MARK_NAME), .whole = STR(" v=1;QUFB") };
	struct header_list headers = { 0 };

	vec_push(arena, &headers, other);
	vec_push(arena, &headers, header);
	return release_mark_find(arena, with, &headers, &check, &out);
}

static void test_it_comes_back(void **state)
{
	struct str value = release_mark_write(arena, &key, &in);

	(void)state;
	assert_true(value.len > 0 && finds(&key, value));
	assert_true(str_eq(out.recipient, in.recipient) && str_eq(out.by, in.by));
	assert_true(str_eq(out.scan_id, in.scan_id) && out.expires_at == in.expires_at);
}

static void test_it_is_for_this_message_and_time(void **state)
{
	struct str value = release_mark_write(arena, &key, &in);

	(void)state;
	assert_false(finds(&other_key, value));
	check.now = NOW + 601;
	assert_false(finds(&key, value));
	check.now = NOW;
	check.body = body_digest(STR("Hello\nJim\n"));
	assert_false(finds(&key, value));
	check.body = (struct seal_digest){ 0 };
	assert_false(finds(&key, value));
	check.body = body_digest(STR(BODY));
	fields.items[0].value = STR(" hallo");
	assert_false(finds(&key, value));
	fields.items[0].value = STR(" hello");
	assert_true(finds(&key, value));
}

static void test_any_other_character_breaks_it(void **state)
{
	struct str value = release_mark_write(arena, &key, &in);
	char *text = arena_cstr(arena, value);

	(void)state;
	for (size_t i = 0; i < value.len; i++) {
		char before = text[i];

		if (char_is_space(before))
			continue;
		text[i] = before == 'A' ? 'B' : 'A';
		if (finds(&key, str_from(text)))
			assert_true(str_eq(out.recipient, in.recipient));
		text[i] = before;
	}
	for (size_t i = 0; i < value.len; i++)
		if (finds(&key, str_prefix(value, i)))
			fail_msg("%zu of %zu characters will do", i, value.len);
}

/* Neither passes for the other, though they have one key. */
static void test_no_seal_is_a_mark(void **state)
{
	struct seal seal = { .sealed_at = NOW, .body = check.body, .fields = in.fields };
	struct envelope_recipients recipients = { 0 };
	struct header_list headers = { 0 };
	struct header header = { .name = STR(SEAL_HEADER_NAME) };
	struct header received = { .name = STR("Received"), .unfolded = STR("from a by b") };
	struct seal_check as_seal = {
		.host = STR("b"), .now = NOW, .body = check.body, .fields = &fields
	};
	struct str value;

	(void)state;
	assert_true(seal_recipients_gather(arena, &key, &recipients, &seal.recipients));
	value = seal_write(arena, &key, &seal);
	assert_true(value.len > 0);
	assert_false(
		finds(&key, arena_printf(arena, "v=1;%.*s", STR_FMT(str_from_offset(value, 4)))));
	value = release_mark_write(arena, &key, &in);
	header.whole = arena_printf(arena, "v=2;%.*s", STR_FMT(str_from_offset(value, 4)));
	vec_push(arena, &headers, header);
	vec_push(arena, &headers, received);
	assert_int_not_equal(seal_find(arena, &key, &headers, &as_seal, &seal), SEAL_VALID);
}

static void test_without_digests_there_is_none(void **state)
{
	(void)state;
	in.body.known = false;
	assert_int_equal(release_mark_write(arena, &key, &in).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_it_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_it_is_for_this_message_and_time, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(test_any_other_character_breaks_it, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(test_no_seal_is_a_mark, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_digests_there_is_none, set_up,
		                                tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
