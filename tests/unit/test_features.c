/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "tests/unit/learn_mail.h"

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

static bool has_name(const struct feature_names *names, enum feature_group group, const char *text)
{
	for (size_t i = 0; i < names->len; i++)
		if (names->items[i].group == group &&
		    str_eq(arena_printf(arena, "%s%.*s", names->items[i].what,
		                        STR_FMT(names->items[i].text)),
		           str_from(text)))
			return true;
	return false;
}

static bool same(const struct features *a, const struct features *b)
{
	for (size_t i = 0; i < FEATURE_GROUPS; i++)
		if (a->groups[i].len != b->groups[i].len ||
		    (a->groups[i].len > 0 && memcmp(a->groups[i].items, b->groups[i].items,
		                                    a->groups[i].len * sizeof(uint32_t)) != 0))
			return false;
	return a->score == b->score;
}

#define MAIL                                                                                       \
	"From: Joe Doe <joe@mail.example.com>\nSubject: Buy cheap pills\nX-Mailer: Bat 2\n"        \
	"Content-Type: text/plain; charset=utf-8\n\nVisit https://shop.example.org/pills/now "     \
	"today\n"

static void test_kinds(void **state)
{
	static const struct {
		enum feature_group group;
		const char *name;
	} expected[] = {
		{ FEATURES_SENDER, "From: Doe" },
		{ FEATURES_SENDER, "From: example.com" },
		{ FEATURES_SUBJECT, "Subject: cheap" },
		{ FEATURES_SUBJECT, "Subject: cheap pills" },
		{ FEATURES_HEADER, "field x-mailer" },
		{ FEATURES_HEADER, "x-mailer: Bat" },
		{ FEATURES_WORDS, "today" },
		{ FEATURES_GRAMS, "Visi" },
		{ FEATURES_LINKS, "shop.example.org" },
		{ FEATURES_LINKS, "/pills" },
		{ FEATURES_SHAPE, "message text/plain" },
	};
	struct feature_names names = { 0 };
	const struct features *with = learn_mail_features(arena, MAIL, NULL, &names);

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (!has_name(&names, expected[i].group, expected[i].name))
			fail_msg("no feature \"%s\"", expected[i].name);
	/* Names change nothing. */
	assert_true(same(with, learn_mail_features(arena, MAIL, NULL, NULL)));
}

static void test_sorted_and_unique(void **state)
{
	const struct features *features =
		learn_mail_features(arena, "\na a a b b c d e f g h a a a b b c\n", NULL, NULL);

	(void)state;
	assert_int_equal(features->groups[FEATURES_WORDS].len, 8);
	for (size_t i = 0; i < FEATURE_GROUPS; i++)
		for (size_t j = 1; j < features->groups[i].len; j++)
			assert_true(features->groups[i].items[j - 1] <
			            features->groups[i].items[j]);
}

static void test_other_filters_are_ignored(void **state)
{
	static const char *const fields[] = {
		"X-Spam-Flag: YES\n",
		"X-Spam-Status: Yes, score=12\n",
		"x-bogosity: Spam\n",
		"X-Rspamd-Score: 12\n",
		"Authentication-Results: mx; spf=fail\n",
		"X-MS-Exchange-Organization-SCL: 5\n",
		"X-Forefront-Antispam-Report: SFV:SPM\n",
		"X-Assay-Seal: abc\n",
		"Received-SPF: fail\n",
		"ARC-Seal: i=1\n",
		"XSpam: no\n",
		"xspam-level: **\n",
		"X-YMailISG: abc\n",
		"Content-Length: 12\n",
		"Status: RO\n",
		"X-Bulk: no\n",
		"X-WUM-FROM: a\n",
		"X-UIDL: 12\n",
	};
	const struct features *without =
		learn_mail_features(arena, "From: a@example.com\n\nx\n", NULL, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		char mail[200];
		const struct features *with;

		snprintf(mail, sizeof(mail), "From: a@example.com\n%s\nx\n", fields[i]);
		with = learn_mail_features(arena, mail, NULL, NULL);
		for (size_t j = 0; j < FEATURE_GROUPS; j++)
			if (j != FEATURES_SHAPE && with->groups[j].len != without->groups[j].len)
				fail_msg("%s is seen", fields[i]);
	}
}

