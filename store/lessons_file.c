/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers are big-endian. MAGIC, the key; then for each row its length (4), and of that length:
 * scope (1 and the bytes), label (1), source (1), version (2), time (8), log odds (4), message
 * (32), features; then a hash of these (8). At the end a length of 0 and the number of rows (8).
 */
#include "store/lessons_file.h"

#include "store/lessons_scope.h"

#define MAGIC "assay-lessons 1\n"
/* All of a row but its scope and features. */
#define FIXED_BYTES (1 + 1 + 1 + 2 + 8 + 4 + (LESSON_MESSAGE_SIZE - 1))
#define ROW_MAX     (FIXED_BYTES + 255 + LESSON_BYTES_MAX)

static void add_number(struct strbuf *buf, uint64_t number, unsigned bytes)
{
	while (bytes-- > 0)
		strbuf_add_char(buf, (char)(number >> (8 * bytes)));
}

void lessons_file_begin(struct strbuf *buf, const unsigned char key[LEARN_KEY_BYTES])
{
	strbuf_add(buf, STR(MAGIC));
	strbuf_add(buf, (struct str){ (const char *)key, LEARN_KEY_BYTES });
}

void lessons_file_add(struct strbuf *buf, const char *scope, const struct lesson_row *row)
{
	struct str name = str_prefix(str_from(scope), 255), added;
	size_t start;

	add_number(buf, FIXED_BYTES + name.len + row->features.len, 4);
	start = buf->len;
	add_number(buf, name.len, 1);
	strbuf_add(buf, name);
	add_number(buf, (uint64_t)row->label, 1);
	add_number(buf, (uint64_t)row->source, 1);
	add_number(buf, row->version, 2);
	add_number(buf, (uint64_t)row->time_us, 8);
	add_number(buf, (uint32_t)row->log_odds, 4);
	strbuf_add(buf, (struct str){ row->message, LESSON_MESSAGE_SIZE - 1 });
	strbuf_add(buf, row->features);
	added = str_from_offset(strbuf_str(buf), start);
	add_number(buf, str_hash(added), 8);
}

void lessons_file_end(struct strbuf *buf, uint64_t count)
{
	add_number(buf, 0, 4);
	add_number(buf, count, 8);
}

static bool take_bytes(struct str *rest, size_t len, struct str *bytes_r)
{
	if (rest->len < len)
		return false;
	*bytes_r = str_prefix(*rest, len);
	*rest = str_from_offset(*rest, len);
	return true;
}

static bool take_number(struct str *rest, unsigned bytes, uint64_t *number_r)
{
	struct str text;

	*number_r = 0;
	if (!take_bytes(rest, bytes, &text))
		return false;
	for (unsigned i = 0; i < bytes; i++)
		*number_r = *number_r << 8 | (unsigned char)text.data[i];
	return true;
}

bool lessons_file_open(struct lessons_file *file_r, struct str text, struct error *err_r)
{
	struct str key;

	*file_r = (struct lessons_file){ .whole = text, .rest = text };
	if (!str_starts(text, STR(MAGIC)))
		return error_set(err_r, "is no file of lessons that this version can read");
	file_r->rest = str_from_offset(text, sizeof(MAGIC) - 1);
	if (!take_bytes(&file_r->rest, LEARN_KEY_BYTES, &key))
		return error_set(err_r, "is cut off");
	memcpy(file_r->key, key.data, key.len);
	return true;
}

static bool wrong(const struct lessons_file *file, const char *what, struct error *err_r)
{
	return error_set(err_r, "row %llu, before byte %zu: %s",
	                 (unsigned long long)file->count + 1, file->whole.len - file->rest.len,
	                 what);
}

/* Whether it is the name that lessons_scope_name() gives, or the site. */
static bool is_scope(struct arena *arena, struct str name)
{
	struct str again;

	return name.len == 0 ||
	       (lessons_scope_name(arena, name, STR(""), &again) && str_eq(name, again));
}

static bool read_row(struct arena *arena, struct str text, struct str *scope_r,
                     struct lesson_row *row_r)
{
	uint64_t scope_len, label, source, version, time_us, log_odds;
	struct features features;
	struct str message;

	if (!take_number(&text, 1, &scope_len) || !take_bytes(&text, scope_len, scope_r) ||
	    !take_number(&text, 1, &label) || !take_number(&text, 1, &source) ||
	    !take_number(&text, 2, &version) || !take_number(&text, 8, &time_us) ||
	    !take_number(&text, 4, &log_odds) ||
	    !take_bytes(&text, LESSON_MESSAGE_SIZE - 1, &message))
		return false;
	*row_r = (struct lesson_row){
		.label = (enum learn_label)label,
		.source = (enum lesson_source)source,
		.version = (unsigned)version,
		.time_us = (int64_t)time_us,
		.log_odds = (int32_t)(uint32_t)log_odds,
		.features = text,
	};
	memcpy(row_r->message, message.data, message.len);
	return label < LEARN_LABELS && source < LESSON_SOURCES && version >= 1 &&
	       version <= LESSON_ROW_VERSION && (int64_t)time_us >= 0 &&
	       lesson_row_is_message(message) && is_scope(arena, *scope_r) &&
	       lesson_decode(arena, text, &features);
}

static bool read_end(struct lessons_file *file, struct error *err_r)
{
	uint64_t count;

	if (!take_number(&file->rest, 8, &count))
		return wrong(file, "the file is cut off", err_r);
	if (count != file->count)
		return wrong(file, "rows are missing", err_r);
	if (file->rest.len > 0)
		return wrong(file, "something follows the end", err_r);
	file->ended = true;
	return false;
}

bool lessons_file_next(struct lessons_file *file, struct arena *arena, const char **scope_r,
                       struct lesson_row *row_r, struct error *err_r)
{
	struct str text, scope;
	uint64_t len, hash;

	if (!take_number(&file->rest, 4, &len))
		return wrong(file, "the file is cut off", err_r);
	if (len == 0)
		return read_end(file, err_r);
	if (len < FIXED_BYTES || len > ROW_MAX)
		return wrong(file, "damaged, or no row", err_r);
	if (!take_bytes(&file->rest, len, &text) || !take_number(&file->rest, 8, &hash))
		return wrong(file, "the file is cut off", err_r);
	if (hash != str_hash(text))
		return wrong(file, "damaged", err_r);
	if (!read_row(arena, text, &scope, row_r))
		return wrong(file, "no row that this version can read", err_r);
	*scope_r = arena_cstr(arena, scope);
	file->count++;
	return true;
}
