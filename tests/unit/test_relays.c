/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "facts/received.h"
#include "facts/relays.h"
#include "tests/unit/mail_file.h"

static struct arena *arena;

static int start(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

struct received_case {
	const char *field;
	/* NULL address: the field gives no relay, and `helo` says which kind. */
	const char *ip;
	const char *rdns;
	const char *helo;
	const char *by;
	const char *id;
	const char *auth;
};

#define DATE "; Tue, 3 Mar 2026 10:15:00 +0000"

static const struct received_case received_cases[] = {
	/* Postfix */
	{ "from helo.example (dns.example [192.0.2.1]) by mx.example (Postfix) with ESMTP id 4ABCD12"
	  " for <a@b.example>" DATE,
	  "192.0.2.1", "dns.example", "helo.example", "mx.example", "4ABCD12", "" },
	{ "from helo.example (unknown [192.0.2.1]) by mx.example (Postfix) with ESMTP id 4ABCD12" DATE,
	  "192.0.2.1", "", "helo.example", "mx.example", "4ABCD12", "" },
	{ "from h (d.example [IPv6:2001:db8::1]) by mx.example (Postfix) with ESMTPS id X12" DATE,
	  "2001:db8::1", "d.example", "h", "mx.example", "X12", "" },
	{ "from h (d.example [192.0.2.1]) (Authenticated sender: joe@x.example) by mx.example "
	  "(Postfix) with ESMTP id X12" DATE,
	  "192.0.2.1", "d.example", "h", "mx.example", "X12", "Postfix" },
	{ "from h (d.example [192.0.2.1]) by mx.example (Postfix) with ESMTPSA id X12" DATE,
	  "192.0.2.1", "d.example", "h", "mx.example", "X12", "ESMTPSA" },
	/* Sendmail */
	{ "from h.example (IDENT:joe@d.example [192.0.2.1] (may be forged)) by mx.example "
	  "(8.17.1/8.17.1) with ESMTP id 6ABC" DATE,
	  "192.0.2.1", "d.example", "h.example", "mx.example", "6ABC", "" },
	{ "from h.example ([192.0.2.1]) by mx.example (8.17.1/8.17.1) with ESMTP id 6ABC" DATE,
	  "192.0.2.1", "", "h.example", "mx.example", "6ABC", "" },
	{ "from h.example (d.example [192.0.2.1]) (authenticated bits=0) by mx.example "
	  "(8.17.1/8.17.1) with ESMTP id 6ABC" DATE,
	  "192.0.2.1", "d.example", "h.example", "mx.example", "6ABC", "Sendmail" },
	/* Exim */
	{ "from d.example ([192.0.2.1] helo=h.example) by mx.example with esmtps (Exim 4.96) "
	  "id 1abc-DEF" DATE,
	  "192.0.2.1", "d.example", "h.example", "mx.example", "1abc-DEF", "" },
	{ "from d.example ([192.0.2.1]) by mx.example with esmtp (Exim 4.96) id 1abc-DEF" DATE,
	  "192.0.2.1", "d.example", "d.example", "mx.example", "1abc-DEF", "" },
	{ "from [192.0.2.1] (port=4711 helo=[10.1.2.3]) by mx.example with esmtpsa (TLS1.3) "
	  "(Exim 4.96) id 1abc-DEF" DATE,
	  "192.0.2.1", "", "!10.1.2.3!", "mx.example", "1abc-DEF", "esmtpsa" },
	{ "from d.example [192.0.2.1] by mx.example with esmtp (Exim 4.96) id 1abc-DEF" DATE,
	  "192.0.2.1", "d.example", "d.example", "mx.example", "1abc-DEF", "" },
	{ "from joe by mx.example with local (Exim 4.96) id 1abc-DEF" DATE, NULL, NULL, "local",
	  NULL, NULL, NULL },
	/* qmail */
	{ "from d.example (HELO h.example) (joe@192.0.2.1) by mx.example with SMTP" DATE,
	  "192.0.2.1", "d.example", "h.example", "mx.example", "", "" },
	{ "from unknown (HELO h.example) (192.0.2.1) by mx.example with SMTP" DATE, "192.0.2.1", "",
	  "h.example", "mx.example", "", "" },
	{ "from d.example (192.0.2.1) by mx.example with SMTP" DATE, "192.0.2.1", "d.example",
	  "d.example", "mx.example", "", "" },
	{ "(qmail 123 invoked from network)" DATE, NULL, NULL, "local", NULL, NULL, NULL },
	/* Exchange and its cloud */
	{ "from h.example ([192.0.2.1]) by mx.example with Microsoft SMTPSVC(6.0.3790.3959)" DATE,
	  "192.0.2.1", "", "h.example", "mx.example", "", "" },
	{ "from a.outlook.example (2001:db8::1:10) by b.outlook.example (2001:db8::2) with Microsoft "
	  "SMTP Server (version=TLS1_2, cipher=X) id 15.20.1.2" DATE,
	  "2001:db8::1:10", "a.outlook.example", "a.outlook.example", "b.outlook.example",
	  "15.20.1.2", "" },
	{ "from a.outlook.example ([fe80::1:2]) by b.outlook.example ([fe80::1:3%6]) with mapi id "
	  "15.20.1.2" DATE,
	  "fe80::1:2", "", "a.outlook.example", "b.outlook.example", "", "" },
	{ "from mail pickup service by mx.example with Microsoft SMTPSVC" DATE, NULL, NULL, "local",
	  NULL, NULL, NULL },
	/* Others */
	{ "from h.example (d.example. [192.0.2.1]) by mx.google.com with ESMTPS id x1si23.4" DATE,
	  "192.0.2.1", "d.example", "h.example", "mx.google.com", "x1si23.4", "" },
	{ "from h.example ([192.0.2.1]) by mx.google.com with ESMTPS id "
	  "a1sm123abc.4.2026.03.03.10.15.00 (version=TLS1_3 cipher=X bits=256/256)" DATE,
	  "192.0.2.1", "", "h.example", "mx.google.com", "a1sm123abc.4.2026.03.03.10.15.00",
	  "GMail - transport=TLS1_3 cipher=X bits=256/256" },
	{ "from [192.0.2.1] by web.example via HTTP" DATE, "192.0.2.1", "", "", "web.example", "",
	  "" },
	/* How a client is said to have logged in is no place for another relay. */
	{ "from [192.0.2.1] by web.example (via HTTP) with ESMTP id ABC" DATE, "192.0.2.1", "", "",
	  "web.example", "ABC", "HTTP" },
	{ "from [192.0.2.1] by web.example (via HTTP ] [ ip=10.0.0.1 intl=1 auth=) id ABC" DATE,
	  "192.0.2.1", "", "", "web.example", "ABC", "" },
	{ "from h (d.example [192.0.2.1]) (Authenticated sender: joe) by mx.example "
	  "(X ] [ ip=10.0.0.1 intl=1) with ESMTP id ABC" DATE,
	  "192.0.2.1", "d.example", "h", "mx.example", "ABC",
	  "Postfix (X ! ! ip!10.0.0.1 intl!1)" },
	{ "from h.example ([192.0.2.1]) by mx.google.com with ESMTPS id "
	  "a1sm123abc.4.2026.03.03.10.15.00 (version=TLS1_3 cipher=X ] [ ip=10.0.0.1)" DATE,
	  "192.0.2.1", "", "h.example", "mx.google.com", "a1sm123abc.4.2026.03.03.10.15.00",
	  "GMail - transport=TLS1_3 cipher=X ! ! ip!10.0.0.1" },
	{ "from 192.0.2.1 (SquirrelMail authenticated user joe) by web.example with HTTP" DATE,
	  "192.0.2.1", "", "", "web.example", "", "HTTP" },
	{ "from h.example (d.example [::ffff:192.0.2.1]) by mx.example with esmtp" DATE,
	  "192.0.2.1", "d.example", "h.example", "mx.example", "", "" },
	{ "from [192.0.2.1] (account joe HELO h.example) by mx.example (CommuniGate Pro SMTP 6.2) "
	  "with ESMTPA id 123" DATE,
	  "192.0.2.1", "", "h.example", "mx.example", "123", "ESMTPA" },
	{ "from h.example (192.0.2.1:4711) by mx.example with [XMail 1.27 ESMTP Server] id <S123>" DATE,
	  "192.0.2.1", "", "h.example", "mx.example", "S123", "" },
	/* Names that their servers write where others have none, and words run together. */
	{ "from d.example (EHLO h.example) [192.0.2.1] by mx.example (mp010) with SMTP" DATE,
	  "192.0.2.1", "d.example", "h.example", "mx.example", "", "" },
	{ "from a [192.0.2.1] (HELO h.example) by mx.example (AltaVista Mail) id 123" DATE,
	  "192.0.2.1", "", "h.example", "mx.example", "123", "" },
	{ "from h.example([192.0.2.1]) by mx.example(JetMail 2.5) with SMTP id jm1" DATE,
	  "192.0.2.1", "", "h.example!!192.0.2.1!!", "mx.example!JetMail", "jm1", "" },
	{ "from d.example (HELO [10.1.2.3]) ([192.0.2.1]) by mx.example with ESMTP" DATE,
	  "10.1.2.3", "HELO", "d.example", "mx.example", "", "" },
	{ "from h (192.0.2.1:1146) by mx.example (LSMTP for Windows NT) with SMTP id 8" DATE, NULL,
	  NULL, "local", NULL, NULL, NULL },
	{ "from d.example(192.0.2.1), claiming to be \"h.example\" via SMTP by mx.example, id smtpd123" DATE,
	  "192.0.2.1", "d.example", "h.example", "mx.example", "smtpd123", "" },
	{ "from h.example (joe@[192.0.2.1]) by mx.example (8.17.1/8.17.1) with SMTP id 6ABC" DATE,
	  "192.0.2.1", "", "h.example", "mx.example", "6ABC", "" },
	{ "from (h.example) [192.0.2.1] by mx.example with esmtp id 1abc" DATE, "192.0.2.1", "",
	  "!h.example!", "mx.example", "1abc", "" },
	{ "from [10.1.2.3] (HELO h.example) by mx.example with SMTP" DATE, "10.1.2.3", "",
	  "h.example", "mx.example", "", "" },
	{ "from web.example ([192.0.2.1]) (proxying for 10.9.8.7) (SquirrelMail authenticated user "
	  "a.very.long.name@of.an.example.domain) by mx.example with HTTP" DATE,
	  "10.9.8.7", "", "", "mx.example", "", "HTTP" },
	/* Doubtful ones */
	{ "from h.example (192.0.2.1) by mx.example" DATE, NULL, NULL, "unreadable", NULL, NULL,
	  NULL },
	{ "From h.example (192.0.2.1) by mx.example with SMTP" DATE, NULL, NULL, "unreadable", NULL,
	  NULL, NULL },
	{ "from a.example - 192.0.2.1 by mx.example with SMTP" DATE, NULL, NULL, "unreadable", NULL,
	  NULL, NULL },
	{ "from joe@a.example by mx.example by uid 500 with a-scanner" DATE, NULL, NULL, "local",
	  NULL, NULL, NULL },
	/* Where the address stands elsewhere, or more is written after it */
	{ "from d.example ([192.0.2.1] helo=h.example) by mx.example" DATE, "192.0.2.1", "",
	  "h.example", "mx.example", "", "" },
	{ "from d.example([192.0.2.1] helo=h.example) by mx.example with SMTP" DATE, "192.0.2.1",
	  "", "h.example", "mx.example", "", "" },
	{ "from d.example ([192.0.2.1] helo=h.example) by mx.example with smtp" DATE, "192.0.2.1",
	  "d.example", "h.example", "mx.example", "", "" },
	{ "from d.example ([192.0.2.1] helo=h.example ident=joe) by mx.example with smtp" DATE,
	  "192.0.2.1", "", "h.example", "mx.example", "", "" },
	{ "from d.example ([192.0.2.1] helo=[10.1.2.3]) by mx.example" DATE, "192.0.2.1", "",
	  "d.example", "mx.example", "", "" },
	{ "from [10.1.2.3] ([192.0.2.1] helo=h.example) by mx.example with esmtp (Exim 4.96) id 1a" DATE,
	  "10.1.2.3", "", "h.example", "mx.example", "", "" },
	{ "from d.example [192.0.2.1] (h.example) by mx.example with smtp (Exim 3.1) id 1ab" DATE,
	  "192.0.2.1", "d.example", "h.example", "mx.example", "1ab", "" },
	{ "from 192.0.2.1 (192.0.2.1) at Sun by mx.example with SMTP" DATE, "192.0.2.1",
	  "192.0.2.1", "192.0.2.1", "mx.example", "", "" },
	{ "from 192.0.2.1(192.0.2.1) at Sun by mx.example with SMTP" DATE, NULL, NULL, "unreadable",
	  NULL, NULL, NULL },
	{ "from h.example (d.example) (192.0.2.1) by mx.example with ESMTP" DATE, NULL, NULL,
	  "unreadable", NULL, NULL, NULL },
	{ "from h.example ( [192.0.2.1] ) by mx.example (Coremail)" DATE, "192.0.2.1", "",
	  "h.example", "mx.example", "", "" },
	{ "from [192.0.2.1] (using X (256 bits)) by mx.example id abc" DATE, "192.0.2.1", "",
	  "!192.0.2.1!", "mx.example", "abc", "" },
	{ "from h.example (joe@d.example [192.0.2.1]) by mx.example with SMTP id abc" DATE,
	  "192.0.2.1", "joe@d.example", "h.example", "mx.example", "abc", "" },
	{ "from h.example (joe@d.example [192.0.2.1]) by mx.example (8.17) with SMTP id abc" DATE,
	  "192.0.2.1", "d.example", "h.example", "mx.example", "abc", "" },
	/* The address in brackets, with a port as some write it. */
	{ "from [192.0.2.1.25] (x (joe@192.0.2.9 z)) by mx.example with SMTP" DATE, "192.0.2.1", "",
	  "", "mx.example", "", "" },
	{ "from h.example (joe.x@[192.0.2.1]) by mx.example (8.17) with SMTP id abc" DATE,
	  "192.0.2.1", "joe.x@", "h.example", "mx.example", "abc", "" },
	{ "from 10.1.2.3 (EHLO [192.0.2.1]) by mx.example with SMTP" DATE, "192.0.2.1", "EHLO",
	  "10.1.2.3", "mx.example", "", "" },
	{ "from h.example ([192.0.2.1] [192.0.2.1]) by mx.example (Postfix) with ESMTP id abc" DATE,
	  "192.0.2.1", "", "h.example", "mx.example", "abc", "" },
	{ "from h.example ([192.0.2.9][192.0.2.1]) by mx.example with LMTP id abc" DATE,
	  "192.0.2.1", "", "h.example", "mx.example", "abc", "" },
	{ "from h.example ([192.0.2.9]. [192.0.2.1]) by mx.example with ESMTPS id abc" DATE,
	  "192.0.2.1", "", "h.example", "mx.example", "abc", "" },
	/* Web mail: the first address that is near enough */
	{ "from 192.0.2.1 ([10.1.2.3]) (SquirrelMail authenticated user joe) by web.example with HTTP" DATE,
	  "192.0.2.1", "", "", "web.example", "", "HTTP" },
	{ "from x.example ([192.0.2.1]) (SquirrelMail authenticated user joe) by web.example with HTTP" DATE,
	  "192.0.2.1", "", "", "web.example", "", "HTTP" },
	/* Upper case is read in one form only */
	{ "FROM h.example (d.example [192.0.2.1]) BY mx.example ID <abc> FOR <joe@b.example>" DATE,
	  "192.0.2.1", "d.example", "h.example", "mx.example", "abc", "" },
	{ "FROM h.example (unverified [192.0.2.1]) BY mx.example (X 1) WITH SMTP ID abc" DATE,
	  "192.0.2.1", "", "h.example", "mx.example", "abc", "" },
	{ "FROM h.example (d.example [192.0.2.1]) BY mx.example (X 1) WITH ESMTP ID abc" DATE, NULL,
	  NULL, "unreadable", NULL, NULL, NULL },
	{ "FROM h.example ([192.0.2.1]) BY mx.example ID abc" DATE, NULL, NULL, "unreadable", NULL,
	  NULL, NULL },
	{ "from h.example (d.example [192.0.2.1]) BY mx.example ID abc" DATE, NULL, NULL,
	  "unreadable", NULL, NULL, NULL },
	/* Without an address */
	{ "from a.example ([unix socket]) by a.example (Cyrus v2.2.12) with LMTPA" DATE, NULL, NULL,
	  "local", NULL, NULL, NULL },
	{ "from a.example ([unix socket]) by a.example (Cyrus v2.2.12-Debian-1) with LMTPA" DATE,
	  NULL, NULL, "unreadable", NULL, NULL, NULL },
	{ "from a.example ([unix socket]) by a.example with LMTP" DATE, NULL, NULL, "unreadable",
	  NULL, NULL, NULL },
	{ "from a.example (joe@localhost) by b.example (8.17)" DATE, NULL, NULL, "local", NULL,
	  NULL, NULL },
	{ "from a.example (not localhost) by b.example (8.17)" DATE, NULL, NULL, "unreadable", NULL,
	  NULL, NULL },
	{ "from a.example by b.example with ESMTP" DATE, NULL, NULL, "local", NULL, NULL, NULL },
	{ "from localhost (localhost) by b.example (8.17.1) with ESMTP id x" DATE, NULL, NULL,
	  "local", NULL, NULL, NULL },
	{ "by mx.example with SMTP id abc" DATE, NULL, NULL, "local", NULL, NULL, NULL },
	{ "", NULL, NULL, "local", NULL, NULL, NULL },
	{ "from a.example (nobody knows) by b.example with ESMTP" DATE, NULL, NULL, "unreadable",
	  NULL, NULL, NULL },
	{ "from pop.example [192.0.2.1] by localhost with IMAP (fetchmail-6.4)" DATE, NULL, NULL,
	  "fetched", NULL, NULL, NULL },
};

/* Whether a client without a name is known to have none. */
static void test_looked_up(void **state)
{
	static const struct {
		const char *field;
		bool no_reverse_dns;
	} cases[] = {
		{ "from h (unknown [192.0.2.1]) by mx.example (Postfix) with ESMTP id X12" DATE,
		  true },
		{ "from h ([192.0.2.1]) by mx.example (8.17.1/8.17.1) with ESMTP id X12" DATE,
		  true },
		{ "from h ([192.0.2.1]) by mx.example" DATE, false },
		{ "from h ([192.0.2.1] as joe) by mx.example with POP" DATE, false },
		{ "from some mailer ([192.0.2.1]) by mx.example with ESMTP" DATE, false },
		{ "from ([192.0.2.1]) by mx.example with ESMTP id X12" DATE, false },
		{ "from unknown (HELO h) (192.0.2.1) by mx.example with SMTP" DATE, false },
		{ "from unknown (HELO h) (192.0.2.1) by mx.example with smtp" DATE, true },
		{ "from unknown (HELO h) (joe@192.0.2.1 with login) by mx.example with SMTP" DATE,
		  true },
		{ "from unknown (192.0.2.1) by mx.example with QMQP" DATE, false },
		{ "from h [192.0.2.1] by mx.example [192.0.2.2] with SMTP (MDaemon.v3)" DATE,
		  true },
		{ "from h ([192.0.2.1]) by mx.example with Microsoft SMTPSVC(6.0)" DATE, false },
		{ "from h ([192.0.2.1]) by mx.example over TLS with Microsoft SMTPSVC(6.0)" DATE,
		  true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct relay relay;

		if (received_parse(arena, str_from(cases[i].field), &relay) != RECEIVED_RELAY ||
		    relay.no_reverse_dns != cases[i].no_reverse_dns)
			fail_msg("%s", cases[i].field);
	}
}

static void test_received(void **state)
{
	static const char *const kinds[] = { "relay", "local", "fetched", "unreadable" };

	(void)state;
	for (size_t i = 0; i < sizeof(received_cases) / sizeof(received_cases[0]); i++) {
		const struct received_case *c = &received_cases[i];
		struct relay relay;
		enum received_kind kind = received_parse(arena, str_from(c->field), &relay);
		const char *expected = c->ip != NULL ? "relay" : c->helo;

		if (!str_eq(str_from(kinds[kind]), str_from(expected)))
			fail_msg("%s: %s", c->field, kinds[kind]);
		if (kind != RECEIVED_RELAY)
			continue;
		assert_str(relay.ip, c->ip);
		assert_str(relay.rdns, c->rdns);
		assert_str(relay.helo, c->helo);
		assert_str(relay.by, c->by);
		assert_str(relay.id, c->id);
		assert_str(relay.auth, c->auth);
	}
}

static void test_envelope_from(void **state)
{
	static const struct {
		const char *field;
		const char *sender; /* NULL: none */
	} cases[] = {
		{ "from h ([192.0.2.1]) by m (8.1) (envelope-from <a@b.example>)" DATE,
		  "a@b.example" },
		{ "from h ([192.0.2.1]) by m (8.1)" DATE " (CET) (envelope-from a@b.example)",
		  "a@b.example" },
		{ "from h ([192.0.2.1]) (envelope-sender <a@b.example>) by m (qmail-ldap-1.03) with "
		  "SMTP" DATE,
		  "a@b.example" },
		{ "from h ([192.0.2.1]) by m (8.1) (envelope-from <>)" DATE, NULL },
		{ "from h ([192.0.2.1]) by m (8.1)" DATE, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct relay relay;

		assert_int_equal(received_parse(arena, str_from(cases[i].field), &relay),
		                 RECEIVED_RELAY);
		assert_int_equal(relay.has_envelope_from, cases[i].sender != NULL);
		assert_str(relay.envelope_from, cases[i].sender != NULL ? cases[i].sender : "");
	}
}

static struct header_list headers_of(struct str text)
{
	struct header_list headers;
	size_t offset;
	bool overflow;

	header_parse(arena, text, 1000, &headers, &offset, &overflow);
	return headers;
}

static const struct network_list *networks(const char *text)
{
	struct network_list *list = arena_new_object(arena, struct network_list);
	struct error error;

	assert_true(networks_parse(arena, str_from(text), list, &error));
	return list;
}

/* Without networks, private addresses and authenticated clients are trusted. */
static void test_guessed_trust(void **state)
{
	struct header_list headers = headers_of(read_mail(arena, "relays"));
	const struct relay_list *relays =
		relays_parse(arena, &headers, NULL, &(struct relay_settings){ 0 });

	(void)state;
	assert_int_equal(relays->len, 4);
	assert_int_equal(relays->trusted, 0);
	assert_str(relays_first_external(relays)->ip, "198.51.100.7");
	assert_str(relays->items[1].ip, "203.0.113.5");
	assert_true(relays->items[1].no_reverse_dns);
	assert_str(relays->items[2].auth, "esmtpsa");
	assert_true(relays->items[2].ip_private);
	assert_str(relays->items[3].ident, "web");
}

static void test_trust(void **state)
{
	struct header_list headers = headers_of(read_mail(arena, "relays"));
	const struct relay_list *relays =
		relays_parse(arena, &headers, NULL,
	                     &(struct relay_settings){
				     .trusted = networks("198.51.100.0/24 203.0.113.5 10.0.0.0/8"),
				     .internal = networks("198.51.100.0/24") });

	(void)state;
	assert_int_equal(relays->internal, 1);
	assert_int_equal(relays->trusted, 3);
	assert_int_equal(relays->internal_fields, 1);
	assert_int_equal(relays->trusted_fields, 3);
	assert_str(relays_first_external(relays)->ip, "203.0.113.5");
	assert_str(relays_first_untrusted(relays)->ip, "192.0.2.77");
	assert_true(relays->items[0].internal && relays->items[0].trusted);
	assert_true(!relays->items[1].internal && relays->items[1].trusted);

	headers = headers_of(STR("Received: from a (a [127.0.0.1]) by b (Postfix) with SMTP\n\n"));
	relays = relays_parse(arena, &headers, NULL,
	                      &(struct relay_settings){ .trusted = networks("198.51.100.0/24") });
	assert_int_equal(relays->internal, 1);

	headers = headers_of(read_mail(arena, "relays"));
	relays = relays_parse(arena, &headers, NULL,
	                      &(struct relay_settings){ .trusted = networks("0.0.0.0/0") });
	assert_int_equal(relays->internal, 4);
	assert_null(relays_first_external(relays));
	assert_null(relays_first_untrusted(relays));
}

/* What came to a host that takes mail from our users only is trusted. */
static void test_msa(void **state)
{
	struct header_list headers = headers_of(read_mail(arena, "relays"));
	struct relay_settings settings = { .trusted = networks("198.51.100.0/24"),
		                           .msa = networks("198.51.100.0/24") };
	const struct relay_list *relays = relays_parse(arena, &headers, NULL, &settings);

	(void)state;
	assert_int_equal(relays->trusted, 4);
	assert_int_equal(relays->internal, 4);
	assert_true(relays->items[0].msa && !relays->items[1].msa);
	settings = (struct relay_settings){ .internal = networks("198.51.100.0/24") };
	relays = relays_parse(arena, &headers, NULL, &settings);
	assert_int_equal(relays->trusted, 1);
	assert_int_equal(relays->internal, 1);
}

static void test_text(void **state)
{
	struct header_list headers = headers_of(STR(
		"Received: from h (d.example [192.0.2.1]) by a.example (Postfix) with ESMTP id X12\n"
		"Received: from h (HELO [x]) (joe@192.0.2.2) by b.example with SMTP\n\n"));
	const struct relay_list *relays =
		relays_parse(arena, &headers, NULL,
	                     &(struct relay_settings){ .trusted = networks("192.0.2.1") });

	(void)state;
	assert_str(
		relays_text(relays, RELAYS_TRUSTED),
		"[ ip=192.0.2.1 rdns=d.example helo=h by=a.example ident= envfrom= intl=1 id=X12 "
		"auth= msa=0 ]");
	assert_str(
		relays_text(relays, RELAYS_INTERNAL),
		"[ ip=192.0.2.1 rdns=d.example helo=h by=a.example ident= envfrom= intl=1 id=X12 "
		"auth= msa=0 ]");
	assert_str(
		relays_text(relays, RELAYS_UNTRUSTED),
		"[ ip=192.0.2.2 rdns=h helo=!x! by=b.example ident=joe envfrom= intl=0 id= auth= "
		"msa=0 ]");
	assert_str(
		relays_text(relays, RELAYS_EXTERNAL),
		"[ ip=192.0.2.2 rdns=h helo=!x! by=b.example ident=joe envfrom= intl=0 id= auth= "
		"msa=0 ]");
}

static struct envelope smtp_envelope(void)
{
	return (struct envelope){
		.client_ip = STR("192.0.2.9"),
		.client_name = STR("unknown"),
		.helo = STR("[192.0.2.9]"),
		.sender = STR("a@example.com"),
		.has_sender = true,
		.queue_id = STR("4QID"),
		.host = STR("mx.example.net"),
		.protocol = STR("ESMTPSA"),
	};
}

static void test_connection(void **state)
{
	struct header_list headers = headers_of(read_mail(arena, "relays"));
	struct envelope envelope = smtp_envelope();
	const struct relay_list *relays =
		relays_parse(arena, &headers, &envelope, &(struct relay_settings){ 0 });

	(void)state;
	assert_int_equal(relays->len, 5);
	assert_true(relays->items[0].is_connection);
	assert_str(relays->items[0].helo, "!192.0.2.9!");
	assert_str(relays->items[0].rdns, "");
	assert_true(relays->items[0].no_reverse_dns);
	assert_str(relays->items[0].envelope_from, "a@example.com");
	assert_str(relays->items[0].by, "mx.example.net");
	assert_str(relays->items[0].auth, "");
	assert_int_equal(relays->trusted, 0);
	/* No field of the message is its own. */
	assert_int_equal(relays->trusted_fields, 0);

	envelope.authenticated = true;
	relays = relays_parse(arena, &headers, &envelope, &(struct relay_settings){ 0 });
	assert_str(relays->items[0].auth, "ESMTPSA");
	assert_int_equal(relays->trusted, 1);

	envelope.client_ip = STR("");
	assert_int_equal(
		relays_parse(arena, &headers, &envelope, &(struct relay_settings){ 0 })->len, 4);
}

static void test_origin(void **state)
{
	struct header_list headers = headers_of(STR(
		"X-Originating-IP: [2001:db8::5]\n"
		"Received: from h (d.example [192.0.2.1]) by a.example (Postfix) with ESMTP id X12\n"
		"X-AOL-IP: user at 1.2.3 was 203.0.113.77\nX-SenderIP: none\n\n"));
	const struct relay_list *relays =
		relays_parse(arena, &headers, NULL, &(struct relay_settings){ 0 });

	(void)state;
	assert_int_equal(relays->len, 3);
	assert_str(relays->items[1].ip, "2001:db8::5");
	assert_str(relays->items[1].by, "");
	assert_str(relays->items[2].ip, "203.0.113.77");
}

/* All that such fields name is known, and what of it is in the trusted networks. */
static void test_origin_addresses(void **state)
{
	struct header_list headers = headers_of(STR(
		"Received: from h (d.example [192.0.2.1]) by a.example (Postfix) with ESMTP id X12\n"
		"Received: from i (e.example [198.51.100.9]) by h (Postfix) with ESMTP id X13\n"
		"X-Originating-IP: [2001:db8::5], 198.51.100.4. (10.1.2.3)\n"
		"X-Originating-IP: x198.51.100.5y 198.51.100.6\n\n"));
	struct network_list trusted = { 0 };
	const struct relay_list *relays;
	struct error error;

	(void)state;
	assert_true(networks_parse(arena, STR("198.51.100."), &trusted, &error));
	relays = relays_parse(arena, &headers, NULL,
	                      &(struct relay_settings){ .trusted = &trusted });
	assert_int_equal(relays->origins.len, 4);
	assert_str(relays->origins.items[0].ip, "2001:db8::5");
	assert_false(relays->origins.items[0].ip_trusted);
	assert_str(relays->origins.items[1].ip, "198.51.100.4");
	assert_true(relays->origins.items[1].ip_trusted);
	assert_false(relays->origins.items[1].ip_private);
	assert_true(relays->origins.items[2].ip_private);
	assert_str(relays->origins.items[3].ip, "198.51.100.6");
	/* After somebody else it is no trusted relay, but has a trusted address all the same. */
	assert_int_equal(relays->trusted, 0);
	assert_false(relays->items[0].ip_trusted);
	assert_true(relays->items[1].ip_trusted);
}

static void test_many(void **state)
{
	struct header_list headers;
	struct strbuf text;

	(void)state;
	strbuf_init(&text, arena);
	for (int i = 0; i < 900; i++)
		strbuf_add(&text,
		           STR("Received: from h (d.example [192.0.2.1]) by a (Postfix) with "
		               "SMTP\n"));
	headers = headers_of(strbuf_str(&text));
	assert_int_equal(headers.len, 900);
	assert_int_equal(relays_parse(arena, &headers, NULL, &(struct relay_settings){ 0 })->len,
	                 200);
}

/* What a mail fetcher's own host wrote above its field does not count. */
static void test_fetched(void **state)
{
	struct header_list headers = headers_of(STR(
		"Received: from localhost (localhost [127.0.0.1]) by h.example (Postfix) with ESMTP"
		" id X12\n"
		"Received: from pop.example [192.0.2.5] by localhost with IMAP (fetchmail-6.4)\n"
		"Received: from c.example (c.example [203.0.113.9]) by mx.example (Postfix) with "
		"ESMTP id Y34\n\n"));
	const struct relay_list *relays =
		relays_parse(arena, &headers, NULL, &(struct relay_settings){ 0 });

	(void)state;
	assert_int_equal(relays->len, 1);
	assert_str(relays->items[0].ip, "203.0.113.9");
	assert_int_equal(relays->trusted_fields, 2);
}

static struct envelope recover(const char *text)
{
	struct envelope envelope = { .client_ip = STR("") };
	struct header_list headers = headers_of(str_from(text));
	const struct relay_list *relays =
		relays_parse(arena, &headers, NULL, &(struct relay_settings){ 0 });

	relays_recover_envelope(arena, &headers, relays, &(struct relay_settings){ 0 }, &envelope);
	return envelope;
}

#define CLIENT                                                                                     \
	"Received: from h.example (d.example [192.0.2.1]) by mx.example (Postfix) with SMTP\n"

static void test_recover(void **state)
{
	struct envelope envelope = recover("Return-Path: <a@b.example>\n" CLIENT "\n");

	(void)state;
	assert_str(envelope.client_ip, "192.0.2.1");
	assert_str(envelope.client_name, "d.example");
	assert_str(envelope.helo, "h.example");
	assert_true(envelope.has_sender);
	assert_str(envelope.sender, "a@b.example");

	/* A Return-Path below Received is of an earlier delivery. */
	assert_false(recover(CLIENT "Return-Path: <a@b.example>\n\n").has_sender);
	envelope = recover("Return-Path: <>\n" CLIENT "\n");
	assert_true(envelope.has_sender);
	assert_str(envelope.sender, "");
	envelope =
		recover("X-Envelope-From: x@b.example\nReturn-Path: <a@b.example>\n" CLIENT "\n");
	assert_str(envelope.sender, "x@b.example");
	envelope = recover("Received: from h.example ([192.0.2.1]) by mx.example (8.17.1) id abc "
	                   "(envelope-from <e@b.example>)\n\n");
	assert_str(envelope.sender, "e@b.example");
	assert_false(recover("X-Sender: s@b.example\nReturn-Path: <a@b.example>\n" CLIENT
	                     "Received: by localhost (fetchmail-6.4)\n\n")
	                     .has_sender);
	assert_false(recover("Subject: x\n\n").has_sender);
}

/* What the caller knows stays. */
static void test_recover_keeps(void **state)
{
	struct envelope envelope = smtp_envelope();
	struct header_list headers = headers_of(STR("Return-Path: <r@b.example>\n" CLIENT "\n"));
	const struct relay_list *relays =
		relays_parse(arena, &headers, &envelope, &(struct relay_settings){ 0 });

	(void)state;
	relays_recover_envelope(arena, &headers, relays, &(struct relay_settings){ 0 }, &envelope);
	assert_str(envelope.client_ip, "192.0.2.9");
	assert_str(envelope.sender, "a@example.com");
}

#define HOP(rdns, ip, by, with)                                                                    \
	"Received: from h.example (" rdns " [" ip "]) by " by " with " with " id 1\n"

/* The address of the host that handed over to us. */
static const char *handover(const char *text, const char *networks)
{
	struct network_list trusted = { 0 };
	struct header_list headers = headers_of(str_from(text));
	const struct relay_list *relays;
	const struct relay *relay;
	struct error error;

	assert_true(networks_parse(arena, str_from(networks), &trusted, &error));
	relays = relays_parse(arena, &headers, NULL,
	                      &(struct relay_settings){ .trusted = &trusted });
	relay = relays_handover(arena, relays);
	if (relay == NULL) {
		assert_int_equal(relays_handover_text(arena, relays).len, 0);
		return "";
	}
	assert_true(str_starts(relays_handover_text(arena, relays),
	                       arena_printf(arena, "[ ip=%.*s rdns=", STR_FMT(relay->ip))));
	assert_true(str_ends_ci(relays_handover_text(arena, relays), STR(" msa=0 ]")));
	return arena_cstr(arena, relay->ip);
}

#define INNER  HOP("mx2.us.example", "198.51.100.2", "store.us.example", "ESMTP")
#define OUTER  HOP("mail.them.example", "192.0.2.7", "mx2.us.example", "ESMTP")
#define BEFORE HOP("pc.dsl.example", "192.0.2.99", "mail.them.example", "ESMTP")

static void test_handover(void **state)
{
	(void)state;
	assert_string_equal(handover("From: x\n", ""), "");
	assert_string_equal(handover(OUTER BEFORE, ""), "192.0.2.7");
	/* Our own second relay. */
	assert_string_equal(handover(INNER OUTER BEFORE, ""), "192.0.2.7");
	assert_string_equal(
		handover(INNER HOP("mx3.us.example", "198.51.100.3", "MX2.us.example",
	                           "ESMTP") HOP("localhost", "127.0.0.1", "mx3.us.example", "ESMTP")
	                         HOP("mail.them.example", "192.0.2.7", "mx3.us.example", "ESMTP")
	                                 BEFORE,
	                 ""),
		"192.0.2.7");
	/* Where it is said which hosts are ours, that stands. */
	assert_string_equal(handover(INNER OUTER BEFORE, "198.51.100.2"), "192.0.2.7");
	assert_string_equal(handover(INNER OUTER BEFORE, "203.0.113.1"), "198.51.100.2");
	/* Mail of our own user, and of a program of ours. */
	assert_string_equal(
		handover(INNER HOP("pc.dsl.example", "192.0.2.99", "mx2.us.example", "ESMTPSA"),
	                 ""),
		"198.51.100.2");
	assert_string_equal(
		handover(INNER HOP("localhost", "127.0.0.1", "mx2.us.example", "ESMTP"), ""),
		"198.51.100.2");
	/* It had the mail from elsewhere under another name; a name alone is no domain. */
	assert_string_equal(handover(INNER BEFORE, ""), "198.51.100.2");
	assert_string_equal(handover(HOP("a.com", "198.51.100.2", "com", "ESMTP")
	                                     HOP("pc.example", "192.0.2.9", "b.com", "ESMTP"),
	                             ""),
	                    "198.51.100.2");
	/* HELO is anybody's word. */
	assert_string_equal(handover("Received: from mx2.us.example (unknown [198.51.100.2]) by "
	                             "store.us.example (Postfix) with ESMTP id 1\n" OUTER,
	                             ""),
	                    "198.51.100.2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looked_up),
		cmocka_unit_test(test_received),
		cmocka_unit_test(test_envelope_from),
		cmocka_unit_test(test_guessed_trust),
		cmocka_unit_test(test_trust),
		cmocka_unit_test(test_msa),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_connection),
		cmocka_unit_test(test_fetched),
		cmocka_unit_test(test_recover),
		cmocka_unit_test(test_handover),
		cmocka_unit_test(test_recover_keeps),
		cmocka_unit_test(test_origin),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_origin_addresses),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
