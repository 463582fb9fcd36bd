/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pcre:PATH, in the syntax of pcre_table(5): lines "/pattern/flags result", a "!" in front to
 * negate, "if /pattern/flags" … "endif"; $1, ${1} and $(1) stand for what groups matched. As with
 * Postfix, whole addresses are matched, the first line that does decides, and case counts only with
 * the flag i.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/strbuf.h"
#include "forward/table.h"
#include "forward/targets.h"

/* An address is short; a pattern that needs more steps than this was not meant so. */
#define MATCH_LIMIT 1000000

enum line_kind {
	LINE_RULE,
	LINE_IF,
	LINE_ENDIF,
};

struct pcre_line {
	enum line_kind kind;
	bool negated;
	pcre2_code *code;
	struct str result;
	size_t end; /* of an if: the number of its endif */
	struct source_position at;
};

struct pcre_table {
	vec_of(struct pcre_line) lines;
};

struct pcre_reader {
	const struct map_load *load;
	const struct logical_line *line;
	struct pcre_table *table;
	vec_of(size_t) open; /* ifs without their endif so far */
};

static bool complain(struct pcre_reader *reader, const char *what)
{
	return problems_add(reader->load->problems, PROBLEM_ERROR, &reader->line->at, "%s", what);
}

static bool read_flags(struct str flags, uint32_t *options)
{
	*options = PCRE2_CASELESS | PCRE2_DOTALL;
	for (size_t i = 0; i < flags.len; i++) {
		switch (flags.data[i]) {
		case 'i':
			*options ^= PCRE2_CASELESS;
			break;
		case 'm':
			*options ^= PCRE2_MULTILINE;
			break;
		case 's':
			*options ^= PCRE2_DOTALL;
			break;
		case 'x':
			*options ^= PCRE2_EXTENDED;
			break;
		case 'A':
			*options ^= PCRE2_ANCHORED;
			break;
		case 'E':
			*options ^= PCRE2_DOLLAR_ENDONLY;
			break;
		case 'U':
			*options ^= PCRE2_UNGREEDY;
			break;
		default:
			return false;
		}
	}
	return true;
}

static void free_code(void *code)
{
	pcre2_code_free(code);
}

static bool compile(struct pcre_reader *reader, struct str pattern, uint32_t options,
                    struct pcre_line *line)
{
	PCRE2_UCHAR text[200];
	PCRE2_SIZE offset;
	int error;

	line->code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.len, options, &error, &offset,
	                           NULL);
	if (line->code == NULL) {
		pcre2_get_error_message(error, text, sizeof(text));
		return problems_add(reader->load->problems, PROBLEM_ERROR, &reader->line->at,
		                    "/%.*s/ is no pattern: %s at offset %zu", STR_FMT(pattern),
		                    (const char *)text, (size_t)offset);
	}
	arena_at_free(reader->load->arena, free_code, line->code);
	return true;
}

/* "!/pattern/flags rest": compiles it and moves *rest behind the flags. */
static bool read_pattern(struct pcre_reader *reader, struct str *rest, struct pcre_line *line)
{
	struct str text = *rest, flags;
	uint32_t options;
	size_t end = 1;

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
	while (rest->len > 0 && !char_is_space(rest->data[0]))
		*rest = str_from_offset(*rest, 1);
	flags.len -= rest->len;
	if (!read_flags(flags, &options))
		return complain(reader, "has an unknown flag; known are i, m, s, x, A, E and U");
	return compile(reader, str_prefix(str_from_offset(text, 1), end - 1), options, line);
}

static void close_if(struct pcre_reader *reader)
{
	if (reader->open.len == 0) {
		complain(reader, "endif without if; remove it");
		return;
	}
	reader->table->lines.items[reader->open.items[--reader->open.len]].end =
		reader->table->lines.len;
}

static void read_line(struct pcre_reader *reader)
{
	struct pcre_line line = { .at = reader->line->at };
	struct str rest = str_trim_left(reader->line->text), word = rest, first;

	if (!str_next_word(&word, &first))
		return;
	if (str_eq_ci(first, STR("endif"))) {
		close_if(reader);
		return;
	}
	if (str_eq_ci(first, STR("if"))) {
		line.kind = LINE_IF;
		rest = str_trim_left(word);
	}
	if (!read_pattern(reader, &rest, &line))
		return;
	line.result = str_trim(rest);
	if (line.kind == LINE_RULE && line.result.len == 0) {
		complain(reader, "has no target; write \"/pattern/ target, target\"");
		return;
	}
	if (line.kind == LINE_IF)
		vec_push(reader->load->arena, &reader->open, reader->table->lines.len);
	vec_push(reader->load->arena, &reader->table->lines, line);
}

