/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/strbuf.h"
#include "message/message.h"
#include "rules/ask/hashbl_digest.h"
#include "rules/ask/pick.h"
#include "rules/ask/uri_hosts.h"
#include "rules/model/host_list.h"

static struct arena *arena;
static struct uribl_settings settings;

static int start(void **state)
{
	(void)state;
	arena = arena_new();
	settings = (struct uribl_settings){ .skipped = map_new(arena, MAP_EXACT),
		                            .max_hosts = URIBL_DEFAULT_MAX_HOSTS };
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct uri_host_list pick(const char *mail)
{
	struct message_limits limits = message_default_limits();

	return uri_hosts_pick(arena, &message_parse(arena, str_from(mail), &limits)->uris,
	                      &settings);
}

/* "host/domain host/domain …" */
static const char *picked(const char *mail)
{
	struct uri_host_list hosts = pick(mail);
	const struct uri_host *host;
	struct strbuf out;

	strbuf_init(&out, arena);
	vec_foreach (&hosts, host)
		strbuf_printf(&out, "%s%.*s/%.*s", out.len > 0 ? " " : "", STR_FMT(host->host),
		              STR_FMT(host->domain));
	return arena_cstr(arena, strbuf_str(&out));
}

#define TEXT "Subject: s\n\n"
#define HTML "Subject: s\nContent-Type: text/html\n\n"

static void test_hosts(void **state)
{
	(void)state;
	assert_string_equal(picked(TEXT "nothing\n"), "");
	assert_string_equal(picked(TEXT "http://www.Shop.example.co.uk/x http://example.com\n"),
	                    "www.shop.example.co.uk/example.co.uk example.com/example.com");
	assert_string_equal(picked(TEXT "http://a.example.com http://a.example.com/x\n"),
	                    "a.example.com/example.com");
	assert_string_equal(picked(TEXT "http://203.0.113.7/ http://b\xC3\xBC"
	                                "cher.com/\n"),
	                    "203.0.113.7/203.0.113.7 xn--bcher-kva.com/xn--bcher-kva.com");
	assert_string_equal(picked(TEXT "joe@example.com mailto:ann@example.org\n"), "");
	settings.asks_addresses = true;
	assert_string_equal(picked(TEXT "joe@example.com\n"), "example.com/example.com");
}

static void test_order(void **state)
{
	(void)state;
	assert_string_equal(picked(HTML "<a href='http://empty.example.com/'></a>\n"
	                                "http://text.example.com/ www.bare.example.com<br>\n"
	                                "<link href='http://link.example.com/'>\n"
	                                "<img src='http://img.example.com/'>\n"
	                                "<form action='http://form.example.com/'></form>\n"
	                                "<a href='http://a.example.com/'>x</a>\n"),
	                    "a.example.com/example.com form.example.com/example.com "
	                    "img.example.com/example.com www.bare.example.com/example.com "
	                    "link.example.com/example.com text.example.com/example.com "
	                    "empty.example.com/example.com");
}

static void test_skipped(void **state)
{
	(void)state;
	host_list_set(arena, settings.skipped, STR("Example.com"), HOST_LISTED);
	host_list_set(arena, settings.skipped, STR("www.example.org"), HOST_LISTED);
	host_list_set(arena, settings.skipped, STR("example.net"), HOST_UNLISTED);
	assert_string_equal(picked(TEXT "http://www.example.com/ http://www.example.org/ "
	                                "http://a.example.org/ http://www.example.net/\n"),
	                    "a.example.org/example.org www.example.net/example.net");
}

static void test_signers(void **state)
{
#define SIGNED "DKIM-Signature: v=1; d=sign.example.com\n" TEXT "http://a.example.org/\n"
	(void)state;
	assert_string_equal(picked(SIGNED),
	                    "sign.example.com/example.com a.example.org/example.org");
	settings.no_signers = true;
	assert_string_equal(picked(SIGNED), "a.example.org/example.org");
}

/* Of too many of one kind, chance takes some; of kinds before that, all are there. */
static void test_most(void **state)
{
	struct strbuf mail;
	struct uri_host_list first, hosts;

	(void)state;
	strbuf_init(&mail, arena);
	strbuf_add(&mail, STR(HTML "<a href='http://a.example.org/'>x</a> "));
	for (int i = 0; i < 200; i++)
		strbuf_printf(&mail, "http://h%d.example.com/ ", i);
	strbuf_add_char(&mail, '\0');
	first = pick(mail.data);
	assert_int_equal(first.len, 20);
	assert_true(str_eq(first.items[0].host, STR("a.example.org")));
	/* Once more, it is the same. */
	hosts = pick(mail.data);
	assert_int_equal(hosts.len, 20);
	for (size_t k = 0; k < 20; k++)
		assert_true(str_eq(hosts.items[k].host, first.items[k].host));
	settings.max_hosts = 0;
	assert_int_equal(pick(mail.data).len, 0);
	settings.max_hosts = 1000;
	assert_int_equal(pick(mail.data).len, 201);
}

struct thing {
	struct str name;
	unsigned number;
};

static const char *const thing_names[10] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };

