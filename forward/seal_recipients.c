/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * As text: how many they are in decimal and one of
 *	;a then for each MARKS local@domain NUL, where a domain is left out that is the one before
 *	;f or ;F (a client gave an ORCPT), for each domain its name and NUL, NUL, a Bloom filter
 * MARKS is a digit, 1 for an original's mark, 2 for a resolved one, and the marks.
 */
#include "forward/seal_recipients.h"

#include <string.h>

#include "base/map.h"
#include "base/strbuf.h"
#include "forward/address.h"
#include "forward/forward.h"

#define PURPOSE_MARK   "assay-seal-2 recipient"
#define PURPOSE_FILTER "assay-seal-2 filter"
/*
 * Of 1,700 recipients, one stranger in 200,000 passes for one of them, and so isn't dropped; of
 * 5,000 one in 200, of 10,000 one in 15. No number is a way out.
 */
#define FILTER_BYTES_EACH 8
#define FILTER_BITS_MAX   8 /* set for one recipient: four bytes of a hash tell which */
#define DOMAINS_SIZE_MAX  1000
#define TEXT_MAX          (SEAL_RECIPIENTS_MAX - 32)

enum { MARK_ORIGINAL = 1, MARK_RESOLVED = 2 };

bool seal_mark_of(const struct seal_key *key, struct str address, struct seal_mark *mark_r)
{
	struct arena *arena = arena_new();
	unsigned char hash[SEAL_HASH_SIZE];
	bool ok = seal_box_hash(key, PURPOSE_MARK, address_key(arena, address), hash);

	memset(mark_r, 0, sizeof(*mark_r));
	if (ok)
		memcpy(mark_r->bytes, hash, SEAL_MARK_SIZE);
	arena_free(arena);
	return ok;
}

bool seal_mark_same(const struct seal_mark *a, const struct seal_mark *b)
{
	return memcmp(a->bytes, b->bytes, SEAL_MARK_SIZE) == 0;
}

bool seal_mark_given(const struct seal_mark *mark)
{
	static const struct seal_mark none;

	return !seal_mark_same(mark, &none);
}

/* The mark of what stands beside an address, where that is another. */
static bool mark_other(const struct seal_key *key, struct str other, struct str address,
                       struct seal_mark *mark_r)
{
	return other.len == 0 || str_eq_ci(other, address) || seal_mark_of(key, other, mark_r);
}

bool seal_recipients_gather(struct arena *arena, const struct seal_key *key,
                            const struct envelope_recipients *envelope,
                            struct seal_recipients *set_r)
{
	*set_r = (struct seal_recipients){ .count = envelope->len };
	for (size_t i = 0; i < envelope->len; i++) {
		const struct envelope_recipient *recipient = &envelope->items[i];
		struct seal_recipient item = { .address = recipient->address };

		item.key = address_key(arena, item.address);
		if (!mark_other(key, recipient->original, item.address, &item.original) ||
		    !mark_other(key, recipient->resolved, item.address, &item.resolved))
			return false;
		set_r->originals |= seal_mark_given(&item.original);
		vec_push(arena, set_r, item);
	}
	return true;
}

/* Writing. */

static void add_bytes(struct strbuf *buf, const unsigned char *bytes, size_t len)
{
	strbuf_add(buf, (struct str){ (const char *)bytes, len });
}

/* False for an address that holds what ends one, or "@" and no domain. */
static bool add_item(struct strbuf *buf, const struct seal_recipient *item, struct str *last_domain)
{
	bool original = seal_mark_given(&item->original),
	     resolved = seal_mark_given(&item->resolved);
	struct str local, domain;

	strbuf_add_char(
		buf, (char)('0' + (original ? MARK_ORIGINAL : 0) + (resolved ? MARK_RESOLVED : 0)));
	if (original)
		add_bytes(buf, item->original.bytes, SEAL_MARK_SIZE);
	if (resolved)
		add_bytes(buf, item->resolved.bytes, SEAL_MARK_SIZE);
	address_split(item->address, &local, &domain);
	strbuf_add(buf, local);
	if (domain.len > 0)
		strbuf_add_char(buf, '@');
	if (!str_eq(domain, *last_domain))
		strbuf_add(buf, domain);
	*last_domain = domain;
	strbuf_add_char(buf, '\0');
	return str_find_char(item->address, '\0') < 0 &&
	       (domain.len > 0 || local.len == item->address.len);
}

