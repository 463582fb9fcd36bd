/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/suggest.h"
#include "cli/cli.h"

struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *text;
};

static const struct subcommand subcommands[] = {
	{ "score", cli_score, "score messages and explain their scores" },
	{ "show", cli_show, "show what rules see of a message" },
	{ "check-config", cli_check_config, "check the configuration and the rules" },
	{ "dkim", cli_dkim, "check the signatures of messages" },
	{ "spf", cli_spf, "tell whether a domain lets an address send its mail" },
	{ "learn", cli_learn, "teach the filter what is spam here" },
	{ "list", cli_list, "keep lists of senders whom a recipient welcomes or blocks" },
	{ "lists", cli_lists, "tell which DNS lists are used, and why others are not" },
	{ "doctor", cli_doctor, "look at the whole, and say what to do, worst first" },
	{ "status", cli_status, "tell how the running filter is" },
	{ "reload", cli_reload, "let the running filter read its configuration and rules anew" },
	{ "rules", cli_rules, "fetch rules, try them on mail, and put them into force" },
	{ "report", cli_report, "report what was done with mail" },
	{ "health", cli_health, "tell what hosts think of the mail forwarded to them" },
	{ "release", cli_release, "send on after all what was dropped" },
	{ "store", cli_store, "bring back what a damaged file of records still holds" },
	{ "tune", cli_tune, "tell what another threshold or score would do; fit scores to mail" },
	{ "report-mistake", cli_report_mistake, "keep and learn what was judged wrongly" },
	{ "lookup", cli_lookup, "tell what an address is forwarded to" },
	{ "srs", cli_srs, "rewrite a sender for forwarding, or take it back" },
	{ "postfix", cli_postfix, "attach the filter to Postfix, or detach it" },
	{ "sendmail", cli_sendmail, "print what attaches the filter to Sendmail" },
	{ "import", cli_import, "take over the configuration of another filter" },
	{ "key", cli_key, "make a secret for the seal or for SRS" },
	{ "web", cli_web, "show customers and support staff in a browser what was done" },
	{ "probe", cli_probe, "send a message through a running assayd" },
};
#define SUBCOMMAND_COUNT (sizeof(subcommands) / sizeof(subcommands[0]))

static void print_help(FILE *out)
{
	fputs("usage: assay COMMAND [ARGUMENT]...\n\nCommands:\n", out);
	for (size_t i = 0; i < SUBCOMMAND_COUNT; i++)
		fprintf(out, "  %-16s%s\n", subcommands[i].name, subcommands[i].text);
	fputs("\n`assay COMMAND --help` tells the arguments of a command; see also assay(1).\n",
	      out);
}

static int unknown_command(const char *name)
{
	struct suggestion near = { 0 };

	for (size_t i = 0; i < SUBCOMMAND_COUNT; i++)
		suggest_consider(&near, str_from(name), subcommands[i].name);
	fprintf(stderr, "assay: unknown command \"%s\"", name);
	if (near.word != NULL)
		fprintf(stderr, "; did you mean \"%s\"?\n", near.word);
	else
		fputs("; `assay --help` lists them\n", stderr);
	return EX_USAGE;
}

/* Nobody should take half a report, or none, for a whole one. */
static int finish(const char *name, int status)
{
	bool lost = ferror(stdout);

	errno = 0;
	if (fflush(stdout) == 0 && !lost)
		return status;
	fprintf(stderr, "assay %s: the output can't be written%s%s\n", name, errno != 0 ? ": " : "",
	        errno != 0 ? strerror(errno) : "");
	return EX_IOERR;
}

int main(int argc, char **argv)
{
	log_open("assay", LOG_TO_STDERR);
	if (argc < 2) {
		print_help(stderr);
		return EX_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return finish("--help", EX_OK);
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts("assay " ASSAY_VERSION);
		return finish("--version", EX_OK);
	}
	for (size_t i = 0; i < SUBCOMMAND_COUNT; i++) {
		if (strcmp(argv[1], subcommands[i].name) == 0)
			return finish(argv[1], subcommands[i].run(argc - 1, argv + 1));
	}
	return unknown_command(argv[1]);
}
