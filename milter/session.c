/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/session.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "base/log.h"
#include "base/memory.h"
#include "milter/actions.h"
#include "milter/bounce.h"
#include "milter/connection_limits.h"
#include "milter/drop_copy.h"
#include "milter/in_flight.h"
#include "milter/keepalive.h"
#include "milter/learning.h"
#include "milter/libmilter_io.h"
#include "milter/log_line.h"
#include "milter/overload.h"
#include "milter/packet.h"
#include "milter/records.h"
#include "milter/rules_watch.h"
#include "milter/session_agreement.h"
#include "milter/session_private.h"
#include "milter/stall.h"
#include "milter/statistics.h"
#include "scoring/people_lessons.h"
#include "store/digest.h"

/*
 * Threads and lifetimes. libmilter has a pool of workers: it hands a session to whichever is idle
 * whenever its socket has something to read, so nothing here is thread-local, and while one thread
 * works on a session no other does. The pool grows with the sessions that are busy at once; how
 * many of them scan is bounded by the rule set's scanners, for which the others wait.
 *
 * A session lives from the negotiation to close, a message's arena from MAIL FROM to the end of
 * message, abort or close. close may run under libmilter's pool lock, so it waits for nothing.
 *
 * Answers. We need none but at the end of message (where there is more mail than we can scan, also
 * at its beginning), so every other step is negotiated away or to be without one, and libmilter
 * gives the answer itself where an MTA can't do without. That rules out SMFIS_SKIP for a body that
 * is larger than we look at, which is an answer: the rest of it is read and forgotten.
 *
 * No list of macros is asked for: that would replace what the administrator chose, and the
 * defaults of Postfix and Sendmail have all that is read here.
 */

static const struct service *service;

/* Of the last negotiation: a connection that the MTA uses for a second SMTP session has no other
 * session object to remember it by. */
static atomic_bool last_lead_space, last_answers_rcpt, last_answers_body;

/* How much longer than they may steps take on a host that is overloaded; and what an MTA may take
 * to read our answer, which libmilter waits for. */
#define GRACE_MS  15000
#define ANSWER_MS 120000

static struct session *session_of(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL) {
		session = memory_calloc(1, sizeof(*session));
		session->lead_space = atomic_load(&last_lead_space);
		session->answers_mail = connection_limits_answers_mail(libmilter_io_connection());
		session->answers_rcpt = atomic_load(&last_answers_rcpt);
		session->answers_body = atomic_load(&last_answers_body);
		smfi_setpriv(ctx, session);
	}
	return session;
}

static const char *macro(SMFICTX *ctx, const char *name)
{
	return smfi_getsymval(ctx, (char *)name);
}

static struct str macro_str(SMFICTX *ctx, const struct session *session, const char *name)
{
	return arena_str(session->arena, str_from(macro(ctx, name)));
}

static void end_message(struct session *session)
{
	if (session->arena == NULL)
		return;
	mail_buffer_deinit(&session->mail);
	seal_body_finish(session->seal_body);
	session->seal_body = NULL;
	pending_checks_abandon(session->pending);
	session->pending = NULL;
	arena_free(session->arena);
	session->arena = NULL;
	overload_end(session);
	session->envelope = (struct envelope){ 0 };
	session->recipient_arguments = (struct str_list){ 0 };
	session->fields = (struct raw_field_list){ 0 };
	session->fields_size = 0;
	session->rejected = (struct str_list){ 0 };
	session->rejected_srs = (struct str_list){ 0 };
	in_flight_message_ends();
}

