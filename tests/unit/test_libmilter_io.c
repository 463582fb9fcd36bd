/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "milter/libmilter_io.h"

static const char negotiation[17] = "\0\0\0\15O\0\0\0\6\0\0\0\0\0\0\0\0";

/* ends[0] is the filter's, known to libmilter_io.h; ends[1] the MTA's. */
static void open_pair(int ends[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	libmilter_io_open(ends[0]);
}

static void close_pair(const int ends[2])
{
	assert_int_equal(libmilter_io_close(ends[0]), 0);
	assert_int_equal(libmilter_io_close(ends[1]), 0);
}

/* As an MTA's first packet. */
static void negotiate(const int ends[2])
{
	char data[sizeof(negotiation)];

	assert_int_equal(send(ends[1], negotiation, sizeof(negotiation), 0), sizeof(negotiation));
	for (size_t got = 0; got < sizeof(data);) {
		ssize_t n = libmilter_io_read(ends[0], data + got, sizeof(data) - got);

		assert_true(n > 0);
		got += (size_t)n;
	}
	assert_memory_equal(data, negotiation, sizeof(data));
}

static bool readable(int fd)
{
	struct pollfd input = { .fd = fd, .events = POLLIN };

	return libmilter_io_poll(&input, 1, 0) == 1 && (input.revents & POLLIN) != 0;
}

static void write_text(int fd, const char *a, const char *b)
{
	struct iovec pieces[2] = { { (void *)a, strlen(a) }, { (void *)b, strlen(b) } };

	assert_int_equal(libmilter_io_writev(fd, pieces, 2), strlen(a) + strlen(b));
}

static void test_reads_ahead(void **state)
{
	char data[100];
	int ends[2];

	(void)state;
	open_pair(ends);
	negotiate(ends);
	assert_false(readable(ends[0]));
	assert_int_equal(send(ends[1], "\0\0\0\6Babcde", 10, 0), 10);
	assert_true(readable(ends[0]));
	/* poll() has read it. */
	assert_int_equal(recv(ends[0], data, sizeof(data), MSG_DONTWAIT), -1);
	assert_int_equal(libmilter_io_read(ends[0], data, 4), 4);
	assert_memory_equal(data, "\0\0\0\6", 4);
	assert_true(readable(ends[0]));
	assert_int_equal(libmilter_io_read(ends[0], data, sizeof(data)), 6);
	assert_memory_equal(data, "Babcde", 6);
	assert_false(readable(ends[0]));
	assert_int_equal(send(ends[1], "\0", 1, 0), 1);
	assert_int_equal(shutdown(ends[1], SHUT_WR), 0);
	assert_int_equal(libmilter_io_read(ends[0], data, sizeof(data)), 1);
	assert_int_equal(libmilter_io_read(ends[0], data, sizeof(data)), 0);
	close_pair(ends);
}

/* Whoever never calls read() gets all that comes by the calls that he makes. */
static void test_other_ways_to_read(void **state)
{
	char data[100];
	int ends[2];

	(void)state;
	open_pair(ends);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(send(ends[1], "anything", 8, 0), 8);
		assert_true(readable(ends[0]));
		assert_int_equal(recv(ends[0], data, sizeof(data), MSG_DONTWAIT), 8);
		assert_memory_equal(data, "anything", 8);
	}
	close_pair(ends);
}

