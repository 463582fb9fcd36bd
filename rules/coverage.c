/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of the rule files runs and what doesn't, for check-config and the start line of the log. */
#include "rules/eval.h"
#include "rules/ruleset.h"
#include "rules/ruleset_data.h"

static void count_rule(const struct rule *rule, struct ruleset_summary *summary)
{
	if (rule->off != NULL) {
		summary->off++;
		return;
	}
	summary->rules++;
	summary->scored += !rule_is_sub(rule);
	summary->header += rule->type == RULE_HEADER || rule->type == RULE_MIME_HEADER;
	summary->body += rule->type == RULE_BODY;
	summary->rawbody += rule->type == RULE_RAWBODY;
	summary->full += rule->type == RULE_FULL;
	summary->uri += rule->type == RULE_URI || rule->type == RULE_URI_DETAIL;
	summary->eval += rule->type == RULE_EVAL;
	summary->meta += rule->type == RULE_META;
}

static void count_evals(const struct ruleset *set, struct ruleset_summary *summary)
{
	struct arena *arena = arena_new();
	struct map *named = map_new(arena, MAP_EXACT);

	for (size_t i = 0; i < set->rules.len; i++) {
		struct rule *rule = set->rules.items[i];
		const struct eval_function *eval;

		if (rule->type != RULE_EVAL || map_get(named, rule->eval_name) != NULL)
			continue;
		map_set(named, rule->eval_name, rule);
		eval = eval_find(rule->eval_name);
		summary->evals_known += eval != NULL && eval->run != NULL;
	}
	summary->evals_named = map_len(named);
	arena_free(arena);
}

void ruleset_summarize(const struct ruleset *ruleset, struct ruleset_summary *summary_r)
{
	*summary_r = (struct ruleset_summary){ .files = ruleset->files };
	for (size_t i = 0; i < ruleset->rules.len; i++)
		count_rule(ruleset->rules.items[i], summary_r);
	count_evals(ruleset, summary_r);
}

void ruleset_list_off(const struct ruleset *ruleset, struct arena *arena,
                      struct ruleset_note_list *notes_r)
{
	*notes_r = (struct ruleset_note_list){ 0 };
	for (size_t i = 0; i < ruleset->rules.len; i++) {
		const struct rule *rule = ruleset->rules.items[i];
		struct ruleset_note note = { .name = rule->name, .reason = rule->off, .count = 1 };

		if (rule->off == NULL)
			continue;
		note.at = source_position_of(rule->line, rule->line->text.data);
		vec_push(arena, notes_r, note);
	}
}

void ruleset_list_ignored(const struct ruleset *ruleset, struct arena *arena,
                          struct ruleset_note_list *notes_r)
{
	*notes_r = (struct ruleset_note_list){ 0 };
	for (size_t i = 0; i < ruleset->ignored.len; i++) {
		const struct ignored_statement *ignored = &ruleset->ignored.items[i];
		struct ruleset_note note = { .name = str_from(ignored->name),
			                     .reason = ignored->reason,
			                     .count = ignored->count };

		vec_push(arena, notes_r, note);
	}
}
