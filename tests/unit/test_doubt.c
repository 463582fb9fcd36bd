/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By how much a score may be too high for what could not be found out. */
#include "tests/unit/rules_fixture.h"

#include "base/decimal.h"
#include "base/strbuf.h"
#include "rules/match/scanner.h"

/* Takes a step for each way to cut a row of "a". */
#define HARD "/\\b(?:a+)+(?:b|c)+$/m"
#define BAIT "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab!"
#define MAIL "From: x@y.example\nSubject: Hi\n\nspam\n\n" BAIT "\n"

static struct spf_result spf;
static bool has_spf, uris_unknown;

static void match(struct rules_fixture *f, const char *mail, struct deadline deadline)
{
	static const struct envelope envelope = { .has_sender = true };
	static struct uri_knowledge knowledge;
	struct message_limits limits = message_default_limits();
	struct facts facts = { .envelope = &envelope };

	knowledge.incomplete = uris_unknown;
	facts.message = message_parse_for(f->arena, arena_str(f->arena, str_from(mail)), &limits,
	                                  &message_reading_default, &knowledge);
	facts.relays = relays_parse(f->arena, &facts.message->headers, &envelope,
	                            &(struct relay_settings){ 0 });
	facts.spf = has_spf ? &spf : NULL;
	f->hits = ruleset_match(f->set, f->arena, &facts, deadline);
}

/* The rules on that mail; the doubt, and by what and why: "1.5 by A B for match-limit". */
static const char *doubt_about(struct rules_fixture *f, const char *rules, const char *mail)
{
	char *text = arena_alloc(f->arena, 4096), number[DECIMAL_TEXT_SIZE];

	f->options.match_limit = 5000;
	rules_load(f, rules);
	match(f, mail, deadline_never());
	if (f->hits->doubt == 0 && f->hits->doubtful_rules.len + f->hits->doubt_causes.len == 0)
		return "none";
	sprintf(text, "%s by", decimal_format(f->hits->doubt, number));
	for (size_t i = 0; i < f->hits->doubtful_rules.len; i++)
		sprintf(text + strlen(text), " %.*s", STR_FMT(f->hits->doubtful_rules.items[i]));
	strcat(text, " for");
	for (size_t i = 0; i < f->hits->doubt_causes.len; i++)
		sprintf(text + strlen(text), " %.*s", STR_FMT(f->hits->doubt_causes.items[i]));
	return text;
}

static void assert_doubt(struct rules_fixture *f, const char *rules, const char *expected)
{
	const char *doubt = doubt_about(f, rules, MAIL);

	if (strcmp(doubt, expected) != 0)
		fail_msg("\"%s\": %s, and not %s", rules, doubt, expected);
}

#define SPAM "body SPAM /spam/\nscore SPAM 7\n"

static void test_rules_that_are_given_up(void **state)
{
	struct rules_fixture *f = *state;

	assert_doubt(f, SPAM, "none");
	/* One that could only have raised the score. */
	assert_doubt(f, SPAM "body HARD " HARD "\nscore HARD 3\n", "none");
	assert_true((f->hits->limits & HITS_LIMIT_BACKTRACKING) != 0);
	assert_doubt(f, SPAM "body HARD " HARD "\nscore HARD -3\n", "3 by HARD for match-limit");
	assert_doubt(f, "rawbody HARD " HARD "\nscore HARD -3\n", "3 by HARD for match-limit");
	assert_doubt(f, "full HARD " HARD "\nscore HARD -3\n", "3 by HARD for match-limit");
	assert_doubt(f, "body HARD " HARD "\nscore HARD -1\ntflags HARD multiple maxhits=3\n",
	             "3 by HARD for match-limit");
	/* Whoever else is negative was looked at. */
	assert_doubt(f, "body HARD " HARD "\nscore HARD 3\nbody GOOD /good/\nscore GOOD -9\n",
	             "none");
}

/* What a rule that was abandoned would have captured is in the patterns of others. */
static void test_captures(void **state)
{
	struct rules_fixture *f = *state;

	assert_doubt(f,
	             "body CAP /(?<WORD>sp[a]m)/\nscore CAP 1\nbody USE /%{WORD}/\nscore USE -3\n",
	             "none");
	assert_doubt(f,
	             "body CAP /\\b(?<WORD>(?:a+)+)(?:b|c)+$/m\nscore CAP 1\n"
	             "body USE /%{WORD}/\nscore USE -3\n",
	             "3 by USE for match-limit");
}

