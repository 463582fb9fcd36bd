/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ruleset.h"

#include <stdlib.h>

#include "base/memory.h"
#include "rules/ask/ask.h"
#include "rules/doubt.h"
#include "rules/eval/eval.h"
#include "rules/eval/eval_pattern.h"
#include "rules/match/candidates.h"
#include "rules/match/field.h"
#include "rules/match/lazy_meta.h"
#include "rules/match/lazy_meta_index.h"
#include "rules/match/matcher.h"
#include "rules/match/scanner.h"
#include "rules/match/shortcircuit.h"
#include "rules/model/ruleset_data.h"
#include "rules/read/compile.h"
#include "rules/read/reader.h"
#include "rules/read/statement.h"
#include "rules/recipient_changes.h"
#include "rules/reputation.h"
#include "rules/uri_rules.h"

struct ruleset *ruleset_new(const struct ruleset_options *options)
{
	struct ruleset *set = memory_calloc(1, sizeof(*set));
	struct arena *arena = arena_new();

	set->arena = arena;
	set->network_tests = options->network_tests;
	set->trusted_authserv = options->trusted_authserv;
	set->local_resolver = options->local_resolver;
	if (options->cache_directory.len > 0)
		set->cache.directory = arena_cstr(arena, options->cache_directory);
	set->cache.cached_only = options->cached_only;
	set->profile = options->profile;
	set->all_rules = options->all_rules;
	set->scanners = options->scanners;
	set->match_limit = options->match_limit;
	site_init(&set->site, arena);
	set->site.geo = options->geo;
	set->geo_is_given = options->geo != NULL;
	set->asn.prefix = STR("AS");
	set->shortcircuit.spam_score = 100 * 1000;
	set->shortcircuit.ham_score = -100 * 1000;
	set->by_name = map_new(arena, MAP_EXACT);
	set->plugins = map_new(arena, MAP_EXACT);
	set->compat = map_new(arena, MAP_EXACT);
	set->adsp_overrides = map_new(arena, MAP_EXACT);
	set->address_lists = map_new(arena, MAP_EXACT);
	set->uri_host_lists = map_new(arena, MAP_EXACT);
	set->words = map_new(arena, MAP_EXACT);
	brand_table_init(arena, &set->brands);
	set->uribl.skipped = map_new(arena, MAP_EXACT);
	set->uribl.max_hosts = URIBL_DEFAULT_MAX_HOSTS;
	set->hashbl.ignored = map_new(arena, MAP_EXACT);
	set->hashbl.aliases = map_new(arena, MAP_EXACT);
	set->hashbl.acls = map_new(arena, MAP_EXACT);
	set->dns_lists = dns_list_set_new(arena);
	set->replace_tags = map_new(arena, MAP_EXACT);
	return set;
}

/* Apart from the rules, of which a message's hits would be a long way to go. */
static bool *find_shown(const struct ruleset *set)
{
	bool *shown = arena_calloc(set->arena, set->slots, sizeof(*shown));

	for (size_t i = 0; i < set->rules.len; i++)
		shown[set->rules.items[i]->slot] =
			set->all_rules || !rule_is_sub(set->rules.items[i]);
	return shown;
}

void ruleset_finish(struct ruleset *set, struct problems *problems)
{
	struct scanner_shape shape = {
		.slots = set->slots,
		.match_limit = set->match_limit,
		.profile = set->profile,
	};

	statement_finish_networks(set, problems);
	statement_finish_reading(set);
	statement_finish_geo(set);
	eval_pattern_compile_all(set);
	compile_rules(set, problems);
	field_index(set);
	candidates_compile(set);
	uri_rules_compile(set);
	if (set->cache.note.text[0] != '\0')
		problems_add(problems, PROBLEM_WARNING, NULL, "%s", set->cache.note.text);
	shortcircuit_compile(set);
	lazy_meta_index_make(set);
	ask_compile(set);
	set->shown = find_shown(set);
	shape.slots = set->slots;
	shape.fields = set->fields.len;
	shape.prefilters = set->prefilters.items;
	shape.prefilter_count = set->prefilters.len;
	lazy_meta_shape(set, &shape);
	set->pool = scanner_pool_new(set->scanners, &shape);
}

struct ruleset *ruleset_load(const struct ruleset_options *options, struct problems *problems)
{
	struct ruleset *set = ruleset_new(options);
	size_t errors = problems->errors;

	reader_read_paths(set, &options->paths, problems);
	if (problems->errors > errors) {
		ruleset_free(set);
		return NULL;
	}
	ruleset_finish(set, problems);
	return set;
}

bool ruleset_is_provisional(const struct ruleset *ruleset)
{
	return ruleset->cache.left_out > 0;
}

void ruleset_count_scanners(const struct ruleset *ruleset, struct semaphore_counts *counts_r)
{
	scanner_pool_count(ruleset->pool, counts_r);
}

void ruleset_free(struct ruleset *ruleset)
{
	if (ruleset == NULL)
		return;
	scanner_pool_free(ruleset->pool);
	arena_free(ruleset->arena);
	free(ruleset);
}

void ruleset_ask_early(const struct ruleset *ruleset, struct arena *arena,
                       const struct envelope *envelope, const struct relay_list *relays,
                       struct dns_questions *questions)
{
	struct asking asking = { .set = ruleset,
		                 .envelope = envelope,
		                 .relays = relays,
		                 .arena = arena,
		                 .questions = questions };

