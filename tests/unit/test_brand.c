/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of firms that senders borrow: how they are read, found and told from their owners. */
#include "message/skeleton.h"
#include "tests/unit/rules_fixture.h"

#define TABLE                                                                                      \
	"brand paypal paypal.*\n"                                                                  \
	"brand bank_of_america bankofamerica.com\n"                                                \
	"brand walmart walmart.com\n"                                                              \
	"brand netflix netflix.com\n"                                                              \
	"brand itaú itau.com.br\n"                                                                \
	"brand ヤマト運輸 kuronekoyamato.co.jp\n"                                             \
	"brand_alone chase chase.com\n"                                                            \
	"brand_words support team your card\n"

static void check_text(void **state, const char *text, const char *expected)
{
	struct rules_fixture *f = *state;
	struct skeleton skeleton = { 0 };
	char got[200];
	size_t len = 0;

	skeleton_make(f->arena, str_from(text), 100, &skeleton);
	for (size_t i = 0; i < skeleton.len; i++) {
		const struct skeleton_char *c = &skeleton.items[i];

		if (i > 0 && c->begins_word)
			got[len++] = c->begins_run ? ' ' : '-';
		got[len++] = c->code < 0x80 ? (char)c->code : '?';
	}
	got[len] = '\0';
	assert_string_equal(got, expected);
}

static void test_skeleton(void **state)
{
	check_text(state, "PayPaI", "pay-pa-l");
	check_text(state, "P4ypal!", "p-a-ypal");
	check_text(state, "P@yp\xd0\xb0l", "paypal");
	check_text(state, "\xf0\x9d\x90\x8f\xf0\x9d\x90\x9a\xf0\x9d\x90\xb2", "pay");
	check_text(state, "pay\xe2\x80\x8bpal \xef\xbc\xb0", "paypal p");
	check_text(state, "m W", "rn vv");
	check_text(state, "Sam's (AT&T)", "sarns att");
	check_text(state, "\xff\xfe x\xc3", "x");
	check_text(state, "ヤマ", "?-?");
	check_text(state, "", "");
}

/* Rules H_ hit a sender of this name and address, rules N_ do not. */
static void check_from(void **state, const char *rules, const char *from)
{
	char message[512], set[2048];

	snprintf(set, sizeof(set), TABLE "%s", rules);
	snprintf(message, sizeof(message), "From: %s\n\nhttps://login.example.net/\n", from);
	rules_check_calls(*state, set, message);
}

#define CLAIMS  "header H_CLAIM eval:check_false_brand('From:name')\n"
#define SILENT  "header N_CLAIM eval:check_false_brand('From:name')\n"
#define GUISE   "header H_GUISE eval:check_false_brand('From:name', 'disguised')\n"
#define NO_MASK "header N_GUISE eval:check_false_brand('From:name', 'disguised')\n"

static void test_claims(void **state)
{
	check_from(state, CLAIMS NO_MASK, "PayPal <x@example.org>");
	check_from(state, CLAIMS NO_MASK, "\"Your PAYPAL-Team\" <x@example.org>");
	check_from(state, CLAIMS GUISE, "PayPaI <x@example.org>");
	check_from(state, CLAIMS GUISE, "Hello WaImart <x@example.org>");
	check_from(state, CLAIMS NO_MASK, "BankOfAmerica Alert <x@example.org>");
	check_from(state, CLAIMS NO_MASK, "Bank of America <x@example.org>");
	check_from(state, CLAIMS NO_MASK, "=?utf-8?q?Ita=C3=BA?= <x@example.org>");
	check_from(state, CLAIMS NO_MASK, "Itau <x@example.org>");
	check_from(state, CLAIMS, "=?utf-8?b?44Ok44Oe44OI6YGL6Ly4IA==?= <x@example.org>");
	check_from(state, CLAIMS, "PayPal <x@paypal.example.xyz>");
	check_from(state, CLAIMS, "PayPal <x@paypal.xyz>");
	check_from(state, CLAIMS, "PayPal <x@notpaypal.com>");
}

static void test_owners_and_others(void **state)
{
	check_from(state, SILENT NO_MASK, "PayPal <service@paypal.com>");
	check_from(state, SILENT, "PayPal <service@mail.paypal.co.uk>");
	check_from(state, SILENT, "PayPal <service@paypal.paypal>");
	check_from(state, SILENT, "Joe (PayPal) <joe@example.org>");
	check_from(state, SILENT, "\"Joe via PayPal\" <joe@example.org>");
	check_from(state, SILENT, "\"Joe @ PayPal\" <joe@example.org>");
	check_from(state, SILENT, "PayPalace <joe@example.org>");
	check_from(state, SILENT, "Pay Pal <joe@example.org>");
	check_from(state, SILENT, "joe@example.org");
	check_from(state, SILENT, "PayPal");
}

