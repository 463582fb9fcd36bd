/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/eval/eval.h"
#include "rules/model/address_list.h"

static double is_mail_from(const struct eval_context *context, enum spf_status status)
{
	return context->facts->spf != NULL && context->facts->spf->mail_from.status == status;
}

static double is_helo(const struct eval_context *context, enum spf_status status)
{
	const struct spf_result *spf = context->facts->spf;

	return spf != NULL && spf->has_helo && spf->helo_check.status == status;
}

/* A function for each result of a check, for both identities. */
#define FOR_STATUS(word, status)                                                                   \
	static double word(const struct eval_context *context)                                     \
	{                                                                                          \
		return is_mail_from(context, status);                                              \
	}                                                                                          \
	static double helo_##word(const struct eval_context *context)                              \
	{                                                                                          \
		return is_helo(context, status);                                                   \
	}

FOR_STATUS(pass, SPF_STATUS_PASS)
FOR_STATUS(neutral, SPF_STATUS_NEUTRAL)
FOR_STATUS(none, SPF_STATUS_NONE)
FOR_STATUS(fail, SPF_STATUS_FAIL)
FOR_STATUS(softfail, SPF_STATUS_SOFTFAIL)
FOR_STATUS(permerror, SPF_STATUS_PERMERROR)
FOR_STATUS(temperror, SPF_STATUS_TEMPERROR)

/* No check, because nobody knows who the sender claimed to be. */
static double skipped_noenvfrom(const struct eval_context *context)
{
	return context->facts->spf == NULL && !context->facts->envelope->has_sender;
}

/* A sender whom SPF lets pass, in either list. */
static double is_listed(const struct eval_context *context, const char *list, const char *other)
{
	const struct spf_result *spf = context->facts->spf;
	const char *const names[] = { list, other };
	struct str sender;

	if (spf == NULL || spf->mail_from.status != SPF_STATUS_PASS || spf->sender.len == 0)
		return 0;
	sender = arena_str_lower(context->arena, spf->sender);
	for (size_t i = 0; i < 2; i++) {
		const struct address_list *addresses =
			map_get(context->set->address_lists, str_from(names[i]));

		if (addresses != NULL && address_list_match(addresses, sender, NULL, NULL))
			return 1;
	}
	return 0;
}

static double in_welcomelist(const struct eval_context *context)
{
	return is_listed(context, "welcomelist_from_spf", "welcomelist_auth");
}

static double in_default_welcomelist(const struct eval_context *context)
{
	return is_listed(context, "def_welcomelist_from_spf", "def_welcomelist_auth");
}

const struct eval_function eval_spf_functions[] = {
	{ .name = "check_for_spf_pass", .run = pass },
	{ .name = "check_for_spf_neutral", .run = neutral },
	{ .name = "check_for_spf_none", .run = none },
	{ .name = "check_for_spf_fail", .run = fail },
	{ .name = "check_for_spf_softfail", .run = softfail },
	{ .name = "check_for_spf_permerror", .run = permerror },
	{ .name = "check_for_spf_temperror", .run = temperror },
	{ .name = "check_for_spf_helo_pass", .run = helo_pass },
	{ .name = "check_for_spf_helo_neutral", .run = helo_neutral },
	{ .name = "check_for_spf_helo_none", .run = helo_none },
	{ .name = "check_for_spf_helo_fail", .run = helo_fail },
	{ .name = "check_for_spf_helo_softfail", .run = helo_softfail },
	{ .name = "check_for_spf_helo_permerror", .run = helo_permerror },
	{ .name = "check_for_spf_helo_temperror", .run = helo_temperror },
	{ .name = "check_spf_skipped_noenvfrom", .run = skipped_noenvfrom },
	{ .name = "check_for_spf_welcomelist_from", .run = in_welcomelist },
	{ .name = "check_for_spf_whitelist_from", .run = in_welcomelist },
	{ .name = "check_for_def_spf_welcomelist_from", .run = in_default_welcomelist },
	{ .name = "check_for_def_spf_whitelist_from", .run = in_default_welcomelist },
	{ 0 },
};

bool eval_is_about_spf(const struct eval_function *function)
{
	const struct eval_function *row = eval_spf_functions;

	while (row->name != NULL && row != function)
		row++;
	return row->name != NULL;
}