	dns_questions_use_lists(questions, ruleset->dns_lists);
	ask_at_envelope(&asking);
}

struct matching {
	struct match match;
	struct asking asking;
	const struct facts *facts;     /* as given; match.facts may have more URIs */
	struct parked_scanner *parked; /* NULL while match.scanner is there, or none is needed */
};

struct matching *ruleset_match_begin(const struct ruleset *ruleset, struct arena *arena,
                                     const struct facts *facts, struct dns_questions *questions,
                                     struct deadline deadline)
{
	struct matching *matching = arena_new_object(arena, struct matching);
	struct match *match = &matching->match;
	struct eval_context context;

	*match = (struct match){
		.set = ruleset, .arena = arena, .facts = facts, .deadline = deadline
	};
	match->hits = arena_new_object(arena, struct hits);
	context = match_eval_context(match, NULL);
	match->facts = eval_pdf_add_uris(&context);
	matching->facts = facts;
	matching->asking = (struct asking){ .set = ruleset,
		                            .envelope = facts->envelope,
		                            .arena = arena,
		                            .facts = match->facts,
		                            .relays = facts->relays,
		                            .match = match,
		                            .questions = questions };
	if (questions != NULL)
		dns_questions_use_lists(questions, ruleset->dns_lists);
	ask_at_message(&matching->asking);
	match->scanner = scanner_borrow(ruleset->pool, deadline);
	if (match->scanner != NULL)
		matcher_run_local(match);
	return matching;
}

bool ruleset_match_waits(struct matching *matching)
{
	return matching->asking.questions != NULL && dns_questions_open(matching->asking.questions);
}

void ruleset_match_park(struct matching *matching)
{
	struct match *match = &matching->match;

	if (match->scanner == NULL)
		return;
	matching->parked = scanner_park(match->set->pool, match->scanner, match->arena);
	match->scanner = NULL;
}

void ruleset_match_wait(struct matching *matching, struct dns_patience patience,
                        struct deadline deadline)
{
	if (matching->asking.questions != NULL)
		dns_questions_run(matching->asking.questions, patience, deadline);
}

void ruleset_match_wait_until(struct matching *matching, struct dns_patience patience,
                              struct deadline deadline, dns_has_come *has_come, const void *context)
{
	if (matching->asking.questions != NULL)
		dns_questions_run_until(matching->asking.questions, patience, deadline, has_come,
		                        context);
}

/* Into the copy that rules look at, if it is one: what has been found out since. */
static void take_facts(struct matching *matching)
{
	const struct message *message = matching->match.facts->message;
	struct facts *facts;

	if (matching->match.facts == matching->facts)
		return;
	facts = arena_new_object(matching->match.arena, struct facts);
	*facts = *matching->facts;
	facts->message = message;
	matching->match.facts = matching->asking.facts = facts;
}

void ruleset_match_tags(struct matching *matching)
{
	take_facts(matching);
	ask_at_tags(&matching->asking);
}

void ruleset_match_learned(struct matching *matching, const struct learned_models *models)
{
	matching->match.models = models;
}

const struct hits *ruleset_match_end(struct matching *matching)
{
	struct match *match = &matching->match;
	struct scanner_pool *pool = match->set->pool;

	take_facts(matching);
	if (matching->parked != NULL)
		match->scanner = scanner_resume(pool, matching->parked, match->deadline);
	if (match->scanner == NULL) {
		match->hits->limits |= HITS_LIMIT_NO_SCANNER;
		doubt_measure(match);
		return match->hits;
	}
	ask_finish(&matching->asking);
	matcher_run_rest(match);
	matcher_collect(match);
	ask_apply_blocks(match);
	shortcircuit_apply(match);
	recipient_changes_find(match);
	reputation_pull(match);
	doubt_measure(match);
	scanner_return(pool, match->scanner);
	return match->hits;
}

const struct hits *ruleset_match(const struct ruleset *ruleset, struct arena *arena,
                                 const struct facts *facts, struct deadline deadline)
{
	return ruleset_match_end(ruleset_match_begin(ruleset, arena, facts, NULL, deadline));
}

struct str ruleset_description(const struct ruleset *ruleset, struct str name)
{
	const struct rule *rule = map_get(ruleset->by_name, name);

	return rule != NULL ? rule->description : STR("");
}

const struct site *ruleset_site(const struct ruleset *ruleset)
{
	return &ruleset->site;
}

struct str ruleset_subject_prefix(const struct ruleset *ruleset, struct str name)
{
	const struct rule *rule = map_get(ruleset->by_name, name);

	return rule != NULL ? rule->subject_prefix : STR("");
}

const char *ruleset_area(const struct ruleset *ruleset, struct str name)
{
	const struct rule *rule = map_get(ruleset->by_name, name);
	bool eval = rule != NULL && rule->type == RULE_EVAL;

	if (rule == NULL || rule->line == NULL)
		return "";
	if (rule->type == RULE_URI)
		return "URI: ";
	if (rule->type == RULE_FULL || (eval && str_starts_ci(rule->line->text, STR("full"))))
		return "FULL: ";
	if (rule->type == RULE_RAWBODY || (eval && rule->eval_raw))
		return "RAW: ";
	if (rule->type == RULE_BODY || (eval && str_starts_ci(rule->line->text, STR("body"))))
		return "BODY: ";
	return "";
}
