/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/records.h"

#include "base/clock.h"
#include "base/decimal.h"
#include "facts/auth_results.h"
#include "store/record_rules.h"

static const char *message_id(const struct session_ending *ending)
{
	const struct header *header =
		header_first(&ending->assay->facts->message->headers, STR("Message-ID"));
	struct str id = header != NULL ? str_trim(header->unfolded) : STR("");

	if (id.len > 0 && id.data[0] == '<')
		id = str_from_offset(id, 1);
	if (id.len > 0 && id.data[id.len - 1] == '>')
		id.len--;
	return arena_cstr(ending->session->arena, id);
}

/* The word after "id" in a Received field. */
static struct str received_id(struct str field)
{
	struct str word;
	bool next = false;

	while (str_next_word(&field, &word)) {
		if (next && word.len > 0 && word.data[word.len - 1] == ';')
			word.len--;
		if (next)
			return word;
		next = str_eq_ci(word, STR("id"));
	}
	return STR("");
}

/*
 * The MTA tries the hop again under a new queue id where its answer got lost; the id that the
 * front gave, in the topmost Received field below the one that we made, stays the same. What was
 * released came to the hop by itself, and that field is of its first way here.
 */
static const char *queue_id(const struct session_ending *ending)
{
	const struct envelope *envelope = &ending->session->envelope;
	const struct header_list *headers = &ending->assay->facts->message->headers;
	const struct header *received = header_first(headers, STR("Received"));
	struct str id = STR("");

	if (settings_role(&ending->policy->settings, envelope->daemon_name) == ROLE_FORWARD &&
	    ending->assay->released_by.len == 0 && received != NULL) {
		received = header_next(headers, STR("Received"), received);
		if (received != NULL)
			id = received_id(received->unfolded);
	}
	return arena_cstr(ending->session->arena, id.len > 0 ? id : envelope->queue_id);
}

/* On one line, and no character cut. */
static const char *subject(const struct session_ending *ending)
{
	const struct header *header =
		header_first(&ending->assay->facts->message->headers, STR("Subject"));
	struct str text = header != NULL ? header->decoded : STR("");
	size_t len = text.len < RECORD_SUBJECT_MAX ? text.len : RECORD_SUBJECT_MAX;
	char *copy;

	if (!ending->policy->settings.record_subjects)
		return "";
	while (len > 0 && len < text.len && ((unsigned char)text.data[len] & 0xc0) == 0x80)
		len--;
	copy = arena_cstr(ending->session->arena, str_prefix(text, len));
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)copy[i] < ' ' || copy[i] == 0x7f)
			copy[i] = ' ';
	return copy;
}

static const char *matched(const struct session_ending *ending)
{
	enum record_matched wanted = ending->policy->settings.record_matched;

	if (ending->assay->hits == NULL || wanted == RECORD_MATCHED_NO ||
	    (wanted == RECORD_MATCHED_SPAM && !ending->assay->verdict->over))
		return "";
	return record_matched(ending->session->arena, ending->assay->hits);
}

/* Of one that only tells of an answer, nobody reads what rules matched. */
static struct record common_record(const struct session_ending *ending, bool answered)
{
	struct arena *arena = ending->session->arena;
	const struct envelope *envelope = ending->assay->facts->envelope;

	return (struct record){
		.time_us = clock_wall_us(),
		.scan_id = arena_cstr(arena, ending->assay->id),
		.queue_id = queue_id(ending),
		.content = arena_cstr(arena, ending->content),
		.message_id = message_id(ending),
		.sender = arena_cstr(arena, envelope->sender),
		.score = ending->assay->score,
		.client_ip = arena_cstr(arena, envelope->client_ip),
		.client_name = arena_cstr(arena, envelope->client_name),
		.rules = arena_cstr(arena, ending->assay->rules),
		.size = (int64_t)ending->session->mail.size,
		.tagged = ending->assay->verdict->tag,
		.subject = subject(ending),
		.authentication = arena_cstr(arena, auth_summary(arena, ending->assay->facts)),
		.matched = answered ? "" : matched(ending),
		.answered = answered,
		.signature = arena_cstr(arena, ending->assay->infection.signature),
		.exempt = (ending->assay->verdict->quiet ? RECORD_NEVER_TAGGED : 0) |
		          (ending->assay->verdict->droppable ? 0 : RECORD_NEVER_DROPPED),
		.doubt = decimal_add(ending->assay->score, -ending->assay->floor),
	};
}