static void test_tells_command(void **state)
{
	char data[32];
	int ends[2];

	(void)state;
	assert_int_equal(libmilter_io_command(), '\0');
	assert_false(libmilter_io_has_seen_answer());
	open_pair(ends);
	assert_int_equal(send(ends[1], negotiation, sizeof(negotiation), 0), sizeof(negotiation));
	assert_int_equal(recv(ends[0], data, 1, MSG_PEEK), 1);
	assert_int_equal(libmilter_io_command(), '\0');
	assert_int_equal(libmilter_io_read(ends[0], data, sizeof(negotiation)),
	                 sizeof(negotiation));
	assert_int_equal(libmilter_io_command(), 'O');
	assert_false(libmilter_io_has_seen_answer());
	write_text(ends[0], "a", "b");
	assert_true(libmilter_io_has_seen_answer());
	/* Also of one that is there in part, or whose data are still to come. */
	assert_int_equal(send(ends[1], "\0\0\0\3Exx\0\0\0\1A", 12, 0), 12);
	assert_int_equal(libmilter_io_read(ends[0], data, 5), 5);
	assert_int_equal(libmilter_io_command(), 'E');
	assert_int_equal(libmilter_io_read(ends[0], data, 2), 2);
	assert_int_equal(libmilter_io_command(), 'E');
	assert_int_equal(libmilter_io_read(ends[0], data, 5), 5);
	assert_int_equal(libmilter_io_command(), 'A');
	close_pair(ends);
}

static void test_counts(void **state)
{
	int ends[2], others[2];

	(void)state;
	assert_int_equal(libmilter_io_count(), 0);
	open_pair(ends);
	open_pair(others);
	assert_int_equal(libmilter_io_count(), 2);
	libmilter_io_open(others[0]);
	assert_int_equal(libmilter_io_count(), 2);
	close_pair(ends);
	close_pair(others);
	assert_int_equal(libmilter_io_count(), 0);
}

/* Of a malformed packet the last byte isn't read, and both sides see the end. */
static void test_refuses_malformed_packets(void **state)
{
	static const char packet[] = "\0\0\0\6DM{a}";
	char data[100];
	int ends[2];

	(void)state;
	open_pair(ends);
	negotiate(ends);
	assert_int_equal(send(ends[1], packet, sizeof(packet), 0), sizeof(packet));
	assert_int_equal(send(ends[1], "more", 4, 0), 4);
	assert_int_equal(libmilter_io_read(ends[0], data, 5), 5);
	assert_int_equal(libmilter_io_read(ends[0], data, 4), 4);
	assert_int_equal(libmilter_io_read(ends[0], data, 1), 0);
	assert_true(readable(ends[0]));
	assert_int_equal(libmilter_io_read(ends[0], data, sizeof(data)), 0);
	assert_int_equal(recv(ends[1], data, sizeof(data), MSG_DONTWAIT), 0);
	close_pair(ends);
}

/* The same where it is too large to be read ahead. */
static void test_refuses_large_packets(void **state)
{
	size_t size = 60000;
	char *text = calloc(1, size), *data = calloc(1, size);
	ssize_t n;
	int ends[2];

	(void)state;
	memcpy(text,
	       "\0\0\xea\x5b"
	       "L",
	       5);
	memset(text + 5, 'x', size - 5);
	open_pair(ends);
	negotiate(ends);
	assert_int_equal(send(ends[1], text, size, 0), size);
	/* What the system has already is never read. */
	assert_int_equal(send(ends[1], text, size, 0), size);
	assert_int_equal(libmilter_io_read(ends[0], data, 5), 5);
	for (size_t got = 5; (n = libmilter_io_read(ends[0], data + got, size - got)) > 0;) {
		got += (size_t)n;
		assert_true(got < size);
	}
	assert_int_equal(n, 0);
	assert_int_equal(libmilter_io_read(ends[0], data, size), 0);
	close_pair(ends);
	free(text);
	free(data);
}

/* What is larger than is read ahead goes where it belongs at once, in its order. */
static void test_large(void **state)
{
	size_t size = 60000;
	char *text = malloc(size), *data = calloc(1, size);
	size_t got = 5;
	int ends[2];

	(void)state;
	for (size_t i = 0; i < size; i++)
		text[i] = (char)(i * 7 % 251);
	memcpy(text,
	       "\0\0\xea\x5c"
	       "B",
	       5);
	open_pair(ends);
	negotiate(ends);
	assert_int_equal(send(ends[1], text, size, 0), size);
	assert_int_equal(libmilter_io_read(ends[0], data, 5), 5);
	while (got < size) {
		ssize_t n = libmilter_io_read(ends[0], data + got, size - got);

		assert_true(n > 0);
		got += (size_t)n;
	}
	assert_memory_equal(data, text, size);
	assert_false(readable(ends[0]));
	close_pair(ends);
	free(text);
	free(data);
}

