/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a Received field, as X-Originating-IP, and as a Received-SPF field: what is taken of
 * them may stand in rules' fields, and is no more than that.
 */
#include <assert.h>

#include "facts/ip_address.h"
#include "facts/received.h"
#include "facts/spf_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One word, so that none can be taken for the next name and value. */
static void check_word(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		assert(text.data[i] != '\0' && text.data[i] != ' ' && text.data[i] != '\n');
}

/* Only what we say of the cipher is a name and a value. */
static void check_auth(struct str text)
{
	struct str rest = text;
	unsigned count = 0;

	for (; str_find_char(rest, '=') >= 0; count++)
		rest = str_from_offset(rest, (size_t)str_find_char(rest, '=') + 1);
	assert(count <= (str_starts(text, STR("GMail - transport=")) ? 3 : 0));
	for (size_t i = 0; i < text.len; i++)
		assert(text.data[i] >= ' ' && str_find_char(STR("[]<>#|"), text.data[i]) < 0);
}

static void check_relay(struct arena *arena, const struct relay *relay)
{
	const struct str texts[] = { relay->rdns, relay->helo, relay->by, relay->ident,
		                     relay->envelope_from };
	struct ip_address address;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert(str_eq(texts[i], received_clean(arena, texts[i])));
	check_word(relay->id);
	check_auth(relay->auth);
	assert(ip_parse(relay->ip, &address));
	assert(!relay->trusted && !relay->internal);
}

static void check_spf(struct arena *arena, struct str value)
{
	struct str_list receivers = { 0 };
	const struct spf_result *ours = spf_received_read(arena, value, STR("mx.example.net"));
	const struct spf_result *any = spf_received_read_any(arena, value);
	const struct spf_result *again;
	struct str written;

	spf_received_receivers(arena, value, &receivers);
	if (any != NULL)
		spf_auth_clause(arena, any, true);
	if (ours == NULL)
		return;
	/* What is ours is among those that it claims to speak for; it can be written, and read. */
	assert(receivers.len > 0);
	written = spf_received_value(arena, ours, true);
	again = spf_received_read(arena, written, STR("mx.example.net"));
	assert(again == NULL || again->mail_from.status == ours->mail_from.status);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str value = { (const char *)data, size };
	struct relay relay = { 0 };

	if (received_parse(arena, value, &relay) == RECEIVED_RELAY)
		check_relay(arena, &relay);
	relay = (struct relay){ 0 };
	if (received_parse_origin(arena, value, &relay))
		check_relay(arena, &relay);
	check_spf(arena, value);
	arena_free(arena);
	return 0;
}
