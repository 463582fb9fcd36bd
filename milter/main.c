/* SPDX-License-Identifier: GPL-3.0-or-later */
/* assayd: reads its options and leaves the rest to daemon.c. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "milter/daemon.h"

#define DEFAULT_CONFIGURATION ASSAY_SYSCONFDIR "/assay.conf"

static const char usage[] =
	"usage: assayd [-t] [--force] [-c FILE]\n"
	"\n"
	"Scores mail for Postfix or Sendmail as a milter, in the foreground.\n"
	"\n"
	"  -c FILE  configuration (default: " DEFAULT_CONFIGURATION ", where there is one)\n"
	"  -t       check configuration and rules, print every mistake, and exit\n"
	"  --force  accept rules none of which can hit; with -t also where they are fewer than half\n"
	"           of those in force, or have more mistakes\n"
	"  -V       print the version\n"
	"  -h       print this text\n"
	"\n"
	"Signals: HUP or USR1 reloads configuration and rules, USR2 does so with --force, TERM stops.\n"
	"See assayd(8).\n";

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "force", no_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	struct daemon_options daemon = { 0 };
	bool check = false;
	int option;

	log_open("assayd", LOG_TO_STDERR);
	while ((option = getopt_long(argc, argv, "c:thV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			daemon.path = optarg;
			break;
		case 'f':
			daemon.force = true;
			break;
		case 't':
			check = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EX_OK;
		case 'V':
			puts("assayd " ASSAY_VERSION);
			return EX_OK;
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "assayd: \"%s\" is one argument too many\n\n%s", argv[optind],
		        usage);
		return EX_USAGE;
	}
	if (daemon.path == NULL && access(DEFAULT_CONFIGURATION, F_OK) == 0)
		daemon.path = DEFAULT_CONFIGURATION;
	return check ? daemon_check(&daemon) : daemon_run(&daemon);
}
