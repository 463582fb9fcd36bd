/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/strbuf.h"
#include "tests/unit/rules_fixture.h"

static const char mail[] = "Received: from a.example (a.example [192.0.2.9]) by b.example; "
			   "Tue, 3 Sep 2002 10:14:05 +0200\n"
			   "From: \"Jane\" <jane@example.com>\n"
			   "To: one@example.org, two@example.net\n"
			   "Cc: Three <three@example.org>\n"
			   "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= from\n home\n"
			   "X-Twice: first\n"
			   "X-Twice: second\n"
			   "Message-ID: <1@example.com>\n"
			   "Date: Tue, 3 Sep 2002 10:14:05 +0200\n"
			   "\n"
			   "Dear friend, dear friend,\n"
			   "\n"
			   "buy now at http://www.Example.com/Path and buy again.\n";

static void test_regions(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "header H Subject =~ /from home/\n"
	              "body B /buy now/\n"
	              "body S /^Gr\xc3\xbc\xc3\x9f"
	              "e/\n"
	              "body __NOSUBJECT /Gr\xc3\xbc/\n tflags __NOSUBJECT nosubject\n"
	              "meta NOSUBJECT !__NOSUBJECT\n"
	              "rawbody R /^buy now/m\n"
	              "full F /^X-Twice: first$/m\n"
	              "uri U m{^https?://www\\.example\\.com/}i\n"
	              "body NOT /not there/\n");
	rules_match(f, mail);
	assert_int_equal(f->problems.len, 0);
	assert_string_equal(rules_hit_names(f), "H B S NOSUBJECT R F U");
	assert_str(rules_hit(f, "B")->matched, "buy now");
	assert_int_equal(rules_hit(f, "B")->score, 1000);
	assert_int_equal(f->hits->limits, 0);
}

static void test_header_forms(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(
		f,
		"header A From:addr =~ /^jane\\@example\\.com$/\n"
		"header B From:name =~ /^Jane$/\n"
		"header C Subject:raw =~ /^ =\\?utf-8\\?q\\?.*\\?= from\\n home$/\n"
		"header D To:addr =~ /^one\\@example\\.org\\ntwo\\@example\\.net$/\n"
		"header E X-Twice =~ /^first\\nsecond\\n$/\n"
		"header F X-Twice:last =~ /^second/\n"
		"header G exists:X-Twice\n"
		"header H exists:X-None\n"
		"header I X-None !~ /x/\n"
		"header J X-None =~ /^UNSET$/ [if-unset: UNSET]\n"
		"header K X-None =~ /x/\n"
		"header L Subject !~ /from/\n"
		"header M ToCc =~ /two.*\\nThree/s\n"
		"header N ALL =~ /^Subject: Gr.* from home\\nX-Twice: first\\n/m\n"
		"header O MESSAGEID =~ /^<1\\@/\n"
		"header P subject =~ /home/\n"
		"header Q From:domain =~ /^example\\.com$/\n"
		"header R Received:ip =~ /^192\\.0\\.2\\.9$/\n"
		"header S Received:revip =~ /^9\\.2\\.0\\.192$/\n"
		"header T EnvelopeFrom =~ /^bounce\\@/\n"
		"header U X-Spam-Relays-External =~ /^\\[ ip=192\\.0\\.2\\.9 rdns=a\\.example /\n"
		"header V Message-Id:host =~ /^example\\.com$/\n");
	assert_int_equal(f->problems.len, 0);
	rules_match_envelope(
		f, mail,
		&(struct envelope){ .sender = STR("bounce@example.com"), .has_sender = true });
	assert_string_equal(rules_hit_names(f), "A B C D E F G I J M N O P Q R S T U V");
}

