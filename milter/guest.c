/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/guest.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "base/memory.h"
#include "milter/whole_message.h"

#define NEGOTIATION_LEN (PACKET_HEAD_LEN + 12)
/* What is kept of one connection; a packet, or macros, of more are libmilter's affair. */
#define PACKET_MAX  (8 * 1024)
#define MACROS_MAX  (16 * 1024)
#define MESSAGE_MAX (64 * 1024)
#define VERSION_MIN 2

void guest_init(struct guest *guest)
{
	*guest = (struct guest){ 0 };
}

static void drop(struct guest_bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct guest_bytes){ 0 };
}

void guest_deinit(struct guest *guest)
{
	drop(&guest->opening);
	drop(&guest->client_macros);
	drop(&guest->client);
	drop(&guest->helo_macros);
	drop(&guest->helo);
	drop(&guest->macros);
	drop(&guest->input);
}

static void append(struct guest_bytes *bytes, const char *data, size_t len)
{
	if (len == 0)
		return;
	bytes->data = memory_realloc(bytes->data, bytes->len + len);
	memcpy(bytes->data + bytes->len, data, len);
	bytes->len += len;
}

static void keep(struct guest_bytes *bytes, struct str packet)
{
	drop(bytes);
	append(bytes, packet.data, packet.len);
}

void guest_add(struct guest *guest, const char *data, size_t len)
{
	append(&guest->input, data, len);
}

/* What was taken needs no memory while the rest is waited for. */
static void compact(struct guest_bytes *input, size_t *at)
{
	if (*at == 0)
		return;
	input->len -= *at;
	memmove(input->data, input->data + *at, input->len);
	input->data = memory_realloc(input->data, input->len);
	*at = 0;
}

static uint32_t number_at(struct str packet, size_t at)
{
	uint32_t number;

	memcpy(&number, packet.data + at, sizeof(number));
	return ntohl(number);
}

static void take(struct guest *guest, struct str packet)
{
	guest->input_at += packet.len;
	if (guest->input_at < guest->input.len)
		return;
	drop(&guest->input);
	guest->input_at = 0;
}

/* The next packet; empty where it isn't whole. False where it is too large, or none. */
static bool find_packet(const struct guest *guest, struct str *packet_r)
{
	struct str input = { guest->input.data, guest->input.len };
	struct str rest = str_from_offset(input, guest->input_at);
	uint32_t len;

	*packet_r = STR("");
	if (rest.len < PACKET_HEAD_LEN)
		return true;
	len = number_at(rest, 0);
	if (len == 0 || len > PACKET_MAX)
		return false;
	if (rest.len >= sizeof(len) + len)
		*packet_r = str_prefix(rest, sizeof(len) + len);
	return true;
}

static enum guest_wish negotiate(struct guest *guest, struct str packet)
{
	struct negotiation offer;

	if (packet.len != NEGOTIATION_LEN)
		return GUEST_IS_STRANGE;
	offer.version = number_at(packet, PACKET_HEAD_LEN);
	offer.actions = number_at(packet, PACKET_HEAD_LEN + 4);
	offer.steps = number_at(packet, PACKET_HEAD_LEN + 8);
	if (offer.version < VERSION_MIN || offer.actions == 0 || offer.steps == 0)
		return GUEST_IS_STRANGE;
	guest->offer = offer;
	keep(&guest->opening, packet);
	take(guest, packet);
	return GUEST_NEGOTIATES;
}

static enum guest_wish take_macros(struct guest *guest, struct str packet)
{
	char stage = packet.data[PACKET_HEAD_LEN];

	if (stage == SMFIC_CONNECT)
		keep(&guest->client_macros, packet);
	else if (stage == SMFIC_HELO)
		keep(&guest->helo_macros, packet);
	else if (guest->macros.len + packet.len > MACROS_MAX)
		return GUEST_IS_STRANGE;
	else
		append(&guest->macros, packet.data, packet.len);
	take(guest, packet);
	return GUEST_WAITS;
}

static enum guest_wish take_step(struct guest *guest, struct str packet, struct guest_bytes *kept,
                                 uint32_t no_answer)
{
	if (kept != NULL)
		keep(kept, packet);
	take(guest, packet);
	return (guest->agreed.steps & no_answer) != 0 ? GUEST_WAITS : GUEST_GOES_ON;
}

/* Another SMTP session on the same connection. */
static enum guest_wish begin_again(struct guest *guest, struct str packet)
{
	drop(&guest->client_macros);
	drop(&guest->client);
	drop(&guest->helo_macros);
	drop(&guest->helo);
	drop(&guest->macros);
	take(guest, packet);
	return GUEST_WAITS;
}

