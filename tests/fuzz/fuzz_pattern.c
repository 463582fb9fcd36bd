/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whatever a filter excludes must not match. The bytes choose the pieces of a pattern, and with
 * them a text that the pattern is likely to match; PCRE2 says whether it does. If so, the literals,
 * the factors and the DFA that were read from the pattern must let the text pass.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "rules/regex/factor_set.h"
#include "rules/regex/lazy_dfa.h"
#include "rules/regex/literal.h"
#include "rules/regex/pattern.h"
#include "rules/regex/pattern_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEPTH_MAX   6
#define PATTERN_MAX 400
#define SAMPLE_MAX  2000
#define PICK(list)  (list)[next(m) % (sizeof(list) / sizeof((list)[0]))]

struct maker {
	struct str bytes; /* that are left */
	struct strbuf pattern;
	struct strbuf sample;
	unsigned depth;
};

static unsigned next(struct maker *m)
{
	unsigned byte = m->bytes.len > 0 ? (unsigned char)m->bytes.data[0] : 0;

	m->bytes = str_from_offset(m->bytes, 1);
	return byte;
}

/* A piece as it is written, and what it may match. */
struct sample {
	const char *pattern;
	const char *text;
};

static void add(struct maker *m, struct sample sample)
{
	strbuf_add(&m->pattern, str_from(sample.pattern));
	strbuf_add(&m->sample, str_from(sample.text));
}

static const struct sample words[] = {
	{ "zebra", "zebra" },
	{ "quux", "QUUX" },
	{ "a", "a" },
	{ "K", "k" },
	{ "1", "1" },
	{ "\xe3", "\xc3" },
	{ "\xa7", "\xa7" },
	{ "\xd7", "\xd7" },
	{ "\xff", "\xdf" },
	{ "b c", "b c" },
	{ "-", "-" },
	{ "]", "]" },
	{ "}", "}" },
	{ "{", "{" },
	{ "{a", "{a" },
	{ "#x\n", "#x\n" },
	{ " ", " " },
	{ "\t", "\t" },
	{ ".", "m" },
	{ "^", "" },
	{ "$", "" },
	{ "\x85", "\x85" },
	{ "=", "=" },
	{ "vWxy", "vwxy" },
	{ "{,2}z", "{,2}z" },
	{ "\n", "\n" },
	{ "<T>", "<T>" },
	{ "{1,2a}", "{1,2a}" },
	{ "[[:<:]]wor", "wor" },
	{ "d[[:>:]]", "d" },
};

static const struct sample escapes[] = {
	{ "\\d", "7" },
	{ "\\w", "q" },
	{ "\\s", "\v" },
	{ "\\h", "\xa0" },
	{ "\\v", "\x85" },
	{ "\\D", "\xe9" },
	{ "\\W", "\xe9" },
	{ "\\S", "\xa0" },
	{ "\\H", "\n" },
	{ "\\V", "a" },
	{ "\\N", "\r" },
	{ "\\.", "." },
	{ "\\-", "-" },
	{ "\\ ", " " },
	{ "\\#", "#" },
	{ "\\t", "\t" },
	{ "\\n", "\n" },
	{ "\\x41", "A" },
	{ "\\x4g", "\x04g" },
	{ "\\x{e3}", "\xc3" },
	{ "\\o{141}", "a" },
	{ "\\141", "a" },
	{ "\\0", "" },
	{ "\\012", "\n" },
	{ "\\cA", "\x01" },
	{ "\\c[", "\x1b" },
	{ "\\e", "\x1b" },
	{ "\\a", "\a" },
	{ "\\b", "" },
	{ "\\B", "" },
	{ "\\A", "" },
	{ "\\z", "" },
	{ "\\Z", "" },
	{ "\\G", "" },
	{ "\\K", "" },
	{ "\\R", "\r\n" },
	{ "\\X", "a" },
	{ "\\pL", "\xe9" },
	{ "\\p{Lu}", "A" },
	{ "\\P{Lu}", "a" },
	{ "\\p{^Lu}", "-" },
	{ "\\\xe3", "\xc3" },
	{ "\\\\", "\\" },
	{ "\\_", "_" },
	{ "\\Qzebra\\E", "zebra" },
	{ "\\Qa.b*\\E", "a.b*" },
	{ "\\Q\\E", "" },
	{ "\\E", "" },
	{ "\\Qx)y|\\E", "x)y|" },
	{ "\\Q[a]\\\\E", "[a]\\" },
	{ "\\Q# \\E", "# " },
	{ "\\377", "\xff" },
	{ "\\81", "" },
	{ "\\x{41}bc", "abc" },
	{ "\\Qab", "ab" },
	{ "\\xe", "\x0e" },
};

