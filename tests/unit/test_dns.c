/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The resolver against servers that are not there or never answer: what must hold is that nobody
 * waits too long and that all callbacks come. Real answers: tests/dns.
 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "facts/dns.h"
#include "tests/unit/fake_dns.h"

/* A UDP socket that takes questions and never answers; its port. */
static int deaf_server(int *port_r)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*port_r = ntohs(address.sin_port);
	return fd;
}

static struct dns *deaf_resolver(struct arena *arena, int64_t timeout_ms, int *fd_r)
{
	struct dns_settings settings = { .timeout_ms = timeout_ms };
	struct error error;
	struct dns *dns;
	int port;

	*fd_r = deaf_server(&port);
	vec_push(arena, &settings.servers, arena_printf(arena, "127.0.0.1@%d", port));
	dns = dns_new(&settings, &error);
	assert_non_null(dns);
	return dns;
}

#define MANY 1000

static int thread_count(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	int count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		sscanf(line, "Threads: %d", &count);
	fclose(file);
	return count;
}

/* A thousand questions at once need no more threads than one. */
static void test_times_out(void **state)
{
	struct arena *arena = arena_new();
	int fd;
	struct dns *dns = deaf_resolver(arena, 300, &fd);
	static struct dns_query *queries[MANY];
	struct dns_counters counters;
	int64_t start = clock_monotonic_us();

	(void)state;
	for (int i = 0; i < MANY; i++)
		queries[i] = dns_query_start(dns, arena_printf(arena, "n%d.example", i), DNS_A);
	assert_int_equal(dns_counters(dns).in_flight, MANY);
	usleep(20000);
	assert_in_range(thread_count(), 2, 6);
	for (int i = 0; i < MANY; i++) {
		const struct dns_answer *answer = dns_query_wait(queries[i], deadline_in_ms(5000));

		assert_non_null(answer);
		assert_int_equal(answer->status, DNS_TIMEOUT);
		dns_query_free(queries[i]);
	}
	assert_true(clock_monotonic_us() - start < 20 * 1000000);
	counters = dns_counters(dns);
	assert_int_equal(counters.queries, MANY);
	assert_int_equal(counters.timeouts, MANY);
	assert_int_equal(counters.in_flight, 0);
	dns_free(dns);
	close(fd);
	arena_free(arena);
}

/* Answers every question with "no such name" until the socket is shut. */
static void *answer_all(void *context)
{
	int fd = *(const int *)context;
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	unsigned char packet[512];
	ssize_t got;

	while ((got = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len)) >
	       12) {
		packet[2] |= 0x80;
		packet[3] = 0x83;
		sendto(fd, packet, (size_t)got, 0, (struct sockaddr *)&from, len);
		len = sizeof(from);
	}
	return NULL;
}

static enum dns_status ask_and_wait(struct dns *dns, struct str name, struct deadline deadline)
{
	struct dns_query *query = dns_query_start(dns, name, DNS_A);
	const struct dns_answer *answer = dns_query_wait(query, deadline);
	enum dns_status status;

	assert_non_null(answer);
	status = answer->status;
	dns_query_free(query);
	return status;
}

