/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/lesson_row.h"

static const char *const source_names[LESSON_SOURCES] = { "hand", "auto", "correction" };
static const char *const label_names[LEARN_LABELS] = { "ham", "spam" };

const char *lesson_source_name(enum lesson_source source)
{
	return source_names[source];
}

const char *lesson_label_name(enum learn_label label)
{
	return label_names[label];
}

bool lesson_row_is_message(struct str text)
{
	if (text.len != LESSON_MESSAGE_SIZE - 1)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
	}
	return true;
}

/* FNV-1a, byte by byte. */
static uint64_t add_byte(uint64_t hash, unsigned byte)
{
	return (hash ^ (byte & 0xff)) * UINT64_C(0x100000001b3);
}

static uint64_t add_number(uint64_t hash, uint64_t number)
{
	for (int i = 0; i < 8; i++)
		hash = add_byte(hash, (unsigned)(number >> (8 * i)));
	return hash;
}

uint64_t lesson_row_checksum(const struct lesson_row *row)
{
	uint64_t hash = str_hash(row->features);

	for (const char *c = row->message; *c != '\0'; c++)
		hash = add_byte(hash, (unsigned char)*c);
	hash = add_number(hash, (uint64_t)row->label);
	hash = add_number(hash, (uint64_t)row->source);
	hash = add_number(hash, (uint64_t)row->time_us);
	hash = add_number(hash, (uint64_t)row->log_odds);
	return add_number(hash, row->version);
}

enum learn_source lesson_row_weight(const struct lesson_row *row)
{
	return row->source == LESSON_AUTOMATIC ? LEARN_AUTOMATIC : LEARN_BY_HAND;
}

enum lesson_outcome lesson_row_merge(const struct lesson_row *old, struct lesson_row *row)
{
	bool by_hand = row->source != LESSON_AUTOMATIC;

	if (old == NULL)
		return LESSON_LEARNED;
	if (old->label == row->label && (!by_hand || old->source != LESSON_AUTOMATIC))
		return LESSON_KNOWN;
	if (old->label != row->label && !by_hand && old->source != LESSON_AUTOMATIC)
		return LESSON_OVERRULED;
	if (old->label != row->label && by_hand)
		row->source = LESSON_CORRECTION;
	/* Since then the model has learned it, so what it says now tells nothing. */
	row->log_odds = old->log_odds;
	return LESSON_CHANGED;
}