static void test_header_rules_that_are_given_up(void **state)
{
	static const char mail[] = "Subject: " BAIT "\n\n";
	struct rules_fixture *f = *state;

	assert_string_equal(
		doubt_about(f, "header HARD Subject =~ " HARD "\nscore HARD -3\n", mail),
		"3 by HARD for match-limit");
	/* Neither hit nor not: it adds nothing, and what it could take off is known. */
	assert_string_equal(
		doubt_about(f, "header HARD Subject !~ " HARD "\nscore HARD -3\n", mail),
		"3 by HARD for match-limit");
	assert_string_equal(doubt_about(f, "header HARD Subject !~ " HARD "\nscore HARD 3\n", mail),
	                    "none");
	assert_int_equal(f->hits->len, 0);
	assert_string_equal(doubt_about(f, "header HARD Subject =~ " HARD "\nscore HARD 3\n", mail),
	                    "none");
	assert_string_equal(doubt_about(f,
	                                "mimeheader HARD Content-Type !~ " HARD "\nscore HARD 2\n",
	                                "Content-Type: text/plain; name=" BAIT "\n\n"),
	                    "2 by HARD for match-limit");
}

static void test_metas(void **state)
{
	struct rules_fixture *f = *state;

	/* A hit that needs that something hasn't hit. */
	assert_doubt(f,
	             "body __HARD " HARD "\nbody __SPAM /spam/\nmeta M __SPAM && !__HARD\n"
	             "score M 7\n",
	             "7 by M for match-limit");
	assert_int_equal(f->hits->len, 1);
	assert_doubt(f,
	             "body __HARD " HARD "\nbody __SPAM /spam/\nmeta M __SPAM && __HARD\n"
	             "score M -7\n",
	             "7 by M for match-limit");
	assert_doubt(f,
	             "body __HARD " HARD "\nbody __OTHER /other/\nmeta M __OTHER && __HARD\n"
	             "score M -7\n",
	             "none");
	assert_doubt(f,
	             "body __HARD " HARD "\nbody __SPAM /spam/\nmeta M __SPAM || __HARD\n"
	             "score M 7\n",
	             "none");
	/* Through another meta, and counted. */
	assert_doubt(f,
	             "body __HARD " HARD "\nbody __SPAM /spam/\nmeta __M __HARD + __SPAM\n"
	             "meta M __M > 1\nscore M -2\n",
	             "2 by M for match-limit");
	assert_doubt(f,
	             "body __HARD " HARD "\nbody __SPAM /spam/\nmeta __M __HARD + __SPAM\n"
	             "meta M __M > 2\nscore M -2\n",
	             "none");
}

static void test_no_time(void **state)
{
	static const char rules[] =
		SPAM "body GOOD /good/\nscore GOOD -3\n"
		     "header WELCOME Subject =~ /welcome/\nscore WELCOME -4\n"
		     "meta BAD !GOOD\nscore BAD 5\nbody WORSE /worse/\nscore WORSE 9\n";
	struct rules_fixture *f = *state;

	rules_load(f, rules);
	match(f, MAIL, deadline_in_ms(-1000));
	/* The header was done with: nothing had to be tried. */
	assert_int_equal(f->hits->len, 0);
	assert_int_equal(f->hits->doubt, 3000);
	assert_str(f->hits->doubtful_rules.items[0], "GOOD");
	assert_str(f->hits->doubt_causes.items[0], "scan-timeout");
	rules_load(f, "header __ANY exists:From\nheader HEAD Subject =~ /^Hi$/\nscore HEAD -1\n"
	              "header WELCOME From =~ /friend/\nscore WELCOME -4\n"
	              "meta M __ANY && WELCOME\nscore M -2\n");
	match(f, MAIL, deadline_in_ms(-1000));
	assert_int_equal(f->hits->doubt, 7000);
	match(f, MAIL, deadline_never());
	assert_int_equal(f->hits->doubt, 0);
}

static void test_no_scanner(void **state)
{
	struct rules_fixture *f = *state;

	struct scanner *scanner;

	rules_load(f, SPAM);
	scanner = scanner_borrow(f->set->pool, deadline_never());
	match(f, MAIL, deadline_in_ms(-1));
	scanner_return(f->set->pool, scanner);
	assert_true((f->hits->limits & HITS_LIMIT_NO_SCANNER) != 0);
	assert_int_equal(f->hits->doubt, DECIMAL_MAX);
	assert_str(f->hits->doubt_causes.items[0], "no-scanner");
}

