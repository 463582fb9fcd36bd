/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/score_output.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/shown.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "cli/json_text.h"
#include "facts/spf_header.h"
#include "scoring/explanation.h"
#include "scoring/matched_text.h"
#include "scoring/virus_field.h"

/* Thousandths as a JSON number; 12 digits print them exactly. */
static json_t *json_decimal(int32_t thousandths)
{
	return json_real(thousandths / 1000.0);
}

static json_t *json_causes(struct arena *arena, const struct rule_cause_list *causes)
{
	json_t *names = json_array();

	for (size_t i = 0; i < causes->len; i++)
		json_array_append_new(names, json_text(arena, causes->items[i].name));
	return names;
}

static json_t *json_rules(struct arena *arena, const struct explanation *explanation)
{
	json_t *rules = json_array();

	for (size_t i = 0; i < explanation->hits.len; i++) {
		const struct explained_hit *explained = &explanation->hits.items[i];
		const struct rule_hit *hit = explained->hit;
		json_t *rule = json_object();

		json_object_set_new(rule, "name", json_text(arena, hit->name));
		json_object_set_new(rule, "score", json_decimal(hit->score));
		json_object_set_new(rule, "description", json_text(arena, hit->description));
		if (explained->matched.len > 0)
			json_object_set_new(rule, "matched", json_text(arena, explained->matched));
		if (explained->because.len > 0) {
			json_object_set_new(rule, "because", json_text(arena, explained->because));
			json_object_set_new(rule, "causes", json_causes(arena, &hit->causes));
		}
		json_array_append_new(rules, rule);
	}
	return rules;
}

/* Name and value of each. */
static json_t *json_subs(struct arena *arena, const struct hits *hits)
{
	json_t *subs = json_object();

	for (size_t i = 0; i < hits->subs.len; i++) {
		const struct sub_hit *hit = &hits->subs.items[i];

		json_object_set_new_nocheck(subs, arena_cstr(arena, hit->name),
		                            json_real(hit->value));
	}
	return subs;
}

static json_t *json_strings(struct arena *arena, const struct str_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->len; i++)
		json_array_append_new(array, json_text(arena, list->items[i]));
	return array;
}

static json_t *json_spf(struct arena *arena, const struct spf_result *spf)
{
	const struct spf_outcome *outcome = &spf->mail_from;
	json_t *object = json_object();

	json_object_set_new(object, "mailfrom", json_string(spf_status_name(outcome->status)));
	if (spf->has_helo)
		json_object_set_new(object, "helo",
		                    json_string(spf_status_name(spf->helo_check.status)));
	json_object_set_new(object, "domain", json_text(arena, outcome->domain));
	json_object_set_new(object, "mechanism", json_text(arena, outcome->mechanism));
	json_object_set_new(object, "explanation", json_text(arena, outcome->explanation));
	json_object_set_new(object, "problem", json_text(arena, outcome->problem));
	return object;
}

static json_t *json_dkim(struct arena *arena, const struct dkim_facts *dkim)
{
	json_t *object = json_object(), *signatures = json_array();

	for (size_t i = 0; i < dkim->message.count; i++) {
		const struct dkim_check *check = &dkim->message.checks[i];
		json_t *one = json_object();

		json_object_set_new(one, "result", json_string(dkim_result_name(check->result)));
		json_object_set_new(one, "domain", json_text(arena, check->signature.domain));
		json_object_set_new(one, "reason", json_string(check->reason));
		json_array_append_new(signatures, one);
	}
	json_object_set_new(object, "signatures", signatures);
	json_object_set_new(object, "arc", json_string(arc_result_name(dkim->arc.result)));
	return object;
}

static json_t *json_dmarc(struct arena *arena, const struct dmarc *dmarc)
{
	json_t *object = json_object();

	json_object_set_new(object, "result", json_string(dmarc_result_name(dmarc->result)));
	json_object_set_new(object, "policy", json_string(dmarc_policy_name(dmarc->policy)));
	json_object_set_new(object, "author", json_text(arena, dmarc->author));
	return object;
}

/* Points by kind of evidence. */
static json_t *json_kinds(const struct evidence_kinds *kinds)
{
	json_t *object = json_object();

	for (enum evidence_kind kind = 0; kind < EVIDENCE_KIND_COUNT; kind++)
		if (kinds->points[kind] > 0)
			json_object_set_new(object, evidence_kind_name(kind),
			                    json_decimal(kinds->points[kind]));
	return object;
}

/* Something was learned, and asked. */
static bool has_learned(const struct assay *assay)
{
	return assay->learned != NULL && assay->learned->ham + assay->learned->spam > 0;
}