/* False where they take too much room, or one can't be written. */
static bool write_items(struct strbuf *buf, const struct seal_recipients *set)
{
	struct str last_domain = STR("");

	strbuf_add(buf, STR(";a"));
	for (size_t i = 0; i < set->len; i++) {
		if (!add_item(buf, &set->items[i], &last_domain) || buf->len > TEXT_MAX)
			return false;
	}
	return true;
}

/* How many bits of a filter are set for one of them: the best is ln 2 * bits / count. */
static unsigned bits_each(size_t filter_len, size_t count)
{
	size_t bits = filter_len * 8 * 7 / 10 / count;

	if (bits > FILTER_BITS_MAX)
		return FILTER_BITS_MAX;
	return bits > 0 ? (unsigned)bits : 1;
}

/* Which bits of the filter are those of an address; false where the library fails. */
static bool filter_bits(const struct seal_key *key, struct str address, size_t filter_len,
                        size_t bits_r[FILTER_BITS_MAX])
{
	struct arena *arena = arena_new();
	unsigned char hash[SEAL_HASH_SIZE];
	bool ok = seal_box_hash(key, PURPOSE_FILTER, address_key(arena, address), hash);

	for (size_t i = 0; ok && i < FILTER_BITS_MAX; i++) {
		const unsigned char *four = hash + i * 4;

		bits_r[i] = ((size_t)four[0] << 24 | (size_t)four[1] << 16 | (size_t)four[2] << 8 |
		             four[3]) %
		            (filter_len * 8);
	}
	arena_free(arena);
	return ok;
}

static void write_domains(struct strbuf *buf, const struct seal_recipients *set)
{
	struct map *seen = map_new(buf->arena, MAP_EXACT);
	size_t size = 0;

	for (size_t i = 0; i < set->len; i++) {
		struct str domain = address_domain(buf->arena, set->items[i].address);

		if (domain.len == 0 || size + domain.len + 1 > DOMAINS_SIZE_MAX ||
		    str_find_char(domain, '\0') >= 0 || map_get(seen, domain) != NULL)
			continue;
		map_set(seen, domain, seen);
		strbuf_add(buf, domain);
		strbuf_add_char(buf, '\0');
		size += domain.len + 1;
	}
	strbuf_add_char(buf, '\0');
}

static bool write_filter(struct strbuf *buf, const struct seal_key *key,
                         const struct seal_recipients *set)
{
	size_t size = set->len * FILTER_BYTES_EACH, bits[FILTER_BITS_MAX];
	unsigned char *filter;

	strbuf_add(buf, set->originals ? STR(";F") : STR(";f"));
	write_domains(buf, set);
	if (size > SEAL_RECIPIENTS_MAX - buf->len)
		size = SEAL_RECIPIENTS_MAX - buf->len;
	filter = arena_calloc(buf->arena, size, 1);
	for (size_t i = 0; i < set->len; i++) {
		if (!filter_bits(key, set->items[i].address, size, bits))
			return false;
		for (unsigned k = 0; k < bits_each(size, set->count); k++)
			filter[bits[k] / 8] |= (unsigned char)(1u << bits[k] % 8);
	}
	add_bytes(buf, filter, size);
	return true;
}

bool seal_recipients_write(struct strbuf *buf, const struct seal_key *key,
                           const struct seal_recipients *set)
{
	struct strbuf items;

	strbuf_init(&items, buf->arena);
	strbuf_printf(buf, "%zu", set->count);
	if (!write_items(&items, set))
		return write_filter(buf, key, set);
	strbuf_add(buf, strbuf_str(&items));
	return true;
}

/* Reading. */

static bool take_mark(struct str *rest, struct seal_mark *mark_r)
{
	if (rest->len < SEAL_MARK_SIZE)
		return false;
	memcpy(mark_r->bytes, rest->data, SEAL_MARK_SIZE);
	*rest = str_from_offset(*rest, SEAL_MARK_SIZE);
	return true;
}