/* Among several descriptors, those with something read ahead don't hide the others. */
static void test_poll_of_many(void **state)
{
	struct pollfd fds[3];
	char data[1];
	int ends[3][2];

	(void)state;
	for (int i = 0; i < 3; i++) {
		open_pair(ends[i]);
		fds[i] = (struct pollfd){ .fd = ends[i][0], .events = POLLIN };
	}
	assert_int_equal(libmilter_io_poll(fds, 3, 0), 0);
	assert_int_equal(send(ends[0][1], "\0\0", 2, 0), 2);
	assert_int_equal(libmilter_io_read(ends[0][0], data, 1), 1);
	assert_int_equal(send(ends[2][1], "c", 1, 0), 1);
	assert_int_equal(libmilter_io_poll(fds, 3, 10000), 2);
	assert_int_equal(fds[0].revents, POLLIN);
	assert_int_equal(fds[1].revents, 0);
	assert_int_equal(fds[2].revents, POLLIN);
	for (int i = 0; i < 3; i++)
		close_pair(ends[i]);
}

static void test_holds_what_is_written(void **state)
{
	struct pollfd output = { .events = POLLOUT };
	char data[100];
	int ends[2];

	(void)state;
	open_pair(ends);
	output.fd = ends[0];
	write_text(ends[0], "at ", "once");
	assert_int_equal(recv(ends[1], data, sizeof(data), MSG_DONTWAIT), 7);
	libmilter_io_hold();
	write_text(ends[0], "one ", "two ");
	assert_int_equal(libmilter_io_poll(&output, 1, 0), 1);
	write_text(ends[0], "three ", "");
	assert_int_equal(recv(ends[1], data, sizeof(data), MSG_DONTWAIT), -1);
	libmilter_io_release();
	write_text(ends[0], "fo", "ur");
	assert_int_equal(recv(ends[1], data, sizeof(data), MSG_DONTWAIT), 18);
	assert_memory_equal(data, "one two three four", 18);
	write_text(ends[0], "five", "");
	assert_int_equal(recv(ends[1], data, sizeof(data), MSG_DONTWAIT), 4);
	close_pair(ends);
}

#define MUCH 3000000

static void *read_slowly(void *fd)
{
	size_t got = 0;
	char data[70000];
	ssize_t n;

	while ((n = recv(*(int *)fd, data, sizeof(data), 0)) > 0)
		for (ssize_t i = 0; i < n; i++, got++)
			if (data[i] != (char)('a' + got / 10 % 26))
				return NULL;
	return got == MUCH ? fd : NULL;
}

/* More than the socket takes at once, of a non-blocking one. */
static void test_holds_much(void **state)
{
	char *text = malloc(MUCH);
	size_t sent = MUCH - 10;
	pthread_t reader;
	void *ok;
	int ends[2];

	(void)state;
	for (size_t i = 0; i < MUCH; i++)
		text[i] = (char)('a' + i / 10 % 26);
	open_pair(ends);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	libmilter_io_hold();
	for (size_t at = 0; at < sent;) {
		struct iovec piece = { text + at, sent - at < 65536 ? sent - at : 65536 };

		assert_int_equal(libmilter_io_writev(ends[0], &piece, 1), piece.iov_len);
		at += piece.iov_len;
	}
	libmilter_io_release();
	pthread_create(&reader, NULL, read_slowly, &ends[1]);
	while (sent < MUCH) {
		struct iovec piece = { text + sent, MUCH - sent };
		struct pollfd output = { .fd = ends[0], .events = POLLOUT };
		ssize_t n;

		assert_int_equal(libmilter_io_poll(&output, 1, 10000), 1);
		n = libmilter_io_writev(ends[0], &piece, 1);
		sent += n > 0 ? (size_t)n : 0;
	}
	shutdown(ends[0], SHUT_WR);
	pthread_join(reader, &ok);
	assert_non_null(ok);
	close_pair(ends);
	free(text);
}

