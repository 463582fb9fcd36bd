/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/digest_links.h"

#include "facts/people.h"
#include "release/copies.h"
#include "release/release.h"
#include "web/link_epochs.h"
#include "web/link_verb.h"
#include "web/spam_link.h"

static bool find_key(struct digest_links *links, struct error *err_r)
{
	const struct settings *settings = links->settings;

	if (settings->web_url.len == 0 || settings->web_key_file.len == 0)
		return error_set(err_r, "links need web_url and web_key_file in the configuration; "
		                        "set both");
	links->url = settings->web_url;
	while (links->url.len > 0 && links->url.data[links->url.len - 1] == '/')
		links->url.len--;
	return link_key_read(arena_cstr(links->arena, settings->web_key_file), &links->key,
	                     err_r) &&
	       link_epochs_of(arena_cstr(links->arena, settings->web_links_file), links->account,
	                      &links->epoch, err_r);
}

bool digest_links_open(struct digest_links *links_r, struct arena *arena,
                       const struct settings *settings, struct str account, int64_t expires,
                       struct error *err_r)
{
	*links_r = (struct digest_links){
		.arena = arena,
		.settings = settings,
		.account = arena_str_lower(arena, account),
		.expires = expires,
	};
	if (!find_key(links_r, err_r))
		return false;
	links_r->acts = acts_open_reader(arena_cstr(arena, settings->store), err_r);
	return links_r->acts != NULL;
}

void digest_links_close(struct digest_links *links)
{
	acts_close(links->acts);
	links->acts = NULL;
}

static struct str link_text(const struct digest_links *links, struct str message,
                            enum link_purpose purpose)
{
	struct signed_link content = {
		.purpose = purpose,
		.account = links->account,
		.message = message,
		.expires = links->expires,
		.epoch = links->epoch,
	};
	struct str text;

	if (!signed_link_write(links->arena, &links->key, &content, &text))
		return STR("");
	return arena_printf(links->arena, "%.*s/act?link=%.*s", STR_FMT(links->url), STR_FMT(text));
}

/* A link works once. */
static void offer(const struct digest_links *links, struct digest_item *item,
                  const struct act_list *acts, enum digest_link number, enum link_purpose purpose)
{
	if (!link_verb_done(acts, purpose, links->account))
		item->links[number] = link_text(links, item->scan_id, purpose);
}

/* A list can't have every address that SMTP can. */
static void offer_lists(const struct digest_links *links, struct digest_item *item,
                        const struct act_list *acts)
{
	struct str pattern;
	struct error ignored;

	if (!links->settings->web_customers_lists ||
	    !people_pattern(links->arena, item->sender, &pattern, &ignored))
		return;
	offer(links, item, acts, DIGEST_WELCOME, LINK_WELCOME);
	offer(links, item, acts, DIGEST_BLOCK, LINK_BLOCK);
}

static void offer_spam(const struct digest_links *links, struct digest_item *item,
                       const struct act_list *acts)
{
	struct str message = spam_link_message(links->arena, item->scan_id, item->reported_as);

	if (item->reported_as.len > 0 && !link_verb_done(acts, LINK_SPAM, links->account))
		item->links[DIGEST_SPAM] = link_text(links, message, LINK_SPAM);
}

static bool can_be_delivered(const struct digest_links *links, const struct digest_item *item)
{
	const struct settings *settings = links->settings;

	return item->fate == DIGEST_DROPPED && settings->web_customers_release &&
	       copies_has(arena_cstr(links->arena, settings->discarded_copies_directory),
	                  item->scan_id);
}

static const struct act *release_of(const struct digest_links *links,
                                    const struct digest_item *item, const struct act_list *acts)
{
	struct record record = {
		.recipient = arena_cstr(links->arena, item->recipient),
		.destination = arena_cstr(links->arena, item->destination),
	};

	return item->fate == DIGEST_DROPPED ? acts_find(acts, STR(RELEASE_VERB), &record) : NULL;
}

bool digest_links_add(struct digest_links *links, struct digest_item *item, struct error *err_r)
{
	const struct act *release;
	struct act_list acts;

	if (!acts_read(links->acts, links->arena, item->scan_id, &acts, err_r))
		return false;
	release = release_of(links, item, &acts);
	if (release != NULL) {
		item->released_us = release->done_us;
		item->release_begun = true;
		return true;
	}
	if (can_be_delivered(links, item))
		item->links[DIGEST_DELIVER] = link_text(links, item->scan_id, LINK_DELIVER);
	offer_lists(links, item, &acts);
	if (item->fate != DIGEST_PASSED)
		offer(links, item, &acts, DIGEST_RIGHT, LINK_RIGHT);
	if (item->fate != DIGEST_DROPPED)
		offer_spam(links, item, &acts);
	return true;
}