static void *pcre_open(const struct map_load *load, struct str spec)
{
	struct pcre_reader reader = { .load = load };
	struct line_reader lines;
	struct logical_line line;

	if (!table_read(load, spec, &lines))
		return NULL;
	reader.table = arena_new_object(load->arena, struct pcre_table);
	reader.line = &line;
	while (lines_next(&lines, &line))
		read_line(&reader);
	line.at = (struct source_position){ .file = lines.path, .line = lines.line };
	if (reader.open.len > 0)
		complain(&reader, "an if has no endif; add it");
	return reader.table;
}

/* 1: matches, 0: doesn't, -1: not known. */
static int match(const struct pcre_line *line, struct str key, pcre2_match_data *data)
{
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	int count;

	pcre2_set_match_limit(context, MATCH_LIMIT);
	count = pcre2_match(line->code, (PCRE2_SPTR)key.data, key.len, 0, 0, data, context);
	pcre2_match_context_free(context);
	if (count < 0 && count != PCRE2_ERROR_NOMATCH)
		return -1;
	return (count > 0) != line->negated;
}

static void add_group(struct strbuf *buf, struct str key, pcre2_match_data *data, uint64_t number)
{
	const PCRE2_SIZE *ovector = pcre2_get_ovector_pointer(data);

	if (number < pcre2_get_ovector_count(data) && ovector[2 * number] != PCRE2_UNSET)
		strbuf_add(buf, (struct str){ key.data + ovector[2 * number],
		                              ovector[2 * number + 1] - ovector[2 * number] });
}

/* The number of a group behind "$", or SIZE_MAX; *len_r: how long it is written. */
static uint64_t read_group(struct str s, size_t *len_r)
{
	bool bracket = s.len > 0 && (s.data[0] == '{' || s.data[0] == '(');
	size_t start = bracket, end = start;
	uint64_t number;

	while (end < s.len && char_is_digit(s.data[end]))
		end++;
	*len_r = end + bracket;
	if (!str_to_uint((struct str){ s.data + start, end - start }, 999, &number) ||
	    *len_r > s.len)
		return SIZE_MAX;
	return number;
}

static struct str substitute(struct arena *arena, const struct pcre_line *line, struct str key,
                             pcre2_match_data *data)
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
		if (group == SIZE_MAX) {
			strbuf_add_char(&buf, '$');
			i += i + 1 < result.len && result.data[i + 1] == '$';
			continue;
		}
		if (!line->negated)
			add_group(&buf, key, data, group);
		i += len;
	}
	return strbuf_str(&buf);
}

static enum lookup_result find_line(struct arena *arena, const struct pcre_table *table,
                                    struct str key, struct target_list *targets_r)
{
	for (size_t i = 0; i < table->lines.len; i++) {
		const struct pcre_line *line = &table->lines.items[i];
		pcre2_match_data *data = pcre2_match_data_create_from_pattern(line->code, NULL);
		int matches = match(line, key, data);
		struct str result = STR("");
		struct error ignored;

		if (matches > 0 && line->kind == LINE_RULE)
			result = substitute(arena, line, key, data);
		pcre2_match_data_free(data);
		if (matches < 0)
			return LOOKUP_FAILED;
		if (matches == 0 && line->kind == LINE_IF)
			i = line->end - 1;
		if (result.len == 0)
			continue;
		return targets_parse_answer(arena, result, &line->at, targets_r, &ignored)
		               ? LOOKUP_FOUND
		               : LOOKUP_FAILED;
	}
	return LOOKUP_NONE;
}

static enum lookup_result pcre_lookup(struct arena *arena, void *data, struct str key,
                                      struct target_list *targets_r)
{
	return find_line(arena, data, key, targets_r);
}

const struct forward_map_type forward_map_pcre = {
	.name = "pcre",
	.keys = MAP_KEYS_PATTERN,
	.open = pcre_open,
	.lookup = pcre_lookup,
};