/* The header as it stands in the message, and lines in it that are no fields. */
static void test_raw_header(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(
		f,
		"header A ALL:raw =~ /^Subject \\t: x\\nno field\\n and more\\nTo: a\\@b.example\\n\\z/m\n"
		"header B Subject =~ /^x$/\n"
		"header C ALL =~ /^Subject: x\\nTo:/m\n"
		"header D ALL:raw =~ /Subject:/\n"
		"header E ALL =~ /no field/\n"
		"header F ALL-EXTERNAL:raw =~ /no field\\n and/\n");
	rules_match(f, "Received: from a.example ([192.0.2.1]) by b.example; x\n"
	               "Subject \t: x\nno field\n and more\nTo: a@b.example\n\ntext\n");
	assert_string_equal(rules_hit_names(f), "A B C F");
	rules_match(f, "Received: from a.example ([192.0.2.1]) by b.example; x\r\n"
	               "Subject \t: x\r\nno field\r\n and more\r\nTo: a@b.example\r\n\r\ntext\r\n");
	assert_string_equal(rules_hit_names(f), "A B C F");
	rules_match(f, "From  :x\nSubject \t: x\nno field\n and more\nTo: a@b.example");
	assert_string_equal(rules_hit_names(f), "A B C");
}

/* From fields that their writers got wrong. */
static void test_broken_addresses(void **state)
{
	static const char *const fields[] = {
		"Bank <x@bad.example.com",          "\"Bank, The\" <x@bad.example.com",
		"=?utf-8?Q?B?= <x@bad.example.com", "Bank <x@bad.example.com, <y@b.example>",
		"Bank. x <x@bad.example.com (c)",   "Bank <x@bad.example.com x>",
	};
	struct rules_fixture *f = *state;

	rules_load(f, "blocklist_from *@bad.example.com\n"
	              "header BLOCKED eval:check_from_in_blocklist()\n"
	              "header ADDRESS From:addr =~ /^x\\@bad\\.example\\.com$/m\n"
	              "header HOST From:addr:host =~ /^bad\\.example\\.com$/m\n"
	              "header DOMAIN From:addr:domain =~ /^example\\.com$/m\n"
	              "header SAME eval:check_for_matching_env_and_hdr_from()\n");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		rules_match(
			f,
			arena_printf(f->arena, "From: %s\nSubject: x\n\ntext\n", fields[i]).data);
		assert_string_equal(rules_hit_names(f), "BLOCKED ADDRESS HOST DOMAIN");
	}
}

/* Hosts in fields, as far as a top-level domain goes. */
static void test_field_hosts(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "header A X-A:host =~ /^mail\\.example\\.org$/\n"
	              "header B X-B:host =~ /./\n"
	              "header C X-C:host =~ /^b\\.example\\.net$/\n"
	              "header D X-D:domain =~ /^example\\.net$/\n"
	              "header E X-E:addr:domain =~ /^example\\.com$/\n");
	rules_match(f, "X-A: <x@mail.example.org>, y\nX-B: <x@a..b.com> -a.com ex_ample.com\n"
	               "X-C: x@(none) b.example.net; a.com\nX-D: ..x a.b.example.net\n"
	               "X-E: <x@a..example.com.>\n\ntext\n");
	assert_string_equal(rules_hit_names(f), "A C D E");
}

static void test_scores(void **state)
{
	struct rules_fixture *f = *state;
	static const char text[] = "body A /dear/i\n"
				   "body N /dear/i\n tflags N nice\n"
				   "body T_A /dear/i\n"
				   "body S /dear/i\n score S -2.5\n"
				   "body FOUR /dear/i\n score FOUR 0 1.25 0 3\n"
				   "score LATER 3\n score LATER (0.5)\nbody LATER /dear/i\n"
				   "body ZERO /dear/i\n score ZERO 0\n"
				   "body __SUB /dear/i\n"
				   "header NET eval:subject_is_all_caps()\n tflags NET net\n";
	struct ruleset_summary summary;

	rules_load(f, text);
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "A N T_A S LATER");
	assert_int_equal(rules_hit(f, "A")->score, 1000);
	assert_int_equal(rules_hit(f, "N")->score, -1000);
	assert_int_equal(rules_hit(f, "T_A")->score, 10);
	assert_int_equal(rules_hit(f, "S")->score, -2500);
	assert_int_equal(rules_hit(f, "LATER")->score, 3500);
	ruleset_summarize(f->set, &summary);
	assert_int_equal(summary.rules, 6);
	assert_int_equal(summary.scored, 5);
	assert_int_equal(summary.off, 3);
	f->options.network_tests = true;
	rules_load(f, text);
	rules_match(f, mail);
	assert_int_equal(rules_hit(f, "FOUR")->score, 1250);
	ruleset_summarize(f->set, &summary);
	assert_int_equal(summary.eval, 1);
	assert_int_equal(f->problems.len, 0);
}

