/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/map.h"
#include "base/strbuf.h"
#include "facts/dns_list.h"
#include "message/uri.h"
#include "rules/ask/ask.h"
#include "rules/ask/pick.h"
#include "rules/ask/rbl.h"
#include "rules/match/field.h"

#define SENDER_REQUESTS 5

/* Hosts of senders, or of fields, that one rule asks for: nobody has as many, but a message may, to
 * keep resolver and lists busy. */
#define HOSTS_MAX 20

/* Of a rule set. */
struct rbl_data {
	vec_of(struct rbl_rule *) rules; /* that are on and ask */
	struct field_request *resent_from;
	struct field_request *senders[SENDER_REQUESTS];
	struct field_request *envelope_sender;
	struct field_request *accreditor;
	struct rbl_fields usual_fields;
};

/* A relay, and what it is looked up as. */
struct entry {
	struct str address, name;
};

struct entries {
	struct entry *items;
	size_t len;
	size_t cap;
};

/* Of a message. */
struct rbl_message {
	struct asking *asking;
	const struct rbl_data *data;
	const struct relay_list *relays;
	bool chosen[RBL_HOPS_COUNT][2];
	struct entries entries[RBL_HOPS_COUNT][2]; /* by whether the rule is nice */
	const struct str_list *sender_hosts;       /* NULL: not made yet */
};

/* One entry that is looked up for one rule. */
struct lookup {
	struct rbl_message *message;
	const struct rbl_rule *rbl;
	struct str entry;              /* as reports show it: an address or a name */
	struct str name;               /* that is asked for */
	const struct dns_answer *text; /* of a TXT list, while its addresses are asked for */
};

/* A rule that shares the answers of a set with others is asked for them. */
static bool is_wanted(const struct asking *asking, const struct rbl_rule *rbl)
{
	if (ask_wants(asking, rbl->rule))
		return true;
	for (size_t i = 0; i < rbl->answers.len; i++)
		if (ask_wants(asking, rbl->answers.items[i]))
			return true;
	return false;
}

static void try_record(const struct lookup *lookup, enum dns_type type,
                       const struct dns_record *record, struct str text, const struct rule *rule)
{
	const struct rbl_rule *rbl = rule->ask;
	struct asking *asking = lookup->message->asking;
	struct str octets = type == DNS_A ? record->data : STR("");

	if (!dns_list_record_counts(lookup->rbl->zone, type, record, rbl->test.wants_notices) ||
	    !rbl_test_passes(&rbl->test, ask_matcher(asking), text, octets))
		return;
	ask_hit(asking, rule,
	        type == DNS_TXT
	                ? text
	                : arena_printf(asking->arena, "%.*s in %.*s: %.*s", STR_FMT(lookup->entry),
	                               STR_FMT(lookup->rbl->zone), STR_FMT(text)));
}

static void try_answer(const struct lookup *lookup, enum dns_type type,
                       const struct dns_answer *answer)
{
	const struct rbl_rule *rbl = lookup->rbl;

	for (size_t i = 0; i < answer->count; i++) {
		const struct dns_record *record = &answer->records[i];
		struct str text = dns_record_text(lookup->message->asking->arena, record);

		try_record(lookup, type, record, text, rbl->rule);
		for (size_t k = 0; k < rbl->answers.len; k++)
			try_record(lookup, type, record, text, rbl->answers.items[k]);
	}
}

/* What a text says of, its address tells: to those over quota, lists send texts, too. */
static void address_of_text(void *context, const struct dns_answer *answer)
{
	const struct lookup *lookup = context;

	for (size_t i = 0; i < answer->count; i++)
		if (dns_list_meaning(lookup->rbl->zone, answer->records[i].data) != DNS_LIST_LISTED)
			return;
	try_answer(lookup, DNS_TXT, lookup->text);
}

