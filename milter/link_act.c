/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/link_act.h"

#include "base/clock.h"
#include "base/log.h"
#include "milter/link_lesson.h"
#include "milter/mistake_act.h"
#include "release/no_copy.h"
#include "release/release.h"
#include "store/acts.h"
#include "store/people.h"
#include "store/store.h"
#include "web/link_epochs.h"
#include "web/link_verb.h"
#include "web/list_link.h"
#include "web/spam_link.h"

/* The account of links for staff. */
#define STAFF "*"

struct link_act {
	struct arena *arena;
	const struct policy *policy;
	const struct settings *settings;
	struct lessons_cache *lessons;
	const char *store;
	struct str given; /* the message that came with the link, or empty */
	struct signed_link link;
	struct str reported;       /* what stands for the mail, of a report of spam */
	struct str sender;         /* of the message, by its record */
	struct str authentication; /* likewise */
	struct str message_id;     /* likewise */
	const char *no_copy;       /* why there is none, by its record; or NULL */
	bool found;                /* there is a record of the account's */
	bool judged_spam;          /* one of them says that it was dropped or tagged */
};

static const enum link_purpose purposes[] = {
	LINK_DELIVER,     LINK_WELCOME,      LINK_BLOCK,    LINK_RIGHT,       LINK_SPAM,
	LINK_MISTAKE_HAM, LINK_MISTAKE_SPAM, LINK_LIST_ADD, LINK_LIST_REMOVE,
};
#define PURPOSE_COUNT (sizeof(purposes) / sizeof(purposes[0]))

/* The link. */

static bool state_error(enum link_state state, struct error *err_r)
{
	switch (state) {
	case LINK_VALID:
		return true;
	case LINK_EXPIRED:
		return error_set(err_r, "the link has expired");
	case LINK_REVOKED:
		return error_set(err_r, "the link was revoked");
	case LINK_FORGED:
		break;
	}
	return error_set(err_r, "the link is none of ours, or was changed");
}

static bool read_link(struct link_act *act, struct str text, struct error *err_r)
{
	const char *epochs = arena_cstr(act->arena, act->settings->web_links_file);
	enum link_state state = LINK_FORGED;
	struct link_key key;

	if (act->settings->web_key_file.len == 0)
		return error_set(err_r, "links need web_key_file in the configuration");
	if (!link_key_read(arena_cstr(act->arena, act->settings->web_key_file), &key, err_r))
		return false;
	for (size_t i = 0; i < PURPOSE_COUNT && state == LINK_FORGED; i++)
		state = signed_link_read(act->arena, &key, purposes[i], text,
		                         clock_wall_us() / 1000000, &act->link);
	state = link_epochs_judge(epochs, state, &act->link, err_r);
	if (state == LINK_VALID && act->link.purpose == LINK_SPAM) {
		act->reported = spam_link_reported_as(act->link.message);
		act->link.message = spam_link_scan_id(act->link.message);
	}
	return state_error(state, err_r) &&
	       (act->link.message.len > 0 || error_set(err_r, "the link is for no message"));
}

/* Whose message it was. */

static bool take_record(const struct record *record, int64_t id, void *context)
{
	struct link_act *act = context;

	(void)id;
	act->found = true;
	/* Of several recipients, some may have been dropped. */
	if (record->kind == RECORD_DISCARDED || record->kind == RECORD_DISCARDED_INFECTED)
		act->no_copy = no_copy_reason(record, act->settings->max_message_size);
	act->judged_spam |= record->kind == RECORD_DISCARDED || record->kind == RECORD_OBSERVED ||
	                    record->tagged != 0;
	if (act->authentication.len > 0)
		return true;
	act->sender = arena_str(act->arena, str_from(record->sender));
	act->message_id = arena_str(act->arena, str_from(record->message_id));
	act->authentication = arena_str(act->arena, str_from(record->authentication));
	return true;
}

static bool find_record(struct link_act *act, struct error *err_r)
{
	bool staff = str_eq(act->link.account, STR(STAFF));
	struct store_query query = {
		.message = arena_cstr(act->arena, act->link.message),
		.account = staff ? NULL : arena_cstr(act->arena, act->link.account),
	};
	struct store *store = store_open_reader(act->store, err_r);
	bool ok = store != NULL && store_read(store, &query, take_record, act, err_r);

	if (store != NULL)
		store_close(store);
	return ok && (act->found || error_set(err_r, "there is no record of that message"));
}

/* What is done. */

static struct str who(const struct link_act *act)
{
	if (str_eq(act->link.account, STR(STAFF)))
		return STR("a link of staff");
	return arena_printf(act->arena, "a link of %.*s", STR_FMT(act->link.account));
}

