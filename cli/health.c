/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay health`: what the hosts that mail is forwarded to think of it, from the mail server's log.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "cli/health_follow.h"
#include "cli/health_output.h"
#include "cli/health_source.h"
#include "cli/option.h"
#include "cli/report_since.h"
#include "setup/setup.h"
#include "store/store.h"

/* A message may have waited so long in the queue before the time that is asked for. */
#define QUEUE_US (INT64_C(7) * 86400 * 1000000)

static const char help[] =
	"usage: assay health (--log FILE | --journal) [OPTION]...\n"
	"\n"
	"Tells what the hosts that mail is forwarded to think of it: what they accepted, put off\n"
	"and refused, and why, by destination. Reads the log of Postfix or Sendmail, joined by\n"
	"queue id with the records of assayd.\n"
	"\n"
	"      --log FILE        the mail log, such as /var/log/mail.log; \"-\": stdin\n"
	"      --journal         the system's journal\n"
	"      --since TIME      30m, 24h, 7d, a date as 2026-01-31, or all (default: 24h)\n"
	"  -c, --config FILE     the configuration (default: " CLI_DEFAULT_CONF ")\n"
	"      --store URI       instead of the configuration's store\n"
	"      --receivers FILE  the table of what replies mean, instead of the configuration's\n"
	"      --json            one JSON object\n"
	"      --follow          go on, and tell the filter which destinations dislike much: see\n"
	"                        adapt_discard in assay.conf(5)\n"
	"\n"
	"Exit status: 0; 64 for wrong arguments, 66 where the log can't be read, 74 where the store\n"
	"can't, 78 for an unusable configuration.\n";

struct health_options {
	const char *config, *log, *store, *receivers, *since;
	bool journal, json, follow, help;
	int64_t since_us;
};

static int read_option(int option, struct health_options *options)
{
	switch (option) {
	case 'c':
		options->config = optarg;
		return EX_OK;
	case 'l':
		options->log = optarg;
		return EX_OK;
	case 'J':
		options->journal = true;
		return EX_OK;
	case 's':
		options->store = optarg;
		return EX_OK;
	case 'r':
		options->receivers = optarg;
		return EX_OK;
	case 'S':
		options->since = optarg;
		if (report_read_since(optarg, &options->since_us))
			return EX_OK;
		return cli_usage_error(
			"health",
			"--since \"%s\" is no time that there is; write 30m, 24h, 7d, 2026-01-31, "
			"2026-01-31T18:00 or all",
			optarg);
	case 'j':
		options->json = true;
		return EX_OK;
	case 'f':
		options->follow = true;
		return EX_OK;
	case 'h':
		options->help = true;
		return EX_OK;
	default:
		return EX_USAGE;
	}
}

static int read_options(int argc, char **argv, struct health_options *options)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "log", required_argument, NULL, 'l' },
		{ "journal", no_argument, NULL, 'J' },
		{ "store", required_argument, NULL, 's' },
		{ "receivers", required_argument, NULL, 'r' },
		{ "since", required_argument, NULL, 'S' },
		{ "json", no_argument, NULL, 'j' },
		{ "follow", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, status = EX_OK;

	optind = 1;
	while (status == EX_OK && (option = option_next("health", argc, argv, "c:h", names)) != -1)
		status = read_option(option, options);
	if (status != EX_OK || options->help)
		return status;
	if (optind < argc)
		return cli_usage_error("health", "\"%s\" is no option; write --log %s",
		                       argv[optind], argv[optind]);
	if ((options->log != NULL) == options->journal)
		return cli_usage_error("health", "write either --log FILE or --journal");
	return EX_OK;
}

static bool add_record(const struct record *record, int64_t id, void *context)
{
	(void)id;
	health_add_record(context, record);
	return true;
}

static int read_records(struct health *health, const char *uri, int64_t since_us)
{
	struct store_query query = { .kinds = 1 << RECORD_FORWARDED | 1 << RECORD_OBSERVED,
		                     .since_us = since_us > QUEUE_US ? since_us - QUEUE_US : 0 };
	struct error err;
	struct store *store = store_open_reader(uri, &err);
	bool ok = store != NULL && store_read(store, &query, add_record, health, &err);

	if (store != NULL)
		store_close(store);
	if (ok)
		return EX_OK;
	fprintf(stderr, "assay health: %s\n", err.text);
	return EX_IOERR;
}

static int read_file(struct health *health, const char *path, int64_t since_s)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	int64_t now_s = (int64_t)time(NULL);
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int problem;

	if (file == NULL) {
		fprintf(stderr, "assay health: %s: %s\n", path, strerror(errno));
		return EX_NOINPUT;
	}
	while ((len = getline(&line, &size, file)) > 0)
		health_add_line(health, str_trim_right((struct str){ line, (size_t)len }), since_s,
		                now_s);
	problem = ferror(file) ? errno : 0;
	free(line);
	if (!is_stdin)
		fclose(file);
	if (problem == 0)
		return EX_OK;
	fprintf(stderr, "assay health: %s: %s\n", path, strerror(problem));
	return EX_IOERR;
}

struct journal {
	struct health *health;
	int64_t since_s, now_s;
};

static void add_line(struct str line, void *context)
{
	const struct journal *journal = context;

	health_add_line(journal->health, line, journal->since_s, journal->now_s);
}

static int read_journal(struct health *health, int64_t since_s)
{
	static const volatile sig_atomic_t never;
	struct journal journal = { health, since_s, (int64_t)time(NULL) };
	struct health_source *source = memory_calloc(1, sizeof(*source));
	struct error err;
	bool ok;

	source->line = add_line;
	source->context = &journal;
	source->stopped = &never;
	ok = health_source_journal(source, since_s, false, &err);
	while (ok && !source->ended)
		health_source_wait(source);
	ok = ok && health_source_close(source, &err);
	free(source);
	if (ok)
		return EX_OK;
	fprintf(stderr, "assay health: %s\n", err.text);
	return EX_NOINPUT;
}

static int follow(struct arena *arena, const struct health_options *options,
                  const struct settings *settings, struct health *health)
{
	const char *uri =
		options->store != NULL ? options->store : arena_cstr(arena, settings->store);
	struct health_follow follow = { .settings = settings,
		                        .health = health,
		                        .log = options->log };
	struct error err;
	int status;

	follow.store = store_open_reader(uri, &err);
	if (follow.store == NULL) {
		fprintf(stderr, "assay health: %s\n", err.text);
		return EX_IOERR;
	}
	status = health_follow(&follow);
	store_close(follow.store);
	return status;
}

static int run(struct arena *arena, const struct health_options *options)
{
	const char *config = options->config;
	struct problems problems;
	struct receivers receivers;
	struct settings settings;
	struct health *health;
	int64_t since_s = options->since_us / 1000000;
	int status;

	problems_init(&problems, arena);
	settings_init(&settings, arena);
	if (config == NULL && access(CLI_DEFAULT_CONF, F_OK) == 0)
		config = CLI_DEFAULT_CONF;
	if ((config != NULL && !settings_read(&settings, arena, config, &problems)) ||
	    !receivers_read(arena,
	                    options->receivers != NULL
	                            ? options->receivers
	                            : arena_cstr(arena, settings.health_receivers),
	                    &receivers, &problems)) {
		setup_print_problems(&problems);
		return EX_CONFIG;
	}
	health = health_new(&receivers);
	if (options->follow) {
		status = follow(arena, options, &settings, health);
		health_free(health);
		return status;
	}
	status = read_records(
		health, options->store != NULL ? options->store : arena_cstr(arena, settings.store),
		options->since_us);
	if (status == EX_OK)
		status = options->journal ? read_journal(health, since_s)
		                          : read_file(health, options->log, since_s);
	if (status == EX_OK) {
		health_settle(health, true);
		health_output_print(health, options->json);
	}
	health_free(health);
	return status;
}

int cli_health(int argc, char **argv)
{
	struct health_options options = { .since = "24h" };
	struct arena *arena;
	int status;

	report_read_since(options.since, &options.since_us);
	status = read_options(argc, argv, &options);
	if (status != EX_OK)
		return status;
	if (options.help) {
		fputs(help, stdout);
		return EX_OK;
	}
	arena = arena_new();
	status = run(arena, &options);
	arena_free(arena);
	return status;
}