/* Group, text and share of each reason. */
static json_t *json_learned(struct arena *arena, const struct learned *learned)
{
	json_t *object = json_object(), *features = json_array();

	for (size_t i = 0; i < learned->reasons.len; i++) {
		const struct learned_reason *reason = &learned->reasons.items[i];
		json_t *one = json_array();

		json_array_append_new(one, json_string(features_group_name(reason->group)));
		json_array_append_new(one, json_text(arena, reason->text));
		json_array_append_new(one, json_real(reason->share));
		json_array_append_new(features, one);
	}
	json_object_set_new(object, "log_odds", json_real(learned->log_odds));
	json_object_set_new(object, "probability", json_real(learned->probability));
	json_object_set_new(object, "ham", json_integer((json_int_t)learned->ham));
	json_object_set_new(object, "spam", json_integer((json_int_t)learned->spam));
	json_object_set_new(object, "features", features);
	return object;
}

static json_t *json_antivirus(struct arena *arena, const struct antivirus_result *result)
{
	json_t *object = json_object();

	json_object_set_new(object, "result", json_string(antivirus_state_name(result->state)));
	json_object_set_new(object, "signature", json_text(arena, result->signature));
	if (!antivirus_is_known(result))
		json_object_set_new(object, "why", json_text(arena, result->why));
	return object;
}

static struct str json_output(struct arena *arena, const char *name, const struct assay *assay)
{
	struct explanation explanation = explanation_of(arena, assay->hits, assay->facts);
	json_t *object = json_object();
	struct str line;
	char *text;

	json_object_set_new(object, "file", json_text(arena, str_from(name)));
	json_object_set_new(object, "id", json_text(arena, assay->id));
	json_object_set_new(object, "score", json_decimal(assay->score));
	json_object_set_new(object, "required", json_decimal(assay->verdict->required));
	json_object_set_new(object, "spam", json_boolean(assay->verdict->over));
	json_object_set_new(object, "rules", json_rules(arena, &explanation));
	json_object_set_new(object, "kinds", json_kinds(&assay->kinds));
	if (explanation.good.len > 0)
		json_object_set_new(object, "good", json_strings(arena, &explanation.good));
	if (assay->hits->subs.len > 0)
		json_object_set_new(object, "subrules", json_subs(arena, assay->hits));
	if (assay->facts->message->qr_codes.len > 0)
		json_object_set_new(object, "qr_codes",
		                    json_strings(arena, &assay->facts->message->qr_codes));
	json_object_set_new(object, "size", json_integer((json_int_t)assay->size));
	json_object_set_new(object, "time_us", json_integer(assay->time_us));
	json_object_set_new(object, "limits", json_strings(arena, &assay->limits));
	json_object_set_new(object, "late", json_strings(arena, &assay->late));
	if (assay->facts->authserv.len > 0)
		json_object_set_new(object, "authserv", json_text(arena, assay->facts->authserv));
	if (assay->facts->spf != NULL)
		json_object_set_new(object, "spf", json_spf(arena, assay->facts->spf));
	if (assay->facts->dkim != NULL)
		json_object_set_new(object, "dkim", json_dkim(arena, assay->facts->dkim));
	if (assay->facts->dmarc != NULL)
		json_object_set_new(object, "dmarc", json_dmarc(arena, assay->facts->dmarc));
	if (assay->facts->antivirus != NULL)
		json_object_set_new(object, "antivirus",
		                    json_antivirus(arena, assay->facts->antivirus));
	if (has_learned(assay))
		json_object_set_new(object, "learned", json_learned(arena, assay->learned));
	text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));
	line = arena_printf(arena, "%.*s\n", STR_FMT(shown_json(arena, str_from(text))));
	free(text);
	json_decref(object);
	return line;
}

static void explain_rule(struct arena *arena, struct strbuf *buf,
                         const struct explained_hit *explained)
{
	const struct rule_hit *hit = explained->hit;
	char points[DECIMAL_TEXT_SIZE];

	strbuf_printf(buf, "%9s  %-28.*s %.*s\n", decimal_format(hit->score, points),
	              STR_FMT(hit->name), STR_FMT(shown_text(arena, hit->description)));
	if (explained->matched.len > 0)
		strbuf_printf(buf, "%40s matched: \"%.*s\"\n", "", STR_FMT(explained->matched));
	if (explained->because.len > 0)
		strbuf_printf(buf, "%40s because: %.*s\n", "", STR_FMT(explained->because));
}