/* A packet that is whole; GUEST_WAITS: nothing is to be done for it. */
static enum guest_wish take_packet(struct guest *guest, struct str packet)
{
	switch (packet.data[PACKET_HEAD_LEN - 1]) {
	case SMFIC_OPTNEG:
		return negotiate(guest, packet);
	case SMFIC_MACRO:
		return take_macros(guest, packet);
	case SMFIC_CONNECT:
		return take_step(guest, packet, &guest->client, SMFIP_NR_CONN);
	case SMFIC_HELO:
		return take_step(guest, packet, &guest->helo, SMFIP_NR_HELO);
	case SMFIC_UNKNOWN:
		return take_step(guest, packet, NULL, SMFIP_NR_UNKN);
	case SMFIC_ABORT:
		drop(&guest->macros);
		take(guest, packet);
		return GUEST_WAITS;
	case SMFIC_QUIT_NC:
		return begin_again(guest, packet);
	case SMFIC_QUIT:
		return GUEST_LEAVES;
	case SMFIC_MAIL:
		return GUEST_HAS_MAIL;
	default:
		return GUEST_IS_STRANGE;
	}
}

enum guest_wish guest_next(struct guest *guest)
{
	struct packet_check check;
	enum guest_wish wish;
	struct str packet;

	do {
		if (!find_packet(guest, &packet))
			return GUEST_IS_STRANGE;
		if (packet.len == 0) {
			compact(&guest->input, &guest->input_at);
			return GUEST_WAITS;
		}
		check = guest->check;
		if (packet_check(&check, packet.data, packet.len) != NULL)
			return GUEST_IS_STRANGE;
		wish = take_packet(guest, packet);
		if (wish != GUEST_IS_STRANGE && wish != GUEST_HAS_MAIL)
			guest->check = check;
	} while (wish == GUEST_WAITS);
	return wish;
}

bool guest_has_message(struct guest *guest, size_t *kept_r)
{
	struct negotiation agreed = guest->agreed;

	/* That can be answered here. */
	agreed.steps |= SMFIP_NR_MAIL;
	compact(&guest->input, &guest->input_at);
	*kept_r = guest->input.len;
	return guest->input.len > MESSAGE_MAX ||
	       whole_message_is_here(guest->input.data, guest->input.len, &agreed, &guest->seen);
}

bool guest_lets_in(struct guest *guest)
{
	bool wants_answer = !guest->let_in && (guest->agreed.steps & SMFIP_NR_MAIL) == 0;

	guest->let_in = true;
	return wants_answer;
}

size_t guest_part(const struct guest *guest)
{
	return guest->input.len - guest->input_at - guest->seen;
}

void guest_refuse_mail(struct guest *guest)
{
	struct str packet;

	if (!find_packet(guest, &packet))
		return;
	drop(&guest->macros);
	take(guest, packet);
}

/* In packets of macros: a stage, then names and values in turn, each with a NUL. */
static struct str macro_in(struct guest_bytes bytes, struct str name)
{
	struct str rest = { bytes.data, bytes.len }, found = STR("");

	while (rest.len >= PACKET_HEAD_LEN) {
		size_t len = sizeof(uint32_t) + number_at(rest, 0);
		struct str packet = str_prefix(rest, len), key, value;
		struct str pairs = str_from_offset(packet, PACKET_HEAD_LEN + 1);

		while (str_next_piece(&pairs, '\0', &key) && str_next_piece(&pairs, '\0', &value)) {
			if (str_eq(key, name))
				found = value;
		}
		rest = str_from_offset(rest, len);
	}
	return found;
}

struct str guest_macro(const struct guest *guest, struct str name)
{
	const struct guest_bytes *places[] = { &guest->macros, &guest->helo_macros,
		                               &guest->client_macros };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct str found = macro_in(*places[i], name);

		if (found.len > 0)
			return found;
	}
	return STR("");
}

struct guest_bytes guest_tell(struct guest *guest)
{
	const struct guest_bytes *kept[] = { &guest->opening, &guest->client_macros,
		                             &guest->client,  &guest->helo_macros,
		                             &guest->helo,    &guest->macros };
	struct guest_bytes all = { 0 };
	size_t rest = guest->input.len - guest->input_at, len = rest;

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		len += kept[i]->len;
	all.data = memory_alloc(len);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (kept[i]->len > 0)
			memcpy(all.data + all.len, kept[i]->data, kept[i]->len);
		all.len += kept[i]->len;
	}
	if (rest > 0)
		memcpy(all.data + all.len, guest->input.data + guest->input_at, rest);
	all.len += rest;
	drop(&guest->macros);
	drop(&guest->input);
	guest->input_at = 0;
	guest->seen = 0;
	guest->let_in = false;
	return all;
}

unsigned guest_answered(const struct guest *guest)
{
	unsigned count = guest->opening.len > 0;

	count += guest->client.len > 0 && (guest->agreed.steps & SMFIP_NR_CONN) == 0;
	count += guest->helo.len > 0 && (guest->agreed.steps & SMFIP_NR_HELO) == 0;
	count += guest->let_in && (guest->agreed.steps & SMFIP_NR_MAIL) == 0;
	return count;
}
