/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of clamd, conversations with one that is true or lies, and when a dead one is asked. */
#include "tests/unit/unit.h"

#include <poll.h>
#include <pthread.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "facts/antivirus.h"
#include "facts/antivirus_health.h"
#include "tests/unit/scratch.h"

static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* Of the bytes of a literal, with what is behind its NULs. */
#define REPLY(bytes, ended) clamd_reply_read(arena, (struct str){ bytes, sizeof(bytes) - 1 }, ended)

static void test_replies(void **state)
{
	struct clamd_reply reply;

	(void)state;
	assert_int_equal(REPLY("stream: OK\0", false).outcome, CLAMD_CLEAN);
	reply = REPLY("stream: Eicar-Signature FOUND\0", false);
	assert_int_equal(reply.outcome, CLAMD_FOUND);
	assert_str(reply.text, "Eicar-Signature");
	reply = REPLY("stream: Eicar(44d88612fea8a8f36de82e1278abb02f:68) FOUND\0", false);
	assert_str(reply.text, "Eicar");
	reply = REPLY("stream: Trojan(gen) FOUND\0", false);
	assert_str(reply.text, "Trojan_gen_");
	reply = REPLY("stream: a, b=\"c\" FOUND FOUND\0", false);
	assert_str(reply.text, "a__b__c__FOUND");
	reply = REPLY("INSTREAM size limit exceeded. ERROR\0", false);
	assert_int_equal(reply.outcome, CLAMD_ERROR);
	assert_str(reply.text, "INSTREAM size limit exceeded.");
	reply = REPLY("stream: Can't open file ERROR\0", true);
	assert_str(reply.text, "Can't open file");
}

static void test_no_replies(void **state)
{
	char long_one[CLAMD_REPLY_MAX];

	(void)state;
	assert_int_equal(REPLY("", false).outcome, CLAMD_PARTIAL);
	assert_int_equal(REPLY("stream: OK", false).outcome, CLAMD_PARTIAL);
	assert_int_equal(REPLY("stream: OK", true).outcome, CLAMD_NONSENSE);
	assert_int_equal(REPLY("stream: OK\0x", false).outcome, CLAMD_NONSENSE);
	assert_int_equal(REPLY("stream: OK\0stream: X FOUND\0", false).outcome, CLAMD_NONSENSE);
	assert_int_equal(REPLY("stream: \nX-Evil: 1 FOUND\0", false).outcome, CLAMD_NONSENSE);
	assert_int_equal(REPLY("stream: caf\xe9 FOUND\0", false).outcome, CLAMD_NONSENSE);
	assert_int_equal(REPLY("stream:  FOUND\0", false).outcome, CLAMD_NONSENSE);
	assert_int_equal(REPLY("X FOUND\0", false).outcome, CLAMD_NONSENSE);
	assert_int_equal(REPLY("OK\0", false).outcome, CLAMD_NONSENSE);
	assert_int_equal(REPLY("stream: ok\0", false).outcome, CLAMD_NONSENSE);
	assert_int_equal(REPLY(" ERROR\0", false).outcome, CLAMD_NONSENSE);
	assert_int_equal(REPLY("UNKNOWN COMMAND\0", false).outcome, CLAMD_NONSENSE);
	assert_int_equal(REPLY("\0", false).outcome, CLAMD_NONSENSE);
	memset(long_one, 'x', sizeof(long_one));
	assert_int_equal(
		clamd_reply_read(arena, (struct str){ long_one, sizeof(long_one) }, false).outcome,
		CLAMD_NONSENSE);
}

static void test_long_names_are_cut(void **state)
{
	char text[CLAMD_REPLY_MAX];
	size_t len = (size_t)snprintf(text, sizeof(text), "stream: %0500d FOUND", 1) + 1;
	struct clamd_reply reply = clamd_reply_read(arena, (struct str){ text, len }, false);

	(void)state;
	assert_int_equal(reply.outcome, CLAMD_FOUND);
	assert_int_equal(reply.text.len, CLAMD_NAME_MAX);
}