/* What trusted hosts found out needs no network; rules that count with it alone have that score. */
static void test_told_by_others(void **state)
{
	struct rules_fixture *f = *state;
	const char *text = "header __S eval:check_for_spf_none()\n tflags __S net\n"
			   "header S eval:check_spf_skipped_noenvfrom()\n tflags S net\n"
			   "score S 0 2 0 3\n"
			   "header T eval:check_spf_skipped_noenvfrom()\n tflags T net\n"
			   "score T 0.5 2 0.5 2\n"
			   "header U eval:check_spf_skipped_noenvfrom()\n score U 0\n"
			   "header NET eval:subject_is_all_caps()\n tflags NET net\n"
			   "score NET 0 2 0 2\n";

	rules_load(f, text);
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "");
	f->options.trusted_authserv = true;
	rules_load(f, text);
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "S T");
	assert_int_equal(rules_hit(f, "S")->score, 2000);
	assert_int_equal(rules_hit(f, "T")->score, 500);
}

static void test_multiple(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "body __DEAR /dear/i\n tflags __DEAR multiple\n"
	              "body __ONCE /dear/i\n"
	              "body __BUY /buy/\n tflags __BUY multiple maxhits=1\n"
	              "body POINTS /buy/\n tflags POINTS multiple\n score POINTS 0.3\n"
	              "header __TWICE X-Twice =~ /^\\w+$/m\n tflags __TWICE multiple\n"
	              "meta A __DEAR == 2\n"
	              "meta B __ONCE == 1\n"
	              "meta C __BUY == 1\n"
	              "meta D __TWICE == 2\n"
	              "meta E rules_matching(__D*) > 1\n");
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "POINTS A B C D E");
	assert_int_equal(rules_hit(f, "POINTS")->score, 600);
}

static void test_metas(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "meta LAST FIRST && !NOBODY\n"
	              "meta FIRST __A && (__B || __C)\n"
	              "meta VALUE (__A + __B) / 4\n"
	              "meta USES_VALUE VALUE == 0.5\n"
	              "body __A /dear/i\nbody __B /buy/\nbody __C /nope/\n"
	              "body ZERO /dear/i\nscore ZERO 0\n"
	              "meta NOT_ZERO !ZERO\n"
	              "meta ZERO_META __A\nscore ZERO_META 0\n"
	              "meta SILENT !ZERO_META\n"
	              "meta SILENT_TOO !SILENT\n");
	rules_match(f, mail);
	assert_int_equal(f->problems.len, 0);
	assert_string_equal(rules_hit_names(f), "LAST FIRST VALUE USES_VALUE NOT_ZERO");
}

/* "NAME NAME" of what made a meta hit. */
static const char *causes_of_hit(struct rules_fixture *f, const char *name)
{
	const struct rule_hit *hit = rules_hit(f, name);
	struct strbuf buf;

	assert_non_null(hit);
	strbuf_init(&buf, f->arena);
	for (size_t i = 0; i < hit->causes.len; i++)
		strbuf_printf(&buf, "%s%.*s", i > 0 ? " " : "", STR_FMT(hit->causes.items[i].name));
	return arena_cstr(f->arena, strbuf_str(&buf));
}