/* They take no text, and a quantifier after most of them is for what stands before. */
static const struct sample nothings[] = {
	{ "(?#c)", "" }, { "(?#()", "" }, { "\\E", "" },     { "\\Q\\E", "" }, { " ", "" },
	{ "# c\n", "" }, { "(?C)", "" },  { "(?C1)", "" },   { "\n", "" },     { "", "" },
	{ "", "" },      { "#)\n", "" },  { "(?i)", "" },    { "(?-i)", "" },  { "(?x)", "" },
	{ "(?-x)", "" }, { "(?xx)", "" }, { "(?^)", "" },    { "(?^i)", "" },  { "(?s-i)", "" },
	{ "(?m)", "" },  { "(?J)", "" },  { "(?ix-s)", "" }, { "(?n)", "" },   { "(?U)", "" },
};

static const struct sample references[] = {
	{ "\\1", "a" },
	{ "\\g1", "a" },
	{ "\\g{1}", "a" },
	{ "\\g{-1}", "a" },
	{ "\\k<n>", "a" },
	{ "\\k'n'", "a" },
	{ "\\k{n}", "a" },
	{ "\\g{n}", "a" },
	{ "(?P=n)", "a" },
	{ "(?R)?", "" },
	{ "(?0)?", "" },
	{ "(?1)", "a" },
	{ "(?-1)", "a" },
	{ "(?+1)", "a" },
	{ "(?&n)", "a" },
	{ "(?P>n)", "a" },
	{ "\\g<n>", "a" },
	{ "\\g'1'", "a" },
	{ "\\g<-1>", "a" },
	{ "\\12", "\n" },
	{ "(*ACCEPT)", "" },
	{ "(*FAIL)", "" },
	{ "(*SKIP)", "" },
	{ "(*PRUNE)", "" },
	{ "(*COMMIT)", "" },
	{ "(*THEN)", "" },
	{ "(*MARK:a)", "" },
	{ "(*pla:a)", "" },
	{ "(*atomic:zebra)", "zebra" },
	{ "(*nlb:a)", "" },
	{ "(*sr:abc)", "abc" },
	{ "(?*a)", "" },
	{ "(?<*a)", "" },
	{ "(?C'a)b')", "" },
};

static const char *const openings[] = {
	"(",
	"(?:",
	"(?i:",
	"(?-i:",
	"(?^:",
	"(?x:",
	"(?xx:",
	"(?s:",
	"(?|",
	"(?>",
	"(?<n>",
	"(?P<n>",
	"(?'n'",
	"(?=",
	"(?!",
	"(?<=",
	"(?<!",
	"(?(1)",
	"(?(DEFINE)",
	"(?(?=a)",
	"(?(<n>)",
	"(?(R)",
	"(?(n)",
	"(?(?!b)",
	"(?i-x:",
	"(?(-1)",
	"(?<DEFINE>",
	"(?n:",
	"(?(VERSION>=10)",
};

