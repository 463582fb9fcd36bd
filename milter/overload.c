/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/overload.h"

#include "base/log.h"
#include "base/log_limit.h"
#include "milter/workers.h"

/* What reading a message takes besides its own bytes: usually less than twice those, and this much.
 */
#define SCAN_FACTOR 2
#define SCAN_BYTES  (128 * 1024)
/* How much of a message is scored if there is no room for all of it. */
#define LEAST_BYTES (64 * 1024)

#define WAITING_INTERVAL_US (INT64_C(60) * 1000000)

void overload_begin(struct session *session, struct budget *memory)
{
	session->memory = (struct budget_share){ .budget = memory };
	arena_charge(session->arena, &session->memory);
}

void overload_end(struct session *session)
{
	budget_return(&session->memory);
	session->mail_paid = 0;
	session->waits_until = (struct deadline){ 0 };
	session->given_up = false;
}

static void log_waiting(const struct budget *memory)
{
	static struct log_limit limit = { .interval_us = WAITING_INTERVAL_US };
	unsigned left_out;

	if (log_limit_pass(&limit, &left_out))
		log_warning(NULL,
		            "messages wait for memory: %zu of %zu MB are in use; raise max_memory, "
		            "or let the MTA send fewer at a time",
		            budget_used(memory) >> 20, budget_limit(memory) >> 20);
}

/* All waits of a message count together. */
static bool take(struct session *session, size_t bytes,
                 bool (*take_bytes)(struct budget_share *share, size_t bytes,
                                    struct deadline deadline))
{
	if (take_bytes(&session->memory, bytes, deadline_in_ms(0)))
		return true;
	if (session->waits_until.at_us == 0)
		session->waits_until = deadline_in_ms(session->memory_wait_ms);
	log_waiting(session->memory.budget);
	/* Those that have memory to give back may need this thread. */
	workers_add();
	return take_bytes(&session->memory, bytes, session->waits_until);
}

static void give_up(struct session *session)
{
	session->given_up = true;
	if (session->overload == OVERLOAD_ACCEPT) {
		mail_buffer_stop(&session->mail);
		return;
	}
	mail_buffer_deinit(&session->mail);
	budget_give(&session->memory, session->mail_paid);
	session->mail_paid = 0;
}

void overload_make_room(struct session *session, size_t more)
{
	size_t room = mail_buffer_room_for(&session->mail, more);

	if (session->given_up || room <= session->mail_paid)
		return;
	if (take(session, room - session->mail_paid, budget_take))
		session->mail_paid = room;
	else
		give_up(session);
}

bool overload_make_room_for_scan(struct session *session, struct assay_input *input)
{
	size_t bytes = SCAN_FACTOR * input->raw.len + SCAN_BYTES;

	if (session->given_up || take(session, bytes, budget_take_advance))
		return true;
	session->given_up = true;
	if (session->overload != OVERLOAD_ACCEPT)
		return false;
	if (input->raw.len > LEAST_BYTES) {
		input->raw.len = LEAST_BYTES;
		input->truncated = true;
	}
	return true;
}

sfsistat overload_refuse(SMFICTX *ctx, const struct session *session)
{
	log_warning(smfi_getsymval(ctx, (char *)"i"),
	            "not scanned: there was no room in max_memory for %lld s; the MTA is asked to "
	            "send it again later",
	            (long long)(session->memory_wait_ms / 1000));
	smfi_setreply(ctx, (char *)"451", (char *)"4.3.2",
	              (char *)"The mail filter is overloaded, try again later");
	return SMFIS_TEMPFAIL;
}
