/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/read/compile_eval.h"

#include <assert.h>
#include <math.h>

#include "rules/ask/ask.h"
#include "rules/eval/eval.h"
#include "rules/match/field.h"
#include "rules/model/number.h"
#include "rules/read/compile_reject.h"

/* An argument that is a pattern, with delimiters or without. */
static void compile_pattern_argument(struct ruleset *set, struct rule *rule, struct str arg,
                                     struct problems *problems)
{
	struct error error;
	size_t offset;

	if (arg.len > 0 && arg.data[0] == '/')
		rule->eval_args.pattern = pattern_compile(set->arena, arg, &offset, &error);
	else
		rule->eval_args.pattern =
			pattern_compile_bare(set->arena, arg, "", &offset, &error);
	if (rule->eval_args.pattern == NULL)
		compile_reject(rule, problems, arg.data + offset, error.text,
		               "its pattern is wrong");
}

static bool leaves_range_open(struct str arg)
{
	return arg.len == 0 || str_eq(arg, STR("undef"));
}

/* A warning at an argument, or at the function's name where it is missing. */
static void warn(const struct rule *rule, size_t i, struct problems *problems, const char *what)
{
	const struct eval_args *args = &rule->eval_args;
	struct source_position at = source_line_position(
		rule->line, i < args->texts.len ? args->texts.items[i].data : rule->eval_name.data);

	problems_add(problems, PROBLEM_WARNING, &at, "argument %zu of %.*s() in rule %.*s %s",
	             i + 1, STR_FMT(rule->eval_name), STR_FMT(rule->name), what);
}

static void compile_argument(struct ruleset *set, struct rule *rule, size_t i,
                             enum eval_arg_kind kind, struct problems *problems)
{
	struct str arg = rule->eval_args.texts.items[i];
	double *number = &rule->eval_args.numbers[i];
	struct error error;

	*number = number_read(arg, NAN);
	if (kind == EVAL_ARG_PATTERN)
		compile_pattern_argument(set, rule, arg, problems);
	if (kind == EVAL_ARG_FIELD && field_request_parse(set->arena, arg, &error) == NULL)
		warn(rule, i, problems, "is no header field's name; write one such as Subject");
	if (kind != EVAL_ARG_NUMBER && kind != EVAL_ARG_LIMIT)
		return;
	if (kind == EVAL_ARG_LIMIT && leaves_range_open(arg)) {
		*number = NAN;
	} else if (!number_valid(arg)) {
		warn(rule, i, problems,
		     isnan(*number)
		             ? "is no number and counts as 0; write one such as 12 or 0.5"
		             : "has more than the number it begins with; leave the rest out");
		*number = isnan(*number) ? 0 : *number;
	}
}

static void compile_arguments(struct ruleset *set, struct rule *rule, struct problems *problems)
{
	const char *kind = rule->eval->args != NULL ? rule->eval->args : "";
	struct eval_args *args = &rule->eval_args;
	bool optional = false;

	args->numbers = arena_calloc(set->arena, args->texts.len, sizeof(double));
	for (size_t i = 0; i < args->texts.len; i++) {
		optional = optional || *kind == EVAL_ARG_OPTIONAL;
		kind += *kind == EVAL_ARG_OPTIONAL;
		if (*kind == '\0') {
			warn(rule, i, problems, "is one more than it takes; leave it out");
			return;
		}
		compile_argument(set, rule, i, (enum eval_arg_kind) * kind, problems);
		kind += kind[1] != EVAL_ARG_REPEATED;
	}
	if (!optional && *kind != '\0' && *kind != EVAL_ARG_OPTIONAL &&
	    kind[1] != EVAL_ARG_REPEATED)
		warn(rule, args->texts.len, problems, "is missing; see what the function takes");
}

/* "%:raw" → "Subject:raw"; empty where the argument is missing. */
static struct str request_text(struct ruleset *set, const struct eval_args *args, const char *field)
{
	struct str request = str_from(field), first;

	if (!str_starts(request, STR("%")))
		return request;
	request = str_from_offset(request, 1);
	first = args->texts.len > 0 ? args->texts.items[0] : STR("");
	return str_ends_ci(first, request)
	               ? first
	               : arena_concat(set->arena, (struct str[]){ first, request }, 2);
}

static void request_fields(struct ruleset *set, const struct rule *rule)
{
	const char *const *field = rule->eval->fields;

	for (; field != NULL && *field != NULL; field++) {
		bool known = field_add_request(set, request_text(set, &rule->eval_args, *field));

		assert(known || **field == '%');
	}
}

/* A function that asks the network; what its kind makes of the arguments. */
static void compile_asking(struct ruleset *set, struct rule *rule, struct problems *problems)
{
	const char *at = rule->eval_name.data;
	struct source_position position;
	struct error error = { 0 };

	if (!set->network_tests) {
		rule->off = RULE_OFF_BY_NET;
		return;
	}
	if (rule->ask_function->prepare == NULL)
		return;
	if (!rule->ask_function->prepare(set, rule, &at, &error)) {
		compile_reject(rule, problems, at, error.text, "its arguments are wrong");
		return;
	}
	if (error.text[0] == '\0')
		return;
	position = source_line_position(rule->line, at);
	problems_add(problems, PROBLEM_WARNING, &position, "%s", error.text);
}

bool compile_eval_is_told(const struct ruleset *set, const struct rule *rule)
{
	const struct eval_function *function;

	if (!set->trusted_authserv || rule->type != RULE_EVAL)
		return false;
	function = eval_find(rule->eval_name);
	return function != NULL && eval_waits(function);
}

void compile_eval(struct ruleset *set, struct rule *rule, struct problems *problems)
{
	struct error error;

	rule->ask_function = ask_find_function(rule->eval_name);
	if (rule->ask_function != NULL) {
		compile_asking(set, rule, problems);
		return;
	}
	rule->eval = eval_find(rule->eval_name);
	if (rule->eval == NULL) {
		error_set(&error, "unknown function '%.*s'", STR_FMT(rule->eval_name));
		compile_reject(rule, problems, rule->eval_name.data, error.text,
		               "its function is unknown");
	} else if (!eval_has_plugin(set, rule->eval_name)) {
		rule->off = "the plugin of its function is not loaded";
	} else if ((rule->flags & RULE_FLAG_NET) != 0 && !set->network_tests &&
	           !compile_eval_is_told(set, rule)) {
		rule->off = RULE_OFF_BY_NET;
	} else if (rule->eval->run == NULL) {
		rule->off = rule->eval->missing;
	} else {
		compile_arguments(set, rule, problems);
		request_fields(set, rule);
		rule->learned =
			eval_is_about_learned(rule->eval) || (rule->flags & RULE_FLAG_LEARN) != 0;
	}
}
