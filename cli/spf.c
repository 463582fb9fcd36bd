/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `assay spf`: the SPF result for a client, HELO and sender, with the mechanism that decided, the
 * domain's explanation, and every lookup that was made. For support staff.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/shown.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/dns_options.h"
#include "cli/json_text.h"
#include "cli/option.h"
#include "facts/spf.h"
#include "facts/spf_header.h"
#include "web/pasted.h"

struct options {
	struct spf_input input;
	struct dns_settings dns;
	int64_t timeout_ms;
	bool json;
	bool help;
};

static const char help[] =
	"usage: assay spf --ip ADDRESS [--helo NAME] [--from ADDRESS] [OPTION]...\n"
	"\n"
	"Tells whether the domain of a sender lets an IP address send its mail (SPF, RFC 7208).\n"
	"\n"
	"  --ip ADDRESS            the client, IPv4 or IPv6\n"
	"  --helo NAME             what it said in HELO or EHLO\n"
	"  --from ADDRESS          what it said in MAIL FROM; without it, or empty, the null "
	"sender\n"
	"  --receiver NAME         our own host name (default: the system's)\n"
	"  --dns-server ADDR[@PORT]  may be repeated (default: those of /etc/resolv.conf)\n"
	"  --dns-timeout SECONDS   for one lookup (default: 5)\n"
	"  --timeout SECONDS       for the whole check (default: 20)\n"
	"  --json                  print one JSON object\n"
	"\n"
	"Exit status: 0 whatever the result is, 64 for wrong arguments, 78 for unusable servers.\n";

static int read_option(int option, struct arena *arena, struct options *options)
{
	switch (option) {
	case 'i':
		options->input.client_ip = str_from(optarg);
		return EX_OK;
	case 'h':
		options->input.helo = str_from(optarg);
		return EX_OK;
	case 'f':
		options->input.sender = pasted_address(arena, str_from(optarg));
		return EX_OK;
	case 'r':
		options->input.receiver = str_from(optarg);
		return EX_OK;
	case 's':
		return dns_options_server(arena, "spf", optarg, &options->dns);
	case 'd':
		return dns_options_seconds("spf", optarg, &options->dns.timeout_ms);
	case 't':
		return dns_options_seconds("spf", optarg, &options->timeout_ms);
	case 'j':
		options->json = true;
		return EX_OK;
	case 'H':
		options->help = true;
		return EX_OK;
	default:
		return EX_USAGE;
	}
}

static int read_options(int argc, char **argv, struct arena *arena, struct options *options)
{
	static const struct option names[] = {
		{ "ip", required_argument, NULL, 'i' },
		{ "helo", required_argument, NULL, 'h' },
		{ "from", required_argument, NULL, 'f' },
		{ "receiver", required_argument, NULL, 'r' },
		{ "dns-server", required_argument, NULL, 's' },
		{ "dns-timeout", required_argument, NULL, 'd' },
		{ "timeout", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'H' },
		{ 0 },
	};
	static char host[256];
	int option, status = EX_OK;

	if (gethostname(host, sizeof(host) - 1) == 0)
		options->input.receiver = str_from(host);
	optind = 1;
	while (status == EX_OK && (option = option_next("spf", argc, argv, "", names)) != -1)
		status = read_option(option, arena, options);
	if (status != EX_OK || options->help)
		return status;
	if (optind < argc)
		return cli_usage_error("spf", "unexpected argument \"%s\"", argv[optind]);
	if (options->input.client_ip.len == 0)
		return cli_usage_error("spf", "--ip is missing");
	return EX_OK;
}

