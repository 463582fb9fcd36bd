/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of the rule files runs and what doesn't, for check-config and the start line of the log. */
#include <stdlib.h>
#include <string.h>

#include "rules/ask/ask.h"
#include "rules/eval/eval.h"
#include "rules/model/ruleset_data.h"
#include "rules/ruleset.h"

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

/* True for a name that is new to the map. */
static bool note_name(struct map *names, struct str name)
{
	static bool present;

	if (map_get(names, name) != NULL)
		return false;
	map_set(names, name, &present);
	return true;
}

static bool is_known(struct str function)
{
	const struct eval_function *eval = eval_find(function);

	return ask_find_function(function) != NULL || (eval != NULL && eval->run != NULL);
}

static void count_evals(const struct ruleset *set, struct ruleset_summary *summary)
{
	struct arena *arena = arena_new();
	struct map *named = map_new(arena, MAP_EXACT);
	struct map *local = map_new(arena, MAP_EXACT);

	for (size_t i = 0; i < set->rules.len; i++) {
		const struct rule *rule = set->rules.items[i];
		bool known;

		if (rule->type != RULE_EVAL)
			continue;
		known = is_known(rule->eval_name);
		if (note_name(named, rule->eval_name))
			summary->evals_known += known;
		if ((rule->flags & (RULE_FLAG_NET | RULE_FLAG_LEARN)) == 0 &&
		    note_name(local, rule->eval_name))
			summary->local_evals_known += known;
	}
	summary->evals_named = map_len(named);
	summary->local_evals_named = map_len(local);
	arena_free(arena);
}

void ruleset_summarize(const struct ruleset *ruleset, struct ruleset_summary *summary_r)
{
	*summary_r = (struct ruleset_summary){ .files = ruleset->files,
		                               .open_ended_files = ruleset->open_ended_files,
		                               .id = ruleset->id,
		                               .newest = ruleset->newest };
	for (size_t i = 0; i < ruleset->rules.len; i++)
		count_rule(ruleset->rules.items[i], summary_r);
	count_evals(ruleset, summary_r);
}

static bool is_choice(const char *reason)
{
	return strcmp(reason, RULE_OFF_BY_SCORE) == 0 || strcmp(reason, RULE_OFF_BY_NET) == 0;
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
		note.at = source_line_position(rule->line, rule->line->text.data);
		note.chosen = is_choice(rule->off);
		vec_push(arena, notes_r, note);
	}
}

void ruleset_list_ignored(const struct ruleset *ruleset, struct arena *arena,
                          struct ruleset_note_list *notes_r)
{
	*notes_r = (struct ruleset_note_list){ 0 };
	for (size_t i = 0; i < ruleset->ignored.len; i++) {
		const struct ruleset_ignored_statement *ignored = &ruleset->ignored.items[i];
		struct ruleset_note note = { .name = ignored->name,
			                     .reason = ignored->reason,
			                     .at = ignored->at,
			                     .count = ignored->count,
			                     .some = ignored->some };

		vec_push(arena, notes_r, note);
	}
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

void ruleset_list_missing_evals(const struct ruleset *ruleset, struct arena *arena,
                                struct ruleset_note_list *notes_r)
{
	struct map *seen = map_new(arena, MAP_EXACT);

	*notes_r = (struct ruleset_note_list){ 0 };
	for (size_t i = 0; i < ruleset->rules.len; i++) {
		const struct rule *rule = ruleset->rules.items[i];
		const struct eval_function *eval;
		struct ruleset_note *note;

		if (rule->type != RULE_EVAL)
			continue;
		eval = eval_find(rule->eval_name);
		if (is_known(rule->eval_name))
			continue;
		note = map_get(seen, rule->eval_name);
		if (note == NULL) {
			note = arena_new_object(arena, struct ruleset_note);
			note->name = rule->eval_name;
			note->reason = eval != NULL ? eval->missing : "nobody knows it";
			note->at = source_line_position(rule->line, rule->eval_name.data);
			map_set(seen, rule->eval_name, note);
		}
		note->count++;
	}
	for (size_t i = 0; i < map_len(seen); i++) {
		struct str name;

		vec_push(arena, notes_r, *(struct ruleset_note *)map_at(seen, i, &name));
	}
	if (notes_r->len > 0)
		qsort(notes_r->items, notes_r->len, sizeof(*notes_r->items), by_name);
}

/* The statement that defined the rule, which its line begins with. */
static struct str kind_of(struct arena *arena, const struct rule *rule)
{
	struct str text = rule->line->text, keyword;

	if (!str_next_word(&text, &keyword))
		return STR("");
	keyword = arena_str_lower(arena, keyword);
	return rule->type == RULE_EVAL ? arena_printf(arena, "%.*s eval", STR_FMT(keyword))
	                               : keyword;
}

static struct ruleset_kind *kind_named(struct arena *arena, struct ruleset_kind_list *kinds,
                                       struct str name)
{
	struct ruleset_kind *kind;

	vec_foreach (kinds, kind) {
		if (str_eq(kind->name, name))
			return kind;
	}
	vec_push(arena, kinds, ((struct ruleset_kind){ .name = name }));
	return &kinds->items[kinds->len - 1];
}

void ruleset_list_kinds(const struct ruleset *ruleset, struct arena *arena,
                        struct ruleset_kind_list *kinds_r)
{
	*kinds_r = (struct ruleset_kind_list){ 0 };
	for (size_t i = 0; i < ruleset->rules.len; i++) {
		const struct rule *rule = ruleset->rules.items[i];
		struct ruleset_kind *kind = kind_named(arena, kinds_r, kind_of(arena, rule));

		kind->run += rule->off == NULL;
		kind->off += rule->off != NULL;
	}
	if (kinds_r->len > 0)
		qsort(kinds_r->items, kinds_r->len, sizeof(*kinds_r->items), by_name);
}
