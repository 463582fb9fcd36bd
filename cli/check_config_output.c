/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/check_config_output.h"

#include <stdio.h>

#include "base/plural.h"
#include "base/utf8.h"
#include "cli/check_config_settings.h"

static void print_kinds(const struct ruleset *ruleset, struct arena *arena)
{
	struct ruleset_kind_list kinds;
	const struct ruleset_kind *kind;

	ruleset_list_kinds(ruleset, arena, &kinds);
	if (kinds.len == 0)
		return;
	printf("  %-20s %7s %7s\n", "by statement", "run", "are off");
	vec_foreach (&kinds, kind)
		printf("  %-20.*s %7zu %7zu\n", STR_FMT(kind->name), kind->run, kind->off);
}

static void print_summary(const struct check_config_result *result, struct arena *arena)
{
	struct ruleset_summary sum;

	ruleset_summarize(result->policy->ruleset, &sum);
	printf("rules: %zu from %zu %s, of which %zu %s in reports; %zu %s off\n", sum.rules,
	       sum.files, plural(sum.files, "file", "files"), sum.scored,
	       plural(sum.scored, "shows", "show"), sum.off, plural(sum.off, "is", "are"));
	printf("by type: header %zu, body %zu, rawbody %zu, full %zu, uri %zu, eval %zu, meta "
	       "%zu\n",
	       sum.header, sum.body, sum.rawbody, sum.full, sum.uri, sum.eval, sum.meta);
	print_kinds(result->policy->ruleset, arena);
	printf("eval functions: %zu of the %zu named are implemented; of local rules %zu of %zu\n",
	       sum.evals_known, sum.evals_named, sum.local_evals_known, sum.local_evals_named);
	printf("test lines: %zu run\n", result->tests);
}

static void print_missing_evals(const struct check_config_result *result, struct arena *arena)
{
	struct ruleset_note_list notes;
	const struct ruleset_note *note;

	ruleset_list_missing_evals(result->policy->ruleset, arena, &notes);
	if (notes.len > 0)
		printf("\neval functions that are not implemented: %zu\n", notes.len);
	vec_foreach (&notes, note)
		printf("  %-36.*s %s; rules that call it: %zu\n", STR_FMT(note->name), note->reason,
		       note->count);
}

static void print_off_rule(const struct check_config_result *result,
                           const struct ruleset_note *note)
{
	if (result->verbose)
		printf("  %s:%u: ", note->at.file, note->at.line);
	else
		printf("  ");
	printf("%-32.*s %s\n", STR_FMT(note->name), note->reason);
}

/* Those that cannot run. The others are off by choice, and listed only if all are asked for. */
static void print_off(const struct check_config_result *result, struct arena *arena)
{
	struct ruleset_note_list notes;
	const struct ruleset_note *note;
	size_t chosen = 0;

	ruleset_list_off(result->policy->ruleset, arena, &notes);
	vec_foreach (&notes, note)
		chosen += note->chosen;
	if (notes.len > chosen)
		printf("\nrules that cannot run: %zu\n", notes.len - chosen);
	vec_foreach (&notes, note) {
		if (!note->chosen)
			print_off_rule(result, note);
	}
	if (chosen > 0)
		printf("\nrules that are off by their score, or because there are no network "
		       "tests: %zu%s\n",
		       chosen, result->verbose ? "" : " (-v lists them)");
	vec_foreach (&notes, note) {
		if (note->chosen && result->verbose)
			print_off_rule(result, note);
	}
}

static void print_ignored(const struct check_config_result *result, struct arena *arena)
{
	struct ruleset_note_list notes;
	const struct ruleset_note *note;

	ruleset_list_ignored(result->policy->ruleset, arena, &notes);
	if (notes.len > 0)
		printf("\nstatements without effect: %zu %s\n", notes.len,
		       plural(notes.len, "kind", "kinds"));
	vec_foreach (&notes, note)
		printf("  %-36.*s %4zu %s: %s (%s:%u:%u)\n", STR_FMT(note->name), note->count,
		       plural(note->count, "time", "times"), note->reason, note->at.file,
		       note->at.line, note->at.column);
}

static void print_settings(const struct check_config_result *result, struct arena *arena)
{
	struct check_config_setting_list settings;
	const struct check_config_setting *setting;

	check_config_settings(arena, result->policy, &settings);
	puts("\nsettings that assay.conf and rule files have in common:");
	vec_foreach (&settings, setting) {
		printf("  %-20s %.*s%s(%.*s)", setting->name, STR_FMT(setting->value),
		       setting->value.len > 0 ? " " : "", STR_FMT(setting->from));
		if (setting->overruled.len > 0)
			printf("; assay.conf overrules %.*s", STR_FMT(setting->overruled));
		putchar('\n');
	}
}

/* How patterns are tried, which is what they cost. */
static void print_methods(const struct check_config_result *result, struct arena *arena)
{
	struct ruleset_method_list methods;
	const struct ruleset_method *row;

	if (!result->verbose)
		return;
	ruleset_list_methods(result->policy->ruleset, arena, &methods);
	printf("\nhow patterns are tried (\"for metas\": only where one depends on it): %zu\n",
	       methods.len);
	vec_foreach (&methods, row)
		printf("  %-32.*s %-8s %-9s %-9s %.*s\n", STR_FMT(row->name), row->type,
		       row->lazy ? "for metas" : "", row->method,
		       STR_FMT(utf8_repair(arena, row->needs)));
}

void check_config_print(const struct check_config_result *result)
{
	static void (*const sections[])(const struct check_config_result *result,
	                                struct arena *arena) = {
		print_summary, print_missing_evals, print_off,
		print_ignored, print_settings,      print_methods,
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		sections[i](result, arena);
	arena_free(arena);
}