static bool is_of_account(const struct link_act *act, const struct copy_recipient *recipient)
{
	const struct str *account;

	if (str_eq(act->link.account, STR(STAFF)))
		return true;
	vec_foreach (&recipient->accounts, account) {
		ptrdiff_t at = str_rfind_char(*account, '@');

		if (str_eq_ci(*account, act->link.account) ||
		    (at >= 0 &&
		     str_eq_ci(str_from_offset(*account, (size_t)at + 1), act->link.account)))
			return true;
	}
	return false;
}

static void tell_end(enum release_end end, const struct error *err, struct act_answer *answer_r,
                     struct arena *arena)
{
	answer_r->done = end == RELEASE_SENT;
	switch (end) {
	case RELEASE_SENT:
		answer_r->text = STR("it is on its way");
		break;
	case RELEASE_WAS_SENT:
		answer_r->text = STR("it was delivered before");
		break;
	case RELEASE_WAS_BEGUN:
	case RELEASE_UNKNOWN:
		answer_r->text = STR("it is not known whether it was sent; ask support");
		break;
	case RELEASE_REFUSED:
		answer_r->text = arena_printf(arena, "it could not be sent: %s", err->text);
		break;
	}
}

static bool send_all(const struct link_act *act, struct releaser *releaser,
                     const struct copies_list *copies, struct act_answer *answer_r)
{
	struct release_targets targets;
	struct error err = { "" };
	struct act before;
	bool any = false;

	release_targets_find(act->arena, copies, STR(""), &targets);
	for (size_t i = 0; i < targets.len; i++) {
		enum release_end end;
		bool was_done = answer_r->done;

		if (!is_of_account(act, targets.items[i].recipient))
			continue;
		end = release_send(releaser, &targets.items[i], who(act), false, &before, &err);
		tell_end(end, &err, answer_r, act->arena);
		answer_r->done = answer_r->done || was_done;
		any = true;
	}
	return any;
}

static bool deliver(const struct link_act *act, struct act_answer *answer_r, struct error *err_r)
{
	struct copies_list copies;
	struct releaser releaser;
	bool ok;

	if (!str_eq(act->link.account, STR(STAFF)) && !act->settings->web_customers_release)
		return error_set(err_r, "customers may not release mail here; ask support");
	if (!release_open(&releaser, act->arena, act->settings, false, err_r))
		return false;
	ok = copies_find(act->arena, releaser.folder, act->link.message, &copies, err_r) &&
	     (send_all(act, &releaser, &copies, answer_r) ||
	      error_set(err_r, "%s",
	                act->no_copy != NULL ? act->no_copy : "there is no copy of it any more"));
	release_close(&releaser);
	return ok;
}

/* A welcome counts only where the sender is shown to be himself, as any welcome does. */
static bool list_sender(const struct link_act *act, struct str sender, enum people_list list,
                        struct error *err_r)
{
	bool staff = str_eq(act->link.account, STR(STAFF)), changed, ok;
	struct people_entry entry = { .list = list };
	struct people_store *store;

	if (!staff && act->link.purpose != LINK_SPAM && !act->settings->web_customers_lists)
		return error_set(err_r, "customers may not change lists here; ask support");
	if (sender.len == 0)
		return error_set(err_r, "the message has no sender");
	if (!people_pattern(act->arena, sender, &entry.pattern, err_r) ||
	    (!staff && !people_scope(act->arena, act->link.account, &entry.scope, err_r)))
		return false;
	store = people_open(act->store, PEOPLE_EDIT, err_r);
	ok = store != NULL && people_enter(store, &entry, &changed, err_r);
	people_close(store);
	return ok;
}

static bool change_list(const struct link_act *act, struct act_answer *answer_r,
                        struct error *err_r)
{
	bool staff = str_eq(act->link.account, STR(STAFF)),
	     adds = act->link.purpose == LINK_LIST_ADD;
	struct people_store *store;
	struct people_entry entry;
	bool changed, ok;

	if (!list_link_read(act->arena, act->link.message, &entry, err_r) ||
	    (!staff && !people_scope(act->arena, act->link.account, &entry.scope, err_r)))
		return false;
	store = people_open(act->store, PEOPLE_EDIT, err_r);
	ok = store != NULL && (adds ? people_enter(store, &entry, &changed, err_r)
	                            : people_remove(store, &entry, &changed, err_r));
	people_close(store);
	if (!ok)
		return false;
	answer_r->done = true;
	answer_r->text = arena_printf(act->arena, "%.*s %s", STR_FMT(entry.pattern),
	                              !adds                          ? "is on that list no more"
	                              : entry.list == PEOPLE_BLOCKED ? "is blocked"
	                                                             : "is welcome where the mail "
	                                                               "is shown to be theirs");
	return true;
}

static bool report_mistake(const struct link_act *act, struct act_answer *answer_r,
                           struct error *err_r)
{
	const struct mistake mistake = {
		.class = act->link.purpose == LINK_MISTAKE_SPAM ? MISTAKE_SPAM : MISTAKE_HAM,
		.scan_id = act->link.message,
		.message_id = act->message_id,
		.given = act->given,
	};

