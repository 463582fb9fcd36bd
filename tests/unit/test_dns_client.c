/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The resolver against servers that lie, are too brief, or don't know EDNS. What the first label of
 * a name says is what the server does. Servers that are silent: test_dns.c.
 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "facts/dns.h"

#define PACKET_MAX 2048

struct server {
	int udp, tcp, other; /* the last is a socket that nobody asked */
	int port;
	pthread_t thread, tcp_thread;
	int rcode;        /* of every answer; 0: as the name says */
	size_t oversized; /* octets of an answer over UDP */
	atomic_int asked, plain, mixed, connections;
	atomic_int ports; /* changes of the port that questions came from */
	in_port_t last_port;
};

struct packet {
	unsigned char data[PACKET_MAX];
	size_t len, question; /* octets of all, and of header and question */
};

static bool says(const struct packet *packet, const char *label)
{
	return packet->data[12] == strlen(label) &&
	       strncasecmp((const char *)packet->data + 13, label, strlen(label)) == 0;
}

/* The question alone, as a reply. */
static void begin(struct packet *packet, int rcode)
{
	size_t at = 12;

	while (packet->data[at] != 0)
		at += packet->data[at] + 1U;
	packet->question = packet->len = at + 5;
	packet->data[2] = 0x81;
	packet->data[3] = (unsigned char)(0x80 | rcode);
	memset(packet->data + 6, 0, 6);
}

static void add(struct packet *packet, const void *data, size_t len)
{
	memcpy(packet->data + packet->len, data, len);
	packet->len += len;
	packet->data[7]++;
}

#define ADDRESS "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
#define LIE     "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xcb\0\x71\x42"
/* To "plain" before the rest of the name; to itself. */
#define ALIAS_HEAD "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\x08\5plain"
#define ITSELF     "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\x0c"

static void reply(const struct server *server, struct packet *packet, bool over_tcp)
{
	bool edns = packet->data[11] != 0;

	begin(packet, server->rcode);
	if (server->rcode != 0)
		return;
	if (says(packet, "noedns") && edns)
		packet->data[3] |= 1;
	else if ((says(packet, "long") || says(packet, "cut") || says(packet, "full") ||
	          says(packet, "brief")) &&
	         !over_tcp)
		packet->data[2] |= 2;
	else if (says(packet, "notimp"))
		packet->data[3] |= 4;
	else if (says(packet, "loop"))
		add(packet, ITSELF, sizeof(ITSELF) - 1);
	else if (says(packet, "half"))
		add(packet, ADDRESS, 9);
	else if (says(packet, "alias")) {
		unsigned char alias[20];

		memcpy(alias, ALIAS_HEAD, 18);
		alias[18] = 0xc0;
		alias[19] = 12 + 6;
		add(packet, alias, sizeof(alias));
	} else {
		add(packet, ADDRESS, sizeof(ADDRESS) - 1);
	}
	if (says(packet, "many"))
		packet->data[6] = packet->data[7] = 0xff;
	/* More than a question asks for, without saying that it is cut. */
	if (says(packet, "oversized") && !over_tcp) {
		memset(packet->data + packet->len, 0, PACKET_MAX - packet->len);
		packet->len = server->oversized;
	}
	if (says(packet, "upper"))
		for (size_t i = 13; i < packet->question - 5; i++)
			packet->data[i] =
				(unsigned char)(packet->data[i] >= 'a' && packet->data[i] <= 'z'
			                                ? packet->data[i] - 32
			                                : packet->data[i]);
}

static void send_to(int fd, const struct packet *packet, const struct sockaddr_in *to)
{
	sendto(fd, packet->data, packet->len, 0, (const struct sockaddr *)to, sizeof(*to));
}

/* What comes before the right reply: another id, another question, another port. */
static void lie(const struct server *server, const struct packet *truth,
                const struct sockaddr_in *to)
{
	struct packet packet = *truth;

	memcpy(packet.data + packet.question, LIE, sizeof(LIE) - 1);
	send_to(server->other, &packet, to);
	packet.data[1] ^= 1;
	send_to(server->udp, &packet, to);
	packet.data[1] ^= 1;
	packet.data[14] ^= 1;
	send_to(server->udp, &packet, to);
	packet.data[14] ^= 1;
	packet.data[packet.question - 3] = 16;
	send_to(server->udp, &packet, to);
	packet.len = 7;
	send_to(server->udp, &packet, to);
}

