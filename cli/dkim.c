/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `assay dkim`: the DKIM signatures and the ARC chain of a message, whether they hold, why not, and
 * what DMARC makes of them. For support staff.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

#include "base/shown.h"
#include "cli/cli.h"
#include "cli/dns_options.h"
#include "cli/json_text.h"
#include "cli/mail_source.h"
#include "cli/option.h"
#include "facts/arc.h"
#include "facts/dkim.h"
#include "facts/dmarc.h"
#include "facts/dns.h"
#include "message/address_field.h"
#include "message/message.h"

static const char help[] =
	"usage: assay dkim [OPTION]... [FILE]...\n"
	"\n"
	"Checks the DKIM signatures (RFC 6376) and the ARC chain (RFC 8617) of messages, of standard\n"
	"input where no FILE is given, says why those that don't hold don't, and what DMARC (RFC 9989)\n"
	"makes of them for the domain of From, by DKIM alone: of a file it isn't known who sent it.\n"
	"\n"
	"  --mbox                  each FILE is an mbox\n"
	"  --dns-server ADDR[@PORT]  may be repeated (default: those of /etc/resolv.conf)\n"
	"  --dns-timeout SECONDS   for the key of one signature (default: 5)\n"
	"  --json                  print one JSON object per message\n"
	"\n"
	"Exit status: 0 whatever the results are, 64 for wrong arguments, 66 where a file can't be\n"
	"read, 78 for unusable servers.\n";

struct options {
	struct dns_settings dns;
	enum mail_form form;
	bool json;
	bool help;
};

/* One message being examined. */
struct dkim_run {
	struct arena *arena;
	const struct options *options;
	const char *name;
	struct dkim_message message;
	/* What was asked for each signature, and the answer; NULL: nothing was. */
	struct str key_names[DKIM_SIGNATURES_MAX];
	const struct dns_answer *answers[DKIM_SIGNATURES_MAX];
	struct arc arc;
	bool has_author; /* From has a domain that can be asked about */
	struct dmarc dmarc;
};

