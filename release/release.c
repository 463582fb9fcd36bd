/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "release/release.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "forward/address.h"
#include "forward/release_mark.h"
#include "message/raw_header.h"
#include "scoring/policy.h"

/* The mark has to hold while the MTA gives the message to the filter, at once. */
#define MARK_S 600

static bool find_transport(struct releaser *releaser, const struct settings *settings,
                           bool programs, struct error *err_r)
{
	struct str own = settings->release_transport;

	if (own.len > 0 && !transport_parse(releaser->arena, "release_transport", own,
	                                    &releaser->transport, err_r))
		return false;
	if (own.len > 0 && (programs || releaser->transport.program == NULL))
		return true;
	return transport_parse(releaser->arena, "release_via", settings->release_via,
	                       &releaser->transport, err_r);
}

static bool read_srs(struct releaser *releaser, const struct settings *settings,
                     struct error *err_r)
{
	struct problems problems;

	if (settings->release_srs_domain.len == 0)
		return true;
	problems_init(&problems, releaser->arena);
	if (!policy_read_srs(releaser->arena, settings, &releaser->srs, &problems))
		return error_set(err_r, "%.*s", STR_FMT(problems.items[0].text));
	releaser->srs.other = releaser->srs.domain;
	releaser->srs.domain = address_fold_domain(releaser->arena, settings->release_srs_domain);
	return true;
}

bool release_open(struct releaser *releaser_r, struct arena *arena, const struct settings *settings,
                  bool programs, struct error *err_r)
{
	*releaser_r = (struct releaser){
		.arena = arena,
		.folder = arena_cstr(arena, settings->discarded_copies_directory),
		.helo = policy_hostname(arena, settings),
	};
	if (settings->seal_key_file.len == 0)
		return error_set(err_r,
		                 "seal_key_file is not set: without it, the filter would drop what "
		                 "is released once more");
	if (!find_transport(releaser_r, settings, programs, err_r) ||
	    !read_srs(releaser_r, settings, err_r) ||
	    !seal_key_read(arena_cstr(arena, settings->seal_key_file), &releaser_r->key, err_r))
		return false;
	releaser_r->acts = acts_open(arena_cstr(arena, settings->store), err_r);
	return releaser_r->acts != NULL;
}

void release_close(struct releaser *releaser)
{
	acts_close(releaser->acts);
	releaser->acts = NULL;
}

static bool is_meant(struct arena *arena, const struct copy_recipient *recipient, struct str to)
{
	struct str key = address_key(arena, to);
	const struct str *account;

	if (to.len == 0 || str_eq(address_key(arena, recipient->argument), key) ||
	    str_eq(address_key(arena, recipient->address), key) ||
	    str_eq(address_key(arena, recipient->destination), key))
		return true;
	vec_foreach (&recipient->accounts, account)
		if (str_eq(address_key(arena, *account), key))
			return true;
	return false;
}

void release_targets_find(struct arena *arena, const struct copies_list *copies, struct str to,
                          struct release_targets *targets_r)
{
	*targets_r = (struct release_targets){ 0 };
	for (size_t i = 0; i < copies->len; i++)
		for (size_t k = 0; k < copies->items[i].recipients.len; k++) {
			struct release_target target = {
				.copy = &copies->items[i],
				.recipient = &copies->items[i].recipients.items[k],
			};

			if (is_meant(arena, target.recipient, to))
				vec_push(arena, targets_r, target);
		}
}

/* The message's digests, as the filter will find them. */
static void digest(struct arena *arena, struct str raw, struct release_mark *mark)
{
	struct raw_field_list header = { 0 };
	struct str rest = raw_header_split(arena, raw, &header);
	struct seal_body *body = seal_body_new();
	struct seal_fields fields;

	if (str_starts(rest, STR("\n")))
		rest = str_from_offset(rest, 1);
	if (body != NULL)
		seal_body_add(body, rest.data, rest.len);
	mark->body = seal_body_finish(body);
	seal_fields_of(arena, &header, &fields);
	mark->fields_present = seal_fields_present(&fields);
	mark->fields = seal_fields_digest(&fields, mark->fields_present);
}

/* The field that keeps the filter from dropping it once more; empty where it can't be made. */
static struct str mark_field(const struct releaser *releaser, const struct release_target *target,
                             struct str by)
{
	struct release_mark mark = {
		.expires_at = (int64_t)time(NULL) + MARK_S,
		.scan_id = target->copy->scan_id,
		.recipient = target->recipient->address,
		.by = by,
	};
	struct str value;

	digest(releaser->arena, target->copy->raw, &mark);
	value = release_mark_write(releaser->arena, &releaser->key, &mark);
	if (value.len == 0)
		return value;
	return arena_printf(releaser->arena, RELEASE_MARK_NAME ": %.*s\n", STR_FMT(value));
}

/* One that can't be rewritten stays, as that of any forwarded mail. */
static struct str sender_of(const struct releaser *releaser, const struct copy *copy)
{
	struct str sender;

	if (releaser->srs.domain.len > 0 &&
	    srs_forward(releaser->arena, &releaser->srs, copy->sender, (int64_t)time(NULL),
	                &sender) == SRS_REWRITTEN)
		return sender;
	return copy->sender;
}

static enum release_end hand_over(struct releaser *releaser, const struct release_target *target,
                                  struct str head, struct act *act, const struct act *before,
                                  struct error *err_r)
{
	struct smtp_mail mail = {
		.helo = releaser->helo,
		.sender = sender_of(releaser, target->copy),
		.recipient = target->recipient->argument,
		.original = target->recipient->original,
		.smtputf8 = target->copy->smtputf8,
		.head = head,
		.raw = target->copy->raw,
	};
	struct error ignored;

	switch (transport_send(&releaser->transport, &mail, err_r)) {
	case SMTP_SENT:
		act->done_us = clock_wall_us();
		/* Where that can't be written, it stays begun, which is nearly as good. */
		acts_finish(releaser->acts, act, &ignored);
		return RELEASE_SENT;
	case SMTP_NOT_SENT:
		acts_take_back(releaser->acts, act, before, &ignored);
		return RELEASE_REFUSED;
	case SMTP_UNKNOWN:
		break;
	}
	return RELEASE_UNKNOWN;
}

enum release_end release_send(struct releaser *releaser, const struct release_target *target,
                              struct str by, bool again, struct act *before_r, struct error *err_r)
{
	struct act act = {
		.scan_id = target->copy->scan_id,
		.recipient = target->recipient->argument,
		.verb = STR(RELEASE_VERB),
		.by = by,
		.begun_us = clock_wall_us(),
	};
	struct str head = mark_field(releaser, target, by);

	*before_r = (struct act){ 0 };
	if (head.len == 0) {
		error_set(err_r, "the library for hashes and ciphers doesn't work");
		return RELEASE_REFUSED;
	}
	switch (acts_begin(releaser->acts, releaser->arena, &act, again, before_r, err_r)) {
	case ACT_FAILED:
		return RELEASE_REFUSED;
	case ACT_WAS_BEGUN:
		return before_r->done_us > 0 ? RELEASE_WAS_SENT : RELEASE_WAS_BEGUN;
	case ACT_BEGUN:
		break;
	}
	return hand_over(releaser, target, head, &act, before_r, err_r);
}
