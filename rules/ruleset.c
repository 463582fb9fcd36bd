/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ruleset.h"

#include <stdlib.h>

#include "base/memory.h"
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
#include "rules/uri_rules.h"

struct ruleset *ruleset_new(const struct ruleset_options *options)
{
	struct ruleset *set = memory_calloc(1, sizeof(*set));
	struct arena *arena = arena_new();

	set->arena = arena;
	set->network_tests = options->network_tests;
	if (options->cache_directory.len > 0)
		set->cache.directory = arena_cstr(arena, options->cache_directory);
	set->cache.cached_only = options->cached_only;
	set->profile = options->profile;
	set->all_rules = options->all_rules;
	set->scanners = options->scanners;
	set->match_limit = options->match_limit;
	site_init(&set->site, arena);
	set->shortcircuit.spam_score = 100 * 1000;
	set->shortcircuit.ham_score = -100 * 1000;
	set->by_name = map_new(arena, MAP_EXACT);
	set->plugins = map_new(arena, MAP_EXACT);
	set->compat = map_new(arena, MAP_EXACT);
	set->adsp_overrides = map_new(arena, MAP_EXACT);
	set->address_lists = map_new(arena, MAP_EXACT);
	set->uri_host_lists = map_new(arena, MAP_EXACT);
	set->words = map_new(arena, MAP_EXACT);
	set->replace_tags = map_new(arena, MAP_EXACT);
	return set;
}

void ruleset_finish(struct ruleset *set, struct problems *problems)
{
	struct scanner_shape shape = {
		.slots = set->slots,
		.match_limit = set->match_limit,
		.profile = set->profile,
	};

	statement_finish_networks(set, problems);
	statement_finish_sizes(set);
	eval_pattern_compile_all(set);
	compile_rules(set, problems);
	field_index(set);
	candidates_compile(set);
	uri_rules_compile(set);
	if (set->cache.note.text[0] != '\0')
		problems_add(problems, PROBLEM_WARNING, NULL, "%s", set->cache.note.text);
	shortcircuit_compile(set);
	lazy_meta_index_make(set);
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

void ruleset_free(struct ruleset *ruleset)
{
	if (ruleset == NULL)
		return;
	scanner_pool_free(ruleset->pool);
	arena_free(ruleset->arena);
	free(ruleset);
}

const struct hits *ruleset_match(const struct ruleset *ruleset, struct arena *arena,
                                 const struct facts *facts, struct deadline deadline)
{
	struct match match = {
		.set = ruleset, .arena = arena, .facts = facts, .deadline = deadline
	};
	struct eval_context context;

	match.hits = arena_new_object(arena, struct hits);
	match.scanner = scanner_borrow(ruleset->pool, deadline);
	if (match.scanner == NULL) {
		match.hits->limits |= HITS_LIMIT_NO_SCANNER;
		doubt_measure(&match);
		return match.hits;
	}
	context = match_eval_context(&match, NULL);
	match.facts = eval_pdf_add_uris(&context);
	matcher_run(&match);
	matcher_collect(&match);
	shortcircuit_apply(&match);
	doubt_measure(&match);
	scanner_return(ruleset->pool, match.scanner);
	return match.hits;
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
