/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions as packets, what replies say to them, and replies that say nothing. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "facts/dns_answer.h"
#include "facts/dns_packet.h"
#include "facts/dns_timers.h"

struct packet {
	unsigned char data[1024];
	size_t len;
};

static struct packet packet_of(const char *hex)
{
	struct packet packet = { .len = strlen(hex) / 2 };

	for (size_t i = 0; i < packet.len; i++) {
		unsigned octet;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &octet), 1);
		packet.data[i] = (unsigned char)octet;
	}
	return packet;
}

static bool read_packet(struct arena *arena, enum dns_type type, const char *hex,
                        struct dns_packet_reply *reply)
{
	struct packet packet = packet_of(hex);
	struct dns_packet_question question;

	dns_packet_question_set(&question, STR("www.x.example"), type);
	return dns_packet_read(arena, &question, packet.data, packet.len, reply);
}

/* Flags, and how many records there are: one question www.x.example, then these. */
#define HEAD(answers, authority) "abcd81800001" answers authority "0000"
#define QUESTION(type)           "037777770178076578616d706c6500" type "0001"
#define WWW                      "c00c"
#define X                        "c010"
#define CNAME(owner, target_len, target)                                                           \
	owner "00050001"                                                                           \
	      "0000003c" target_len target
#define A(owner, octets)                                                                           \
	owner "00010001"                                                                           \
	      "0000001e"                                                                           \
	      "0004" octets
#define SOA(owner, ttl, minimum)                                                                   \
	owner "00060001" ttl "0016"                                                                \
	      "0000"                                                                               \
	      "00000001"                                                                           \
	      "00000002"                                                                           \
	      "00000003"                                                                           \
	      "00000004" minimum

static void test_query(void **state)
{
	struct dns_packet_question question;
	unsigned char out[DNS_PACKET_QUERY_MAX];
	struct packet expected = packet_of("abcd01000001000000000000" QUESTION("0010"));
	struct packet with_edns =
		packet_of("abcd01000001000000000001" QUESTION("0010") "00002904d0000000000000");

	(void)state;
	dns_packet_question_set(&question, STR("www.x.example"), DNS_TXT);
	assert_int_equal(dns_packet_query(&question, 0xabcd, 0, out), expected.len);
	assert_memory_equal(out, expected.data, expected.len);
	assert_int_equal(dns_packet_query(&question, 0xabcd, 1232, out), with_edns.len);
	assert_memory_equal(out, with_edns.data, with_edns.len);
	dns_packet_question_set(&question, STR(""), DNS_NS);
	assert_int_equal(question.len, 1);
}

static void test_longest_name(void **state)
{
	char name[DNS_NAME_MAX];
	struct dns_packet_question question;
	unsigned char out[DNS_PACKET_QUERY_MAX];

	(void)state;
	memset(name, 'a', sizeof(name));
	for (size_t i = 63; i < sizeof(name); i += 64)
		name[i] = '.';
	assert_true(dns_name_valid((struct str){ name, sizeof(name) }));
	dns_packet_question_set(&question, (struct str){ name, sizeof(name) }, DNS_A);
	assert_int_equal(question.len, DNS_PACKET_NAME_MAX);
	assert_int_equal(dns_packet_query(&question, 1, 1232, out), DNS_PACKET_QUERY_MAX);
}

