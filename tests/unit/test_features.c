/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

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
		if (names->items[i].group == group && str_eq(names->items[i].text, str_from(text)))
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

static void test_site_ignores(void **state)
{
	struct str name = STR_INIT("X-House");
	struct str_list ignored = { &name, 1, 1 };
	struct features_input extra = { .ignored_fields = &ignored };
	struct feature_names names = { 0 };

	(void)state;
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
		cmocka_unit_test(test_site_ignores),
		cmocka_unit_test(test_hidden_words),
		cmocka_unit_test(test_alternative_is_hidden),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
