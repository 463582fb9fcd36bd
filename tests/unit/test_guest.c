/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/arrivals.h"
#include "milter/guest.h"
#include "milter/naps.h"

#define ALL_STEPS 0x1fffffu

struct stream {
	char data[64 * 1024];
	size_t len;
};

static void add(struct stream *stream, char command, const char *data, size_t len)
{
	uint32_t length = htonl((uint32_t)len + 1);

	memcpy(stream->data + stream->len, &length, 4);
	stream->data[stream->len + 4] = command;
	if (len > 0)
		memcpy(stream->data + stream->len + 5, data, len);
	stream->len += 5 + len;
}

#define ADD(stream, command, text) add(stream, command, text, sizeof(text) - 1)
#define OFFER                      "\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"
#define OLD_OFFER                  "\0\0\0\2\0\0\0\x3f\0\0\0\x7f"
#define CLIENT                     "mx.example.com\0004\4\322192.0.2.7\0"

static enum guest_wish give(struct guest *guest, const struct stream *stream)
{
	guest_add(guest, stream->data, stream->len);
	return guest_next(guest);
}

static void agree(struct guest *guest)
{
	const struct negotiation_answers none = { .mail = false };

	guest->agreed = negotiation_agree(&guest->offer, &none);
}

static struct stream stream;

static void test_what_libmilter_is_told(void **state)
{
	struct stream kept = { .len = 0 };
	struct guest guest;
	struct guest_bytes told;

	(void)state;
	stream.len = 0;
	guest_init(&guest);
	ADD(&stream, 'O', OFFER);
	assert_int_equal(give(&guest, &stream), GUEST_NEGOTIATES);
	assert_int_equal(guest.offer.version, 6);
	assert_int_equal(guest.offer.steps, ALL_STEPS);
	agree(&guest);
	assert_int_equal(guest_answered(&guest), 1);
	kept = stream;
	stream.len = 0;
	ADD(&stream, 'D', "Cj\0host\0{daemon_name}\0smtpd\0");
	ADD(&stream, 'C', CLIENT);
	ADD(&stream, 'H', "first\0");
	assert_int_equal(give(&guest, &stream), GUEST_WAITS);
	stream.len = 0;
	/* The last HELO counts, and an aborted message leaves nothing. */
	ADD(&stream, 'D', "Mi\0OLD\0");
	ADD(&stream, 'A', "");
	ADD(&stream, 'D', "H{tls_version}\0TLSv1.3\0");
	ADD(&stream, 'H', "second\0");
	ADD(&stream, 'D', "Mi\0NEW\0");
	ADD(&stream, 'M', "<a@b.example>\0");
	ADD(&stream, 'R', "<c@d.example>\0");
	assert_int_equal(give(&guest, &stream), GUEST_HAS_MAIL);
	assert_true(str_eq(guest_macro(&guest, STR("i")), STR("NEW")));
	assert_true(str_eq(guest_macro(&guest, STR("{daemon_name}")), STR("smtpd")));
	assert_true(str_eq(guest_macro(&guest, STR("{none}")), STR("")));
	ADD(&kept, 'D', "Cj\0host\0{daemon_name}\0smtpd\0");
	ADD(&kept, 'C', CLIENT);
	ADD(&kept, 'D', "H{tls_version}\0TLSv1.3\0");
	ADD(&kept, 'H', "second\0");
	ADD(&kept, 'D', "Mi\0NEW\0");
	ADD(&kept, 'M', "<a@b.example>\0");
	ADD(&kept, 'R', "<c@d.example>\0");
	assert_int_equal(guest_answered(&guest), 1);
	told = guest_tell(&guest);
	assert_int_equal(told.len, kept.len);
	assert_memory_equal(told.data, kept.data, kept.len);
	free(told.data);
	guest_deinit(&guest);
}

static void test_refused_and_again(void **state)
{
	struct guest guest;
	struct guest_bytes told;

	(void)state;
	guest_init(&guest);
	stream.len = 0;
	ADD(&stream, 'O', OFFER);
	assert_int_equal(give(&guest, &stream), GUEST_NEGOTIATES);
	agree(&guest);
	stream.len = 0;
	ADD(&stream, 'C', CLIENT);
	ADD(&stream, 'H', "helo\0");
	for (int i = 0; i < 3; i++) {
		ADD(&stream, 'D', "M{mail_addr}\0a\0");
		ADD(&stream, 'M', "<a@b.example>\0");
		assert_int_equal(give(&guest, &stream), GUEST_HAS_MAIL);
		guest_refuse_mail(&guest);
		assert_int_equal(guest_next(&guest), GUEST_WAITS);
		assert_int_equal(guest.macros.len + guest.input.len, 0);
		stream.len = 0;
		ADD(&stream, 'A', "");
	}
	/* Another session knows nothing of the one before. */
	ADD(&stream, 'K', "");
	ADD(&stream, 'M', "<a@b.example>\0");
	assert_int_equal(give(&guest, &stream), GUEST_HAS_MAIL);
	told = guest_tell(&guest);
	assert_int_equal(told.len, 17 + 5 + 14);
	free(told.data);
	stream.len = 0;
	ADD(&stream, 'Q', "");
	assert_int_equal(give(&guest, &stream), GUEST_LEAVES);
	guest_deinit(&guest);
}

