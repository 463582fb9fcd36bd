/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay store`: brings what a damaged file of records still holds into the present one. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/plural.h"
#include "cli/cli.h"
#include "cli/option.h"
#include "setup/setup.h"
#include "store/people.h"
#include "store/store.h"
#include "store/store_recover.h"

static const char help[] =
	"usage: assay store recover [-c FILE] [--store URI] DAMAGED\n"
	"\n"
	"Brings what can be read of DAMAGED, a file of SQLite that assayd has moved away (the log names\n"
	"it), into the store that is in use: records, and lists of senders. It may be done while assayd\n"
	"runs, and again: what is there already is not there twice. DAMAGED stays as it is.\n"
	"\n"
	"  -c, --config FILE  the configuration (default: " CLI_DEFAULT_CONF ")\n"
	"      --store URI    instead of the configuration's store\n"
	"\n"
	"Exit status: 0; 64 wrong arguments, 65 where nothing can be read of the file, 66 where it can't\n"
	"be opened, 75 where the store can't be written, 78 for an unusable configuration.\n";

struct store_options {
	struct arena *arena;
	const char *config;
	const char *store;
	const char *damaged;
};

static int fail(int status, const char *why)
{
	fprintf(stderr, "assay store: %s\n", why);
	return status;
}

static bool is_same_file(const char *path, const char *uri)
{
	struct stat one, other;

	return strncmp(uri, "sqlite:", 7) == 0 && stat(path, &one) == 0 &&
	       stat(uri + 7, &other) == 0 && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

static void print_recovery(const struct store_options *options,
                           const struct store_recovery *recovery)
{
	printf("%s: %zu %s found, %zu of them of dropped mail, and %zu %s of lists; all of "
	       "them are in the store now\n",
	       options->damaged, recovery->records,
	       plural(recovery->records, "record was", "records were"), recovery->discards,
	       recovery->entries, plural(recovery->entries, "entry", "entries"));
	if (recovery->headless)
		puts("Its first page is damaged, so that it does not tell what had been removed: "
		     "records older than records_keep may be back, and go again.");
}

static int recover_into(const struct store_options *options, struct store *store,
                        struct people_store *people)
{
	struct store_recovery recovery;
	struct error err;

	if (!store_recover(options->damaged, store, people, &recovery, &err))
		return fail(EX_TEMPFAIL, err.text);
	if (recovery.records == 0 && recovery.entries == 0) {
		fprintf(stderr, "assay store: %s: no records can be read of it\n",
		        options->damaged);
		return EX_DATAERR;
	}
	print_recovery(options, &recovery);
	return EX_OK;
}

static int recover(const struct store_options *options, const char *uri)
{
	struct people_store *people = NULL;
	struct store *store = NULL;
	struct error err;
	struct stat st;
	int status = EX_TEMPFAIL;

	if (stat(options->damaged, &st) != 0 || !S_ISREG(st.st_mode)) {
		fprintf(stderr, "assay store: %s: there is no such file\n", options->damaged);
		return EX_NOINPUT;
	}
	if (is_same_file(options->damaged, uri))
		return fail(EX_USAGE,
		            "this file is the store in use; name the one that was moved away");
	store = store_open(uri, &err);
	if (store != NULL)
		people = people_open(uri, PEOPLE_EDIT, &err);
	if (people != NULL)
		status = recover_into(options, store, people);
	else
		fail(status, err.text);
	people_close(people);
	store_close(store);
	return status;
}

static int run(const struct store_options *options)
{
	struct cli_conf conf = { .path = options->config };
	struct settings settings;
	struct problems problems;

	problems_init(&problems, options->arena);
	settings_init(&settings, options->arena);
	if (options->store == NULL && cli_conf_path(&conf) != NULL &&
	    !settings_read(&settings, options->arena, cli_conf_path(&conf), &problems)) {
		setup_print_problems(&problems);
		return EX_CONFIG;
	}
	return recover(options, options->store != NULL
	                                ? options->store
	                                : arena_cstr(options->arena, settings.store));
}

static int read_words(int count, char **words, struct store_options *options)
{
	if (count == 0)
		return cli_usage_error("store", "say what to do: recover");
	if (strcmp(words[0], "recover") != 0)
		return cli_usage_error("store", "unknown command \"%s\"; write recover", words[0]);
	if (count == 1)
		return cli_usage_error("store", "no file; name the one that was moved away");
	if (count > 2)
		return cli_usage_error("store", "unexpected argument \"%s\"", words[2]);
	options->damaged = words[1];
	return EX_OK;
}

int cli_store(int argc, char **argv)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "store", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct store_options options = { .arena = arena_new() };
	int option, status = EX_OK;

	while (status == EX_OK && (option = option_next("store", argc, argv, "c:h", names)) != -1) {
		if (option == 'c') {
			options.config = optarg;
		} else if (option == 's') {
			options.store = optarg;
		} else if (option == 'h') {
			fputs(help, stdout);
			arena_free(options.arena);
			return EX_OK;
		} else {
			status = EX_USAGE;
		}
	}
	if (status == EX_OK)
		status = read_words(argc - optind, argv + optind, &options);
	if (status == EX_OK)
		status = run(&options);
	arena_free(options.arena);
	return status;
}
