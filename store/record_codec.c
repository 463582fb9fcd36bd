/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields as "LENGTH:BYTES", numbers as decimal text, in the order of the lists below. */
#include "store/record_codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/digest.h"

#define NUMBERS 6
/* Behind so many strings is the doubt. */
#define STRINGS_BEFORE_DOUBT 17
/* Of the last number. */
#define TAGGED        1
#define ANSWERED      2
#define RETRACTED     4
#define NEVER_TAGGED  8
#define NEVER_DROPPED 16

void record_strings(struct record *record, const char **strings[RECORD_STRINGS])
{
	const char **all[RECORD_STRINGS] = {
		&record->scan_id,     &record->queue_id,       &record->content,
		&record->message_id,  &record->sender,         &record->recipient,
		&record->destination, &record->client_ip,      &record->client_name,
		&record->rules,       &record->origin,         &record->kept,
		&record->subject,     &record->authentication, &record->threshold_origin,
		&record->signature,   &record->matched,        &record->reported_as,
	};

	memcpy(strings, all, sizeof(all));
}

static void add_text(struct strbuf *buf, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	strbuf_printf(buf, "%zu:", len);
	strbuf_add(buf, (struct str){ text, len });
}

static void add_number(struct strbuf *buf, int64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	add_text(buf, text);
}

static int64_t flags_of(const struct record *record)
{
	return (record->tagged ? TAGGED : 0) | (record->answered ? ANSWERED : 0) |
	       (record->retracted ? RETRACTED : 0) |
	       ((record->exempt & RECORD_NEVER_TAGGED) != 0 ? NEVER_TAGGED : 0) |
	       ((record->exempt & RECORD_NEVER_DROPPED) != 0 ? NEVER_DROPPED : 0);
}

void record_encode(struct strbuf *buf, const struct record *record)
{
	struct record copy = *record;
	const char **strings[RECORD_STRINGS];

	add_number(buf, record->kind);
	add_number(buf, record->time_us);
	add_number(buf, record->score);
	add_number(buf, record->threshold);
	add_number(buf, record->size);
	add_number(buf, flags_of(record));
	record_strings(&copy, strings);
	for (size_t i = 0; i < STRINGS_BEFORE_DOUBT; i++)
		add_text(buf, *strings[i]);
	add_number(buf, record->doubt);
	for (size_t i = STRINGS_BEFORE_DOUBT; i < RECORD_STRINGS; i++)
		add_text(buf, *strings[i]);
}

static bool take_text(struct str *rest, struct str *text_r)
{
	ptrdiff_t colon = str_find_char(str_prefix(*rest, 12), ':');
	uint64_t len;

	if (colon < 0 || !str_to_uint(str_prefix(*rest, (size_t)colon), UINT32_MAX, &len) ||
	    len > rest->len - (size_t)colon - 1)
		return false;
	*text_r = (struct str){ rest->data + colon + 1, (size_t)len };
	*rest = str_from_offset(*rest, (size_t)colon + 1 + (size_t)len);
	return true;
}

static bool take_number(struct str *rest, int64_t *number_r)
{
	struct str text;
	uint64_t number;
	bool minus;

	if (!take_text(rest, &text))
		return false;
	minus = text.len > 0 && text.data[0] == '-';
	if (!str_to_uint(str_from_offset(text, minus), INT64_MAX, &number))
		return false;
	*number_r = minus ? -(int64_t)number : (int64_t)number;
	return true;
}

static unsigned exempt_of(int64_t flags)
{
	return ((flags & NEVER_TAGGED) != 0 ? RECORD_NEVER_TAGGED : 0) |
	       ((flags & NEVER_DROPPED) != 0 ? RECORD_NEVER_DROPPED : 0);
}

