/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "milter/packet.h"

struct stream {
	char data[2 * (PACKET_DATA_MAX + 100)];
	size_t len;
};

static void add_raw(struct stream *stream, uint32_t length, char command, const char *data,
                    size_t len)
{
	uint32_t length_n = htonl(length);

	memcpy(stream->data + stream->len, &length_n, 4);
	stream->data[stream->len + 4] = command;
	if (len > 0)
		memcpy(stream->data + stream->len + 5, data, len);
	stream->len += 5 + len;
}

static void add(struct stream *stream, char command, const char *data, size_t len)
{
	add_raw(stream, (uint32_t)len + 1, command, data, len);
}

#define ADD(stream, command, text) add(stream, command, text, sizeof(text) - 1)

static void negotiate(struct stream *stream)
{
	stream->len = 0;
	ADD(stream, 'O', "\0\0\0\6\0\0\1\xff\0\x1f\xff\xff");
}

/* The same in one piece, byte by byte, and in two pieces cut anywhere near the end. */
static const char *check(const struct stream *stream)
{
	struct packet_check whole = { 0 }, bytes = { 0 };
	const char *problem = packet_check(&whole, stream->data, stream->len), *piecewise = NULL;
	size_t first = stream->len > 60 ? stream->len - 60 : 0;

	for (size_t i = 0; i < stream->len && piecewise == NULL; i++)
		piecewise = packet_check(&bytes, stream->data + i, 1);
	assert_ptr_equal(problem, piecewise);
	for (size_t cut = first; cut <= stream->len; cut++) {
		struct packet_check pieces = { 0 };
		const char *found = packet_check(&pieces, stream->data, cut);

		if (found == NULL)
			found = packet_check(&pieces, stream->data + cut, stream->len - cut);
		assert_ptr_equal(problem, found);
	}
	return problem;
}

static const char *check_packet(char command, const char *data, size_t len)
{
	static struct stream stream;

	negotiate(&stream);
	add(&stream, command, data, len);
	/* What follows is read as ever. */
	ADD(&stream, 'H', "next\0");
	return check(&stream);
}

#define GOOD(command, text) assert_null(check_packet(command, text, sizeof(text) - 1))
#define BAD(command, text)  assert_non_null(check_packet(command, text, sizeof(text) - 1))

static void test_sessions_of_mtas(void **state)
{
	static struct stream stream;

	(void)state;
	negotiate(&stream);
	ADD(&stream, 'D', "Cj\0mail.example\0{daemon_name}\0smtpd\0v\0\0");
	ADD(&stream, 'C',
	    "mx.example\0"
	    "4\0\x19"
	    "192.0.2.1\0");
	ADD(&stream, 'D', "H");
	ADD(&stream, 'H', "mx.example\0");
	ADD(&stream, 'M', "<a@b.example>\0SIZE=10\0BODY=8BITMIME\0");
	ADD(&stream, 'R', "<c@d.example>\0");
	ADD(&stream, 'T', "");
	ADD(&stream, 'L', "Subject\0 hello\0");
	ADD(&stream, 'L', "X-Empty\0\0");
	ADD(&stream, 'N', "");
	ADD(&stream, 'B', "body\0with NUL\r\n");
	ADD(&stream, 'D', "Ei\0QID\0");
	ADD(&stream, 'E', "");
	ADD(&stream, 'A', "");
	ADD(&stream, 'U', "NOOP\0");
	ADD(&stream, 'K', "");
	ADD(&stream, 'C',
	    "other.example\0"
	    "6\0\0IPv6:2001:db8::1\0");
	ADD(&stream, 'Q', "");
	assert_null(check(&stream));
}

