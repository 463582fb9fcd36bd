/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fuzz/pattern_maker.h"

#define DEPTH_MAX   6
#define PATTERN_MAX 400
#define SAMPLE_MAX  2000
#define PICK(list)  (list)[pattern_maker_next(m) % (sizeof(list) / sizeof((list)[0]))]

unsigned pattern_maker_next(struct pattern_maker *m)
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

static void add(struct pattern_maker *m, struct sample sample)
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

static void make_alternatives(struct pattern_maker *m);

static void make_class(struct pattern_maker *m)
{
	static const char *const beginnings[] = { "[",      "[^",  "[]",       "[^]", "[\\E^",
		                                  "[^\\E]", "[ ^", "[\\Q\\E^", "[-",  "[^^" };
	unsigned choice = pattern_maker_next(m), count = 1 + pattern_maker_next(m) % 3;

	strbuf_add(&m->pattern, str_from(beginnings[choice < 128 ? 0 : choice % 10]));
	if (choice >= 128)
		strbuf_add_char(&m->sample, (char)pattern_maker_next(m));
	for (unsigned i = 0; i < count; i++) {
		struct sample sample = PICK(members);

		if (choice >= 128 || i > 0)
			sample.text = "";
		add(m, sample);
	}
	strbuf_add_char(&m->pattern, ']');
}

static void make_group(struct pattern_maker *m)
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

static void make_quantifier(struct pattern_maker *m, size_t sample_start)
{
	unsigned choice = pattern_maker_next(m), times = pattern_maker_next(m) % 4;
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

static void make_piece(struct pattern_maker *m)
{
	size_t start = m->sample.len;
	unsigned choice = pattern_maker_next(m) % 32;

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
		strbuf_add_char(&m->pattern, (char)pattern_maker_next(m));
	make_quantifier(m, start);
}

static void make_sequence(struct pattern_maker *m)
{
	for (unsigned left = pattern_maker_next(m) % 5; left > 0 && m->pattern.len < PATTERN_MAX;
	     left--)
		make_piece(m);
}

static void make_alternatives(struct pattern_maker *m)
{
	unsigned count = 1 + (pattern_maker_next(m) % 4 == 0) + (pattern_maker_next(m) % 8 == 0),
		 chosen = pattern_maker_next(m) % count;

	for (unsigned i = 0; i < count; i++) {
		size_t before = m->sample.len;

		if (i > 0)
			strbuf_add_char(&m->pattern, '|');
		make_sequence(m);
		if (i != chosen)
			m->sample.len = before;
	}
}

void pattern_maker_init(struct pattern_maker *m, struct arena *arena, struct str bytes)
{
	*m = (struct pattern_maker){ .bytes = bytes };
	strbuf_init(&m->pattern, arena);
	strbuf_init(&m->sample, arena);
}

void pattern_maker_make(struct pattern_maker *m)
{
	m->pattern.len = m->sample.len = 0;
	make_alternatives(m);
}
