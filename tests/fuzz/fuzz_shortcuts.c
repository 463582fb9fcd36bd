/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules are mostly not tried: literals, factors, DFAs and lazy metas say that they can't matter.
 * The bytes choose a rule set of every kind of rule that reads a text, metas over them, and a
 * message with texts that the patterns are likely to match. The set with all shortcuts must find
 * what the set without any does, on that message, on a long one, and on both again once it is warm.
 * FUZZ_SHOW in the environment: what was made of each input, and its hits, are printed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "rules/read/reader.h"
#include "tests/fuzz/pattern_maker.h"
#include "tests/fuzz/rules_match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FIRST_META       10
#define RULES_MAX        12
#define DEPTH_MAX        3
#define REPETITIONS      12
#define ROUNDS           2
#define PICK(made, list) (list)[pick(made, sizeof(list) / sizeof((list)[0]))]

struct made {
	struct arena *arena;
	struct pattern_maker maker;
	struct strbuf rules, mail;
	bool short_circuits;
	struct str names[RULES_MAX];
	struct str samples[RULES_MAX];
	unsigned choices[RULES_MAX]; /* of what kind */
	unsigned count;
	unsigned depth;
};

static unsigned pick(struct made *made, size_t count)
{
	return pattern_maker_next(&made->maker) % (unsigned)count;
}

static bool one_in(struct made *made, unsigned times)
{
	return pick(made, times) == 0;
}

/* Bytes that would end a statement or a field are written as an escape, or as a blank. */
static void add_pattern(struct made *made, struct str pattern)
{
	for (size_t i = 0; i < pattern.len; i++) {
		char c = pattern.data[i];

		if (c == '\n')
			strbuf_add(&made->rules, STR("\\n"));
		else if (c == '#' && (i == 0 || pattern.data[i - 1] != '\\'))
			strbuf_add(&made->rules, STR("\\#"));
		else if (c == '/')
			strbuf_add(&made->rules, STR("\\/"));
		else if (c != '\0' && c != '\r')
			strbuf_add_char(&made->rules, c);
	}
}

static void add_field_text(struct made *made, struct str text)
{
	for (size_t i = 0; i < text.len && i < 500; i++)
		strbuf_add_char(&made->mail,
		                text.data[i] == '\n' || text.data[i] == '\r' || text.data[i] == '\0'
		                        ? ' '
		                        : text.data[i]);
}

/* As most rules have them, while all that there is of the language comes of pattern_maker. */
static void make_plain_pattern(struct made *made, unsigned number)
{
	static const struct {
		const char *pattern, *text;
	} pieces[] = {
		{ "zebra", "zebra" },
		{ "v[i1]\\W?[a@]gra", "v1-agra" },
		{ "(?:foo|bar|bazz)", "bar" },
		{ "h[e3]l+o", "h3llo" },
		{ "\\bkilo\\b", "kilo" },
		{ "\\d{2,4}", "123" },
		{ ".{0,5}end", "the end" },
		{ "\\s+", " " },
		{ "[^z]", "y" },
		{ "(?:un)?quux", "unquux" },
		{ "\\xc3\\xa4", "\xc3\xa4" },
		{ "(?!q)\\w+", "word" },
		{ "$", "" },
		{ "^", "" },
		{ "|", "" },
		{ "a.*?b", "a  b" },
	};
	struct strbuf sample;

	strbuf_init(&sample, made->arena);
	for (unsigned left = 1 + pick(made, 3); left > 0; left--) {
		unsigned piece = pick(made, sizeof(pieces) / sizeof(pieces[0]));

		strbuf_add(&made->rules, str_from(pieces[piece].pattern));
		strbuf_add(&sample, str_from(pieces[piece].text));
	}
	made->samples[number] = strbuf_str(&sample);
}

static void make_any_pattern(struct made *made, unsigned number)
{
	pattern_maker_make(&made->maker);
	made->samples[number] = arena_str(made->arena, strbuf_str(&made->maker.sample));
	add_pattern(made, strbuf_str(&made->maker.pattern));
}

static void make_pattern(struct made *made, unsigned number)
{
	static const char *const modifiers[] = { "", "", "i", "i", "s", "m", "ix", "is" };

	strbuf_add_char(&made->rules, '/');
	if (one_in(made, 24))
		strbuf_add(&made->rules, STR("(?<CAP>\\w+) ?"));
	if (one_in(made, 24))
		strbuf_add(&made->rules, STR("%{CAP}"));
	if (one_in(made, 3))
		make_any_pattern(made, number);
	else
		make_plain_pattern(made, number);
	strbuf_printf(&made->rules, "/%s", PICK(made, modifiers));
}

