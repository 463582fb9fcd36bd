/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain of hosts that forwarded the message (RFC 8617), and what the trusted ones found. */
#include "facts/auth_results_read.h"
#include "rules/eval/eval.h"

static bool is_sealed_by(const struct arc_set *set, const struct str_list *domains)
{
	for (size_t i = 0; i < domains->len; i++)
		if (str_eq_ci(set->signature.domain, domains->items[i]))
			return true;
	return false;
}

static double arc_signed(const struct eval_context *context)
{
	const struct dkim_facts *dkim = context->facts->dkim;

	if (dkim == NULL || dkim->arc.result == ARC_NONE)
		return 0;
	if (context->args->texts.len == 0)
		return dkim->arc.is_signed;
	for (size_t i = 0; i < dkim->arc.count; i++)
		if (is_sealed_by(&dkim->arc.sets[i], &context->args->texts))
			return 1;
	return 0;
}

static double arc_valid(const struct eval_context *context)
{
	const struct dkim_facts *dkim = context->facts->dkim;

	return dkim != NULL && dkim->arc.result == ARC_PASS ? arc_signed(context) : 0;
}

/*
 * How many of the newest sets are of `arc_trusted_sealers`, without a gap: what came before
 * somebody else had the message may be made up.
 */
static size_t trusted_sets(const struct eval_context *context)
{
	const struct str_list *trusted = ruleset_words(context->set, "arc_trusted_sealers");
	const struct dkim_facts *dkim = context->facts->dkim;
	size_t count = 0;

	if (dkim == NULL || dkim->arc.result != ARC_PASS)
		return 0;
	while (count < dkim->arc.count &&
	       is_sealed_by(&dkim->arc.sets[dkim->arc.count - 1 - count], trusted))
		count++;
	return count;
}

static double arc_trusted(const struct eval_context *context)
{
	return trusted_sets(context) > 0;
}

bool eval_arc_dmarc_passed(const struct eval_context *context)
{
	size_t count = trusted_sets(context);

	for (size_t i = 0; i < count; i++) {
		const struct arc *arc = &context->facts->dkim->arc;
		const struct arc_set *set = &arc->sets[arc->count - 1 - i];
		struct str rest = arc->message.fields.items[set->results - 1].text;
		struct str last = STR("");
		struct auth_result result;

		while (auth_results_next(context->arena, &rest, &result))
			if (str_eq_ci(result.method, STR("dmarc")))
				last = result.value;
		if (str_eq_ci(last, STR("pass")))
			return true;
	}
	return false;
}

const struct eval_function eval_arc_functions[] = {
	{ .name = "check_arc_signed", .run = arc_signed, .args = "|t*" },
	{ .name = "check_arc_trusted", .run = arc_trusted },
	{ .name = "check_arc_valid", .run = arc_valid, .args = "|t*" },
	{ 0 },
};