static bool in_range(const int64_t numbers[NUMBERS])
{
	return numbers[0] >= 0 && numbers[0] < RECORD_KIND_COUNT && numbers[2] >= INT32_MIN &&
	       numbers[2] <= INT32_MAX && numbers[3] >= INT32_MIN && numbers[3] <= INT32_MAX;
}

/* Its strings are not set, but where they are. */
static bool take_fields(struct str text, struct record *record_r, struct str fields[RECORD_STRINGS])
{
	int64_t numbers[NUMBERS], doubt = 0;
	struct str later;

	for (size_t i = 0; i < NUMBERS; i++)
		if (!take_number(&text, &numbers[i]))
			return false;
	if (!in_range(numbers))
		return false;
	*record_r = (struct record){
		.kind = (enum record_kind)numbers[0],
		.time_us = numbers[1],
		.score = (int32_t)numbers[2],
		.threshold = (int32_t)numbers[3],
		.size = numbers[4],
		.tagged = (numbers[5] & TAGGED) != 0,
		.answered = (numbers[5] & ANSWERED) != 0,
		.retracted = (numbers[5] & RETRACTED) != 0,
		.exempt = exempt_of(numbers[5]),
	};
	for (size_t i = 0; i < RECORD_STRINGS; i++) {
		fields[i] = STR("");
		if (i == STRINGS_BEFORE_DOUBT && text.len > 0 &&
		    (!take_number(&text, &doubt) || doubt < INT32_MIN || doubt > INT32_MAX))
			return false;
		if ((text.len > 0 || i < RECORD_STRINGS_FIRST) && !take_text(&text, &fields[i]))
			return false;
	}
	record_r->doubt = (int32_t)doubt;
	while (text.len > 0)
		if (!take_text(&text, &later))
			return false;
	return true;
}

bool record_decode(struct arena *arena, struct str text, struct record *record_r)
{
	const char **strings[RECORD_STRINGS];
	struct str fields[RECORD_STRINGS];

	if (!take_fields(text, record_r, fields))
		return false;
	record_strings(record_r, strings);
	for (size_t i = 0; i < RECORD_STRINGS; i++)
		*strings[i] = arena_cstr(arena, fields[i]);
	return true;
}

bool record_decode_in_place(char *data, size_t len, struct record *record_r)
{
	const char **strings[RECORD_STRINGS];
	struct str fields[RECORD_STRINGS];

	if (!take_fields((struct str){ data, len }, record_r, fields))
		return false;
	record_strings(record_r, strings);
	/* After each is the length of the next, which has been read, or the end. */
	for (size_t i = 0; i < RECORD_STRINGS; i++) {
		*strings[i] = fields[i].len > 0 ? fields[i].data : "";
		if (fields[i].len > 0)
			data[fields[i].data - data + (ptrdiff_t)fields[i].len] = '\0';
	}
	return true;
}

struct str record_key(struct arena *arena, const struct record *record)
{
	const char *queue_id = record->queue_id;
	struct strbuf buf;

	if (queue_id == NULL || queue_id[0] == '\0')
		queue_id = record->scan_id;
	strbuf_init(&buf, arena);
	add_number(&buf, record->kind);
	add_text(&buf, queue_id);
	add_text(&buf, arena_str_lower(arena, str_from(record->recipient)).data);
	add_text(&buf, arena_str_lower(arena, str_from(record->destination)).data);
	add_text(&buf, record->message_id);
	add_text(&buf, record->content);
	return strbuf_str(&buf);
}

struct str record_offer(struct arena *arena, const struct record *record)
{
	struct strbuf buf;

	if (record->content == NULL || record->content[0] == '\0')
		return STR("");
	strbuf_init(&buf, arena);
	add_text(&buf, record->sender);
	add_text(&buf, arena_str_lower(arena, str_from(record->recipient)).data);
	add_text(&buf, arena_str_lower(arena, str_from(record->destination)).data);
	add_text(&buf, record->message_id);
	add_text(&buf, record->content);
	return digest_text(arena, strbuf_str(&buf));
}