static void note(struct server *server, const struct packet *packet, const struct sockaddr_in *from)
{
	atomic_fetch_add(&server->asked, 1);
	if (packet->data[11] == 0)
		atomic_fetch_add(&server->plain, 1);
	for (size_t i = 13; packet->data[i] != 0; i++)
		if (packet->data[i] >= 'A' && packet->data[i] <= 'Z') {
			atomic_fetch_add(&server->mixed, 1);
			break;
		}
	if (server->last_port != from->sin_port)
		atomic_fetch_add(&server->ports, 1);
	server->last_port = from->sin_port;
}

static void *serve(void *context)
{
	struct server *server = context;
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	struct packet packet;
	ssize_t got;

	while ((got = recvfrom(server->udp, packet.data, sizeof(packet.data), 0,
	                       (struct sockaddr *)&from, &len)) > 12) {
		packet.len = (size_t)got;
		note(server, &packet, &from);
		reply(server, &packet, false);
		if (says(&packet, "lies"))
			lie(server, &packet, &from);
		if (!says(&packet, "lost") || atomic_load(&server->asked) > 1)
			send_to(server->udp, &packet, &from);
	}
	return NULL;
}

/* In pieces. A reply that is "full" is as long as one can be; one that is "brief" is said to be so
 * long and ends before. */
static void send_over_tcp(int fd, const struct packet *packet)
{
	bool full = says(packet, "full"), brief = says(packet, "brief");
	size_t len = full || brief ? 65535 : packet->len;
	unsigned char size[2] = { (unsigned char)(len >> 8), (unsigned char)len };
	char zeros[4096] = { 0 };

	send(fd, size, 1, MSG_NOSIGNAL);
	send(fd, size + 1, 1, MSG_NOSIGNAL);
	send(fd, packet->data, 5, MSG_NOSIGNAL);
	usleep(1000);
	send(fd, packet->data + 5, packet->len - 5, MSG_NOSIGNAL);
	for (size_t sent = packet->len; full && sent < len;) {
		size_t piece = len - sent < sizeof(zeros) ? len - sent : sizeof(zeros);

		if (send(fd, zeros, piece, MSG_NOSIGNAL) != (ssize_t)piece)
			break;
		sent += piece;
	}
}

/* Answers a question a connection; "cut" is closed without an answer. */
static void *serve_tcp(void *context)
{
	struct server *server = context;
	struct packet packet;
	int fd;

	while ((fd = accept(server->tcp, NULL, NULL)) >= 0) {
		ssize_t got = recv(fd, packet.data, 2, MSG_WAITALL);

		if (got == 2)
			got = recv(fd, packet.data, packet.data[0] << 8 | packet.data[1],
			           MSG_WAITALL);
		atomic_fetch_add(&server->connections, 1);
		if (got > 12 && !says(&packet, "cut")) {
			packet.len = (size_t)got;
			reply(server, &packet, true);
			send_over_tcp(fd, &packet);
		}
		close(fd);
	}
	return NULL;
}

static int bound(int type, int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((in_port_t)port) };
	int fd = socket(AF_INET, type, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int port_of(int fd)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	return ntohs(address.sin_port);
}

static void start(struct server *server, int rcode)
{
	*server = (struct server){ .rcode = rcode, .tcp = -1 };
	/* A port that is free for both. */
	for (int tries = 0; server->tcp < 0; tries++) {
		assert_in_range(tries, 0, 50);
		server->udp = bound(SOCK_DGRAM, 0);
		server->port = port_of(server->udp);
		server->tcp = bound(SOCK_STREAM, server->port);
		if (server->tcp < 0)
			close(server->udp);
	}
	server->other = bound(SOCK_DGRAM, 0);
	assert_int_equal(listen(server->tcp, 8), 0);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
	assert_int_equal(pthread_create(&server->tcp_thread, NULL, serve_tcp, server), 0);
}