/* For _RBL_. */
static void note_answer(struct asking *asking, const struct lookup *lookup,
                        const struct dns_answer *answer)
{
	enum dns_type type = lookup->rbl->type;
	struct hits *hits = asking->match->hits;
	struct strbuf line;

	if (answer->count == 0)
		return;
	strbuf_init(&line, asking->arena);
	strbuf_add(&line, hits->list_answers);
	strbuf_printf(&line, "%s<dns:%.*s%s> [", line.len > 0 ? "\n" : "", STR_FMT(lookup->name),
	              type == DNS_TXT ? "?type=TXT" : "");
	for (size_t i = 0; i < answer->count; i++) {
		if (i > 0)
			strbuf_add(&line, STR(", "));
		strbuf_add(&line, dns_record_text(asking->arena, &answer->records[i]));
	}
	strbuf_add_char(&line, ']');
	hits->list_answers = strbuf_str(&line);
}

static void answered(void *context, const struct dns_answer *answer)
{
	struct lookup *lookup = context;
	struct asking *asking = lookup->message->asking;

	note_answer(asking, lookup, answer);
	if (lookup->rbl->type != DNS_TXT) {
		try_answer(lookup, DNS_A, answer);
		return;
	}
	lookup->text = answer;
	if (answer->count > 0 &&
	    !ask_question(asking, lookup->rbl->rule, lookup->name, DNS_A, address_of_text, lookup))
		try_answer(lookup, DNS_TXT, answer);
}

static void look_up(struct rbl_message *message, const struct rbl_rule *rbl, struct str entry,
                    struct str shown)
{
	struct asking *asking = message->asking;
	struct lookup *lookup = arena_new_object(asking->arena, struct lookup);
	const struct str pieces[] = { entry, STR("."), rbl->zone };

	*lookup = (struct lookup){ .message = message,
		                   .rbl = rbl,
		                   .entry = shown,
		                   .name = arena_concat(asking->arena, pieces, 3) };
	ask_question(asking, rbl->rule, lookup->name, rbl->type, answered, lookup);
}

/* Once for all rules that look up the same relays. */
static void choose_relays(struct rbl_message *message, enum rbl_hops hops, bool nice,
                          struct entries *entries)
{
	struct arena *arena = message->asking->arena;
	struct str_list addresses;
	struct str *address, name;

	rbl_relay_addresses(arena, message->relays, hops, nice, &addresses);
	vec_foreach (&addresses, address) {
		if (rbl_reversed(arena, *address, &name))
			vec_push(arena, entries, ((struct entry){ *address, name }));
	}
}

static void look_up_relays(struct rbl_message *message, const struct rbl_rule *rbl)
{
	bool nice = (rbl->rule->flags & RULE_FLAG_NICE) != 0;
	struct entries *entries = &message->entries[rbl->hops][nice];
	struct entry *entry;

	if (!message->chosen[rbl->hops][nice])
		choose_relays(message, rbl->hops, nice, entries);
	message->chosen[rbl->hops][nice] = true;
	vec_foreach (entries, entry)
		look_up(message, rbl, entry->name, entry->address);
}

static void look_up_host(struct rbl_message *message, const struct rbl_rule *rbl, struct str host)
{
	struct asking *asking = message->asking;
	struct str entry;

	if (rbl_host_entry(asking->arena, rbl, &asking->set->domains, host, &entry))
		look_up(message, rbl, entry, host);
}

/* Texts, each once. */
struct names {
	struct str_list list;
	struct map *known;
};

static void add_once(struct arena *arena, struct names *names, struct str text)
{
	if (names->known == NULL)
		names->known = map_new(arena, MAP_EXACT);
	if (map_get(names->known, text) != NULL)
		return;
	map_set(names->known, text, names);
	vec_push(arena, &names->list, text);
}

/* Any of them, where there are too many. */
static void limit_names(struct str_list *names)
{
	if (names->len <= HOSTS_MAX)
		return;
	pick_some(names->items, sizeof(*names->items), names->len, HOSTS_MAX, pick_chance());
	names->len = HOSTS_MAX;
}

static void values_of(const struct rbl_message *message, const struct field_request *request,
                      struct str_list *values_r)
{
	*values_r = (struct str_list){ 0 };
	field_values(message->asking->facts, message->asking->arena, request, values_r);
}

