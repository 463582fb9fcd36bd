/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `assay lists`: the DNS lists that the rules ask, whether each is used, and what to do where it is
 * not. What the running filter knows, by its file, or else what the lists' test entries show now.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/plural.h"
#include "cli/cli.h"
#include "cli/option.h"
#include "facts/dns_list.h"
#include "facts/dns_list_file.h"
#include "facts/lookups.h"
#include "setup/setup.h"

/* The filter writes its file every 20 seconds; one that is older than this, or of the future, is no
 * running one's. */
#define FRESH_US (INT64_C(90) * 1000000)

struct lists_options {
	struct cli_conf conf;
	bool probe;
	bool json;
	bool exit_code;
	bool help;
};

/* Where the reports are from. */
struct lists_source {
	bool is_filter;
	int64_t age_us;
};

static const char help[] =
	"usage: assay lists [OPTION]...\n"
	"\n"
	"Tells which DNS lists the rules ask, whether each is used, and what to do where it is not:\n"
	"as the running assayd knows it, or, where there is none, by asking for the lists' test\n"
	"entries (RFC 5782).\n"
	"\n"
	"  -c, --config FILE     the configuration (default: /etc/assay/assay.conf)\n"
	"      --rules PATH      a rule file or directory instead of those of the configuration\n"
	"      --probe           ask for the test entries now, whatever runs\n"
	"      --json            print one JSON object\n"
	"      --exit-code       exit with 1 where a list is suspended\n"
	"\n"
	"Exit status: 0; 1 with --exit-code; 64 wrong arguments; 78 a mistake in the configuration.\n";

static int read_options(int argc, char **argv, struct arena *arena, struct lists_options *options)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "rules", required_argument, NULL, 'r' },
		{ "probe", no_argument, NULL, 'p' },
		{ "json", no_argument, NULL, 'j' },
		{ "exit-code", no_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	optind = 1;
	while ((option = option_next("lists", argc, argv, "c:h", names)) != -1) {
		if (option == 'c')
			options->conf.path = optarg;
		else if (option == 'r')
			vec_push(arena, &options->conf.rules, str_from(optarg));
		else if (option == 'p')
			options->probe = true;
		else if (option == 'j')
			options->json = true;
		else if (option == 'e')
			options->exit_code = true;
		else if (option == 'h')
			options->help = true;
		else
			return EX_USAGE;
	}
	if (optind < argc && !options->help)
		return cli_usage_error("lists", "unexpected argument \"%s\"", argv[optind]);
	return EX_OK;
}

static bool is_zone_of(const struct dns_list_reports *reports, struct str zone)
{
	const struct dns_list_report *report;

	vec_foreach (reports, report) {
		if (report->kinds != 0 && str_eq(report->zone, zone))
			return true;
	}
	return false;
}

/* What the running filter knows of the lists that the rules name now. */
static bool read_filter(struct arena *arena, const struct settings *settings,
                        struct dns_list_reports *reports, struct lists_source *source)
{
	struct dns_list_reports known, named = *reports;
	const struct dns_list_report *report;
	struct error error;

	if (settings->lists_file.len == 0 ||
	    !dns_list_file_read(arena, arena_cstr(arena, settings->lists_file), &known,
	                        &source->age_us, &error) ||
	    source->age_us > FRESH_US || source->age_us < -FRESH_US)
		return false;
	*reports = (struct dns_list_reports){ 0 };
	vec_foreach (&known, report) {
		if (is_zone_of(&named, report->zone))
			vec_push(arena, reports, *report);
	}
	source->is_filter = true;
	return true;
}

static bool probe_now(struct arena *arena, const struct policy *policy,
                      struct dns_list_reports *reports)
{
	struct dns_settings dns = policy_dns_settings(policy);
	struct error error;
	struct lookups *lookups = lookups_new(&dns, policy->settings.spf_timeout, &error);