static void stop(struct server *server)
{
	shutdown(server->udp, SHUT_RDWR);
	shutdown(server->tcp, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	pthread_join(server->tcp_thread, NULL);
	close(server->udp);
	close(server->tcp);
	close(server->other);
}

#define LONG_MS 60000

static struct dns *resolver(struct arena *arena, const struct server *servers, size_t count,
                            struct dns_settings settings)
{
	struct error error;
	struct dns *dns;

	for (size_t i = 0; i < count; i++)
		vec_push(arena, &settings.servers,
		         arena_printf(arena, "127.0.0.1@%d", servers[i].port));
	dns = dns_new(&settings, &error);
	assert_non_null(dns);
	return dns;
}

static void expect(struct dns *dns, const char *name, enum dns_status status, int rcode)
{
	struct dns_query *query = dns_query_start(dns, str_from(name), DNS_A);
	const struct dns_answer *answer = dns_query_wait(query, deadline_in_ms(LONG_MS));

	assert_non_null(answer);
	assert_int_equal(answer->status, status);
	assert_int_equal(answer->rcode, rcode);
	assert_int_equal(answer->count, status == DNS_OK);
	if (status == DNS_OK)
		assert_memory_equal(answer->records[0].data.data, "\xc0\0\2\1", 4);
	dns_query_free(query);
}

static void test_lies(void **state)
{
	struct arena *arena = arena_new();
	struct server server;
	struct dns *dns;

	(void)state;
	start(&server, 0);
	dns = resolver(arena, &server, 1, (struct dns_settings){ .timeout_ms = LONG_MS });
	for (int i = 0; i < 20; i++)
		expect(dns, arena_cstr(arena, arena_printf(arena, "lies.n%d.example", i)), DNS_OK,
		       0);
	expect(dns, "upper.example", DNS_OK, 0);
	expect(dns, "loop.example", DNS_FAILED, 2);
	expect(dns, "half.example", DNS_FAILED, 2);
	expect(dns, "notimp.example", DNS_FAILED, 4);
	expect(dns, "lost.example", DNS_OK, 0);
	dns_free(dns);
	stop(&server);
	arena_free(arena);
}

static void test_without_edns(void **state)
{
	struct arena *arena = arena_new();
	struct server server;
	struct dns *dns;

	(void)state;
	start(&server, 0);
	dns = resolver(arena, &server, 1, (struct dns_settings){ .timeout_ms = LONG_MS });
	expect(dns, "noedns.example", DNS_OK, 0);
	assert_int_equal(server.asked, 2);
	assert_int_equal(server.plain, 1);
	dns_free(dns);
	dns = resolver(arena, &server, 1,
	               (struct dns_settings){ .timeout_ms = LONG_MS, .edns_bytes = 512 });
	expect(dns, "plain.example", DNS_OK, 0);
	assert_int_equal(server.plain, 2);
	dns_free(dns);
	stop(&server);
	arena_free(arena);
}

static void test_truncated(void **state)
{
	struct arena *arena = arena_new();
	struct server server;
	struct dns *dns;

	(void)state;
	start(&server, 0);
	dns = resolver(arena, &server, 1, (struct dns_settings){ .timeout_ms = LONG_MS });
	expect(dns, "long.example", DNS_OK, 0);
	for (int i = 0; i < 5; i++)
		expect(dns, "cut.example", DNS_FAILED, 2);
	assert_false(dns_counters(dns).dead);
	dns_free(dns);
	stop(&server);
	arena_free(arena);
}

/* Replies that are longer than was asked for, as long as can be, or said to be. */
static void test_oversized(void **state)
{
	static const struct {
		unsigned edns_bytes;
		size_t octets;
		int connections;
	} cases[] = { { 0, 1232, 0 },  { 0, 1233, 1 },   { 0, PACKET_MAX, 1 },
		      { 800, 800, 0 }, { 800, 801, 1 },  { 512, 512, 0 },
		      { 512, 513, 1 }, { 512, 1232, 1 }, { 4096, PACKET_MAX, 0 } };
	struct arena *arena = arena_new();
	struct server server;
	struct dns *dns;

	(void)state;
	start(&server, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		server.oversized = cases[i].octets;
		server.connections = 0;
		dns = resolver(arena, &server, 1,
		               (struct dns_settings){ .timeout_ms = LONG_MS,
		                                      .edns_bytes = cases[i].edns_bytes });
		expect(dns, "oversized.example", DNS_OK, 0);
		assert_int_equal(server.connections, cases[i].connections);
		dns_free(dns);
	}
	dns = resolver(arena, &server, 1, (struct dns_settings){ .timeout_ms = LONG_MS });
	expect(dns, "full.example", DNS_OK, 0);
	expect(dns, "brief.example", DNS_FAILED, 2);
	expect(dns, "many.example", DNS_FAILED, 2);
	/* None of that is the server's end. */
	expect(dns, "plain.example", DNS_OK, 0);
	dns_free(dns);
	stop(&server);
	arena_free(arena);
}

static void test_alias(void **state)
{
	struct arena *arena = arena_new();
	struct server server;
	struct dns *dns;

	(void)state;
	start(&server, 0);
	dns = resolver(arena, &server, 1, (struct dns_settings){ .timeout_ms = LONG_MS });
	expect(dns, "alias.example", DNS_OK, 0);
	assert_int_equal(server.asked, 2);
	dns_free(dns);
	stop(&server);
	arena_free(arena);
}

/* The next server is asked where one can't help; its word is passed on where none can. */
static void test_other_servers(void **state)
{
	struct arena *arena = arena_new();
	struct server servers[2];
	struct dns *dns;

	(void)state;
	start(&servers[0], 5);
	start(&servers[1], 0);
	dns = resolver(arena, servers, 2, (struct dns_settings){ .timeout_ms = LONG_MS });
	expect(dns, "plain.example", DNS_OK, 0);
	dns_free(dns);
	dns = resolver(arena, servers, 1, (struct dns_settings){ .timeout_ms = LONG_MS });
	expect(dns, "plain.example", DNS_FAILED, 5);
	dns_free(dns);
	stop(&servers[0]);
	/* Nobody listens on the first port any more. */
	dns = resolver(arena, servers, 2, (struct dns_settings){ .timeout_ms = LONG_MS });
	for (int i = 0; i < 20; i++)
		expect(dns, arena_cstr(arena, arena_printf(arena, "n%d.example", i)), DNS_OK, 0);
	dns_free(dns);
	stop(&servers[1]);
	arena_free(arena);
}

/* A zone's own servers are asked, and silence of theirs is nothing to the others. */
static void test_zones(void **state)
{
	struct arena *arena = arena_new();
	struct server servers[2];
	struct dns_settings settings = { .timeout_ms = 300 };
	struct dns *dns;

	(void)state;
	start(&servers[0], 0);
	start(&servers[1], 0);
	vec_push(arena, &settings.zones,
	         arena_printf(arena, "List.example. 127.0.0.1@%d", servers[1].port));
	dns = resolver(arena, servers, 1, settings);
	expect(dns, "n.list.example", DNS_OK, 0);
	expect(dns, "n.otherlist.example", DNS_OK, 0);
	assert_int_equal(servers[0].asked, 1);
	assert_int_equal(servers[1].asked, 1);
	stop(&servers[1]);
	for (int i = 0; i < 4; i++)
		expect(dns, arena_cstr(arena, arena_printf(arena, "n%d.list.example", i)),
		       DNS_TIMEOUT, DNS_NO_RCODE);
	assert_false(dns_counters(dns).dead);
	expect(dns, "m.otherlist.example", DNS_OK, 0);
	dns_free(dns);
	stop(&servers[0]);
	arena_free(arena);
}

static size_t descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count;
}

