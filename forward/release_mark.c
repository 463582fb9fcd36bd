/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * "v=1;" and an encrypted text, as the seal's. The letters of its fields are capitals, of which the
 * seal has none: neither passes for the other.
 */
#include "forward/release_mark.h"

#include "base/strbuf.h"
#include "forward/netstring.h"
#include "forward/seal_letters.h"
#include "forward/seal_text.h"

#define MARK_VERSION "v=1;"
#define TEXT_MAX     1000
/* Of fields that a stranger may have added. */
#define TRIED_MAX 4

struct str release_mark_write(struct arena *arena, const struct seal_key *key,
                              const struct release_mark *mark)
{
	struct strbuf fields;
	struct str text;

	if (!mark->body.known || !mark->fields.known)
		return STR("");
	strbuf_init(&fields, arena);
	seal_letters_add_number(&fields, 'T', mark->expires_at);
	seal_letters_add_number(&fields, 'M', mark->fields_present);
	seal_letters_add(&fields, 'I', str_prefix(mark->scan_id, TEXT_MAX));
	seal_letters_add(&fields, 'R', str_prefix(mark->recipient, TEXT_MAX));
	seal_letters_add(&fields, 'W', str_prefix(mark->by, TEXT_MAX));
	seal_letters_add_digest(&fields, 'B', &mark->body);
	seal_letters_add_digest(&fields, 'H', &mark->fields);
	if (!seal_box_close(arena, key, strbuf_str(&fields), &text))
		return STR("");
	return seal_text_fold(arena, RELEASE_MARK_NAME,
	                      arena_printf(arena, MARK_VERSION "%.*s", STR_FMT(text)));
}

static void set_field(char name, struct str value, struct release_mark *mark_r)
{
	switch (name) {
	case 'T':
		mark_r->expires_at = seal_letters_number(value);
		break;
	case 'M':
		mark_r->fields_present = (unsigned)seal_letters_number(value);
		break;
	case 'I':
		mark_r->scan_id = value;
		break;
	case 'R':
		mark_r->recipient = value;
		break;
	case 'W':
		mark_r->by = value;
		break;
	case 'B':
		mark_r->body = seal_letters_digest(value);
		break;
	case 'H':
		mark_r->fields = seal_letters_digest(value);
		break;
	default: /* of a newer version, or a seal's */
		break;
	}
}

static bool read_fields(struct str text, struct release_mark *mark_r)
{
	struct str value;
	size_t used;

	*mark_r = (struct release_mark){ 0 };
	for (; text.len > 0; text = str_from_offset(text, 1 + used)) {
		if (netstring_read(str_from_offset(text, 1), text.len, &value, &used) !=
		    NETSTRING_COMPLETE)
			return false;
		set_field(text.data[0], value, mark_r);
	}
	return true;
}

static bool open_value(struct arena *arena, const struct seal_key *key, struct str value,
                       struct release_mark *mark_r)
{
	struct str text = seal_text_unfold(arena, value), plain;

	return str_starts(text, STR(MARK_VERSION)) &&
	       seal_box_open(arena, key, str_from_offset(text, sizeof(MARK_VERSION) - 1), &plain) &&
	       read_fields(plain, mark_r);
}

static bool holds(struct arena *arena, const struct release_mark_check *check,
                  const struct release_mark *mark)
{
	struct seal_digest digest;
	struct seal_fields fields;

	if (mark->expires_at < check->now || mark->recipient.len == 0)
		return false;
	seal_fields_of(arena, check->fields, &fields);
	digest = seal_fields_digest(&fields, mark->fields_present);
	return seal_digest_same(&digest, &mark->fields) &&
	       seal_digest_same(&check->body, &mark->body);
}

bool release_mark_find(struct arena *arena, const struct seal_key *key,
                       const struct header_list *headers, const struct release_mark_check *check,
                       struct release_mark *mark_r)
{
	const struct header *header = NULL;
	size_t tried = 0;

	while (tried++ < TRIED_MAX &&
	       (header = header_next(headers, STR(RELEASE_MARK_NAME), header)) != NULL)
		if (open_value(arena, key, header->whole, mark_r) && holds(arena, check, mark_r))
			return true;
	return false;
}