	if (!str_eq(act->link.account, STR(STAFF)))
		return error_set(err_r, "only staff say so; ask support");
	return mistake_act(act->arena, act->policy, act->lessons, &mistake, &answer_r->text, err_r);
}

static bool do_once(const struct link_act *act, struct act_answer *answer_r, struct error *err_r)
{
	switch (act->link.purpose) {
	case LINK_WELCOME:
		answer_r->text = arena_printf(act->arena,
		                              "%.*s is welcome where the mail is shown to be his",
		                              STR_FMT(act->sender));
		return list_sender(act, act->sender, PEOPLE_WELCOMED, err_r);
	case LINK_BLOCK:
		answer_r->text = arena_printf(act->arena, "%.*s is blocked", STR_FMT(act->sender));
		return list_sender(act, act->sender, PEOPLE_BLOCKED, err_r);
	case LINK_SPAM:
		answer_r->text = STR("the same mail will not be sent on any more");
		return list_sender(act, act->reported, PEOPLE_BLOCKED, err_r);
	case LINK_MISTAKE_HAM:
	case LINK_MISTAKE_SPAM:
		return report_mistake(act, answer_r, err_r);
	default:
		answer_r->text = STR("it is noted that this was right");
		return true;
	}
}

/* Staff may change their mind on what a message is. */
static bool is_said_anew(enum link_purpose purpose)
{
	return purpose == LINK_MISTAKE_HAM || purpose == LINK_MISTAKE_SPAM;
}

/* Each but a release, which looks after that itself. */
static bool record_and_do(const struct link_act *link_act, struct act_answer *answer_r,
                          struct error *err_r)
{
	struct acts_store *store = acts_open(link_act->store, err_r);
	struct act act = {
		.scan_id = link_act->link.message,
		.recipient = link_act->link.account,
		.verb = link_verb(link_act->link.purpose),
		.by = who(link_act),
		.begun_us = clock_wall_us(),
	};
	enum act_beginning beginning;
	struct act before;
	struct error ignored;
	bool ok;

	if (store == NULL)
		return false;
	beginning = acts_begin(store, link_act->arena, &act, is_said_anew(link_act->link.purpose),
	                       &before, err_r);
	ok = beginning == ACT_BEGUN && do_once(link_act, answer_r, err_r);
	if (ok)
		act.done_us = clock_wall_us();
	if (ok)
		ok = acts_finish(store, &act, err_r);
	else if (beginning == ACT_BEGUN)
		acts_take_back(store, &act, &before, &ignored);
	acts_close(store);
	if (beginning == ACT_WAS_BEGUN)
		return error_set(err_r, "this was done before");
	answer_r->done = ok;
	return ok;
}

static bool act_on(struct link_act *act, struct act_answer *answer_r, struct error *err_r)
{
	enum link_purpose purpose = act->link.purpose;

	if (purpose == LINK_LIST_ADD || purpose == LINK_LIST_REMOVE)
		return change_list(act, answer_r, err_r);
	/* A report of spam has all that it takes in the link, also before its record is written. */
	if (purpose != LINK_SPAM && !find_record(act, err_r))
		return false;
	return purpose == LINK_DELIVER ? deliver(act, answer_r, err_r)
	                               : record_and_do(act, answer_r, err_r);
}

/* What was done stays done, whatever comes of that. */
static struct str teach(const struct link_act *act)
{
	const struct link_lesson lesson = {
		.purpose = act->link.purpose,
		.scan_id = act->link.message,
		.account = str_eq(act->link.account, STR(STAFF)) ? STR("") : act->link.account,
		.judged_spam = act->judged_spam,
	};

	return link_lesson(act->arena, act->policy, act->lessons, &lesson);
}

void link_act_do(struct arena *arena, const struct policy *policy, struct lessons_cache *lessons,
                 const struct link_asked *asked, struct act_answer *answer_r)
{
	struct link_act act = {
		.arena = arena,
		.policy = policy,
		.settings = &policy->settings,
		.lessons = lessons,
		.store = arena_cstr(arena, policy->settings.store),
		.given = asked->message,
	};
	struct str learned = STR("");
	struct error err = { "" };

	*answer_r = (struct act_answer){ 0 };
	if (!read_link(&act, asked->link, &err) || !act_on(&act, answer_r, &err))
		*answer_r = (struct act_answer){ .text = arena_str(arena, str_from(err.text)) };
	else if (answer_r->done)
		learned = teach(&act);
	answer_r->text = arena_printf(arena, "%.*s%.*s", STR_FMT(answer_r->text), STR_FMT(learned));
	log_info(NULL, "link: %.*s, account=%.*s, id=%.*s: %.*s",
	         STR_FMT(link_verb(act.link.purpose)), STR_FMT(act.link.account),
	         STR_FMT(act.link.message), STR_FMT(answer_r->text));
}