static void test_causes(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "body __DEAR /dear/i\n describe __DEAR Says dear\n"
	              "body __BUY /buy/\n"
	              "body __NOT /nothing of this/\n describe __NOT Isn't there\n"
	              "body SEEN /buy/\n describe SEEN Buy\n"
	              "meta __BOTH __DEAR && SEEN\n"
	              "meta __EITHER __NOT || __BUY\n"
	              "meta __SOME (__DEAR && __NOT) || SEEN\n"
	              "meta A __BOTH && !__NOT\n"
	              "meta B __EITHER && !SEEN == 0\n"
	              "meta C (__DEAR + SEEN + __NOT) > 1\n"
	              "meta D 1 < (__DEAR + SEEN)\n"
	              "meta E __SOME\n"
	              "meta F __NOT ? SEEN : __DEAR\n"
	              "meta G !__NOT\n"
	              "meta H __BUY && __EITHER && __BUY\n"
	              "meta I A && __BUY\n"
	              "meta J __DEAR - __NOT * SEEN > 0\n");
	rules_match(f, mail);
	assert_string_equal(causes_of_hit(f, "A"), "__DEAR SEEN");
	assert_string_equal(causes_of_hit(f, "B"), "__BUY");
	assert_string_equal(causes_of_hit(f, "C"), "__DEAR SEEN");
	assert_string_equal(causes_of_hit(f, "D"), "__DEAR SEEN");
	assert_string_equal(causes_of_hit(f, "E"), "SEEN");
	assert_string_equal(causes_of_hit(f, "F"), "__DEAR");
	assert_string_equal(causes_of_hit(f, "G"), "");
	assert_string_equal(causes_of_hit(f, "H"), "__BUY");
	assert_string_equal(causes_of_hit(f, "I"), "__DEAR SEEN");
	assert_string_equal(causes_of_hit(f, "J"), "__DEAR");
	assert_string_equal(causes_of_hit(f, "SEEN"), "");
	assert_str(rules_hit(f, "A")->causes.items[0].description, "Says dear");
	assert_str(rules_hit(f, "H")->causes.items[0].matched, "buy");
}

/* A pattern may match bytes of a character; what is shown is the whole. */
static void test_whole_characters(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "body A /\\x9f[\\x8e]/\n body B /x\\xf0/\n");
	rules_match(f, "Subject: s\nContent-Type: text/plain; charset=utf-8\n"
	               "Content-Transfer-Encoding: 8bit\n\nx\xf0\x9f\x8e\x81y\n");
	assert_str(rules_hit(f, "A")->matched, "\xf0\x9f\x8e\x81");
	assert_str(rules_hit(f, "B")->matched, "x\xf0\x9f\x8e\x81");
}

static void test_meta_problems(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "meta A B && X\nmeta B C\nmeta C A || 1\n"
	              "meta SELF SELF + 1\n"
	              "meta OK !A && !SELF\n"
	              "meta BAD X &&\n"
	              "meta WORSE X Y\n"
	              "meta CALL X(1)\n");
	assert_int_equal(f->problems.len, 7);
	assert_string_equal(rules_problem(f, 0),
	                    "6:14: the expression ends too early; correct it, rule BAD is off");
	assert_string_equal(rules_problem(f, 1),
	                    "7:14: an operator is missing here; correct it, rule WORSE is off");
	assert_string_equal(rules_problem(f, 2),
	                    "8:11: an operator is missing after 'X'; correct it, rule CALL is off");
	assert_string_equal(
		rules_problem(f, 3),
		"1:8: this meta depends on itself by way of others; correct it, rule A is off");
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "OK");
}

static void test_rule_problems(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "body A /a(b/\n"
	              "header B Subject =~ /x[/i  [if-unset: y]\n"
	              "body C eval:no_such_function(1)\n"
	              "body D /fine/\n"
	              "  body E  m{a\\#(b}\n"
	              "meta F !A && !B && !C\n");
	assert_int_equal(f->problems.len, 4);
	assert_string_equal(
		rules_problem(f, 0),
		"1:12: missing closing parenthesis in the pattern; correct it, rule A is off");
	assert_string_equal(rules_problem(f, 1), "2:24: missing terminating ] for character class "
	                                         "in the pattern; correct it, rule B is off");
	assert_string_equal(rules_problem(f, 2),
	                    "3:13: unknown function 'no_such_function'; correct it, rule C is off");
	assert_string_equal(
		rules_problem(f, 3),
		"5:18: missing closing parenthesis in the pattern; correct it, rule E is off");
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "F");
}

