/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/pattern_table.h"

#include "base/strbuf.h"
#include "forward/table.h"
#include "forward/targets.h"

enum line_kind {
	LINE_RULE,
	LINE_IF,
	LINE_ENDIF,
};

struct pattern_line {
	enum line_kind kind;
	bool negated;
	void *code;
	unsigned groups;
	struct str result;
	size_t end; /* of an if: the number of its endif */
	const char *doubt;
	struct source_position at;
};

struct pattern_table {
	const struct pattern_engine *engine;
	vec_of(struct pattern_line) lines;
};

struct pattern_reader {
	const struct map_load *load;
	const struct logical_line *line;
	struct pattern_table *table;
	vec_of(size_t) open; /* ifs without their endif so far */
};

/* For what is no rule at all: an edit that went wrong. */
static bool complain(struct pattern_reader *reader, const char *what)
{
	return problems_add(reader->load->problems, PROBLEM_ERROR, &reader->line->at, "%s", what);
}

/* For what Postfix skips, so that the lines after it hold. */
static bool skip(struct pattern_reader *reader, const char *what)
{
	return problems_add(reader->load->problems, PROBLEM_WARNING, &reader->line->at,
	                    "%s; Postfix skips the rule, and so do we; correct or remove it", what);
}

/* "i, m and x" */
static const char *flag_names(struct arena *arena, const struct pattern_flag *flags)
{
	struct strbuf names;

	strbuf_init(&names, arena);
	for (; flags->letter != '\0'; flags++)
		strbuf_printf(&names, "%s%c",
		              names.len == 0            ? ""
		              : flags[1].letter == '\0' ? " and "
		                                        : ", ",
		              flags->letter);
	return arena_cstr(arena, strbuf_str(&names));
}

static bool read_flags(struct pattern_reader *reader, struct str letters, unsigned *options_r)
{
	const struct pattern_engine *engine = reader->table->engine;
	struct arena *arena = reader->load->arena;

	*options_r = engine->options;
	for (size_t i = 0; i < letters.len; i++) {
		const struct pattern_flag *flag = engine->flags;

		while (flag->letter != '\0' && flag->letter != letters.data[i])
			flag++;
		if (flag->letter == '\0')
			return complain(reader,
			                arena_printf(arena, "has an unknown flag; known are %s",
			                             flag_names(arena, engine->flags))
			                        .data);
		*options_r ^= flag->option;
	}
	return true;
}

/* "!/pattern/flags rest": compiles it and moves *rest past the flags. */
static bool read_pattern(struct pattern_reader *reader, struct str *rest, struct pattern_line *line)
{
	const struct pattern_engine *engine = reader->table->engine;
	struct str text = *rest, flags;
	unsigned options;
	size_t end = 1;
	struct error err;

	while (text.len > 0 && (text.data[0] == '!' || char_is_space(text.data[0]))) {
		line->negated ^= text.data[0] == '!';
		text = str_from_offset(text, 1);
	}
	if (text.len < 2 || char_is_alnum(text.data[0]))
		return complain(reader, "is no rule; write \"/pattern/ target, target\"");
	while (end < text.len && text.data[end] != text.data[0])
		end += text.data[end] == '\\' ? 2 : 1;
	if (end >= text.len)
		return complain(reader, "the pattern has no end; write \"/pattern/ target\"");
	*rest = str_from_offset(text, end + 1);
	flags = *rest;
	while (rest->len > 0 && !char_is_space(rest->data[0]) && rest->data[0] != '!')
		*rest = str_from_offset(*rest, 1);
	flags.len -= rest->len;
	if (!read_flags(reader, flags, &options))
		return false;
	line->code =
		engine->compile(reader->load->arena, str_prefix(str_from_offset(text, 1), end - 1),
	                        options, &line->groups, &err);
	return line->code != NULL || complain(reader, err.text);
}

/* What follows a "$": the number of a group, or GROUP_LITERAL for another "$". */
#define GROUP_LITERAL 0
#define GROUP_BAD     UINT64_MAX

static bool is_name_char(char c)
{
	return char_is_alnum(c) || c == '_';
}

/* *len_r: how much of `s` it is. */
static uint64_t read_group(struct str s, size_t *len_r)
{
	char open = s.len > 0 ? s.data[0] : '\0';
	bool bracket = open == '{' || open == '(';
	size_t end = bracket;
	uint64_t number;

	*len_r = 1;
	if (open == '$')
		return GROUP_LITERAL;
	while (end < s.len && is_name_char(s.data[end]))
		end++;
	if (bracket && (end == s.len || s.data[end] != (open == '{' ? '}' : ')')))
		return GROUP_BAD;
	*len_r = end + bracket;
	if (!str_to_uint((struct str){ s.data + bracket, end - bracket }, PATTERN_GROUPS_MAX,
	                 &number) ||
	    number == 0)
		return GROUP_BAD;
	return number;
}

/* Does a "$" of the result mean nothing, or a group that the pattern does not have? */
static bool check_result(struct pattern_reader *reader, const struct pattern_line *line)
{
	size_t len;

	for (size_t i = 0; i < line->result.len; i += len) {
		uint64_t group = GROUP_LITERAL;

		len = 1;
		if (line->result.data[i] == '$') {
			group = read_group(str_from_offset(line->result, i + 1), &len);
			len++;
		}
		if (group == GROUP_BAD)
			return skip(reader,
			            "a \"$\" of the result is neither of $1, ${1}, $(1) and $$");
		if (group != GROUP_LITERAL && line->negated)
			return skip(reader, "a negated pattern has no groups for the result");
		if (group != GROUP_LITERAL && group > line->groups)
			return skip(reader, "the result has a group that the pattern has not");
	}
	return true;
}