	if (lookups == NULL) {
		fprintf(stderr, "assay lists: %s\n", error.text);
		return false;
	}
	dns_lists_probe(lookups->dns);
	/* Each question ends by itself. */
	dns_lists_settle(deadline_never());
	lookups_free(lookups);
	dns_lists_report(arena, reports);
	return true;
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static int64_t seconds_since(int64_t then_us)
{
	return (clock_monotonic_us() - then_us) / 1000000;
}

static int64_t mean_us(const struct dns_list_report *report)
{
	return report->asked > 0 ? report->waited_us / (int64_t)report->asked
	                         : report->probe_took_us;
}

static void print_list(const struct dns_list_report *report)
{
	printf("%-36.*s %-11s %9" PRIu64 " %6.1f%% %6.0f ms %8" PRIu64 "\n", STR_FMT(report->zone),
	       dns_list_state_name(report), report->asked, percent(report->listed, report->asked),
	       (double)mean_us(report) / 1000, report->timeouts + report->failures);
	if (report->trouble != DNS_LIST_FINE)
		printf("    %s, for %" PRId64 " s; %" PRIu64
		       " %s not asked; tried again in %" PRId64 " s\n    to do: %s\n",
		       dns_list_trouble_text(report->trouble), seconds_since(report->since_us),
		       report->refused, plural(report->refused, "question", "questions"),
		       report->probe_us > clock_monotonic_us() ? -seconds_since(report->probe_us)
		                                               : 0,
		       dns_list_advice(report->trouble));
	else if (report->probed && !report->confirmed)
		printf("    its test entry (RFC 5782) is not there; look whether the list is still "
		       "in service\n");
}

static void print_lists(const struct dns_list_reports *reports, const struct lists_source *source)
{
	const struct dns_list_report *report;

	if (source->is_filter)
		printf("As assayd knows it, %" PRId64 " s ago:\n", source->age_us / 1000000);
	else
		printf("By the lists' test entries, asked for now:\n");
	printf("%-36s %-11s %9s %7s %9s %8s\n", "list", "state", "asked", "listed", "time",
	       "errors");
	vec_foreach (reports, report) {
		if (report->kinds != 0)
			print_list(report);
	}
}

static json_t *json_list(const struct dns_list_report *report)
{
	json_t *object = json_object();

	json_object_set_new(object, "list", json_stringn(report->zone.data, report->zone.len));
	json_object_set_new(object, "state", json_string(dns_list_state_name(report)));
	json_object_set_new(object, "asked", json_integer((json_int_t)report->asked));
	json_object_set_new(object, "listed", json_integer((json_int_t)report->listed));
	json_object_set_new(object, "hit_rate",
	                    json_real(percent(report->listed, report->asked) / 100));
	json_object_set_new(object, "notices", json_integer((json_int_t)report->notices));
	json_object_set_new(object, "mean_ms", json_real((double)mean_us(report) / 1000));
	json_object_set_new(object, "longest_ms", json_real((double)report->longest_us / 1000));
	json_object_set_new(object, "timeouts", json_integer((json_int_t)report->timeouts));
	json_object_set_new(object, "failures", json_integer((json_int_t)report->failures));
	json_object_set_new(object, "not_asked", json_integer((json_int_t)report->refused));
	json_object_set_new(object, "state_seconds", json_integer(seconds_since(report->since_us)));
	json_object_set_new(object, "reason", json_string(dns_list_trouble_text(report->trouble)));
	json_object_set_new(object, "advice", json_string(dns_list_advice(report->trouble)));
	return object;
}

static void print_json(const struct dns_list_reports *reports, const struct lists_source *source)
{
	json_t *object = json_object(), *lists = json_array();
	const struct dns_list_report *report;

	json_object_set_new(object, "source", json_string(source->is_filter ? "assayd" : "probe"));
	json_object_set_new(object, "age_seconds", json_integer(source->age_us / 1000000));
	vec_foreach (reports, report) {
		if (report->kinds != 0)
			json_array_append_new(lists, json_list(report));
	}
	json_object_set_new(object, "lists", lists);
	json_dumpf(object, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(object);
}

static bool any_suspended(const struct dns_list_reports *reports)
{
	const struct dns_list_report *report;

	vec_foreach (reports, report) {
		if (report->kinds != 0 && report->trouble != DNS_LIST_FINE)
			return true;
	}
	return false;
}

static int tell(struct arena *arena, const struct lists_options *options,
                const struct policy *policy)
{
	const struct settings *settings = &policy->settings;
	struct lists_source source = { 0 };
	struct dns_list_reports reports;

	dns_lists_report(arena, &reports);
	if ((options->probe || !read_filter(arena, settings, &reports, &source)) &&
	    !probe_now(arena, policy, &reports))
		return EX_CONFIG;
	if (options->json)
		print_json(&reports, &source);
	else if (reports.len == 0)
		printf("The rules ask no list%s.\n",
		       settings->network_tests ? "" : ", since network_tests is no");
	else
		print_lists(&reports, &source);
	return options->exit_code && any_suspended(&reports) ? 1 : EX_OK;
}

int cli_lists(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct lists_options options = { 0 };
	struct problems problems;
	struct policy *policy;
	int status = read_options(argc, argv, arena, &options);

	if (status != EX_OK || options.help) {
		if (options.help)
			fputs(help, stdout);
		arena_free(arena);
		return status;
	}
	problems_init(&problems, arena);
	policy = cli_load_policy(&options.conf, &problems);
	setup_print_problems(&problems);
	status = policy != NULL ? tell(arena, &options, policy) : EX_CONFIG;
	if (policy != NULL)
		policy_free(policy);
	arena_free(arena);
	return status;
}
