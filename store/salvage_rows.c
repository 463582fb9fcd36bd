/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/salvage_rows.h"

#include "base/strbuf.h"

#define TABLE_LEAF     0x0d
#define INDEX_LEAF     0x0a
#define INDEX_INTERIOR 0x02
/* More than any row of ours. */
#define PAYLOAD_MAX ((uint64_t)1 << 20)

struct reader {
	const char *at, *end;
};

static bool read_varint(struct reader *reader, uint64_t *value_r)
{
	*value_r = 0;
	for (int i = 0; i < 9 && reader->at < reader->end; i++) {
		unsigned char byte = (unsigned char)*reader->at++;

		if (i == 8) {
			*value_r = *value_r << 8 | byte;
			return true;
		}
		*value_r = *value_r << 7 | (byte & 0x7f);
		if (byte < 0x80)
			return true;
	}
	return false;
}

/* Of a record: what its types say, and then the values. */

static int64_t read_number(const char *at, size_t len)
{
	uint64_t number = (signed char)*at < 0 ? UINT64_MAX : 0;

	for (size_t i = 0; i < len; i++)
		number = number << 8 | (unsigned char)at[i];
	return (int64_t)number;
}

static bool read_value(struct reader *body, uint64_t type, struct salvage_value *value_r)
{
	static const size_t number_lens[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0 };
	uint64_t len = type < 10 ? number_lens[type] : (type - 12) / 2;

	*value_r = (struct salvage_value){ .kind = SALVAGE_OTHER };
	if (type == 10 || type == 11 || len > (size_t)(body->end - body->at))
		return false;
	if (type == 0)
		value_r->kind = SALVAGE_NULL;
	else if (type == 8 || type == 9)
		*value_r = (struct salvage_value){ .kind = SALVAGE_NUMBER,
			                           .number = (int64_t)type - 8 };
	else if (type <= 6)
		*value_r = (struct salvage_value){ .kind = SALVAGE_NUMBER,
			                           .number = read_number(body->at, len) };
	else if (type >= 13 && type % 2 == 1)
		*value_r =
			(struct salvage_value){ .kind = SALVAGE_TEXT, .text = { body->at, len } };
	body->at += len;
	return true;
}

/* False for what is no record, or has more columns than any of ours. */
static bool read_record(struct str payload, struct salvage_row *row)
{
	struct reader head = { payload.data, payload.data + payload.len }, body;
	uint64_t head_len, type;

	if (!read_varint(&head, &head_len) || head_len > payload.len ||
	    payload.data + head_len < head.at)
		return false;
	body = (struct reader){ payload.data + head_len, head.end };
	head.end = body.at;
	row->count = 0;
	while (head.at < head.end) {
		if (row->count == SALVAGE_COLUMNS_MAX || !read_varint(&head, &type) ||
		    !read_value(&body, type, &row->values[row->count]))
			return false;
		row->count++;
	}
	return body.at == body.end;
}

/* Of a payload that is too long for its page, the rest is on others. */
static bool read_rest(struct arena *arena, const struct salvage_pages *pages, struct str local,
                      uint32_t next, size_t len, struct str *payload_r)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_add(&buf, local);
	while (buf.len < len) {
		struct str page = salvage_page(pages, next);
		size_t room = pages->usable - 4, rest = len - buf.len;

		if (page.len == 0 || !salvage_page_is_used(pages, next))
			return false;
		next = salvage_u32(page.data);
		strbuf_add(&buf, (struct str){ page.data + 4, rest < room ? rest : room });
	}
	*payload_r = strbuf_str(&buf);
	return true;
}

/* How much of a payload is on the page itself. */
static size_t local_len(const struct salvage_pages *pages, bool is_table, size_t len)
{
	size_t usable = pages->usable;
	size_t most = is_table ? usable - 35 : (usable - 12) * 64 / 255 - 23;
	size_t least = (usable - 12) * 32 / 255 - 23;
	size_t local;

	if (len <= most)
		return len;
	local = least + (len - least) % (usable - 4);
	return local <= most ? local : least;
}

static bool read_cell(struct arena *arena, const struct salvage_pages *pages, struct reader cell,
                      int type, struct salvage_row *row)
{
	struct str payload;
	uint64_t len, rowid;

	if (type == INDEX_INTERIOR && cell.end - cell.at < 4)
		return false;
	if (type == INDEX_INTERIOR)
		cell.at += 4;
	row->has_rowid = type == TABLE_LEAF;
	if (!read_varint(&cell, &len) || len > PAYLOAD_MAX ||
	    len > (uint64_t)pages->count * pages->size ||
	    (row->has_rowid && !read_varint(&cell, &rowid)))
		return false;
	payload = (struct str){ cell.at, local_len(pages, row->has_rowid, len) };
	if (payload.len + (payload.len < len ? 4 : 0) > (size_t)(cell.end - cell.at))
		return false;
	if (payload.len < len &&
	    !read_rest(arena, pages, payload, salvage_u32(cell.at + payload.len), len, &payload))
		return false;
	return read_record(payload, row);
}

bool salvage_rows(const struct salvage_pages *pages, uint32_t number, salvage_visit *visit,
                  void *context)
{
	struct str page = salvage_page(pages, number);
	size_t start = number == 1 ? 100 : 0, pointers;
	uint32_t cells;
	bool goes_on = true;
	int type;

	if (page.len == 0 || !salvage_page_is_used(pages, number))
		return true;
	type = (unsigned char)page.data[start];
	if (type != TABLE_LEAF && type != INDEX_LEAF && type != INDEX_INTERIOR)
		return true;
	cells = salvage_u16(page.data + start + 3);
	pointers = start + (type == INDEX_INTERIOR ? 12 : 8);
	for (uint32_t i = 0; goes_on && i < cells && pointers + 2 * (i + 1) <= pages->usable; i++) {
		size_t at = salvage_u16(page.data + pointers + 2 * (size_t)i);
		struct reader cell = { page.data + at, page.data + pages->usable };
		struct arena *arena;
		struct salvage_row row;

		if (at < pointers || at >= pages->usable)
			continue;
		arena = arena_new();
		if (read_cell(arena, pages, cell, type, &row))
			goes_on = visit(&row, context);
		arena_free(arena);
	}
	return goes_on;
}
