/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libspf2 walks the terms of records and says what follows from them: qualifiers, include,
 * redirect, the default. It gets nothing that a stranger wrote: records come from
 * spf_record_rewrite(), names are tokens, the client is always 192.0.2.1, and whether a mechanism
 * matches is answered by spf_eval. So the faults of its parser, macro expander and address
 * comparison, some of which abort the program, can't be reached.
 *
 * Its calls are synchronous. Where an answer is not here yet, the pass is unwound by way of a
 * temporary error, and repeated when the answer has arrived: cheaper than a thread that waits.
 */
#include "facts/spf.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spf2/spf.h>

#include "base/memory.h"
#include "base/memory_insist.h"
#include "facts/spf_private.h"

#define FIRST_TOKEN  "t.x"
#define DUMMY_CLIENT 0xc0000201 /* 192.0.2.1; not loopback, which libspf2 lets pass unseen */

struct spf_engine {
	struct spf_engine *next;
	SPF_server_t *server;
	SPF_dns_server_t dns;
	struct spf_eval *eval; /* of the pass that runs */
};

/* The token of a name that we gave to libspf2; NULL for the first. */
static const struct spf_token *token_of(const struct spf_engine *engine, const char *name)
{
	unsigned number;

	if (strcmp(name, FIRST_TOKEN) == 0)
		return NULL;
	if (sscanf(name, "t%u.x", &number) != 1 || number >= engine->eval->tokens.len)
		abort();
	return &engine->eval->tokens.items[number];
}

static SPF_dns_rr_t *answer_lookup(SPF_dns_server_t *dns, const char *name, ns_type type,
                                   int should_cache)
{
	struct spf_engine *engine = dns->hook;
	SPF_dns_rr_t *answer =
		MEMORY_INSIST(SPF_dns_rr_new_init(dns, name, type, 0, HOST_NOT_FOUND));

	(void)should_cache;
	if (!spf_eval_over(engine->eval) &&
	    spf_eval_matches(engine->eval, token_of(engine, name))) {
		MEMORY_WAIT_WHILE(SPF_dns_rr_buf_realloc(answer, 0, sizeof(answer->rr[0]->a)) !=
		                  SPF_E_SUCCESS);
		answer->rr[0]->a.s_addr = htonl(DUMMY_CLIENT);
		answer->num_rr = 1;
		answer->herrno = NETDB_SUCCESS;
	}
	if (spf_eval_over(engine->eval))
		answer->herrno = TRY_AGAIN;
	return answer;
}

static SPF_errcode_t answer_record(SPF_server_t *server, SPF_request_t *request,
                                   SPF_response_t *response, SPF_record_t **record_r)
{
	struct spf_engine *engine = server->resolver->hook;
	struct spf_eval *eval = engine->eval;
	struct spf_rewriting rewriting;
	const struct spf_node *node;

	*record_r = NULL;
	if (spf_eval_over(eval))
		return SPF_E_DNS_ERROR;
	node = spf_eval_open(eval, token_of(engine, request->cur_dom));
	if (node == NULL)
		return SPF_E_DNS_ERROR;
	spf_record_rewrite(node->record, &eval->identity->client, (unsigned)eval->tokens.len,
	                   &rewriting);
	for (size_t i = 0; i < rewriting.count; i++)
		(void)spf_eval_token(eval, node, rewriting.terms[i]);
	return SPF_record_compile(server, response, record_r, rewriting.text);
}

/* A constant, so that libspf2 expands no macro at all. */
static void set_no_explanation(SPF_server_t *server)
{
	SPF_response_t *response = NULL;
	SPF_errcode_t error;

	MEMORY_WAIT_WHILE((error = SPF_server_set_explanation(server, "-", &response)) ==
	                  SPF_E_NO_MEMORY);
	if (error != SPF_E_SUCCESS)
		abort();
	if (response != NULL)
		SPF_response_free(response);
}

static struct spf_engine *engine_new(void)
{
	struct spf_engine *engine = memory_calloc(1, sizeof(*engine));

	engine->dns.name = "assay";
	engine->dns.lookup = answer_lookup;
	engine->dns.get_spf = answer_record;
	engine->dns.hook = engine;
	engine->server = MEMORY_INSIST(SPF_server_new_dns(&engine->dns, 0));
	set_no_explanation(engine->server);
	SPF_server_set_rec_dom(engine->server, "assay");
	/* spf_eval counts. */
	SPF_server_set_max_dns_mech(engine->server, 1000);
	return engine;
}

static void engine_free(struct spf_engine *engine)
{
	SPF_server_free(engine->server);
	free(engine);
}

static struct spf_engine *engine_borrow(struct spf *spf)
{
	struct spf_engine *engine;

