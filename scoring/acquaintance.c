/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/acquaintance.h"

#include <math.h>
#include <time.h>

#include "base/map.h"
#include "message/address_field.h"
#include "message/uri.h"
#include "rules/model/glob.h"

/* Fields and ids that are looked at; real ones have few. */
#define AUTHORS_MAX 8
#define THREADS_MAX 20

/* How well a sender is known to whom nobody wrote a message that he answers, thousandths; to a
 * colleague of who wrote; to somebody else here. */
#define KNOWN_WITHOUT_ANSWER 750
#define KNOWN_TO_DOMAIN      0.8
#define KNOWN_TO_SITE        0.6
/* What is older counts half as much. */
#define KNOWN_HALF_LIFE_S (180.0 * 86400)

/* A message while it is being asked about. */
struct search {
	struct arena *arena;
	const struct policy *policy;
	const struct facts *facts;
	const struct envelope_recipients *recipients;
	struct identity identity;
	struct str_list addresses; /* that it may be from, the author's first if there is one */
	struct people_question question;
	struct people_answer answer;
	struct people *people;
};

static void push_new(struct arena *arena, struct str_list *list, struct str text)
{
	for (size_t i = 0; i < list->len; i++)
		if (str_eq(list->items[i], text))
			return;
	vec_push(arena, list, text);
}

/* "user+extension@domain" → "user@domain". */
static struct str without_extension(struct arena *arena, const struct settings *settings,
                                    struct str address, size_t at)
{
	for (size_t i = 1; i < at; i++)
		if (str_find_char(settings->recipient_delimiter, address.data[i]) >= 0)
			return arena_printf(arena, "%.*s%.*s", (int)i, address.data,
			                    STR_FMT(str_from_offset(address, at)));
	return address;
}

void acquaintance_scopes(struct arena *arena, const struct settings *settings, struct str recipient,
                         struct str_list *scopes)
{
	struct str address = arena_str_lower(arena, recipient);
	ptrdiff_t at = str_rfind_char(address, '@');

	if (at > 0) {
		push_new(arena, scopes, address);
		push_new(arena, scopes, without_extension(arena, settings, address, (size_t)at));
		push_new(arena, scopes, str_from_offset(address, (size_t)at + 1));
	}
	push_new(arena, scopes, STR(""));
}

bool acquaintance_history_scope(struct arena *arena, const struct settings *settings,
                                const struct envelope_recipients *recipients, struct str *scope_r)
{
	*scope_r = STR("");
	if (settings->sender_history == PEOPLE_SCOPE_OFF)
		return false;
	for (size_t i = 0; settings->sender_history == PEOPLE_SCOPE_DOMAIN && i < recipients->len;
	     i++) {
		struct str domain =
			arena_str_lower(arena, address_field_domain(recipients->items[i].address));

		if (i > 0 && !str_eq(*scope_r, domain))
			return false;
		*scope_r = domain;
	}
	return true;
}

struct acquaintance_names acquaintance_names(struct arena *arena, const struct policy *policy,
                                             const struct identity *identity,
                                             const struct facts *facts)
{
	struct acquaintance_names names = {
		.voucher = identity_voucher(arena, identity, facts, policy->reputation.ipv4_bits,
		                            policy->reputation.ipv6_bits)
	};

	if (names.voucher.len > 0)
		names.author = arena_printf(arena, "%.*s %.*s", STR_FMT(names.voucher),
		                            STR_FMT(identity->author));
	return names;
}

struct str acquaintance_thread_domain(struct arena *arena, struct str address)
{
	struct str domain = arena_str_lower(arena, address_field_domain(address));
	struct str registered = uri_registered_domain(arena, domain);

	return registered.len > 0 ? registered : domain;
}

/* The question. */

static void find_addresses(struct search *search)
{
	const struct header_list *headers = &search->facts->message->headers;
	const struct header *from = header_first(headers, STR("From"));
	struct str_list authors = { 0 };
	struct str sender = arena_str_lower(search->arena, search->facts->envelope->sender);

	for (; from != NULL && authors.len < AUTHORS_MAX;
	     from = header_next(headers, STR("From"), from))
		address_field_authors(search->arena, from->unfolded, &authors);
	for (size_t i = 0; i < authors.len && i < AUTHORS_MAX; i++)
		push_new(search->arena, &search->addresses, authors.items[i]);
	if (sender.len > 0)
		push_new(search->arena, &search->addresses, sender);
}

