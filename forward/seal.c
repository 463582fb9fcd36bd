/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The value is "v=2;" and a text that is encrypted: a netstring for each field, with the field's
 * letter in front. White space in it means nothing, so it can be folded anywhere.
 */
#include "forward/seal.h"

#include <string.h>

#include "base/strbuf.h"
#include "forward/netstring.h"
#include "forward/received_line.h"

#define SEAL_VERSION "v=2;"
#define FOLD_COLUMN  78
/* MTAs cut or refuse header fields somewhere beyond 32 KiB; the record needs no more than this. */
#define LIST_MAX 3000
#define TEXT_MAX 1000
/* Clocks of several hosts differ. */
#define CLOCK_SKEW_S 300
/* What local(8) may have put on top: two fields an alias. */
#define ABOVE_MAX 20

/* Writing. */

/* "A=1.2,B=3" cut before the item that doesn't fit. */
static struct str cut_rules(struct str rules)
{
	ptrdiff_t comma;

	if (rules.len <= LIST_MAX)
		return rules;
	rules = str_prefix(rules, LIST_MAX);
	comma = str_rfind_char(rules, ',');
	return str_prefix(rules, comma > 0 ? (size_t)comma : 0);
}

static void add_field(struct strbuf *buf, char name, struct str value)
{
	strbuf_add_char(buf, name);
	netstring_add(buf, value);
}

static void add_number(struct strbuf *buf, char name, int64_t number)
{
	add_field(buf, name, arena_printf(buf->arena, "%lld", (long long)number));
}

static struct str digest_str(const struct seal_digest *digest)
{
	return (struct str){ (const char *)digest->bytes, SEAL_HASH_SIZE };
}

static struct str fold(struct arena *arena, struct str text)
{
	struct strbuf buf;
	size_t column = sizeof(SEAL_HEADER_NAME ": ") - 1;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < text.len; i++) {
		if (column == FOLD_COLUMN) {
			strbuf_add(&buf, STR("\n\t"));
			column = 8;
		}
		strbuf_add_char(&buf, text.data[i]);
		column++;
	}
	return strbuf_str(&buf);
}

static void add_all(struct strbuf *buf, const struct seal *seal)
{
	add_number(buf, 't', seal->sealed_at);
	add_number(buf, 's', seal->score);
	add_number(buf, 'l', seal->floor);
	add_number(buf, 'r', seal->required);
	add_number(buf, 'a', seal->exempt);
	add_number(buf, 'm', seal->fields_present);
	add_field(buf, 'i', str_prefix(seal->scan_id, TEXT_MAX));
	add_field(buf, 'o', str_prefix(seal->host, TEXT_MAX));
	add_field(buf, 'd', str_prefix(seal->listener, TEXT_MAX));
	add_field(buf, 'q', str_prefix(seal->queue_id, TEXT_MAX));
	add_field(buf, 'p', str_prefix(seal->client_ip, TEXT_MAX));
	add_field(buf, 'u', str_prefix(seal->doubt, TEXT_MAX));
	add_field(buf, 'g', str_prefix(seal->undo, TEXT_MAX));
	add_field(buf, 'f', cut_rules(seal->rules));
	add_field(buf, 'b', digest_str(&seal->body));
	add_field(buf, 'h', digest_str(&seal->fields));
}

struct str seal_write(struct arena *arena, const struct seal_key *key, const struct seal *seal)
{
	struct strbuf fields, recipients;
	struct str text;

	strbuf_init(&fields, arena);
	strbuf_init(&recipients, arena);
	if (!seal->body.known || !seal->fields.known ||
	    !seal_recipients_write(&recipients, key, &seal->recipients))
		return STR("");
	add_all(&fields, seal);
	add_field(&fields, 'n', strbuf_str(&recipients));
	if (!seal_box_close(arena, key, strbuf_str(&fields), &text))
		return STR("");
	return fold(arena, arena_printf(arena, SEAL_VERSION "%.*s", STR_FMT(text)));
}

/* Reading. */

static struct str without_space(struct arena *arena, struct str text)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < text.len; i++)
		if (str_find_char(STR(" \t\r\n"), text.data[i]) < 0)
			strbuf_add_char(&buf, text.data[i]);
	return strbuf_str(&buf);
}

static int64_t to_int(struct str s)
{
	bool minus = s.len > 0 && s.data[0] == '-';
	uint64_t value = 0;

	str_to_uint(str_from_offset(s, minus), INT64_MAX, &value);
	return minus ? -(int64_t)value : (int64_t)value;
}

static struct seal_digest to_digest(struct str value)
{
	struct seal_digest digest = { .known = value.len == SEAL_HASH_SIZE };

	if (digest.known)
		memcpy(digest.bytes, value.data, SEAL_HASH_SIZE);
	return digest;
}

static bool set_field(struct arena *arena, char name, struct str value, struct seal *seal_r)
{
	switch (name) {
	case 't':
		seal_r->sealed_at = to_int(value);
		break;
	case 's':
		seal_r->score = (int32_t)to_int(value);
		break;
	case 'l':
		seal_r->floor = (int32_t)to_int(value);
		break;
	case 'r':
		seal_r->required = (int32_t)to_int(value);
		break;
	case 'a':
		seal_r->exempt = to_int(value) != 0;
		break;
	case 'm':
		seal_r->fields_present = (unsigned)to_int(value);
		break;
	case 'i':
		seal_r->scan_id = value;
		break;
	case 'o':
		seal_r->host = value;
		break;
	case 'd':
		seal_r->listener = value;
		break;
	case 'q':
		seal_r->queue_id = value;
		break;
	case 'p':
		seal_r->client_ip = value;
		break;
	case 'u':
		seal_r->doubt = value;
		break;
	case 'g':
		seal_r->undo = value;
		break;
	case 'f':
		seal_r->rules = value;
		break;
	case 'b':
		seal_r->body = to_digest(value);
		break;
	case 'h':
		seal_r->fields = to_digest(value);
		break;
	case 'n':
		return seal_recipients_read(arena, value, &seal_r->recipients);
	default: /* of a newer version */
		break;
	}
	return true;
}

