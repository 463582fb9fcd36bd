/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/assay.h"

#include <time.h>

#include "base/decimal.h"
#include "facts/facts_gather.h"
#include "forward/received_line.h"
#include "rules/uri_rules.h"
#include "scoring/acquaintance.h"
#include "scoring/doubt_text.h"
#include "scoring/front_client.h"
#include "scoring/released.h"
#include "scoring/report_fields.h"
#include "scoring/reported.h"
#include "scoring/scan_id.h"
#include "scoring/scan_sizes.h"
#include "scoring/score.h"
#include "scoring/sender.h"
#include "scoring/subject_undo.h"
#include "scoring/whole_header.h"

/* More than the fields that the milter puts in front of a message can take. */
#define ADDED_BYTES_MAX 16384

/* One run of the pipeline: what goes in, what comes out, and what the stages tell each other. */
struct assay_run {
	struct arena *arena;
	const struct policy *policy;
	const struct assay_input *input;
	struct assay *assay;
	bool hop;
	struct semaphore_permit permit;
	struct facts_input facts_input;
	struct gathering *gathering;
	struct antivirus_scan *antivirus; /* NULL: none is asked, or its result is there */
	bool exempt;                      /* the client's mail is neither tagged nor dropped */
	struct seal seal;
	struct front *front;        /* on the hop; else NULL */
	struct header_list headers; /* of the message, without those that we put in front */
	const struct raw_field_list *fields; /* of the whole header */
	const struct hits_change *changes;   /* by recipient; or NULL */
	struct str note;                     /* for the reader, about what we could not do */
	struct str forbidden;                /* why nothing may be dropped any more; or empty */
	struct sender_check *sender_check;   /* not awaited yet; or NULL */
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

/* The fields after the first `added`. */
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
	struct str raw = scan_sizes_read(run->input->raw, run->input->unscanned == NULL);
	const struct message *message;

	limits.max_bytes = (size_t)policy->settings.max_message_size + ADDED_BYTES_MAX;
	limits.qr_codes = policy->settings.qr_codes;
	scan_sizes_adopt(policy->site, &limits);
	uri_rules_init(uri_rules, policy->ruleset,
	               deadline_in_ms(deadline_left_ms(run->input->deadline) / 4));
	message = message_parse_for(run->arena, raw, &limits, &policy->site->reading,
	                            &uri_rules->knowledge);
	uri_rules_deinit(uri_rules);
	if (uri_rules->gave_up)
		vec_push(run->arena, &run->assay->limits,
		         str_from(hits_limit_name(HITS_LIMIT_BACKTRACKING)));
	run->fields = whole_header(run->arena, run->input->fields, run->input->raw,
	                           run->input->added_headers);
	run->headers = own_headers(&message->headers, run->input->added_headers);
	run->facts_input = (struct facts_input){
		.message = message,
		.headers = &run->headers,
		.envelope = run->input->envelope,
		.lookups = run->input->lookups,
		.added_fields = run->input->added_headers,
		.truncated = run->input->truncated,
		.checks = pending_checks_take_facts(run->input->pending),
		.deadline = run->input->deadline,
	};
	run->gathering = facts_begin(run->arena, &run->facts_input, &policy->facts_settings);
	run->assay->facts = run->gathering->facts;
	add_limits(run, message->limits, MESSAGE_LIMIT_COUNT, message_limit);
	if (run->input->truncated && !(message->limits & MESSAGE_LIMIT_BYTES))
		vec_push(run->arena, &run->assay->limits,
		         str_from(message_limit_name(MESSAGE_LIMIT_BYTES)));
}

static struct str our_host(const struct assay_run *run)
{
	const struct envelope *envelope = run->input->envelope;

	return envelope->host.len > 0 ? envelope->host : run->policy->hostname;
}

/*
 * Whom the front's Received field names, which is there where there was one recipient: of a bounce
 * to a rewritten sender, the original one.
 */
static struct str received_for(const struct assay_run *run)
{
	const struct header *received = seal_front_received(&run->headers, our_host(run));
	struct str address, original;

	if (received == NULL)
		return STR("");
	address = received_line_read(received->unfolded).recipient;
	if (run->input->envelope->sender.len == 0 && run->policy->has_srs_secrets &&
	    srs_reverse(run->arena, &run->policy->srs, address, (int64_t)time(NULL), &original) ==
	            SRS_REWRITTEN)
		return original;
	return address;
}

static bool is_released(const struct assay_run *run)
{
	/* Nobody who released it knew that it is infected. */
	return run->assay->released_by.len > 0 && run->assay->infection.signature.len == 0;
}

