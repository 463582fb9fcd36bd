/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A check without a thread: passes are run by whoever brings news, first the caller of
 * spf_check_start(), then the resolver's thread with an answer. `running` makes it one at a time;
 * an answer that comes while a pass runs is left in the inbox, and the runner goes on with it.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/condition.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "facts/spf.h"
#include "facts/spf_private.h"
#include "message/uri.h"

#define TEXT_MAX 1024 /* octets of HELO and sender that are looked at */

/* A question of the check and its answer. */
struct memo {
	struct memo *next;
	struct memo *next_in_inbox;
	struct spf_check *check;
	struct str name;
	enum dns_type type;
	struct dns_answer *answer;  /* the runner's */
	struct dns_answer *arrived; /* in the inbox */
};

struct side {
	struct spf_identity identity;
	struct arena *arena;         /* of the last pass */
	struct spf_outcome outcome;  /* of the last pass */
	struct spf_outcome result;   /* the same without an explanation, while that is missing */
	enum spf_progress progress;  /* the runner's */
	enum spf_progress published; /* the same for others, under the lock */
};

enum { MAIL_FROM, HELO, SIDES };

struct spf_check {
	struct spf *spf;
	struct arena *arena; /* the input, and the runner's memos */
	struct spf_input input;
	int64_t started_us;
	struct deadline deadline;
	struct side sides[SIDES];
	size_t side_count; /* 1 where there is no sender: both are the same */
	struct memo *memos;

	pthread_mutex_t lock; /* for all below */
	pthread_cond_t finished;
	unsigned pins; /* the owner, and each question that is on its way */
	bool running;
	bool abandoned;
	bool done;
	int64_t done_us;
	struct memo *inbox;
};

static void discard(struct spf_check *check)
{
	for (struct memo *memo = check->memos; memo != NULL; memo = memo->next) {
		dns_answer_unpin(memo->answer);
		dns_answer_unpin(memo->arrived);
	}
	for (size_t i = 0; i < SIDES; i++)
		arena_free(check->sides[i].arena);
	pthread_mutex_destroy(&check->lock);
	pthread_cond_destroy(&check->finished);
	arena_free(check->arena);
	free(check);
}

static void unpin(struct spf_check *check)
{
	bool last;

	pthread_mutex_lock(&check->lock);
	last = --check->pins == 0;
	pthread_mutex_unlock(&check->lock);
	if (last)
		discard(check);
}

static void drive(struct spf_check *check);

/* The resolver's answer, on its thread or within dns_ask(). */
static void receive(void *context, struct dns_answer *answer)
{
	struct memo *memo = context;
	struct spf_check *check = memo->check;
	bool run;

	pthread_mutex_lock(&check->lock);
	memo->arrived = answer;
	memo->next_in_inbox = check->inbox;
	check->inbox = memo;
	run = !check->running;
	check->running = true;
	pthread_mutex_unlock(&check->lock);
	if (run)
		drive(check);
	unpin(check);
}

static const struct dns_answer *ask(void *context, struct str name, enum dns_type type)
{
	struct spf_check *check = context;
	struct memo *memo;

	for (memo = check->memos; memo != NULL; memo = memo->next)
		if (memo->type == type && str_eq(memo->name, name))
			return memo->answer;
	memo = arena_new_object(check->arena, struct memo);
	memo->check = check;
	memo->name = arena_str(check->arena, name);
	memo->type = type;
	memo->next = check->memos;
	check->memos = memo;
	memo->answer = dns_cached(check->spf->dns, name, type);
	if (memo->answer == NULL) {
		pthread_mutex_lock(&check->lock);
		check->pins++;
		pthread_mutex_unlock(&check->lock);
		dns_ask(check->spf->dns, name, type, receive, memo);
	}
	return memo->answer;
}

static struct spf_outcome copy_outcome(struct arena *arena, const struct spf_outcome *outcome)
{
	struct spf_lookup *lookups = arena_calloc(arena, outcome->lookup_count, sizeof(*lookups));
	struct spf_outcome copy = *outcome;

	copy.identity = arena_str(arena, outcome->identity);
	copy.domain = arena_str(arena, outcome->domain);
	copy.mechanism = arena_str(arena, outcome->mechanism);
	copy.decided_in = arena_str(arena, outcome->decided_in);
	copy.explanation = arena_str(arena, outcome->explanation);
	copy.problem = arena_str(arena, outcome->problem);
	for (size_t i = 0; i < outcome->lookup_count; i++) {
		lookups[i] = outcome->lookups[i];
		lookups[i].name = arena_str(arena, outcome->lookups[i].name);
		lookups[i].answer = arena_str(arena, outcome->lookups[i].answer);
	}
	copy.lookups = lookups;
	return copy;
}

