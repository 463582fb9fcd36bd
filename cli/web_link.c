/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/web_link.h"

#include <stdio.h>
#include <sysexits.h>
#include <time.h>

#include "base/shown.h"
#include "web/link_epochs.h"

static int fail(int status, const struct error *error)
{
	fprintf(stderr, "assay web: %s\n", error->text);
	return status;
}

static bool find_key(struct arena *arena, const struct settings *settings, struct link_key *key_r,
                     struct error *err_r)
{
	if (settings->web_url.len == 0 || settings->web_key_file.len == 0)
		return error_set(err_r, "links need web_url and web_key_file in the configuration; "
		                        "set both");
	return link_key_read(arena_cstr(arena, settings->web_key_file), key_r, err_r);
}

int web_link_print(struct arena *arena, const struct settings *settings, struct str account,
                   int64_t valid)
{
	const char *epochs = arena_cstr(arena, settings->web_links_file);
	struct signed_link content = { .purpose = LINK_VIEW,
		                       .account = arena_str_lower(arena, account),
		                       .expires = (int64_t)time(NULL) + valid };
	struct str url = settings->web_url, text;
	struct link_key key;
	struct error error;

	if (!find_key(arena, settings, &key, &error))
		return fail(EX_CONFIG, &error);
	if (!link_epochs_of(epochs, account, &content.epoch, &error))
		return fail(EX_IOERR, &error);
	if (!signed_link_write(arena, &key, &content, &text)) {
		error_set(&error, "\"%.*s\" is longer than an account may be", STR_FMT(account));
		return fail(EX_USAGE, &error);
	}
	while (url.len > 0 && url.data[url.len - 1] == '/')
		url.len--;
	printf("%.*s/open?link=%.*s\n", STR_FMT(url), STR_FMT(text));
	return EX_OK;
}

int web_link_revoke(struct arena *arena, const struct settings *settings, struct str account)
{
	uint32_t epoch;
	struct error error;

	if (!link_epochs_raise(arena_cstr(arena, settings->web_links_file), account, &epoch,
	                       &error))
		return fail(EX_CANTCREAT, &error);
	printf("all links for %.*s that were made so far are void\n", STR_FMT(account));
	return EX_OK;
}

/* What follows the last "=", so that a whole address may be given. */
static struct str link_of(struct str url)
{
	ptrdiff_t equals = str_rfind_char(url, '=');

	return equals < 0 ? url : str_from_offset(url, (size_t)equals + 1);
}

int web_link_check(struct arena *arena, const struct settings *settings, struct str url)
{
	static const char *const states[] = { "holds", "is none of ours, or was changed",
		                              "has expired", "was revoked" };
	const char *epochs = arena_cstr(arena, settings->web_links_file);
	struct signed_link content = { 0 };
	enum link_state state;
	struct link_key key;
	struct error error;
	char until[32];
	time_t expires;

	if (!find_key(arena, settings, &key, &error))
		return fail(EX_CONFIG, &error);
	state = signed_link_read(arena, &key, LINK_VIEW, link_of(str_trim(url)), time(NULL),
	                         &content);
	state = link_epochs_judge(epochs, state, &content, &error);
	printf("the link %s\n", states[state]);
	if (state != LINK_FORGED) {
		expires = (time_t)content.expires;
		strftime(until, sizeof(until), "%Y-%m-%d %H:%M", localtime(&expires));
		printf("account: %.*s\nuntil:   %s\n", STR_FMT(shown_text(arena, content.account)),
		       until);
	}
	if (state == LINK_REVOKED)
		printf("why:     %s\n", error.text);
	return state == LINK_VALID ? EX_OK : 1;
}
