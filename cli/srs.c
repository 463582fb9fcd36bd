/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay srs`: what a sender is rewritten to, and where a bounce to a rewritten one goes. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/shown.h"
#include "cli/cli.h"
#include "cli/option.h"
#include "cli/srs_address.h"
#include "setup/setup.h"

static const char help[] =
	"usage: assay srs forward|reverse [OPTION]... ADDRESS...\n"
	"\n"
	"Rewrites senders as the forward hop does (Sender Rewriting Scheme), or takes rewritten ones\n"
	"back to where their bounces go. Prints one address a line; senders that are ours stay as they\n"
	"are. Says where a rewritten one is longer than some servers take.\n"
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

	optind = 1;
	while ((option = option_next("srs", argc, argv, "c:h", names)) != -1) {
		if (option == 'c')
			options->config = optarg;
		else if (option == 'd')
			options->domain = optarg;
		else if (option == 's')
			options->secret_file = optarg;
		else if (option == 'h')
			options->help = true;
		else
			return EX_USAGE;
	}
	return EX_OK;
}

struct rewriter {
	struct arena *arena;
	struct srs_settings srs;
	struct forward_maps *maps; /* say which senders are ours */
	bool forward;
};

static bool read_settings(struct rewriter *rewriter, const struct options *options,
                          struct problems *problems)
{
	const char *path = options->config;
	struct forward_settings forward;
	struct settings settings;

	settings_init(&settings, rewriter->arena);
	if (path == NULL && access(CLI_DEFAULT_CONF, F_OK) == 0)
		path = CLI_DEFAULT_CONF;
	if (path != NULL && !settings_read(&settings, rewriter->arena, path, problems))
		return false;
	if (options->domain != NULL)
		settings.srs_domain = str_from(options->domain);
	if (options->secret_file != NULL)
		settings.srs_secret_file = str_from(options->secret_file);
	forward = policy_forward_settings(rewriter->arena, &settings);
	rewriter->maps = forward_maps_load(rewriter->arena, &forward, problems);
	return policy_read_srs(rewriter->arena, &settings, &rewriter->srs, problems) &&
	       rewriter->maps != NULL;
}

static bool fail(const struct rewriter *rewriter, const char *argument, const char *why)
{
	struct str shown = shown_text(rewriter->arena, str_from(argument));

	fprintf(stderr, "assay srs: %.*s: %s\n", STR_FMT(shown), why);
	return false;
}

/* The result may be longer than some servers accept. */
static void warn_if_long(struct str shown)
{
	size_t len = srs_address_local_len(shown);

	if (len > SRS_ADDRESS_LOCAL_MAX)
		fprintf(stderr,
		        "assay srs: %.*s: its local part has %zu octets; servers need not take "
		        "more than %d (RFC 5321), and some refuse it\n",
		        STR_FMT(shown), len, SRS_ADDRESS_LOCAL_MAX);
}

static enum srs_result rewrite(const struct rewriter *rewriter, struct str address,
                               struct str *result_r)
{
	int64_t now = (int64_t)time(NULL);

	*result_r = address;
	if (!rewriter->forward)
		return srs_reverse(rewriter->arena, &rewriter->srs, address, now, result_r);
	if (forward_keeps_sender(rewriter->maps, address))
		return SRS_UNCHANGED;
	return srs_forward(rewriter->arena, &rewriter->srs, address, now, result_r);
}

static bool rewrite_argument(const struct rewriter *rewriter, const char *argument)
{
	struct str address, result;
	enum srs_result answer;
	struct error error;

	if (!srs_address_read(str_from(argument), &address, &error))
		return fail(rewriter, argument, error.text);
	answer = rewrite(rewriter, address, &result);
	if (answer == SRS_TOO_LONG && rewriter->forward)
		return fail(rewriter, argument,
		            "is too long: rewritten, it would have more than 254 octets, so its "
		            "mail is forwarded as it is");
	if (answer != SRS_REWRITTEN && answer != SRS_UNCHANGED)
		return fail(rewriter, argument, srs_result_text(answer));
	result = result.len > 0 ? shown_text(rewriter->arena, result) : STR("<>");
	printf("%.*s\n", STR_FMT(result));
	if (answer == SRS_REWRITTEN && rewriter->forward)
		warn_if_long(result);
	return true;
}

static int run(struct arena *arena, const struct options *options, char **arguments)
{
	struct rewriter rewriter = {
		.arena = arena,
		.forward = strcmp(arguments[0], "forward") == 0,
	};
	struct problems problems;
	int status = EX_OK;

	problems_init(&problems, arena);
	if (!read_settings(&rewriter, options, &problems)) {
		setup_print_problems(&problems);
		return EX_CONFIG;
	}
	for (char **address = arguments + 1; *address != NULL; address++)
		if (!rewrite_argument(&rewriter, *address))
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
	if (argc - optind < 1)
		return cli_usage_error("srs", "say \"forward\" or \"reverse\"");
	if (strcmp(arguments[0], "forward") != 0 && strcmp(arguments[0], "reverse") != 0)
		return cli_usage_error("srs", "say \"forward\" or \"reverse\", not \"%s\"",
		                       arguments[0]);
	if (argc - optind < 2)
		return cli_usage_error("srs", "no address is given");
	arena = arena_new();
	status = run(arena, &options, arguments);
	arena_free(arena);
	return status;
}
