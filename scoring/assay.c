/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/assay.h"

#include <time.h>

#include "rules/uri_rules.h"
#include "scoring/scan_id.h"
#include "scoring/score.h"
#include "scoring/sender.h"

/* More than the fields that the milter puts in front of a message can take. */
#define ADDED_BYTES_MAX 16384

/* One run of the pipeline: what goes in, what comes out, and what the stages tell each other. */
struct assay_run {
	struct arena *arena;
	const struct policy *policy;
	const struct assay_input *input;
	struct assay *assay;
	bool hop;
	struct turn turn;
	bool exempt; /* the client's mail is neither tagged nor dropped */
	struct seal seal;
	struct header_list headers;        /* of the message, without those that we put in front */
	struct str note;                   /* for the reader, about what we could not do */
	struct sender_check *sender_check; /* not awaited yet; or NULL */
	bool sender_judged;
	bool sender_passes; /* SPF, from our own addresses */
};

static void add_limits(struct assay_run *run, unsigned limits, size_t count,
                       const char *(*name)(unsigned limit))
{
	for (size_t i = 0; i < count; i++) {
		if (limits & 1u << i)
			vec_push(run->arena, &run->assay->limits, str_from(name(1u << i)));
	}
}

static const char *message_limit(unsigned limit)
{
	return message_limit_name(limit);
}

static const char *hits_limit(unsigned limit)
{
	return hits_limit_name(limit);
}

/* The fields behind the first `added`. */
static struct header_list own_headers(const struct header_list *headers, size_t added)
{
	struct header_list own = *headers;

	if (added >= own.len)
		return (struct header_list){ 0 };
	own.items += added;
	own.len -= added;
	return own;
}

static void read_message(struct assay_run *run)
{
	const struct policy *policy = run->policy;
	struct message_limits limits = message_default_limits();
	struct uri_rules *uri_rules = arena_new_object(run->arena, struct uri_rules);
	struct facts_input facts_input;
	const struct message *message;
	const struct facts *facts;

	/* The caller cuts at max_message_size; what it put in front comes on top. */
	limits.max_bytes = (size_t)policy->settings.max_message_size + ADDED_BYTES_MAX;
	if (policy->site->body_part_chars > 0)
		limits.part_chars = policy->site->body_part_chars;
	if (policy->site->rawbody_part_bytes > 0)
		limits.part_bytes = policy->site->rawbody_part_bytes;
	uri_rules_init(uri_rules, policy->ruleset,
	               deadline_in_ms(deadline_left_ms(run->input->deadline) / 4));
	message =
		message_parse_knowing(run->arena, run->input->raw, &limits, &uri_rules->knowledge);
	uri_rules_deinit(uri_rules);
	if (uri_rules->gave_up)
		vec_push(run->arena, &run->assay->limits,
		         str_from(hits_limit_name(HITS_LIMIT_BACKTRACKING)));
	run->headers = own_headers(&message->headers, run->input->added_headers);
	facts_input = (struct facts_input){
		.message = message,
		.headers = &run->headers,
		.envelope = run->input->envelope,
		.lookups = run->input->lookups,
		.spf_check = run->input->spf_check,
		.deadline = run->input->deadline,
		.turn = &run->turn,
	};
	facts = facts_gather(run->arena, &facts_input, &policy->facts_settings);
	run->assay->facts = facts;
	add_limits(run, message->limits, MESSAGE_LIMIT_COUNT, message_limit);
	if (run->input->truncated && !(message->limits & MESSAGE_LIMIT_BYTES))
		vec_push(run->arena, &run->assay->limits,
		         str_from(message_limit_name(MESSAGE_LIMIT_BYTES)));
}

/* On the hop, the front's verdict is believed where its seal is. */
static void read_seal(struct assay_run *run)
{
	const struct policy *policy = run->policy;
	const struct envelope *envelope = run->input->envelope;
	struct seal_check check = {
		.host = envelope->host.len > 0 ? envelope->host : policy->hostname,
		.now = (int64_t)time(NULL),
		.max_age_s = policy->settings.seal_max_age / 1000,
	};

	if (!run->hop || !policy->has_seal_key)
		return;
	run->assay->sealed = seal_find(run->arena, &policy->seal_key, &run->headers, &check,
	                               &run->seal) == SEAL_VALID;
}