static void test_is_response(void **state)
{
	static const struct {
		const char *hex;
		bool is;
	} cases[] = { { "abcd81800001000000000000", true },
		      { "abcd01800001000000000000", false }, /* a question */
		      { "abcd89800001000000000000", false }, /* to something else than a query */
		      { "abcd818000010000000000", false },   /* cut */
		      { "", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct packet packet = packet_of(cases[i].hex);
		uint16_t id = 0;

		assert_int_equal(dns_packet_is_response(packet.data, packet.len, &id), cases[i].is);
		assert_int_equal(id, cases[i].is ? 0xabcd : 0);
	}
}

static void test_match(void **state)
{
	static const struct {
		const char *hex;
		enum dns_packet_match match;
	} cases[] = {
		{ HEAD("0000", "0000") QUESTION("0001"), DNS_PACKET_SAME },
		{ HEAD("0000", "0000") "035757770178076578616d706c650000010001",
		  DNS_PACKET_OTHER_CASE },
		{ HEAD("0000", "0000") QUESTION("0010"), DNS_PACKET_OTHER },
		{ HEAD("0000", "0000") "037777780178076578616d706c650000010001", DNS_PACKET_OTHER },
		{ HEAD("0000", "0000") "037777770178076578616d706c650000010003", DNS_PACKET_OTHER },
		{ HEAD("0000", "0000") "037777770178076578616d706c6500000100", DNS_PACKET_OTHER },
		{ "abcd81800002000000000000" QUESTION("0001"), DNS_PACKET_OTHER },
		{ "abcd81810000000000000000", DNS_PACKET_NO_QUESTION },
	};
	struct dns_packet_question question;

	(void)state;
	dns_packet_question_set(&question, STR("www.x.example"), DNS_A);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct packet packet = packet_of(cases[i].hex);

		assert_int_equal(dns_packet_match(&question, packet.data, packet.len),
		                 cases[i].match);
	}
}

/* CNAMEs lead to the records, in whatever order; records of others are none of ours. */
static void test_aliases(void **state)
{
	static const char *const packets[] = {
		HEAD("0003", "0000") QUESTION("0001") CNAME(WWW, "0002", X) A(X, "c0000201")
			A("036f746800", "cb007142"),
		HEAD("0003", "0000") QUESTION("0001") A("036f746800", "cb007142") A(X, "c0000201")
			CNAME(WWW, "0002", X),
	};
	struct arena *arena = arena_new();
	struct dns_packet_reply reply;

	(void)state;
	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		assert_true(read_packet(arena, DNS_A, packets[i], &reply));
		assert_int_equal(reply.count, 1);
		assert_int_equal(reply.ttl, 30);
		assert_memory_equal(reply.records[0].data, "\xc0\x00\x02\x01", 4);
	}
	arena_free(arena);
}

/* Another name, of which nothing is said: that is the one to ask for. */
static void test_alias_without_end(void **state)
{
	struct arena *arena = arena_new();
	struct dns_packet_reply reply;

	(void)state;
	assert_true(read_packet(
		arena, DNS_A, HEAD("0001", "0000") QUESTION("0001") CNAME(WWW, "0002", X), &reply));
	assert_int_equal(reply.count, 0);
	assert_false(reply.ends);
	assert_int_equal(reply.alias.len, 11);
	assert_memory_equal(reply.alias.data, "\1x\7example", 11);
	/* With the name's end: it is there, but has no such record. */
	assert_true(read_packet(arena, DNS_A,
	                        HEAD("0001", "0001") QUESTION("0001") CNAME(WWW, "0002", X)
	                                SOA(X, "00000e10", "0000000a"),
	                        &reply));
	assert_true(reply.ends);
	assert_int_equal(reply.ttl, 10);
	/* Names that lead to each other. */
	assert_false(read_packet(arena, DNS_A,
	                         HEAD("0002", "0000") QUESTION("0001") CNAME(WWW, "0002", X)
	                                 CNAME(X, "0002", WWW),
	                         &reply));
	/* Asked for by itself. */
	assert_true(read_packet(arena, DNS_CNAME,
	                        HEAD("0001", "0000") QUESTION("0005") CNAME(WWW, "0002", X),
	                        &reply));
	assert_int_equal(reply.count, 1);
	arena_free(arena);
}

