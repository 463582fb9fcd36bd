/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/literal.h"

#include <string.h>

#include "rules/piece.h"

/*
 * A pattern is read by recursive descent. Of each piece we know either all texts that it can match
 * (`exact`, while they are few and short) or that nothing is known of it, and the best set of
 * literals of which one must occur (`best`). A sequence multiplies exact sets until they grow too
 * large; then the set so far is a candidate for `best`, and counting starts anew.
 */
#define CLASS_MAX_CHARS 4
#define DEPTH_MAX       60
/* A repeated piece is written out so often at the most. */
#define REPEAT_MAX 4

struct pattern_reader {
	struct arena *arena;
	struct str rest;
	bool extended;
	bool failed; /* something that we don't understand: require nothing */
	unsigned depth;
};

struct repeat {
	unsigned min;
	bool fixed; /* exactly `min` times */
};

static struct piece read_alternatives(struct pattern_reader *reader);

/* Appends `next` to the sequence, of which `run` is the exact end. */
static void append(struct pattern_reader *reader, struct piece *sequence, struct str_list *run,
                   const struct piece *next)
{
	if (next->is_exact && piece_multiply(reader->arena, run, &next->exact, run))
		return;
	sequence->is_exact = false;
	piece_consider(sequence, run);
	if (next->is_exact) {
		*run = next->exact;
		return;
	}
	if (next->has_best)
		piece_consider(sequence, &next->best);
	*run = piece_only_empty(reader->arena);
}

static bool take(struct pattern_reader *reader, const char *text)
{
	struct str expected = str_from(text);

	if (!str_starts(reader->rest, expected))
		return false;
	reader->rest = str_from_offset(reader->rest, expected.len);
	return true;
}

static char peek(const struct pattern_reader *reader)
{
	return reader->rest.len > 0 ? reader->rest.data[0] : '\0';
}

static char take_char(struct pattern_reader *reader)
{
	char c = peek(reader);

	reader->failed = reader->failed || reader->rest.len == 0;
	reader->rest = str_from_offset(reader->rest, 1);
	return c;
}

static void skip_past(struct pattern_reader *reader, char end)
{
	while (reader->rest.len > 0 && take_char(reader) != end)
		;
}

static void skip_blanks(struct pattern_reader *reader)
{
	while (reader->extended && reader->rest.len > 0) {
		if (reader->rest.data[0] == '#')
			skip_past(reader, '\n');
		else if (char_is_space(reader->rest.data[0]))
			take_char(reader);
		else
			return;
	}
}

static bool is_quantifier(char c)
{
	return c == '*' || c == '+' || c == '?' || c == '{';
}

/* Outside of classes, without x. */
static bool is_plain(char c)
{
	return !is_quantifier(c) && c != '\\' && c != '[' && c != '(' && c != ')' && c != '.' &&
	       c != '^' && c != '$' && c != '|';
}

static struct piece char_piece(struct pattern_reader *reader, char c)
{
	return piece_of_text(reader->arena, arena_str_lower(reader->arena, (struct str){ &c, 1 }));
}

/* Behind "\x": two digits at most, or any in braces. False for what is no byte. */
static bool read_hex(struct pattern_reader *reader, char *c_r)
{
	bool braces = take(reader, "{");
	unsigned value = 0;
	int digit;

	for (int i = 0; (braces || i < 2) && reader->rest.len > 0; i++) {
		digit = char_hex_value(reader->rest.data[0]);
		if (digit < 0)
			break;
		value = value * 16 + (unsigned)digit;
		if (value > 255)
			return false;
		take_char(reader);
	}
	*c_r = (char)value;
	return !braces || take(reader, "}");
}

