/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "forward/seal.h"
#include "tests/unit/body_digest.h"
#include "tests/unit/scratch.h"

#define NOW  1732284000
#define HOST "mx1.example.com"
#define FROM_OUTSIDE                                                                               \
	"from client.example (client.example [192.0.2.1])\n\tby mx1.example.com (Postfix) with "   \
	"ESMTP id 4F; now"
#define BY_LOCAL "by mx1.example.com (Postfix)\n\tid 50; now"
#define BODY     "Hello\nJoe\n"

static const struct seal_key key = { "0123456789abcdef", 16 };
static struct arena *arena;
static struct seal in, out;
static struct seal_check check;
static struct header_list headers;
static struct raw_field_list fields_there;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	headers = (struct header_list){ 0 };
	fields_there = (struct raw_field_list){ 0 };
	check = (struct seal_check){ .host = STR(HOST),
		                     .listener = STR("FORWARD"),
		                     .now = NOW,
		                     .max_age_s = 3600,
		                     .body = body_digest(STR(BODY)),
		                     .fields = &fields_there };
	in = (struct seal){
		.sealed_at = NOW - 10,
		.host = STR(HOST),
		.listener = STR("smtpd"),
		.queue_id = STR("4F"),
		.scan_id = STR("0123456789abcdef"),
		.score = -95940,
		.floor = -96940,
		.doubt = STR("spf: the score might be lower"),
		.required = 5000,
		.rules = STR("A_RULE=1.2,B=-97.14"),
		.client_ip = STR("2001:db8::1"),
		.body = check.body,
	};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void add_header(struct header_list *list, const char *name, struct str value)
{
	struct header header = { str_from(name), value, value, value, value };

	vec_push(arena, list, header);
}

static void seal_for(const struct envelope_recipients *envelope)
{
	assert_true(seal_recipients_gather(arena, &key, envelope, &in.recipients));
}

static void seal_for_address(const char *address)
{
	struct envelope_recipients envelope = { 0 };

	vec_add(arena, &envelope)->address = str_from(address);
	seal_for(&envelope);
}

static void add_field(struct raw_field_list *list, const char *name, const char *value)
{
	struct raw_field field = { .name = str_from(name), .value = str_from(value) };

	vec_push(arena, list, field);
}

static void bind(const char *name, const char *value)
{
	struct raw_field_list list = { 0 };
	struct seal_fields fields;

	add_field(&list, name, value);
	seal_fields_of(arena, &list, &fields);
	in.fields_present = seal_fields_present(&fields);
	in.fields = seal_fields_digest(&fields, in.fields_present);
}

static void bind_nothing(void)
{
	static const struct seal_fields none;

	in.fields_present = 0;
	in.fields = seal_fields_digest(&none, 0);
}

static struct str sealed(void)
{
	struct str text;

	if (!in.fields.known)
		bind_nothing();
	text = seal_write(arena, &key, &in);
	assert_true(text.len > 0);
	return text;
}

/* "S" our seal, "R" our Received from outside, "L" that of local(8), "D" Delivered-To, "X" another
 * field, "F" a Received of another host, "U" that of mail submitted by a user here. */
static enum seal_state find_among(const char *order, struct str value)
{
	headers = (struct header_list){ 0 };
	for (; *order != '\0'; order++) {
		if (*order == 'S')
			add_header(&headers, "x-assay-seal", value);
		else if (*order == 'R')
			add_header(&headers, "Received", STR(FROM_OUTSIDE));
		else if (*order == 'L')
			add_header(&headers, "Received", STR(BY_LOCAL));
		else if (*order == 'D')
			add_header(&headers, "Delivered-To", STR("joe@example.com"));
		else if (*order == 'F')
			add_header(&headers, "Received",
			           STR("from x by evil.example (by mx1.example.com) id 4F; now"));
		else if (*order == 'U')
			add_header(&headers, "Received",
			           STR("by mx1.example.com (Postfix, from userid 1000) id 1; now"));
		else
			add_header(&headers, "X-Mailer", STR("hello"));
	}
	return seal_find(arena, &key, &headers, &check, &out);
}

