/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/features_private.h"

/* A score is told in steps of half a point, up to so many. */
#define SCORE_STEP      500
#define SCORE_STEPS_MAX 40
#define HITS_MAX        500

static void add_result(struct feature_builder *builder, const char *what, const char *result)
{
	feature_builder_add_text(builder, FEATURES_CHECKS, what, str_from(result));
}

static void add_dkim(struct feature_builder *builder, const struct dkim_facts *dkim)
{
	for (size_t i = 0; i < dkim->message.count; i++) {
		const struct dkim_check *check = &dkim->message.checks[i];

		add_result(builder, "DKIM ", dkim_result_name(check->result));
		if (check->result == DKIM_PASS)
			feature_builder_add_text(builder, FEATURES_CHECKS, "signed by ",
			                         check->signature.domain);
	}
	if (dkim->message.count == 0)
		add_result(builder, "DKIM ", "none");
	add_result(builder, "ARC ", arc_result_name(dkim->arc.result));
}

void features_add_checks(struct feature_builder *builder, const struct facts *facts)
{
	if (facts->spf != NULL) {
		const struct spf_outcome *from = &facts->spf->mail_from;

		add_result(builder, "SPF ", spf_status_name(from->status));
		if (from->status == SPF_STATUS_PASS)
			feature_builder_add_text(builder, FEATURES_CHECKS, "SPF passes for ",
			                         from->domain);
		if (facts->spf->has_helo)
			add_result(builder, "SPF of HELO ",
			           spf_status_name(facts->spf->helo_check.status));
	}
	if (facts->dkim != NULL)
		add_dkim(builder, facts->dkim);
	if (facts->dmarc != NULL) {
		add_result(builder, "DMARC ", dmarc_result_name(facts->dmarc->result));
		add_result(builder, "DMARC policy ", dmarc_policy_name(facts->dmarc->policy));
	}
}

void features_add_rules(struct feature_builder *builder, const struct feature_hit *hits,
                        size_t count)
{
	int64_t total = 0;
	int64_t steps;

	for (size_t i = 0; i < count; i++) {
		total += hits[i].score;
		if (i < HITS_MAX)
			feature_builder_add_text(builder, FEATURES_RULES, "", hits[i].name);
	}
	steps = total / SCORE_STEP;
	for (int64_t i = 1; i <= steps && i <= SCORE_STEPS_MAX; i++)
		feature_builder_add(builder, FEATURES_RULES, learn_key_join(builder->key, 5, i),
		                    FEATURES_STEP "over ",
		                    builder->names == NULL
		                            ? STR("")
		                            : arena_printf(builder->arena, "%.1f", i * 0.5));
	for (int64_t i = 1; i <= -steps && i <= SCORE_STEPS_MAX; i++)
		feature_builder_add(builder, FEATURES_RULES, learn_key_join(builder->key, 6, i),
		                    FEATURES_STEP "under ",
		                    builder->names == NULL
		                            ? STR("")
		                            : arena_printf(builder->arena, "%.1f", i * -0.5));
}
