/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay report`: what was done with mail, from the store's records. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/map.h"
#include "base/shown.h"
#include "base/suggest.h"
#include "cli/cli.h"
#include "cli/option.h"
#include "cli/report_acts.h"
#include "cli/report_digest.h"
#include "cli/report_output.h"
#include "cli/report_since.h"
#include "setup/setup.h"
#include "store/store.h"
#include "web/pasted.h"

#define FOLLOW_INTERVAL_US 200000
#define DEFAULT_SINCE      "24h"

static const char help[] =
	"usage: assay report REPORT [OPTION]...\n"
	"       assay report message ID [OPTION]...\n"
	"       assay report digest --account NAME [OPTION]...\n"
	"\n"
	"Reports what was done with mail, from the records of assayd.\n"
	"\n"
	"  forwarded-discards  forwarded mail that was dropped, by destination and recipient\n"
	"  infected            mail with malware, dropped or tagged\n"
	"  deliveries          mail accepted for mailboxes and for forwarding\n"
	"  tagged              mail whose Subject was tagged\n"
	"  rejects             refused recipients, counted by domain\n"
	"  digest              one mail of what was dropped or tagged, with links; see\n"
	"                      assay report digest --help\n"
	"  message ID          all about one message, by scan id, queue id or Message-ID\n"
	"\n"
	"  -c, --config FILE   the configuration (default: " CLI_DEFAULT_CONF ")\n"
	"      --store URI     instead of the configuration's store\n"
	"      --account NAME  only this recipient, or recipients in this domain\n"
	"      --to NAME       only this destination, or destinations in this domain\n"
	"      --since TIME    30m, 24h, 7d, a date as 2026-01-31, or all (default: " DEFAULT_SINCE
	")\n"
	"      --observed      of forwarded-discards: what would have been dropped, had its\n"
	"                      destination not been set to observe\n"
	"      --follow        go on with new records as they are made\n"
	"      --json          one JSON object per line\n"
	"\n"
	"Exit status: 0; 1 where `message` finds none, 64 for wrong arguments, 74 where the store\n"
	"cannot be read, 78 for an unusable configuration.\n";

enum report_style {
	STYLE_GROUPS,
	STYLE_LINES,
	STYLE_COUNTS,
	STYLE_MESSAGE,
};

struct report_type {
	const char *name;
	enum report_style style;
	unsigned kinds;
	bool tagged_only;
	bool infected_only;
};

#define DELIVERED_KINDS (1 << RECORD_DELIVERED | 1 << RECORD_FORWARDED | 1 << RECORD_OBSERVED)

static const struct report_type types[] = {
	{ "forwarded-discards", STYLE_GROUPS,
	  1 << RECORD_DISCARDED | 1 << RECORD_DISCARDED_INFECTED, false, false },
	{ "infected", STYLE_LINES, 1 << RECORD_DISCARDED_INFECTED | DELIVERED_KINDS, false, true },
	{ "deliveries", STYLE_LINES, DELIVERED_KINDS, false, false },
	{ "tagged", STYLE_LINES, DELIVERED_KINDS, true, false },
	{ "rejects", STYLE_COUNTS, 0, false, false },
	{ "message", STYLE_MESSAGE, 0, false, false },
};
#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

struct options {
	const char *config;
	const char *store;
	const char *since;
	struct store_query query;
	bool observed;
	bool follow;
	bool json;
	bool help;
};

struct run {
	const struct report_type *type;
	const struct options *options;
	struct store *store;
	struct report_json *json;
	struct policy *policy;    /* for the descriptions of rules; or NULL */
	struct map *domains;      /* counts of rejects */
	struct report_acts *acts; /* of one message; or NULL */
	const char *uri;          /* of the store */
	struct arena *arena;
	size_t shown;
	int64_t last_id;
};

/* Arguments. */

static int read_option(int option, struct options *options)
{
	switch (option) {
	case 'c':
		options->config = optarg;
		return EX_OK;
	case 's':
		options->store = optarg;
		return EX_OK;
	case 'a':
		options->query.account = optarg;
		return EX_OK;
	case 't':
		options->query.destination = optarg;
		return EX_OK;
	case 'S':
		options->since = optarg;
		if (report_read_since(optarg, &options->query.since_us))
			return EX_OK;
		return cli_usage_error(
			"report",
			"--since \"%s\" is no time that there is; write 30m, 24h, 7d, 2026-01-31, "
			"2026-01-31T18:00 or all",
			optarg);
	case 'o':
		options->observed = true;
		return EX_OK;
	case 'f':
		options->follow = true;
		return EX_OK;
	case 'j':
		options->json = true;
		return EX_OK;
	case 'h':
		options->help = true;
		return EX_OK;
	default:
		return EX_USAGE;
	}
}

static int read_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "store", required_argument, NULL, 's' },
		{ "account", required_argument, NULL, 'a' },
		{ "to", required_argument, NULL, 't' },
		{ "since", required_argument, NULL, 'S' },
		{ "observed", no_argument, NULL, 'o' },
		{ "follow", no_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, status = EX_OK;

	optind = 1;
	while (status == EX_OK && (option = option_next("report", argc, argv, "c:h", names)) != -1)
		status = read_option(option, options);
	return status;
}

static const struct report_type *find_type(const char *name)
{
	struct suggestion near = { 0 };

	for (size_t i = 0; i < TYPE_COUNT; i++) {
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
		suggest_consider(&near, str_from(name), types[i].name);
	}
	if (near.word != NULL)
		cli_usage_error("report", "there is no report \"%s\"; did you mean \"%s\"?", name,
		                near.word);
	else
		cli_usage_error("report", "there is no report \"%s\"", name);
	return NULL;
}

/* Reports. */

static void show_message(struct run *run, const struct record *record)
{
	struct act_list acts;
	struct error err;

	if (!report_acts_of(run->acts, record, &acts, &err))
		fprintf(stderr, "assay report: %s\n", err.text);
	if (run->options->json)
		report_json_record(run->json, record, &acts);
	else
		report_print_record(record, &acts,
		                    run->policy != NULL ? run->policy->ruleset : NULL);
}

static bool show_record(const struct record *record, int64_t id, void *context)
{
	struct run *run = context;

	run->shown++;
	if (id > run->last_id)
		run->last_id = id;
	if (run->type->style == STYLE_MESSAGE)
		show_message(run, record);
	else if (run->options->json)
		report_json_record(run->json, record, NULL);
	else
		report_print_line(record);
	return !ferror(stdout);
}

static int fail(const struct error *err)
{
	fprintf(stderr, "assay report: %s\n", err->text);
	return EX_IOERR;
}

/* On stderr, so that programs which read the report see nothing in it. */
static void tell_empty(const struct run *run)
{
	if (run->shown > 0 || run->options->json)
		return;
	fprintf(stderr, "assay report: nothing to report of %s, with --since %s\n", run->type->name,
	        run->options->since);
}

/* New records until a signal or a closed pipe ends it. */
static int follow(struct run *run, struct store_query query)
{
	struct error err;

	query.since_us = 0;
	while (!ferror(stdout) && fflush(stdout) == 0) {
		query.after_id = run->last_id;
		if (!store_read(run->store, &query, show_record, run, &err))
			return fail(&err);
		usleep(FOLLOW_INTERVAL_US);
	}
	return EX_OK;
}

static bool read_groups(struct run *run, const struct store_query *query, struct error *err_r)
{
	struct report_groups *groups = report_groups_new(run->arena);

	if (!store_read_groups(run->store, query, report_groups_add, groups, err_r))
		return false;
	run->shown += report_groups_count(groups);
	report_groups_print(groups);
	return true;
}

static int report_records(struct run *run)
{
	struct store_query query = run->options->query;
	struct error err;
	int64_t newest;
	bool grouped = run->type->style == STYLE_GROUPS && !run->options->json;

	query.kinds = run->options->observed ? 1 << RECORD_OBSERVED : run->type->kinds;
	query.tagged_only = run->type->tagged_only;
	query.infected_only = run->type->infected_only;
	/* What arrives during the report is for --follow. */
	if (!store_newest_id(run->store, &newest, &err))
		return fail(&err);
	query.up_to_id = newest;
	if (!(grouped ? read_groups(run, &query, &err)
	              : store_read(run->store, &query, show_record, run, &err)))
		return fail(&err);
	query.up_to_id = 0;
	run->last_id = newest;
	if (run->options->follow)
		return follow(run, query);
	tell_empty(run);
	return EX_OK;
}

static bool add_count(const struct store_count *count, void *context)
{
	struct run *run = context;
	struct str key;
	int64_t *sum;

	run->shown++;
	if (run->options->json) {
		report_json_count(run->json, count);
		return true;
	}
	key = arena_printf(run->arena, "%s\t%s", count->domain, report_kind_name(count->kind));
	sum = map_get(run->domains, key);
	if (sum == NULL) {
		sum = arena_new_object(run->arena, int64_t);
		map_set(run->domains, key, sum);
	}
	*sum += count->count;
	return true;
}

static int report_counts(struct run *run)
{
	const struct store_query *query = &run->options->query;
	struct error err;

	run->domains = map_new(run->arena, MAP_EXACT);
	if (!store_read_counts(run->store, query->since_us, query->account, add_count, run, &err))
		return fail(&err);
	for (size_t i = 0; i < map_len(run->domains); i++) {
		struct str key, domain;
		int64_t *sum = map_at(run->domains, i, &key);
		ptrdiff_t tab = str_rfind_char(key, '\t');

		domain = shown_text(run->arena, str_prefix(key, (size_t)tab));
		printf("%7lld  %-13s %.*s\n", (long long)*sum, key.data + tab + 1, STR_FMT(domain));
	}
	tell_empty(run);
	return EX_OK;
}

static int report_message(struct run *run)
{
	struct store_query query = { .message = run->options->query.message };
	struct cli_conf conf = { .path = run->options->config };
	struct problems problems;
	struct error err;
	bool ok;

	run->acts = report_acts_open(run->arena, run->uri, &err);
	if (run->acts == NULL)
		return fail(&err);
	/* Without descriptions, rules are still named. */
	problems_init(&problems, run->arena);
	run->policy = cli_load_policy(&conf, &problems);
	if (run->policy != NULL)
		run->json = report_json_new(run->arena, run->policy->ruleset);
	ok = store_read(run->store, &query, show_record, run, &err);
	report_acts_close(run->acts);
	policy_free(run->policy);
	if (!ok)
		return fail(&err);
	if (run->shown > 0)
		return EX_OK;
	fprintf(stderr, "assay report: no record of \"%.*s\"\n",
	        STR_FMT(shown_text(run->arena, str_from(query.message))));
	return 1;
}

static int run_report(struct run *run)
{
	switch (run->type->style) {
	case STYLE_GROUPS:
	case STYLE_LINES:
		return report_records(run);
	case STYLE_COUNTS:
		return report_counts(run);
	case STYLE_MESSAGE:
		return report_message(run);
	}
	return EX_SOFTWARE;
}

/* The store's URI, or NULL with its problems printed. */
static const char *find_store(struct arena *arena, const struct options *options)
{
	const char *path = options->config;
	struct problems problems;
	struct settings settings;

	if (options->store != NULL)
		return options->store;
	problems_init(&problems, arena);
	settings_init(&settings, arena);
	if (path == NULL && access(CLI_DEFAULT_CONF, F_OK) == 0)
		path = CLI_DEFAULT_CONF;
	if (path == NULL || settings_read(&settings, arena, path, &problems))
		return arena_cstr(arena, settings.store);
	setup_print_problems(&problems);
	return NULL;
}

static int open_and_run(struct arena *arena, const struct report_type *type,
                        const struct options *options)
{
	struct run run = { .type = type, .options = options, .arena = arena };
	const char *uri = find_store(arena, options);
	struct error err;
	int status;

	if (uri == NULL)
		return EX_CONFIG;
	run.uri = uri;
	run.json = report_json_new(arena, NULL);
	run.store = store_open_reader(uri, &err);
	if (run.store == NULL)
		return fail(&err);
	status = run_report(&run);
	store_close(run.store);
	return status;
}

/* An address with nothing left must not ask for everything. */
static bool take_pasted(struct arena *arena, const char **value, const char *what,
                        struct str (*read)(struct arena *arena, struct str text))
{
	struct str text;

	if (*value == NULL)
		return true;
	text = read(arena, str_from(*value));
	if (text.len == 0) {
		cli_usage_error("report", "%s \"%s\" names nothing", what, *value);
		return false;
	}
	*value = arena_cstr(arena, text);
	return true;
}

static bool take_all_pasted(struct arena *arena, struct store_query *query)
{
	return take_pasted(arena, &query->account, "--account", pasted_account) &&
	       take_pasted(arena, &query->destination, "--to", pasted_account) &&
	       take_pasted(arena, &query->message, "the message", pasted_message);
}

int cli_report(int argc, char **argv)
{
	struct options options = { .since = DEFAULT_SINCE };
	const struct report_type *type;
	struct arena *arena;
	int status, wanted;

	if (argc > 1 && strcmp(argv[1], "digest") == 0)
		return report_digest(argc - 1, argv + 1);
	report_read_since(options.since, &options.query.since_us);
	status = read_options(argc, argv, &options);
	if (status != EX_OK)
		return status;
	if (options.help) {
		fputs(help, stdout);
		return EX_OK;
	}
	if (optind == argc)
		return cli_usage_error("report", "say which report");
	type = find_type(argv[optind]);
	if (type == NULL)
		return EX_USAGE;
	if (options.observed && type->style != STYLE_GROUPS)
		return cli_usage_error("report", "--observed goes with forwarded-discards only");
	wanted = type->style == STYLE_MESSAGE ? 2 : 1;
	if (argc - optind < wanted)
		return cli_usage_error("report", "say which message");
	if (argc - optind > wanted)
		return cli_usage_error("report", "unexpected argument \"%s\"",
		                       argv[optind + wanted]);
	if (wanted == 2)
		options.query.message = argv[optind + 1];
	/* A closed pipe ends a report; that is not an error. */
	signal(SIGPIPE, SIG_DFL);
	arena = arena_new();
	status = take_all_pasted(arena, &options.query) ? open_and_run(arena, type, &options)
	                                                : EX_USAGE;
	arena_free(arena);
	return status;
}