static void test_round_trip(void **state)
{
	(void)state;
	in.exempt = true;
	assert_int_equal(find_among("SR", sealed()), SEAL_VALID);
	assert_int_equal(out.signature.len, 0);
	in.signature = STR("Win.Test-1");
	assert_int_equal(find_among("SR", sealed()), SEAL_VALID);
	assert_str(out.signature, "Win.Test-1");
	assert_int_equal(out.sealed_at, NOW - 10);
	assert_str(out.host, HOST);
	assert_str(out.listener, "smtpd");
	assert_str(out.queue_id, "4F");
	assert_str(out.scan_id, "0123456789abcdef");
	assert_int_equal(out.score, -95940);
	assert_int_equal(out.floor, -96940);
	assert_str(out.doubt, "spf: the score might be lower");
	assert_int_equal(out.required, 5000);
	assert_true(out.exempt);
	assert_str(out.rules, "A_RULE=1.2,B=-97.14");
	assert_str(out.client_ip, "2001:db8::1");
	assert_int_equal(out.recipients.count, 0);
	in.exempt = false;
	assert_int_equal(find_among("SR", sealed()), SEAL_VALID);
	assert_false(out.exempt);
}

/* A copy in a mailbox tells nothing, not even that two messages had the same recipient. */
static void test_nothing_is_in_clear(void **state)
{
	static const char *const secrets[] = { "joe", "JOE", "am9l", "example", "A_RULE", "95" };
	struct str first, second;

	(void)state;
	seal_for_address("joe@example.com");
	first = sealed();
	second = sealed();
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]) - 1; i++)
		assert_true(str_find(first, str_from(secrets[i])) < 0);
	assert_false(str_eq(first, second));
	assert_false(str_eq(str_prefix(first, 40), str_prefix(second, 40)));
}

/* No line is longer than mail may have, and no seal is so large that an MTA refuses it. */
static void test_size(void **state)
{
	struct envelope_recipients envelope = { 0 };
	struct str text, line;

	(void)state;
	for (int i = 0; i < 100000; i++)
		vec_add(arena, &envelope)->address = arena_printf(arena, "u%d@h%d.example", i, i);
	in.rules = STR("");
	for (int i = 0; i < 1000; i++)
		in.rules = arena_printf(arena, "%.*sRULE_%d=1.5,", STR_FMT(in.rules), i);
	for (size_t len = 1; len <= 100000; len = len * 3 + 1) {
		envelope.len = len;
		seal_for(&envelope);
		text = sealed();
		assert_true(text.len < 16384);
		for (struct str rest = text; str_next_line(&rest, &line);) {
			assert_true(line.len <= 78);
			for (size_t i = 0; i < line.len; i++)
				assert_true(line.data[i] > ' ' ? line.data[i] < 0x7f : i == 0);
		}
		assert_int_equal(find_among("SR", text), SEAL_VALID);
		assert_int_equal(out.recipients.count, len);
	}
	assert_true(str_ends_ci(out.rules, STR("=1.5")));
}

static void test_position(void **state)
{
	static const char *const good[] = { "SR", "SRX", "SRSX", "LDSR", "LSR", "LDLDSRF", "SRF" };
	static const char *const bad[] = { "S",   "SX",  "XSR",  "RSR", "FSR",
		                           "SFR", "USR", "UDSR", "DUSR" };
	struct str text = sealed();

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (find_among(good[i], text) != SEAL_VALID)
			fail_msg("%s is not accepted", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (find_among(bad[i], text) != SEAL_FORGED)
			fail_msg("%s is accepted", bad[i]);
	assert_int_equal(find_among("RX", text), SEAL_ABSENT);
	assert_int_equal(find_among("", text), SEAL_ABSENT);
	/* A forged one on top, ours below: somebody wants to know what happens. */
	assert_int_equal(find_among("SR", STR("v=1;h=00")), SEAL_FORGED);
	assert_int_equal(find_among("SR", STR("v=2;")), SEAL_FORGED);
	assert_int_equal(find_among("SR", STR("v=2;AAAA")), SEAL_FORGED);
}

static void test_bit_flips(void **state)
{
	struct str text = sealed();
	char *copy = arena_cstr(arena, text);

	(void)state;
	for (size_t i = 0; i < text.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			char before = copy[i];

			copy[i] ^= (char)(1 << bit);
			/* White space has no meaning. */
			if (!(char_is_space(before) && char_is_space(copy[i])) &&
			    find_among("SR", (struct str){ copy, text.len }) != SEAL_FORGED)
				fail_msg("accepted with byte %zu as \"%c\"", i, copy[i]);
			copy[i] = before;
		}
	}
	for (size_t len = 0; len < text.len; len++)
		assert_int_equal(find_among("SR", str_prefix(text, len)), SEAL_FORGED);
	assert_int_equal(find_among("SR", (struct str){ copy, text.len }), SEAL_VALID);
	/* Folded anew on its way. */
	text = arena_printf(arena, "%.*s\r\n %.*s\n\t\t%.*s", STR_FMT(str_prefix(text, 33)),
	                    STR_FMT(str_prefix(str_from_offset(text, 33), 50)),
	                    STR_FMT(str_from_offset(text, 83)));
	assert_int_equal(find_among("SR", text), SEAL_VALID);
}