static void add_hosts(const struct rbl_message *message, const struct field_request *request,
                      struct names *hosts)
{
	struct arena *arena = message->asking->arena;
	struct str_list addresses;
	struct str *address;

	values_of(message, request, &addresses);
	vec_foreach (&addresses, address) {
		struct str host = rbl_host_of_address(arena, *address);

		if (host.len > 0)
			add_once(arena, hosts, host);
	}
}

/* Of everyone that the message may be from; of Resent-From alone where it is there. */
static void collect_sender_hosts(const struct rbl_message *message, struct names *hosts)
{
	const struct rbl_data *data = message->data;
	struct str_list resent;

	values_of(message, data->resent_from, &resent);
	if (resent.len > 0) {
		add_hosts(message, data->resent_from, hosts);
		return;
	}
	for (size_t i = 0; i < SENDER_REQUESTS; i++)
		add_hosts(message, data->senders[i], hosts);
}

static const struct str_list *sender_hosts(struct rbl_message *message)
{
	struct names *hosts;

	if (message->sender_hosts != NULL)
		return message->sender_hosts;
	hosts = arena_new_object(message->asking->arena, struct names);
	collect_sender_hosts(message, hosts);
	limit_names(&hosts->list);
	message->sender_hosts = &hosts->list;
	return message->sender_hosts;
}

static void look_up_senders(struct rbl_message *message, const struct rbl_rule *rbl)
{
	struct asking *asking = message->asking;
	struct names names = { 0 };
	const struct str *host;

	vec_foreach (sender_hosts(message), host) {
		struct str name = *host;

		if (rbl->subject == RBL_SENDER_DOMAINS && !uri_is_ip_address(name))
			name = uri_domain_in(asking->arena, &asking->set->domains,
			                     uri_host_to_ascii(asking->arena, name));
		if (name.len > 0)
			add_once(asking->arena, &names, name);
	}
	vec_foreach (&names.list, host)
		look_up_host(message, rbl, *host);
}

/* The host of the envelope's sender; empty where it has none. */
static struct str envelope_host(const struct rbl_message *message)
{
	struct asking *asking = message->asking;
	struct str_list addresses;

	if (asking->facts == NULL)
		return rbl_host_of_address(asking->arena, asking->envelope->sender);
	values_of(message, message->data->envelope_sender, &addresses);
	return addresses.len > 0 ? rbl_host_of_address(asking->arena, addresses.items[0]) : STR("");
}

static void look_up_envelope(struct rbl_message *message, const struct rbl_rule *rbl)
{
	struct str host = envelope_host(message);

	if (host.len > 0)
		look_up_host(message, rbl, host);
}

/* The host of the field's address, or else its lines. */
static void add_field(const struct rbl_message *message, const struct rbl_field *field,
                      struct names *hosts)
{
	struct arena *arena = message->asking->arena;
	struct str_list values;
	struct str *value, line;

	values_of(message, field->address, &values);
	if (values.len > 0 && str_find_char(values.items[0], '@') >= 0) {
		struct str host = rbl_host_of_address(arena, values.items[0]);

		if (host.len > 0)
			add_once(arena, hosts, host);
		return;
	}
	values_of(message, field->lines, &values);
	vec_foreach (&values, value) {
		while (str_next_line(value, &line))
			if (str_trim(line).len > 0)
				add_once(arena, hosts, str_trim(line));
	}
}

static void look_up_fields(struct rbl_message *message, const struct rbl_rule *rbl)
{
	const struct rbl_fields *fields =
		rbl->fields != NULL ? rbl->fields : &message->data->usual_fields;
	struct names hosts = { 0 };
	const struct str *host;

	for (size_t i = 0; i < fields->len; i++)
		add_field(message, &fields->items[i], &hosts);
	limit_names(&hosts.list);
	vec_foreach (&hosts.list, host)
		look_up_host(message, rbl, *host);
}