/* A clamd that takes one connection after the other. */
struct server {
	pthread_t thread;
	int fd;
	const char *reply; /* NULL: none, and the connection stays open */
	size_t reply_len;
	bool reads;  /* the message, before it answers */
	bool pongs;  /* to PING */
	int stop[2]; /* a pipe */
	size_t pings, streams;
	int open[16]; /* connections that wait in vain, while others are served */
	size_t open_count;
	struct strbuf got; /* of the last message */
};

static bool take(int fd, void *bytes, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t got = recv(fd, (char *)bytes + done, len - done, 0);

		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

static void take_message(struct server *server, int fd)
{
	unsigned char size[4];

	server->got.len = 0;
	while (take(fd, size, 4)) {
		size_t len = (size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 |
		             size[3];

		if (len == 0)
			return;
		assert_true(take(fd, strbuf_reserve(&server->got, len), len));
		server->got.len += len;
	}
}

static void wait_for_stop(const struct server *server, int fd)
{
	struct pollfd ready[2] = { { server->stop[0], POLLIN, 0 }, { fd, POLLRDHUP, 0 } };

	poll(ready, 2, -1);
}

/* Whether the connection is to be closed. */
static bool serve_one(struct server *server, int fd)
{
	char command[16];
	size_t len = 0;

	do {
		if (!take(fd, &command[len], 1))
			return true;
	} while (command[len++] != '\0' && len < sizeof(command));
	if (strcmp(command, "zPING") == 0) {
		server->pings++;
		if (server->pongs)
			send(fd, "PONG", 5, MSG_NOSIGNAL);
		else
			wait_for_stop(server, fd);
		return true;
	}
	server->streams++;
	if (server->reads)
		take_message(server, fd);
	if (server->reply != NULL)
		send(fd, server->reply, server->reply_len, MSG_NOSIGNAL);
	else if (!server->pongs)
		wait_for_stop(server, fd);
	else
		server->open[server->open_count++] = fd;
	return server->reply != NULL || !server->pongs;
}

static void *serve(void *context)
{
	struct server *server = context;

	for (;;) {
		struct pollfd ready[2] = { { server->stop[0], POLLIN, 0 },
			                   { server->fd, POLLIN, 0 } };
		int fd;

		poll(ready, 2, -1);
		if (ready[0].revents != 0)
			return NULL;
		fd = accept(server->fd, NULL, NULL);
		if (fd < 0)
			return NULL;
		if (serve_one(server, fd))
			close(fd);
	}
}

static struct server server;
static struct arena *server_arena; /* its thread's alone */
static struct antivirus_settings settings;

static struct clamd_address address_of(const char *name)
{
	struct clamd_address address;
	struct error err;

	assert_true(clamd_address_parse(arena, "antivirus",
	                                arena_printf(arena, "unix:%s", scratch_path(name)),
	                                &address, &err));
	return address;
}

static void start(const char *name, const char *reply, size_t len, bool reads, bool pongs)
{
	server_arena = arena_new();
	server =
		(struct server){ .reply = reply, .reply_len = len, .reads = reads, .pongs = pongs };
	strbuf_init(&server.got, server_arena);
	settings = (struct antivirus_settings){ address_of(name), 300 };
	unlink(scratch_path(name));
	server.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(
		bind(server.fd, (struct sockaddr *)&settings.address.bound, settings.address.len),
		0);
	assert_int_equal(listen(server.fd, 10), 0);
	assert_int_equal(pipe(server.stop), 0);
	assert_int_equal(pthread_create(&server.thread, NULL, serve, &server), 0);
}

static void stop(void)
{
	assert_int_equal(write(server.stop[1], "x", 1), 1);
	pthread_join(server.thread, NULL);
	close(server.stop[0]);
	close(server.stop[1]);
	close(server.fd);
	for (size_t i = 0; i < server.open_count; i++)
		close(server.open[i]);
	arena_free(server_arena);
}

#define START(name, reply, reads) start(name, reply, sizeof(reply) - 1, reads, true)

static const struct antivirus_result *scan(struct str text)
{
	return antivirus_finish(antivirus_begin(arena, &settings, text), deadline_in_ms(20000));
}

static void test_the_message_goes_there_as_it_is(void **state)
{
	static const size_t sizes[] = { 0, 1, 1000, 5000000 };

	(void)state;
	START("whole", "stream: OK\0", true);
	settings.timeout_ms = 20000;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *text = arena_alloc(arena, sizes[i] + 1);

		for (size_t k = 0; k < sizes[i]; k++)
			text[k] = (char)(k * 31);
		assert_int_equal(scan((struct str){ text, sizes[i] })->state, ANTIVIRUS_CLEAN);
		assert_int_equal(server.got.len, sizes[i]);
		assert_memory_equal(server.got.data, text, sizes[i]);
	}
	stop();
}

static void test_what_is_found(void **state)
{
	const struct antivirus_result *result;

	(void)state;
	START("found", "stream: Win.Test-1 FOUND\0", true);
	result = scan(STR("hello"));
	assert_int_equal(result->state, ANTIVIRUS_INFECTED);
	assert_str(result->signature, "Win.Test-1");
	stop();
}

static void test_lies(void **state)
{
	struct str large = { arena_calloc(arena, 1, 3000000), 3000000 };

	(void)state;
	START("garbage", "HTTP/1.0 400 Bad Request\r\n\r\n", true);
	assert_int_equal(scan(STR("hello"))->state, ANTIVIRUS_NONSENSE);
	stop();
	START("early", "stream: OK\0", false);
	assert_int_not_equal(scan(large)->state, ANTIVIRUS_CLEAN);
	stop();
	START("limit", "INSTREAM size limit exceeded. ERROR\0", false);
	assert_int_equal(scan(large)->state, ANTIVIRUS_ERROR);
	stop();
	START("closes", "", true);
	assert_int_equal(scan(STR("hello"))->state, ANTIVIRUS_AWAY);
	stop();
}

static void test_nobody_there(void **state)
{
	const struct antivirus_result *result;

	(void)state;
	settings = (struct antivirus_settings){ address_of("nobody"), 300 };
	for (int i = 0; i < ANTIVIRUS_FAILURES; i++)
		assert_int_equal(scan(STR("hello"))->state, ANTIVIRUS_AWAY);
	result = scan(STR("hello"));
	assert_int_equal(result->state, ANTIVIRUS_PAUSED);
	assert_false(antivirus_is_known(result));
	/* Another address has another health. */
	START("there", "stream: OK\0", true);
	assert_int_equal(scan(STR("hello"))->state, ANTIVIRUS_CLEAN);
	stop();
}

static void test_one_that_hangs_is_left_at_once(void **state)
{
	struct antivirus_counts counts;

	(void)state;
	start("hangs", NULL, 0, true, false);
	assert_int_equal(scan(STR("hello"))->state, ANTIVIRUS_SLOW);
	for (int i = 0; i < 20; i++)
		assert_int_equal(scan(STR("hello"))->state, ANTIVIRUS_PAUSED);
	antivirus_count(&counts);
	assert_true(counts.dead);
	stop();
	assert_int_equal(server.streams, 1);
}

static void test_one_that_lives_is_asked_again(void **state)
{
	(void)state;
	start("slow", NULL, 0, true, true);
	settings.timeout_ms = 50;
	for (int i = 0; i < 5; i++)
		assert_int_equal(scan(STR("hello"))->state, ANTIVIRUS_SLOW);
	stop();
	assert_int_equal(server.streams, 5);
}

#define SECOND INT64_C(1000000)

static void test_health(void **state)
{
	struct antivirus_health health = { 0 };
	int64_t now = 1000 * SECOND;

	(void)state;
	antivirus_health_failed(&health, now, false, false);
	antivirus_health_failed(&health, now, false, false);
	assert_int_equal(antivirus_health_may_ask(&health, now), ANTIVIRUS_MAY_ASK);
	antivirus_health_works(&health);
	antivirus_health_failed(&health, now, false, false);
	antivirus_health_failed(&health, now, false, false);
	assert_int_equal(antivirus_health_may_ask(&health, now), ANTIVIRUS_MAY_ASK);
	antivirus_health_failed(&health, now, false, false);
	assert_int_equal(antivirus_health_may_ask(&health, now), ANTIVIRUS_IS_DEAD);
	/* Those that had been asked before say nothing new. */
	antivirus_health_failed(&health, now + 9 * SECOND, false, true);
	assert_int_equal(antivirus_health_may_ask(&health, now + 9 * SECOND), ANTIVIRUS_IS_DEAD);
	now += 10 * SECOND;
	assert_int_equal(antivirus_health_may_ask(&health, now), ANTIVIRUS_MAY_TRY);
	assert_int_equal(antivirus_health_may_ask(&health, now), ANTIVIRUS_IS_DEAD);
	antivirus_health_failed(&health, now, true, true);
	assert_int_equal(antivirus_health_may_ask(&health, now + 19 * SECOND), ANTIVIRUS_IS_DEAD);
	now += 20 * SECOND;
	assert_int_equal(antivirus_health_may_ask(&health, now), ANTIVIRUS_MAY_TRY);
	antivirus_health_works(&health);
	assert_int_equal(antivirus_health_may_ask(&health, now), ANTIVIRUS_MAY_ASK);
}

static void test_health_tries_again_and_again(void **state)
{
	struct antivirus_health health = { 0 };
	int64_t now = 0;

	(void)state;
	antivirus_health_failed(&health, now, false, true);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(antivirus_health_may_ask(&health, now), ANTIVIRUS_IS_DEAD);
		now += ANTIVIRUS_PAUSE_MAX_US;
		assert_int_equal(antivirus_health_may_ask(&health, now), ANTIVIRUS_MAY_TRY);
		/* One whose result is never told is given up. */
		if (i % 2 == 0)
			antivirus_health_failed(&health, now, true, true);
		else
			now += ANTIVIRUS_TRY_US - ANTIVIRUS_PAUSE_MAX_US;
	}
}