static json_t *json_outcome(struct arena *arena, const struct spf_outcome *outcome)
{
	json_t *object = json_object(), *lookups = json_array();

	json_object_set_new(object, "result", json_string(spf_status_name(outcome->status)));
	json_text_set(arena, object, "identity", outcome->identity);
	json_text_set(arena, object, "domain", outcome->domain);
	json_text_set(arena, object, "mechanism", outcome->mechanism);
	json_text_set(arena, object, "decided_in", outcome->decided_in);
	json_text_set(arena, object, "explanation", outcome->explanation);
	json_text_set(arena, object, "problem", outcome->problem);
	json_object_set_new(object, "terms", json_integer(outcome->terms));
	json_object_set_new(object, "void_lookups", json_integer(outcome->void_lookups));
	for (size_t i = 0; i < outcome->lookup_count; i++) {
		const struct spf_lookup *lookup = &outcome->lookups[i];
		json_t *item = json_object();

		json_text_set(arena, item, "name", lookup->name);
		json_object_set_new(item, "type", json_string(dns_type_name(lookup->type)));
		json_object_set_new(item, "status", json_string(dns_status_name(lookup->status)));
		json_text_set(arena, item, "answer", lookup->answer);
		json_array_append_new(lookups, item);
	}
	json_object_set_new(object, "lookups", lookups);
	return object;
}

static void print_json(struct arena *arena, const struct spf_result *result)
{
	json_t *object = json_object();
	struct str json;
	char *text;

	json_object_set_new(object, "result",
	                    json_string(spf_status_name(result->mail_from.status)));
	json_text_set(arena, object, "client_ip", result->client_ip);
	json_object_set_new(object, "mailfrom", json_outcome(arena, &result->mail_from));
	json_object_set_new(object, "helo", json_outcome(arena, &result->helo_check));
	json_object_set_new(object, "timed_out", json_boolean(result->timed_out));
	json_object_set_new(object, "time_us", json_integer(result->microseconds));
	text = json_dumps(object, JSON_INDENT(2));
	json = shown_json(arena, str_from(text));
	printf("%.*s\n", STR_FMT(json));
	free(text);
	json_decref(object);
}

static void print_line(struct arena *arena, const char *label, struct str text)
{
	if (text.len > 0)
		printf("  %-12s %.*s\n", label, STR_FMT(shown_text(arena, text)));
}

static void print_outcome(struct arena *arena, const char *name, const struct spf_outcome *outcome,
                          struct str client_ip)
{
	printf("%s %.*s: %s\n", name, STR_FMT(shown_text(arena, outcome->identity)),
	       spf_status_name(outcome->status));
	print_line(arena, "meaning", spf_sentence(arena, outcome, client_ip));
	print_line(arena, "mechanism", outcome->mechanism);
	print_line(arena, "by way of", outcome->decided_in);
	print_line(arena, "explanation", outcome->explanation);
	printf("  %-12s %u of at most 10 terms asked the DNS, %u of at most 2 found nothing\n",
	       "limits", outcome->terms, outcome->void_lookups);
	for (size_t i = 0; i < outcome->lookup_count; i++) {
		const struct spf_lookup *lookup = &outcome->lookups[i];

		printf("  %-12s %s %.*s: %.*s\n", i == 0 ? "lookups" : "",
		       dns_type_name(lookup->type), STR_FMT(shown_text(arena, lookup->name)),
		       STR_FMT(shown_text(arena, lookup->answer)));
	}
}

static void print_text(struct arena *arena, const struct spf_result *result)
{
	print_outcome(arena, "MAIL FROM", &result->mail_from, result->client_ip);
	if (result->sender.len > 0)
		print_outcome(arena, "HELO", &result->helo_check, result->client_ip);
}

static int check(struct arena *arena, const struct options *options)
{
	const struct spf_result *result;
	struct spf_check *running;
	struct error error;
	struct dns *dns = dns_new(&options->dns, &error);
	struct spf *spf;

	if (dns == NULL) {
		fprintf(stderr, "assay spf: %s\n", error.text);
		return EX_CONFIG;
	}
	spf = spf_new(dns, options->timeout_ms);
	running = spf_check_start(spf, &options->input);
	if (running != NULL) {
		result = spf_check_await(arena, running, deadline_never());
		if (options->json)
			print_json(arena, result);
		else
			print_text(arena, result);
	}
	dns_free(dns);
	spf_free(spf);
	return running != NULL ? EX_OK
	                       : cli_usage_error("spf", "\"%.*s\" is no IP address",
	                                         STR_FMT(options->input.client_ip));
}

int cli_spf(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct options options = { 0 };
	int status = read_options(argc, argv, arena, &options);

	if (status == EX_OK && options.help)
		fputs(help, stdout);
	else if (status == EX_OK)
		status = check(arena, &options);
	arena_free(arena);
	return status;
}