static bool read_fields(struct arena *arena, struct str text, struct seal *seal_r)
{
	struct str value;
	size_t used;

	*seal_r = (struct seal){ 0 };
	for (; text.len > 0; text = str_from_offset(text, 1 + used))
		if (netstring_read(str_from_offset(text, 1), text.len, &value, &used) !=
		            NETSTRING_COMPLETE ||
		    !set_field(arena, text.data[0], value, seal_r))
			return false;
	return true;
}

static bool open_value(struct arena *arena, const struct seal_key *key, struct str value,
                       struct seal *seal_r)
{
	struct str text = without_space(arena, value), plain;

	return str_starts(text, STR(SEAL_VERSION)) &&
	       seal_box_open(arena, key, str_from_offset(text, sizeof(SEAL_VERSION) - 1), &plain) &&
	       read_fields(arena, plain, seal_r);
}

/* Position. */

/* What local(8) puts on top of a message that it forwards: no client, and no "userid" as mail has
 * that a local user submitted, who could repeat an old seal. */
static bool may_stand_above(const struct header *header, struct str host)
{
	struct received_line line;

	if (str_eq_ci(header->name, STR("Delivered-To")))
		return true;
	if (!str_eq_ci(header->name, STR("Received")))
		return false;
	line = received_line_read(header->unfolded);
	return !line.has_client && line.by.len > 0 && str_eq_ci(line.by, host) &&
	       str_find_ci(header->unfolded, STR("userid")) < 0;
}

/* The first field that local(8) did not put there, or the number of headers. */
static size_t find_top(const struct header_list *headers, struct str host)
{
	for (size_t i = 0; i < headers->len && i <= ABOVE_MAX; i++)
		if (!may_stand_above(&headers->items[i], host))
			return i;
	return headers->len;
}

/* What the front pass writes below the seal. */
static bool is_written_with_the_seal(struct str name)
{
	return str_starts_ci(name, STR("X-Spam-")) || str_eq_ci(name, STR("Received-SPF")) ||
	       str_eq_ci(name, STR("Authentication-Results"));
}

/* The Received field at `place`, or below the front's other fields there. */
static const struct header *received_at(const struct header_list *headers, size_t place)
{
	while (place < headers->len && is_written_with_the_seal(headers->items[place].name))
		place++;
	if (place >= headers->len || !str_eq_ci(headers->items[place].name, STR("Received")))
		return NULL;
	return &headers->items[place];
}

/* Did the front take this very message? */
static bool is_of_the_front(const struct header *received, const struct seal_check *check,
                            const struct seal *seal)
{
	struct received_line line;

	if (received == NULL || (seal->listener.len > 0 && str_eq(seal->listener, check->listener)))
		return false;
	line = received_line_read(received->unfolded);
	return line.by.len > 0 &&
	       str_eq_ci(line.by, seal->host.len > 0 ? seal->host : check->host) &&
	       (seal->queue_id.len == 0 || str_eq(line.id, seal->queue_id));
}

static bool is_the_same_text(struct arena *arena, const struct seal_check *check,
                             const struct seal *seal)
{
	struct seal_digest digest;
	struct seal_fields fields;

	seal_fields_of(arena, check->fields, &fields);
	digest = seal_fields_digest(&fields, seal->fields_present);
	return seal_digest_same(&digest, &seal->fields) &&
	       seal_digest_same(&check->body, &seal->body);
}

enum seal_state seal_find(struct arena *arena, const struct seal_key *key,
                          const struct header_list *headers, const struct seal_check *check,
                          struct seal *seal_r)
{
	int64_t max_age = check->max_age_s > 0 ? check->max_age_s : SEAL_DEFAULT_MAX_AGE;
	size_t place = find_top(headers, check->host);
	struct seal seal;

	if (place == headers->len || !str_eq_ci(headers->items[place].name, STR(SEAL_HEADER_NAME)))
		return header_first(headers, STR(SEAL_HEADER_NAME)) != NULL ? SEAL_FORGED
		                                                            : SEAL_ABSENT;
	if (!open_value(arena, key, headers->items[place].whole, &seal) ||
	    !is_of_the_front(received_at(headers, place + 1), check, &seal))
		return SEAL_FORGED;
	if (seal.sealed_at > check->now + CLOCK_SKEW_S || check->now - seal.sealed_at > max_age)
		return SEAL_EXPIRED;
	if (!is_the_same_text(arena, check, &seal))
		return SEAL_OTHER_TEXT;
	*seal_r = seal;
	return SEAL_VALID;
}

const struct header *seal_front_received(const struct header_list *headers, struct str host)
{
	size_t place = find_top(headers, host);
	const struct header *received;

	while (place < headers->len && str_eq_ci(headers->items[place].name, STR(SEAL_HEADER_NAME)))
		place++;
	received = received_at(headers, place);
	if (received == NULL || !str_eq_ci(received_line_read(received->unfolded).by, host))
		return NULL;
	return received;
}

const char *seal_state_name(enum seal_state state)
{
	static const char *const names[] = {
		[SEAL_ABSENT] = "absent",         [SEAL_VALID] = "valid",
		[SEAL_FORGED] = "forged",         [SEAL_EXPIRED] = "expired",
		[SEAL_OTHER_TEXT] = "other-text",
	};

	return names[state];
}