/* What is small is one line, after what counts and before what speaks for the mail. */
static void explain_rules(struct arena *arena, struct strbuf *buf,
                          const struct explanation *explanation)
{
	bool folded = explanation->small == 0;
	char points[DECIMAL_TEXT_SIZE];

	for (size_t i = 0; i <= explanation->hits.len; i++) {
		const struct explained_hit *explained = NULL;

		if (i < explanation->hits.len)
			explained = &explanation->hits.items[i];
		if (!folded && (explained == NULL || explained->hit->score < EXPLANATION_SMALL)) {
			strbuf_printf(buf, "%9s  %-28s %.*s\n",
			              decimal_format(explanation->small_points, points),
			              "Less than 0.2 each", STR_FMT(explanation->small_names));
			folded = true;
		}
		if (explained != NULL && !explanation_is_small(explained))
			explain_rule(arena, buf, explained);
	}
}

static void explain_limits(struct strbuf *buf, const struct assay *assay)
{
	for (size_t i = 0; i < assay->limits.len; i++)
		strbuf_printf(buf, "%s%.*s", i == 0 ? "The scan is not complete: " : ", ",
		              STR_FMT(assay->limits.items[i]));
	if (assay->limits.len > 0)
		strbuf_add(buf, STR("\n"));
}

static void explain_spf(struct arena *arena, struct strbuf *buf, const struct spf_result *spf)
{
	if (spf == NULL)
		return;
	strbuf_printf(buf, "SPF of the sender is %s: %.*s", spf_status_name(spf->mail_from.status),
	              STR_FMT(spf_sentence(arena, &spf->mail_from, spf->client_ip)));
	if (spf->mail_from.mechanism.len > 0)
		strbuf_printf(buf, " (%.*s)",
		              STR_FMT(matched_text(arena, spf->mail_from.mechanism)));
	strbuf_add(buf, STR(".\n"));
	if (spf->mail_from.explanation.len > 0)
		strbuf_printf(buf, "Its domain says: %.*s\n",
		              STR_FMT(shown_text(arena, spf->mail_from.explanation)));
}

static void explain_learned(struct strbuf *buf, const struct explanation *explanation)
{
	for (size_t i = 0; i < explanation->learned.len; i++)
		strbuf_printf(buf, "%s%.*s\n", i == 0 ? "" : "  ",
		              STR_FMT(explanation->learned.items[i]));
}

static void explain_virus(struct arena *arena, struct strbuf *buf, const struct assay *assay)
{
	struct str sentence = virus_sentence(arena, assay->facts->antivirus, assay->infection);

	if (sentence.len > 0)
		strbuf_printf(buf, "%.*s\n", STR_FMT(sentence));
}

static struct str text_output(struct arena *arena, const char *name, const struct assay *assay)
{
	struct explanation explanation = explanation_of(arena, assay->hits, assay->facts);
	char score[DECIMAL_TEXT_SIZE], required[DECIMAL_TEXT_SIZE];
	struct strbuf buf;

	strbuf_init(&buf, arena);
	decimal_format(assay->score, score);
	decimal_format(assay->verdict->required, required);
	strbuf_printf(&buf, "%.*s\n", STR_FMT(shown_text(arena, str_from(name))));
	if (assay->hits->len == 0)
		strbuf_add(&buf, STR("No rule hit.\n"));
	else
		strbuf_printf(&buf, "%9s  %-28s %s\n", "points", "rule", "what it means");
	explain_rules(arena, &buf, &explanation);
	strbuf_printf(&buf, "%9s  in all\n", score);
	explain_limits(&buf, assay);
	explain_spf(arena, &buf, assay->facts->spf);
	for (size_t i = 0; i < explanation.good.len; i++)
		strbuf_printf(&buf, "%.*s\n", STR_FMT(explanation.good.items[i]));
	explain_learned(&buf, &explanation);
	explain_virus(arena, &buf, assay);
	if (assay->facts->authserv.len > 0)
		strbuf_printf(&buf, "Authentication-Results of %.*s are believed.\n",
		              STR_FMT(matched_text(arena, assay->facts->authserv)));
	strbuf_printf(&buf, "The score is %s and the threshold %s: ", score, required);
	strbuf_printf(&buf,
	              assay->verdict->over ? "spam, because %s is greater than %s.\n"
	                                   : "not spam, because %s is not greater than %s.\n",
	              score, required);
	return strbuf_str(&buf);
}

struct str score_output(struct arena *arena, enum score_format format, const char *name,
                        const struct assay *assay, struct str raw)
{
	switch (format) {
	case SCORE_FORMAT_JSON:
		return json_output(arena, name, assay);
	case SCORE_FORMAT_MESSAGE:
		return report_apply(arena, assay->report, raw);
	case SCORE_FORMAT_TEXT:
		break;
	}
	return text_output(arena, name, assay);
}