static const struct sample members[] = {
	{ "a", "a" },
	{ "K", "k" },
	{ "z-", "z" },
	{ "a-f", "c" },
	{ "-", "-" },
	{ "\\d", "5" },
	{ "\\W", "\xe3" },
	{ "\\x41-\\x43", "b" },
	{ "[:alpha:]", "m" },
	{ "[:^lower:]", "A" },
	{ "[:upper:]", "q" },
	{ "[:punct:]", "!" },
	{ "\\Qa-z\\E", "-" },
	{ "\\E", "" },
	{ "\\Q]\\E", "]" },
	{ "a\\E-\\Ef", "d" },
	{ "a\\Q-\\Ez", "-" },
	{ "[", "[" },
	{ "[:", ":" },
	{ "\\]", "]" },
	{ " ", " " },
	{ "\t", "\t" },
	{ "a - f", "c" },
	{ "\xe0-\xef", "\xc3" },
	{ "\xe3", "\xc3" },
	{ "\xd7", "\xf7" },
	{ "\\b", "\b" },
	{ "\\pL", "a" },
	{ "\\P{Ll}", "-" },
	{ "\\h", "\xa0" },
	{ "\\n", "\n" },
	{ "\\101", "a" },
	{ "^", "^" },
	{ "#", "#" },
	{ "\\\\", "\\" },
	{ "\\cA", "\x01" },
	{ "+--", "," },
	{ "\\8", "8" },
	{ "[:ascii:]", "a" },
	{ "[.a", "." },
	{ "[:cntrl:]", "\x7f" },
	{ "[:^space:]", "a" },
	{ "[:word:]", "_" },
	{ "[:graph:]x", "x" },
	{ "\\-", "-" },
	{ "A-\\Qc\\E", "b" },
	{ "\\R", "" },
	{ "[=", "=" },
};

static const char *const quantifiers[] = {
	"*",    "+",     "?",    "{2}",    "{0}", "{1,}", "{0,2}",
	"{,2}", "{2,3}", "{ 2}", "{1, 2}", "{}",  "{,}",  "{5}",
};

static void make_alternatives(struct maker *m);

static void make_class(struct maker *m)
{
	static const char *const beginnings[] = { "[",      "[^",  "[]",       "[^]", "[\\E^",
		                                  "[^\\E]", "[ ^", "[\\Q\\E^", "[-",  "[^^" };
	unsigned choice = next(m), count = 1 + next(m) % 3;

	strbuf_add(&m->pattern, str_from(beginnings[choice < 128 ? 0 : choice % 10]));
	if (choice >= 128)
		strbuf_add_char(&m->sample, (char)next(m));
	for (unsigned i = 0; i < count; i++) {
		struct sample sample = PICK(members);

		if (choice >= 128 || i > 0)
			sample.text = "";
		add(m, sample);
	}
	strbuf_add_char(&m->pattern, ']');
}

static void make_group(struct maker *m)
{
	const char *opening = PICK(openings);
	size_t before = m->sample.len;

	strbuf_add(&m->pattern, str_from(opening));
	m->depth++;
	make_alternatives(m);
	m->depth--;
	strbuf_add_char(&m->pattern, ')');
	/* What is looked at mostly isn't what comes next. */
	if (str_eq(str_from(opening), STR("(?=")) || str_eq(str_from(opening), STR("(?(DEFINE)")))
		m->sample.len = before;
}

static void make_quantifier(struct maker *m, size_t sample_start)
{
	unsigned choice = next(m), times = next(m) % 4;
	struct str once;

	if (choice % 4 != 0)
		return;
	once = arena_str(m->sample.arena, str_from_offset(strbuf_str(&m->sample), sample_start));
	if (choice % 16 == 0)
		add(m, PICK(nothings));
	strbuf_add(&m->pattern, str_from(PICK(quantifiers)));
	if (choice >= 192)
		add(m, PICK(nothings));
	if (choice >= 128)
		strbuf_add_char(&m->pattern, choice % 3 == 0 ? '+' : '?');
	if (times == 0)
		m->sample.len = sample_start;
	while (times-- > 1 && m->sample.len < SAMPLE_MAX)
		strbuf_add(&m->sample, once);
}

static void make_piece(struct maker *m)
{
	size_t start = m->sample.len;
	unsigned choice = next(m) % 32;

	if (choice < 10)
		add(m, PICK(words));
	else if (choice < 17)
		add(m, PICK(escapes));
	else if (choice < 21)
		make_class(m);
	else if (choice < 27 && m->depth < DEPTH_MAX)
		make_group(m);
	else if (choice < 30)
		add(m, PICK(nothings));
	else if (choice == 30)
		add(m, PICK(references));
	else
		strbuf_add_char(&m->pattern, (char)next(m));
	make_quantifier(m, start);
}

static void make_sequence(struct maker *m)
{
	for (unsigned left = next(m) % 5; left > 0 && m->pattern.len < PATTERN_MAX; left--)
		make_piece(m);
}

