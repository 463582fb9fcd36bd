/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay release`: sends on after all what was dropped. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/shown.h"
#include "cli/cli.h"
#include "cli/option.h"
#include "release/no_copy.h"
#include "release/release.h"
#include "setup/setup.h"
#include "store/store.h"

static const char help[] =
	"usage: assay release ID [OPTION]...\n"
	"\n"
	"Sends on a message that was dropped, byte for byte as it came, by the MTA's listener that\n"
	"release_transport or release_via names, where the filter lets it pass. ID is the scan id,\n"
	"which assay report shows; there has to be a copy (discarded_copies), on the host that\n"
	"dropped it.\n"
	"\n"
	"  -c, --config FILE     the configuration (default: " CLI_DEFAULT_CONF ")\n"
	"  -t, --to RECIPIENT    only to this one: where it would have gone, or whose forward it is\n"
	"      --by NAME         who wants it, for the records (default: who runs the command)\n"
	"  -n, --dry-run         only tell to whom, and who released it before\n"
	"      --force           also where it was released before\n"
	"\n"
	"Exit status: 0; 1 where it was released before; 64 wrong arguments, 66 where there is no\n"
	"copy, 75 where it could not be sent or isn't known to be, 78 for an unusable configuration.\n";

#define STATUS_BEFORE 1

struct release_options {
	struct arena *arena;
	const char *config;
	struct str id, to, by;
	bool force, dry_run, help;
};

/* Who sits before a root shell is still somebody. */
static struct str who(struct arena *arena)
{
	const char *sudo = getenv("SUDO_USER"), *login = getlogin();
	const struct passwd *entry;

	if (sudo != NULL && sudo[0] != '\0')
		return arena_str(arena, str_from(sudo));
	if (login != NULL && login[0] != '\0')
		return arena_str(arena, str_from(login));
	entry = getpwuid(getuid());
	return entry != NULL ? arena_str(arena, str_from(entry->pw_name))
	                     : arena_printf(arena, "uid %u", (unsigned)getuid());
}

static int read_option(int option, struct release_options *options)
{
	switch (option) {
	case 'c':
		options->config = optarg;
		return EX_OK;
	case 't':
		options->to = str_from(optarg);
		return EX_OK;
	case 'b':
		options->by = str_from(optarg);
		return EX_OK;
	case 'n':
		options->dry_run = true;
		return EX_OK;
	case 'f':
		options->force = true;
		return EX_OK;
	case 'h':
		options->help = true;
		return EX_OK;
	default:
		return EX_USAGE;
	}
}

static int read_arguments(int argc, char **argv, struct release_options *options)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "to", required_argument, NULL, 't' },
		{ "by", required_argument, NULL, 'b' },
		{ "force", no_argument, NULL, 'f' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, status = EX_OK;

	optind = 1;
	while (status == EX_OK &&
	       (option = option_next("release", argc, argv, "c:t:nh", names)) != -1)
		status = read_option(option, options);
	if (status != EX_OK || options->help)
		return status;
	if (argc - optind != 1)
		return cli_usage_error("release", "say which message, by its scan id");
	options->id = str_from(argv[optind]);
	if (options->by.len == 0)
		options->by = who(options->arena);
	return EX_OK;
}

static int read_settings(const struct release_options *options, struct settings *settings)
{
	const struct cli_conf conf = { .path = options->config };
	const char *path = cli_conf_path(&conf);
	struct problems problems;
	bool ok = true;

	problems_init(&problems, options->arena);
	settings_init(settings, options->arena);
	if (path != NULL)
		ok = settings_read(settings, options->arena, path, &problems);
	setup_print_problems(&problems);
	return ok ? EX_OK : EX_CONFIG;
}

static struct str time_text(struct arena *arena, int64_t time_us)
{
	time_t seconds = (time_t)(time_us / 1000000);
	char text[64] = "";
	struct tm local;

	if (localtime_r(&seconds, &local) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &local);
	return arena_str(arena, str_from(text));
}

/* "joe released it at …" */
static struct str act_text(struct arena *arena, const struct act *act)
{
	bool done = act->done_us > 0;

	return arena_printf(arena, "%.*s %s at %.*s", STR_FMT(shown_text(arena, act->by)),
	                    done ? "released it" : "began to release it",
	                    STR_FMT(time_text(arena, done ? act->done_us : act->begun_us)));
}

static void tell_before(const struct release_options *options, struct str to,
                        const struct act *before)
{
	fprintf(stderr, "assay release: %.*s: %.*s", STR_FMT(shown_text(options->arena, to)),
	        STR_FMT(act_text(options->arena, before)));
}

/* What is known of a recipient, without doing anything. */
static int show_one(const struct release_options *options, struct releaser *releaser,
                    const struct release_target *target)
{
	struct arena *arena = options->arena;
	struct str to = target->recipient->argument;
	struct act_list acts;
	struct error err;

	if (!acts_read(releaser->acts, arena, target->copy->scan_id, &acts, &err)) {
		fprintf(stderr, "assay release: store: %s\n", err.text);
		return EX_TEMPFAIL;
	}
	printf("%.*s: dropped at %.*s", STR_FMT(shown_text(arena, to)),
	       STR_FMT(time_text(arena, target->copy->time_us)));
	for (size_t i = 0; i < acts.len; i++)
		if (str_eq(acts.items[i].verb, STR(RELEASE_VERB)) &&
		    str_eq_ci(acts.items[i].recipient, to))
			printf("; %.*s", STR_FMT(act_text(arena, &acts.items[i])));
	putchar('\n');
	return EX_OK;
}

static int send_one(const struct release_options *options, struct releaser *releaser,
                    const struct release_target *target)
{
	struct str to = target->recipient->argument;
	struct act before;
	struct error err;

	switch (release_send(releaser, target, options->by, options->force, &before, &err)) {
	case RELEASE_SENT:
		printf("released to %.*s\n", STR_FMT(shown_text(options->arena, to)));
		return EX_OK;
	case RELEASE_WAS_SENT:
		tell_before(options, to, &before);
		fputs("; --force sends it once more\n", stderr);
		return STATUS_BEFORE;
	case RELEASE_WAS_BEGUN:
		tell_before(options, to, &before);
		fputs(", and was stopped; the MTA's log tells whether it was sent; if not, use "
		      "--force\n",
		      stderr);
		return STATUS_BEFORE;
	case RELEASE_REFUSED:
		fprintf(stderr, "assay release: %.*s: not sent: %s\n",
		        STR_FMT(shown_text(options->arena, to)), err.text);
		return EX_TEMPFAIL;
	case RELEASE_UNKNOWN:
		break;
	}
	fprintf(stderr,
	        "assay release: %.*s: %s; its log tells whether it was sent; if not, use --force\n",
	        STR_FMT(shown_text(options->arena, to)), err.text);
	return EX_TEMPFAIL;
}

static int send_all(const struct release_options *options, struct releaser *releaser,
                    const struct release_targets *targets)
{
	int status = EX_OK;

	for (size_t i = 0; i < targets->len; i++) {
		int one = options->dry_run ? show_one(options, releaser, &targets->items[i])
		                           : send_one(options, releaser, &targets->items[i]);

		if (one > status)
			status = one;
	}
	return status;
}

struct no_copy {
	int64_t max_message_size;
	const char *why;
};

static bool look_at_record(const struct record *record, int64_t id, void *context)
{
	struct no_copy *found = context;
	bool dropped =
		record->kind == RECORD_DISCARDED || record->kind == RECORD_DISCARDED_INFECTED;

	(void)id;
	/* Of several recipients, some may have been dropped. */
	if (dropped || found->why == NULL)
		found->why = no_copy_reason(record, found->max_message_size);
	return true;
}

/* By the record, which is there longer than any copy; NULL where it doesn't tell. */
static const char *why_none(const struct release_options *options, const struct settings *settings)
{
	struct store_query query = { .message = arena_cstr(options->arena, options->id) };
	struct no_copy found = { settings->max_message_size, NULL };
	struct error err;
	struct store *store = store_open_reader(arena_cstr(options->arena, settings->store), &err);

	if (store == NULL)
		return NULL;
	store_read(store, &query, look_at_record, &found, &err);
	store_close(store);
	return found.why;
}

static void tell_none(const struct release_options *options, const struct settings *settings,
                      const char *folder, bool for_others)
{
	const char *id = arena_cstr(options->arena, shown_text(options->arena, options->id));
	const char *why = for_others ? NULL : why_none(options, settings);

	if (why != NULL)
		fprintf(stderr, "assay release: no copy of %s: %s\n", id, why);
	else
		fprintf(stderr,
		        "assay release: %s: no copy of %s%s; is discarded_copies set, and is this "
		        "the host that dropped it?\n",
		        folder, id, for_others ? " for that recipient" : "");
}

static int find_and_send(const struct release_options *options, const struct settings *settings,
                         struct releaser *releaser)
{
	struct release_targets targets;
	struct copies_list copies;
	struct error err;

	if (!copies_find(options->arena, releaser->folder, options->id, &copies, &err)) {
		fprintf(stderr, "assay release: %s\n", err.text);
		return EX_NOINPUT;
	}
	release_targets_find(options->arena, &copies, options->to, &targets);
	if (targets.len > 0)
		return send_all(options, releaser, &targets);
	tell_none(options, settings, releaser->folder, copies.len > 0);
	return EX_NOINPUT;
}

static int run(const struct release_options *options)
{
	struct releaser releaser;
	struct settings settings;
	struct error err;
	int status = read_settings(options, &settings);

	if (status != EX_OK)
		return status;
	if (!release_open(&releaser, options->arena, &settings, true, &err)) {
		fprintf(stderr, "assay release: %s\n", err.text);
		return EX_CONFIG;
	}
	status = find_and_send(options, &settings, &releaser);
	release_close(&releaser);
	return status;
}

int cli_release(int argc, char **argv)
{
	struct release_options options = { .arena = arena_new() };
	int status = read_arguments(argc, argv, &options);

	if (options.help)
		fputs(help, stdout);
	else if (status == EX_OK)
		status = run(&options);
	arena_free(options.arena);
	return status;
}