/* False once the program ends: what the message uses may be gone, and the process soon is. */
static bool abandon_message(struct session *session)
{
	if (session->arena == NULL || !in_flight_try_enter())
		return session->arena == NULL;
	records_submit_rejected(service->recorder, session);
	end_message(session);
	in_flight_leave();
	return true;
}

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
                             unsigned long unused2, unsigned long unused3, unsigned long *actions_r,
                             unsigned long *steps_r, unsigned long *unused2_r,
                             unsigned long *unused3_r)
{
	static atomic_bool warned;
	struct session *session = session_of(ctx);
	struct negotiation_answers answers;
	struct negotiation agreed = session_agree(service, actions, steps, &answers);
	uint32_t wanted = negotiation_actions(bounce_expected(service));

	(void)unused2;
	(void)unused3;
	session->lead_space = (steps & SMFIP_HDR_LEADSPC) != 0;
	session->answers_mail = answers.mail;
	session->answers_rcpt = answers.rcpt;
	session->answers_body = answers.body;
	atomic_store(&last_lead_space, session->lead_space);
	atomic_store(&last_answers_rcpt, answers.rcpt);
	atomic_store(&last_answers_body, answers.body);
	connection_limits_set_answers_mail(libmilter_io_connection(), answers.mail);
	if ((actions & wanted) != wanted && !atomic_exchange(&warned, true))
		log_warning(NULL,
		            "the MTA doesn't let us change headers or recipients (0x%lx); mail is "
		            "delivered without",
		            actions);
	*actions_r = agreed.actions;
	*steps_r = agreed.steps;
	*unused2_r = 0;
	*unused3_r = 0;
	return SMFIS_CONTINUE;
}

static sfsistat on_connect(SMFICTX *ctx, char *name, struct sockaddr *address)
{
	struct session *session = session_of(ctx);

	mta_client_ip(address, session->client_ip);
	free(session->client_name);
	session->client_name = memory_strdup(mta_client_name(name, macro(ctx, "_")));
	free(session->helo);
	session->helo = NULL;
	session->tls = false;
	return SMFIS_NOREPLY;
}

static sfsistat on_helo(SMFICTX *ctx, char *helo)
{
	struct session *session = session_of(ctx);
	const char *tls = macro(ctx, "{tls_version}");

	free(session->helo);
	session->helo = memory_strdup(helo);
	session->tls = tls != NULL && *tls != '\0';
	return SMFIS_NOREPLY;
}

/* Now, so that the DNS answers while the message arrives. */
static void start_checks(struct session *session, const struct policy *policy)
{
	session->overload = policy->settings.overload;
	session->memory_wait_ms = policy->settings.scan_timeout;
	session->waiting_max = (size_t)policy->settings.max_waiting;
	session->pending =
		pending_checks_begin(session->arena, policy, &session->envelope, service->lookups);
	if (policy->has_seal_key)
		session->seal_body = seal_body_new();
}

/* The message is turned away, or begins. */
static sfsistat begin_message(SMFICTX *ctx, struct session *session)
{
	const struct policy *policy;
	sfsistat answer;

	if (!in_flight_try_enter())
		return session->answers_mail ? SMFIS_CONTINUE : SMFIS_NOREPLY;
	policy = policy_pin(service->slot);
	answer = overload_answer_mail(ctx, session, policy);
	if (answer == SMFIS_TEMPFAIL)
		end_message(session);
	else
		start_checks(session, policy);
	policy_unpin(service->slot, policy);
	in_flight_leave();
	return answer;
}

static sfsistat on_mail(SMFICTX *ctx, char **arguments)
{
	struct session *session = session_of(ctx);
	struct envelope *envelope = &session->envelope;
	const char *type = macro(ctx, "{auth_type}");

	if (!abandon_message(session))
		return session->answers_mail ? SMFIS_CONTINUE : SMFIS_NOREPLY;
	in_flight_message_begins();
	session->arena = arena_new();
	overload_begin(session, service->memory);
	mail_buffer_init(&session->mail, service->max_message_size);
	envelope->client_ip = str_from(session->client_ip);
	envelope->client_name = arena_str(session->arena, str_from(session->client_name));
	envelope->helo = arena_str(session->arena, str_from(session->helo));
	envelope->sender = mta_address(session->arena, arguments[0]);
	envelope->has_sender = true;
	envelope->auth_user = macro_str(ctx, session, "{auth_authen}");
	envelope->authenticated = envelope->auth_user.len > 0 || (type != NULL && *type != '\0');
	envelope->daemon_name = macro_str(ctx, session, "{daemon_name}");
	envelope->host = macro_str(ctx, session, "j");
	envelope->smtputf8 = mta_smtputf8(arguments + 1);
	envelope->protocol =
		mta_protocol(envelope->smtputf8, session->tls, envelope->authenticated);
	envelope->received_at = time(NULL);
	return begin_message(ctx, session);
}