static void ask_about_lists(struct search *search)
{
	const struct envelope_recipients *recipients = search->recipients;
	struct map *seen = map_new(search->arena, MAP_EXACT);
	struct str_list scopes = { 0 };

	acquaintance_scopes(search->arena, &search->policy->settings, STR(""), &scopes);
	for (size_t i = 0; i < recipients->len; i++) {
		struct str_list own = { 0 };

		acquaintance_scopes(search->arena, &search->policy->settings,
		                    recipients->items[i].address, &own);
		for (size_t k = 0; k < own.len; k++)
			vec_push(search->arena, &scopes, own.items[k]);
	}
	for (size_t i = 0; i < scopes.len; i++) {
		if (map_get(seen, scopes.items[i]) != NULL)
			continue;
		map_set(seen, scopes.items[i], search);
		vec_push(search->arena, &search->question.scopes, scopes.items[i]);
	}
	for (size_t i = 0; i < search->addresses.len; i++) {
		struct str address = search->addresses.items[i];

		push_new(search->arena, &search->question.patterns, address);
		push_new(search->arena, &search->question.patterns,
		         arena_printf(search->arena, "*@%.*s",
		                      STR_FMT(address_field_domain(address))));
	}
}

/* The ids in a field of Message-IDs, the last ones: what is answered is at the end. */
static void add_threads(struct search *search, const char *field, struct str domain)
{
	const struct header *header =
		header_first(&search->facts->message->headers, str_from(field));
	struct str rest = header != NULL ? header->unfolded : STR("");

	while (search->question.threads.len < THREADS_MAX) {
		ptrdiff_t end = str_rfind_char(rest, '>'), start;

		if (end < 0)
			return;
		rest = str_prefix(rest, (size_t)end);
		start = str_rfind_char(rest, '<');
		if (start < 0)
			return;
		push_new(search->arena, &search->question.threads,
		         people_thread(search->arena, str_from_offset(rest, (size_t)start + 1),
		                       domain));
		rest = str_prefix(rest, (size_t)start);
	}
}

static void ask_about_author(struct search *search)
{
	const struct settings *settings = &search->policy->settings;
	const struct identity *identity = &search->identity;
	struct people_question *question = &search->question;
	struct acquaintance_names names;
	struct str domain;

	if (!identity->shown)
		return;
	if (settings->correspondents != PEOPLE_SCOPE_OFF) {
		question->author = identity->author;
		domain = acquaintance_thread_domain(search->arena, identity->author);
		add_threads(search, "In-Reply-To", domain);
		add_threads(search, "References", domain);
	}
	if (!search->policy->reputation.used ||
	    !acquaintance_history_scope(search->arena, settings, search->recipients,
	                                &question->history_scope))
		return;
	names = acquaintance_names(search->arena, search->policy, identity, search->facts);
	vec_push(search->arena, &question->identities, names.author);
	vec_push(search->arena, &question->identities, names.voucher);
	search->people->wants_history = true;
}

/* The answer. */

/* How closely a pattern fits any address that may count; 0: it doesn't. */
static int fit(const struct search *search, const struct people_entry *entry)
{
	bool welcome = entry->list == PEOPLE_WELCOMED && !entry->unauthenticated;
	const struct str_list author = { .items = (struct str *)&search->identity.author,
		                         .len = 1 };
	const struct str_list *addresses = welcome ? &author : &search->addresses;

	if (welcome && !search->identity.shown)
		return 0;
	for (size_t i = 0; i < addresses->len; i++)
		if (glob_match(entry->pattern, addresses->items[i]))
			return people_is_glob(entry->pattern)          ? 1
			       : str_starts(entry->pattern, STR("*@")) ? 2
			                                               : 3;
	return 0;
}

/* In the narrowest scope that has anything to say, what fits most closely; a welcome before a
 * block. */
static void apply_lists(const struct search *search, const struct str_list *scopes,
                        struct people_standing *standing)
{
	const struct people_entry_list *entries = &search->answer.entries;
	int best = 0;

	for (size_t i = 0; i < scopes->len && best == 0; i++) {
		for (size_t k = 0; k < entries->len; k++) {
			const struct people_entry *entry = &entries->items[k];
			int closeness;

			if (!str_eq(entry->scope, scopes->items[i]))
				continue;
			closeness = fit(search, entry);
			if (closeness < best || closeness == 0 ||
			    (closeness == best && entry->list != PEOPLE_WELCOMED))
				continue;
			best = closeness;
			standing->list = entry->list;
			standing->entry = *entry;
		}
	}
}