static void make_header_rule(struct made *made, unsigned number)
{
	static const char *const fields[] = {
		"Subject",     "Subject:raw", "From",        "From:addr",    "From:name",
		"To",          "ToCc",        "ALL",         "X-Test",       "X-Test:raw",
		"X-Missing",   "X-Other",     "MESSAGEID",   "EnvelopeFrom", "Received",
		"Reply-To",    "ALL:raw",     "X-Test:addr", "From:host",    "X-Test:first",
		"X-Test:last",
	};
	const char *field = PICK(made, fields);

	if (one_in(made, 8)) {
		strbuf_printf(&made->rules, "header %.*s exists:%s\n", STR_FMT(made->names[number]),
		              field);
		return;
	}
	strbuf_printf(&made->rules, "header %.*s %s %s ", STR_FMT(made->names[number]), field,
	              one_in(made, 5) ? "!~" : "=~");
	make_pattern(made, number);
	strbuf_add(&made->rules, one_in(made, 6) ? STR(" [if-unset: zebra 7a]\n") : STR("\n"));
}

static void make_text_rule(struct made *made, unsigned number)
{
	static const char *const kinds[] = { "body", "body", "rawbody", "full", "uri" };

	strbuf_printf(&made->rules, "%s %.*s ", PICK(made, kinds), STR_FMT(made->names[number]));
	make_pattern(made, number);
	strbuf_add_char(&made->rules, '\n');
}

static void make_part_rule(struct made *made, unsigned number)
{
	static const char *const parts[] = { "text", "raw", "domain", "host", "cleaned", "type" };

	if (one_in(made, 2)) {
		strbuf_printf(&made->rules, "mimeheader %.*s %s %s ", STR_FMT(made->names[number]),
		              one_in(made, 2) ? "Content-Type" : "X-Part",
		              one_in(made, 4) ? "!~" : "=~");
		make_pattern(made, number);
	} else {
		strbuf_printf(&made->rules, "uri_detail %.*s ", STR_FMT(made->names[number]));
		for (unsigned left = 1 + one_in(made, 3); left > 0; left--) {
			strbuf_printf(&made->rules, "%s%s =~ ", one_in(made, 6) ? "!" : "",
			              PICK(made, parts));
			make_pattern(made, number);
			strbuf_add_char(&made->rules, ' ');
		}
	}
	strbuf_add_char(&made->rules, '\n');
}

static void make_eval_rule(struct made *made, unsigned number)
{
	static const char *const calls[] = {
		"body %.*s eval:html_tag_exists('a')\n",
		"body %.*s eval:html_tag_balance('b', '!= 0')\n",
		"header %.*s eval:check_for_missing_to_header()\n",
		"header %.*s eval:subject_is_all_caps()\n",
		"body %.*s eval:check_https_http_mismatch('1','10')\n",
		"body %.*s eval:check_blank_line_ratio('0','50','2')\n",
		"body %.*s eval:html_text_match('anchor', '(?i)zebra')\n",
		"header %.*s eval:check_for_no_rdns_dotcom_helo()\n",
		"header %.*s eval:check_freemail_from()\n",
	};
	const char *call = PICK(made, calls);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	strbuf_printf(&made->rules, call, STR_FMT(made->names[number]));
#pragma GCC diagnostic pop
}

static void make_term(struct made *made);

static void make_expression(struct made *made)
{
	static const char *const operators[] = { "&&", "&&", "||", "||", "+",  "-",  "*", "/",
		                                 ">",  "<",  ">=", "<=", "==", "!=", "^", "&&" };

	make_term(made);
	for (unsigned left = pick(made, 4); left > 0; left--) {
		strbuf_printf(&made->rules, " %s ", PICK(made, operators));
		make_term(made);
	}
	if (one_in(made, 16)) {
		strbuf_add(&made->rules, STR(" ? "));
		make_term(made);
		strbuf_add(&made->rules, STR(" : "));
		make_term(made);
	}
}

static void make_term(struct made *made)
{
	unsigned choice = pick(made, 16);
	struct str name = made->names[pick(made, made->count)];

	strbuf_add(&made->rules, one_in(made, 4) ? STR("!") : STR(""));
	if (choice == 0) {
		strbuf_printf(&made->rules, "%u", pick(made, 4));
	} else if (choice == 1) {
		strbuf_add(&made->rules,
		           one_in(made, 2) ? STR("rules_matching(__R*)") : STR("R_NEVER"));
	} else if (choice < 6 && made->depth < DEPTH_MAX) {
		made->depth++;
		strbuf_add_char(&made->rules, '(');
		make_expression(made);
		strbuf_add_char(&made->rules, ')');
		made->depth--;
	} else {
		strbuf_add(&made->rules, name);
	}
}