static bool take_item(struct arena *arena, struct str *rest, struct str *last_domain,
                      struct seal_recipient *item_r)
{
	int marks = rest->len > 0 ? rest->data[0] - '0' : -1;
	struct str local, domain;
	ptrdiff_t end;

	*rest = str_from_offset(*rest, 1);
	if (marks < 0 || marks > (MARK_ORIGINAL | MARK_RESOLVED) ||
	    ((marks & MARK_ORIGINAL) != 0 && !take_mark(rest, &item_r->original)) ||
	    ((marks & MARK_RESOLVED) != 0 && !take_mark(rest, &item_r->resolved)))
		return false;
	end = str_find_char(*rest, '\0');
	if (end < 0)
		return false;
	item_r->address = str_prefix(*rest, (size_t)end);
	*rest = str_from_offset(*rest, (size_t)end + 1);
	address_split(item_r->address, &local, &domain);
	if (domain.len == 0 && local.len < item_r->address.len)
		item_r->address =
			arena_printf(arena, "%.*s@%.*s", STR_FMT(local), STR_FMT(*last_domain));
	address_split(item_r->address, &local, last_domain);
	item_r->key = address_key(arena, item_r->address);
	return true;
}

static bool read_items(struct arena *arena, struct str rest, struct seal_recipients *set_r)
{
	struct str last_domain = STR("");

	while (rest.len > 0) {
		struct seal_recipient item = { 0 };

		if (!take_item(arena, &rest, &last_domain, &item))
			return false;
		vec_push(arena, set_r, item);
	}
	return set_r->len == set_r->count;
}

static bool read_filter(struct arena *arena, struct str rest, struct seal_recipients *set_r)
{
	ptrdiff_t end;

	while ((end = str_find_char(rest, '\0')) > 0) {
		vec_push(arena, &set_r->domains, str_prefix(rest, (size_t)end));
		rest = str_from_offset(rest, (size_t)end + 1);
	}
	set_r->filter = str_from_offset(rest, 1);
	return end == 0 && set_r->filter.len > 0 && set_r->count > 0;
}

bool seal_recipients_read(struct arena *arena, struct str text, struct seal_recipients *set_r)
{
	ptrdiff_t semicolon = str_find_char(text, ';');
	struct str rest = str_from_offset(text, (size_t)(semicolon + 2));
	uint64_t count;

	*set_r = (struct seal_recipients){ 0 };
	if (semicolon < 0 || text.len < (size_t)semicolon + 2 ||
	    !str_to_uint(str_prefix(text, (size_t)semicolon), UINT32_MAX, &count))
		return false;
	set_r->count = (size_t)count;
	switch (text.data[semicolon + 1]) {
	case 'a':
		return read_items(arena, rest, set_r);
	case 'F':
		set_r->originals = true;
		return read_filter(arena, rest, set_r);
	case 'f':
		return read_filter(arena, rest, set_r);
	default:
		return false;
	}
}

/* Asking. */

static enum seal_membership is_in_filter(const struct seal_recipients *set,
                                         const struct seal_key *key, struct str address)
{
	size_t bits[FILTER_BITS_MAX];

	if (!filter_bits(key, address, set->filter.len, bits))
		return SEAL_MEMBER_UNKNOWN;
	for (unsigned k = 0; k < bits_each(set->filter.len, set->count); k++)
		if (((unsigned char)set->filter.data[bits[k] / 8] & 1u << bits[k] % 8) == 0)
			return SEAL_MEMBER_NO;
	return SEAL_MEMBER_YES;
}

enum seal_membership seal_recipients_has(struct arena *arena, const struct seal_recipients *set,
                                         const struct seal_key *key, struct str address)
{
	struct str wanted;

	if (set->count > set->len)
		return is_in_filter(set, key, address);
	wanted = address_key(arena, address);
	for (size_t i = 0; i < set->len; i++)
		if (str_eq(set->items[i].key, wanted))
			return SEAL_MEMBER_YES;
	return SEAL_MEMBER_NO;
}