static void test_every_step_answered(void **state)
{
	struct guest guest;

	(void)state;
	guest_init(&guest);
	stream.len = 0;
	ADD(&stream, 'O', OLD_OFFER);
	assert_int_equal(give(&guest, &stream), GUEST_NEGOTIATES);
	agree(&guest);
	assert_int_equal(guest.agreed.version, 2);
	assert_true(negotiation_answers(&guest.agreed).mail);
	stream.len = 0;
	ADD(&stream, 'C', CLIENT);
	ADD(&stream, 'H', "helo\0");
	ADD(&stream, 'U', "VRFY\0");
	assert_int_equal(give(&guest, &stream), GUEST_GOES_ON);
	assert_int_equal(guest_next(&guest), GUEST_GOES_ON);
	assert_int_equal(guest_next(&guest), GUEST_GOES_ON);
	assert_int_equal(guest_next(&guest), GUEST_WAITS);
	assert_int_equal(guest_answered(&guest), 3);
	guest_deinit(&guest);
}

static void test_byte_by_byte(void **state)
{
	struct guest guest;
	enum guest_wish wish = GUEST_WAITS;

	(void)state;
	guest_init(&guest);
	stream.len = 0;
	ADD(&stream, 'O', OFFER);
	ADD(&stream, 'C', CLIENT);
	ADD(&stream, 'H', "helo\0");
	ADD(&stream, 'M', "<a@b.example>\0");
	for (size_t i = 0; i < stream.len; i++) {
		assert_int_equal(wish, GUEST_WAITS);
		guest_add(&guest, stream.data + i, 1);
		wish = guest_next(&guest);
		if (wish == GUEST_NEGOTIATES) {
			assert_int_equal(i, 16);
			agree(&guest);
			wish = guest_next(&guest);
		}
	}
	assert_int_equal(wish, GUEST_HAS_MAIL);
	guest_deinit(&guest);
}

static void begin_message(struct guest *guest, const struct negotiation_answers *answers)
{
	guest_init(guest);
	stream.len = 0;
	ADD(&stream, 'O', OFFER);
	assert_int_equal(give(guest, &stream), GUEST_NEGOTIATES);
	guest->agreed = negotiation_agree(&guest->offer, answers);
	stream.len = 0;
	ADD(&stream, 'D', "Mi\0QID\0");
	ADD(&stream, 'M', "<a@b.example>\0");
}

/* Adds the stream byte by byte: at which byte the message was there, its length if never. */
static size_t message_is_here_at(struct guest *guest)
{
	size_t kept, at = 0;
	bool is_here = false;

	while (at < stream.len && !is_here) {
		guest_add(guest, stream.data + at++, 1);
		is_here = guest_next(guest) == GUEST_HAS_MAIL && guest_has_message(guest, &kept);
	}
	return is_here ? at : stream.len + 1;
}

static void test_whole_message(void **state)
{
	static const char body[1000];
	const struct negotiation_answers none = { .mail = false }, mail = { .mail = true },
					 rcpt = { .rcpt = true };
	struct guest_bytes told;
	struct guest guest;
	size_t end, kept;

	(void)state;
	begin_message(&guest, &none);
	ADD(&stream, 'R', "<c@d.example>\0");
	ADD(&stream, 'L', "Subject\0 one\0");
	ADD(&stream, 'B', "text\r\n");
	ADD(&stream, 'D', "Ei\0QID\0");
	ADD(&stream, 'E', "");
	end = stream.len;
	ADD(&stream, 'Q', "");
	assert_int_equal(message_is_here_at(&guest), end);
	assert_false(guest_lets_in(&guest));
	assert_int_equal(guest_answered(&guest), 1);
	told = guest_tell(&guest);
	assert_int_equal(told.len, 17 + end);
	assert_memory_equal(told.data + 17, stream.data, end);
	free(told.data);
	guest_deinit(&guest);
	/* MAIL is answered here, RCPT by libmilter. */
	begin_message(&guest, &mail);
	ADD(&stream, 'R', "<c@d.example>\0");
	assert_int_equal(message_is_here_at(&guest), stream.len + 1);
	assert_true(guest_lets_in(&guest));
	assert_false(guest_lets_in(&guest));
	assert_int_equal(guest_answered(&guest), 2);
	stream.len = 0;
	ADD(&stream, 'A', "");
	assert_int_equal(message_is_here_at(&guest), stream.len);
	guest_deinit(&guest);
	begin_message(&guest, &rcpt);
	ADD(&stream, 'R', "<c@d.example>\0");
	end = stream.len;
	ADD(&stream, 'L', "Subject\0 one\0");
	assert_int_equal(message_is_here_at(&guest), end);
	guest_deinit(&guest);
	/* What is large is not for here, nor what can't be a packet. */
	begin_message(&guest, &none);
	while (stream.len + 5 + sizeof(body) < sizeof(stream.data))
		add(&stream, 'B', body, sizeof(body));
	guest_add(&guest, stream.data, stream.len);
	assert_int_equal(guest_next(&guest), GUEST_HAS_MAIL);
	assert_false(guest_has_message(&guest, &kept));
	guest_add(&guest, stream.data, stream.len);
	assert_true(guest_has_message(&guest, &kept));
	guest_deinit(&guest);
	begin_message(&guest, &none);
	guest_add(&guest, stream.data, stream.len);
	guest_add(&guest, "\377\377\377\377B", 5);
	assert_int_equal(guest_next(&guest), GUEST_HAS_MAIL);
	assert_true(guest_has_message(&guest, &kept));
	guest_deinit(&guest);
}