static void make_attributes(struct made *made, unsigned number)
{
	static const char *const scores[] = { "1", "-0.5", "0", "2.001", "0.01", "-100", "(0.5)" };
	static const char *const flags[] = {
		"multiple",           "multiple maxhits=2", "nice",
		"multiple maxhits=1", "noautolearn",        "nosubject"
	};
	static const char *const circuits[] = { "spam", "ham", "on", "off" };
	struct str name = made->names[number];

	if (one_in(made, 2))
		strbuf_printf(&made->rules, "score %.*s %s\n", STR_FMT(name), PICK(made, scores));
	if (one_in(made, 3))
		strbuf_printf(&made->rules, "tflags %.*s %s\n", STR_FMT(name), PICK(made, flags));
	if (one_in(made, 6))
		strbuf_printf(&made->rules, "priority %.*s %d\n", STR_FMT(name),
		              (int)pick(made, 5) * 100 - 200);
	if (made->short_circuits && one_in(made, 8))
		strbuf_printf(&made->rules, "shortcircuit %.*s %s\n", STR_FMT(name),
		              PICK(made, circuits));
}

static void make_rule(struct made *made, unsigned number)
{
	unsigned choice = made->choices[number];

	if (choice < 5) {
		make_text_rule(made, number);
	} else if (choice < 8) {
		make_header_rule(made, number);
	} else if (choice == 8) {
		make_part_rule(made, number);
	} else if (choice == 9) {
		make_eval_rule(made, number);
	} else {
		strbuf_printf(&made->rules, "meta %.*s ", STR_FMT(made->names[number]));
		make_expression(made);
		strbuf_add_char(&made->rules, '\n');
	}
	make_attributes(made, number);
}

static void make_rules(struct made *made)
{
	made->short_circuits = one_in(made, 8);
	made->count = 2 + pick(made, RULES_MAX - 1);
	for (unsigned i = 0; i < made->count; i++) {
		made->choices[i] = pick(made, 16);
		made->names[i] = arena_printf(
			made->arena, "%sR%u",
			one_in(made, made->choices[i] < FIRST_META ? 2 : 4) ? "__" : "", i);
	}
	strbuf_add(&made->rules,
	           STR("loadplugin Mail::SpamAssassin::Plugin::Shortcircuit\nscore R_NEVER 1\n"));
	for (unsigned i = 0; i < made->count; i++)
		make_rule(made, i);
}

/* What a rule may match, or something else. */
static struct str some_text(struct made *made)
{
	static const struct str others[] = { STR("zebra"),    STR("hello you"), STR("\xc3\xa4h"),
		                             STR("Quux 7aK"), STR("b c-]"),     STR("\n\n") };
	return one_in(made, 4) ? PICK(made, others) : made->samples[pick(made, made->count)];
}

static void make_field(struct made *made, const char *before, const char *after)
{
	strbuf_add(&made->mail, str_from(before));
	for (unsigned left = 1 + pick(made, 3); left > 0; left--) {
		add_field_text(made, some_text(made));
		strbuf_add(&made->mail, one_in(made, 6) ? STR("\n\t") : STR(" "));
	}
	strbuf_add(&made->mail, str_from(after));
}

static void make_piece(struct made *made, bool html)
{
	struct str text = some_text(made);

	switch (pick(made, 8)) {
	case 0:
		strbuf_add(&made->mail, html ? STR("<a href=\"http://www.example.com/")
		                             : STR("http://a.example.org/"));
		add_field_text(made, text);
		strbuf_add(&made->mail, html ? STR("\">") : STR("\n"));
		break;
	case 1:
		strbuf_add(&made->mail, html ? STR("</a><b>") : STR("\n\n"));
		break;
	case 2:
		strbuf_add(&made->mail, html ? STR("<p>") : STR("\r\n"));
		break;
	default:
		strbuf_add(&made->mail, text);
		strbuf_add(&made->mail, one_in(made, 3) ? STR("\n") : STR(" "));
	}
}

