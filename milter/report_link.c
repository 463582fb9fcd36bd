/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/report_link.h"

#include <time.h>

#include "base/trouble.h"
#include "web/link_epochs.h"
#include "web/spam_link.h"

/* As long as people may look at old mail and find it to be spam. */
#define VALID_S (INT64_C(30) * 86400)

static struct trouble making = {
	.name = "report-links",
	.over = "links to report spam can be made again",
};

/* Whose the one copy is that is forwarded; empty where it is not one, or nobody's for sure. */
static struct str account_of(const struct session_ending *ending)
{
	const struct verdict *verdict = ending->assay->verdict;
	struct str account = STR("");

	for (size_t i = 0; i < verdict->recipient_count; i++) {
		const struct recipient_verdict *recipient = &verdict->recipients[i];

		if (recipient->drop)
			continue;
		if (recipient->class != RECIPIENT_FORWARDED || recipient->hosted.len == 0 ||
		    recipient->others.len > 0 ||
		    (account.len > 0 && !str_eq(account, recipient->hosted)))
			return STR("");
		account = recipient->hosted;
	}
	return account;
}

static bool make(struct arena *arena, const struct settings *settings, struct signed_link *content,
                 struct str *text_r, struct error *err_r)
{
	const char *epochs = arena_cstr(arena, settings->web_links_file);
	struct link_key key;

	return link_key_read(arena_cstr(arena, settings->web_key_file), &key, err_r) &&
	       link_epochs_of(epochs, content->account, &content->epoch, err_r) &&
	       (signed_link_write(arena, &key, content, text_r) ||
	        error_set(err_r, "the account's name is too long"));
}

struct str report_link_value(const struct session_ending *ending)
{
	const struct settings *settings = &ending->policy->settings;
	struct arena *arena = ending->session->arena;
	struct str url = settings->web_url, name = ending->assay->reported_name, text;
	struct signed_link content = { .purpose = LINK_SPAM };
	struct error err;

	if (name.len == 0 || url.len == 0 || settings->web_key_file.len == 0)
		return STR("");
	content.account = arena_str_lower(arena, account_of(ending));
	content.message = spam_link_message(arena, ending->assay->id, name);
	content.expires = (int64_t)time(NULL) + VALID_S;
	if (content.account.len == 0)
		return STR("");
	if (!make(arena, settings, &content, &text, &err)) {
		trouble_begin(&making, NULL, "links to report spam: %s", err.text);
		return STR("");
	}
	trouble_end(&making);
	while (url.len > 0 && url.data[url.len - 1] == '/')
		url.len--;
	return arena_printf(arena, "<%.*s/act?link=%.*s>", STR_FMT(url), STR_FMT(text));
}
