/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

#include "cli/check_config_output.h"
#include "cli/cli.h"
#include "scoring/setting_key.h"

static const char help[] =
	"usage: assay check-config [-c FILE] [--rules PATH]... [-v] [--json]\n"
	"       assay check-config --keys\n"
	"\n"
	"Checks assay.conf, every file that it names and all rules, and runs the `test` lines of "
	"the\n"
	"rules. Prints what is wrong as file:line:column: what; what to do, and how much of the rules\n"
	"runs: rules by statement, functions that are missing, each rule that cannot run with its\n"
	"reason, and statements without effect.\n"
	"\n"
	"  -c, --config FILE  the configuration (default: " CLI_DEFAULT_CONF ",\n"
	"                     or the built-in defaults where that does not exist)\n"
	"      --rules PATH   a rule file or directory instead of those of the configuration\n"
	"  -v, --verbose      every rule that is off, with its file and line, and how patterns are\n"
	"                     tried: where literals or outlines that they need occur, or always\n"
	"      --json         the same as one JSON object\n"
	"      --keys         list every key of assay.conf: section, key, default, range, meaning\n"
	"\n"
	"Exit status: 0 when nothing is wrong, 78 otherwise.\n";

static void print_keys(void)
{
	struct arena *arena = arena_new();
	const struct setting_key *key;

	for (size_t i = 0; (key = settings_key(i)) != NULL; i++) {
		struct str range = setting_key_range(arena, key);

		printf("%s\x1f%s\x1f%s\x1f%.*s\x1f%s\n", key->section, key->name, key->default_text,
		       STR_FMT(range), key->text);
	}
	arena_free(arena);
}

struct check_options {
	struct cli_conf conf;
	bool verbose;
	bool json;
};

static void print_result(const struct check_options *options,
                         const struct check_config_result *result)
{
	size_t wrong = cli_print_problems(result->problems);

	if (options->json) {
		check_config_print_json(result);
		return;
	}
	if (result->policy != NULL)
		check_config_print(result);
	if (wrong == 0)
		puts("nothing is wrong");
	else
		printf("%zu problems\n", wrong);
}

static int check(const struct check_options *options)
{
	struct arena *arena = arena_new();
	struct problems problems;
	struct check_config_result result = { .problems = &problems, .verbose = options->verbose };
	struct policy *policy;
	int status;

	problems_init(&problems, arena);
	policy = cli_load_policy(&options->conf, &problems);
	result.policy = policy;
	if (policy != NULL)
		result.tests = ruleset_run_tests(policy->ruleset, &problems);
	print_result(options, &result);
	status = problems.len == 0 ? EX_OK : EX_CONFIG;
	policy_free(policy);
	arena_free(arena);
	return status;
}

/* Acts on one option; a status where there is nothing left to do, else -1. */
static int take_option(struct arena *arena, struct check_options *check, int option)
{
	switch (option) {
	case 'c':
		check->conf.path = optarg;
		break;
	case 'r':
		vec_push(arena, &check->conf.rules, str_from(optarg));
		break;
	case 'v':
		check->verbose = true;
		break;
	case 'j':
		check->json = true;
		break;
	case 'k':
		print_keys();
		return EX_OK;
	case 'h':
		fputs(help, stdout);
		return EX_OK;
	default:
		return cli_usage_error("check-config", "wrong arguments");
	}
	return -1;
}

int cli_check_config(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "rules", required_argument, NULL, 'r' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "json", no_argument, NULL, 'j' },
		{ "keys", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct arena *arena = arena_new();
	struct check_options check_options = { 0 };
	int option, status = -1;

	while (status < 0 && (option = getopt_long(argc, argv, "c:vh", options, NULL)) != -1)
		status = take_option(arena, &check_options, option);
	if (status < 0 && optind < argc)
		status = cli_usage_error("check-config", "\"%s\" is one argument too many",
		                         argv[optind]);
	if (status < 0)
		status = check(&check_options);
	arena_free(arena);
	return status;
}
