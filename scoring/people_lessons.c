/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/people_lessons.h"

#include <time.h>

#include "message/address_field.h"
#include "scoring/acquaintance.h"

/* Who writes to more at once has no conversation with each. */
#define RECIPIENTS_MAX 50

/* Did it begin with a user of ours? What a trusted host only passes on did not. */
static bool is_from_user(const struct envelope *envelope, const struct facts *facts)
{
	const struct relay_list *relays = facts->relays;

	if (envelope->authenticated)
		return true;
	return facts->client_trusted && relays->trusted >= relays->len && relays->unreadable == 0;
}

static struct str field_of(const struct facts *facts, const char *name)
{
	const struct header *header = header_first(&facts->message->headers, str_from(name));

	return header != NULL ? str_trim(header->unfolded) : STR("");
}

/* An automatic answer (RFC 3834), a list's or bulk mail: nobody here wrote to these recipients. */
static bool is_automatic(const struct facts *facts)
{
	struct str automatic = field_of(facts, "Auto-Submitted");
	struct str precedence = field_of(facts, "Precedence");

	return (automatic.len > 0 && !str_eq_ci(automatic, STR("no"))) ||
	       field_of(facts, "List-Id").len > 0 || field_of(facts, "X-Loop").len > 0 ||
	       str_eq_ci(precedence, STR("bulk")) || str_eq_ci(precedence, STR("list")) ||
	       str_eq_ci(precedence, STR("junk")) || str_eq_ci(precedence, STR("auto_reply"));
}

static void add(struct arena *arena, struct people_lesson_list *lessons,
                enum people_lesson_kind kind, struct str scope, struct str name)
{
	struct people_lesson lesson = {
		.kind = kind, .scope = scope, .name = name, .time_s = (int64_t)time(NULL)
	};

	vec_push(arena, lessons, lesson);
}

static struct str message_id(const struct facts *facts)
{
	struct str id = field_of(facts, "Message-ID");

	if (id.len > 2 && id.data[0] == '<' && id.data[id.len - 1] == '>')
		return (struct str){ id.data + 1, id.len - 2 };
	return STR("");
}

static void learn_recipient(struct arena *arena, const struct str_list *scopes,
                            const struct facts *facts, struct str recipient,
                            struct people_lesson_list *lessons)
{
	struct str address = arena_str_lower(arena, recipient), id = message_id(facts);
	struct str thread = people_thread(arena, id, acquaintance_thread_domain(arena, address));

	for (size_t i = 0; i < scopes->len; i++) {
		struct str scope = scopes->items[i];

		add(arena, lessons, PEOPLE_WROTE_TO, scope, address);
		if (id.len > 0 && str_find_char(scope, '@') < 0)
			add(arena, lessons, PEOPLE_SENT, scope, thread);
	}
}

/* The writer's scopes: his address without an extension, his domain, and with `site`, all. */
static struct str_list scopes_of(struct arena *arena, const struct settings *settings,
                                 struct str sender)
{
	struct str_list all = { 0 }, scopes = { 0 };

	acquaintance_scopes(arena, settings, sender, &all);
	if (all.len > 3)
		all.items++, all.len--;
	for (size_t i = 0; i < all.len; i++)
		if (all.items[i].len > 0 || settings->correspondents == PEOPLE_SCOPE_SITE)
			vec_push(arena, &scopes, all.items[i]);
	return scopes;
}

static void learn_correspondents(struct arena *arena, const struct policy *policy,
                                 const struct envelope *envelope, const struct assay *assay,
                                 struct people_lesson_list *lessons)
{
	const struct envelope_recipients *recipients = &envelope->recipients;
	struct str_list scopes;

	if (policy->settings.correspondents == PEOPLE_SCOPE_OFF ||
	    address_field_domain(envelope->sender).len == 0 || recipients->len > RECIPIENTS_MAX ||
	    assay->score > policy->settings.required_score || is_automatic(assay->facts))
		return;
	scopes = scopes_of(arena, &policy->settings, envelope->sender);
	for (size_t i = 0; i < recipients->len; i++)
		if (address_field_domain(recipients->items[i].address).len > 0)
			learn_recipient(arena, &scopes, assay->facts, recipients->items[i].address,
			                lessons);
}

static void add_score(struct arena *arena, const struct policy *policy, const struct hits *hits,
                      struct str scope, struct str name, struct people_lesson_list *lessons)
{
	if (name.len == 0)
		return;
	add(arena, lessons, PEOPLE_SCORED, scope, name);
	lessons->items[lessons->len - 1].score = hits->reputation;
	lessons->items[lessons->len - 1].window = policy->reputation.window;
}

static void learn_score(struct arena *arena, const struct policy *policy,
                        const struct envelope *envelope, const struct assay *assay,
                        struct people_lesson_list *lessons)
{
	const struct hits *hits = assay->hits;
	struct identity identity;
	struct acquaintance_names names;
	struct str scope;

	if (!hits->has_reputation || hits->limits != 0 || assay->limits.len > 0 ||
	    hits->doubt != 0 ||
	    !acquaintance_history_scope(arena, &policy->settings, &envelope->recipients, &scope))
		return;
	identity = identity_of(arena, assay->facts);
	names = acquaintance_names(arena, policy, &identity, assay->facts);
	add_score(arena, policy, hits, scope, names.author, lessons);
	add_score(arena, policy, hits, scope, names.voucher, lessons);
}

void people_lessons_of(struct arena *arena, const struct policy *policy,
                       const struct envelope *envelope, const struct assay *assay,
                       struct people_lesson_list *lessons)
{
	if (settings_role(&policy->settings, envelope->daemon_name) != ROLE_FRONT || assay->sealed)
		return;
	if (is_from_user(envelope, assay->facts))
		learn_correspondents(arena, policy, envelope, assay, lessons);
	else if (assay->skipped == NULL)
		learn_score(arena, policy, envelope, assay, lessons);
}
