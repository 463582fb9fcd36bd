/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/drop_copy.h"

#include "base/clock.h"
#include "base/log.h"
#include "release/copies_keeper.h"

static void add_recipient(const struct session_ending *ending, size_t number, struct copy *copy)
{
	const struct session *session = ending->session;
	const struct recipient_verdict *verdict = &ending->assay->verdict->recipients[number];
	struct copy_recipient recipient = {
		.argument = mta_address(
			session->arena,
			arena_cstr(session->arena, session->recipient_arguments.items[number])),
		.address = verdict->address,
		.original = session->envelope.recipients.items[number].original,
		.destination = verdict->destination,
	};
	struct str hosted = verdict->hosted.len > 0 ? verdict->hosted : verdict->address;

	vec_push(session->arena, &recipient.accounts, hosted);
	for (size_t i = 0; i < verdict->others.len; i++)
		vec_push(session->arena, &recipient.accounts, verdict->others.items[i]);
	vec_push(session->arena, &copy->recipients, recipient);
}

/* On the hop, the message as it came there: the seal has to stay on top. At the front, the field
 * with its client is ours to add, for the MTA shows us none. */
static struct str message_of(const struct session_ending *ending)
{
	const struct session *session = ending->session;

	if (settings_role(&ending->policy->settings, session->envelope.daemon_name) == ROLE_FRONT)
		return ending->input.raw;
	return mail_buffer_kept(&session->mail, 0);
}

/* Of malware there is no copy: nobody is to send it on. */
const struct copy *drop_copy_write(const struct session_ending *ending)
{
	const struct session *session = ending->session;
	const struct verdict *verdict = ending->assay->verdict;
	struct copies_keeper *keeper = ending->service->copies;
	struct copy *copy;

	if (keeper == NULL)
		return NULL;
	if (session->mail.truncated) {
		log_warning(arena_cstr(session->arena, session->envelope.queue_id),
		            "no copy of what is dropped: it is larger than max_message_size");
		return NULL;
	}
	copy = arena_new_object(session->arena, struct copy);
	*copy = (struct copy){
		.scan_id = ending->assay->id,
		.time_us = clock_wall_us(),
		.sender = session->envelope.sender,
		.smtputf8 = session->envelope.smtputf8,
		.listener = session->envelope.daemon_name,
		.queue_id = session->envelope.queue_id,
		.score = ending->assay->score,
		.raw = message_of(ending),
	};
	for (size_t i = 0; i < verdict->recipient_count; i++)
		if (verdict->recipients[i].drop && !verdict->recipients[i].infected &&
		    i < session->recipient_arguments.len)
			add_recipient(ending, i, copy);
	if (copy->recipients.len == 0 || !copies_keeper_write(keeper, copy))
		return NULL;
	return copy;
}

void drop_copy_remove(const struct session_ending *ending, const struct copy *copy)
{
	if (copy != NULL)
		copies_keeper_remove(ending->service->copies, copy);
}