static void run_side(struct spf_check *check, struct side *side)
{
	struct arena *arena = arena_new();
	struct spf_outcome outcome;
	enum spf_progress progress;
	struct spf_eval eval;

	spf_eval_init(&eval, arena, &side->identity, ask, check);
	progress = spf_run(check->spf, &eval, &outcome);
	if (progress == SPF_PROGRESS_RESULT && side->progress == SPF_PROGRESS_NONE) {
		/* What counts is known; it must not be lost where the explanation is too late. */
		side->result = copy_outcome(check->arena, &outcome);
		side->progress = progress;
	}
	if (progress != SPF_PROGRESS_DONE) {
		arena_free(arena);
		return;
	}
	side->arena = arena;
	side->outcome = outcome;
	side->progress = progress;
}

static void open_inbox(struct spf_check *check)
{
	for (struct memo *memo = check->inbox; memo != NULL; memo = memo->next_in_inbox) {
		memo->answer = memo->arrived;
		memo->arrived = NULL;
	}
	check->inbox = NULL;
}

/* Runs passes until there is nothing to go on with. The caller has set `running`. */
static void drive(struct spf_check *check)
{
	bool all_done = false;

	pthread_mutex_lock(&check->lock);
	do {
		open_inbox(check);
		if (check->abandoned || check->done || deadline_passed(check->deadline))
			break;
		pthread_mutex_unlock(&check->lock);
		all_done = true;
		for (size_t i = 0; i < check->side_count; i++) {
			if (check->sides[i].progress != SPF_PROGRESS_DONE)
				run_side(check, &check->sides[i]);
			all_done &= check->sides[i].progress == SPF_PROGRESS_DONE;
		}
		pthread_mutex_lock(&check->lock);
		for (size_t i = 0; i < check->side_count; i++)
			check->sides[i].published = check->sides[i].progress;
	} while (!all_done && check->inbox != NULL);
	open_inbox(check);
	check->running = false;
	if (all_done) {
		check->done = true;
		check->done_us = clock_monotonic_us();
		pthread_cond_signal(&check->finished);
	}
	pthread_mutex_unlock(&check->lock);
}

static struct str macro_ip(struct arena *arena, const struct spf_client *client)
{
	const unsigned char *a = client->address;
	struct strbuf out;

	if (!client->ip6)
		return arena_printf(arena, "%d.%d.%d.%d", a[0], a[1], a[2], a[3]);
	strbuf_init(&out, arena);
	for (int i = 0; i < 16; i++)
		strbuf_printf(&out, i == 0 ? "%X.%X" : ".%X.%X", a[i] >> 4, a[i] & 15);
	return strbuf_str(&out);
}

/* Names in other scripts are asked for as A-labels: section 4.3. */
static struct str ascii_domain(struct arena *arena, struct str domain)
{
	for (size_t i = 0; i < domain.len; i++)
		if ((unsigned char)domain.data[i] >= 0x80)
			return uri_host_to_ascii(arena, domain);
	return domain;
}

/* Sections 4.1 and 4.3: no local part is "postmaster". */
static void set_sender(struct arena *arena, struct spf_identity *identity, struct str address)
{
	ptrdiff_t at = str_rfind_char(address, '@');

	identity->domain = ascii_domain(arena, str_from_offset(address, (size_t)(at + 1)));
	identity->local = at > 0 ? str_prefix(address, (size_t)at) : STR("postmaster");
	identity->sender = arena_printf(arena, "%.*s@%.*s", STR_FMT(identity->local),
	                                STR_FMT(identity->domain));
}

static void set_identities(struct spf_check *check, const struct spf_client *client)
{
	struct spf_identity base = { .client = *client };
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(client->ip6 ? AF_INET6 : AF_INET, client->address, text, sizeof(text));
	base.pretty_ip = arena_str(check->arena, str_from(text));
	base.macro_ip = macro_ip(check->arena, client);
	base.helo = check->input.helo;
	base.receiver = check->input.receiver.len > 0 ? check->input.receiver : STR("unknown");
	base.time = arena_printf(check->arena, "%lld", (long long)time(NULL));
	check->input.client_ip = base.pretty_ip;
	for (size_t i = 0; i < SIDES; i++)
		check->sides[i].identity = base;
	check->side_count = check->input.sender.len > 0 ? 2 : 1;
	set_sender(check->arena, &check->sides[MAIL_FROM].identity,
	           check->side_count == 2
	                   ? check->input.sender
	                   : arena_printf(check->arena, "@%.*s", STR_FMT(base.helo)));
	set_sender(check->arena, &check->sides[HELO].identity,
	           arena_printf(check->arena, "@%.*s", STR_FMT(base.helo)));
}