static sfsistat on_rcpt(SMFICTX *ctx, char **arguments)
{
	struct session *session = session_of(ctx);
	struct envelope_recipient recipient;
	/* What is expected has to be given, and the other way round. */
	sfsistat go_on = session->answers_rcpt ? SMFIS_CONTINUE : SMFIS_NOREPLY, answer;

	if (session->arena == NULL)
		return go_on;
	recipient.address = mta_address(session->arena, arguments[0]);
	if (mta_rejects_recipient(macro(ctx, "{rcpt_mailer}"), macro(ctx, "{rcpt_host}"))) {
		if (session->rejected.len < SESSION_REJECTED_MAX)
			vec_push(session->arena, &session->rejected, recipient.address);
		return go_on;
	}
	answer = bounce_check_recipient(ctx, service, session, recipient.address,
	                                &recipient.reversed);
	if (answer == SMFIS_REJECT && session->rejected_srs.len < SESSION_REJECTED_MAX)
		vec_push(session->arena, &session->rejected_srs, recipient.address);
	if (answer != SMFIS_CONTINUE)
		return answer;
	recipient.original = mta_original_recipient(session->arena, arguments + 1);
	recipient.resolved = mta_resolved_recipient(session->arena, macro(ctx, "{rcpt_addr}"));
	/* A bounce is addressed to whom it goes back to from the start: it is no forward. */
	if (recipient.reversed.len > 0 && session->envelope.sender.len == 0)
		recipient.address = recipient.reversed;
	else if (recipient.reversed.len > 0)
		recipient.resolved = recipient.reversed;
	vec_push(session->arena, &session->envelope.recipients, recipient);
	vec_push(session->arena, &session->recipient_arguments,
	         arena_str(session->arena, str_from(arguments[0])));
	return go_on;
}

/*
 * However long the header is, these are edited or bound by the seal. Their values can't be of any
 * length, though: those after the limit of a message are forgotten.
 */
static void keep_field(struct session *session, struct str name, struct str value)
{
	struct raw_field field = { .name = arena_str(session->arena, str_trim_right(name)) };

	session->fields_size += name.len + value.len;
	if (session->fields_size <= service->max_message_size)
		field.value = arena_str(session->arena, value);
	vec_push(session->arena, &session->fields, field);
}

static bool is_kept_whole(struct str name)
{
	return report_may_edit(name) || seal_binds(name);
}

/* Nothing is kept of a message that will be refused. */
static bool session_keeps(const struct session *session)
{
	return !session->given_up || session->overload == OVERLOAD_ACCEPT;
}

static sfsistat on_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *session = session_of(ctx);

	if (session->arena == NULL)
		return SMFIS_NOREPLY;
	/* Its end is a colon, a space and a line end. */
	overload_make_room(session, strlen(name) + strlen(value) + 3);
	if (session_keeps(session))
		mail_buffer_header(&session->mail, name, value, session->lead_space);
	if (is_kept_whole(str_trim_right(str_from(name))))
		keep_field(session, str_from(name), str_from(value));
	return SMFIS_NOREPLY;
}

/*
 * The packet for the end of message may hold a last piece of the body; libmilter then goes on to
 * the end only if that piece is answered. It doesn't tell which packet it is; where that isn't seen
 * on its way either, pieces of the body were negotiated to be answered all.
 */
static bool is_answered(const struct session *session)
{
	return session->answers_body || libmilter_io_command() == SMFIC_BODYEOB;
}

/* What checks are told of the body is what the message will have of it; nothing once the program
 * ends, and what they use may be gone. */
static void keep_body(struct session *session, const char *data, size_t len)
{
	bool checked = in_flight_try_enter();
	struct pending_checks *pending = checked ? session->pending : NULL;
	size_t before;

	if (!session->mail.in_body) {
		pending_checks_add_header(pending, mail_buffer_kept(&session->mail, 0));
		mail_buffer_body(&session->mail, "", 0);
	}
	before = mail_buffer_kept(&session->mail, 0).len;
	mail_buffer_body(&session->mail, data, len);
	pending_checks_add_body(pending, mail_buffer_kept(&session->mail, before));
	if (checked)
		in_flight_leave();
}

