/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/lesson.h"

/*
 * A version, the score, then for each group: how many, and the differences of neighbours less one,
 * as Rice codes: the quotient by 2^shift in ones and a zero, then the remainder. The shift follows
 * from the count. Numbers before the bits are in groups of seven bits, lowest first.
 */
#define LESSON_VERSION 3
/* Without the groups from FEATURES_STYLE on. */
#define LESSON_VERSION_OLD 2

struct bit_writer {
	unsigned char *bytes;
	size_t bit;
};

struct bit_reader {
	struct str bytes;
	size_t bit;
	bool failed;
};

static unsigned shift_for(size_t count)
{
	unsigned shift = 0;

	while (shift < FEATURE_BITS && (count << (shift + 1)) <= 1u << FEATURE_BITS)
		shift++;
	return shift;
}

static void write_bits(struct bit_writer *writer, uint32_t value, unsigned count)
{
	for (unsigned i = 0; i < count; i++, writer->bit++)
		if (value >> i & 1)
			writer->bytes[writer->bit / 8] |= (unsigned char)(1u << writer->bit % 8);
}

static void write_ones(struct bit_writer *writer, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		write_bits(writer, 1, 1);
	writer->bit++;
}

/* At least the next 57 bits, lowest first; zeros after the end. */
static uint64_t peek(const struct bit_reader *reader)
{
	size_t byte = reader->bit / 8;
	uint64_t bits = 0;

	for (size_t i = 0; i < 8 && byte + i < reader->bytes.len; i++)
		bits |= (uint64_t)(unsigned char)reader->bytes.data[byte + i] << 8 * i;
	return bits >> reader->bit % 8;
}

/* At most 32. */
static uint32_t read_bits(struct bit_reader *reader, unsigned count)
{
	uint64_t bits = peek(reader);

	reader->bit += count;
	if (reader->bit > reader->bytes.len * 8) {
		reader->failed = true;
		return 0;
	}
	return (uint32_t)(bits & ((UINT64_C(1) << count) - 1));
}

/* How many ones are before the zero; more than `max` is wrong. */
static uint32_t read_ones(struct bit_reader *reader, uint32_t max)
{
	uint32_t count = 0;

	while (!reader->failed) {
		uint64_t zeros = ~peek(reader) & ((UINT64_C(1) << 56) - 1);
		unsigned ones = zeros == 0 ? 56 : (unsigned)__builtin_ctzll(zeros);

		count += ones;
		reader->bit += ones + (zeros != 0);
		if (count > max || reader->bit > reader->bytes.len * 8)
			reader->failed = true;
		if (zeros != 0)
			break;
	}
	return reader->failed ? 0 : count;
}

static void write_number(struct bit_writer *writer, uint32_t value)
{
	for (; value >= 0x80; value >>= 7)
		write_bits(writer, (value & 0x7f) | 0x80, 8);
	write_bits(writer, value, 8);
}

/* The shortest form only. */
static uint32_t read_number(struct bit_reader *reader)
{
	uint32_t value = 0;

	for (unsigned shift = 0; shift < 28; shift += 7) {
		uint32_t byte = read_bits(reader, 8);

		value |= (byte & 0x7f) << shift;
		if (byte < 0x80) {
			if (byte == 0 && shift > 0)
				reader->failed = true;
			return value;
		}
	}
	reader->failed = true;
	return 0;
}

static void write_set(struct bit_writer *writer, const struct feature_set *set)
{
	unsigned shift = shift_for(set->len);
	uint32_t next = 0;

	for (size_t i = 0; i < set->len; i++) {
		write_ones(writer, (set->items[i] - next) >> shift);
		write_bits(writer, set->items[i] - next, shift);
		next = set->items[i] + 1;
	}
}

static void read_set(struct bit_reader *reader, struct feature_set *set)
{
	unsigned shift = shift_for(set->len);
	uint32_t next = 0;

	for (size_t i = 0; i < set->len && !reader->failed; i++) {
		next += read_ones(reader, ((1u << FEATURE_BITS) - 1) >> shift) << shift;
		next += read_bits(reader, shift);
		if (next >= 1u << FEATURE_BITS)
			reader->failed = true;
		set->items[i] = next++;
	}
}

struct str lesson_encode(struct arena *arena, const struct features *features)
{
	/* A set has fewer ones than 2^(FEATURE_BITS - shift), which is below 2 × count. */
	size_t bits = 8 * (8 + 3 * (size_t)FEATURE_GROUPS) +
	              features_count(features) * (FEATURE_BITS + 4) + 64 * FEATURE_GROUPS;
	struct bit_writer writer = { arena_calloc(arena, 1, bits / 8 + 1), 0 };

	write_number(&writer, LESSON_VERSION);
	write_number(&writer, (uint32_t)(features->score + FEATURES_SCORE_MAX));
	for (size_t i = 0; i < FEATURE_GROUPS; i++)
		write_number(&writer, (uint32_t)features->groups[i].len);
	for (size_t i = 0; i < FEATURE_GROUPS; i++)
		write_set(&writer, &features->groups[i]);
	return (struct str){ (const char *)writer.bytes, (writer.bit + 7) / 8 };
}

static bool read_counts(struct arena *arena, struct bit_reader *reader, struct features *features)
{
	uint32_t version = read_number(reader), score;
	size_t groups = version == LESSON_VERSION_OLD ? FEATURES_STYLE : FEATURE_GROUPS;

	if (version != LESSON_VERSION && version != LESSON_VERSION_OLD)
		return false;
	score = read_number(reader);
	if (score > 2 * FEATURES_SCORE_MAX)
		return false;
	features->score = (int32_t)score - FEATURES_SCORE_MAX;
	for (size_t i = 0; i < groups; i++) {
		size_t len = read_number(reader);

		if (reader->failed || len > FEATURES_MAX || len > reader->bytes.len * 8)
			return false;
		features->groups[i].len = len;
		features->groups[i].items = arena_alloc(arena, len * sizeof(uint32_t));
	}
	return true;
}

bool lesson_decode(struct arena *arena, struct str bytes, struct features *features_r)
{
	struct bit_reader reader = { .bytes = bytes };

	*features_r = (struct features){ 0 };
	if (!read_counts(arena, &reader, features_r))
		return false;
	for (size_t i = 0; i < FEATURE_GROUPS; i++)
		read_set(&reader, &features_r->groups[i]);
	/* Nothing but zeros to the end of the last byte. */
	while (!reader.failed && reader.bit % 8 != 0)
		reader.failed = read_bits(&reader, 1) != 0;
	return !reader.failed && reader.bit / 8 == bytes.len;
}