static void test_others_are_seen(void **state)
{
	static const char *const fields[] = { "ARC",    "X-",     "X-Spa",    "Statuses",
		                              "X-Abus", "Xspa",   "X-Mailer", "X-Mailing-List",
		                              "Z",      "X-Zoho", "X-UI",     "Content-Lengthy" };

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct feature_names names = { 0 };
		char mail[200];
		struct str name = arena_str_lower(arena, str_from(fields[i]));

		snprintf(mail, sizeof(mail), "From: a@example.com\n%s: y\n\nx\n", fields[i]);
		learn_mail_features(arena, mail, NULL, &names);
		assert_true(has_name(&names, FEATURES_HEADER,
		                     arena_printf(arena, "field %.*s", STR_FMT(name)).data));
	}
}

static int by_number(const void *a, const void *b)
{
	uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

	return first < second ? -1 : first > second;
}

/* What a group has to be, from all that was added, in the order of the message. */
static struct feature_set expected_set(const struct feature_names *names, enum feature_group group)
{
	vec_of(uint32_t) all = { 0 };
	struct feature_set set = { .items = NULL };

	for (size_t i = 0; i < names->len; i++)
		if (names->items[i].group == group)
			vec_push(arena, &all, names->items[i].feature);
	if (all.len > 0)
		qsort(all.items, all.len, sizeof(uint32_t), by_number);
	set.items = all.items;
	for (size_t i = 0; i < all.len && set.len < FEATURES_MAX; i++)
		if (set.len == 0 || all.items[i] != set.items[set.len - 1])
			set.items[set.len++] = all.items[i];
	return set;
}

static void check_groups(const char *mail)
{
	struct feature_names names = { 0 };
	const struct features *named = learn_mail_features(arena, mail, NULL, &names);
	struct features expected = { .score = named->score };

	for (size_t i = 0; i < FEATURE_GROUPS; i++)
		expected.groups[i] = expected_set(&names, i);
	assert_true(same(named, &expected));
	assert_true(same(learn_mail_features(arena, mail, NULL, NULL), &expected));
}

/* Few and many words, many of them twice, more than are kept, and none. */
static void test_groups(void **state)
{
	static const unsigned different[] = { 1, 2, 7, 40, 900, 1u << 20 };
	static const unsigned counts[] = { 1, 20, 31, 33, 70, 2000, 7000 };

	(void)state;
	check_groups("");
	check_groups("\n");
	for (size_t i = 0; i < sizeof(different) / sizeof(different[0]); i++) {
		for (size_t j = 0; j < sizeof(counts) / sizeof(counts[0]); j++) {
			struct strbuf mail;
			unsigned number = 1;

			strbuf_init(&mail, arena);
			strbuf_add(&mail, STR("Subject: Some words of a subject\n\n"));
			for (unsigned k = 0; k < counts[j]; k++) {
				number = number * 1103515245 + 12345;
				strbuf_printf(&mail, "w%u%s", (number >> 8) % different[i],
				              k % 3 == 0     ? ", "
				              : k % 50 == 49 ? "\n"
				                             : " ");
			}
			strbuf_add(&mail, STR("\n"));
			check_groups(arena_cstr(arena, strbuf_str(&mail)));
		}
	}
}

/* What is stored must mean the same to any version on any host. */
static void test_hashes_stay(void **state)
{
	static const struct learn_key key = { { 11, 22 } };
	static const char text[] = "abcdefghijklmnopqrst";
	uint64_t all = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		all = learn_key_join(&key, all, learn_key_hash(&key, i, (struct str){ text, i }));
	assert_true(all == UINT64_C(0x9f2d866db5ea0e4f));
}