/* Once the servers are known to be dead nobody waits, until they answer again. */
static void test_dead_servers(void **state)
{
	struct arena *arena = arena_new();
	int fd;
	struct dns *dns = deaf_resolver(arena, 300, &fd);
	struct dns_query *queries[3];
	pthread_t thread;
	int tries = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		queries[i] = dns_query_start(dns, arena_printf(arena, "n%d.example", i), DNS_A);
	for (int i = 0; i < 3; i++) {
		assert_non_null(dns_query_wait(queries[i], deadline_in_ms(60000)));
		dns_query_free(queries[i]);
	}
	while (!dns_counters(dns).dead)
		usleep(1000);
	assert_int_equal(ask_and_wait(dns, STR("later.example"), deadline_in_ms(0)), DNS_TIMEOUT);
	assert_int_equal(dns_counters(dns).in_flight, 0);
	assert_int_equal(pthread_create(&thread, NULL, answer_all, &fd), 0);
	while (ask_and_wait(dns, arena_printf(arena, "again%d.example", tries),
	                    deadline_in_ms(60000)) != DNS_NXDOMAIN) {
		assert_true(++tries < 60000);
		usleep(1000);
	}
	assert_false(dns_counters(dns).dead);
	dns_free(dns);
	shutdown(fd, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(fd);
	arena_free(arena);
}

static void test_waits_no_longer_than_asked(void **state)
{
	struct arena *arena = arena_new();
	int fd;
	struct dns *dns = deaf_resolver(arena, 60000, &fd);
	struct dns_query *query = dns_query_start(dns, STR("a.example"), DNS_A);
	int64_t start = clock_monotonic_us();

	(void)state;
	assert_null(dns_query_wait(query, deadline_in_ms(50)));
	assert_true(clock_monotonic_us() - start < 30 * 1000000);
	/* Not answered yet: whoever comes last frees it. */
	dns_query_free(query);
	dns_free(dns);
	close(fd);
	arena_free(arena);
}

static void test_same_question_goes_out_once(void **state)
{
	struct arena *arena = arena_new();
	int fd;
	struct dns *dns = deaf_resolver(arena, 200, &fd);
	struct dns_query *first = dns_query_start(dns, STR("A.example."), DNS_A);
	struct dns_query *second = dns_query_start(dns, STR("a.EXAMPLE"), DNS_A);

	(void)state;
	assert_int_equal(dns_counters(dns).joined, 1);
	assert_int_equal(dns_counters(dns).in_flight, 1);
	assert_int_equal(dns_query_wait(first, deadline_in_ms(5000))->status, DNS_TIMEOUT);
	assert_int_equal(dns_query_wait(second, deadline_in_ms(5000))->status, DNS_TIMEOUT);
	dns_query_free(first);
	dns_query_free(second);
	dns_free(dns);
	close(fd);
	arena_free(arena);
}

static void count_failed(void *context, struct dns_answer *answer)
{
	if (answer->status == DNS_FAILED)
		atomic_fetch_add((atomic_int *)context, 1);
	dns_answer_unpin(answer);
}

static void test_free_answers_what_is_in_flight(void **state)
{
	struct arena *arena = arena_new();
	atomic_int failed = 0;
	int fd;
	struct dns *dns = deaf_resolver(arena, 60000, &fd);

	(void)state;
	for (int i = 0; i < 50; i++)
		dns_ask(dns, arena_printf(arena, "n%d.example", i), DNS_TXT, count_failed, &failed);
	dns_free(dns);
	assert_int_equal(failed, 50);
	close(fd);
	arena_free(arena);
}

static void test_bad_names(void **state)
{
	struct fake_record none[] = { { 0 } };
	struct fake_zone zone = { none, 60, 0 };
	struct dns *dns = dns_new_from(fake_answer, &zone);
	struct dns_query *query = dns_query_start(dns, STR("a..b"), DNS_A);

	(void)state;
	assert_int_equal(dns_query_wait(query, deadline_in_ms(0))->status, DNS_BAD_NAME);
	assert_int_equal(zone.asked, 0);
	dns_query_free(query);
	dns_free(dns);
}

static void test_caches(void **state)
{
	struct fake_record records[] = { { "a.example", DNS_A, "192.0.2.1" }, { 0 } };
	struct fake_zone zone = { records, 60, 0 };
	struct dns *dns = dns_new_from(fake_answer, &zone);

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct dns_query *query = dns_query_start(dns, STR("A.Example"), DNS_A);

		assert_int_equal(dns_query_wait(query, deadline_in_ms(0))->count, 1);
		dns_query_free(query);
	}
	assert_int_equal(zone.asked, 1);
	assert_int_equal(dns_counters(dns).cache_hits, 2);
	assert_int_equal(dns_counters(dns).queries, 3);
	dns_free(dns);
}

static void test_servers(void **state)
{
	static const char *const good[] = { "127.0.0.1", "127.0.0.1@53", "::1",
		                            "2001:db8::1@5353" };
	static const char *const bad[] = { "",          "localhost",    "127.0.0.1@", "127.0.0.1@0",
		                           "::1@65536", "127.0.0.1:53", "1.2.3.4@5x", "@53" };
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(dns_server_valid(str_from(good[i]), &error));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(dns_server_valid(str_from(bad[i]), &error));
	assert_string_equal(error.text,
	                    "\"@53\" is no DNS server; write an IP address, or ADDRESS@PORT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_out),
		cmocka_unit_test(test_dead_servers),
		cmocka_unit_test(test_waits_no_longer_than_asked),
		cmocka_unit_test(test_same_question_goes_out_once),
		cmocka_unit_test(test_free_answers_what_is_in_flight),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_caches),
		cmocka_unit_test(test_servers),
	};

	return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
