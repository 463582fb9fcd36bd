/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/targets.h"

#include "forward/address.h"

struct parser {
	const struct map_load *load;
	enum targets_syntax syntax;
	const struct logical_line *line;
	struct target_list *targets;
	unsigned depth; /* of :include: files */
};

static void parse_list(struct parser *parser, struct str value);

/* The offset after a quoted string, a comment, or an address in <> that begins at `i`. */
static size_t skip_group(struct str s, size_t i, char close)
{
	char open = s.data[i];
	unsigned depth = 1;

	for (i++; i < s.len && depth > 0; i++) {
		if (s.data[i] == '\\' && i + 1 < s.len)
			i++;
		else if (s.data[i] == close)
			depth--;
		else if (s.data[i] == open)
			depth++;
	}
	return i;
}

/* What stood in front of a word. */
struct gap {
	bool comma;
	bool comment;
};

/* Skips what separates words. */
static size_t skip_separators(struct str s, size_t i, struct gap *gap_r)
{
	*gap_r = (struct gap){ 0 };
	while (i < s.len) {
		if (s.data[i] == ',') {
			gap_r->comma = true;
		} else if (s.data[i] == '(') {
			gap_r->comment = true;
			i = skip_group(s, i, ')') - 1;
		} else if (!char_is_space(s.data[i])) {
			break;
		}
		i++;
	}
	return i;
}

static size_t skip_word(struct str s, size_t i)
{
	while (i < s.len && s.data[i] != ',' && !char_is_space(s.data[i])) {
		if (s.data[i] == '"')
			i = skip_group(s, i, '"');
		else if (s.data[i] == '<')
			i = skip_group(s, i, '>');
		else if (s.data[i] == '\\' && i + 1 < s.len)
			i += 2;
		else
			i++;
	}
	return i;
}

/* A command without quotes has spaces in it; it ends at the comma (Sendmail). */
static size_t skip_command(struct str s, size_t i)
{
	while (i < s.len && s.data[i] != ',')
		i = s.data[i] == '"' ? skip_group(s, i, '"') : i + 1;
	return i;
}

/* Takes the next word of the list, and says what came before it, or after the last one. */
static bool next_word(struct str *rest, enum targets_syntax syntax, struct str *word_r,
                      struct gap *gap_r)
{
	size_t start = skip_separators(*rest, 0, gap_r), end;

	if (start == rest->len)
		return false;
	if (syntax == TARGETS_ALIASES && rest->data[start] == '|')
		end = skip_command(*rest, start);
	else
		end = skip_word(*rest, start);
	*word_r = (struct str){ rest->data + start, end - start };
	*rest = str_from_offset(*rest, end);
	return true;
}

/* A list, word by word: where its items begin, and whether all MTAs see the same items. */
struct item {
	size_t words;
	bool closed; /* by an address in <> */
};

/* NULL, or what is unusual about a word at this place in its item. */
static const char *item_doubt(struct item *item, const struct gap *gap, struct str word)
{
	bool angle = word.data[0] == '<';
	bool follows = item->closed;

	if (gap->comma)
		*item = (struct item){ 0 };
	follows = item->closed;
	item->words++;
	item->closed = angle;
	if (gap->comment)
		return "has a comment within";
	return follows ? "has something after an address in <>" : NULL;
}

/* The same at the end of an item: several words were no name in front of an address. Postfix takes
 * them for addresses; Sendmail makes one of them, or in a virtusertable nothing at all. */
static const char *item_end_doubt(const struct item *item, enum targets_syntax syntax)
{
	bool several = syntax == TARGETS_ALIASES && item->words > 1 && !item->closed;

	return several ? "has two addresses without a comma between" : NULL;
}

/* Offset of the first "@" outside quotes, or -1. */
static ptrdiff_t find_at(struct str address)
{
	for (size_t i = 0; i < address.len;) {
		if (address.data[i] == '@')
			return (ptrdiff_t)i;
		if (address.data[i] == '"')
			i = skip_group(address, i, '"');
		else
			i += address.data[i] == '\\' ? 2 : 1;
	}
	return -1;
}

static bool has_forbidden_char(struct str local)
{
	for (size_t i = 0; i < local.len; i++) {
		char c = local.data[i];

		if ((unsigned char)c < ' ' || c == 0x7f)
			return true;
	}
	if (local.len > 0 && local.data[0] == '"')
		return false;
	for (size_t i = 0; i < local.len; i++)
		if (str_find_char(STR("<>();:\" "), local.data[i]) >= 0)
			return true;
	return false;
}

const char *targets_check_address(struct str address)
{
	ptrdiff_t at = find_at(address);
	struct str local = at < 0 ? address : str_prefix(address, (size_t)at);
	struct str domain = str_from_offset(address, (size_t)at + 1);

	if (address.len == 0)
		return "is empty";
	if (local.len > 0 && local.data[0] == '"' &&
	    (local.len < 2 || skip_group(local, 0, '"') != local.len ||
	     local.data[local.len - 1] != '"'))
		return "has a quote in the wrong place";
	if (has_forbidden_char(local))
		return "has a character that an address cannot have";
	if (at < 0)
		return NULL;
	if (str_find_char(domain, '@') >= 0)
		return "has more than one \"@\"";
	return address_domain_valid(domain) ? NULL : "has a domain that cannot be one";
}

static void doubt(struct parser *parser, const char *what)
{
	if (what != NULL)
		target_list_doubt(parser->load->arena, parser->targets, &parser->line->at, what);
}

