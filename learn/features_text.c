/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/features_private.h"

/* Words of the text that are looked at. */
#define TEXT_WORDS_MAX 6000
/* How far apart the words of a pair are at most. */
#define PAIR_DISTANCE 4
#define GRAM_BYTES    4
/* Bytes of the text that are looked at for such sequences. */
#define GRAM_TEXT 4000

void features_add_words(struct feature_builder *builder, enum feature_group group, const char *what,
                        const struct word_list *words)
{
	uint64_t seed = learn_key_hash(builder->key, 2, str_from(what));
	size_t count = words->len;
	const struct word *word;
	uint32_t *room;

	if (builder->names != NULL) {
		vec_foreach (words, word)
			feature_builder_add(builder, group, seed ^ word->hash, what, word->text);
		return;
	}
	room = feature_builder_room(builder, group, &count);
	for (size_t i = 0; i < count; i++)
		room[i] = feature_of(group, seed ^ words->items[i].hash);
}

static struct str phrase(const struct word *first, const struct word *second)
{
	const char *end = second->text.data + second->text.len;

	return (struct str){ first->text.data, (size_t)(end - first->text.data) };
}

static uint64_t pair_of(const struct feature_builder *builder, const struct word *first,
                        size_t distance)
{
	return learn_key_join(builder->key, first->hash + distance, first[distance].hash);
}

static void add_named_pairs(struct feature_builder *builder, const struct word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 1; j <= PAIR_DISTANCE && i + j < count; j++)
			feature_builder_add(builder, FEATURES_PAIRS, pair_of(builder, words + i, j),
			                    "", phrase(words + i, words + i + j));
}

static void add_pairs(struct feature_builder *builder, const struct word *words, size_t count)
{
	size_t left = 0;
	uint32_t *room;

	if (builder->names != NULL) {
		add_named_pairs(builder, words, count);
		return;
	}
	for (size_t j = 1; j <= PAIR_DISTANCE && j < count; j++)
		left += count - j;
	room = feature_builder_room(builder, FEATURES_PAIRS, &left);
	for (size_t i = 0; left > 0; i++)
		for (size_t j = 1; j <= PAIR_DISTANCE && i + j < count && left > 0; j++, left--)
			*room++ = feature_of(FEATURES_PAIRS, pair_of(builder, words + i, j));
}

static uint64_t gram_at(const struct feature_builder *builder, const char *at)
{
	uint32_t gram;

	memcpy(&gram, at, sizeof(gram));
	return learn_key_join(builder->key, 3, le32toh(gram));
}

void features_add_grams(struct feature_builder *builder, enum feature_group group, struct str text)
{
	size_t count = text.len < GRAM_BYTES ? 0 : text.len - GRAM_BYTES + 1;
	uint32_t *room;

	/* Letters alone tell a reader nothing. */
	if (builder->choice != NULL)
		return;
	for (size_t i = 0; builder->names != NULL && i < count; i++)
		feature_builder_add(builder, group, gram_at(builder, text.data + i), "",
		                    (struct str){ text.data + i, GRAM_BYTES });
	if (builder->names != NULL)
		return;
	room = feature_builder_room(builder, group, &count);
	for (size_t i = 0; i < count; i++)
		room[i] = feature_of(group, gram_at(builder, text.data + i));
}

/* Of a multipart/alternative, only the HTML is shown. */
static bool is_shown(const struct mime_part *part)
{
	const struct mime_part *sibling;

	if (part->is_attachment || part->text.len == 0)
		return false;
	if (part->html != NULL || part->parent == NULL ||
	    !str_eq(part->parent->type, STR("multipart/alternative")))
		return true;
	for (sibling = part->next_sibling; sibling != NULL; sibling = sibling->next_sibling)
		if (sibling->html != NULL && sibling->html->visible.len > 0)
			return false;
	return true;
}

static struct str seen_text(const struct mime_part *part)
{
	return part->html != NULL ? part->html->visible : part->rendered;
}

/* What isn't shown; words that are shown as well are left out. */
static void add_hidden(struct feature_builder *builder, const struct message *message,
                       const struct word_list *shown)
{
	struct word_list hidden = { 0 }, unseen = { 0 };
	size_t cap = 64;
	uint64_t *known;
	struct mime_part *const *part;
	const struct word *word;

	vec_foreach (&message->parts, part)
		if (!(*part)->is_attachment && (!is_shown(*part) || (*part)->html != NULL))
			words_split(builder->arena, builder->key, (*part)->rendered, TEXT_WORDS_MAX,
			            &hidden);
	if (hidden.len == 0)
		return;
	while (cap < 2 * shown->len)
		cap *= 2;
	known = arena_calloc(builder->arena, cap, sizeof(*known));
	vec_foreach (shown, word) {
		size_t at = word->hash & (cap - 1);

		while (known[at] != 0 && known[at] != word->hash)
			at = (at + 1) & (cap - 1);
		known[at] = word->hash;
	}
	vec_foreach (&hidden, word) {
		size_t at = word->hash & (cap - 1);

		while (known[at] != 0 && known[at] != word->hash)
			at = (at + 1) & (cap - 1);
		if (known[at] == 0)
			vec_push(builder->arena, &unseen, *word);
	}
	features_add_words(builder, FEATURES_HIDDEN, "", &unseen);
}

/* By which the same message is known again: author, subject and text. */
static void add_whole(struct feature_builder *builder, const struct message *message,
                      const struct word_list *words)
{
	static const char *const fields[] = { "From", "Subject" };
	uint64_t hash = learn_key_hash(builder->key, 7, STR(""));
	const struct word *word;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct header *field = header_first(&message->headers, str_from(fields[i]));

		if (field != NULL)
			hash = learn_key_hash(builder->key, hash, field->decoded);
	}
	vec_foreach (words, word)
		hash = learn_key_join(builder->key, hash, word->hash);
	feature_builder_add(builder, FEATURES_WHOLE, hash, "this message", STR(""));
}

void features_add_text(struct feature_builder *builder, const struct message *message)
{
	struct word_list words = { 0 };
	size_t gram_bytes = GRAM_TEXT;
	struct mime_part *const *part;

	vec_foreach (&message->parts, part) {
		struct str text = seen_text(*part);
		size_t before = words.len;

		if (!is_shown(*part))
			continue;
		words_split(builder->arena, builder->key, text, TEXT_WORDS_MAX, &words);
		if (words.len > before)
			add_pairs(builder, words.items + before, words.len - before);
		text = str_prefix(text, gram_bytes);
		features_add_grams(builder, FEATURES_GRAMS, text);
		gram_bytes -= text.len;
	}
	features_add_words(builder, FEATURES_WORDS, "", &words);
	add_whole(builder, message, &words);
	add_hidden(builder, message, &words);
}
