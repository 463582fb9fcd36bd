/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/eval/eval.h"
#include "rules/model/lists.h"

static double is_mail_from(const struct match *match, enum spf_status status)
{
	return match->facts->spf != NULL && match->facts->spf->mail_from.status == status;
}

static double is_helo(const struct match *match, enum spf_status status)
{
	const struct spf_result *spf = match->facts->spf;

	return spf != NULL && spf->has_helo && spf->helo_check.status == status;
}

/* A function for each word that a check may result in, for both identities. */
#define FOR_STATUS(word, status)                                                                   \
	static double word(struct match *match, const struct str_list *args)                       \
	{                                                                                          \
		(void)args;                                                                        \
		return is_mail_from(match, status);                                                \
	}                                                                                          \
	static double helo_##word(struct match *match, const struct str_list *args)                \
	{                                                                                          \
		(void)args;                                                                        \
		return is_helo(match, status);                                                     \
	}

FOR_STATUS(pass, SPF_STATUS_PASS)
FOR_STATUS(neutral, SPF_STATUS_NEUTRAL)
FOR_STATUS(none, SPF_STATUS_NONE)
FOR_STATUS(fail, SPF_STATUS_FAIL)
FOR_STATUS(softfail, SPF_STATUS_SOFTFAIL)
FOR_STATUS(permerror, SPF_STATUS_PERMERROR)
FOR_STATUS(temperror, SPF_STATUS_TEMPERROR)

/* No check, because nobody knows who the sender said to be. */
static double skipped_noenvfrom(struct match *match, const struct str_list *args)
{
	(void)args;
	return match->facts->spf == NULL && !match->facts->envelope->has_sender;
}

/* A sender whom SPF lets pass, in either list. */
static double is_listed(const struct match *match, const char *list, const char *other)
{
	const struct spf_result *spf = match->facts->spf;
	const char *const names[] = { list, other };
	struct str sender;

	if (spf == NULL || spf->mail_from.status != SPF_STATUS_PASS || spf->sender.len == 0)
		return 0;
	sender = arena_str_lower(match->arena, spf->sender);
	for (size_t i = 0; i < 2; i++) {
		const struct address_list *addresses =
			map_get(match->set->address_lists, str_from(names[i]));

		if (addresses != NULL && address_list_match(addresses, sender, NULL, NULL))
			return 1;
	}
	return 0;
}

static double in_welcomelist(struct match *match, const struct str_list *args)
{
	(void)args;
	return is_listed(match, "welcomelist_from_spf", "welcomelist_auth");
}

static double in_default_welcomelist(struct match *match, const struct str_list *args)
{
	(void)args;
	return is_listed(match, "def_welcomelist_from_spf", "def_welcomelist_auth");
}

const struct eval_function eval_spf_functions[] = {
	{ "check_for_spf_pass", pass, NULL, 0 },
	{ "check_for_spf_neutral", neutral, NULL, 0 },
	{ "check_for_spf_none", none, NULL, 0 },
	{ "check_for_spf_fail", fail, NULL, 0 },
	{ "check_for_spf_softfail", softfail, NULL, 0 },
	{ "check_for_spf_permerror", permerror, NULL, 0 },
	{ "check_for_spf_temperror", temperror, NULL, 0 },
	{ "check_for_spf_helo_pass", helo_pass, NULL, 0 },
	{ "check_for_spf_helo_neutral", helo_neutral, NULL, 0 },
	{ "check_for_spf_helo_none", helo_none, NULL, 0 },
	{ "check_for_spf_helo_fail", helo_fail, NULL, 0 },
	{ "check_for_spf_helo_softfail", helo_softfail, NULL, 0 },
	{ "check_for_spf_helo_permerror", helo_permerror, NULL, 0 },
	{ "check_for_spf_helo_temperror", helo_temperror, NULL, 0 },
	{ "check_spf_skipped_noenvfrom", skipped_noenvfrom, NULL, 0 },
	{ "check_for_spf_welcomelist_from", in_welcomelist, NULL, 0 },
	{ "check_for_spf_whitelist_from", in_welcomelist, NULL, 0 },
	{ "check_for_def_spf_welcomelist_from", in_default_welcomelist, NULL, 0 },
	{ "check_for_def_spf_whitelist_from", in_default_welcomelist, NULL, 0 },
	{ 0 },
};

bool eval_is_about_spf(const struct eval_function *function)
{
	const struct eval_function *row = eval_spf_functions;

	while (row->name != NULL && row != function)
		row++;
	return row->name != NULL;
}
