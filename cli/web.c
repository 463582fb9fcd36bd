/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay web`: the page for customers and support staff, and links to it. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cli/cli.h"
#include "cli/option.h"
#include "cli/report_since.h"
#include "cli/web_link.h"
#include "setup/setup.h"
#include "web/pasted.h"
#include "web/run.h"
#include "web/visitor.h"

#define DEFAULT_VALID "30d"
#define TASK_COUNT    4
#define VALID_MAX_S   (INT64_C(3660) * 86400)

static const char help[] =
	"usage: assay web [-c FILE]\n"
	"       assay web link --account NAME|--staff [--valid TIME] [-c FILE]\n"
	"       assay web check LINK [-c FILE]\n"
	"       assay web revoke --account NAME|--staff [-c FILE]\n"
	"\n"
	"Serves a page on which support staff see in a browser what was done with mail, and customers see\n"
	"their own, where the setting `web` says. Customers come by a link that is signed, or are named by\n"
	"a web server in front.\n"
	"\n"
	"  link    prints a link for one account; whoever has it sees that account's mail\n"
	"  check   tells whose mail a link shows, and whether it still does\n"
	"  revoke  makes all links void that were made for the account so far\n"
	"\n"
	"  -c, --config FILE   the configuration (default: " CLI_DEFAULT_CONF ")\n"
	"      --account NAME  an address, or a domain for all addresses in it\n"
	"      --staff         all mail, as staff see it\n"
	"      --valid TIME    how long the link holds: 12h, 7d (default: " DEFAULT_VALID ")\n"
	"\n"
	"Exit status: 0; 1 where a link doesn't hold, 64 for wrong arguments, 73 where web_links_file can't be written, 74 where it\n"
	"can't be read, 78 for an unusable configuration or key. See assay-web(8).\n";

enum web_task {
	WEB_SERVE,
	WEB_LINK,
	WEB_CHECK,
	WEB_REVOKE,
};

struct options {
	int task; /* enum web_task */
	const char *link;
	const char *config;
	const char *account;
	const char *valid;
	bool staff;
	bool help;
};

static int read_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "account", required_argument, NULL, 'a' },
		{ "staff", no_argument, NULL, 's' },
		{ "valid", required_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	optind = 1;
	while ((option = option_next("web", argc, argv, "c:h", names)) != -1) {
		if (option == 'c')
			options->config = optarg;
		else if (option == 'a')
			options->account = optarg;
		else if (option == 's')
			options->staff = true;
		else if (option == 'v')
			options->valid = optarg;
		else if (option == 'h')
			options->help = true;
		else
			return EX_USAGE;
	}
	return EX_OK;
}

/* Reads what is no option: what to do, and the link. */
static int read_words(int argc, char **argv, struct options *options)
{
	static const char *const tasks[TASK_COUNT] = { "", "link", "check", "revoke" };
	int left = argc - optind, wanted;

	if (left == 0)
		return EX_OK;
	options->task = WEB_LINK;
	while (options->task < TASK_COUNT && strcmp(argv[optind], tasks[options->task]) != 0)
		options->task++;
	if (options->task == TASK_COUNT)
		return cli_usage_error("web", "unknown command \"%s\"; write link, check or revoke",
		                       argv[optind]);
	wanted = options->task == WEB_CHECK ? 2 : 1;
	if (left > wanted)
		return cli_usage_error("web", "unexpected argument \"%s\"", argv[optind + wanted]);
	if (left < wanted)
		return cli_usage_error("web", "say which link");
	options->link = argv[optind + 1];
	if (options->task != WEB_CHECK && (options->account == NULL) == !options->staff)
		return cli_usage_error("web", "say whose: --account NAME, or --staff");
	return EX_OK;
}

static bool read_settings(struct arena *arena, const char *path, struct settings *settings)
{
	struct cli_conf conf = { .path = path };
	struct problems problems;

	problems_init(&problems, arena);
	settings_init(settings, arena);
	if (cli_conf_path(&conf) == NULL ||
	    settings_read(settings, arena, cli_conf_path(&conf), &problems))
		return true;
	setup_print_problems(&problems);
	return false;
}

static int run(struct arena *arena, const struct options *options)
{
	struct str account =
		pasted_account(arena, str_from(options->account != NULL ? options->account : ""));
	struct settings settings;
	int64_t valid;

	if (options->account != NULL && account.len == 0)
		return cli_usage_error("web", "--account \"%s\" names nothing", options->account);
	if (!report_read_age(str_from(options->valid), &valid) || valid <= 0 || valid > VALID_MAX_S)
		return cli_usage_error("web",
		                       "--valid \"%s\" is no time; write 12h, or 7d, up to 3660d",
		                       options->valid);
	if (!read_settings(arena, options->config, &settings))
		return EX_CONFIG;
	if (options->staff)
		account = STR(VISITOR_ALL);
	if (options->task == WEB_SERVE)
		return run_web(arena, &settings);
	if (options->task == WEB_CHECK)
		return web_link_check(arena, &settings, str_from(options->link));
	return options->task == WEB_LINK ? web_link_print(arena, &settings, account, valid)
	                                 : web_link_revoke(arena, &settings, account);
}

int cli_web(int argc, char **argv)
{
	struct options options = { .valid = DEFAULT_VALID };
	struct arena *arena;
	int status;

	status = read_options(argc, argv, &options);
	if (status == EX_OK && options.help) {
		fputs(help, stdout);
		return EX_OK;
	}
	if (status == EX_OK)
		status = read_words(argc, argv, &options);
	if (status != EX_OK)
		return status;
	arena = arena_new();
	status = run(arena, &options);
	arena_free(arena);
	return status;
}