static enum record_kind kind_of(const struct session_ending *ending,
                                const struct recipient_verdict *verdict)
{
	struct str daemon = ending->session->envelope.daemon_name;

	if (ending->assay->verdict->action == VERDICT_REJECT)
		return RECORD_REJECTED;
	if (verdict->drop)
		return verdict->infected ? RECORD_DISCARDED_INFECTED : RECORD_DISCARDED;
	if (verdict->observe)
		return RECORD_OBSERVED;
	if (verdict->class == RECIPIENT_FORWARDED ||
	    settings_role(&ending->policy->settings, daemon) == ROLE_FORWARD)
		return RECORD_FORWARDED;
	return RECORD_DELIVERED;
}

/* On whose reports a recipient's record is, once on each. */
static size_t account_count(const struct recipient_verdict *recipient)
{
	return 1 + recipient->others.len;
}

static struct str account(const struct recipient_verdict *recipient, size_t number)
{
	if (number > 0)
		return recipient->others.items[number - 1];
	return recipient->hosted.len > 0 ? recipient->hosted : recipient->address;
}

/* What hit the message, and what is more for a recipient. */
static const char *own_rules(struct arena *arena, const char *common, struct str change)
{
	return arena_printf(arena, "%s%s%.*s", common, common[0] != '\0' ? "," : "",
	                    STR_FMT(change))
	        .data;
}

/* The records of the recipients that are dropped, or of all others. */
static size_t make_records(const struct session_ending *ending, bool dropped, bool answered,
                           struct record **records_r)
{
	const struct verdict *verdict = ending->assay->verdict;
	struct arena *arena = ending->session->arena;
	struct record common = common_record(ending, answered);
	size_t count = 0, most = 0;

	for (size_t i = 0; i < verdict->recipient_count; i++)
		most += account_count(&verdict->recipients[i]);
	*records_r = arena_calloc(arena, most, sizeof(**records_r));
	for (size_t i = 0; i < verdict->recipient_count; i++) {
		const struct recipient_verdict *recipient = &verdict->recipients[i];

		if (recipient->drop != dropped)
			continue;
		for (size_t k = 0; k < account_count(recipient); k++) {
			struct record *record = &(*records_r)[count++];

			*record = common;
			record->kind = kind_of(ending, recipient);
			record->recipient = arena_cstr(arena, account(recipient, k));
			record->destination = arena_cstr(arena, recipient->destination);
			record->threshold = recipient->threshold;
			record->threshold_origin = recipient->threshold_from;
			if (recipient->class != RECIPIENT_FORWARDED)
				record->exempt |= RECORD_NEVER_DROPPED;
			record->score = decimal_add(common.score, recipient->change.score);
			if (recipient->change.rules.len > 0)
				record->rules =
					own_rules(arena, common.rules, recipient->change.rules);
			record->kept = arena_cstr(arena, recipient->kept);
			if (record->kind == RECORD_FORWARDED || record->kind == RECORD_OBSERVED)
				record->reported_as =
					arena_cstr(arena, ending->assay->reported_name);
		}
	}
	return count;
}

bool records_commit_drops(const struct session_ending *ending, struct error *err_r)
{
	struct deadline deadline = deadline_in_ms(ending->policy->settings.commit_timeout);
	struct record *records;
	size_t count;

	count = make_records(ending, true, false, &records);
	if (count == 0)
		return error_set(err_r, "nobody to record it for");
	return recorder_commit(ending->service->recorder, records, count, deadline, err_r);
}

struct entry *records_answered(const struct session_ending *ending)
{
	struct record *records;
	size_t count = make_records(ending, true, true, &records);

	return count > 0 ? recorder_copy(records, count) : NULL;
}

void records_submit_rest(const struct session_ending *ending)
{
	struct record *records;
	size_t count = make_records(ending, false, false, &records);

	if (count > 0)
		recorder_submit(ending->service->recorder, records, count);
}

static void submit_rejected(struct recorder *recorder, const struct session *session,
                            enum record_kind kind, const struct str_list *addresses)
{
	const struct str *address;

	vec_foreach (addresses, address) {
		struct record record = {
			.kind = kind,
			.time_us = clock_wall_us(),
			.queue_id = arena_cstr(session->arena, session->envelope.queue_id),
			.sender = arena_cstr(session->arena, session->envelope.sender),
			.recipient = arena_cstr(session->arena, *address),
			.client_ip = session->client_ip,
		};

		recorder_submit(recorder, &record, 1);
	}
}

void records_submit_rejected(struct recorder *recorder, const struct session *session)
{
	submit_rejected(recorder, session, RECORD_REJECTED, &session->rejected);
	submit_rejected(recorder, session, RECORD_REJECTED_SRS, &session->rejected_srs);
}