/*
 * On the hop, without a seal, for the filter was down when the front had the mail: whether the
 * front's Received field, which is the first, says that the client had logged in. It isn't the
 * first relay if it can't be read.
 */
static bool front_saw_login(const struct assay_run *run)
{
	const struct relay_list *relays = run->assay->facts->relays;

	if (run->assay->sealed || relays->unreadable > 0)
		return false;
	for (size_t i = 0; i < relays->len; i++) {
		if (!relays->items[i].is_connection)
			return relays->items[i].auth.len > 0;
	}
	return false;
}

/* What the operator wants of mail from clients that are known here. */
static void treat_client(struct assay_run *run)
{
	const struct settings *settings = &run->policy->settings;
	bool authenticated = run->input->envelope->authenticated;
	bool trusted = run->assay->facts->client_trusted && !run->input->stored;

	if (run->hop) {
		run->exempt = settings->authenticated_clients != CLIENT_POLICY_TAG &&
		              front_saw_login(run);
		return;
	}
	if (authenticated && settings->authenticated_clients == CLIENT_POLICY_SKIP)
		run->assay->skipped = "its sender has logged in here";
	else if (trusted && settings->trusted_clients == CLIENT_POLICY_SKIP)
		run->assay->skipped = "it comes from a trusted network";
	if (authenticated)
		run->exempt = settings->authenticated_clients != CLIENT_POLICY_TAG;
	else if (trusted)
		run->exempt = settings->trusted_clients != CLIENT_POLICY_TAG;
}

/* On the hop, without a seal: true for our MTA's delivery reports. No Received field of theirs
 * names a client. */
static bool is_own_bounce(const struct assay_run *run)
{
	const struct relay_list *relays = run->assay->facts->relays;

	if (!run->hop || run->assay->sealed || run->input->envelope->sender.len > 0)
		return false;
	for (size_t i = 0; i < relays->len; i++) {
		if (!relays->items[i].is_connection)
			return false;
	}
	return relays->unreadable == 0;
}

static void find_hits(struct assay_run *run)
{
	static const struct hits none;
	struct assay *assay = run->assay;

	assay->hits = &none;
	if (assay->sealed) {
		assay->score = run->seal.score;
		assay->rules = run->seal.rules;
		assay->id = run->seal.scan_id;
		run->exempt = run->seal.authenticated;
		assay->complete = run->seal.complete;
		return;
	}
	if (assay->skipped == NULL)
		assay->hits = ruleset_match(run->policy->ruleset, run->arena, assay->facts,
		                            run->input->deadline);
	add_limits(run, assay->hits->limits, HITS_LIMIT_COUNT, hits_limit);
	assay->score = score_sum(assay->hits);
	assay->rules = score_list(run->arena, assay->hits);
	assay->complete = assay->limits.len == 0 && assay->skipped == NULL;
}

/* Whether a forwarded message may keep its sender: asked once, and only where it matters. The wait
 * leaves a part of the time for what comes after it. */
static bool sender_passes(struct assay_run *run)
{
	const struct assay_input *input = run->input;

	if (run->sender_judged)
		return run->sender_passes;
	if (run->sender_check == NULL)
		run->sender_check =
			sender_check_start(run->policy, input->envelope, input->sender_lookups);
	run->sender_passes =
		sender_check_passes(run->sender_check, facts_waiting_ends(input->deadline));
	run->sender_check = NULL;
	run->sender_judged = true;
	return run->sender_passes;
}

static void choose_sender(struct assay_run *run)
{
	struct assay *assay = run->assay;

	assay->new_sender =
		sender_rewrite(run->arena, run->policy, run->input->envelope, assay->verdict);
	assay->sender_passes = assay->new_sender.len > 0 &&
	                       run->policy->settings.srs == SRS_POLICY_WHEN_NEEDED &&
	                       sender_passes(run);
	if (assay->sender_passes)
		assay->new_sender = STR("");
}

