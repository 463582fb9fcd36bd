/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay status`: how the running filter is, as it says itself over its control socket. */
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/option.h"
#include "cli/running.h"
#include "cli/status_output.h"

/* For monitoring: neither is one of sysexits. */
#define STATUS_DEGRADED 1
#define STATUS_DOWN     2

#define ANSWER_MS 10000
#define WATCH_S   2

static const char help[] =
	"usage: assay status [-c FILE] [--socket ADDRESS] [--json] [--watch]\n"
	"\n"
	"Tells how the running assayd is, as it says itself over its control socket: what is degraded,\n"
	"and what to do about it; its rules and the last reload; mail by what became of it; how long\n"
	"scans take; what is under way; the DNS and its lists; the store; what was learned.\n"
	"\n"
	"  -c, --config FILE     the configuration, whose `control` says where assayd is asked\n"
	"                        (default: " CLI_DEFAULT_CONF ")\n"
	"      --socket ADDRESS  its control socket, such as unix:/run/assay/control.sock\n"
	"      --json            print one JSON object\n"
	"      --watch           ask again every two seconds, until it is interrupted; with --json, a\n"
	"                        line each time\n"
	"\n"
	"Exit status: 0 all is well; 1 something is degraded; 2 it is down, or can't be asked; 64 wrong\n"
	"arguments.\n";

struct status_options {
	const char *conf;
	const char *socket;
	bool json;
	bool watch;
	bool help;
};

static int read_options(int argc, char **argv, struct status_options *options)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "watch", no_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	optind = 1;
	while ((option = option_next("status", argc, argv, "c:h", names)) != -1) {
		if (option == 'c')
			options->conf = optarg;
		else if (option == 's')
			options->socket = optarg;
		else if (option == 'j')
			options->json = true;
		else if (option == 'w')
			options->watch = true;
		else if (option == 'h')
			options->help = true;
		else
			return EX_USAGE;
	}
	if (optind < argc && !options->help)
		return cli_usage_error("status", "unexpected argument \"%s\"", argv[optind]);
	return EX_OK;
}

static void print(const json_t *status, const struct status_options *options)
{
	/* From the top of the screen. */
	if (options->watch && !options->json && isatty(STDOUT_FILENO))
		fputs("\033[H\033[2J", stdout);
	if (!options->json) {
		status_output_print(status);
		return;
	}
	json_dumpf(status, stdout,
	           (options->watch ? JSON_COMPACT : JSON_INDENT(1)) | JSON_REAL_PRECISION(12));
	putchar('\n');
}

static int tell(struct str answer, const struct status_options *options)
{
	json_t *status = json_loadb(answer.data, answer.len, JSON_REJECT_DUPLICATES, NULL);
	const char *refusal = json_string_value(json_object_get(status, "error"));
	bool degraded;

	if (!json_is_object(status) || refusal != NULL) {
		fprintf(stderr, "assay status: %s\n",
		        refusal != NULL ? refusal : "the answer is no assayd's");
		json_decref(status);
		return STATUS_DOWN;
	}
	print(status, options);
	degraded = json_array_size(json_object_get(status, "troubles")) > 0;
	json_decref(status);
	return degraded ? STATUS_DEGRADED : EX_OK;
}

static int ask(const struct status_options *options)
{
	struct control_request request = { .command = CONTROL_STATUS };
	struct arena *arena = arena_new();
	struct str address = options->socket != NULL ? str_from(options->socket)
	                                             : running_address(arena, options->conf);
	int code = STATUS_DOWN;
	struct error error;
	struct str answer;

	if (running_ask(arena, address, &request, deadline_in_ms(ANSWER_MS), &answer, &error) ==
	    CONTROL_ANSWERED)
		code = tell(answer, options);
	else
		fprintf(stderr, "assay status: %s\n", error.text);
	arena_free(arena);
	return code;
}

/* Until the reader goes away, or somebody interrupts it. */
static int watch(const struct status_options *options)
{
	int code;

	do {
		code = ask(options);
	} while (fflush(stdout) == 0 && sleep(WATCH_S) == 0);
	return code;
}

int cli_status(int argc, char **argv)
{
	struct status_options options = { 0 };
	int code = read_options(argc, argv, &options);

	if (options.help)
		fputs(help, stdout);
	if (code != EX_OK || options.help)
		return code;
	return options.watch ? watch(&options) : ask(&options);
}