/* An escape that stands for one byte, in classes and outside; false for all others. */
static bool escaped_byte(struct pattern_reader *reader, char letter, char *c_r)
{
	static const char letters[] = "tnrfae", bytes[] = "\t\n\r\f\a\033";
	const char *known = memchr(letters, letter, sizeof(letters) - 1);

	if (letter == 'x')
		return read_hex(reader, c_r);
	if (known != NULL) {
		*c_r = bytes[known - letters];
		return true;
	}
	*c_r = letter;
	return !char_is_alnum(letter);
}

static struct piece read_quoted(struct pattern_reader *reader)
{
	ptrdiff_t end = str_find(reader->rest, STR("\\E"));
	size_t len = end < 0 ? reader->rest.len : (size_t)end;
	struct str text = str_prefix(reader->rest, len);

	reader->rest = str_from_offset(reader->rest, end < 0 ? len : len + 2);
	if (len > PIECE_TEXT_MAX)
		return piece_of_anything();
	return piece_of_text(reader->arena, arena_str_lower(reader->arena, text));
}

static struct piece read_escape(struct pattern_reader *reader)
{
	char letter = take_char(reader), c;

	if (letter == 'Q')
		return read_quoted(reader);
	if (strchr("bBAzZGKE", letter) != NULL)
		return piece_of_text(reader->arena, STR(""));
	if (strchr("dDwWsShHvVRN", letter) != NULL)
		return piece_of_anything();
	if (letter == 'p' || letter == 'P' || letter == 'k' || letter == 'g') {
		if (take(reader, "{"))
			skip_past(reader, '}');
		else if (take(reader, "<"))
			skip_past(reader, '>');
		else
			take_char(reader);
		return piece_of_anything();
	}
	if (char_is_digit(letter)) {
		while (reader->rest.len > 0 && char_is_digit(reader->rest.data[0]))
			take_char(reader);
		return piece_of_anything();
	}
	if (escaped_byte(reader, letter, &c))
		return char_piece(reader, c);
	reader->failed = true;
	return piece_of_anything();
}

/* The set of a class while it is read. */
struct class_chars {
	bool any; /* too many to list, or not understood */
	char chars[CLASS_MAX_CHARS];
	size_t len;
};

static void class_add(struct class_chars *set, char c)
{
	c = char_lower(c);
	if (set->len > 0 && memchr(set->chars, c, set->len) != NULL)
		return;
	if (set->len == CLASS_MAX_CHARS)
		set->any = true;
	else
		set->chars[set->len++] = c;
}

static void class_escape(struct pattern_reader *reader, struct class_chars *set)
{
	char letter = take_char(reader), c;

	if (letter == 'Q' || letter == 'E')
		reader->failed = true;
	else if (letter == 'p' || letter == 'P') {
		set->any = true;
		if (take(reader, "{"))
			skip_past(reader, '}');
	} else if (!char_is_digit(letter) && escaped_byte(reader, letter, &c))
		class_add(set, c);
	else
		set->any = true;
}

/* Behind "[". A range makes the class too large to list, which is right for nearly all. */
static struct piece read_class(struct pattern_reader *reader)
{
	struct class_chars set = { .any = take(reader, "^") };
	struct piece piece = { .is_exact = true };
	bool first = true;

	while (!reader->failed && (first || reader->rest.len == 0 || reader->rest.data[0] != ']')) {
		char c = take_char(reader);

		first = false;
		if (c == '\\') {
			class_escape(reader, &set);
		} else if (c == '[' && reader->rest.len > 0 &&
		           strchr(":.=", reader->rest.data[0]) != NULL &&
		           str_find(reader->rest, STR(":]")) > 0) {
			set.any = true;
			reader->rest = str_from_offset(
				reader->rest, (size_t)str_find(reader->rest, STR(":]")) + 2);
		} else if (c == '-') {
			set.any = true;
		} else {
			class_add(&set, c);
		}
	}
	take_char(reader);
	if (set.any)
		return piece_of_anything();
	for (size_t i = 0; i < set.len; i++)
		vec_push(reader->arena, &piece.exact,
		         arena_str(reader->arena, (struct str){ &set.chars[i], 1 }));
	return piece;
}