static void test_names_that_are_words(void **state)
{
	check_from(state, CLAIMS, "Chase <x@example.org>");
	check_from(state, CLAIMS, "\"Your Chase card 1234\" <x@example.org>");
	check_from(state, SILENT, "Chase Miller <x@example.org>");
	check_from(state, SILENT, "\"Cha5e\" <x@chase.com>");
}

static void test_places(void **state)
{
	check_from(state,
	           "header H_BORROWED eval:check_false_brand('From:name', 'borrowed')\n"
	           "header N_ELSEWHERE eval:check_false_brand('From:name', 'elsewhere')\n"
	           "header N_OWN eval:check_brand_domain()\n"
	           "body H_TARGET eval:check_false_brand_target()\n"
	           "body N_LINK eval:check_false_brand_link()\n",
	           "Netflix <x@netflix-billing.example>");
	check_from(state,
	           "header N_BORROWED eval:check_false_brand('From:name', 'borrowed')\n"
	           "header H_ELSEWHERE eval:check_false_brand('From:name', 'elsewhere')\n",
	           "Netflix <x@example.org>");
	check_from(state, "header H_OWN eval:check_brand_domain()\n", "Joe <x@paypal.de>");
	rules_check_calls(*state,
	                  TABLE "body H_LINK eval:check_false_brand_link()\n"
	                        "body N_TARGET eval:check_false_brand_target()\n"
	                        "header H_SUBJECT eval:check_false_brand('Subject')\n"
	                        "header H_ADDRESS eval:check_false_brand('From:addr')\n",
	                  "From: PayPal <paypal.support@example.org>\n"
	                  "Subject: Netflix: pay\n"
	                  "\n"
	                  "https://paypal.account.example.net/ https://www.paypal.com/\n");
}

static void test_statements(void **state)
{
	rules_check_calls(*state, TABLE "unbrand paypal Bank_of_America\n" SILENT,
	                  "From: PayPal <x@example.org>\n\n");
	rules_check_calls(*state, TABLE "brand paypal partner.example\n" SILENT,
	                  "From: PayPal <x@partner.example>\n\n");
	rules_check_calls(*state, SILENT, "From: PayPal <x@example.org>\n\n");
}

static void test_mistakes(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "brand\nbrand paypal\nbrand -- x.example\nbrand paypal paypal\nunbrand\n");
	assert_int_equal(f->problems.len, 5);
}

static void test_reply(void **state)
{
	rules_check_calls(*state, "header H_ELSE eval:check_reply_elsewhere()\n",
	                  "From: a@mail.example.org\nReply-To: b@example.net\n\n");
	rules_check_calls(*state, "header N_ELSE eval:check_reply_elsewhere()\n",
	                  "From: a@mail.example.org\nReply-To: b@reply.example.org\n\n");
	rules_check_calls(*state, "header N_ELSE eval:check_reply_elsewhere()\n",
	                  "From: a@mail.example.org\n\n");
}

static void test_named_as_recipient(void **state)
{
	static const char hit[] = "header H_OWN eval:check_named_as_recipient()\n";
	static const char not_so[] = "header N_OWN eval:check_named_as_recipient()\n";

	rules_check_calls(*state, hit,
	                  "From: \"Mail Example.org Server\" <a@example.net>\n"
	                  "To: b@lists.example.org\n\n");
	rules_check_calls(*state, not_so,
	                  "From: \"Example.org\" <a@example.org>\nTo: b@example.org\n\n");
	rules_check_calls(*state, not_so,
	                  "From: \"b@example.org\" <a@example.net>\nTo: b@example.org\n\n");
	rules_check_calls(*state, not_so,
	                  "From: \"myexample.org\" <a@example.net>\nTo: b@example.org\n\n");
}

static void test_hidden_text(void **state)
{
	rules_check_calls(
		*state,
		"body H_SOME eval:check_hidden_text(20)\n"
		"body N_MORE eval:check_hidden_text(60)\n",
		"From: a@example.org\nContent-Type: text/html\n\n"
		"<p>Seen<p style=\"display:none\">Nobody will ever read what stands here</p>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_skeleton, rules_set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_claims, rules_set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_owners_and_others, rules_set_up,
		                                rules_tear_down),
		cmocka_unit_test_setup_teardown(test_names_that_are_words, rules_set_up,
		                                rules_tear_down),
		cmocka_unit_test_setup_teardown(test_places, rules_set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_statements, rules_set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_mistakes, rules_set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_reply, rules_set_up, rules_tear_down),
		cmocka_unit_test_setup_teardown(test_named_as_recipient, rules_set_up,
		                                rules_tear_down),
		cmocka_unit_test_setup_teardown(test_hidden_text, rules_set_up, rules_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
