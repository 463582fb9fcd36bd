/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

#include "cli/cli.h"
#include "scoring/setting_key.h"

static const char help[] =
	"usage: assay check-config [-c FILE] [--rules PATH]... [--keys]\n"
	"\n"
	"Checks assay.conf, every file that it names and all rules, and runs the `test` lines of "
	"the\n"
	"rules. Prints what is wrong as file:line:column: what; what to do.\n"
	"\n"
	"  -c, --config FILE  the configuration (default: " CLI_DEFAULT_CONF ",\n"
	"                     or the built-in defaults where that does not exist)\n"
	"      --rules PATH   a rule file or directory instead of those of the configuration\n"
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

static void print_summary(const struct policy *policy, size_t tests)
{
	struct ruleset_summary sum;

	ruleset_summarize(policy->ruleset, &sum);
	printf("rules: %zu from %zu files, of which %zu show in reports; %zu are off\n", sum.rules,
	       sum.files, sum.scored, sum.off);
	printf("by type: header %zu, body %zu, rawbody %zu, full %zu, uri %zu, eval %zu, meta "
	       "%zu\n",
	       sum.header, sum.body, sum.rawbody, sum.full, sum.uri, sum.eval, sum.meta);
	printf("eval functions: %zu of the %zu named are implemented\n", sum.evals_known,
	       sum.evals_named);
	printf("test lines: %zu run\n", tests);
}

static int check(const struct cli_conf *conf)
{
	struct arena *arena = arena_new();
	struct problems problems;
	struct policy *policy;
	size_t wrong;

	problems_init(&problems, arena);
	policy = cli_load_policy(conf, &problems);
	if (policy != NULL) {
		size_t tests = ruleset_run_tests(policy->ruleset, &problems);

		print_summary(policy, tests);
	}
	wrong = cli_print_problems(&problems);
	if (wrong == 0)
		puts("nothing is wrong");
	else
		printf("%zu problems\n", wrong);
	policy_free(policy);
	arena_free(arena);
	return wrong == 0 ? EX_OK : EX_CONFIG;
}

int cli_check_config(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "rules", required_argument, NULL, 'r' },
		{ "keys", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct arena *arena = arena_new();
	struct cli_conf conf = { 0 };
	int option, status = -1;

	while (status < 0 && (option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			conf.path = optarg;
			break;
		case 'r':
			vec_push(arena, &conf.rules, str_from(optarg));
			break;
		case 'k':
			print_keys();
			status = EX_OK;
			break;
		case 'h':
			fputs(help, stdout);
			status = EX_OK;
			break;
		default:
			status = cli_usage_error("check-config", "wrong arguments");
		}
	}
	if (status < 0 && optind < argc)
		status = cli_usage_error("check-config", "\"%s\" is one argument too many",
		                         argv[optind]);
	if (status < 0)
		status = check(&conf);
	arena_free(arena);
	return status;
}
