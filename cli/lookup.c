/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay lookup`: what an address becomes, and which line of which table decided it. */
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/shown.h"
#include "cli/cli.h"
#include "cli/option.h"
#include "forward/address.h"
#include "setup/setup.h"
#include "web/pasted.h"

static const char help[] =
	"usage: assay lookup [-c FILE] ADDRESS...\n"
	"\n"
	"Tells the class of each address (hosted, relayed, forwarded, both, unknown) and all that it\n"
	"expands to, with the file and line that decided it.\n"
	"\n"
	"  -c, --config FILE  the configuration (default: " CLI_DEFAULT_CONF ")\n"
	"\n"
	"Exit status: 0, 64 for wrong arguments, 78 for an unusable configuration.\n";

static const char *explain(enum recipient_class class)
{
	switch (class) {
	case RECIPIENT_HOSTED:
		return "hosted: delivered to a mailbox here";
	case RECIPIENT_FORWARDED:
		return "forwarded: all that it expands to is external";
	case RECIPIENT_BOTH:
		return "both: a mailbox here and external addresses";
	case RECIPIENT_RELAYED:
		return "relayed: delivered by another host, but not forwarded";
	case RECIPIENT_UNKNOWN:
		break;
	}
	return "unknown: neither hosted nor in any table";
}

static struct str threshold_text(struct arena *arena, const struct settings *settings,
                                 struct str address)
{
	struct destination_settings destination =
		settings_for_destination(settings, address_domain(arena, address));
	char score[DECIMAL_TEXT_SIZE];

	if (destination.keep)
		return STR("never dropped");
	return arena_printf(arena, "%s from %s on",
	                    destination.observe ? "only observed" : "dropped",
	                    decimal_format(destination.forward_discard_score, score));
}

/* The line of a table that named an address; else what says that its domain is ours. */
static void print_reason(struct arena *arena, const struct forward_maps *maps,
                         const struct destination *destination)
{
	struct str reason = forward_domain_reason(arena, maps, destination->address);

	if (destination->at.line > 0)
		printf("  (%s:%u)", destination->at.file, destination->at.line);
	else if (destination->at.file != NULL)
		printf("  (%s)", destination->at.file);
	else if (reason.len > 0)
		printf("  (%.*s)", STR_FMT(shown_text(arena, reason)));
}

static void print_destination(struct arena *arena, const struct settings *settings,
                              const struct forward_maps *maps,
                              const struct destination *destination)
{
	printf("  %.*s  %s", STR_FMT(shown_text(arena, destination->address)),
	       destination->external ? "external" : "mailbox");
	if (destination->external) {
		struct str text = threshold_text(arena, settings, destination->address);

		printf(", %.*s", STR_FMT(text));
	}
	print_reason(arena, maps, destination);
	putchar('\n');
}

static void print_address(struct arena *arena, const struct settings *settings,
                          const struct forward_maps *maps, struct str address)
{
	const struct expansion *e = forward_expand(arena, maps, address);
	struct str reason = forward_domain_reason(arena, maps, address);

	printf("%.*s: %s\n", STR_FMT(shown_text(arena, address)), explain(e->class));
	if (e->class == RECIPIENT_RELAYED)
		printf("  (%.*s)\n", STR_FMT(shown_text(arena, reason)));
	for (size_t i = 0; i < e->len; i++)
		if (e->class != RECIPIENT_UNKNOWN && e->class != RECIPIENT_RELAYED)
			print_destination(arena, settings, maps, &e->items[i]);
	if (e->incomplete)
		printf("  but that is not certain, so nothing is dropped: %.*s\n",
		       STR_FMT(shown_text(arena, e->trouble)));
}

static int run(struct arena *arena, const char *path, char **addresses)
{
	struct forward_settings forward;
	struct forward_maps *maps = NULL;
	struct settings settings;
	struct problems problems;

	problems_init(&problems, arena);
	settings_init(&settings, arena);
	if (path == NULL && access(CLI_DEFAULT_CONF, F_OK) == 0)
		path = CLI_DEFAULT_CONF;
	if (path == NULL || settings_read(&settings, arena, path, &problems)) {
		forward = policy_forward_settings(arena, &settings);
		maps = forward_maps_load(arena, &forward, &problems);
	}
	setup_print_problems(&problems);
	if (maps == NULL)
		return EX_CONFIG;
	for (; *addresses != NULL; addresses++)
		print_address(arena, &settings, maps, pasted_address(arena, str_from(*addresses)));
	return EX_OK;
}

int cli_lookup(int argc, char **argv)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *path = NULL;
	struct arena *arena;
	int option, status;

	optind = 1;
	while ((option = option_next("lookup", argc, argv, "c:h", names)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EX_OK;
		}
		if (option != 'c')
			return EX_USAGE;
		path = optarg;
	}
	if (optind == argc)
		return cli_usage_error("lookup", "no address is given");
	arena = arena_new();
	status = run(arena, path, argv + optind);
	arena_free(arena);
	return status;
}