/* Lists are kept by others than the table, who must not be able to have all of it refused. */
static void report(struct parser *parser, struct str word, const char *what, const char *advice)
{
	struct source_position at = line_position(parser->line, word);
	bool listed = parser->depth > 0;

	problems_add(parser->load->problems, listed ? PROBLEM_WARNING : PROBLEM_ERROR, &at,
	             "\"%.*s\" %s; %s", STR_FMT(word), what, advice);
	doubt(parser, "has something that is no address");
}

static void add_target(struct parser *parser, enum target_kind kind, struct str text,
                       struct str word)
{
	struct target target = { kind, text, line_position(parser->line, word) };

	vec_push(parser->load->arena, parser->targets, target);
}

static void parse_include_lines(struct parser *parser, const char *path, struct str text)
{
	struct parser inner = *parser;
	struct line_reader reader;
	struct logical_line line;

	inner.depth++;
	inner.line = &line;
	lines_init(&reader, parser->load->arena, path, text);
	while (lines_next_alone(&reader, &line)) {
		doubt(&inner, line.doubt);
		parse_list(&inner, line.text);
	}
}

static void include_file(struct parser *parser, struct str path, struct str word)
{
	const struct map_load *load = parser->load;
	struct source_position at = line_position(parser->line, word);
	const char *cpath = arena_cstr(load->arena, path);
	struct error err;
	struct str text;

	if (parser->depth == TARGETS_INCLUDE_DEPTH) {
		report(parser, word, "includes too deeply", "is it a loop?");
		return;
	}
	if (path.len == 0 || path.data[0] != '/') {
		report(parser, word, "has no absolute path", "write \":include:/path\"");
		return;
	}
	if (files_read(load->files, load->arena, cpath, &text, &err)) {
		parse_include_lines(parser, cpath, text);
		return;
	}
	/* The MTA puts mail for such an alias off; all else works, so it is no error here. */
	problems_add(load->problems, PROBLEM_WARNING, &at,
	             "%s; until then nothing that this alias "
	             "would forward is dropped",
	             err.text);
	add_target(parser, TARGET_UNKNOWN, path, word);
}

/* True where the word is a file, command, list or escaped name, and has been dealt with. */
static bool parse_special(struct parser *parser, struct str text, struct str word)
{
	bool special = text.len > 0 && str_find_char(STR("|/\\:"), text.data[0]) >= 0;

	if (!special)
		return false;
	if (parser->syntax != TARGETS_ALIASES)
		report(parser, word, "is no address",
		       "files, commands and lists belong in an aliases: map");
	else if (str_starts_ci(text, STR(":include:")))
		include_file(parser, str_trim(str_from_offset(text, 9)), word);
	else if (text.data[0] == ':')
		report(parser, word, "is not understood",
		       "only :include:/path may begin with \":\"");
	else if (text.len == 1)
		report(parser, word, "is incomplete", "write a command, path or name after it");
	else
		add_target(parser, TARGET_MAILBOX, text, word);
	return true;
}

/* False where it isn't one. */
static bool parse_address(struct parser *parser, struct str address, struct str word)
{
	const char *trouble = targets_check_address(address);

	if (trouble == NULL && address.data[0] == '@' && parser->syntax != TARGETS_VIRTUAL)
		trouble = "has no local part";
	if (trouble != NULL) {
		report(parser, word, trouble, "correct or remove it");
		return false;
	}
	doubt(parser, address_doubt(parser->load->arena, address));
	add_target(parser, TARGET_ADDRESS, address, word);
	return true;
}

/* False for what is more than an address or a piece of a name: a file, command, list or mistake. */
static bool parse_word(struct parser *parser, struct str word)
{
	struct str text = word;

	if (word.data[0] == '"' && word.len >= 2 && word.data[word.len - 1] == '"' &&
	    skip_group(word, 0, '"') == word.len)
		text = address_unquote(parser->load->arena, word);
	if (parse_special(parser, text, word))
		return false;
	if (word.data[0] == '<' && word.len >= 2 && word.data[word.len - 1] == '>')
		word = (struct str){ word.data + 1, word.len - 2 };
	return parse_address(parser, word, word);
}

static void parse_list(struct parser *parser, struct str value)
{
	struct str rest = value, word;
	struct target_list before = *parser->targets; /* the item that is being read */
	struct item item = { 0 };
	bool plain = true;
	struct gap gap;

	while (next_word(&rest, parser->syntax, &word, &gap)) {
		if (gap.comma) {
			doubt(parser, item_end_doubt(&item, parser->syntax));
			before = *parser->targets;
			plain = true;
		}
		/* What stood before an address in <> was somebody's name. */
		if (word.data[0] == '<' && plain) {
			parser->targets->len = before.len;
			parser->targets->doubt = before.doubt;
		}
		doubt(parser, item_doubt(&item, &gap, word));
		plain &= parse_word(parser, word);
	}
	doubt(parser, item_end_doubt(&item, parser->syntax));
	doubt(parser, gap.comment ? "has a comment within" : NULL);
}

void targets_parse(const struct map_load *load, enum targets_syntax syntax,
                   const struct logical_line *line, struct str value, struct target_list *targets)
{
	struct parser parser = { load, syntax, line, targets, 0 };

	parse_list(&parser, value);
}

bool targets_parse_answer(struct arena *arena, struct str value, const struct source_position *at,
                          struct target_list *targets, struct error *err_r)
{
	/* There is no line, so columns mean nothing. */
	struct logical_line line = { .text = value, .at = *at, .joined = true };
	struct problems problems;
	struct map_load load = { .arena = arena, .problems = &problems };

	line.at.column = 0;
	problems_init(&problems, arena);
	targets_parse(&load, TARGETS_VIRTUAL, &line, value, targets);
	if (problems.errors == 0)
		return true;
	return error_set(err_r, "%.*s", STR_FMT(problems.items[0].text));
}
