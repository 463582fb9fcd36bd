/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <sysexits.h>

#include "base/plural.h"
#include "cli/check_config_output.h"
#include "cli/cli.h"
#include "cli/option.h"
#include "scoring/setting_key.h"
#include "setup/setup.h"
#include "store/store.h"

static const char help[] =
	"usage: assay check-config [-c FILE] [--rules PATH]... [-v] [--json] [--force]\n"
	"       assay check-config --keys\n"
	"\n"
	"Checks assay.conf, every file that it names and all rules, as `assayd -t` does: runs the\n"
	"`test` lines of the rules, and compares the rules with those of the running daemon. Prints\n"
	"what is wrong as file:line:column: what; what to do, and how much of the rules runs: rules\n"
	"by statement, functions that are missing, each rule that cannot run with its reason, and\n"
	"statements without effect.\n"
	"\n"
	"  -c, --config FILE  the configuration (default: " CLI_DEFAULT_CONF ",\n"
	"                     or the built-in defaults where that does not exist)\n"
	"      --rules PATH   a rule file or directory instead of those of the configuration; its\n"
	"                     rules are not compared\n"
	"  -v, --verbose      every rule that is off, with its file and line, and how patterns are\n"
	"                     tried: where literals or factors that they need occur, or always\n"
	"      --json         the same as one JSON object\n"
	"      --force        accept rules that can't hit, are fewer than half of the running\n"
	"                     daemon's, or have more mistakes\n"
	"      --keys         list every key of assay.conf: section, key, default, range, meaning\n"
	"\n"
	"Exit status: 0 where at most warnings were printed, 78 otherwise.\n";

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
	bool force;
};

static void print_result(const struct check_options *options,
                         const struct check_config_result *result)
{
	const struct problems *problems = result->problems;
	size_t warnings = problems->len - problems->mistakes - problems->errors;

	setup_print_problems(problems);
	if (options->json) {
		check_config_print_json(result);
		return;
	}
	if (result->policy != NULL)
		check_config_print(result);
	if (!result->ok)
		printf("%zu %s\n", problems->len, plural(problems->len, "problem", "problems"));
	else if (warnings > 0)
		printf("nothing is wrong; warnings: %zu\n", warnings);
	else
		puts("nothing is wrong");
}

/* What the store's server says about itself, as the daemon will log it; the daemon starts whatever
 * it is. */
static void ask_store(struct arena *arena, const struct setup *setup, struct problems *problems)
{
	struct error error;

	if (!store_inspect(arena_cstr(arena, setup->settings.store), &error))
		problems_add(problems, PROBLEM_WARNING, NULL, "store: %s", error.text);
}

static int check(const struct check_options *options)
{
	struct arena *arena = arena_new();
	struct problems problems;
	struct check_config_result result = { .problems = &problems, .verbose = options->verbose };
	struct setup_check checked;
	struct setup setup;

	problems_init(&problems, arena);
	setup_read(&setup, arena, cli_conf_path(&options->conf), &problems);
	setup.force_rules = options->force;
	if (options->conf.rules.len > 0)
		setup_replace_rules(&setup, options->conf.rules);
	checked = setup_check(&setup, &problems);
	result.policy = checked.policy;
	result.tests = checked.tests;
	result.ok = checked.ok;
	if (checked.ok)
		ask_store(arena, &setup, &problems);
	print_result(options, &result);
	policy_free(checked.policy);
	arena_free(arena);
	return checked.ok ? EX_OK : EX_CONFIG;
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
	case 'f':
		check->force = true;
		break;
	case 'k':
		print_keys();
		return EX_OK;
	case 'h':
		fputs(help, stdout);
		return EX_OK;
	default:
		return EX_USAGE;
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
		{ "force", no_argument, NULL, 'f' },
		{ "keys", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct arena *arena = arena_new();
	struct check_options check_options = { 0 };
	int option, status = -1;

	while (status < 0 &&
	       (option = option_next("check-config", argc, argv, "c:vh", options)) != -1)
		status = take_option(arena, &check_options, option);
	if (status < 0 && optind < argc)
		status = cli_usage_error("check-config", "\"%s\" is one argument too many",
		                         argv[optind]);
	if (status < 0)
		status = check(&check_options);
	arena_free(arena);
	return status;
}