/* As errors, since they would hit all mail. */
static void test_always_matching(void **state)
{
	static const char *const always[] = {
		"//",       "//i",      "/a||b/",       "/viagra|/",     "/|viagra/",
		"/x*/",     "/.*/s",    "/(?:a|)/",     "/(a?b{0,3})+/", "/^/",
		"/$/",      "/^.*/",    "/a*$/",        "/\\A(?:|x)y?/", "/(?:^|a)b*/",
		"/(?i)|b/", "/\\Q\\E/", "/(?\\#a)\\K/", "/(?>a*)/",
	};
	static const char *const sometimes[] = {
		"/a/",       "/^$/",        "/^a*$/", "/\\bx*/",      "/(?!a)/",
		"/(a*)\\1/", "/^(?!a)/",    "/a*+^/", "/(?(?=a)b|)/", "/(?=a|)b/",
		"/.+/",      "/(?:a|b?)c/", "/a\\|/", "/[||]/",       "/(?<NAME>.*)/",
	};
	struct rules_fixture *f = *state;
	char text[4000] = "";
	size_t len = 0;

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "body A%zu %s\n", i,
		                        always[i]);
	for (size_t i = 0; i < sizeof(sometimes) / sizeof(sometimes[0]); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "body B%zu %s\n", i,
		                        sometimes[i]);
	len += (size_t)snprintf(text + len, sizeof(text) - len,
	                        "header A Subject =~ /a|/\nuri C /|a/\nmimeheader M X =~ /a*/\n"
	                        "meta NONE !A0 && !A && !C\n");
	rules_load(f, text);
	for (size_t i = 0; i < f->problems.len; i++)
		if (strstr(rules_problem(f, i), "matches any text") == NULL)
			fail_msg("%s", rules_problem(f, i));
	assert_int_equal(f->problems.len, sizeof(always) / sizeof(always[0]) + 2);
	assert_int_equal(f->problems.errors, f->problems.len);
	assert_string_equal(
		rules_problem(f, 0),
		"1:9: the pattern matches any text; take out what lets it match nothing, "
		"such as an alternative without text, or remove rule A0");
	rules_match(f, mail);
	assert_non_null(strstr(rules_hit_names(f), "NONE"));
}

/* What is looked for before a pattern is tried is what the pattern needs. */
static void test_filtered_patterns(void **state)
{
	static const char rules[] = "body A /\\Qzebraquux\\E{2}/\nbody B /xyzab(?\\#c){2}cdefg/\n"
				    "body C /xyzkb\\E{2}cdefg/\nbody D /mnopq\\Qrs\\E*tuvwx/\n"
				    "body E /hij {2} \\x20 klmnop/x\nfull F /\\xe3\\xa7zebra/i\n"
				    "full G /begin[^\\xe3]end/i\nbody H /qrs(?i)tu(?-i)vwxyz/\n"
				    "body NONE /zebraquux{3}/\n";
	struct rules_fixture *f = *state;

	for (int all = 0; all < 2; all++) {
		f->options.all_rules = all != 0;
		rules_load(f, rules);
		assert_int_equal(f->problems.len, 0);
		rules_match(f, "Subject: x\n\nzebraquuxx xyzabbcdefg xyzkbbcdefg mnopqrsstuvwx "
		               "hijj klmnop \xc3\xa7ZEBRA begin\xe4"
		               "end qrsTUvwxyz\n");
		assert_string_equal(rules_hit_names(f), "A B C D E F G H");
		rules_match(f,
		            "Subject: x\n\nzebraquux xyzabcdefg xyzkbcdefg mnopqtuvwx hij klmnop "
		            "\xc3\x87zebra begin\xc3"
		            "end QRSTUVWXYZ\n");
		assert_string_equal(rules_hit_names(f), "");
	}
}

/* A rule that hits where its pattern doesn't can't be left out by what the pattern needs. */
static void test_negated_patterns(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f,
	           "header A Subject !~ /moneyback/\nheader B Subject !~ /hello/\n"
	           "header C Subject !~ /[gq][ru][ea][ez]t[il]n/\nheader D X-No !~ /moneyback/\n");
	rules_match(f, "From: a@example.com\nSubject: hello\n\nx\n");
	assert_string_equal(rules_hit_names(f), "A C D");
}

static void test_redefinition(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "body A /nope/\nbody B /buy/\nheader A Subject =~ /home/\n");
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "A B");
}