static void test_age(void **state)
{
	(void)state;
	in.sealed_at = NOW - 3600;
	assert_int_equal(find_among("SR", sealed()), SEAL_VALID);
	in.sealed_at = NOW - 3601;
	assert_int_equal(find_among("SR", sealed()), SEAL_EXPIRED);
	in.sealed_at = NOW + 301;
	assert_int_equal(find_among("SR", sealed()), SEAL_EXPIRED);
	in.sealed_at = NOW + 299;
	assert_int_equal(find_among("SR", sealed()), SEAL_VALID);
	check.max_age_s = 0;
	in.sealed_at = NOW - SEAL_DEFAULT_MAX_AGE;
	assert_int_equal(find_among("SR", sealed()), SEAL_VALID);
	in.sealed_at--;
	assert_int_equal(find_among("SR", sealed()), SEAL_EXPIRED);
}

static void test_other_key(void **state)
{
	static const struct seal_key other = { "0123456789abcdeg", 16 };
	struct str text;

	(void)state;
	bind_nothing();
	text = seal_write(arena, &other, &in);
	assert_true(text.len > 0);
	assert_int_equal(find_among("SR", text), SEAL_FORGED);
}

/* It belongs to the host, the listener and the very message that the Received field is of. */
static void test_other_front(void **state)
{
	(void)state;
	/* The hop of another host of ours: the seal names the front. */
	check.host = STR("mx2.example.com");
	assert_int_equal(find_among("SR", sealed()), SEAL_VALID);
	in.host = STR("mx2.example.com");
	assert_int_equal(find_among("SR", sealed()), SEAL_FORGED);
	in.host = STR("mx3.example.com");
	assert_int_equal(find_among("SR", sealed()), SEAL_FORGED);
	in.host = STR(HOST);
	in.queue_id = STR("4E");
	assert_int_equal(find_among("SR", sealed()), SEAL_FORGED);
	in.queue_id = STR("");
	assert_int_equal(find_among("SR", sealed()), SEAL_VALID);
	in.listener = check.listener;
	assert_int_equal(find_among("SR", sealed()), SEAL_FORGED);
	in.listener = STR("");
	assert_int_equal(find_among("SR", sealed()), SEAL_VALID);
}

static enum seal_state with_body(const char *body)
{
	check.body = body_digest(str_from(body));
	return find_among("SR", sealed());
}

