/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/literal.h"

#include "rules/regex/piece.h"

/*
 * Of each piece of a pattern we know either all texts that it can match (`exact`, while they are
 * few and short) or that nothing is known of it, and the best set of literals of which one must
 * occur (`best`). A sequence multiplies exact sets until they grow too large; then the set so far
 * is a candidate for `best`, and counting starts anew.
 */
/* A repeated piece is written out so often at most. */
#define REPEAT_MAX 4
/* Nodes that are looked at. Larger patterns are of sets and called groups, and hold no literals. */
#define NODES_MAX 4000

/* While the pieces of one pattern are read. */
struct piece_reader {
	struct arena *arena;
	size_t nodes; /* that were looked at */
};

/* A sequence while it is read; `run` is its exact end. */
struct sequence {
	struct piece_reader *reader;
	struct arena *arena;
	struct piece piece;
	struct str_list run;
};

static struct piece piece_of(struct piece_reader *reader, const struct pattern_node *node);

static void append(struct sequence *sequence, const struct piece *next)
{
	if (next->is_exact &&
	    piece_multiply(sequence->arena, &sequence->run, &next->exact, &sequence->run))
		return;
	sequence->piece.is_exact = false;
	piece_consider(&sequence->piece, &sequence->run);
	if (next->is_exact) {
		sequence->run = next->exact;
		return;
	}
	if (next->has_best)
		piece_consider(&sequence->piece, &next->best);
	sequence->run = piece_only_empty(sequence->arena);
}

static size_t longest(const struct str_list *texts)
{
	size_t max = 0;

	for (size_t i = 0; i < texts->len; i++)
		max = texts->items[i].len > max ? texts->items[i].len : max;
	return max;
}

/* The lower case byte that is all of a node, or -1. */
static int only_char(const struct pattern_node *node)
{
	char chars[BYTE_SET_CHARS];

	return node->type == NODE_SET && byte_set_chars(&node->set, chars) == 1
	               ? (unsigned char)chars[0]
	               : -1;
}

/* Single characters, from a child on, as many as may follow the run: how many it took. */
static size_t append_text(struct sequence *sequence, const struct pattern_node *node, size_t from)
{
	size_t max = PIECE_TEXT_MAX - longest(&sequence->run), len = 0;
	char text[PIECE_TEXT_MAX];
	struct piece piece;
	int c;

	while (len < max && from + len < node->children.len &&
	       (c = only_char(node->children.items[from + len])) >= 0)
		text[len++] = (char)c;
	if (len == 0)
		return 0;
	piece = piece_of_text(sequence->arena,
	                      arena_str(sequence->arena, (struct str){ text, len }));
	append(sequence, &piece);
	return len;
}

static void append_repeat(struct sequence *sequence, const struct pattern_node *node)
{
	struct piece atom = piece_of(sequence->reader, node->children.items[0]);
	const struct piece any = piece_of_anything();

	if (node->max == 0)
		return;
	if (node->min == 0) {
		atom = piece_optional(sequence->arena, &atom, node->max == 1);
		append(sequence, &atom);
		return;
	}
	for (uint32_t i = 0; i < node->min && i < REPEAT_MAX; i++)
		append(sequence, &atom);
	if (node->min != node->max || node->min > REPEAT_MAX)
		append(sequence, &any);
}

static void append_node(struct sequence *sequence, const struct pattern_node *node)
{
	struct piece piece;

	if (node->type == NODE_REPEAT) {
		append_repeat(sequence, node);
		return;
	}
	piece = piece_of(sequence->reader, node);
	append(sequence, &piece);
}

static struct sequence begin(struct piece_reader *reader)
{
	return (struct sequence){
		.reader = reader,
		.arena = reader->arena,
		.piece = { .is_exact = true },
		.run = piece_only_empty(reader->arena),
	};
}

static struct piece finish(struct sequence *sequence)
{
	if (sequence->piece.is_exact)
		sequence->piece.exact = sequence->run;
	else
		piece_consider(&sequence->piece, &sequence->run);
	return sequence->piece;
}

static struct piece piece_of_sequence(struct piece_reader *reader, const struct pattern_node *node)
{
	struct sequence sequence = begin(reader);

	for (size_t i = 0; i < node->children.len;) {
		size_t len = append_text(&sequence, node, i);

		if (len == 0)
			append_node(&sequence, node->children.items[i]);
		i += len > 0 ? len : 1;
	}
	return finish(&sequence);
}

static struct piece piece_of_repeat(struct piece_reader *reader, const struct pattern_node *node)
{
	struct sequence sequence = begin(reader);

	append_repeat(&sequence, node);
	return finish(&sequence);
}

static struct piece piece_of_choice(struct piece_reader *reader, const struct pattern_node *node)
{
	struct piece all = piece_of(reader, node->children.items[0]);

	for (size_t i = 1; i < node->children.len; i++) {
		struct piece next = piece_of(reader, node->children.items[i]);

		all = piece_either(reader->arena, &all, &next);
	}
	return all;
}

static struct piece piece_of_set(struct arena *arena, const struct pattern_node *node)
{
	struct piece piece = { .is_exact = true };
	char chars[BYTE_SET_CHARS];
	size_t count = byte_set_chars(&node->set, chars);

	for (size_t i = 0; i < count; i++)
		vec_push(arena, &piece.exact, arena_str(arena, (struct str){ &chars[i], 1 }));
	return count > 0 ? piece : piece_of_anything();
}

static struct piece piece_of(struct piece_reader *reader, const struct pattern_node *node)
{
	if (++reader->nodes > NODES_MAX)
		return piece_of_anything();
	switch (node->type) {
	case NODE_SET:
		return piece_of_set(reader->arena, node);
	case NODE_SEQUENCE:
		return piece_of_sequence(reader, node);
	case NODE_CHOICE:
		return piece_of_choice(reader, node);
	case NODE_REPEAT:
		return piece_of_repeat(reader, node);
	case NODE_ANYTHING:
		break;
	}
	return piece_of_anything();
}

void literal_required(struct arena *arena, const struct pattern_node *tree,
                      struct str_list *literals_r)
{
	struct piece_reader reader = { .arena = arena_new() };
	struct piece piece = piece_of(&reader, tree);

	*literals_r = (struct str_list){ 0 };
	if (piece.is_exact)
		piece_consider(&piece, &piece.exact);
	for (size_t i = 0; piece.has_best && i < piece.best.len; i++)
		vec_push(arena, literals_r, arena_str(arena, piece.best.items[i]));
	arena_free(reader.arena);
}
