/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/salvage_shapes.h"

#include <stdint.h>

#include "store/store_private.h"

/* n: a number; t: a text. Columns that came later are missing in rows that were written before. */
#define RECORD_SHAPE   "nntttttttttnnttt" /* from the second column on; the first is the id */
#define RECORD_COLUMNS 19
#define RECORD_ALL     28
#define RECORD_LATER   "nnttttttnnt" /* from the 18th on */
#define LATER_FIRST    17
#define SCORE_MAX      INT64_C(100000000)
#define LIST_SHAPE     "tntnn"

static bool is_number(const struct salvage_value *value, int64_t least, int64_t most)
{
	return value->kind == SALVAGE_NUMBER && value->number >= least && value->number <= most;
}

/* Of ours none has control characters but in `matched`, which has tabs and line ends. */
static bool is_text(const struct salvage_value *value)
{
	if (value->kind != SALVAGE_TEXT)
		return false;
	for (size_t i = 0; i < value->text.len; i++)
		if (value->text.data[i] == '\0')
			return false;
	return true;
}

static bool has_shape(const struct salvage_row *row, size_t first, const char *shape)
{
	for (size_t i = 0; shape[i] != '\0' && first + i < row->count; i++) {
		const struct salvage_value *value = &row->values[first + i];

		if (shape[i] == 't' ? !is_text(value) : value->kind != SALVAGE_NUMBER)
			return false;
	}
	return true;
}

/* The domain of an address stands beside it. */
static bool has_domain(const struct salvage_row *row, size_t address)
{
	struct str text = row->values[address].text;
	ptrdiff_t at = str_rfind_char(text, '@');

	return str_eq(row->values[address + 1].text,
	              at < 0 ? text : str_from_offset(text, (size_t)at + 1));
}

static bool is_record(const struct salvage_row *row)
{
	return row->has_rowid && row->count >= RECORD_COLUMNS &&
	       row->count <= SALVAGE_COLUMNS_MAX && row->values[0].kind == SALVAGE_NULL &&
	       has_shape(row, 1, RECORD_SHAPE) && has_shape(row, LATER_FIRST, RECORD_LATER) &&
	       is_number(&row->values[1], 0, RECORD_KIND_COUNT - 1) &&
	       is_number(&row->values[2], 1, INT64_C(1) << 53) && has_domain(row, 8) &&
	       has_domain(row, 10) && is_number(&row->values[12], -SCORE_MAX, SCORE_MAX) &&
	       is_number(&row->values[13], -SCORE_MAX, SCORE_MAX) &&
	       is_number(&row->values[17], 0, INT64_C(1) << 53) &&
	       is_number(&row->values[18], 0, 1) &&
	       !store_is_counted((enum record_kind)row->values[1].number);
}

static const char *text_of(struct arena *arena, const struct salvage_row *row, size_t column)
{
	return column < row->count ? arena_cstr(arena, row->values[column].text) : "";
}

static int64_t number_of(const struct salvage_row *row, size_t column)
{
	return column < row->count ? row->values[column].number : 0;
}

bool salvage_record(struct arena *arena, const struct salvage_row *row, struct record *record_r)
{
	if (!is_record(row))
		return false;
	*record_r = (struct record){
		.kind = (enum record_kind)row->values[1].number,
		.time_us = row->values[2].number,
		.scan_id = text_of(arena, row, 3),
		.queue_id = text_of(arena, row, 4),
		.content = text_of(arena, row, 5),
		.message_id = text_of(arena, row, 6),
		.sender = text_of(arena, row, 7),
		.recipient = text_of(arena, row, 8),
		.destination = text_of(arena, row, 10),
		.score = (int32_t)row->values[12].number,
		.threshold = (int32_t)row->values[13].number,
		.client_ip = text_of(arena, row, 14),
		.client_name = text_of(arena, row, 15),
		.rules = text_of(arena, row, 16),
		.size = row->values[17].number,
		.tagged = (int)row->values[18].number,
		.origin = "",
		.kept = text_of(arena, row, 19),
		.subject = text_of(arena, row, 20),
		.authentication = text_of(arena, row, 21),
		.threshold_origin = text_of(arena, row, 22),
		.signature = text_of(arena, row, 23),
		.matched = text_of(arena, row, 24),
		.exempt = (unsigned)number_of(row, 25),
		.doubt = (int32_t)number_of(row, 26),
		.reported_as = text_of(arena, row, 27),
	};
	return true;
}

bool salvage_entry(const struct salvage_row *row, struct people_entry *entry_r)
{
	const struct salvage_value *values = row->values;

	if (row->has_rowid || row->count != sizeof(LIST_SHAPE) - 1 ||
	    !has_shape(row, 0, LIST_SHAPE) || !is_number(&values[1], 0, 1) ||
	    values[2].text.len == 0 || !is_number(&values[3], PEOPLE_WELCOMED, PEOPLE_BLOCKED) ||
	    !is_number(&values[4], 0, 1))
		return false;
	*entry_r = (struct people_entry){
		.scope = values[0].text,
		.pattern = values[2].text,
		.list = (enum people_list)values[3].number,
		.unauthenticated = values[4].number != 0,
	};
	return true;
}