static void make_mail(struct made *made)
{
	static const char *const types[] = {
		"Content-Type: text/plain; charset=utf-8\n\n",
		"Content-Type: text/html\n\n",
		"\n",
		"Content-Type: multipart/mixed; boundary=x\n\n--x\nX-Part: zebra 7a\n\n",
	};
	unsigned type = pick(made, 4);

	strbuf_add(&made->mail,
	           STR("Received: from a.example (a.example [192.0.2.9]) by b.example; "
	               "Tue, 3 Sep 2002 10:14:05 +0200\nMessage-ID: <1@example.com>\n"));
	make_field(made, "From: \"", "\" <jane@example.com>\n");
	make_field(made, "Subject: ", "\n");
	make_field(made, "X-Test: ", "\n");
	if (one_in(made, 2))
		make_field(made, "X-Test: ", " <joe@example.net>\n");
	if (one_in(made, 2))
		make_field(made, "To: ", " <joe@example.net>\n");
	strbuf_add(&made->mail, str_from(types[type]));
	for (unsigned left = 1 + pick(made, 16); left > 0; left--)
		make_piece(made, type % 2 == 1);
	strbuf_add(&made->mail, type == 3 ? STR("\n--x--\n") : STR("\n"));
}

static struct ruleset *compile(struct made *made, bool all_rules)
{
	struct ruleset_options options = { .scanners = 1,
		                           .match_limit = 5000,
		                           .all_rules = all_rules };
	struct ruleset *set = ruleset_new(&options);
	struct problems problems;

	problems_init(&problems, made->arena);
	reader_read_text(set, "fuzz.cf", NULL, strbuf_str(&made->rules), &problems);
	ruleset_finish(set, &problems);
	return set;
}

static void print_hits(const char *which, const struct hits *hits)
{
	fprintf(stderr, "%s:", which);
	for (size_t i = 0; i < hits->len; i++)
		fprintf(stderr, " %.*s=%d \"%.*s\"", STR_FMT(hits->items[i].name),
		        (int)hits->items[i].score, STR_FMT(hits->items[i].matched));
	fprintf(stderr, " doubt %d\n", (int)hits->doubt);
}

static void print(const struct made *made, struct str mail, const struct hits *expected,
                  const struct hits *found)
{
	fprintf(stderr, "--- rules\n%.*s--- mail\n%.*s---\n", STR_FMT(strbuf_str(&made->rules)),
	        STR_FMT(mail));
	print_hits("all rules", expected);
	print_hits("with shortcuts", found);
}

static bool are_equal(const struct hits *a, const struct hits *b)
{
	if (a->len != b->len || a->doubt != b->doubt ||
	    !str_eq(a->shortcircuit_rule, b->shortcircuit_rule))
		return false;
	for (size_t i = 0; i < a->len; i++)
		if (!str_eq(a->items[i].name, b->items[i].name) ||
		    a->items[i].score != b->items[i].score ||
		    !str_eq(a->items[i].matched, b->items[i].matched))
			return false;
	return true;
}

/* Where a pattern was abandoned, or the time was over, the sets may have been in different places.
 */
static void compare(struct made *made, const struct ruleset *some, const struct ruleset *all,
                    struct str mail)
{
	struct arena *arena = arena_new();
	const struct hits *expected = rules_match(arena, all, mail);
	const struct hits *found = rules_match(arena, some, mail);
	bool differ = expected->limits == 0 && found->limits == 0 && !are_equal(found, expected);

	if (differ || getenv("FUZZ_SHOW") != NULL)
		print(made, mail, expected, found);
	if (differ)
		abort();
	arena_free(arena);
}

/* The body often enough that patterns are compiled by JIT and get a DFA. */
static struct str longer(struct arena *arena, struct str mail)
{
	ptrdiff_t end = str_find(mail, STR("\n\n"));
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_add(&buf, mail);
	for (int i = 0; i < REPETITIONS && end > 0; i++) {
		strbuf_add(&buf, STR("\n\n"));
		strbuf_add(&buf, str_from_offset(mail, (size_t)end));
	}
	return strbuf_str(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct made made = { .arena = arena_new() };
	struct ruleset *some, *all;
	struct str mail;

	pattern_maker_init(&made.maker, made.arena, (struct str){ (const char *)data, size });
	strbuf_init(&made.rules, made.arena);
	strbuf_init(&made.mail, made.arena);
	make_rules(&made);
	make_mail(&made);
	mail = strbuf_str(&made.mail);
	some = compile(&made, false);
	all = compile(&made, true);
	for (int i = 0; i < ROUNDS; i++) {
		compare(&made, some, all, mail);
		compare(&made, some, all, longer(made.arena, mail));
	}
	ruleset_free(some);
	ruleset_free(all);
	arena_free(made.arena);
	return 0;
}