static void test_each_command(void **state)
{
	(void)state;
	BAD('D', "");
	GOOD('D', "M");
	GOOD('D', "M{a}\0b\0");
	GOOD('D', "U{a}\0b\0");
	BAD('D', "M{a}\0");
	BAD('D', "M{a}\0b\0{c}\0");
	BAD('D', "M{a}\0b");
	BAD('D', "M{a}");
	BAD('D', "?{a}\0b\0");

	GOOD('C', "h\0U");
	GOOD('C', "h\0U\0\0anything");
	GOOD('C', "\0L\0\0/run/x\0");
	GOOD('C', "h\0"
	          "4\0\0"
	          "192.0.2.1\0");
	BAD('C', "");
	BAD('C', "h");
	BAD('C', "h\0");
	BAD('C', "h\0"
	         "4");
	BAD('C', "h\0"
	         "4\0");
	BAD('C', "h\0"
	         "4\0\0");
	BAD('C', "h\0"
	         "4\0\0"
	         "192.0.2.1");
	BAD('C', "h\0"
	         "4\0\0"
	         "192.0.2.1\0x");
	BAD('C', "h\0"
	         "4\0\0"
	         "192.0.2.1\0x\0");
	BAD('C', "h\0"
	         "5\0\0"
	         "192.0.2.1\0");
	BAD('C', "h\0\0");

	BAD('H', "");
	BAD('H', "name");
	BAD('H', "name\0more");
	BAD('H', "name\0more\0");
	GOOD('H', "\0");

	BAD('M', "");
	BAD('M', "<>");
	BAD('M', "<>\0SIZE=1");
	GOOD('M', "<>\0");
	BAD('R', "");
	BAD('R', "<a@b>");
	GOOD('R', "<a@b>\0NOTIFY=NEVER\0ORCPT=rfc822;a@b\0");

	BAD('L', "");
	BAD('L', "Name\0");
	BAD('L', "Name\0value");
	BAD('L', "Name\0value\0more\0");
	BAD('L', "\0value\0");
	GOOD('L', "Name\0value\0");

	GOOD('U', "STARTTLS\0");
	BAD('U', "STARTTLS");
	BAD('U', "");

	BAD('T', "x");
	BAD('N', "x");
	BAD('A', "x");
	BAD('K', "x");
	BAD('B', "");
	GOOD('E', "the last piece");
	BAD('F', "");
	BAD('\0', "");
	BAD('\xff', "");
}

static void test_lengths(void **state)
{
	static struct stream stream;
	static char data[PACKET_DATA_MAX + 1];

	(void)state;
	memset(data, 'x', sizeof(data));
	assert_null(check_packet('B', data, PACKET_DATA_MAX));
	assert_non_null(check_packet('B', data, PACKET_DATA_MAX + 1));
	/* A header field as long as Postfix allows by default. */
	memcpy(data, "Name", 5);
	data[102400] = '\0';
	assert_null(check_packet('L', data, 102401));
	data[PACKET_DATA_MAX - 1] = '\0';
	data[102400] = 'x';
	assert_null(check_packet('L', data, PACKET_DATA_MAX));
	data[PACKET_DATA_MAX - 1] = 'x';
	data[PACKET_DATA_MAX] = '\0';
	assert_non_null(check_packet('L', data, PACKET_DATA_MAX + 1));
	negotiate(&stream);
	add_raw(&stream, 0, 'A', NULL, 0);
	assert_non_null(check(&stream));
	negotiate(&stream);
	add_raw(&stream, UINT32_MAX, 'B', "x", 1);
	assert_non_null(check(&stream));
}

static void test_order(void **state)
{
	static struct stream stream;

	(void)state;
	stream.len = 0;
	ADD(&stream, 'H', "first\0");
	assert_non_null(check(&stream));
	stream.len = 0;
	ADD(&stream, 'O', "\0\0\0\6\0\0\1\xff\0\x1f\xff");
	assert_non_null(check(&stream));
	BAD('O', "\0\0\0\6\0\0\1\xff\0\x1f\xff\xff");
	BAD('Q', "");
	negotiate(&stream);
	ADD(&stream, 'Q', "");
	assert_null(check(&stream));
}

/* What is refused is so by the byte that makes it wrong, or its packet's last: never later. */
static void test_no_packet_gets_through(void **state)
{
	static struct stream stream;
	struct packet_check check = { 0 };

	(void)state;
	negotiate(&stream);
	ADD(&stream, 'D', "M{a}\0");
	assert_null(packet_check(&check, stream.data, stream.len - 1));
	assert_non_null(packet_check(&check, stream.data + stream.len - 1, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sessions_of_mtas),
		cmocka_unit_test(test_each_command),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_no_packet_gets_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