/* "i-sx" of "(?i-sx)" or "(?i-sx:": only x changes how the rest is read. */
static bool read_flags(struct pattern_reader *reader, bool *whole_group_r)
{
	bool on = true;

	while (reader->rest.len > 0) {
		char c = take_char(reader);

		if (c == ':' || c == ')') {
			*whole_group_r = c == ')';
			return true;
		}
		if (c == '-')
			on = false;
		else if (c == '^')
			reader->extended = false;
		else if (c == 'x')
			reader->extended = on;
		else if (strchr("imsnJUa", c) == NULL)
			return false;
	}
	return false;
}

static struct piece read_to_close(struct pattern_reader *reader)
{
	struct piece piece = read_alternatives(reader);

	reader->failed = reader->failed || !take(reader, ")");
	return piece;
}

static struct piece read_special_group(struct pattern_reader *reader, bool *only_flags_r)
{
	if (take(reader, "#")) {
		skip_past(reader, ')');
		return piece_of_text(reader->arena, STR(""));
	}
	if (take(reader, "=") || take(reader, "!") || take(reader, "<=") || take(reader, "<!")) {
		read_to_close(reader);
		return piece_of_text(reader->arena, STR(""));
	}
	if (take(reader, ">") || take(reader, "|"))
		return read_to_close(reader);
	if (take(reader, "P<") || take(reader, "<")) {
		skip_past(reader, '>');
		return read_to_close(reader);
	}
	if (take(reader, "'")) {
		skip_past(reader, '\'');
		return read_to_close(reader);
	}
	if (!read_flags(reader, only_flags_r)) {
		reader->failed = true;
		return piece_of_anything();
	}
	return *only_flags_r ? piece_of_text(reader->arena, STR("")) : read_to_close(reader);
}

/* Behind "(". Flags set inside a group end with it; "(?x)" is no group. */
static struct piece read_group(struct pattern_reader *reader)
{
	bool extended = reader->extended, only_flags = false;
	struct piece piece = piece_of_anything();

	if (take(reader, "*") || ++reader->depth > DEPTH_MAX) {
		reader->failed = true;
		return piece;
	}
	piece = take(reader, "?") ? read_special_group(reader, &only_flags) : read_to_close(reader);
	if (!only_flags)
		reader->extended = extended;
	reader->depth--;
	return piece;
}

static struct piece read_atom(struct pattern_reader *reader)
{
	char c = take_char(reader);

	switch (c) {
	case '\\':
		return read_escape(reader);
	case '[':
		return read_class(reader);
	case '(':
		return read_group(reader);
	case '.':
		return piece_of_anything();
	case '^':
	case '$':
		return piece_of_text(reader->arena, STR(""));
	default:
		return char_piece(reader, c);
	}
}

/* "{n}", "{n,}" or "{n,m}"; anything else in braces is text. */
static bool read_braces(struct pattern_reader *reader, struct repeat *repeat)
{
	ptrdiff_t end = str_find_char(reader->rest, '}');
	struct str inside, first;
	uint64_t min, max;

	if (end < 0)
		return false;
	inside = str_from_offset(str_prefix(reader->rest, (size_t)end), 1);
	if (!str_next_piece(&inside, ',', &first) || !str_to_uint(first, 65535, &min))
		return false;
	repeat->fixed = inside.data == NULL;
	if (inside.data != NULL && inside.len > 0) {
		if (!str_to_uint(inside, 65535, &max))
			return false;
		repeat->fixed = min == max;
	}
	repeat->min = (unsigned)min;
	reader->rest = str_from_offset(reader->rest, (size_t)end + 1);
	return true;
}

static struct repeat read_repeat(struct pattern_reader *reader)
{
	struct repeat repeat = { 1, true };
	bool found = true;
	char c;