static void close_if(struct pattern_reader *reader)
{
	if (reader->open.len == 0) {
		complain(reader, "endif without if; remove it");
		return;
	}
	reader->table->lines.items[reader->open.items[--reader->open.len]].end =
		reader->table->lines.len;
}

/* True for "if" and "endif", with *rest_r after it; a word goes on with letters and digits. */
static bool starts_with_word(struct str text, struct str word, struct str *rest_r)
{
	*rest_r = str_from_offset(text, word.len);
	return str_starts_ci(text, word) && (rest_r->len == 0 || !char_is_alnum(rest_r->data[0]));
}

static void warn_after(struct pattern_reader *reader, struct str rest, const char *word)
{
	if (str_trim(rest).len > 0)
		problems_add(reader->load->problems, PROBLEM_WARNING, &reader->line->at,
		             "what follows \"%s\" means nothing; remove it", word);
}

static void read_if(struct pattern_reader *reader, struct pattern_line *line, struct str rest)
{
	line->kind = LINE_IF;
	if (!read_pattern(reader, &rest, line))
		return;
	warn_after(reader, rest, "if /pattern/");
	vec_push(reader->load->arena, &reader->open, reader->table->lines.len);
	vec_push(reader->load->arena, &reader->table->lines, *line);
}

static void read_rule(struct pattern_reader *reader, struct pattern_line *line, struct str rest)
{
	if (!read_pattern(reader, &rest, line))
		return;
	line->result = str_trim(rest);
	if (line->result.len == 0)
		complain(reader, "has no target; write \"/pattern/ target, target\"");
	else if (check_result(reader, line))
		vec_push(reader->load->arena, &reader->table->lines, *line);
}

static void read_line(struct pattern_reader *reader)
{
	struct pattern_line line = { .at = reader->line->at, .doubt = reader->line->doubt };
	struct str text = str_trim_left(reader->line->text), rest;

	if (starts_with_word(text, STR("endif"), &rest)) {
		warn_after(reader, rest, "endif");
		close_if(reader);
	} else if (starts_with_word(text, STR("if"), &rest)) {
		read_if(reader, &line, rest);
	} else {
		read_rule(reader, &line, text);
	}
}

void *pattern_table_open(const struct map_load *load, const struct pattern_engine *engine,
                         struct str spec)
{
	struct pattern_reader reader = { .load = load };
	struct line_reader lines;
	struct logical_line line;

	if (!table_read(load, spec, &lines))
		return NULL;
	reader.table = arena_new_object(load->arena, struct pattern_table);
	reader.table->engine = engine;
	reader.line = &line;
	while (lines_next(&lines, &line))
		read_line(&reader);
	line.at = (struct source_position){ .file = lines.path, .line = lines.line };
	if (reader.open.len > 0)
		complain(&reader, "an if has no endif; add it");
	return reader.table;
}

/* Look-ups. */

static struct str substitute(struct arena *arena, const struct pattern_line *line,
                             const struct pattern_groups *groups)
{
	struct str result = line->result;
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < result.len; i++) {
		size_t len;
		uint64_t group;

		if (result.data[i] != '$') {
			strbuf_add_char(&buf, result.data[i]);
			continue;
		}
		group = read_group(str_from_offset(result, i + 1), &len);
		if (group == GROUP_LITERAL)
			strbuf_add_char(&buf, '$');
		else
			strbuf_add(&buf, groups->items[group]);
		i += len;
	}
	return strbuf_str(&buf);
}

/* Postfix matches characters where SMTPUTF8 is on, else bytes as we do. */
static const char *subject_doubt(struct str key)
{
	for (size_t i = 0; i < key.len; i++)
		if ((unsigned char)key.data[i] >= 0x80)
			return "is matched by characters or by bytes";
	return NULL;
}

static enum lookup_result answer(struct arena *arena, const struct pattern_line *line,
                                 const struct pattern_groups *groups, struct str key,
                                 struct target_list *targets_r)
{
	struct str result = substitute(arena, line, groups);
	const char *doubt = line->doubt;
	struct error ignored;

	if (doubt == NULL)
		doubt = subject_doubt(key);
	if (doubt != NULL)
		target_list_doubt(arena, targets_r, &line->at, doubt);
	if (!targets_parse_answer(arena, result, &line->at, targets_r, &ignored))
		return LOOKUP_FAILED;
	/* Nothing is no answer, but no rule after it holds either. */
	return targets_r->len > 0 ? LOOKUP_FOUND : LOOKUP_FAILED;
}

enum lookup_result pattern_table_lookup(struct arena *arena, void *data, struct str key,
                                        struct target_list *targets_r)
{
	const struct pattern_table *table = data;
	struct pattern_groups groups;

	for (size_t i = 0; i < table->lines.len; i++) {
		const struct pattern_line *line = &table->lines.items[i];
		enum pattern_result result = table->engine->match(line->code, key, &groups);

		if (result == PATTERN_FAILED)
			return LOOKUP_FAILED;
		if ((result == PATTERN_YES) == line->negated) {
			if (line->kind == LINE_IF)
				i = line->end - 1;
			continue;
		}
		if (line->kind == LINE_RULE)
			return answer(arena, line, &groups, key, targets_r);
	}
	if (subject_doubt(key) != NULL)
		targets_r->doubt = "a table of patterns matches characters or bytes";
	return LOOKUP_NONE;
}
