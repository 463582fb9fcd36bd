/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay reload`: lets the running filter read its configuration and rules anew, and waits. */
#include <stdio.h>
#include <sysexits.h>

#include "base/plural.h"
#include "cli/cli.h"
#include "cli/option.h"
#include "cli/running.h"
#include "control/reload_answer.h"

/* For as many rules as there may be, on a slow machine. */
#define RELOAD_MS (15 * 60 * 1000)

static const char help[] =
	"usage: assay reload [-c FILE] [--socket ADDRESS] [--force]\n"
	"\n"
	"Lets the running assayd read its configuration and rules anew, waits until that is done, and\n"
	"prints what is wrong: file:line:column: what; what to do. Where it is refused, what was\n"
	"loaded before stays in force.\n"
	"\n"
	"  -c, --config FILE     the configuration, whose `control` says where assayd is asked\n"
	"                        (default: " CLI_DEFAULT_CONF ")\n"
	"      --socket ADDRESS  its control socket, such as unix:/run/assay/control.sock\n"
	"      --force           accept rules although they are far fewer, or have more mistakes\n"
	"\n"
	"Exit status: 0 what there is now is in force; 64 wrong arguments; 69 no assayd runs; 75 it\n"
	"doesn't answer; 77 no permission to ask it; 78 the reload was refused.\n";

struct reload_options {
	const char *conf;
	const char *socket;
	bool force;
	bool help;
};

static int read_options(int argc, char **argv, struct reload_options *options)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "force", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	optind = 1;
	while ((option = option_next("reload", argc, argv, "c:h", names)) != -1) {
		if (option == 'c')
			options->conf = optarg;
		else if (option == 's')
			options->socket = optarg;
		else if (option == 'f')
			options->force = true;
		else if (option == 'h')
			options->help = true;
		else
			return EX_USAGE;
	}
	if (optind < argc && !options->help)
		return cli_usage_error("reload", "unexpected argument \"%s\"", argv[optind]);
	return EX_OK;
}

static void print_problems(const struct reload_result *result)
{
	size_t all = result->errors + result->others;

	for (size_t i = 0; i < result->problems.len; i++) {
		const struct problem *problem = &result->problems.items[i];

		fprintf(stderr, "%.*s%s\n", STR_FMT(problem->text),
		        problem->severity == PROBLEM_WARNING ? " (warning)" : "");
	}
	if (all > result->problems.len)
		fprintf(stderr, "assay reload: %zu more; `assay check-config` tells all of them\n",
		        all - result->problems.len);
}

static int tell(const struct reload_result *result)
{
	print_problems(result);
	if (!result->reloaded) {
		fputs("assay reload: refused; what was loaded before stays in force\n", stderr);
		return EX_CONFIG;
	}
	if (result->restart.len > 0)
		fprintf(stderr, "assay reload: changed, but in force only after a restart: %.*s\n",
		        STR_FMT(result->restart));
	printf("reloaded: %zu %s from %zu %s\n", result->rules,
	       plural(result->rules, "rule", "rules"), result->files,
	       plural(result->files, "file", "files"));
	return EX_OK;
}

static int code_of(enum control_reach reach)
{
	switch (reach) {
	case CONTROL_NOT_ALLOWED:
		return EX_NOPERM;
	case CONTROL_NO_ANSWER:
		return EX_TEMPFAIL;
	default:
		return EX_UNAVAILABLE;
	}
}

static int ask(struct arena *arena, const struct reload_options *options)
{
	struct control_request request = { .command = CONTROL_RELOAD, .force = options->force };
	struct str address = options->socket != NULL ? str_from(options->socket)
	                                             : running_address(arena, options->conf);
	struct reload_result result;
	struct error error;
	struct str answer;
	enum control_reach reach =
		running_ask(arena, address, &request, deadline_in_ms(RELOAD_MS), &answer, &error);

	if (reach != CONTROL_ANSWERED) {
		fprintf(stderr, "assay reload: %s\n", error.text);
		return code_of(reach);
	}
	if (!reload_answer_parse(arena, answer, &result, &error)) {
		fprintf(stderr, "assay reload: %s\n", error.text);
		return EX_UNAVAILABLE;
	}
	return tell(&result);
}

int cli_reload(int argc, char **argv)
{
	struct reload_options options = { 0 };
	int status = read_options(argc, argv, &options);
	struct arena *arena;

	if (options.help)
		fputs(help, stdout);
	if (status != EX_OK || options.help)
		return status;
	arena = arena_new();
	status = ask(arena, &options);
	arena_free(arena);
	return status;
}
