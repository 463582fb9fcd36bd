/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/overload.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/log.h"
#include "base/trouble.h"
#include "milter/arrivals.h"
#include "milter/connection_limits.h"
#include "milter/libmilter_io.h"
#include "milter/log_line.h"
#include "milter/statistics.h"
#include "milter/workers.h"

/* What reading a message takes besides its own bytes: usually less than twice those, and this much.
 */
#define SCAN_FACTOR 2
#define SCAN_BYTES  (128 * 1024)
/* How much of a message is scored if there is no room for all of it. */
#define LEAST_BYTES (64 * 1024)

void overload_begin(struct session *session, struct budget *memory)
{
	session->memory = (struct budget_share){ .budget = memory };
	arena_charge(session->arena, &session->memory);
}

void overload_end(struct session *session)
{
	arrivals_end(&session->arrival);
	budget_return(&session->memory);
	session->mail_paid = 0;
	session->waits_until = (struct deadline){ 0 };
	session->given_up = false;
	session->limit = OVERLOAD_NONE;
}

static void log_waiting(const struct budget *memory)
{
	static struct trouble shortage = {
		.name = "memory",
		.over = "messages don't wait for memory any more",
		.by_itself = true,
	};

	trouble_count(&shortage, NULL,
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
	if (budget_waiting(session->memory.budget) >= session->waiting_max) {
		session->limit = OVERLOAD_WAITING;
		return false;
	}
	if (session->waits_until.at_us == 0)
		session->waits_until = deadline_in_ms(session->memory_wait_ms);
	log_waiting(session->memory.budget);
	/* Those that have memory to give back may need this thread. */
	workers_add();
	return take_bytes(&session->memory, bytes, session->waits_until);
}

static void note_limit(struct session *session)
{
	session->given_up = true;
	if (session->limit == OVERLOAD_NONE)
		session->limit = OVERLOAD_MEMORY;
}

static void give_up(struct session *session)
{
	note_limit(session);
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
	note_limit(session);
	if (session->overload != OVERLOAD_ACCEPT)
		return false;
	statistics_count_overload(session->limit);
	if (input->raw.len > LEAST_BYTES) {
		input->raw.len = LEAST_BYTES;
		input->truncated = true;
	}
	return true;
}

static size_t waiting(const struct policy *policy)
{
	struct semaphore_counts messages, scanners;

	semaphore_count(policy->semaphore, &messages);
	ruleset_count_scanners(policy->ruleset, &scanners);
	return (size_t)messages.waiting + scanners.waiting;
}

/* Of those that arrive, some will not have to wait. */
static size_t will_wait(const struct policy *policy)
{
	struct semaphore_counts messages;
	size_t arriving = arrivals_count(), room;

	semaphore_count(policy->semaphore, &messages);
	room = messages.permits - messages.taken;
	return arriving > room ? arriving - room : 0;
}

/* When there was no room last, on the monotonic clock; 0: never. */
static _Atomic int64_t full_us;
/* Until all is as usual again. */
#define FULL_US INT64_C(5000000)

/* `arriving`: messages that will wait soon. */
static enum overload_limit judge(const struct policy *policy, int connection, size_t arriving)
{
	enum overload_limit limit = connection_limits_judge(connection);

	if (limit != OVERLOAD_NONE ||
	    waiting(policy) + arriving < (size_t)policy->settings.max_waiting)
		return limit;
	atomic_store(&full_us, clock_monotonic_us());
	return OVERLOAD_WAITING;
}

bool overload_is_near(const struct policy *policy, int connection)
{
	int64_t full = atomic_load(&full_us);
	size_t room = (size_t)policy->settings.max_waiting;

	if (policy->settings.overload == OVERLOAD_ACCEPT)
		return false;
	return (full != 0 && clock_monotonic_us() - full < FULL_US) ||
	       judge(policy, connection, will_wait(policy)) != OVERLOAD_NONE ||
	       waiting(policy) + will_wait(policy) > room / 2;
}

/* What is to be known of it by those who can change it. */
static const char *reason(enum overload_limit limit, const struct settings *settings, char *text,
                          size_t size)
{
	switch (limit) {
	case OVERLOAD_CONNECTIONS:
		snprintf(text, size,
		         "there are more than %lld connections; raise max_connections, or let the "
		         "mail servers open fewer",
		         (long long)settings->max_connections);
		break;
	case OVERLOAD_CLIENT:
		snprintf(text, size,
		         "its client has more than %lld connections; raise "
		         "max_connections_per_client, or let that mail server open fewer",
		         (long long)settings->max_connections_per_client);
		break;
	case OVERLOAD_WAITING:
		snprintf(text, size,
		         "%lld messages wait already; let the mail servers send fewer at a time, "
		         "add processors, or raise max_waiting",
		         (long long)settings->max_waiting);
		break;
	case OVERLOAD_MEMORY:
	case OVERLOAD_NONE:
		snprintf(text, size, "there was no room in max_memory for %lld s",
		         (long long)(settings->scan_timeout / 1000));
		break;
	}
	return text;
}

#define TROUBLE(over_)                                                                             \
	{                                                                                          \
		.name = "overload", .over = over_, .by_itself = true                               \
	}

/* One for each limit, however many messages it is. */
static struct trouble troubles[OVERLOAD_LIMIT_COUNT] = {
	[OVERLOAD_CONNECTIONS] = TROUBLE("no connections are beyond max_connections any more"),
	[OVERLOAD_CLIENT] = TROUBLE("no client is beyond max_connections_per_client any more"),
	[OVERLOAD_MEMORY] = TROUBLE("messages have room again"),
	[OVERLOAD_WAITING] = TROUBLE("no more messages come than can be scanned"),
};

static void note(enum overload_limit limit, const struct policy *policy, const char *queue_id,
                 const char *then)
{
	char why[300];

	statistics_count_overload(limit);
	trouble_count(&troubles[limit], queue_id, "not scanned: %s; %s",
	              reason(limit, &policy->settings, why, sizeof(why)), then);
}

static void count_refusal(enum overload_limit limit, const struct policy *policy,
                          struct str daemon_name, uint64_t bytes, const char *queue_id)
{
	const struct statistics_message message = {
		.role = settings_role(&policy->settings, daemon_name),
		.action = ACTION_TEMPFAIL,
		.bytes = bytes,
	};

	statistics_count(&message);
	note(limit, policy, queue_id, "the MTA is asked to send it again later");
}

bool overload_turn_away(const struct policy *policy, int connection, struct str daemon_name)
{
	enum overload_limit limit;

	if (policy->settings.overload == OVERLOAD_ACCEPT)
		return false;
	limit = judge(policy, connection, will_wait(policy));
	if (limit == OVERLOAD_NONE)
		return false;
	count_refusal(limit, policy, daemon_name, 0, NULL);
	return true;
}

static sfsistat ask_for_later(SMFICTX *ctx, const struct session *session,
                              const struct policy *policy, const char *queue_id)
{
	count_refusal(session->limit, policy, session->envelope.daemon_name, session->mail.size,
	              queue_id);
	smfi_setreply(ctx, (char *)OVERLOAD_CODE, (char *)OVERLOAD_STATUS, (char *)OVERLOAD_TEXT);
	return SMFIS_TEMPFAIL;
}

sfsistat overload_refuse(SMFICTX *ctx, const struct session *session, const struct policy *policy)
{
	const char *queue_id = smfi_getsymval(ctx, (char *)"i");
	struct str note =
		arena_printf(session->arena, "overload: %s", overload_limit_name(session->limit));

	log_info(queue_id, "%s", log_line_refused(session, note).data);
	return ask_for_later(ctx, session, policy, queue_id);
}

sfsistat overload_answer_mail(SMFICTX *ctx, struct session *session, const struct policy *policy)
{
	sfsistat go_on = session->answers_mail ? SMFIS_CONTINUE : SMFIS_NOREPLY;
	enum overload_limit limit;

	session->arrival = libmilter_io_take_arrival();
	if (session->arrival != 0)
		return go_on;
	limit = judge(policy, libmilter_io_connection(), will_wait(policy));
	if (!session->answers_mail || limit == OVERLOAD_NONE ||
	    policy->settings.overload == OVERLOAD_ACCEPT) {
		session->arrival = arrivals_begin();
		return go_on;
	}
	session->limit = limit;
	return ask_for_later(ctx, session, policy, NULL);
}

static bool is_kept(const struct session *session)
{
	return session->overload == OVERLOAD_ACCEPT;
}

bool overload_find_place(const struct policy *policy, struct session *session,
                         struct assay_input *input)
{
	arrivals_end(&session->arrival);
	if (session->given_up) {
		if (is_kept(session))
			statistics_count_overload(session->limit);
		return is_kept(session);
	}
	session->limit = judge(policy, libmilter_io_connection(), 0);
	if (session->limit == OVERLOAD_NONE)
		return true;
	if (!is_kept(session))
		return false;
	note(session->limit, policy, arena_cstr(session->arena, session->envelope.queue_id),
	     "it is delivered without a scan");
	input->unscanned = "the mail filter is overloaded";
	return true;
}