	pthread_mutex_lock(&spf->lock);
	engine = spf->engines;
	if (engine != NULL)
		spf->engines = engine->next;
	pthread_mutex_unlock(&spf->lock);
	return engine != NULL ? engine : engine_new();
}

static void engine_return(struct spf *spf, struct spf_engine *engine)
{
	pthread_mutex_lock(&spf->lock);
	engine->next = spf->engines;
	spf->engines = engine;
	pthread_mutex_unlock(&spf->lock);
}

struct spf *spf_new(struct dns *dns, int64_t timeout_ms)
{
	struct spf *spf = memory_calloc(1, sizeof(*spf));

	spf->dns = dns;
	spf->timeout_ms = timeout_ms > 0 ? timeout_ms : SPF_DEFAULT_TIMEOUT_MS;
	pthread_mutex_init(&spf->lock, NULL);
	return spf;
}

void spf_free(struct spf *spf)
{
	struct spf_engine *engine;

	if (spf == NULL)
		return;
	while ((engine = spf->engines) != NULL) {
		spf->engines = engine->next;
		engine_free(engine);
	}
	pthread_mutex_destroy(&spf->lock);
	free(spf);
}

struct walk {
	SPF_result_t result;
	SPF_reason_t reason;
	SPF_errcode_t error;
};

static struct walk walk(struct spf_engine *engine)
{
	SPF_request_t *request = MEMORY_INSIST(SPF_request_new(engine->server));
	SPF_response_t *response = NULL;
	struct in_addr client = { htonl(DUMMY_CLIENT) };
	struct walk walk;

	SPF_request_set_ipv4(request, client);
	SPF_request_set_helo_dom(request, FIRST_TOKEN);
	SPF_request_set_env_from(request, "s@" FIRST_TOKEN);
	MEMORY_WAIT_WHILE((SPF_request_query_mailfrom(request, &response), response == NULL));
	walk.result = SPF_response_result(response);
	walk.reason = SPF_response_reason(response);
	walk.error = SPF_response_errcode(response);
	SPF_response_free(response);
	SPF_request_free(request);
	return walk;
}

static enum spf_status status_of(struct spf_eval *eval, const struct walk *walk)
{
	if (eval->decided)
		return eval->status;
	switch (walk->result) {
	case SPF_RESULT_PASS:
		return SPF_STATUS_PASS;
	case SPF_RESULT_FAIL:
		return SPF_STATUS_FAIL;
	case SPF_RESULT_SOFTFAIL:
		return SPF_STATUS_SOFTFAIL;
	case SPF_RESULT_NEUTRAL:
		return SPF_STATUS_NEUTRAL;
	default:
		eval->problem = arena_printf(eval->arena, "libspf2: %s", SPF_strerror(walk->error));
		return SPF_STATUS_PERMERROR;
	}
}

/* What matched, and the term of a record on the way of redirects that led to it. */
static void name_mechanism(const struct spf_eval *eval, const struct walk *walk,
                           struct spf_outcome *outcome)
{
	const struct spf_token *token = eval->matched;

	if (eval->decided)
		return;
	if (walk->reason != SPF_REASON_MECH || token == NULL) {
		outcome->mechanism = STR("default");
		return;
	}
	if (token->node->via != NULL)
		outcome->decided_in =
			arena_printf(eval->arena, "%.*s of %.*s",
		                     STR_FMT(token->node->record->items[token->term].text),
		                     STR_FMT(token->node->domain));
	while (!token->node->top)
		token = token->node->via;
	outcome->mechanism = token->node->record->items[token->term].text;
}

enum spf_progress spf_run(struct spf *spf, struct spf_eval *eval, struct spf_outcome *outcome_r)
{
	struct spf_engine *engine = engine_borrow(spf);
	struct walk walked;

	engine->eval = eval;
	walked = walk(engine);
	engine->eval = NULL;
	engine_return(spf, engine);
	if (eval->pending)
		return SPF_PROGRESS_NONE;
	*outcome_r =
		(struct spf_outcome){ .status = status_of(eval, &walked), .explanation = STR("") };
	outcome_r->problem = eval->problem;
	name_mechanism(eval, &walked, outcome_r);
	if (outcome_r->status == SPF_STATUS_FAIL)
		outcome_r->explanation = spf_eval_explanation(eval);
	outcome_r->identity = eval->identity->sender;
	outcome_r->domain = eval->identity->domain;
	outcome_r->terms = eval->terms;
	outcome_r->void_lookups = eval->void_lookups;
	outcome_r->lookups = eval->lookups.items;
	outcome_r->lookup_count = eval->lookups.len;
	return eval->pending ? SPF_PROGRESS_RESULT : SPF_PROGRESS_DONE;
}