static void decide(struct assay_run *run, bool may_drop)
{
	const struct assay *assay = run->assay;
	struct verdict_input input = {
		.policy = run->policy,
		.envelope = run->input->envelope,
		.score = assay->score,
		.droppable = may_drop && assay->complete && !run->exempt && !is_own_bounce(run),
		.quiet = run->exempt,
		.hop = run->hop,
		.front_recipients = assay->sealed ? &run->seal.recipients : NULL,
	};

	run->assay->verdict = verdict_decide(run->arena, &input);
	choose_sender(run);
}

static struct str write_seal(struct assay_run *run)
{
	const struct assay *assay = run->assay;
	const struct envelope *envelope = run->input->envelope;
	struct seal seal = {
		.sealed_at = (int64_t)time(NULL),
		.scan_id = assay->id,
		.score = assay->score,
		.required = assay->verdict->required,
		.complete = assay->complete,
		.authenticated = run->exempt,
		.rules = assay->rules,
		.client_ip = envelope->client_ip,
		.host = envelope->host.len > 0 ? envelope->host : run->policy->hostname,
	};

	for (size_t i = 0; i < envelope->recipients.len; i++)
		vec_push(run->arena, &seal.recipients, envelope->recipients.items[i].address);
	return seal_write(run->arena, &run->policy->seal_key, &seal);
}

static const struct raw_field_list *edited_fields(struct assay_run *run)
{
	struct raw_field_list *fields;
	struct str raw = run->input->raw;
	size_t added = run->input->added_headers;

	if (run->input->fields != NULL)
		return run->input->fields;
	fields = arena_new_object(run->arena, struct raw_field_list);
	raw_header_split(run->arena, str_from_offset(raw, raw_header_mbox_line(raw)), fields);
	if (fields->len <= added) {
		fields->len = 0;
		return fields;
	}
	fields->items += added;
	fields->len -= added;
	return fields;
}

static void write_report(struct assay_run *run)
{
	struct assay *assay = run->assay;
	struct report_input input = {
		.policy = run->policy,
		.envelope = run->input->envelope,
		.fields = edited_fields(run),
		.verdict = assay->verdict,
		.id = assay->id,
		.score = assay->score,
		.hits = assay->hits,
		.facts = assay->facts,
		.rules = score_names(run->arena, assay->hits),
		.limits = &assay->limits,
		.skipped = assay->skipped,
		.note = run->note,
		.spf = assay->facts->spf,
		.scanned_bytes = run->input->truncated ? run->input->raw.len : 0,
		.hop = run->hop,
		.sealed = assay->sealed,
		.write_seal = !run->hop && !run->input->stored && run->policy->has_seal_key,
	};

	if (input.write_seal)
		input.seal = write_seal(run);
	assay->report = report_build(run->arena, &input);
}

/* Where it takes that long, many wait for the DNS; those that don't are read all the same. */
static struct deadline turn_ends(struct deadline deadline)
{
	return deadline_earlier(deadline, deadline_in_ms(deadline_left_ms(deadline) / 4));
}

struct assay *assay_message(struct arena *arena, const struct policy *policy,
                            const struct assay_input *input)
{
	int64_t started = clock_monotonic_us();
	struct assay *assay = arena_new_object(arena, struct assay);
	struct assay_run *run = arena_new_object(arena, struct assay_run);

	*run = (struct assay_run){
		.arena = arena,
		.policy = policy,
		.input = input,
		.assay = assay,
		.sender_check = input->sender_check,
	};
	run->hop = settings_role(&policy->settings, input->envelope->daemon_name) == ROLE_FORWARD;
	assay->run = run;
	assay->id = scan_id_new(arena);
	assay->size = input->raw.len;
	turn_take(&run->turn, policy->turns, turn_ends(input->deadline));
	read_message(run);
	read_seal(run);
	treat_client(run);
	find_hits(run);
	turn_give(&run->turn);
	decide(run, true);
	sender_check_abandon(run->sender_check);
	run->sender_check = NULL;
	write_report(run);
	assay->time_us = clock_monotonic_us() - started;
	return assay;
}

void assay_forbid_drop(struct assay *assay, struct str reason)
{
	assay->run->note = reason;
	decide(assay->run, false);
	write_report(assay->run);
}
