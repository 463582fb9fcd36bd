/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "message/decode.h"

struct decode_case {
	struct str text;
	struct str decoded;
	bool fault;
};

static void check(struct str (*decode)(struct arena *, struct str, bool *),
                  const struct decode_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct arena *arena = arena_new();
		bool fault = false;
		struct str decoded = decode(arena, cases[i].text, &fault);

		if (!str_eq(decoded, cases[i].decoded))
			fail_msg("case %zu: \"%.*s\"", i, STR_FMT(decoded));
		if (fault != cases[i].fault)
			fail_msg("case %zu: fault %d", i, fault);
		assert_true(str_eq(decode(arena, cases[i].text, NULL), decoded));
		arena_free(arena);
	}
}

static void test_qp(void **state)
{
	static const struct decode_case cases[] = {
		{ STR_INIT(""), STR_INIT(""), false },
		{ STR_INIT("a=3Db=e9=E9"), STR_INIT("a=b\xe9\xe9"), false },
		{ STR_INIT("a=\nb=\r\nc= \t\nd"), STR_INIT("abcd"), false },
		{ STR_INIT("a  \nb\t\r\nc "), STR_INIT("a\nb\nc "), false },
		{ STR_INIT("a=20\nb =\n \nc"), STR_INIT("a \nb \nc"), false },
		{ STR_INIT("a=0D=0Ab=0D\nc"), STR_INIT("a\nb\nc"), false },
		{ STR_INIT("=3=\nD"), STR_INIT("="), false },
		{ STR_INIT("=ZZ= =4"), STR_INIT("=ZZ= =4"), true },
		{ STR_INIT("a="), STR_INIT("a="), true },
		{ STR_INIT("a\rb"), STR_INIT("a\rb"), false },
		{ STR_INIT("=00\0"), STR_INIT("\0\0"), false },
	};

	(void)state;
	check(decode_qp, cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_q_word(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_str(decode_q_word(arena, STR("a =20 =E9=")), "a   \xe9=");
	arena_free(arena);
}

static void test_base64(void **state)
{
	static const struct decode_case cases[] = {
		{ STR_INIT(""), STR_INIT(""), false },
		{ STR_INIT("TWFu"), STR_INIT("Man"), false },
		{ STR_INIT("TWE="), STR_INIT("Ma"), false },
		{ STR_INIT("TQ=="), STR_INIT("M"), false },
		{ STR_INIT("TQ"), STR_INIT("M"), false },
		{ STR_INIT(" T\r\nW\tF u\n"), STR_INIT("Man"), false },
		{ STR_INIT("T!W\x80"
		           "Fu"),
		  STR_INIT("Man"), true },
		{ STR_INIT("TWFuT"), STR_INIT("Man"), true },
		{ STR_INIT("===="), STR_INIT(""), false },
		{ STR_INIT("+/+/"), STR_INIT("\xfb\xff\xbf"), false },
		/* Two blocks: clean padding in the middle is zero bits, other padding is not. */
		{ STR_INIT("TQ==TQ=="), STR_INIT("M\0\0M"), true },
		{ STR_INIT("TQ==!TQ=="), STR_INIT("M\x0f\xffM"), true },
	};

	(void)state;
	check(decode_base64, cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_uu(void **state)
{
	static const struct decode_case cases[] = {
		{ STR_INIT("begin 644 x\n#0V%T\n`\nend\n"), STR_INIT("Cat"), false },
		{ STR_INIT("text\n\nbegin 644 x\n#0V%T\n`\nend\nmore\n"), STR_INIT("Cat"), false },
		{ STR_INIT("begin 644 x\r\n#0V%T\r\n \r\nend\r\n"), STR_INIT("Cat"), false },
		{ STR_INIT("begin 644 x\n#0V%T\n"), STR_INIT("Cat"), true },
		{ STR_INIT("begin 644 x\n$0V%T\n`\nend\n"), STR_INIT("Cat"), true },
		{ STR_INIT("begin 644 x\nMM\n"), STR_INIT("\xb4\0\0"), true },
		{ STR_INIT("no such thing"), STR_INIT(""), true },
	};

	(void)state;
	check(decode_uu, cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_crlf(void **state)
{
	struct arena *arena = arena_new();
	struct str same = STR("a\nb");

	(void)state;
	assert_ptr_equal(decode_crlf(arena, same).data, same.data);
	assert_str(decode_crlf(arena, STR("\r\na\r\r\nb\rc\n")), "\na\r\nb\rc\n");
	assert_str(decode_crlf(arena, STR("\r\n\r\na\r")), "\n\na\r");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_qp),     cmocka_unit_test(test_q_word),
		cmocka_unit_test(test_base64), cmocka_unit_test(test_uu),
		cmocka_unit_test(test_crlf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