static void make_things(struct thing things[10])
{
	for (unsigned i = 0; i < 10; i++)
		things[i] = (struct thing){ str_from(thing_names[i]), i };
}

/* Every item is still there; in the end, all were picked about as often. */
static void test_pick(void **state)
{
	unsigned picked_how_often[10] = { 0 };
	struct thing things[10], twice[10];

	(void)state;
	for (uint64_t chance = 0; chance < 1000; chance++) {
		unsigned seen = 0;

		make_things(things);
		pick_some(things, sizeof(things[0]), 10, 4, chance);
		for (unsigned i = 0; i < 10; i++)
			seen |= 1u << things[i].number;
		assert_int_equal(seen, 0x3FF);
		for (unsigned i = 0; i < 4; i++)
			picked_how_often[things[i].number]++;
		make_things(twice);
		pick_some(twice, sizeof(twice[0]), 10, 4, chance);
		for (unsigned i = 0; i < 10; i++)
			assert_int_equal(things[i].number, twice[i].number);
	}
	for (unsigned i = 0; i < 10; i++)
		assert_in_range(picked_how_often[i], 300, 500);
	pick_some(NULL, sizeof(things[0]), 0, 5, 1);
	pick_some(things, sizeof(things[0]), 10, 11, 1);
	assert_true(pick_chance() == pick_chance());
}

static const char *digest(enum hashbl_digest kind, struct str text)
{
	return arena_cstr(arena, hashbl_digest(arena, kind, text));
}

static void test_digests(void **state)
{
	(void)state;
	assert_string_equal(digest(HASHBL_RAW, STR("joe@example.com")), "joe@example.com");
	assert_string_equal(digest(HASHBL_MD5, STR("joe@example.com")),
	                    "f5b8fb60c6116331da07c65b96a8a1d1");
	assert_string_equal(digest(HASHBL_SHA1, STR("joe@example.com")),
	                    "c19ad2df280aac14d3303ab8dbc22938f50e857e");
	assert_string_equal(digest(HASHBL_SHA256, STR("joe@example.com")),
	                    "esa7g3p4kfokozcrvkw7comqe2kcuapokddnbjqzrc2dz3ydtpba");
	assert_string_equal(digest(HASHBL_SHA1, STR("")),
	                    "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hosts, start, stop),
		cmocka_unit_test_setup_teardown(test_order, start, stop),
		cmocka_unit_test_setup_teardown(test_skipped, start, stop),
		cmocka_unit_test_setup_teardown(test_signers, start, stop),
		cmocka_unit_test_setup_teardown(test_most, start, stop),
		cmocka_unit_test_setup_teardown(test_pick, start, stop),
		cmocka_unit_test_setup_teardown(test_digests, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
