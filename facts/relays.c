/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/relays.h"

#include "base/strbuf.h"
#include "facts/received.h"
#include "message/address_field.h"

/* More hops than any mail server lets pass; what is below them is not looked at. */
#define MAX_FIELDS 200

/* How far the chain of trust has been followed. */
struct trust {
	const struct network_list *trusted_networks;
	const struct network_list *internal_networks;
	const struct network_list *msa_networks;
	bool guess;   /* no networks were given */
	bool settled; /* by a relay of msa_networks */
	bool trusted;
	bool internal;
};

/* A host trusts itself. */
static bool is_in(const struct network_list *networks, struct str ip)
{
	return networks_match_text(networks, ip) || str_starts(ip, STR("127.")) ||
	       str_eq(ip, STR("::1"));
}

static void follow_trust(struct trust *trust, struct relay *relay)
{
	bool authenticated = relay->auth.len > 0;

	if (trust->settled) {
		;
	} else if (trust->guess) {
		trust->trusted = trust->trusted && (relay->ip_private || authenticated);
		trust->internal = trust->trusted;
	} else {
		trust->trusted = trust->trusted &&
		                 (authenticated || is_in(trust->trusted_networks, relay->ip));
		trust->internal = trust->internal && trust->trusted &&
		                  (authenticated || is_in(trust->internal_networks, relay->ip));
		relay->msa = trust->trusted && networks_match_text(trust->msa_networks, relay->ip);
		trust->settled = relay->msa;
	}
	relay->trusted = trust->trusted;
	relay->internal = trust->internal;
}

static void add_relay(struct arena *arena, struct relay_list *list, struct trust *trust,
                      struct relay *relay)
{
	relay->ip_trusted = is_in(trust->trusted_networks, relay->ip);
	follow_trust(trust, relay);
	list->trusted += relay->trusted;
	list->internal += relay->internal;
	vec_push(arena, list, *relay);
}

static bool is_name(struct str name)
{
	return name.len > 0 && !str_eq_ci(name, STR("unknown")) && name.data[0] != '[';
}

static void add_connection(struct arena *arena, const struct envelope *envelope,
                           struct relay_list *list, struct trust *trust)
{
	struct relay relay = {
		.ip = envelope->client_ip,
		.rdns = is_name(envelope->client_name) ? envelope->client_name : STR(""),
		.helo = received_clean(arena, envelope->helo),
		.by = envelope->host,
		.id = envelope->queue_id,
		.envelope_from = received_clean(arena, envelope->sender),
		.has_envelope_from = envelope->has_sender,
		.is_connection = true,
	};
	struct ip_address address;

	if (!ip_parse(envelope->client_ip, &address))
		return;
	relay.ip = ip_text(arena, &address);
	relay.ip_private = ip_is_private(&address);
	relay.rdns = received_clean(arena, relay.rdns);
	relay.no_reverse_dns = relay.rdns.len == 0;
	if (envelope->authenticated)
		relay.auth = envelope->protocol.len > 0 ? envelope->protocol : STR("ESMTPA");
	add_relay(arena, list, trust, &relay);
}

/* A mailbox was fetched from another host: what the fetching host's own servers wrote is no relay.
 */
static void forget_relays(struct relay_list *list)
{
	list->len = 0;
	list->trusted = 0;
	list->internal = 0;
}

static void count_field(struct relay_list *list, const struct trust *trust)
{
	list->trusted_fields += trust->trusted;
	list->internal_fields += trust->internal;
}

static void add_field(struct arena *arena, struct str value, struct relay_list *list,
                      struct trust *trust)
{
	struct relay relay;

	switch (received_parse(arena, value, &relay)) {
	case RECEIVED_RELAY:
		add_relay(arena, list, trust, &relay);
		break;
	case RECEIVED_FETCHED:
		if (trust->trusted)
			forget_relays(list);
		break;
	case RECEIVED_UNREADABLE:
		list->unreadable++;
		break;
	case RECEIVED_LOCAL:
		break;
	}
	count_field(list, trust);
}

static bool may_be_in_address(char c)
{
	return char_is_alnum(c) || c == ':' || c == '.';
}

static struct str without_last_dot(struct str text)
{
	return str_prefix(text, text.len - (text.len > 0 && text.data[text.len - 1] == '.'));
}

