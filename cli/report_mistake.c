/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay report-mistake`: a message that was judged wrongly is kept, and learned. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/shown.h"
#include "cli/learn.h"
#include "cli/option.h"
#include "release/copies.h"
#include "release/mistakes.h"
#include "scoring/arrival.h"
#include "setup/setup.h"
#include "store/lesson_message.h"
#include "store/lessons_scope.h"
#include "store/store_view.h"
#include "web/pasted.h"

static const char help[] =
	"usage: assay report-mistake [OPTION]... ham|spam FILE...|-|ID\n"
	"\n"
	"Says what messages really are that were judged otherwise. They are kept in the folder\n"
	"mistakes_directory, for work on rules, and learned as corrections.\n"
	"\n"
	"      --attached        those that are attached to each FILE, as users forward them\n"
	"      --recipient NAME  learned for this domain or address alone, not for the whole site\n"
	"  -c, --config FILE     the configuration (default: " CLI_DEFAULT_CONF ",\n"
	"                        or the built-in defaults where that does not exist)\n"
	"\n"
	"Of an ID (a scan id, queue id or Message-ID), the copy is taken that discarded_copies keeps of\n"
	"what was dropped. Of other mail there is none, so the message has to be given as a file; what\n"
	"the records know of it is told.\n"
	"\n"
	"Exit status: 0; 64 wrong arguments; 65 no message; 66 it can't be read, or only its record is\n"
	"there, without a copy; 73 it can't be kept; 75 it is kept, but can't be learned now; 78 a mistake in the\n"
	"configuration.\n";

enum {
	OPTION_ATTACHED = 256,
	OPTION_RECIPIENT,
};

static const struct option long_options[] = {
	{ "attached", no_argument, NULL, OPTION_ATTACHED },
	{ "recipient", required_argument, NULL, OPTION_RECIPIENT },
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct mistake_report {
	struct learn_options learn;
	enum mistake_class class;
	struct settings settings;
	const struct policy *policy;
	struct mail_source *given; /* messages */
	struct mail_source *kept;  /* the files that they are in now */
	size_t count;
};

static int fail(const struct error *error, int status)
{
	fprintf(stderr, "assay report-mistake: %s\n", error->text);
	return status;
}

static void tell_record(const struct record *record)
{
	time_t seconds = (time_t)(record->time_us / 1000000);
	char when[32] = "", score[DECIMAL_TEXT_SIZE];
	struct arena *arena = arena_new();
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm);
	fprintf(stderr,
	        "assay report-mistake: %s, from <%.*s> to <%.*s>, had a score of %s, but there is no copy "
	        "of it (discarded_copies keeps them, of what is dropped): give the message as a file, "
	        "such as the recipient's\n",
	        when, STR_FMT(shown_text(arena, str_from(record->sender))),
	        STR_FMT(shown_text(arena, str_from(record->recipient))),
	        decimal_format(record->score, score));
	arena_free(arena);
}

/* The copies of the messages of some records, each once. */
static bool add_copies(struct mistake_report *report, const struct store_rows *rows,
                       struct error *error)
{
	const char *folder =
		arena_cstr(report->learn.arena, report->settings.discarded_copies_directory);
	const char *before = "";

	if (access(folder, F_OK) != 0 && errno == ENOENT)
		return true;
	for (size_t i = 0; i < rows->len; i++) {
		const char *scan_id = rows->items[i].record.scan_id;
		struct copies_list copies;

		if (strcmp(scan_id, before) == 0)
			continue;
		before = scan_id;
		if (!copies_find(report->learn.arena, folder, str_from(scan_id), &copies, error))
			return false;
		/* One message, however many of its recipients it was dropped for. */
		if (copies.len > 0)
			mail_source_add_text(report->given, str_from(scan_id), copies.items[0].raw);
	}
	return true;
}

/* What is no file may be the id of a record; -1 where there is a copy of it. */
static int find_by_id(struct mistake_report *report, const char *id)
{
	struct arena *arena = report->learn.arena;
	size_t before = mail_source_count(report->given);
	struct store_rows rows = { 0 };
	struct store *store;
	struct error error;
	bool ok;

	store = store_open_reader(arena_cstr(arena, report->settings.store), &error);
	ok = store != NULL &&
	     store_view_message(store_view_staff(arena, store), arena,
	                        pasted_message(arena, str_from(id)), &rows, &error);
	store_close(store);
	if (!ok)
		return fail(&error, EX_TEMPFAIL);
	if (!add_copies(report, &rows, &error))
		return fail(&error, EX_NOINPUT);
	if (mail_source_count(report->given) > before)
		return -1;
	if (rows.len > 0)
		tell_record(&rows.items[0].record);
	else
		fprintf(stderr,
		        "assay report-mistake: %.*s: there is no such file, and no record of it; give the "
		        "message as a file\n",
		        STR_FMT(shown_text(arena, str_from(id))));
	return EX_NOINPUT;
}

/* -1 to go on, else the exit status. */
static int gather(struct mistake_report *report, int argc, char **argv)
{
	struct error error;

	for (int i = optind; i < argc; i++) {
		if (strcmp(argv[i], "-") != 0 && access(argv[i], F_OK) != 0) {
			int status = find_by_id(report, argv[i]);

			if (status >= 0)
				return status;
			continue;
		}
		if (!mail_source_add(report->given, report->learn.form, argv[i], &error))
			return fail(&error, EX_DATAERR);
	}
	return -1;
}

static int keep(struct mistake_report *report, const struct mail_item *item)
{
	struct arena *arena = report->learn.arena;
	struct message_limits limits = message_default_limits();
	const char *directory = arena_cstr(arena, report->settings.mistakes_directory), *path;
	struct str text, arrived, identity;
	struct error error;

	if (!mail_item_read(arena, item, &text, &error))
		return fail(&error, EX_NOINPUT);
	arrived = arrival_text(arena, report->policy, text);
	if (str_trim(arrived).len == 0) {
		error_set(&error, "%s: there is no message in it", item->name);
		return fail(&error, EX_DATAERR);
	}
	limits.max_bytes = (size_t)report->settings.max_message_size;
	identity = lesson_message_identity(arena, report->policy,
	                                   message_parse(arena, arrived, &limits));
	path = mistakes_keep(arena, directory, report->class, identity, text, &error);
	if (path == NULL)
		return fail(&error, EX_CANTCREAT);
	printf("kept as %s\n", path);
	mail_source_add_file(report->kept, path);
	return EX_OK;
}

static int keep_all(struct mistake_report *report)
{
	struct problems problems;
	struct policy *policy;
	struct mail_item item;
	int status = EX_OK;

	problems_init(&problems, report->learn.arena);
	policy = cli_load_policy(&report->learn.conf, &problems);
	setup_print_problems(&problems);
	if (policy == NULL)
		return EX_CONFIG;
	report->policy = policy;
	while (status == EX_OK && mail_source_next(report->given, &item))
		status = keep(report, &item);
	if (mail_source_count(report->kept) > 0) {
		int learned = learn_by_policy(&report->learn, policy, report->kept);

		status = status != EX_OK ? status : learned;
	}
	policy_free(policy);
	return status;
}

static int run(struct mistake_report *report, int argc, char **argv)
{
	struct learn_options *learn = &report->learn;
	const char *path = cli_conf_path(&learn->conf);
	struct problems problems;
	int status;

	problems_init(&problems, learn->arena);
	settings_init(&report->settings, learn->arena);
	if (path != NULL && !settings_read(&report->settings, learn->arena, path, &problems)) {
		setup_print_problems(&problems);
		return EX_CONFIG;
	}
	status = learn_name_scope(learn, &report->settings);
	if (status < 0)
		status = gather(report, argc, argv);
	return status < 0 ? keep_all(report) : status;
}

static int take_class(struct mistake_report *report, const char *word)
{
	if (strcmp(word, "ham") != 0 && strcmp(word, "spam") != 0)
		return cli_usage_error("report-mistake", "say ham or spam, not \"%s\"", word);
	report->class = word[0] == 'h' ? MISTAKE_HAM : MISTAKE_SPAM;
	report->learn.task = word[0] == 'h' ? LEARN_TASK_HAM : LEARN_TASK_SPAM;
	return -1;
}

static int apply_option(struct mistake_report *report, int option)
{
	switch (option) {
	case 'c':
		report->learn.conf.path = optarg;
		return -1;
	case OPTION_ATTACHED:
		report->learn.form = MAIL_FORM_ATTACHED;
		return -1;
	case OPTION_RECIPIENT:
		report->learn.recipient = optarg;
		return -1;
	case 'h':
		fputs(help, stdout);
		return EX_OK;
	default:
		return EX_USAGE;
	}
}

int cli_report_mistake(int argc, char **argv)
{
	struct mistake_report report = {
		.learn = { .arena = arena_new(), .source = LESSON_CORRECTION },
		.given = mail_source_new(),
		.kept = mail_source_new(),
	};
	int status = -1, option;

	while (status < 0 &&
	       (option = option_next("report-mistake", argc, argv, "c:h", long_options)) != -1)
		status = apply_option(&report, option);
	if (status < 0 && argc - optind < 2)
		status = cli_usage_error("report-mistake", "say ham or spam, and which message");
	if (status < 0)
		status = take_class(&report, argv[optind++]);
	if (status < 0)
		status = run(&report, argc, argv);
	mail_source_free(report.given);
	mail_source_free(report.kept);
	arena_free(report.learn.arena);
	return status;
}
