/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay key`: makes the secrets that assay.conf names, readable for the filter alone. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/key_file.h"
#include "cli/option.h"
#include "setup/setup.h"

static const char help[] =
	"usage: assay key new [-c FILE] [--group NAME] FILE...\n"
	"\n"
	"Writes a new random secret into each file, for seal_key_file or srs_secret_file. Made by root\n"
	"it is readable for the group of the filter's account (mode 0640), else for its owner alone\n"
	"(0600). A file that is there is not replaced.\n"
	"\n"
	"  -c, --config FILE  the configuration, whose `user` has the group (default:\n"
	"                     " CLI_DEFAULT_CONF "; without `user`: assay)\n"
	"      --group NAME   another group, for root; \"-\": none, mode 0600\n"
	"\n"
	"Exit status: 0, 64 for wrong arguments, 73 where a file can't be written, 78 where the\n"
	"configuration or the group is wrong.\n";

static bool find_group(struct arena *arena, const char *path, const char *group, gid_t *gid_r)
{
	struct cli_conf conf = { .path = path };
	struct settings settings;
	struct problems problems;
	struct error error;
	bool ok;

	problems_init(&problems, arena);
	settings_init(&settings, arena);
	*gid_r = (gid_t)-1;
	if (group != NULL && strcmp(group, "-") == 0)
		return true;
	if (group != NULL && geteuid() != 0) {
		ok = error_set(&error,
		               "--group: only a secret of root's may be read by a group; leave "
		               "it out, or do it as root");
	} else if (group != NULL) {
		ok = account_find_group(arena, str_from(group), gid_r, &error);
	} else if (cli_conf_path(&conf) != NULL &&
	           !settings_read(&settings, arena, cli_conf_path(&conf), &problems)) {
		setup_print_problems(&problems);
		return false;
	} else {
		ok = key_file_group(arena, &settings, gid_r, &error);
	}
	if (!ok)
		fprintf(stderr, "assay key: %s\n", error.text);
	return ok;
}

static int make_all(char **paths, gid_t group)
{
	struct error error;
	int status = EX_OK;

	for (; *paths != NULL; paths++) {
		if (key_file_make(*paths, group, &error))
			continue;
		fprintf(stderr, "assay key: %s\n", error.text);
		status = EX_CANTCREAT;
	}
	return status;
}

static int run(int argc, char **argv, const char *path, const char *group)
{
	struct arena *arena;
	bool ok;
	gid_t gid;

	if (argc < 1 || strcmp(argv[0], "new") != 0)
		return cli_usage_error("key",
		                       argc < 1 ? "say what to do: new"
		                                : "unknown command \"%s\"; write new",
		                       argc < 1 ? "" : argv[0]);
	if (argc < 2)
		return cli_usage_error("key", "no FILE");
	arena = arena_new();
	ok = find_group(arena, path, group, &gid);
	arena_free(arena);
	return ok ? make_all(argv + 1, gid) : EX_CONFIG;
}

int cli_key(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "group", required_argument, NULL, 'g' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = NULL, *group = NULL;
	int option;

	while ((option = option_next("key", argc, argv, "c:h", options)) != -1) {
		if (option == 'c') {
			path = optarg;
		} else if (option == 'g') {
			group = optarg;
		} else if (option == 'h') {
			fputs(help, stdout);
			return EX_OK;
		} else {
			return EX_USAGE;
		}
	}
	return run(argc - optind, argv + optind, path, group);
}