/* On the hop, the front's verdict is believed where a listener for strangers has sealed it. */
static void read_seal(struct assay_run *run)
{
	const struct policy *policy = run->policy;
	struct assay *assay = run->assay;
	struct seal_check check = {
		.host = our_host(run),
		.listener = run->input->envelope->daemon_name,
		.now = (int64_t)time(NULL),
		.max_age_s = policy->settings.seal_max_age / 1000,
		.released = is_released(run),
		.body = run->input->body,
		.fields = run->fields,
	};

	if (!run->hop)
		return;
	run->front = origin_front(run->arena);
	if (policy->has_seal_key)
		assay->seal =
			seal_find(run->arena, &policy->seal_key, &run->headers, &check, &run->seal);
	if (assay->seal == SEAL_VALID &&
	    settings_role(&policy->settings, run->seal.listener) != ROLE_FRONT)
		assay->seal = SEAL_FORGED;
	assay->sealed = assay->seal == SEAL_VALID;
	if (assay->sealed) {
		run->front->key = &policy->seal_key;
		run->front->recipients = &run->seal.recipients;
	} else {
		run->front->received_for = received_for(run);
	}
}

static bool front_client_is_exempt(const struct assay_run *run)
{
	const struct settings *settings = &run->policy->settings;
	const struct relay *client = run->assay->sealed
	                                     ? NULL
	                                     : front_client_find(&run->headers, our_host(run),
	                                                         run->assay->facts->relays);

	if (client == NULL)
		return false;
	if (client->auth.len > 0)
		return settings->authenticated_clients != CLIENT_POLICY_TAG;
	return settings->trusted_clients != CLIENT_POLICY_TAG &&
	       networks_match_text(run->policy->facts_settings.trusted_clients, client->ip);
}