static int read_options(int argc, char **argv, struct arena *arena, struct options *options)
{
	static const struct option names[] = {
		{ "dns-server", required_argument, NULL, 's' },
		{ "dns-timeout", required_argument, NULL, 'd' },
		{ "mbox", no_argument, NULL, 'm' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, status = EX_OK;

	optind = 1;
	while (status == EX_OK && (option = option_next("dkim", argc, argv, "h", names)) != -1) {
		if (option == 's')
			status = dns_options_server(arena, "dkim", optarg, &options->dns);
		else if (option == 'd')
			status = dns_options_seconds("dkim", optarg, &options->dns.timeout_ms);
		else if (option == 'm')
			options->form = MAIL_FORM_MBOX;
		else if (option == 'j')
			options->json = true;
		else if (option == 'h')
			options->help = true;
		else
			status = EX_USAGE;
	}
	return status;
}

/* All keys are asked for at once. */
static void verify(struct dkim_run *run, struct dns *dns, struct dns_query *queries[])
{
	for (size_t i = 0; i < run->message.count; i++) {
		run->key_names[i] = run->message.checks[i].key_name;
		if (run->key_names[i].len > 0)
			queries[i] = dns_query_start(dns, run->key_names[i], DNS_TXT);
	}
	for (size_t i = 0; i < run->message.count; i++) {
		if (queries[i] == NULL)
			continue;
		run->answers[i] = dns_query_wait(queries[i], deadline_never());
		dkim_verify(run->arena, &run->message, &run->message.checks[i], run->answers[i]);
	}
}

static void verify_chain(struct dkim_run *run, struct dns *dns)
{
	struct dns_query *queries[1 + ARC_SETS_MAX];
	const struct dns_answer *answers[1 + ARC_SETS_MAX];
	const struct str_list *questions = &run->arc.questions;
	size_t count = questions->len;

	for (size_t i = 0; i < count; i++)
		queries[i] = dns_query_start(dns, questions->items[i], DNS_TXT);
	for (size_t i = 0; i < count; i++)
		answers[i] = dns_query_wait(queries[i], deadline_never());
	arc_verify(run->arena, &run->arc, answers);
	for (size_t i = 0; i < count; i++)
		dns_query_free(queries[i]);
}

/* By the signatures alone, since a file doesn't say who sent it. */
static void judge_author(struct dkim_run *run, struct dns *dns, const struct message *message)
{
	const struct header *from = header_first(&message->headers, STR("From"));
	struct dns_query *queries[DMARC_NAMES_MAX];
	const struct dns_answer *answers[DMARC_NAMES_MAX];
	struct str_list signers = { 0 };
	struct dmarc_names names;
	struct str address = STR("");

	if (from != NULL)
		address = address_field_first(run->arena, from->unfolded);
	run->has_author = dmarc_names_of(
		run->arena, str_from_offset(address, (size_t)(str_rfind_char(address, '@') + 1)),
		&names);
	if (!run->has_author)
		return;
	for (size_t i = 0; i < names.count; i++)
		queries[i] = dns_query_start(dns, names.questions[i], DNS_TXT);
	for (size_t i = 0; i < names.count; i++)
		answers[i] = dns_query_wait(queries[i], deadline_never());
	for (size_t i = 0; i < run->message.count; i++)
		if (run->message.checks[i].result == DKIM_PASS)
			vec_push(run->arena, &signers, run->message.checks[i].signature.domain);
	run->dmarc = dmarc_judge(
		run->arena,
		&(struct dmarc_input){ .names = &names, .answers = answers, .signers = &signers });
	for (size_t i = 0; i < names.count; i++)
		dns_query_free(queries[i]);
}

static void print_row(const struct dkim_run *run, const char *label, struct str text)
{
	if (text.len > 0)
		printf("  %-11s %.*s\n", label, STR_FMT(shown_text(run->arena, text)));
}

static struct str method_text(struct arena *arena, const struct dkim_check *check)
{
	static const char *const canons[] = { "simple", "relaxed" };
	struct str text = arena_printf(
		arena, "%s, %s/%s", dkim_algorithm_name(check->signature.algorithm),
		canons[check->signature.header_canon], canons[check->signature.body_canon]);

	return check->key_bits > 0
	               ? arena_printf(arena, "%.*s, %u bits", STR_FMT(text), check->key_bits)
	               : text;
}

static void print_answer(const struct dkim_run *run, size_t number)
{
	const struct dns_answer *answer = run->answers[number];

	if (run->key_names[number].len == 0)
		return;
	printf("  %-11s TXT %.*s: ", "key",
	       STR_FMT(shown_text(run->arena, run->key_names[number])));
	if (answer == NULL || answer->status != DNS_OK)
		printf("%s\n",
		       answer != NULL ? dns_status_name(answer->status) : "no answer in time");
	for (size_t i = 0; answer != NULL && answer->status == DNS_OK && i < answer->count; i++)
		printf("%.*s\n", STR_FMT(shown_text(run->arena, answer->records[i].data)));
}

static void print_check(const struct dkim_run *run, size_t number)
{
	const struct dkim_check *check = &run->message.checks[number];
	const struct dkim_signature *signature = &check->signature;

	printf("signature %zu: %s%s%s\n", number + 1, dkim_result_name(check->result),
	       check->reason[0] != '\0' ? ": " : "", check->reason);
	print_row(run, "domain", signature->domain);
	print_row(run, "selector", signature->selector);
	print_row(run, "identity", signature->identity);
	print_row(run, "signs", signature->headers);
	print_row(run, "by", method_text(run->arena, check));
	print_answer(run, number);
	if (check->unsigned_text)
		print_row(run, "but", STR("text at the end of the body is not signed (l=)"));
	if (check->testing)
		print_row(run, "but", STR("the domain is only testing (t=y)"));
}

static void print_chain(const struct dkim_run *run)
{
	const struct arc *arc = &run->arc;

	if (arc->result == ARC_NONE)
		return;
	printf("ARC chain: %s%s%s\n", arc_result_name(arc->result),
	       arc->reason[0] != '\0' ? ": " : "", arc->reason);
	for (size_t i = 0; i < arc->count; i++)
		print_row(run, "sealed by", arc->sets[i].signature.domain);
}

static void print_author(const struct dkim_run *run)
{
	const struct dmarc *dmarc = &run->dmarc;

	if (!run->has_author)
		return;
	printf("DMARC of %.*s, by DKIM alone: %s\n", STR_FMT(shown_text(run->arena, dmarc->author)),
	       dmarc_result_name(dmarc->result));
	if (dmarc->domain.len == 0)
		return;
	print_row(run, "record of", dmarc->domain);
	print_row(run, "asks for", str_from(dmarc_policy_name(dmarc->policy)));
}

static void print_text(const struct dkim_run *run)
{
	printf("%s\n", run->name);
	if (run->message.count == 0)
		puts("no signature");
	for (size_t i = 0; i < run->message.count; i++)
		print_check(run, i);
	if (run->message.more)
		printf("further signatures are not looked at: at most %d\n", DKIM_SIGNATURES_MAX);
	print_chain(run);
	print_author(run);
}

static json_t *json_check(const struct dkim_run *run, size_t number)
{
	const struct dkim_check *check = &run->message.checks[number];
	const struct dkim_signature *signature = &check->signature;
	json_t *object = json_object();

	json_object_set_new(object, "result", json_string(dkim_result_name(check->result)));
	json_text_set(run->arena, object, "reason", str_from(check->reason));
	json_text_set(run->arena, object, "domain", signature->domain);
	json_text_set(run->arena, object, "selector", signature->selector);
	json_text_set(run->arena, object, "identity", signature->identity);
	json_text_set(run->arena, object, "headers", signature->headers);
	json_object_set_new(object, "algorithm",
	                    json_string(dkim_algorithm_name(signature->algorithm)));
	json_object_set_new(object, "key_bits", json_integer(check->key_bits));
	json_text_set(run->arena, object, "key_name", run->key_names[number]);
	json_object_set_new(object, "unsigned_text", json_boolean(check->unsigned_text));
	json_object_set_new(object, "testing", json_boolean(check->testing));
	return object;
}

static json_t *json_chain(const struct dkim_run *run)
{
	json_t *object = json_object(), *sealers = json_array();

	json_object_set_new(object, "result", json_string(arc_result_name(run->arc.result)));
	json_text_set(run->arena, object, "reason", str_from(run->arc.reason));
	for (size_t i = 0; i < run->arc.count; i++) {
		json_array_append_new(sealers,
		                      json_text(run->arena, run->arc.sets[i].signature.domain));
	}
	json_object_set_new(object, "sealers", sealers);
	return object;
}

static json_t *json_author(const struct dkim_run *run)
{
	json_t *object = json_object();

	json_text_set(run->arena, object, "author", run->dmarc.author);
	json_object_set_new(object, "result", json_string(dmarc_result_name(run->dmarc.result)));
	json_text_set(run->arena, object, "domain", run->dmarc.domain);
	json_object_set_new(object, "policy", json_string(dmarc_policy_name(run->dmarc.policy)));
	return object;
}

static void print_json(const struct dkim_run *run)
{
	json_t *object = json_object(), *signatures = json_array();
	struct str shown;
	char *text;

	json_text_set(run->arena, object, "file", str_from(run->name));
	for (size_t i = 0; i < run->message.count; i++)
		json_array_append_new(signatures, json_check(run, i));
	json_object_set_new(object, "signatures", signatures);
	json_object_set_new(object, "more", json_boolean(run->message.more));
	json_object_set_new(object, "arc", json_chain(run));
	if (run->has_author)
		json_object_set_new(object, "dmarc", json_author(run));
	text = json_dumps(object, JSON_COMPACT);
	shown = shown_json(run->arena, str_from(text));
	printf("%.*s\n", STR_FMT(shown));
	free(text);
	json_decref(object);
}

static int look_at(struct dns *dns, const struct options *options, const struct mail_item *item)
{
	struct arena *arena = arena_new();
	struct dkim_run run = { .arena = arena, .options = options, .name = item->name };
	struct message_limits limits = message_default_limits();
	struct dns_query *queries[DKIM_SIGNATURES_MAX] = { NULL };
	const struct message *message;
	struct dkim_input input;
	struct str text;
	struct error err;

	if (!mail_item_read(arena, item, &text, &err)) {
		fprintf(stderr, "assay dkim: %s\n", err.text);
		arena_free(arena);
		return EX_NOINPUT;
	}
	limits.max_bytes = text.len;
	message = message_parse(arena, text, &limits);
	input = (struct dkim_input){ .headers = message->raw_headers,
		                     .body = message->raw_body,
		                     .now = (int64_t)time(NULL) };
	dkim_read(arena, &input, &run.message);
	arc_read(arena, input, &run.message.fields, &run.arc);
	verify(&run, dns, queries);
	verify_chain(&run, dns);
	judge_author(&run, dns, message);
	(options->json ? print_json : print_text)(&run);
	for (size_t i = 0; i < DKIM_SIGNATURES_MAX; i++)
		if (queries[i] != NULL)
			dns_query_free(queries[i]);
	arena_free(arena);
	return EX_OK;
}

static int look_at_all(const struct options *options, struct mail_source *source)
{
	struct error error;
	struct dns *dns = dns_new(&options->dns, &error);
	struct mail_item item;
	int status = EX_OK;

	if (dns == NULL) {
		fprintf(stderr, "assay dkim: %s\n", error.text);
		return EX_CONFIG;
	}
	while (mail_source_next(source, &item)) {
		int code = look_at(dns, options, &item);

		status = code != EX_OK ? code : status;
	}
	dns_free(dns);
	return status;
}

static int add_all(struct mail_source *source, enum mail_form form, char **paths)
{
	static char *standard_input[] = { "-", NULL };
	struct error error;

	for (char **path = *paths != NULL ? paths : standard_input; *path != NULL; path++) {
		if (mail_source_add(source, form, *path, &error))
			continue;
		fprintf(stderr, "assay dkim: %s\n", error.text);
		return EX_NOINPUT;
	}
	return EX_OK;
}

int cli_dkim(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct mail_source *source = mail_source_new();
	struct options options = { 0 };
	int status = read_options(argc, argv, arena, &options);

	if (status == EX_OK && options.help) {
		fputs(help, stdout);
	} else if (status == EX_OK) {
		status = add_all(source, options.form, argv + optind);
		if (status == EX_OK)
			status = look_at_all(&options, source);
	}
	mail_source_free(source);
	arena_free(arena);
	return status;
}