static bool same_style(const struct features *a, const struct features *b)
{
	const struct feature_set *left = &a->groups[FEATURES_STYLE];
	const struct feature_set *right = &b->groups[FEATURES_STYLE];

	return left->len == right->len && left->len > 0 &&
	       memcmp(left->items, right->items, left->len * sizeof(uint32_t)) == 0;
}

#define BEFORE                                                                                     \
	"Received: from [192.0.2.9] (helo=pc) by out.example.org with SMTP; Mon, 1 Jan 2024\n"     \
	"From: a@example.org\nSubject: x\nX-Mailer: Bat\n\ntext\n"
#define NOTED                                                                                      \
	"Received: from out.example.org (mail.example.org [198.51.100.7])\n"                       \
	"\tby mx.example.com (Postfix) with ESMTP id 1234\n"                                       \
	"\tfor <joe@example.com>; Tue, 2 Jan 2024 00:00:00 +0000 (UTC)\n"
#define INSIDE                                                                                      \
	"Received: from mx.example.com (mx.example.com [10.0.0.1]) by store.example.com with LMTP " \
	"id 77; Tue, 2 Jan 2024 00:00:01 +0000\n"

/* What our own hosts write doesn't tell a stored message from the same one as it comes in. */
static void test_style_of_own_received(void **state)
{
	struct envelope_recipient joe = { .address = STR("joe@example.com") };
	const struct envelope none = { 0 }, envelope = {
		.client_ip = STR("198.51.100.7"),
		.client_name = STR("mail.example.org"),
		.helo = STR("out.example.org"),
		.host = STR("mx.example.com"),
		.recipients = { .items = &joe, .len = 1 },
	};
	const struct features *coming = learn_mail_sent(arena, BEFORE, &envelope);

	(void)state;
	assert_true(same_style(coming, learn_mail_sent(arena, NOTED BEFORE, &none)));
	assert_true(same_style(coming, learn_mail_sent(arena, INSIDE NOTED BEFORE, &none)));
	assert_false(same_style(coming, learn_mail_sent(arena, BEFORE, &none)));
}