/* All of it counts for the seal, however little is kept. */
static void take_body(struct session *session, const char *data, size_t len)
{
	/* With an empty line in front, and a CR that was held back. */
	overload_make_room(session, len + 2);
	if (session_keeps(session))
		keep_body(session, data, len);
	if (session->seal_body != NULL)
		seal_body_add(session->seal_body, data, len);
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *data, size_t len)
{
	struct session *session = session_of(ctx);

	if (session->arena != NULL)
		take_body(session, (const char *)data, len);
	return is_answered(session) ? SMFIS_CONTINUE : SMFIS_NOREPLY;
}

static void gather_input(SMFICTX *ctx, struct session_ending *ending)
{
	struct session *session = ending->session;
	struct str received;

	/* Postfix knows it from the second RCPT or DATA on only. */
	session->envelope.queue_id = macro_str(ctx, session, "i");
	received = mta_received(session->arena, &session->envelope, macro(ctx, "v"),
	                        MAIL_BUFFER_RECEIVED_MAX);
	ending->input.raw = mail_buffer_finish(&session->mail, received);
	ending->content =
		digest_text(session->arena, str_from_offset(ending->input.raw, received.len));
	ending->input.added_headers = 1;
	ending->input.fields = &session->fields;
	ending->input.envelope = &session->envelope;
	ending->input.truncated = session->mail.truncated;
	ending->input.body = seal_body_finish(session->seal_body);
	session->seal_body = NULL;
	/* On the hop, what the front found stands. */
	if (settings_role(&ending->policy->settings, session->envelope.daemon_name) == ROLE_FRONT &&
	    ending->input.unscanned == NULL)
		ending->input.lookups = service->lookups;
	ending->input.pending = ending->input.unscanned == NULL ? session->pending : NULL;
	ending->input.sender_lookups = service->lookups;
	ending->input.asks_antivirus = true;
	ending->input.people = people_keeper_reader(service->people);
}

/* Nothing is dropped whose record isn't durable; the log says what was answered. */
static struct str secure_drop(const struct session_ending *ending)
{
	enum verdict_action action = ending->assay->verdict->action;
	bool drops = action == VERDICT_DROP || action == VERDICT_PARTIAL;
	const struct copy *copy;
	struct error error = { "" };

	if (!drops)
		return STR("");
	/* The part for which there was no memory might have lowered the score. */
	if (ending->session->given_up) {
		error_set(&error, "there was no memory for the whole of it");
		assay_forbid_drop(
			ending->assay, STR("there was no memory for the whole of it"),
			STR("This message was kept because not all of it could be read."));
	} else {
		copy = drop_copy_write(ending);
		if (records_commit_drops(ending, &error))
			return STR("");
		drop_copy_remove(ending, copy);
		assay_forbid_drop(ending->assay, STR("its removal could not be recorded"),
		                  STR("This message was kept because its removal could not be "
		                      "recorded."));
	}
	return arena_printf(ending->session->arena, "not dropped: %s", error.text);
}

/* Only now is the callback no longer in flight, so that the store is there. */
static void on_answer(void *context, bool written)
{
	if (written)
		recorder_submit_copy(service->recorder, context);
	else
		recorder_free_copy(context);
	in_flight_leave();
}

static void teach(const struct session_ending *ending)
{
	struct people_lesson_list lessons = { 0 };

	people_lessons_of(ending->session->arena, ending->policy, &ending->session->envelope,
	                  ending->assay, &lessons);
	people_keeper_teach(service->people, lessons.items, lessons.len);
}

static void count_for_watch(const struct assay *assay)
{
	enum verdict_action action = assay->verdict->action;

	if (assay->skipped == NULL && assay->infection.signature.len == 0)
		rules_watch_count(assay->verdict->over,
		                  action == VERDICT_DROP || action == VERDICT_PARTIAL);
}

static void count(const struct session_ending *ending, enum action_kind action)
{
	const struct session *session = ending->session;
	struct statistics_message message = {
		.role = settings_role(&ending->policy->settings, session->envelope.daemon_name),
		.action = action,
		.bytes = session->mail.size,
		.took_us = clock_monotonic_us() - ending->started_us,
		.limits = &ending->assay->limits,
	};

	statistics_count(&message);
}

