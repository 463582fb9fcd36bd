/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay srs`: what a sender is rewritten to, and where a bounce to a rewritten one goes. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/shown.h"
#include "cli/cli.h"
#include "setup/setup.h"

static const char help[] =
	"usage: assay srs forward|reverse [OPTION]... ADDRESS...\n"
	"\n"
	"Rewrites senders as the forward hop does (Sender Rewriting Scheme), or takes rewritten ones\n"
	"back to where their bounces go. Prints one address a line.\n"
	"\n"
	"  -c, --config FILE       the configuration (default: " CLI_DEFAULT_CONF ")\n"
	"      --domain DOMAIN     instead of srs_domain\n"
	"      --secret-file FILE  instead of srs_secret_file\n"
	"\n"
	"Exit status: 0; 65 where an address cannot be rewritten, 64 for wrong arguments, 78 for an\n"
	"unusable configuration.\n";

struct options {
	const char *config;
	const char *domain;
	const char *secret_file;
	bool help;
};

static int read_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "domain", required_argument, NULL, 'd' },
		{ "secret-file", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, "c:h", names, NULL)) != -1) {
		if (option == 'c')
			options->config = optarg;
		else if (option == 'd')
			options->domain = optarg;
		else if (option == 's')
			options->secret_file = optarg;
		else if (option == 'h')
			options->help = true;
		else
			return cli_usage_error("srs", "unknown or incomplete option");
	}
	return EX_OK;
}

static bool read_settings(struct arena *arena, const struct options *options,
                          struct srs_settings *srs, struct problems *problems)
{
	const char *path = options->config;
	struct settings settings;

	settings_init(&settings, arena);
	if (path == NULL && access(CLI_DEFAULT_CONF, F_OK) == 0)
		path = CLI_DEFAULT_CONF;
	if (path != NULL && !settings_read(&settings, arena, path, problems))
		return false;
	if (options->domain != NULL)
		settings.srs_domain = str_from(options->domain);
	if (options->secret_file != NULL)
		settings.srs_secret_file = str_from(options->secret_file);
	return policy_read_srs(arena, &settings, srs, problems);
}

static bool rewrite(struct arena *arena, const struct srs_settings *srs, bool forward,
                    const char *address)
{
	int64_t now = (int64_t)time(NULL);
	struct str result;
	enum srs_result answer;

	answer = forward ? srs_forward(arena, srs, str_from(address), now, &result)
	                 : srs_reverse(arena, srs, str_from(address), now, &result);
	if (answer == SRS_REWRITTEN || answer == SRS_UNCHANGED) {
		printf("%.*s\n", STR_FMT(shown_text(arena, result)));
		return true;
	}
	fprintf(stderr, "assay srs: %s: %s\n", address, srs_result_text(answer));
	return false;
}

static int run(struct arena *arena, const struct options *options, char **arguments)
{
	bool forward = strcmp(arguments[0], "forward") == 0;
	struct srs_settings srs;
	struct problems problems;
	int status = EX_OK;

	problems_init(&problems, arena);
	if (!read_settings(arena, options, &srs, &problems)) {
		setup_print_problems(&problems);
		return EX_CONFIG;
	}
	for (char **address = arguments + 1; *address != NULL; address++)
		if (!rewrite(arena, &srs, forward, *address))
			status = EX_DATAERR;
	return status;
}

int cli_srs(int argc, char **argv)
{
	struct options options = { 0 };
	int status = read_options(argc, argv, &options);
	char **arguments = argv + optind;
	struct arena *arena;

	if (status != EX_OK)
		return status;
	if (options.help) {
		fputs(help, stdout);
		return EX_OK;
	}
	if (argc - optind < 1 ||
	    (strcmp(arguments[0], "forward") != 0 && strcmp(arguments[0], "reverse") != 0))
		return cli_usage_error("srs", "say \"forward\" or \"reverse\"");
	if (argc - optind < 2)
		return cli_usage_error("srs", "no address is given");
	arena = arena_new();
	status = run(arena, &options, arguments);
	arena_free(arena);
	return status;
}
