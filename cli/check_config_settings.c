/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/check_config_settings.h"

#include "base/decimal.h"
#include "base/strbuf.h"

static struct str place_text(struct arena *arena, const struct source_position *at)
{
	return arena_printf(arena, "%s:%u:%u", at->file, at->line, at->column);
}

/* Where a value comes from: `own` is its place in assay.conf, `site` that in a rule file. */
static void set_source(struct arena *arena, struct check_config_setting *setting,
                       const struct source_position *own, const struct source_position *site)
{
	setting->from = STR("default");
	if (own != NULL)
		setting->from = place_text(arena, own);
	else if (site != NULL)
		setting->from = place_text(arena, site);
	if (own != NULL && site != NULL)
		setting->overruled = place_text(arena, site);
}

static void add_threshold(struct arena *arena, const struct policy *policy,
                          struct check_config_setting_list *list)
{
	struct check_config_setting setting = { .name = "required_score" };
	char text[DECIMAL_TEXT_SIZE];

	setting.value =
		arena_str(arena, str_from(decimal_format(policy->settings.required_score, text)));
	set_source(arena, &setting, settings_place_of(&policy->settings, "required_score"),
	           policy->site->has_required_score ? &policy->site->required_score_at : NULL);
	vec_push(arena, list, setting);
}

static void add_subject(struct arena *arena, const struct policy *policy,
                        struct check_config_setting_list *list)
{
	const struct site_text *site = &policy->site->rewrite[SITE_REWRITE_SUBJECT];
	const struct source_position *own = settings_place_of(&policy->settings, "subject_tag");
	struct check_config_setting setting = { .name = "subject_tag" };

	if (own == NULL && site->given && site->text.len == 0)
		own = settings_place_of(&policy->settings, "rewrite_subject");
	if (policy->settings.rewrite_subject)
		setting.value = policy->settings.subject_tag;
	set_source(arena, &setting, own, site->given ? &site->at : NULL);
	vec_push(arena, list, setting);
}

static void add_networks(struct arena *arena, const struct policy *policy, const char *name,
                         const struct network_list *site, struct check_config_setting_list *list)
{
	const struct source_position *own = settings_place_of(&policy->settings, name);
	struct check_config_setting setting = { .name = name, .from = STR("default") };

	if (own != NULL)
		setting.from = place_text(arena, own);
	else if (site->len > 0)
		setting.from = STR("rule files");
	if (own != NULL && site->len > 0)
		setting.overruled = STR("rule files");
	vec_push(arena, list, setting);
}

static void add_fields(struct arena *arena, const char *name, const struct site_field_list *fields,
                       struct check_config_setting_list *list)
{
	struct check_config_setting setting = { .name = name, .from = STR("default") };
	const struct site_field *field;
	struct strbuf out;

	strbuf_init(&out, arena);
	vec_foreach (fields, field) {
		strbuf_printf(&out, "%sX-Spam-%.*s", out.len > 0 ? " " : "", STR_FMT(field->name));
		if (field->text.data != NULL)
			setting.from = STR("rule files");
	}
	if (fields->len < 3)
		setting.from = STR("rule files");
	setting.value = strbuf_str(&out);
	vec_push(arena, list, setting);
}

void check_config_settings(struct arena *arena, const struct policy *policy,
                           struct check_config_setting_list *list_r)
{
	const struct site *site = policy->site;

	*list_r = (struct check_config_setting_list){ 0 };
	add_threshold(arena, policy, list_r);
	add_subject(arena, policy, list_r);
	add_networks(arena, policy, "trusted_networks", &site->trusted_networks, list_r);
	add_networks(arena, policy, "internal_networks", &site->internal_networks, list_r);
	add_fields(arena, "fields of spam", &site->spam_fields, list_r);
	add_fields(arena, "fields of other mail", &site->ham_fields, list_r);
}