static int32_t known_by(const struct people_contact *contact, int64_t now_s)
{
	double age = (double)(now_s - contact->last_s), count = (double)contact->count;
	double place = contact->scope.len == 0                  ? KNOWN_TO_SITE
	               : str_find_char(contact->scope, '@') < 0 ? KNOWN_TO_DOMAIN
	                                                        : 1;

	if (contact->count <= 0)
		return 0;
	return (int32_t)lround(KNOWN_WITHOUT_ANSWER * place * count / (count + 1) *
	                       exp2(-(age > 0 ? age : 0) / KNOWN_HALF_LIFE_S));
}

static bool is_among(struct str text, const struct str_list *list)
{
	for (size_t i = 0; i < list->len; i++)
		if (str_eq(list->items[i], text))
			return true;
	return false;
}

static void apply_contacts(const struct search *search, const struct str_list *scopes,
                           struct people_standing *standing)
{
	bool site = search->policy->settings.correspondents == PEOPLE_SCOPE_SITE;

	for (size_t i = 0; i < search->answer.contacts.len; i++) {
		const struct people_contact *contact = &search->answer.contacts.items[i];
		int32_t known = known_by(contact, search->people->now_s);

		if (known <= standing->known || !is_among(contact->scope, scopes) ||
		    (contact->scope.len == 0 && !site))
			continue;
		standing->known = known;
		standing->letters = contact->count;
		standing->last_s = contact->last_s;
	}
	for (size_t i = 0; i < search->answer.threads.len && !standing->answers; i++) {
		struct str scope = search->answer.threads.items[i];

		standing->answers = is_among(scope, scopes) && (scope.len > 0 || site);
	}
	if (standing->answers)
		standing->known = PEOPLE_KNOWN_FULL;
}

static struct people_standing standing_of(const struct search *search, struct str recipient)
{
	struct people_standing standing = { 0 };
	struct str_list scopes = { 0 };

	acquaintance_scopes(search->arena, &search->policy->settings, recipient, &scopes);
	apply_lists(search, &scopes, &standing);
	apply_contacts(search, &scopes, &standing);
	return standing;
}

/* What all have in common: the same list, and the least acquaintance. */
static void judge_recipients(struct search *search)
{
	const struct envelope_recipients *recipients = search->recipients;
	struct people_standing *own = arena_calloc(search->arena, recipients->len, sizeof(*own));
	struct people_standing *common = &search->people->standing;
	bool differ = false;

	for (size_t i = 0; i < recipients->len; i++) {
		own[i] = standing_of(search, recipients->items[i].address);
		if (i == 0)
			*common = own[i];
		differ = differ || own[i].list != own[0].list || own[i].known != own[0].known;
		if (own[i].known < common->known) {
			common->known = own[i].known;
			common->letters = own[i].letters;
			common->last_s = own[i].last_s;
			common->answers = own[i].answers;
		}
		if (own[i].list != common->list)
			common->list = PEOPLE_UNLISTED;
	}
	if (recipients->len == 0)
		*common = standing_of(search, STR(""));
	if (differ) {
		search->people->recipients = own;
		search->people->recipient_count = recipients->len;
	}
}

static struct people_history history_of(const struct search *search, size_t identity)
{
	const struct people_history_list *histories = &search->answer.histories;
	struct people_history none = { 0 };

	for (size_t i = 0; i < histories->len; i++)
		if (str_eq(histories->items[i].identity,
		           search->question.identities.items[identity]))
			return histories->items[i];
	return none;
}

const struct people *acquaintance_find(struct arena *arena, const struct policy *policy,
                                       const struct people_reader *reader,
                                       const struct facts *facts,
                                       const struct envelope_recipients *recipients,
                                       struct deadline deadline)
{
	struct search search = {
		.arena = arena, .policy = policy, .facts = facts, .recipients = recipients
	};

	if (reader == NULL)
		return NULL;
	search.people = arena_new_object(arena, struct people);
	search.people->now_s = (int64_t)time(NULL);
	search.identity = identity_of(arena, facts);
	search.people->has_shown = search.identity.shown;
	find_addresses(&search);
	ask_about_lists(&search);
	ask_about_author(&search);
	if (!reader->read(reader, arena, &search.question, deadline, &search.answer)) {
		search.people->unread = true;
		return search.people;
	}
	judge_recipients(&search);
	if (search.people->wants_history) {
		search.people->author_history = history_of(&search, 0);
		search.people->voucher_history = history_of(&search, 1);
	}
	return search.people;
}
