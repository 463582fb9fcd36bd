/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/option.h"

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "cli/cli.h"

#define SHORTS_MAX 64

/* A long option as typed, up to its value. */
static struct str typed_name(const char *argument)
{
	struct str name = str_from(argument + 2);
	ptrdiff_t equals = str_find_char(name, '=');

	return equals < 0 ? name : str_prefix(name, (size_t)equals);
}

static void refuse_long(const char *command, const char *argument, const struct option *longs)
{
	struct str name = typed_name(argument);
	struct suggestion near = { 0 };
	size_t beginnings = 0;

	for (; longs->name != NULL; longs++) {
		suggest_consider(&near, name, longs->name);
		beginnings += str_starts(str_from(longs->name), name);
	}
	if (beginnings > 1)
		cli_usage_error(command, "\"--%.*s\" is short for several options", STR_FMT(name));
	else if (near.word != NULL)
		cli_usage_error(command, "unknown option \"--%.*s\"; did you mean \"--%s\"?",
		                STR_FMT(name), near.word);
	else
		cli_usage_error(command, "unknown option \"--%.*s\"", STR_FMT(name));
}

static void refuse(const char *command, const char *argument, const struct option *longs)
{
	bool is_long = strncmp(argument, "--", 2) == 0;

	if (!is_long)
		cli_usage_error(command, "unknown option \"-%c\"", optopt);
	else if (optopt == 0)
		refuse_long(command, argument, longs);
	else
		cli_usage_error(command, "\"--%.*s\" takes no value",
		                STR_FMT(typed_name(argument)));
}

int option_next(const char *command, int argc, char **argv, const char *shorts,
                const struct option *longs)
{
	char marked[SHORTS_MAX];
	int option;

	/* The colon tells options without their values from unknown ones. */
	snprintf(marked, sizeof(marked), ":%s", shorts);
	opterr = 0;
	option = getopt_long(argc, argv, marked, longs, NULL);
	if (option == ':' && strncmp(argv[optind - 1], "--", 2) == 0)
		cli_usage_error(command, "\"%s\" needs a value", argv[optind - 1]);
	else if (option == ':')
		cli_usage_error(command, "\"-%c\" needs a value", optopt);
	else if (option == '?')
		refuse(command, argv[optind - 1], longs);
	return option == ':' ? '?' : option;
}