static void make_alternatives(struct maker *m)
{
	unsigned count = 1 + (next(m) % 4 == 0) + (next(m) % 8 == 0), chosen = next(m) % count;

	for (unsigned i = 0; i < count; i++) {
		size_t before = m->sample.len;

		if (i > 0)
			strbuf_add_char(&m->pattern, '|');
		make_sequence(m);
		if (i != chosen)
			m->sample.len = before;
	}
}

/* All that is derived from one pattern. */
struct filters {
	struct str_list literals;
	struct factor_list factors;
	struct lazy_dfa *dfa;
	bool always;
};

static void note(void *found, uint32_t number)
{
	(void)number;
	*(bool *)found = true;
}

static bool has_factor(struct arena *arena, const struct factor_list *factors, struct str text)
{
	struct factor_set *set = factor_set_new(arena);
	bool found = factors->len == 0;

	factor_set_add(set, 0, factors);
	factor_set_complete(set);
	factor_set_scan(set, text, note, &found);
	return found;
}

static bool has_literal(const struct str_list *literals, struct str text)
{
	for (size_t i = 0; i < literals->len; i++)
		if (str_find_ci(text, literals->items[i]) >= 0)
			return true;
	return literals->len == 0;
}

static void must(bool holds, const char *what, struct str pattern, struct str modifiers,
                 struct str text)
{
	if (holds)
		return;
	fprintf(stderr, "%s: /%.*s/%.*s and \"%.*s\"\n", what, STR_FMT(pattern), STR_FMT(modifiers),
	        STR_FMT(text));
	abort();
}

static void check(struct arena *arena, const struct pattern *pattern,
                  const struct pattern_source *source, const struct filters *filters,
                  struct str text)
{
	struct pattern_matcher *matcher = pattern_matcher_new(5000);
	struct pattern_span span;
	enum pattern_result result = pattern_match(pattern, matcher, text, 0, &span);

	if (result == PATTERN_NO_MATCH)
		must(!filters->always, "is said to match always", source->body, source->modifiers,
		     text);
	if (result == PATTERN_MATCH) {
		must(has_literal(&filters->literals, text), "no literal", source->body,
		     source->modifiers, text);
		must(has_factor(arena, &filters->factors, text), "no factor", source->body,
		     source->modifiers, text);
		must(filters->dfa == NULL || lazy_dfa_may_match(filters->dfa, text),
		     "the DFA excludes it", source->body, source->modifiers, text);
	}
	pattern_matcher_free(matcher);
}

static void check_texts(struct maker *m, const struct pattern *pattern,
                        const struct pattern_source *source)
{
	struct arena *arena = m->pattern.arena;
	struct pattern_node *tree = pattern_tree_of(arena, pattern);
	struct str sample = strbuf_str(&m->sample);
	struct filters filters = { .always = pattern_always_matches(pattern) };
	struct str_list literals;

	if (tree == NULL)
		return;
	literal_required(arena, tree, &filters.literals);
	factor_of(arena, tree, &filters.factors, &literals);
	filters.dfa = lazy_dfa_new(tree, pattern_is_anchored(pattern));
	check(arena, pattern, source, &filters, sample);
	check(arena, pattern, source, &filters, STR(""));
	check(arena, pattern, source, &filters, STR("b\nzebra quuxab"));
	check(arena, pattern, source, &filters, m->bytes);
	check(arena, pattern, source, &filters,
	      arena_printf(arena, "Zx\n%.*s%.*s \n", STR_FMT(sample), STR_FMT(sample)));
	/* The literals of a run are other ones than those of pieces. */
	filters.literals = literals;
	check(arena, pattern, source, &filters, sample);
	lazy_dfa_free(filters.dfa);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const modifiers[] = { "", "i", "s", "x", "xx", "ix", "m", "nis" };
	struct arena *arena = arena_new();
	struct maker maker = { .bytes = { (const char *)data, size } }, *m = &maker;
	struct pattern_source source = { .modifiers = str_from(PICK(modifiers)) };
	const struct pattern *pattern;
	struct error error;
	size_t offset;

	strbuf_init(&m->pattern, arena);
	strbuf_init(&m->sample, arena);
	make_alternatives(m);
	source.body = strbuf_str(&m->pattern);
	pattern = pattern_compile_once(arena, &source, &offset, &error);
	if (pattern != NULL)
		check_texts(m, pattern, &source);
	arena_free(arena);
	return 0;
}