	skip_blanks(reader);
	c = peek(reader);
	if (c == '{')
		found = read_braces(reader, &repeat);
	else if (c == '*' || c == '?' || c == '+')
		repeat = (struct repeat){ take_char(reader) == '+' ? 1 : 0, false };
	else
		return repeat;
	if (found && !take(reader, "?"))
		take(reader, "+");
	return repeat;
}

/* Behind the last piece of a sequence. */
static bool at_end(const struct pattern_reader *reader)
{
	return reader->failed || reader->rest.len == 0 || reader->rest.data[0] == '|' ||
	       reader->rest.data[0] == ')';
}

/* Characters that stand for themselves and aren't repeated, as many as may follow the run. */
static struct str take_plain(struct pattern_reader *reader, const struct str_list *run)
{
	struct str rest = reader->rest, text;
	size_t max = 0, len = 0;

	for (size_t i = 0; i < run->len; i++)
		max = run->items[i].len > max ? run->items[i].len : max;
	max = max < PIECE_TEXT_MAX ? PIECE_TEXT_MAX - max : 0;
	while (len < rest.len && len <= max && is_plain(rest.data[len]))
		len++;
	if (len > max || (len > 0 && len < rest.len && is_quantifier(rest.data[len])))
		len--;
	text = str_prefix(rest, len);
	reader->rest = str_from_offset(rest, len);
	return text;
}

static void append_plain(struct pattern_reader *reader, struct piece *sequence,
                         struct str_list *run)
{
	struct str text = take_plain(reader, run);
	struct piece piece;

	if (text.len == 0)
		return;
	piece = piece_of_text(reader->arena, arena_str_lower(reader->arena, text));
	append(reader, sequence, run, &piece);
}

static void append_atom(struct pattern_reader *reader, struct piece *sequence, struct str_list *run)
{
	const struct piece any = piece_of_anything();
	struct piece atom = read_atom(reader);
	struct str at_repeat = reader->rest;
	struct repeat repeat = read_repeat(reader);

	if (repeat.min == 0) {
		bool once = str_starts(str_trim_left(at_repeat), STR("?"));

		atom = piece_optional(reader->arena, &atom, once);
		append(reader, sequence, run, &atom);
		return;
	}
	for (unsigned i = 0; i < repeat.min && i < REPEAT_MAX; i++)
		append(reader, sequence, run, &atom);
	if (!repeat.fixed || repeat.min > REPEAT_MAX)
		append(reader, sequence, run, &any);
}

static struct piece read_sequence(struct pattern_reader *reader)
{
	struct piece sequence = { .is_exact = true };
	struct str_list run = piece_only_empty(reader->arena);

	skip_blanks(reader);
	while (!at_end(reader)) {
		if (!reader->extended)
			append_plain(reader, &sequence, &run);
		if (!at_end(reader))
			append_atom(reader, &sequence, &run);
		skip_blanks(reader);
	}
	if (sequence.is_exact)
		sequence.exact = run;
	else
		piece_consider(&sequence, &run);
	return sequence;
}

static struct piece read_alternatives(struct pattern_reader *reader)
{
	struct piece all = read_sequence(reader);

	while (!reader->failed && take(reader, "|")) {
		struct piece next = read_sequence(reader);

		all = piece_either(reader->arena, &all, &next);
	}
	return all;
}

const struct str_list *literal_required(struct arena *arena, struct str text, bool extended)
{
	struct arena *work = arena_new();
	struct pattern_reader reader = { .arena = work, .rest = text, .extended = extended };
	struct piece piece = read_alternatives(&reader);
	struct str_list *required = NULL;

	if (piece.is_exact)
		piece_consider(&piece, &piece.exact);
	if (!reader.failed && reader.rest.len == 0 && piece.has_best) {
		required = arena_new_object(arena, struct str_list);
		for (size_t i = 0; i < piece.best.len; i++)
			vec_push(arena, required, arena_str(arena, piece.best.items[i]));
	}
	arena_free(work);
	return required;
}
