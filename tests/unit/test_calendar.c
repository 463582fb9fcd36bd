/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/calendar.h"
#include "tests/unit/unit.h"

static void test_lines(void **state)
{
	static const char *const cases[][2] = {
		/* Folded anywhere (RFC 5545, 3.1). */
		{ "SUMMARY:one\r\n  two\r\n\tthree\r\n", "one twothree\n" },
		{ "SUM\n MARY:a\\\n nb\n", "a\nb\n" },
		{ "SUMMARY:last", "last\n" },
		{ " SUMMARY:goes on with nothing\nSUMMARY:x", "x\n" },
		/* Escapes (3.3.11), and what is no escape. */
		{ "DESCRIPTION:a\\, b\\; c\\\\ d\\Ne\\nf\\x\\", "a, b; c\\ d\ne\nfx\\\n" },
		/* Parameters in quotes may have what else ends them (3.2). */
		{ "LOCATION;ALTREP=\"https://a/b;c\";X=y:Room: 5", "Room: 5\n" },
		{ "location:small", "small\n" },
		{ "ORGANIZER;CN=\"Support: team; EU\":mailto:a@b.test",
		  "Support: team; EU a@b.test\n" },
		{ "ATTENDEE;RSVP=TRUE;cn=Joe;X=\"CN=no\":MAILTO:joe@b.test", "Joe joe@b.test\n" },
		{ "ATTENDEE:mailto:joe@b.test", "joe@b.test\n" },
		/* RFC 6868. */
		{ "ATTENDEE;CN=a^'b^'^^c^nd^x:mailto:e@f.test", "a\"b\"^c\nd^x e@f.test\n" },
		{ "URL:https://a.test/;x", "https://a.test/;x\n" },
		{ "ATTACH;FMTTYPE=x/y:https://a.test/z.zip", "https://a.test/z.zip\n" },
		{ "ATTACH;VALUE=BINARY;ENCODING=BASE64:AAAA/AAA", "" },
		{ "ATTACH:CID:part@a.test", "" },
		/* What no reader sees, and what is broken. */
		{ "UID:x\nX-ALT-DESC:y\nDTSTART:20260101\nSUMMARYS:z\nSUMMARY\nSUMMARY;a=b\n", "" },
		{ "SUMMARY;a=\"b:c\n", "" },
		{ "", "" },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_str(calendar_text(arena, str_from(cases[i][0])), cases[i][1]);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
