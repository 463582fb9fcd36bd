/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The value is "v=2;" and a text that is encrypted: a netstring for each field, with the field's
 * letter in front. White space in it means nothing, so it can be folded anywhere.
 */
#include "forward/seal.h"

#include "base/strbuf.h"
#include "forward/netstring.h"
#include "forward/received_line.h"
#include "forward/release_mark.h"
#include "forward/seal_letters.h"
#include "forward/seal_text.h"

#define SEAL_VERSION "v=2;"
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

static void add_all(struct strbuf *buf, const struct seal *seal)
{
	seal_letters_add_number(buf, 't', seal->sealed_at);
	seal_letters_add_number(buf, 's', seal->score);
	seal_letters_add_number(buf, 'l', seal->floor);
	seal_letters_add_number(buf, 'r', seal->required);
	seal_letters_add_number(buf, 'a', seal->exempt);
	seal_letters_add_number(buf, 'm', seal->fields_present);
	seal_letters_add(buf, 'i', str_prefix(seal->scan_id, TEXT_MAX));
	seal_letters_add(buf, 'o', str_prefix(seal->host, TEXT_MAX));
	seal_letters_add(buf, 'd', str_prefix(seal->listener, TEXT_MAX));
	seal_letters_add(buf, 'q', str_prefix(seal->queue_id, TEXT_MAX));
	seal_letters_add(buf, 'p', str_prefix(seal->client_ip, TEXT_MAX));
	seal_letters_add(buf, 'u', str_prefix(seal->doubt, TEXT_MAX));
	seal_letters_add(buf, 'g', str_prefix(seal->undo, TEXT_MAX));
	if (seal->signature.len > 0)
		seal_letters_add(buf, 'v', str_prefix(seal->signature, TEXT_MAX));
	seal_letters_add(buf, 'f', cut_rules(seal->rules));
	seal_letters_add_digest(buf, 'b', &seal->body);
	seal_letters_add_digest(buf, 'h', &seal->fields);
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
	seal_letters_add(&fields, 'n', strbuf_str(&recipients));
	if (!seal_box_close(arena, key, strbuf_str(&fields), &text))
		return STR("");
	return seal_text_fold(arena, SEAL_HEADER_NAME,
	                      arena_printf(arena, SEAL_VERSION "%.*s", STR_FMT(text)));
}

/* Reading. */

static bool set_field(struct arena *arena, char name, struct str value, struct seal *seal_r)
{
	switch (name) {
	case 't':
		seal_r->sealed_at = seal_letters_number(value);
		break;
	case 's':
		seal_r->score = (int32_t)seal_letters_number(value);
		break;
	case 'l':
		seal_r->floor = (int32_t)seal_letters_number(value);
		break;
	case 'r':
		seal_r->required = (int32_t)seal_letters_number(value);
		break;
	case 'a':
		seal_r->exempt = seal_letters_number(value) != 0;
		break;
	case 'm':
		seal_r->fields_present = (unsigned)seal_letters_number(value);
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
	case 'v':
		seal_r->signature = value;
		break;
	case 'f':
		seal_r->rules = value;
		break;
	case 'b':
		seal_r->body = seal_letters_digest(value);
		break;
	case 'h':
		seal_r->fields = seal_letters_digest(value);
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
	struct str text = seal_text_unfold(arena, value), plain;

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

	if (str_eq_ci(header->name, STR("Delivered-To")) ||
	    str_eq_ci(header->name, STR(RELEASE_MARK_NAME)))
		return true;
	if (!str_eq_ci(header->name, STR("Received")))
		return false;
	line = received_line_read(header->unfolded);
	return !line.has_client && line.by.len > 0 && str_eq_ci(line.by, host) &&
	       str_find_ci(header->unfolded, STR("userid")) < 0;
}

/* Of what was released, where the mark is: a program that took it may have put a field above. */
static size_t find_mark(const struct header_list *headers)
{
	for (size_t i = 0; i < headers->len && i <= ABOVE_MAX; i++)
		if (str_eq_ci(headers->items[i].name, STR(RELEASE_MARK_NAME)))
			return i;
	return 0;
}

/* From `first` on, the first field that local(8) did not put there, or the number of headers. */
static size_t find_top(const struct header_list *headers, size_t first, struct str host)
{
	for (size_t i = first; i < headers->len && i <= first + ABOVE_MAX; i++)
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
	size_t place = find_top(headers, check->released ? find_mark(headers) : 0, check->host);
	struct seal seal;

	if (place == headers->len || !str_eq_ci(headers->items[place].name, STR(SEAL_HEADER_NAME)))
		return header_first(headers, STR(SEAL_HEADER_NAME)) != NULL ? SEAL_FORGED
		                                                            : SEAL_ABSENT;
	if (!open_value(arena, key, headers->items[place].whole, &seal) ||
	    !is_of_the_front(received_at(headers, place + 1), check, &seal))
		return SEAL_FORGED;
	if (seal.sealed_at > check->now + CLOCK_SKEW_S ||
	    (check->now - seal.sealed_at > max_age && !check->released))
		return SEAL_EXPIRED;
	if (!is_the_same_text(arena, check, &seal))
		return SEAL_OTHER_TEXT;
	*seal_r = seal;
	return SEAL_VALID;
}

const struct header *seal_front_received(const struct header_list *headers, struct str host)
{
	size_t place = find_top(headers, 0, host);
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
