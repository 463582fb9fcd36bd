/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fuzz/rules_match.h"

#include "rules/uri_rules.h"

const struct hits *rules_match(struct arena *arena, const struct ruleset *set, struct str mail)
{
	struct message_limits limits = message_default_limits();
	struct envelope *envelope = arena_new_object(arena, struct envelope);
	struct uri_rules *uri_rules = arena_new_object(arena, struct uri_rules);
	struct facts *facts = arena_new_object(arena, struct facts);

	*envelope = (struct envelope){ .sender = STR("jane@example.com"), .has_sender = true };
	uri_rules_init(uri_rules, set, deadline_in_ms(500));
	facts->message = message_parse_for(arena, mail, &limits, &ruleset_site(set)->reading,
	                                   &uri_rules->knowledge);
	uri_rules_deinit(uri_rules);
	facts->envelope = envelope;
	facts->relays = relays_parse(
		arena, &facts->message->headers, envelope,
		&(struct relay_settings){ .trusted = &ruleset_site(set)->trusted_networks,
	                                  .internal = &ruleset_site(set)->internal_networks,
	                                  .msa = &ruleset_site(set)->msa_networks });
	return ruleset_match(set, arena, facts, deadline_in_ms(20000));
}