static void test_other_body(void **state)
{
	static const char *const same[] = { BODY, "Hello\r\nJoe\r\n", "Hello\nJoe",
		                            "Hello  \nJoe\t\n\n\r\n \n", "Hello\n\rJoe\n" };
	static const char *const other[] = { "",
		                             "Hello\nJo\n",
		                             "hello\nJoe\n",
		                             "Hello\n\nJoe\n",
		                             "Hello Joe\n",
		                             "HelloJoe\n",
		                             "\nHello\nJoe\n",
		                             "Hello\n Joe\n",
		                             "Hello\nJoe\n.\n",
		                             "Hello\nJoe\nmore\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (with_body(same[i]) != SEAL_VALID)
			fail_msg("refused: %s", same[i]);
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (with_body(other[i]) != SEAL_OTHER_TEXT)
			fail_msg("accepted: %s", other[i]);
	/* Without a hash there is nothing to compare, and nothing to write. */
	assert_false(seal_digest_same(&(struct seal_digest){ 0 }, &(struct seal_digest){ 0 }));
	check.body.known = false;
	assert_int_equal(find_among("SR", sealed()), SEAL_OTHER_TEXT);
	in.body.known = false;
	assert_int_equal(seal_write(arena, &key, &in).len, 0);
}

/* Chunks end anywhere. */
static void test_body_in_pieces(void **state)
{
	static const char start[] = "a b\r\n\r\n  c\r\n\td \r\n.\r\n\r\n";
	struct strbuf text;
	struct seal_digest whole;

	(void)state;
	strbuf_init(&text, arena);
	strbuf_add(&text, STR(start));
	for (int i = 0; i < 20000; i++)
		strbuf_printf(&text, "%d%s", i, i % 700 == 0 ? " \r\n" : "");
	whole = body_digest(strbuf_str(&text));
	for (size_t size = 1; size < 9000; size = size * 2 + 1) {
		struct seal_body *body = seal_body_new();
		struct str rest = strbuf_str(&text);
		struct seal_digest pieces;

		for (; rest.len > 0; rest = str_from_offset(rest, size)) {
			struct str piece = str_prefix(rest, size);

			seal_body_add(body, piece.data, piece.len);
		}
		pieces = seal_body_finish(body);
		assert_true(seal_digest_same(&whole, &pieces));
	}
}

static enum seal_state with_field(const char *name, const char *value)
{
	fields_there.len = 0;
	add_field(&fields_there, name, value);
	return find_among("SR", sealed());
}

static void test_other_fields(void **state)
{
	(void)state;
	bind("Subject", " Minutes of Tuesday");
	assert_int_equal(with_field("Subject", "Minutes of Tuesday"), SEAL_VALID);
	assert_int_equal(with_field("subject", " Minutes\n\tof  Tuesday"), SEAL_VALID);
	assert_int_equal(with_field("Subject", "Cheap pills"), SEAL_OTHER_TEXT);
	assert_int_equal(with_field("X-Other", "Minutes of Tuesday"), SEAL_OTHER_TEXT);
	assert_int_equal(with_field("Reply-To", "Minutes of Tuesday"), SEAL_OTHER_TEXT);
	add_field(&fields_there, "Subject", "Minutes of Tuesday");
	assert_int_equal(find_among("SR", sealed()), SEAL_OTHER_TEXT);
	/* Those that MTAs add, and those that they don't. */
	bind_nothing();
	assert_int_equal(with_field("Date", "now"), SEAL_VALID);
	assert_int_equal(with_field("Message-Id", "<1@x>"), SEAL_VALID);
	assert_int_equal(with_field("From", "x@example.com"), SEAL_VALID);
	assert_int_equal(with_field("Subject", "Cheap pills"), SEAL_OTHER_TEXT);
	assert_int_equal(with_field("Content-Type", "text/html"), SEAL_OTHER_TEXT);
	assert_int_equal(with_field("Content-Transfer-Encoding", "base64"), SEAL_OTHER_TEXT);
	assert_int_equal(with_field("Reply-To", "x@example.com"), SEAL_OTHER_TEXT);
	/* One that is too long to be known is not what it was. */
	add_field(&fields_there, "Reply-To", NULL);
	fields_there.items[0] = fields_there.items[1];
	fields_there.len = 1;
	assert_int_equal(find_among("SR", sealed()), SEAL_OTHER_TEXT);
}

static void test_added_fields_count_where_they_were(void **state)
{
	static const char *const names[] = { "From", "Date", "Message-ID" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		bind(names[i], "as it was");
		assert_int_equal(with_field(names[i], "as it was"), SEAL_VALID);
		assert_int_equal(with_field(names[i], "another"), SEAL_OTHER_TEXT);
		assert_int_equal(with_field("X-Other", "as it was"), SEAL_OTHER_TEXT);
	}
}

static void test_front_received(void **state)
{
	(void)state;
	find_among("SRF", STR("x"));
	assert_ptr_equal(seal_front_received(&headers, check.host), &headers.items[1]);
	find_among("LDRF", STR("x"));
	assert_ptr_equal(seal_front_received(&headers, check.host), &headers.items[2]);
	find_among("FR", STR("x"));
	assert_null(seal_front_received(&headers, check.host));
	find_among("XR", STR("x"));
	assert_null(seal_front_received(&headers, check.host));
	find_among("", STR("x"));
	assert_null(seal_front_received(&headers, check.host));
}

static void test_key_file(void **state)
{
	static const char text[] = "0123456789abcdef0123456789ABCDEF";
	const char *path = scratch_write("key", text);
	struct seal_key read;
	struct error err;

	(void)state;
	chmod(path, 0600);
	assert_true(seal_key_read(path, &read, &err));
	assert_int_equal(read.len, strlen(text));
	assert_memory_equal(read.bytes, text, strlen(text));
	chmod(path, 0644);
	assert_false(seal_key_read(path, &read, &err));
	assert_non_null(strstr(err.text, "chmod"));
	chmod(scratch_write("short", "0123456789abcde"), 0600);
	assert_false(seal_key_read(scratch_path("short"), &read, &err));
	assert_non_null(strstr(err.text, "15 bytes"));
	assert_false(seal_key_read("/nonexistent/key", &read, &err));
}

#define SEAL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SEAL_TEST(test_round_trip),     SEAL_TEST(test_nothing_is_in_clear),
		SEAL_TEST(test_size),           SEAL_TEST(test_position),
		SEAL_TEST(test_bit_flips),      SEAL_TEST(test_age),
		SEAL_TEST(test_other_key),      SEAL_TEST(test_other_front),
		SEAL_TEST(test_other_body),     SEAL_TEST(test_body_in_pieces),
		SEAL_TEST(test_other_fields),   SEAL_TEST(test_added_fields_count_where_they_were),
		SEAL_TEST(test_front_received), cmocka_unit_test(test_key_file),
	};

	return cmocka_run_group_tests_name("seal", tests, NULL, scratch_remove);
}