static void test_addresses(void **state)
{
	struct clamd_address address;
	struct error err;

	(void)state;
	assert_true(clamd_address_parse(arena, "antivirus", STR("inet:127.0.0.1:3310"), &address,
	                                &err));
	assert_int_equal(address.bound.ss_family, AF_INET);
	assert_true(
		clamd_address_parse(arena, "antivirus", STR("inet:[::1]:3310"), &address, &err));
	assert_int_equal(address.bound.ss_family, AF_INET6);
	assert_false(clamd_address_parse(arena, "antivirus", STR("inet:localhost:3310"), &address,
	                                 &err));
	assert_non_null(strstr(err.text, "IP address"));
	assert_false(
		clamd_address_parse(arena, "antivirus", STR("unix:clamd.ctl"), &address, &err));
	assert_non_null(strstr(err.text, "antivirus clamd:unix:clamd.ctl: "));
	assert_false(
		clamd_address_parse(arena, "antivirus", STR("inet:127.0.0.1"), &address, &err));
	assert_string_equal(err.text, "antivirus clamd:inet:127.0.0.1: no port; write "
	                              "clamd:inet:127.0.0.1:PORT, with a number for it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_replies, begin, end),
		cmocka_unit_test_setup_teardown(test_no_replies, begin, end),
		cmocka_unit_test_setup_teardown(test_long_names_are_cut, begin, end),
		cmocka_unit_test_setup_teardown(test_the_message_goes_there_as_it_is, begin, end),
		cmocka_unit_test_setup_teardown(test_what_is_found, begin, end),
		cmocka_unit_test_setup_teardown(test_lies, begin, end),
		cmocka_unit_test_setup_teardown(test_nobody_there, begin, end),
		cmocka_unit_test_setup_teardown(test_one_that_hangs_is_left_at_once, begin, end),
		cmocka_unit_test_setup_teardown(test_one_that_lives_is_asked_again, begin, end),
		cmocka_unit_test_setup_teardown(test_health, begin, end),
		cmocka_unit_test_setup_teardown(test_health_tries_again_and_again, begin, end),
		cmocka_unit_test_setup_teardown(test_addresses, begin, end),
	};

	return cmocka_run_group_tests_name("clamd", tests, NULL, scratch_remove);
}