static void test_spf(void **state)
{
	static const char rules[] =
		SPAM "header PASS eval:check_for_spf_pass()\nscore PASS -0.5\n"
		     "header FAIL eval:check_for_spf_fail()\nscore FAIL 2\n"
		     "header TEMP eval:check_for_spf_temperror()\nscore TEMP 0.1\n"
		     "header HELO eval:check_for_spf_helo_pass()\nscore HELO -0.2\n"
		     "header LISTED eval:check_for_spf_welcomelist_from()\nscore LISTED -100\n"
		     "meta NOT !PASS\nscore NOT 1\n"
		     "welcomelist_from_spf *@friend.example\n";
	struct rules_fixture *f = *state;

	has_spf = true;
	spf.mail_from.status = SPF_STATUS_TEMPERROR;
	spf.sender = STR("x@other.example");
	assert_doubt(f, rules, "1.6 by PASS TEMP NOT for spf");
	/* Only whoever is in the list could have been found in it. */
	spf.sender = STR("x@friend.example");
	assert_doubt(f, rules, "101.6 by PASS TEMP LISTED NOT for spf");
	spf.has_helo = true;
	spf.helo_check.status = SPF_STATUS_TEMPERROR;
	assert_doubt(f, rules, "101.8 by PASS TEMP HELO LISTED NOT for spf");
	spf.mail_from.status = SPF_STATUS_FAIL;
	assert_doubt(f, rules, "0.2 by HELO for spf");
	spf.has_helo = false;
	assert_doubt(f, rules, "none");
	spf.mail_from.status = SPF_STATUS_PERMERROR;
	assert_doubt(f, rules, "none");
	has_spf = false;
	spf = (struct spf_result){ 0 };
}

static void test_redirectors(void **state)
{
	struct rules_fixture *f = *state;

	uris_unknown = true;
	assert_doubt(f, SPAM "uri GOOD /good/\nscore GOOD -3\n", "3 by GOOD for match-limit");
	assert_doubt(f, SPAM "uri BAD /bad/\nscore BAD 3\n", "none");
	assert_doubt(f, SPAM "body GOOD /good/\nscore GOOD -3\n", "none");
	assert_doubt(f, "header GOOD eval:check_uri_host_in_welcomelist()\nscore GOOD -100\n",
	             "none");
	assert_doubt(f,
	             "header GOOD eval:check_uri_host_in_welcomelist()\nscore GOOD -100\n"
	             "welcomelist_uri_host friend.example\n",
	             "100 by GOOD for match-limit");
	uris_unknown = false;
}

#define LOAD "loadplugin Mail::SpamAssassin::Plugin::Shortcircuit\n"

/* Where a rule may have ended the scan, any hit may not have been. */
static void test_shortcircuit(void **state)
{
	struct rules_fixture *f = *state;

	assert_doubt(f, LOAD SPAM "body HARD " HARD "\nscore HARD -1\nshortcircuit HARD ham\n",
	             "1000000 by HARD for match-limit");
	assert_doubt(f, LOAD SPAM "body HARD " HARD "\nscore HARD -1\nshortcircuit SPAM spam\n",
	             "1 by HARD for match-limit");
	assert_doubt(f, LOAD SPAM "body HARD " HARD "\nscore HARD 1\nshortcircuit SPAM spam\n",
	             "none");
}

static void test_limits_of_structure(void **state)
{
	static const char rules[] = "header H_URIS eval:check_limit('depth', 'uris')\n"
				    "header N_DEPTH eval:check_limit('depth')\n"
				    "header N_NOTHING eval:check_limit()\n"
				    "header N_UNKNOWN eval:check_limit('none such')\n";
	struct rules_fixture *f = *state;
	struct strbuf mail;

	strbuf_init(&mail, f->arena);
	strbuf_add(&mail, STR("Subject: x\n\n"));
	for (int i = 0; i < 2100; i++)
		strbuf_printf(&mail, "http://a.com/%d\n", i);
	rules_check_calls(f, rules, arena_cstr(f->arena, strbuf_str(&mail)));
	assert_int_equal(f->hits->doubt, 0);
	rules_check_calls(f, "header N_URIS eval:check_limit('uris')\n", MAIL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rules_test(test_rules_that_are_given_up),
		rules_test(test_captures),
		rules_test(test_header_rules_that_are_given_up),
		rules_test(test_metas),
		rules_test(test_no_time),
		rules_test(test_no_scanner),
		rules_test(test_spf),
		rules_test(test_redirectors),
		rules_test(test_shortcircuit),
		rules_test(test_limits_of_structure),
	};

	return cmocka_run_group_tests_name("doubt", tests, NULL, NULL);
}