static void test_negative(void **state)
{
	struct arena *arena = arena_new();
	struct dns_packet_reply reply;

	(void)state;
	assert_true(read_packet(
		arena, DNS_A, HEAD("0000", "0001") QUESTION("0001") SOA(X, "00000005", "00000e10"),
		&reply));
	assert_true(reply.has_ttl && reply.ends && !reply.refers);
	assert_int_equal(reply.ttl, 5);
	assert_true(read_packet(arena, DNS_A, HEAD("0000", "0000") QUESTION("0001"), &reply));
	assert_false(reply.has_ttl);
	/* A delegation, from who neither has the zone nor asks for others: flags 8000. */
	assert_true(read_packet(arena, DNS_A,
	                        "abcd80000001000000010000" QUESTION("0001") X "00020001"
	                                                                      "0000003c"
	                                                                      "0002" X,
	                        &reply));
	assert_true(reply.refers);
	assert_true(read_packet(arena, DNS_A,
	                        HEAD("0000", "0001") QUESTION("0001") X "00020001"
	                                                                "0000003c"
	                                                                "0002" X,
	                        &reply));
	assert_false(reply.refers);
	arena_free(arena);
}

/* A CNAME (60 s) and an MX (30 s) with compressed names, and one of another class between them. */
#define CHAIN     "c00c000500010000003c0002c010"
#define EXCHANGER "c00c000f00010000001e0007000a026d78c010"
#define CHAOS     "c00c001000030000000100020161"

static void test_all_types(void **state)
{
	struct arena *arena = arena_new();
	struct dns_packet_reply reply;
	struct dns_answer *answer;

	(void)state;
	assert_true(read_packet(arena, DNS_ANY,
	                        HEAD("0003", "0000") QUESTION("00ff") CHAIN CHAOS EXCHANGER,
	                        &reply));
	answer = dns_answer_new(DNS_OK, DNS_ANY, reply.ttl, reply.records, reply.count);
	assert_int_equal(answer->count, 2);
	assert_int_equal(reply.ttl, 30);
	assert_int_equal(answer->records[0].type, DNS_CNAME);
	assert_str(dns_record_zone_text(arena, &answer->records[0]), "x.example.");
	assert_int_equal(answer->records[1].type, DNS_MX);
	assert_str(dns_record_zone_text(arena, &answer->records[1]), "10 mx.x.example.");
	dns_answer_unpin(answer);
	arena_free(arena);
}

/* Cut anywhere, an answer section is no answer; nor is a name that points at itself. */
static void test_malformed(void **state)
{
	static const char whole[] = HEAD("0002", "0000") QUESTION("00ff") CHAIN EXCHANGER;
	struct arena *arena = arena_new();
	struct dns_packet_reply reply;
	char hex[sizeof(whole)];

	(void)state;
	assert_true(read_packet(arena, DNS_ANY, whole, &reply));
	for (size_t len = 24; len < strlen(whole); len += 2) {
		memcpy(hex, whole, len);
		hex[len] = '\0';
		assert_false(read_packet(arena, DNS_ANY, hex, &reply));
	}
	assert_false(read_packet(arena, DNS_A,
	                         "abcd81800000000100000000c00c000200010000000100020161", &reply));
	arena_free(arena);
}

#define TIMERS 200

static void test_timers(void **state)
{
	struct dns_timers timers = { 0 };
	struct dns_timer timer[TIMERS] = { 0 };
	int64_t last = -1;
	int count = 0;

	(void)state;
	for (int i = 0; i < TIMERS; i++)
		dns_timers_set(&timers, &timer[i], (int64_t)i * 7919 % 1000);
	for (int i = 0; i < TIMERS; i += 3)
		dns_timers_set(&timers, &timer[i], (int64_t)i * 104729 % 1000);
	for (int i = 0; i < TIMERS; i += 4)
		dns_timers_clear(&timers, &timer[i]);
	dns_timers_clear(&timers, &timer[0]);
	for (struct dns_timer *first; (first = dns_timers_first(&timers)) != NULL; count++) {
		assert_true(first->at_us >= last);
		last = first->at_us;
		dns_timers_clear(&timers, first);
	}
	assert_int_equal(count, TIMERS - TIMERS / 4);
	dns_timers_free(&timers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query),       cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_is_response), cmocka_unit_test(test_match),
		cmocka_unit_test(test_aliases),     cmocka_unit_test(test_alias_without_end),
		cmocka_unit_test(test_negative),    cmocka_unit_test(test_all_types),
		cmocka_unit_test(test_malformed),   cmocka_unit_test(test_timers),
	};

	return cmocka_run_group_tests_name("dns_packet", tests, NULL, NULL);
}