static void test_naps(void **state)
{
	(void)state;
	assert_int_equal(naps_wait_ms(1234), 1234);
	assert_int_equal(naps_take(), -1);
	naps_add(7);
	naps_add(3);
	assert_int_equal(naps_wait_ms(100), 100);
	assert_in_range(naps_wait_ms(100000), 1, 4000);
	assert_int_equal(naps_take(), -1);
	usleep(4000000);
	assert_int_equal(naps_wait_ms(100), 0);
	assert_int_equal(naps_take(), 7);
	assert_int_equal(naps_take(), 3);
	assert_int_equal(naps_take(), -1);
	assert_int_equal(naps_wait_ms(100), 100);
}

/* Alone after the negotiation, or in its place. */
static enum guest_wish wish_of(bool negotiated, char command, const char *data, size_t len)
{
	struct guest guest;
	enum guest_wish wish;

	guest_init(&guest);
	stream.len = 0;
	if (negotiated) {
		ADD(&stream, 'O', OFFER);
		assert_int_equal(give(&guest, &stream), GUEST_NEGOTIATES);
		agree(&guest);
		stream.len = 0;
	}
	add(&stream, command, data, len);
	wish = give(&guest, &stream);
	/* Nothing is lost of it. */
	if (wish == GUEST_IS_STRANGE) {
		struct guest_bytes told = guest_tell(&guest);

		assert_int_equal(told.len, stream.len + (negotiated ? 17 : 0));
		assert_memory_equal(told.data + told.len - stream.len, stream.data, stream.len);
		free(told.data);
	}
	guest_deinit(&guest);
	return wish;
}

static void test_strange_ones(void **state)
{
	static char large[20000];

	(void)state;
	assert_int_equal(wish_of(false, 'H', "helo\0", 5), GUEST_IS_STRANGE);
	assert_int_equal(wish_of(false, 'O', "\0\0\0\6", 4), GUEST_IS_STRANGE);
	assert_int_equal(wish_of(false, 'O', "\0\0\0\1\0\0\0\1\0\0\0\1", 12), GUEST_IS_STRANGE);
	assert_int_equal(wish_of(true, 'O', OFFER, 12), GUEST_IS_STRANGE);
	assert_int_equal(wish_of(true, 'Z', "", 0), GUEST_IS_STRANGE);
	assert_int_equal(wish_of(true, 'H', "no end", 6), GUEST_IS_STRANGE);
	assert_int_equal(wish_of(true, 'D', "", 0), GUEST_IS_STRANGE);
	assert_int_equal(wish_of(true, 'D', "Ma\0", 3), GUEST_IS_STRANGE);
	assert_int_equal(wish_of(true, 'M', "<a@b>", 5), GUEST_IS_STRANGE);
	assert_int_equal(wish_of(true, 'R', "<a@b>\0", 6), GUEST_IS_STRANGE);
	assert_int_equal(wish_of(true, 'E', "", 0), GUEST_IS_STRANGE);
	assert_int_equal(wish_of(true, 'H', large, sizeof(large)), GUEST_IS_STRANGE);
	assert_int_equal(wish_of(true, 'H', "helo\0", 5), GUEST_WAITS);
}

static void test_arrivals(void **state)
{
	arrival first = arrivals_begin(), second = arrivals_begin();

	(void)state;
	assert_int_not_equal(first, 0);
	assert_in_range(arrivals_count(), 0, 2);
	arrivals_end(&first);
	assert_int_equal(first, 0);
	arrivals_end(&first);
	assert_in_range(arrivals_count(), 0, 1);
	arrivals_end(&second);
	assert_int_equal(arrivals_count(), 0);
	/* One that takes longer takes no room. */
	second = arrivals_begin();
	usleep(1100000);
	assert_int_equal(arrivals_count(), 0);
	arrivals_end(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_libmilter_is_told),
		cmocka_unit_test(test_refused_and_again),
		cmocka_unit_test(test_every_step_answered),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_whole_message),
		cmocka_unit_test(test_naps),
		cmocka_unit_test(test_strange_ones),
		cmocka_unit_test(test_arrivals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