/* What the operator wants for mail from clients that are known here. */
static void treat_client(struct assay_run *run)
{
	const struct settings *settings = &run->policy->settings;
	bool authenticated = run->input->envelope->authenticated;
	bool trusted = run->assay->facts->client_trusted && !run->input->stored;

	if (run->hop) {
		run->exempt = front_client_is_exempt(run);
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

/* The questions of rules, begun at MAIL FROM or here; *own_r is what has to be freed. */
static struct dns_questions *find_questions(const struct assay_run *run,
                                            struct dns_questions **own_r)
{
	struct dns_questions *questions = pending_checks_questions(run->input->pending);

	*own_r = NULL;
	if (questions != NULL || run->input->lookups == NULL ||
	    !run->policy->settings.network_tests)
		return questions;
	*own_r = dns_questions_new(run->input->lookups->dns);
	return *own_r;
}

/* Nothing is held while others are waited for. */
static void wait_without_scanner(struct assay_run *run, struct matching *matching, bool waits)
{
	if (!waits)
		return;
	ruleset_match_park(matching);
	semaphore_release(&run->permit);
}

static bool are_there(const void *gathering)
{
	return facts_are_there(gathering);
}

/* A message waits for what is known of its sender no longer than this. */
#define PEOPLE_MS 500

/* Once it is known who the sender is shown to be. */
static void know_people(struct assay_run *run, struct matching *matching)
{
	const struct people_reader *reader = run->input->people;
	struct deadline deadline =
		deadline_earlier(run->input->deadline, deadline_in_ms(PEOPLE_MS));

	wait_without_scanner(run, matching, reader != NULL && reader->remote);
	run->gathering->facts->people =
		acquaintance_find(run->arena, run->policy, reader, run->assay->facts,
	                          &run->input->envelope->recipients, deadline);
}

static void await_antivirus(struct assay_run *run)
{
	const struct antivirus_result *result;

	if (run->antivirus == NULL)
		return;
	result = infection_await(run->antivirus, run->input->deadline);
	run->antivirus = NULL;
	run->gathering->facts->antivirus = result;
	run->assay->infection = infection_of(&run->policy->settings, result->signature);
}

/* Local rules are matched while answers travel; then one wait with one deadline, and the rest. What
 * tags ask for goes out as soon as the facts are there, whatever lists are still silent. */
static void match_rules(struct assay_run *run)
{
	struct deadline waiting_ends = checks_waiting_ends(run->input->deadline);
	const struct policy *policy = run->policy;
	struct dns_questions *own, *questions = find_questions(run, &own);
	struct matching *matching = ruleset_match_begin(
		policy->ruleset, run->arena, run->assay->facts, questions, run->input->deadline);

	if (questions != NULL)
		dns_questions_set_zones(questions, policy->zone_patience,
		                        policy->zone_patience_count);
	wait_without_scanner(run, matching,
	                     ruleset_match_waits(matching) || !facts_are_there(run->gathering) ||
	                             infection_is_awaited(run->antivirus));
	await_antivirus(run);
	ruleset_match_wait_until(matching, policy->patience, waiting_ends, are_there,
	                         run->gathering);
	facts_finish(run->gathering, waiting_ends);
	ruleset_match_tags(matching);
	know_people(run, matching);
	wait_without_scanner(run, matching, ruleset_match_waits(matching));
	ruleset_match_wait(matching, policy->patience, waiting_ends);
	if (questions != NULL)
		dns_questions_late(questions, run->arena, &run->assay->late);
	ruleset_match_learned(matching, run->input->learned);
	run->assay->hits = ruleset_match_end(matching);
	run->assay->learned = run->assay->hits->learned;
	dns_questions_free(own);
}

/* Without rules, what the DNS says about the sender is still reported. */
static void only_wait(struct assay_run *run)
{
	if (!facts_are_there(run->gathering))
		semaphore_release(&run->permit);
	facts_finish(run->gathering, checks_waiting_ends(run->input->deadline));
}

static void find_hits(struct assay_run *run)
{
	static const struct hits none;
	struct assay *assay = run->assay;

	assay->hits = &none;
	if (assay->sealed || assay->skipped != NULL)
		only_wait(run);
	if (assay->sealed) {
		assay->score = run->seal.score;
		assay->rules = run->seal.rules;
		assay->id = run->seal.scan_id;
		assay->floor = run->seal.floor;
		assay->doubt = run->seal.doubt;
		assay->infection = infection_of(&run->policy->settings, run->seal.signature);
		run->exempt = run->seal.exempt;
		return;
	}
	if (assay->skipped == NULL) {
		if (run->input->asks_antivirus)
			run->antivirus = infection_ask(run->arena, run->policy, run->input->raw);
		match_rules(run);
	}
	add_limits(run, assay->hits->limits, HITS_LIMIT_COUNT, hits_limit);
	assay->score = score_sum(assay->hits);
	assay->rules = score_list(run->arena, assay->hits);
	assay->floor = decimal_add(assay->score, -assay->hits->doubt);
	if (assay->hits->doubt > 0)
		assay->doubt = doubt_text(run->arena, assay->hits);
}

static void find_reported(struct assay_run *run)
{
	struct reported_input input = {
		.policy = run->policy,
		.people = run->input->people,
		.recipients = &run->input->envelope->recipients,
		.front = run->front,
		.before = run->assay->hits->changes,
		.body = &run->input->body,
		.headers = &run->headers,
		.deadline = deadline_earlier(run->input->deadline, deadline_in_ms(PEOPLE_MS)),
	};

	run->changes = reported_changes(run->arena, &input, &run->assay->reported_name);
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
		sender_check_passes(run->sender_check, checks_waiting_ends(input->deadline));
	run->sender_check = NULL;
	run->sender_judged = true;
	return run->sender_passes;
}

static void choose_sender(struct assay_run *run)
{
	struct assay *assay = run->assay;

	assay->new_sender = sender_rewrite(run->arena, run->policy, run->input->envelope,
	                                   assay->verdict, &assay->sender_trouble);
	assay->sender_passes = assay->new_sender.len > 0 &&
	                       run->policy->settings.srs == SRS_POLICY_WHEN_NEEDED &&
	                       sender_passes(run);
	if (assay->sender_passes)
		assay->new_sender = STR("");
}

static void decide(struct assay_run *run)
{
	const struct assay *assay = run->assay;
	struct verdict_input input = {
		.policy = run->policy,
		.kinds = &assay->kinds,
		.envelope = run->input->envelope,
		.score = assay->score,
		.floor = assay->floor,
		.doubt = assay->doubt,
		.changes = run->changes,
		.infection = assay->infection,
		.refusable = assay->skipped == NULL && !run->hop &&
		             (!run->exempt || run->input->envelope->authenticated),
		.droppable = assay->skipped == NULL && !run->exempt && !is_own_bounce(run),
		.forbidden = run->forbidden.len > 0 || !is_released(run)
		                     ? run->forbidden
		                     : released_note(run->arena, assay->released_by),
		.quiet = run->exempt || is_released(run),
		.front = run->front,
	};

	if (assay->score > 0)
		run->assay->kinds = evidence_kinds_of(run->policy->ruleset, assay->rules);
	run->assay->verdict = verdict_decide(run->arena, &input);
	choose_sender(run);
}

/* Was all tried and answered, on a stranger's message at the front? */
static bool is_complete(const struct assay_run *run)
{
	const struct assay *assay = run->assay;

	return !run->hop && !assay->sealed && assay->skipped == NULL && !run->exempt &&
	       !is_released(run) && !run->input->truncated && assay->limits.len == 0 &&
	       assay->late.len == 0 && assay->hits->doubt == 0 &&
	       assay->hits->shortcircuit_type == NULL;
}

static void decide_learning(struct assay_run *run)
{
	const struct settings *settings = &run->policy->settings;
	struct assay *assay = run->assay;
	struct evidence evidence = evidence_of_hits(run->policy->ruleset, assay->hits);
	struct autolearn_input input = {
		.on = settings->autolearn,
		.after = (uint64_t)settings->autolearn_after,
		.site = &run->policy->site->autolearn,
		.taught = run->input->taught,
		.hits = assay->hits,
		.evidence = &evidence,
		.complete = is_complete(run),
		.score = assay->score,
		.required = assay->verdict->required,
	};

	assay->autolearn = autolearn_decide(&input);
}

/* On top of all that is written; nothing where it can't be made, so the hop scans again. */
static void add_seal(const struct assay_run *run, struct report *report)
{
	const struct assay *assay = run->assay;
	const struct envelope *envelope = run->input->envelope;
	const struct seal_key *key = &run->policy->seal_key;
	/* The hop doesn't know who welcomes the sender: there, it counts for all. */
	int32_t lowest = verdict_lowest_change(assay->verdict);
	struct seal_fields fields;
	struct seal seal = {
		.sealed_at = (int64_t)time(NULL),
		.scan_id = assay->id,
		.score = assay->score,
		.floor = decimal_add(assay->floor, lowest),
		.doubt = lowest < 0 ? STR("a recipient knows the sender") : assay->doubt,
		.required = assay->verdict->required,
		.signature = assay->infection.signature,
		.exempt = run->exempt || is_released(run) || assay->skipped != NULL,
		.undo = subject_undo_note(run->arena, report, run->fields),
		.rules = assay->rules,
		.client_ip = envelope->client_ip,
		.host = our_host(run),
		.listener = envelope->daemon_name,
		.queue_id = envelope->queue_id,
		.body = run->input->body,
	};
	struct str value;

	report_sealed_fields(run->arena, report, run->fields, &fields);
	seal.fields_present = seal_fields_present(&fields);
	seal.fields = seal_fields_digest(&fields, seal.fields_present);
	if (!seal_recipients_gather(run->arena, key, &envelope->recipients, &seal.recipients))
		return;
	value = seal_write(run->arena, key, &seal);
	if (value.len > 0)
		report_add(run->arena, report, HEADER_INSERT, STR(SEAL_HEADER_NAME), value);
}

/* Where maps decide and no listener here is a hop, nobody would take the seal out again. */
static bool may_have_hop(const struct assay_run *run)
{
	const struct settings *settings = &run->policy->settings;

	return (settings_has_hop(settings) || settings->forward_map.len == 0) &&
	       run->input->unscanned == NULL;
}

static void write_report(struct assay_run *run)
{
	struct assay *assay = run->assay;
	struct report_input input = {
		.policy = run->policy,
		.envelope = run->input->envelope,
		.fields = run->fields,
		.verdict = assay->verdict,
		.id = assay->id,
		.score = assay->score,
		.hits = assay->hits,
		.facts = assay->facts,
		.rules = score_names(run->arena, assay->hits),
		.limits = &assay->limits,
		.infection = assay->infection,
		.autolearn = assay->autolearn,
		.skipped = assay->skipped,
		.note = run->note,
		.scanned_bytes = run->input->truncated ? run->input->raw.len : 0,
		.hop = run->hop,
		.sealed = assay->sealed,
		.undo = run->seal.undo,
	};
	struct report *report = report_build(run->arena, &input);

	if (!run->hop && !run->input->stored && run->policy->has_seal_key && may_have_hop(run))
		add_seal(run, report);
	assay->report = report;
}

/* If it takes that long, many wait for the DNS; messages that don't wait are read anyway. */
static struct deadline permit_ends(struct deadline deadline)
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
		.sender_check = pending_checks_take_sender(input->pending),
	};
	run->hop = settings_role(&policy->settings, input->envelope->daemon_name) == ROLE_FORWARD;
	assay->run = run;
	assay->id = scan_id_new(arena);
	assay->size = input->raw.len;
	if (input->unscanned == NULL)
		semaphore_acquire(&run->permit, policy->semaphore, permit_ends(input->deadline));
	read_message(run);
	if (!input->stored)
		assay->released_by = released_by(arena, policy, input->envelope, &run->headers,
		                                 run->fields, &input->body);
	read_seal(run);
	treat_client(run);
	if (input->unscanned != NULL && !assay->sealed)
		assay->skipped = input->unscanned;
	find_hits(run);
	find_reported(run);
	semaphore_release(&run->permit);
	decide(run);
	sender_check_abandon(run->sender_check);
	run->sender_check = NULL;
	decide_learning(run);
	write_report(run);
	assay->time_us = clock_monotonic_us() - started;
	return assay;
}

void assay_forbid_drop(struct assay *assay, struct str why, struct str note)
{
	assay->run->note = note;
	assay->run->forbidden = why;
	decide(assay->run);
	write_report(assay->run);
}