static void test_test_lines(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "body A /ab+c/\n"
	              "test A ok xabbcx\n"
	              "test A fail ac\n"
	              "test A ok   ac\n"
	              "test A fail abc\n"
	              "header B Subject !~ /x/\n"
	              "test B ok y\n"
	              "meta C A && B\n"
	              "test C ok y\n"
	              "header D eval:subject_is_all_caps()\n"
	              "test D ok y\n");
	assert_int_equal(ruleset_run_tests(f->set, &f->problems), 7);
	assert_int_equal(f->problems.errors, 2);
	assert_string_equal(rules_problem(f, 0),
	                    "4:13: rule A should hit, and does not hit, this text");
	assert_string_equal(rules_problem(f, 1),
	                    "5:13: rule A should not hit, and hits, this text");
	assert_string_equal(rules_problem(f, 2),
	                    "9:11: rule C has no pattern that could be tested");
}

static void test_match_limit(void **state)
{
	struct rules_fixture *f = *state;

	f->options.match_limit = 5000;
	rules_load(f, "body BAIT /^(?:a+)+(?:b|c)+$/\nbody B /aaa/\nmeta M !BAIT\n");
	rules_match(f, "Subject: x\n\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab!\n\n"
	               "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab!\n");
	assert_string_equal(rules_hit_names(f), "B M");
	assert_int_equal(f->hits->limits, HITS_LIMIT_BACKTRACKING);
	assert_int_equal(f->hits->limited_rules.len, 1);
	assert_str(f->hits->limited_rules.items[0], "BAIT");
}

/* A rule that was abandoned isn't tried on what follows; each one leaves the others fewer steps. */
static void test_many_baits(void **state)
{
	struct rules_fixture *f = *state;

	f->options.match_limit = 60000;
	rules_load(f, "body BAIT /(?:a+)+[bc](?<=c)!/\nbody B /^done/\n"
	              "body AGAIN /^(?:a+)+(?:b|d)+$/\n");
	rules_match(f, "Subject: x\n\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab!\n\n"
	               "ac!\n\ndone\n");
	assert_string_equal(rules_hit_names(f), "B");
	assert_int_equal(f->hits->limits, HITS_LIMIT_BACKTRACKING);
	assert_int_equal(f->hits->limited_rules.len, 2);
	rules_match(f, "Subject: x\n\nac!\n\naab\n\nx\n");
	assert_string_equal(rules_hit_names(f), "BAIT AGAIN");
	assert_int_equal(f->hits->limits, 0);
}

/* The JIT doesn't count these steps, so the time on all texts is limited. */
static void test_slow_texts(void **state)
{
	struct rules_fixture *f = *state;
	char *text = arena_alloc(f->arena, 60000), *out = text;

	f->options.match_limit = 1000;
	rules_load(f, "body SLOW /a.*[bc]/\nbody B /^last/\n");
	out += sprintf(out, "Subject: x\n\n");
	for (int i = 0; i < 49000; i++)
		*out++ = i % 1000 == 999 ? '\n' : 'a';
	strcpy(out, "\n\naaaab\n\nlast\n");
	rules_match(f, text);
	assert_string_equal(rules_hit_names(f), "B");
	assert_int_equal(f->hits->limits, HITS_LIMIT_BACKTRACKING);
	assert_str(f->hits->limited_rules.items[0], "SLOW");
}

/* Of many fields of one name, rules see some; of all fields, what SpamAssassin lets them see. */
static void test_many_fields(void **state)
{
	struct rules_fixture *f = *state;
	char *text = arena_alloc(f->arena, 120000), *out = text;

	rules_load(
		f,
		"header FIRST X-A =~ /^first$/m\nheader LAST X-A =~ /^last$/m\n"
		"header ALL_A ALL =~ /^X-A: last$/m\nheader ALL_B ALL =~ /^X-B: b$/m\n"
		"header B X-B =~ /^b$/m\nheader LONG eval:check_msg_parse_flags('truncated_header')\n");
	out += sprintf(out, "X-A: first\nX-B: b\n");
	for (int i = 0; i < 700; i++)
		out += sprintf(out, "X-A: %0100d\n", i);
	strcpy(out, "X-A: last\n\nhello\n");
	rules_match(f, text);
	assert_string_equal(rules_hit_names(f), "FIRST B LONG");
	rules_match(f, "X-A: last\nX-B: b\n\nhello\n");
	assert_string_equal(rules_hit_names(f), "LAST ALL_A ALL_B B");
}

