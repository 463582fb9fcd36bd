/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay status`: how the running filter is, as it says itself over its control socket. */
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/shown.h"
#include "cli/cli.h"
#include "cli/json_text.h"
#include "cli/option.h"
#include "cli/running.h"
#include "cli/screen.h"
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

struct status_asking {
	struct arena *arena;
	const struct status_options *options;
	bool screen; /* a terminal that is watched */
};

static void print_json(const json_t *status, const struct status_options *options)
{
	json_dumpf(status, stdout,
	           (options->watch ? JSON_COMPACT : JSON_INDENT(1)) | JSON_REAL_PRECISION(12));
	putchar('\n');
}

/* What was shown before is not true any more, so it goes; programs get an object all the same. */
static int tell_down(const struct status_asking *asking, const char *why)
{
	struct str text = arena_printf(asking->arena, "assay status: %.*s\n",
	                               STR_FMT(shown_text(asking->arena, str_from(why))));
	json_t *object;

	if (asking->screen) {
		screen_show(stdout, asking->arena, text);
		return STATUS_DOWN;
	}
	fprintf(stderr, "%.*s", STR_FMT(text));
	if (asking->options->json) {
		object = json_object();
		json_object_set_new(object, "state", json_string("down"));
		json_text_set(asking->arena, object, "error", str_from(why));
		print_json(object, asking->options);
		json_decref(object);
	}
	return STATUS_DOWN;
}

static int tell(const struct status_asking *asking, struct str answer)
{
	json_t *status = json_loadb(answer.data, answer.len, JSON_REJECT_DUPLICATES, NULL);
	const char *refusal = json_string_value(json_object_get(status, "error"));
	int code;

	if (!json_is_object(status) || refusal != NULL)
		code = tell_down(asking, refusal != NULL ? refusal : "the answer is no assayd's");
	else
		code = json_array_size(json_object_get(status, "troubles")) > 0 ? STATUS_DEGRADED
		                                                                : EX_OK;
	if (code != STATUS_DOWN && asking->options->json)
		print_json(status, asking->options);
	else if (code != STATUS_DOWN && asking->screen)
		screen_show(stdout, asking->arena, status_output_text(asking->arena, status));
	else if (code != STATUS_DOWN)
		printf("%.*s", STR_FMT(status_output_text(asking->arena, status)));
	json_decref(status);
	return code;
}

static int ask(const struct status_options *options)
{
	struct control_request request = { .command = CONTROL_STATUS };
	struct status_asking asking = {
		.arena = arena_new(),
		.options = options,
		.screen = options->watch && !options->json && isatty(STDOUT_FILENO),
	};
	struct str address = options->socket != NULL ? str_from(options->socket)
	                                             : running_address(asking.arena, options->conf);
	struct error error;
	struct str answer;
	int code;

	if (running_ask(asking.arena, address, &request, deadline_in_ms(ANSWER_MS), &answer,
	                &error) == CONTROL_ANSWERED)
		code = tell(&asking, answer);
	else
		code = tell_down(&asking, error.text);
	arena_free(asking.arena);
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