/* `dropped_r`: what is to be told once the answer has left, or NULL. */
static sfsistat finish_message(SMFICTX *ctx, struct session *session, const struct policy *policy,
                               struct entry **dropped_r)
{
	struct session_ending ending = { .service = service, .session = session, .policy = policy };
	int64_t scan_ms = policy->settings.scan_timeout + GRACE_MS;
	struct keepalive keepalive;
	struct stall_slot slot;
	struct str note, failed;
	sfsistat answer;

	*dropped_r = NULL;
	if (!overload_find_place(policy, session, &ending.input))
		return overload_refuse(ctx, session, policy);
	ending.started_us = clock_monotonic_us();
	gather_input(ctx, &ending);
	keepalive_begin(&keepalive, ctx);
	stall_begin(&slot, "waits for memory", scan_ms,
	            arena_cstr(session->arena, session->envelope.queue_id));
	if (ending.input.unscanned == NULL &&
	    !overload_make_room_for_scan(session, &ending.input)) {
		keepalive_end(&keepalive);
		stall_end(&slot);
		return overload_refuse(ctx, session, policy);
	}
	ending.input.deadline = deadline_in_ms(policy->settings.scan_timeout);
	if (lessons_cache_pin(service->lessons, &session->envelope.recipients, &ending.learned))
		ending.input.learned = &ending.learned.models;
	ending.learned.models.explained = policy->settings.report_header;
	ending.learned.models.explained_if_spam =
		policy->settings.record_matched != RECORD_MATCHED_NO;
	if (ending.learned.has_taught)
		ending.input.taught = &ending.learned.taught;
	stall_step(&slot, "is scanned", scan_ms);
	ending.assay = assay_message(session->arena, policy, &ending.input);
	stall_step(&slot, "waits for the store", policy->settings.commit_timeout + GRACE_MS);
	note = secure_drop(&ending);
	stall_step(&slot, "is answered", ANSWER_MS);
	keepalive_end(&keepalive);
	libmilter_io_hold();
	answer = actions_apply(ctx, &ending, &failed);
	libmilter_io_release();
	records_submit_rest(&ending);
	learning_submit(&ending);
	count_for_watch(ending.assay);
	teach(&ending);
	*dropped_r = records_answered(&ending);
	records_submit_rejected(service->recorder, session);
	log_info(arena_cstr(session->arena, session->envelope.queue_id), "%s",
	         arena_cstr(session->arena, log_line(&ending, note.len > 0 ? note : failed)));
	lessons_cache_unpin(service->lessons, &ending.learned);
	count(&ending, action_name_kind(ending.assay));
	stall_end(&slot);
	return answer;
}

static sfsistat on_eom(SMFICTX *ctx)
{
	struct session *session = session_of(ctx);
	const struct policy *policy;
	struct entry *dropped;
	sfsistat answer;

	if (session->arena == NULL)
		return SMFIS_CONTINUE;
	in_flight_enter();
	policy = policy_pin(service->slot);
	answer = finish_message(ctx, session, policy, &dropped);
	policy_unpin(service->slot, policy);
	end_message(session);
	if (dropped != NULL)
		libmilter_io_on_written(on_answer, dropped);
	else
		in_flight_leave();
	return answer;
}

static sfsistat on_abort(SMFICTX *ctx)
{
	abandon_message(session_of(ctx));
	return SMFIS_CONTINUE;
}

static sfsistat on_close(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL || !abandon_message(session))
		return SMFIS_CONTINUE;
	free(session->client_name);
	free(session->helo);
	free(session);
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

bool session_register(const struct service *shared, struct error *err_r)
{
	struct smfiDesc callbacks = {
		.xxfi_name = (char *)"assay",
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = negotiation_actions(true),
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_body = on_body,
		.xxfi_eom = on_eom,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_negotiate = on_negotiate,
	};

	service = shared;
	smfi_setmaxdatasize(PACKET_DATA_MAX);
	if (smfi_register(callbacks) != MI_SUCCESS)
		return error_set(err_r, "libmilter doesn't accept our callbacks (version %#x)",
		                 SMFI_VERSION);
	return true;
}