/* Every address in the text. */
static void add_origin_addresses(struct arena *arena, struct str text, struct relay_list *list,
                                 const struct trust *trust)
{
	for (size_t i = 0; i < text.len && list->origins.len < MAX_FIELDS; i++) {
		size_t start = i;
		struct origin_address origin;
		struct ip_address address;

		while (i < text.len && may_be_in_address(text.data[i]))
			i++;
		/* "198.51.100.4." ends a sentence. */
		if (!ip_parse(without_last_dot((struct str){ text.data + start, i - start }),
		              &address))
			continue;
		origin.ip = ip_text(arena, &address);
		origin.ip_private = ip_is_private(&address);
		origin.ip_trusted = is_in(trust->trusted_networks, origin.ip);
		vec_push(arena, &list->origins, origin);
	}
}

static void find_origin_addresses(struct arena *arena, const struct header_list *headers,
                                  struct str name, struct relay_list *list,
                                  const struct trust *trust)
{
	const struct header *header = NULL;

	while ((header = header_next(headers, name, header)) != NULL)
		add_origin_addresses(arena, header->decoded, list, trust);
}

/* The fields in which web mail says where its user was: the oldest relay of all. */
static void add_origins(struct arena *arena, const struct header_list *headers,
                        const struct str_list *names, struct relay_list *list, struct trust *trust)
{
	const struct str *name;

	vec_foreach (names, name) {
		const struct header *header = header_last(headers, *name);
		struct relay relay;

		find_origin_addresses(arena, headers, *name, list, trust);
		if (header == NULL || !received_parse_origin(arena, header->decoded, &relay))
			continue;
		relay.is_origin = true;
		add_relay(arena, list, trust, &relay);
	}
}

static const struct str_list *usual_origins(void)
{
	static struct str names[] = {
		STR_INIT("x-yahoo-post-ip"),
		STR_INIT("x-originating-ip"),
		STR_INIT("x-apparently-from"),
		STR_INIT("x-senderip"),
		STR_INIT("x-aol-ip"),
		STR_INIT("x-ms-exchange-crosstenant-originalattributedtenantconnectingip"),
	};

	static const struct str_list usual = { .items = names,
		                               .len = sizeof(names) / sizeof(names[0]) };

	return &usual;
}

/* An empty list is as good as none. */
static const struct network_list *given(const struct network_list *networks)
{
	return networks != NULL && networks->len > 0 ? networks : NULL;
}

static struct trust start_trust(const struct relay_settings *settings)
{
	const struct network_list *trusted = given(settings->trusted);
	const struct network_list *internal = given(settings->internal);

	return (struct trust){
		.trusted_networks = trusted != NULL ? trusted : internal,
		.internal_networks = internal != NULL ? internal : trusted,
		.msa_networks = settings->msa,
		.guess = trusted == NULL && internal == NULL,
		.trusted = true,
		.internal = true,
	};
}

static void add_pair(struct strbuf *buf, struct str key, struct str value)
{
	strbuf_add(buf, key);
	strbuf_add(buf, value);
	strbuf_add_char(buf, ' ');
}

static void add_relay_text(struct strbuf *buf, const struct relay *relay)
{
	if (buf->len > 0)
		strbuf_add_char(buf, ' ');
	strbuf_add(buf, STR("[ "));
	add_pair(buf, STR("ip="), relay->ip);
	add_pair(buf, STR("rdns="), relay->rdns);
	add_pair(buf, STR("helo="), relay->helo);
	add_pair(buf, STR("by="), relay->by);
	add_pair(buf, STR("ident="), relay->ident);
	add_pair(buf, STR("envfrom="), relay->envelope_from);
	add_pair(buf, STR("intl="), relay->internal ? STR("1") : STR("0"));
	add_pair(buf, STR("id="), relay->id);
	add_pair(buf, STR("auth="), relay->auth);
	add_pair(buf, STR("msa="), relay->msa ? STR("1") : STR("0"));
	strbuf_add_char(buf, ']');
}

static void make_text(struct arena *arena, struct relay_list *list)
{
	struct strbuf buf;
	struct relay *relay;

	strbuf_init(&buf, arena);
	vec_foreach (list, relay) {
		add_relay_text(&buf, relay);
		relay->text_end = buf.len;
	}
	list->text = strbuf_str(&buf);
}

const struct relay_list *relays_parse(struct arena *arena, const struct header_list *headers,
                                      const struct envelope *envelope,
                                      const struct relay_settings *settings)
{
	struct relay_list *list = arena_new_object(arena, struct relay_list);
	struct trust trust = start_trust(settings);
	const struct header *header = NULL;

	list->guessed = trust.guess;
	if (envelope != NULL)
		add_connection(arena, envelope, list, &trust);
	for (size_t i = 0; i < MAX_FIELDS; i++) {
		header = header_next(headers, STR("received"), header);
		if (header == NULL)
			break;
		add_field(arena, header->unfolded, list, &trust);
	}
	add_origins(arena, headers,
	            settings->origin_headers != NULL ? settings->origin_headers : usual_origins(),
	            list, &trust);
	make_text(arena, list);
	return list;
}