static void look_up_vouched(struct rbl_message *message, const struct rbl_rule *rbl)
{
	struct str_list values;
	struct str *value;
	bool vouched;

	values_of(message, message->data->envelope_sender, &values);
	vouched = values.len > 0 && rbl_is_vouched(values.items[0], STR(""), rbl->accreditor);
	values_of(message, message->data->accreditor, &values);
	vec_foreach (&values, value)
		vouched = vouched || rbl_is_vouched(STR(""), *value, rbl->accreditor);
	if (vouched)
		look_up_relays(message, rbl);
}

static void look_up_oldest_relay(struct rbl_message *message, const struct rbl_rule *rbl)
{
	const struct relay_list *relays = message->relays;
	const struct relay *oldest =
		relays->len > relays->trusted ? &relays->items[relays->len - 1] : NULL;
	struct names hosts = { 0 };
	struct str *host;

	if (oldest == NULL)
		return;
	add_once(message->asking->arena, &hosts, oldest->ip);
	add_once(message->asking->arena, &hosts, oldest->by);
	add_once(message->asking->arena, &hosts, oldest->helo);
	add_once(message->asking->arena, &hosts, oldest->rdns);
	vec_foreach (&hosts.list, host) {
		if (host->len > 0)
			look_up_host(message, rbl, *host);
	}
}

struct server_lookup {
	struct rbl_message *message;
	const struct rbl_rule *rbl;
	struct str domain; /* that is left to be asked about where the host has no servers of its
	                      own */
};

static void servers_answered(void *context, const struct dns_answer *answer);

static void ask_servers(struct server_lookup *lookup, struct str host)
{
	ask_question(lookup->message->asking, lookup->rbl->rule, host, DNS_NS, servers_answered,
	             lookup);
}

static void servers_answered(void *context, const struct dns_answer *answer)
{
	struct server_lookup *lookup = context;
	struct str domain = lookup->domain;

	for (size_t i = 0; i < answer->count && i < HOSTS_MAX; i++)
		look_up_host(lookup->message, lookup->rbl, answer->records[i].data);
	lookup->domain = STR("");
	if (answer->count == 0 && domain.len > 0)
		ask_servers(lookup, domain);
}

static void look_up_servers(struct rbl_message *message, const struct rbl_rule *rbl)
{
	struct asking *asking = message->asking;
	struct str host = uri_host_to_ascii(asking->arena, envelope_host(message));
	struct server_lookup *lookup = arena_new_object(asking->arena, struct server_lookup);

	lookup->message = message;
	lookup->rbl = rbl;
	lookup->domain = uri_domain_in(asking->arena, &asking->set->domains, host);
	if (str_eq(lookup->domain, host))
		lookup->domain = STR("");
	if (uri_is_host_name(host))
		ask_servers(lookup, host);
}

static void look_up_for(struct rbl_message *message, const struct rbl_rule *rbl)
{
	static void (*const subjects[])(struct rbl_message *, const struct rbl_rule *) = {
		[RBL_RELAYS] = look_up_relays,
		[RBL_VOUCHED_RELAYS] = look_up_vouched,
		[RBL_SENDER_HOSTS] = look_up_senders,
		[RBL_SENDER_DOMAINS] = look_up_senders,
		[RBL_ENVELOPE_SENDER] = look_up_envelope,
		[RBL_FIELDS] = look_up_fields,
		[RBL_NAME_SERVERS] = look_up_servers,
		[RBL_OLDEST_RELAY] = look_up_oldest_relay,
	};

	subjects[rbl->subject](message, rbl);
}

static struct rbl_message *begin(struct asking *asking, const struct relay_list *relays)
{
	struct rbl_message *message = arena_new_object(asking->arena, struct rbl_message);

	message->asking = asking;
	message->data = asking->data;
	message->relays = relays;
	return message;
}