/* A descriptor that is used again starts with nothing. */
static void test_close_forgets(void **state)
{
	char data[10];
	int ends[2], again[2];

	(void)state;
	open_pair(ends);
	assert_int_equal(send(ends[1], "\0\0\0", 3, 0), 3);
	assert_int_equal(libmilter_io_read(ends[0], data, 1), 1);
	libmilter_io_hold();
	write_text(ends[0], "held", "");
	libmilter_io_release();
	close_pair(ends);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, again), 0);
	assert_int_equal(again[0], ends[0]);
	assert_false(readable(again[0]));
	write_text(again[0], "new", "");
	assert_int_equal(recv(again[1], data, sizeof(data), MSG_DONTWAIT), 3);
	close_pair(again);
}

/* Other descriptors are read and written as ever. */
static void test_others_are_left_alone(void **state)
{
	char data[10];
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	libmilter_io_hold();
	write_text(pipes[1], "a", "b");
	libmilter_io_release();
	assert_int_equal(libmilter_io_read(pipes[0], data, 1), 1);
	assert_int_equal(libmilter_io_read(pipes[0], data, sizeof(data)), 1);
	assert_false(readable(pipes[0]));
	close_pair(pipes);
	assert_int_equal(libmilter_io_close(-1), -1);
}

static bool told_written;

static void note_written(void *context, bool written)
{
	(void)context;
	told_written = written;
}

/* Of a libmilter that doesn't ask here, nothing is kept, whatever was kept before. The last test.
 */
static void test_left_alone(void **state)
{
	char data[10];
	int ends[2];

	(void)state;
	open_pair(ends);
	negotiate(ends);
	libmilter_io_on_written(note_written, NULL);
	assert_false(told_written);
	assert_int_equal(libmilter_io_command(), 'O');
	libmilter_io_leave();
	assert_int_equal(libmilter_io_command(), '\0');
	assert_int_equal(send(ends[1], "not a packet", 5, 0), 5);
	assert_true(readable(ends[0]));
	assert_int_equal(recv(ends[0], data, 2, MSG_DONTWAIT), 2);
	assert_int_equal(libmilter_io_read(ends[0], data, sizeof(data)), 3);
	assert_false(readable(ends[0]));
	libmilter_io_hold();
	write_text(ends[0], "a", "b");
	libmilter_io_release();
	assert_int_equal(recv(ends[1], data, sizeof(data), MSG_DONTWAIT), 2);
	/* Nobody knows when, so at once. */
	libmilter_io_on_written(note_written, NULL);
	assert_true(told_written);
	close_pair(ends);
	open_pair(ends);
	assert_int_equal(send(ends[1], "neither", 7, 0), 7);
	assert_int_equal(libmilter_io_read(ends[0], data, 1), 1);
	assert_int_equal(recv(ends[0], data, sizeof(data), MSG_DONTWAIT), 6);
	close_pair(ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* Before any negotiation is answered: by that it is known how libmilter reads. */
		cmocka_unit_test(test_other_ways_to_read),
		cmocka_unit_test(test_tells_command),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_refuses_malformed_packets),
		cmocka_unit_test(test_refuses_large_packets),
		cmocka_unit_test(test_reads_ahead),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_poll_of_many),
		cmocka_unit_test(test_holds_what_is_written),
		cmocka_unit_test(test_holds_much),
		cmocka_unit_test(test_close_forgets),
		cmocka_unit_test(test_others_are_left_alone),
		cmocka_unit_test(test_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
