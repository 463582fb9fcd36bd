/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay learn`: its arguments. */
#include "cli/learn.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/option.h"
#include "setup/setup.h"
#include "store/lessons_place.h"
#include "store/lessons_scope.h"

static const char help[] =
	"usage: assay learn [-c FILE] --spam|--ham|--forget [OPTION]... [FILE... | -]\n"
	"       assay learn [-c FILE] --status [--json] [--recipient NAME]\n"
	"       assay learn [-c FILE] --export FILE | --import FILE\n"
	"\n"
	"Teaches the filter what is spam here. Without FILE, or with \"-\", reads a message from stdin.\n"
	"What is told to be learned is on the disk. A message that was learned before stays one; if it\n"
	"was learned as the other, it changes.\n"
	"\n"
	"      --spam, --ham     learn messages as this\n"
	"      --forget          take messages out that were learned\n"
	"      --recipient NAME  for this domain or address alone, not for the whole site\n"
	"      --correction      the filter had judged them otherwise\n"
	"Which messages:\n"
	"      --list FILE       the files named in FILE, one per line\n"
	"      --mbox            each FILE is an mbox\n"
	"      --attached        those that are attached to each FILE, as users forward them\n"
	"      --maildir DIR     the messages of a Maildir\n"
	"What was learned:\n"
	"      --status          how much, when, and how well it would have been known before;\n"
	"                        --json: as one object\n"
	"      --export FILE     writes all lessons and the site's key to a new file, or to \"-\"\n"
	"      --import FILE     adds the lessons of such a file\n"
	"\n"
	"  -c, --config FILE     the configuration (default: " CLI_DEFAULT_CONF ",\n"
	"                        or the built-in defaults where that does not exist)\n"
	"\n"
	"Exit status: 0; 64 wrong arguments; 65 no message in a file, or no lessons; 66 a message can't\n"
	"be read; 75 the lessons can't be reached or written; 78 a mistake in the configuration.\n";

enum {
	OPTION_SPAM = 256,
	OPTION_HAM,
	OPTION_FORGET,
	OPTION_STATUS,
	OPTION_EXPORT,
	OPTION_IMPORT,
	OPTION_RECIPIENT,
	OPTION_CORRECTION,
	OPTION_LIST,
	OPTION_MBOX,
	OPTION_ATTACHED,
	OPTION_MAILDIR,
	OPTION_JSON,
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ "spam", no_argument, NULL, OPTION_SPAM },
	{ "ham", no_argument, NULL, OPTION_HAM },
	{ "forget", no_argument, NULL, OPTION_FORGET },
	{ "status", no_argument, NULL, OPTION_STATUS },
	{ "export", required_argument, NULL, OPTION_EXPORT },
	{ "import", required_argument, NULL, OPTION_IMPORT },
	{ "recipient", required_argument, NULL, OPTION_RECIPIENT },
	{ "correction", no_argument, NULL, OPTION_CORRECTION },
	{ "list", required_argument, NULL, OPTION_LIST },
	{ "mbox", no_argument, NULL, OPTION_MBOX },
	{ "attached", no_argument, NULL, OPTION_ATTACHED },
	{ "maildir", required_argument, NULL, OPTION_MAILDIR },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ NULL, 0, NULL, 0 },
};

int learn_fail(const struct error *error)
{
	fprintf(stderr, "assay learn: %s\n", error->text);
	return EX_TEMPFAIL;
}

struct lessons *learn_open(const struct learn_options *options, const struct settings *settings,
                           bool reader)
{
	const char *place = lessons_place(options->arena, settings);
	struct lessons *lessons;
	struct error error;

	lessons = reader ? lessons_open_reader(place, &error) : lessons_open(place, &error);
	if (lessons == NULL)
		learn_fail(&error);
	return lessons;
}

static int set_task(struct learn_options *options, enum learn_task task)
{
	if (options->task != LEARN_TASK_NONE && options->task != task)
		return cli_usage_error(
			"learn",
			"say one of --spam, --ham, --forget, --status, --export and --import");
	options->task = task;
	return -1;
}

/* -1 to go on, else the exit status. */
static int add_source(struct mail_source *source, int option)
{
	struct error error;

	if (option == OPTION_LIST ? mail_source_add_list(source, optarg, &error)
	                          : mail_source_add_maildir(source, optarg, &error))
		return -1;
	fprintf(stderr, "assay learn: %s\n", error.text);
	return EX_NOINPUT;
}

static int set_form(struct learn_options *options, enum mail_form form)
{
	return mail_source_set_form(&options->form, form)
	               ? -1
	               : cli_usage_error("learn", "--mbox and --attached don't go together");
}

static int apply_option(struct learn_options *options, struct mail_source *source, int option)
{
	switch (option) {
	case 'c':
		options->conf.path = optarg;
		return -1;
	case OPTION_SPAM:
		return set_task(options, LEARN_TASK_SPAM);
	case OPTION_HAM:
		return set_task(options, LEARN_TASK_HAM);
	case OPTION_FORGET:
		return set_task(options, LEARN_TASK_FORGET);
	case OPTION_STATUS:
		return set_task(options, LEARN_TASK_STATUS);
	case OPTION_EXPORT:
	case OPTION_IMPORT:
		options->file = optarg;
		return set_task(options,
		                option == OPTION_EXPORT ? LEARN_TASK_EXPORT : LEARN_TASK_IMPORT);
	case OPTION_RECIPIENT:
		options->recipient = optarg;
		return -1;
	case OPTION_CORRECTION:
		options->source = LESSON_CORRECTION;
		return -1;
	case OPTION_MBOX:
		return set_form(options, MAIL_FORM_MBOX);
	case OPTION_ATTACHED:
		return set_form(options, MAIL_FORM_ATTACHED);
	case OPTION_JSON:
		options->json = true;
		return -1;
	case OPTION_LIST:
	case OPTION_MAILDIR:
		return add_source(source, option);
	case 'h':
		fputs(help, stdout);
		return EX_OK;
	default:
		return EX_USAGE;
	}
}

static bool takes_messages(enum learn_task task)
{
	return task == LEARN_TASK_HAM || task == LEARN_TASK_SPAM || task == LEARN_TASK_FORGET;
}

/* The arguments after the options; -1 to go on, else the exit status. */
static int add_files(const struct learn_options *options, struct mail_source *source, int argc,
                     char **argv)
{
	struct error error;

	if (options->task == LEARN_TASK_NONE)
		return cli_usage_error("learn", "say --spam, --ham, --forget or --status");
	if (options->json && options->task != LEARN_TASK_STATUS)
		return cli_usage_error("learn", "--json belongs to --status");
	if (!takes_messages(options->task))
		return optind == argc && mail_source_count(source) == 0
		               ? -1
		               : cli_usage_error("learn", "messages belong to --spam, --ham or "
		                                          "--forget");
	if (optind == argc && mail_source_count(source) == 0)
		argv[--optind] = (char *)"-";
	for (int i = optind; i < argc; i++) {
		if (mail_source_add(source, options->form, argv[i], &error))
			continue;
		fprintf(stderr, "assay learn: %s\n", error.text);
		return options->form == MAIL_FORM_ATTACHED ? EX_DATAERR : EX_NOINPUT;
	}
	return -1;
}

int learn_name_scope(struct learn_options *options, const struct settings *settings)
{
	struct str name;

	options->scope = LESSONS_SITE;
	if (options->recipient == NULL)
		return -1;
	if (!lessons_scope_name(options->arena, str_from(options->recipient),
	                        settings->recipient_delimiter, &name))
		return cli_usage_error("learn", "--recipient takes a domain or an address");
	options->scope = arena_cstr(options->arena, name);
	return -1;
}

static int run(struct learn_options *options, struct mail_source *source)
{
	const char *path = cli_conf_path(&options->conf);
	struct settings settings;
	struct problems problems;
	int status;

	problems_init(&problems, options->arena);
	settings_init(&settings, options->arena);
	if (path != NULL && !settings_read(&settings, options->arena, path, &problems)) {
		setup_print_problems(&problems);
		return EX_CONFIG;
	}
	status = learn_name_scope(options, &settings);
	if (status >= 0)
		return status;
	if (takes_messages(options->task))
		return learn_teach(options, source);
	if (options->task == LEARN_TASK_EXPORT)
		return learn_export(options, &settings);
	if (options->task == LEARN_TASK_IMPORT)
		return learn_import(options, &settings);
	return learn_status(options, &settings);
}

int cli_learn(int argc, char **argv)
{
	struct learn_options options = { .arena = arena_new(), .source = LESSON_BY_HAND };
	struct mail_source *source = mail_source_new();
	int status = -1, option;

	while (status < 0 && (option = option_next("learn", argc, argv, "c:h", long_options)) != -1)
		status = apply_option(&options, source, option);
	if (status < 0)
		status = add_files(&options, source, argc, argv);
	if (status < 0)
		status = run(&options, source);
	mail_source_free(source);
	arena_free(options.arena);
	return status;
}
