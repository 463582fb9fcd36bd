/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "message/html_entity.h"

static int setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static struct str decode(void **state, const char *text, bool prefixes)
{
	struct strbuf out;

	strbuf_init(&out, *state);
	html_decode_entities(&out, str_from(text), prefixes);
	return strbuf_str(&out);
}

#define assert_text(text, expected)      assert_str(decode(state, text, true), expected)
#define assert_attribute(text, expected) assert_str(decode(state, text, false), expected)

static void test_names(void **state)
{
	assert_text("a&amp;b", "a&b");
	assert_text("&lt;&gt;&quot;&apos;", "<>\"'");
	assert_text("&eacute;&Eacute;", "éÉ");
	assert_text("&hellip;&euro;&zwj;", "…€\xE2\x80\x8D");
	assert_text("&colon;&sol;&period;&commat;", ":/.@");
	assert_text("&CounterClockwiseContourIntegral;", "∳");
	assert_text("&AElig;&zwnj;", "Æ\xE2\x80\x8C");
}

static void test_without_semicolon(void **state)
{
	assert_text("&amp b&ampc&copyright&notit;", "& b&c©right¬it;");
	assert_attribute("?a=1&amp=2&ampx=3&copy", "?a=1&=2&ampx=3©");
	/* these are not known without one */
	assert_text("&hellip &alpha", "&hellip &alpha");
}

static void test_numbers(void **state)
{
	assert_text("&#65;&#x42;&#X43&#68 ", "ABCD ");
	assert_text("&#8364;&#x1F600;&#128;", "€😀\xC2\x80");
	assert_text("&#00000000065;", "A");
}

static void test_broken(void **state)
{
	assert_text("&", "&");
	assert_text("&;", "&;");
	assert_text("&#", "&#");
	assert_text("&#x", "&#x");
	assert_text("&#xg;", "&#xg;");
	assert_text("&#0;", "&#0;");
	assert_text("&#1114112;&#99999999999999999999;", "&#1114112;&#99999999999999999999;");
	assert_text("&unknown;", "&unknown;");
	assert_text("&&amp;&", "&&&");
	assert_text("&averyveryveryveryverylongnamethatisnone;",
	            "&averyveryveryveryverylongnamethatisnone;");
}

static void test_surrogates_and_non_characters(void **state)
{
	assert_text("&#xD83D;&#xDE00;", "😀");
	assert_text("&#xD83D;x&#xDE00;", "\xEF\xBF\xBDx\xEF\xBF\xBD");
	assert_text("&#xDE00;", "\xEF\xBF\xBD");
	assert_text("&#xFFFF;&#xFFFE;", "&#xFFFF;&#xFFFE;");
	assert_text("&#xFDD0;&#x1FFFE;", "\xEF\xBF\xBD\xEF\xBF\xBD");
}

static void test_greatest(void **state)
{
	struct strbuf out;

	strbuf_init(&out, *state);
	assert_int_equal(html_decode_entities(&out, STR("plain"), true), 0);
	assert_int_equal(html_decode_entities(&out, STR("&eacute; &#8364; &lt;"), true), 0x20AC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_semicolon, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_broken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_surrogates_and_non_characters, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(test_greatest, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