/* The order of fields and their spelling are seen; when it was written and to whom are not. */
static void test_style(void **state)
{
	static const char mail[] = "From: a@example.org\nSubject: hello\nDate: today\nTo: b\n\nx\n";
	static const char *const alike[] = {
		"From: a@example.org\nSubject: hello\nDate: Mon, 1 Jan\nTo: c@d.example\n\nother\n",
		"X-Spam-Status: No\nFrom: a@example.org\nSubject: hello\nDate: x\nTo: c\n\ny\n",
	};
	static const char *const unlike[] = {
		"Subject: hello\nFrom: a@example.org\nDate: today\nTo: b\n\nx\n",
		"FROM: a@example.org\nSubject: hello\nDate: today\nTo: b\n\nx\n",
		"From: <a@example.org>\nSubject: hello\nDate: today\nTo: b\n\nx\n",
	};
	const struct features *features = learn_mail_features(arena, mail, NULL, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
		if (!same_style(features, learn_mail_features(arena, alike[i], NULL, NULL)))
			fail_msg("%s is told apart", alike[i]);
	for (size_t i = 0; i < sizeof(unlike) / sizeof(unlike[0]); i++)
		if (same_style(features, learn_mail_features(arena, unlike[i], NULL, NULL)))
			fail_msg("%s is not told apart", unlike[i]);
}

static void test_site_ignores(void **state)
{
	struct map *ignored = map_new(arena, MAP_IGNORE_CASE);
	struct features_input extra = { .ignored_fields = ignored };
	struct feature_names names = { 0 };

	(void)state;
	map_set(ignored, STR("X-House"), &extra);
	learn_mail_features(arena, "x-house: verdict\nX-Other: seen\n\nx\n", &extra, &names);
	assert_false(has_name(&names, FEATURES_HEADER, "x-house: verdict"));
	assert_true(has_name(&names, FEATURES_HEADER, "x-other: seen"));
}

static void test_hidden_words(void **state)
{
	struct feature_names names = { 0 };

	(void)state;
	learn_mail_features(arena,
	                    "Content-Type: text/html\n\n<p>shown both</p>"
	                    "<p style=\"display:none\">secret both</p>\n",
	                    NULL, &names);
	assert_true(has_name(&names, FEATURES_WORDS, "shown"));
	assert_true(has_name(&names, FEATURES_HIDDEN, "secret"));
	assert_false(has_name(&names, FEATURES_WORDS, "secret"));
	assert_false(has_name(&names, FEATURES_HIDDEN, "both"));
}

static void test_alternative_is_hidden(void **state)
{
	struct feature_names names = { 0 };

	(void)state;
	learn_mail_features(arena,
	                    "Content-Type: multipart/alternative; boundary=b\n\n--b\n"
	                    "Content-Type: text/plain\n\nstuffing\n--b\nContent-Type: "
	                    "text/html\n\n<p>offer</p>\n--b--\n",
	                    NULL, &names);
	assert_true(has_name(&names, FEATURES_WORDS, "offer"));
	assert_true(has_name(&names, FEATURES_HIDDEN, "stuffing"));
	assert_false(has_name(&names, FEATURES_WORDS, "stuffing"));
}

static void test_key(void **state)
{
	const struct learn_key other = { { 1, 2 } };
	struct features_input extra = { .key = &other };
	const struct features *a = learn_mail_features(arena, MAIL, NULL, NULL);
	const struct features *b = learn_mail_features(arena, MAIL, &extra, NULL);

	(void)state;
	assert_int_equal(features_count(a), features_count(b));
	assert_memory_not_equal(a->groups[FEATURES_WORDS].items, b->groups[FEATURES_WORDS].items,
	                        a->groups[FEATURES_WORDS].len * sizeof(uint32_t));
}

static void test_rules(void **state)
{
	static const struct feature_hit hits[] = { { STR_INIT("A"), 1700 },
		                                   { STR_INIT("B"), -200 } };
	struct features_input extra = { .hits = hits, .hit_count = 2 };
	struct feature_names names = { 0 };
	const struct features *features = learn_mail_features(arena, MAIL, &extra, &names);

	(void)state;
	assert_int_equal(features->score, 1500);
	assert_true(has_name(&names, FEATURES_RULES, "A"));
	assert_true(has_name(&names, FEATURES_RULES, "score over 1.5"));
	assert_false(has_name(&names, FEATURES_RULES, "score over 2.0"));
}

/* More than anybody keeps. */
static void test_limit(void **state)
{
	size_t bytes = 4 << 20;
	char *mail = arena_alloc(arena, bytes + 1);
	const struct features *features;

	(void)state;
	for (size_t i = 0; i < bytes; i++)
		mail[i] = i % 7 == 6 ? ' ' : (char)('a' + i * 2654435761u % 26);
	mail[0] = '\n';
	mail[bytes] = '\0';
	features = learn_mail_features(arena, mail, NULL, NULL);
	for (size_t i = 0; i < FEATURE_GROUPS; i++)
		assert_true(features->groups[i].len <= FEATURES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_sorted_and_unique),
		cmocka_unit_test(test_other_filters_are_ignored),
		cmocka_unit_test(test_others_are_seen),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_hashes_stay),
		cmocka_unit_test(test_style_of_own_received),
		cmocka_unit_test(test_style),
		cmocka_unit_test(test_site_ignores),
		cmocka_unit_test(test_hidden_words),
		cmocka_unit_test(test_alternative_is_hidden),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