static void test_deadline(void **state)
{
	struct rules_fixture *f = *state;
	static const struct message message;
	struct facts facts = { .message = &message };
	const struct hits *hits;

	rules_load(f, "body A /a/\nmeta B 1\n");
	hits = ruleset_match(f->set, f->arena, &facts, deadline_in_ms(0));
	assert_int_equal(hits->len, 0);
	assert_int_equal(hits->limits, HITS_LIMIT_DEADLINE);
	assert_string_equal(hits_limit_name(HITS_LIMIT_DEADLINE), "scan-timeout");
}

static void test_lists(void **state)
{
	struct rules_fixture *f = *state;
	static const char rules[] = "header IN eval:check_from_in_welcomelist()\n"
				    "header OUT eval:check_from_in_blocklist()\n"
				    "header TO eval:check_to_in_welcomelist()\n"
				    "header LIST eval:check_from_in_list('MINE')\n"
				    "header HOST eval:check_uri_host_listed('HOSTS')\n"
				    "header SUBJECT eval:check_subject_in_blocklist()\n"
				    "whitelist_from *@EXAMPLE.com other@example.org\n"
				    "blacklist_from j?ne@*\n"
				    "welcomelist_to two@example.net\n"
				    "enlist_addrlist (MINE) jane@example.com\n"
				    "enlist_uri_host (HOSTS) example.com !safe.example.com\n"
				    "blocklist_subject from h?me\n";

	rules_load(f, rules);
	assert_int_equal(f->problems.len, 0);
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "IN OUT TO LIST HOST SUBJECT");
	rules_load(f, arena_printf(f->arena,
	                           "%sunwhitelist_from *@example.com\n"
	                           "enlist_uri_host (HOSTS) !www.example.com\n",
	                           rules)
	                      .data);
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "OUT TO LIST SUBJECT");
}

static void test_relay_lists(void **state)
{
	struct rules_fixture *f = *state;
	static const char rules[] = "header IN eval:check_from_in_welcomelist()\n"
				    "header FORGED eval:check_forged_in_welcomelist()\n"
				    "header DEF eval:check_from_in_default_welcomelist()\n";
	static const struct {
		const char *lines, *hits;
	} cases[] = {
		{ "welcomelist_from_rcvd *@example.com a.example", "IN" },
		{ "welcomelist_from_rcvd *@example.com example", "IN" },
		{ "welcomelist_from_rcvd *@example.com ample", "FORGED" },
		{ "welcomelist_from_rcvd *@example.com [192.0.2.9]", "IN" },
		{ "welcomelist_from_rcvd *@example.com [192.0.2.]", "IN" },
		{ "welcomelist_from_rcvd *@example.com [192.0.2.0]/24", "IN" },
		{ "welcomelist_from_rcvd *@example.com [192.0.3.0]/24", "FORGED" },
		{ "welcomelist_from_rcvd *@example.net a.example", "" },
		{ "whitelist_from_rcvd *@example.com other\nwhitelist_allows_relays *@example.com",
		  "" },
		{ "def_whitelist_from_rcvd *@example.com a.example", "DEF" },
		{ "def_whitelist_from_rcvd *@example.com a.example\n"
		  "unwhitelist_from_rcvd *@example.com",
		  "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rules_load(f, arena_printf(f->arena, "%s%s\n", rules, cases[i].lines).data);
		assert_int_equal(f->problems.len, 0);
		rules_match(f, mail);
		assert_string_equal(rules_hit_names(f), cases[i].hits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rules_test(test_regions),
		rules_test(test_header_forms),
		rules_test(test_raw_header),
		rules_test(test_broken_addresses),
		rules_test(test_field_hosts),
		rules_test(test_scores),
		rules_test(test_told_by_others),
		rules_test(test_multiple),
		rules_test(test_metas),
		rules_test(test_causes),
		rules_test(test_whole_characters),
		rules_test(test_meta_problems),
		rules_test(test_rule_problems),
		rules_test(test_always_matching),
		rules_test(test_filtered_patterns),
		rules_test(test_negated_patterns),
		rules_test(test_redefinition),
		rules_test(test_test_lines),
		rules_test(test_match_limit),
		rules_test(test_many_baits),
		rules_test(test_slow_texts),
		rules_test(test_many_fields),
		rules_test(test_deadline),
		rules_test(test_lists),
		rules_test(test_relay_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