/* What is known of the client is enough where nobody is in front of it. */
static void at_envelope(struct asking *asking)
{
	struct rbl_message *message = begin(asking, asking->relays);

	for (size_t i = 0; i < message->data->rules.len; i++) {
		const struct rbl_rule *rbl = message->data->rules.items[i];

		if ((rbl->subject == RBL_RELAYS || rbl->subject == RBL_ENVELOPE_SENDER) &&
		    is_wanted(asking, rbl))
			look_up_for(message, rbl);
	}
}

static void at_message(struct asking *asking)
{
	struct rbl_message *message = begin(asking, asking->facts->relays);

	for (size_t i = 0; i < message->data->rules.len; i++)
		if (is_wanted(asking, message->data->rules.items[i]))
			look_up_for(message, message->data->rules.items[i]);
}

static unsigned kinds_of(const struct rbl_rule *rbl)
{
	bool addresses = rbl->subject == RBL_RELAYS || rbl->subject == RBL_VOUCHED_RELAYS;

	return addresses || !rbl->names ? DNS_LIST_ADDRESSES : DNS_LIST_NAMES;
}

/* Rules that test the answers to all those of the same set. */
static void share_answers(struct ruleset *set, const struct rbl_data *data, struct rule *rule)
{
	struct rbl_rule *test = rule->ask;
	bool known = false;

	for (size_t i = 0; i < data->rules.len; i++) {
		struct rbl_rule *rbl = data->rules.items[i];

		if (!str_eq(rbl->set, test->set))
			continue;
		if (!known)
			test->test.wants_notices =
				rbl_test_is_about_notices(&test->test, rbl->zone);
		known = true;
		vec_push(set->arena, &rbl->answers, rule);
	}
}

static void add_rule(struct ruleset *set, struct rbl_data *data, struct rbl_rule *rbl)
{
	rbl->test.wants_notices = rbl_test_is_about_notices(&rbl->test, rbl->zone);
	ask_use_list(set, rbl->zone, kinds_of(rbl));
	vec_push(set->arena, &data->rules, rbl);
}

static struct field_request *request(struct ruleset *set, const char *text)
{
	struct error error;

	return field_request_parse(set->arena, str_from(text), &error);
}

static void make_requests(struct ruleset *set, struct rbl_data *data)
{
	static const char *const senders[SENDER_REQUESTS] = {
		"From:addr",          "Envelope-Sender:addr",
		"Resent-Sender:addr", "X-Envelope-From:addr",
		"EnvelopeFrom:addr",
	};
	const struct str_list *fields = ruleset_words(set, "rbl_headers");
	struct error error;

	for (size_t i = 0; i < SENDER_REQUESTS; i++)
		data->senders[i] = request(set, senders[i]);
	data->resent_from = request(set, "Resent-From:first:addr");
	data->envelope_sender = request(set, "EnvelopeFrom:addr");
	data->accreditor = request(set, "Accreditor");
	rbl_fields_read(set->arena,
	                fields->len > 0 ? fields->items[fields->len - 1]
	                                : STR("EnvelopeFrom,Reply-To,Disposition-Notification-To,"
	                                      "X-WebmailclientIP,X-Source-IP"),
	                &data->usual_fields, &error);
}

static void *compile(struct ruleset *set)
{
	struct rbl_data *data = arena_new_object(set->arena, struct rbl_data);

	for (size_t i = 0; i < set->rules.len; i++) {
		struct rbl_rule *rbl = rbl_of(set->rules.items[i]);

		if (rbl != NULL && rbl->rule->off == NULL && rbl->subject != RBL_ANSWERS)
			add_rule(set, data, rbl);
	}
	for (size_t i = 0; i < set->rules.len; i++) {
		struct rbl_rule *rbl = rbl_of(set->rules.items[i]);

		if (rbl != NULL && rbl->rule->off == NULL && rbl->subject == RBL_ANSWERS)
			share_answers(set, data, set->rules.items[i]);
	}
	make_requests(set, data);
	return data->rules.len > 0 ? data : NULL;
}

const struct ask_kind rbl_ask_kind = {
	.name = "rbl",
	.functions = rbl_functions,
	.compile = compile,
	.at_envelope = at_envelope,
	.at_message = at_message,
};