/* Ports change, sockets don't pile up, and random case is sent where it is wished for. */
static void test_many(void **state)
{
	struct arena *arena = arena_new();
	struct server server;
	struct dns_query *queries[1000];
	struct dns *dns;
	size_t before;

	(void)state;
	start(&server, 0);
	before = descriptors();
	dns = resolver(arena, &server, 1,
	               (struct dns_settings){ .timeout_ms = LONG_MS, .mixed_case = true });
	for (int i = 0; i < 1000; i++)
		queries[i] = dns_query_start(
			dns, arena_printf(arena, "name-of-many-letters.n%d.example", i), DNS_A);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(dns_query_wait(queries[i], deadline_in_ms(LONG_MS))->status,
		                 DNS_OK);
		dns_query_free(queries[i]);
	}
	expect(dns, "upper.example", DNS_OK, 0);
	assert_in_range(server.ports, 10, 1200);
	assert_in_range(server.mixed, 1000, 3000);
	dns_free(dns);
	assert_int_equal(descriptors(), before);
	stop(&server);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lies),      cmocka_unit_test(test_without_edns),
		cmocka_unit_test(test_truncated), cmocka_unit_test(test_oversized),
		cmocka_unit_test(test_alias),     cmocka_unit_test(test_other_servers),
		cmocka_unit_test(test_zones),     cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("dns_client", tests, NULL, NULL);
}