const struct relay *relays_first_external(const struct relay_list *relays)
{
	return relays->internal < relays->len ? &relays->items[relays->internal] : NULL;
}

const struct relay *relays_first_untrusted(const struct relay_list *relays)
{
	return relays->trusted < relays->len ? &relays->items[relays->trusted] : NULL;
}

struct str relays_text(const struct relay_list *relays, enum relay_range range)
{
	bool first = range == RELAYS_TRUSTED || range == RELAYS_INTERNAL;
	size_t cut = range == RELAYS_TRUSTED || range == RELAYS_UNTRUSTED ? relays->trusted
	                                                                  : relays->internal;
	size_t end = cut > 0 ? relays->items[cut - 1].text_end : 0;

	if (first)
		return str_prefix(relays->text, end);
	/* The space between two of them belongs to neither. */
	return str_from_offset(relays->text, end > 0 ? end + 1 : 0);
}

/*
 * The first field of a name if none of them stands below a Received field: only then did the last
 * server write it.
 */
static const struct header *above_received(const struct header_list *headers, struct str name)
{
	const struct header *received = header_first(headers, STR("received"));
	const struct header *last = header_last(headers, name);

	if (last == NULL || (received != NULL && last > received))
		return NULL;
	return header_first(headers, name);
}

static bool was_fetched(const struct header_list *headers)
{
	const struct header *header = NULL;

	while ((header = header_next(headers, STR("received"), header)) != NULL) {
		if (str_find(header->unfolded, STR("(fetchmail")) >= 0)
			return true;
	}
	return false;
}

static bool has_address(struct arena *arena, const struct header *field)
{
	return field != NULL && address_field_first(arena, field->unfolded).len > 0;
}

/* "<>" is a sender, too: the empty one. */
static bool sender_of_field(struct arena *arena, const struct header *field, struct str *sender_r)
{
	if (field == NULL)
		return false;
	*sender_r = address_field_first(arena, field->unfolded);
	return sender_r->len > 0 || str_eq(field->unfolded, STR("<>"));
}

static bool find_sender(struct arena *arena, const struct header_list *headers,
                        const struct relay_list *relays, struct str *sender_r)
{
	static const struct str names[] = {
		STR_INIT("x-envelope-from"),
		STR_INIT("envelope-sender"),
		STR_INIT("return-path"),
	};
	const struct relay *relay = relays_first_untrusted(relays);

	if (relay == NULL && relays->len > 0)
		relay = &relays->items[relays->len - 1];
	if (relay != NULL && relay->has_envelope_from &&
	    str_find_char(relay->envelope_from, '@') > 0) {
		*sender_r = relay->envelope_from;
		return true;
	}
	/* A fetching program takes X-Sender for the sender, which mailing lists keep. */
	if (has_address(arena, header_first(headers, STR("x-sender"))) && was_fetched(headers))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (sender_of_field(arena, above_received(headers, names[i]), sender_r))
			return true;
		/* There, but of another hop: the others would be, too. */
		if (i == 0 && header_first(headers, names[i]) != NULL)
			return false;
	}
	return false;
}

/* By the field that the settings name, and nothing else where they name one. */
static bool find_named_sender(struct arena *arena, const struct header_list *headers,
                              struct str name, struct str *sender_r)
{
	return sender_of_field(arena, header_first(headers, name), sender_r) &&
	       (sender_r->len == 0 || str_find_char(*sender_r, '@') > 0);
}

void relays_recover_envelope(struct arena *arena, const struct header_list *headers,
                             const struct relay_list *relays, const struct relay_settings *settings,
                             struct envelope *envelope)
{
	const struct relay *client = relays_handover(arena, relays);
	struct str sender;

	if (client != NULL && envelope->client_ip.len == 0) {
		envelope->client_ip = client->ip;
		envelope->client_name = client->rdns;
		envelope->helo = envelope->helo.len > 0 ? envelope->helo : client->helo;
		envelope->authenticated = envelope->authenticated || client->auth.len > 0;
	}
	if (envelope->has_sender)
		return;
	if (settings->sender_header.len > 0)
		envelope->has_sender =
			find_named_sender(arena, headers, settings->sender_header, &sender);
	else
		envelope->has_sender = find_sender(arena, headers, relays, &sender);
	if (envelope->has_sender)
		envelope->sender = sender;
}
