/* SPDX-License-Identifier: GPL-3.0-or-later */
/* assayd: reads its options and leaves the rest to daemon.c. */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "milter/daemon.h"

#define DEFAULT_CONFIGURATION ASSAY_SYSCONFDIR "/assay.conf"

static const char usage[] =
	"usage: assayd [-t] [-c FILE]\n"
	"\n"
	"Scores mail for Postfix or Sendmail as a milter, in the foreground.\n"
	"\n"
	"  -c FILE  configuration (default: " DEFAULT_CONFIGURATION ", where there is one)\n"
	"  -t       check configuration and rules, print every mistake, and exit\n"
	"  -V       print the version\n"
	"  -h       print this text\n"
	"\n"
	"Signals: USR1 reloads configuration and rules, TERM stops. See assayd(8).\n";

int main(int argc, char **argv)
{
	const char *path = NULL;
	bool check = false;
	int option;

	log_open("assayd", LOG_TO_STDERR);
	while ((option = getopt(argc, argv, "c:thV")) != -1) {
		switch (option) {
		case 'c':
			path = optarg;
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
	if (path == NULL && access(DEFAULT_CONFIGURATION, F_OK) == 0)
		path = DEFAULT_CONFIGURATION;
	return check ? daemon_check(path) : daemon_run(path);
}