static struct spf_check *check_new(struct spf *spf, const struct spf_input *input)
{
	struct spf_check *check = memory_calloc(1, sizeof(*check));

	pthread_mutex_init(&check->lock, NULL);
	pthread_cond_init(&check->finished, NULL);
	check->spf = spf;
	check->pins = 1;
	check->running = true;
	check->arena = arena_new();
	check->input.helo = arena_str(check->arena, str_prefix(input->helo, TEXT_MAX));
	check->input.sender = arena_str(check->arena, str_prefix(input->sender, TEXT_MAX));
	check->input.receiver = arena_str(check->arena, input->receiver);
	check->started_us = clock_monotonic_us();
	check->deadline = deadline_in_ms(spf->timeout_ms);
	return check;
}

struct spf_check *spf_check_start(struct spf *spf, const struct spf_input *input)
{
	struct spf_client client;
	struct spf_check *check;

	if (!spf_client_read(input->client_ip, &client))
		return NULL;
	check = check_new(spf, input);
	set_identities(check, &client);
	drive(check);
	return check;
}

static struct spf_outcome outcome_of(struct arena *arena, const struct spf_check *check,
                                     const struct side *side, enum spf_progress published)
{
	struct spf_outcome late = {
		.status = SPF_STATUS_TEMPERROR,
		.identity = side->identity.sender,
		.domain = side->identity.domain,
	};

	if (published != SPF_PROGRESS_NONE)
		return copy_outcome(arena, published == SPF_PROGRESS_DONE ? &side->outcome
		                                                          : &side->result);
	late.problem = arena_printf(arena, "no result within %lld ms",
	                            (long long)(clock_monotonic_us() - check->started_us) / 1000);
	return copy_outcome(arena, &late);
}

/* Waits, ends the passes, and says which sides have an outcome. */
static void wait_until_done(struct spf_check *check, struct deadline deadline,
                            enum spf_progress published_r[SIDES])
{
	bool waits = true;

	deadline = deadline_earlier(deadline, check->deadline);
	pthread_mutex_lock(&check->lock);
	while (!check->done && waits)
		waits = condition_wait(&check->finished, &check->lock, deadline);
	if (!check->done)
		check->done_us = clock_monotonic_us();
	check->abandoned = true;
	for (size_t i = 0; i < SIDES; i++)
		published_r[i] = check->sides[i].published;
	pthread_mutex_unlock(&check->lock);
}

const struct spf_result *spf_check_await(struct arena *arena, struct spf_check *check,
                                         struct deadline deadline)
{
	struct spf_result *result = arena_new_object(arena, struct spf_result);
	size_t helo = check->side_count == 2 ? HELO : MAIL_FROM;
	enum spf_progress published[SIDES];

	wait_until_done(check, deadline, published);
	result->has_helo = spf_domain_valid(check->input.helo);
	result->timed_out =
		published[MAIL_FROM] == SPF_PROGRESS_NONE || published[helo] == SPF_PROGRESS_NONE;
	result->client_ip = arena_str(arena, check->input.client_ip);
	result->sender = arena_str(arena, check->input.sender);
	result->helo = arena_str(arena, check->input.helo);
	result->receiver = arena_str(arena, check->input.receiver);
	result->mail_from =
		outcome_of(arena, check, &check->sides[MAIL_FROM], published[MAIL_FROM]);
	result->helo_check = outcome_of(arena, check, &check->sides[helo], published[helo]);
	pthread_mutex_lock(&check->lock);
	result->microseconds = check->done_us - check->started_us;
	pthread_mutex_unlock(&check->lock);
	unpin(check);
	return result;
}

bool spf_check_done(struct spf_check *check)
{
	bool done;

	pthread_mutex_lock(&check->lock);
	done = check->done || deadline_passed(check->deadline);
	pthread_mutex_unlock(&check->lock);
	return done;
}

void spf_check_abandon(struct spf_check *check)
{
	if (check == NULL)
		return;
	pthread_mutex_lock(&check->lock);
	check->abandoned = true;
	pthread_mutex_unlock(&check->lock);
	unpin(check);
}
