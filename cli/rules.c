/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `assay rules`: rule sets of channels and of a site, fetched, tried on mail, and put into force or
 * taken back.
 */
#include "cli/rules.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/plural.h"
#include "cli/dns_options.h"
#include "cli/option.h"
#include "scoring/rule_channel.h"
#include "setup/setup.h"

static const char help[] =
	"usage: assay rules update [--channel NAME]... [OPTION]...\n"
	"       assay rules list [--json]\n"
	"       assay rules test DIR|CHANNEL/VERSION\n"
	"       assay rules activate DIR|CHANNEL/VERSION\n"
	"       assay rules rollback [CHANNEL]\n"
	"       assay rules pin CHANNEL|CHANNEL/VERSION\n"
	"       assay rules unpin CHANNEL\n"
	"\n"
	"Keeps rule sets by channel and version below rules_directory; `rules channel:NAME` in the\n"
	"configuration uses them. A new one goes into force only if it loads without a mistake, its\n"
	"`test` lines hold, and, on a sample of mail beside the present one, it makes no good mail\n"
	"spam and doesn't cost too much: see canary_mail and its kin in assay.conf(5). A running\n"
	"assayd takes it up within seconds.\n"
	"\n"
	"Commands:\n"
	"  update    fetch what is new, as sa-update does, and activate it\n"
	"  list      what there is: in force, refused and why, pinned\n"
	"  test      try a directory of rule files, or a version that is there, and change nothing\n"
	"  activate  the same, and put it into force; files of a directory are copied, as the next\n"
	"            version of the channel " RULES_HAND_CHANNEL " or of --channel\n"
	"  rollback  put the version before into force again, and refuse the one that is\n"
	"  pin       keep what is in force, whatever updates there are\n"
	"  unpin     let updates replace it again\n"
	"\n"
	"  -c, --config FILE     the configuration (default: " CLI_DEFAULT_CONF ",\n"
	"                        or the built-in defaults where that does not exist)\n"
	"      --channel NAME    may be repeated (default: those that the configuration's `rules`\n"
	"                        name, or updates.spamassassin.org)\n"
	"      --gpgkey ID       the key that must have signed, by 8 digits of its fingerprint's end\n"
	"                        or more; may be repeated (default: any of the keyring)\n"
	"      --gpghomedir DIR  where the keyring is (default: the file rules_keyring names)\n"
	"      --nogpg           don't verify signatures, only checksums: unsafe; also --no-gpg\n"
	"      --checkonly       only tell whether there is an update\n"
	"      --refreshmirrors  get the list of mirrors anew, which is kept for a week otherwise\n"
	"      --dns-server ADDR[@PORT]  may be repeated (default: those of the configuration)\n"
	"      --force           activate whatever can be loaded\n"
	"      --json            print one JSON object\n"
	"\n"
	"Exit status of update, as sa-update's: 0 something was updated, 1 nothing is new, 2 the\n"
	"present configuration can't be loaded, 3 some channels were updated and others failed,\n"
	"4 none was. Of the other commands: 0; 1 refused; 64 wrong arguments; 66 no such version;\n"
	"73 can't be written; 78 a mistake in the configuration.\n";

struct command {
	const char *name;
	int (*run)(const struct rules_options *options);
	bool takes_target;
	bool needs_target;
};

static int pin(const struct rules_options *options)
{
	return rules_pin(options, true);
}

static int unpin(const struct rules_options *options)
{
	return rules_pin(options, false);
}

static const struct command commands[] = {
	{ "update", rules_update, false, false },
	{ "list", rules_list, false, false },
	{ "test", rules_test, true, true },
	{ "activate", rules_activate, true, true },
	{ "rollback", rules_rollback, true, false },
	{ "pin", pin, true, true },
	{ "unpin", unpin, true, true },
};

struct str_list rules_named_channels(struct arena *arena, const struct settings *settings)
{
	struct str_list channels = { 0 };
	struct str channel;

	for (size_t i = 0; i < settings->rules.len; i++)
		if (rule_channel_named(settings->rules.items[i], &channel) &&
		    rule_channel_valid(channel))
			vec_push(arena, &channels, channel);
	return channels;
}

struct rule_sets rules_sets(const struct rules_options *options, struct str channel)
{
	return (struct rule_sets){ .arena = options->arena,
		                   .directory = options->settings.rules_directory,
		                   .channel = channel };
}

/* Of the directory, or of the one that it will be made in. */
static bool find_owner(const struct rules_options *options, struct stat *status_r)
{
	struct str path = options->settings.rules_directory;
	ptrdiff_t slash = str_rfind_char(path, '/');

	if (stat(arena_cstr(options->arena, path), status_r) == 0)
		return true;
	return slash > 0 &&
	       stat(arena_cstr(options->arena, str_prefix(path, (size_t)slash)), status_r) == 0;
}

bool rules_become_owner(const struct rules_options *options, struct error *err_r)
{
	const struct passwd *account;
	struct stat status;

	if (geteuid() != 0 || !find_owner(options, &status) || status.st_uid == 0)
		return true;
	account = getpwuid(status.st_uid);
	if (account == NULL || initgroups(account->pw_name, account->pw_gid) != 0 ||
	    setgid(account->pw_gid) != 0 || setuid(account->pw_uid) != 0)
		return error_set(
			err_r, "%.*s belongs to the user id %u, and assay rules can't become that",
			STR_FMT(options->settings.rules_directory), (unsigned)status.st_uid);
	return true;
}

void rules_print_result(const struct canary_result *result)
{
	char text[DECIMAL_TEXT_SIZE];

	if (result->ham + result->spam == 0)
		return;
	printf("tried on %zu good %s and %zu of spam: %zu good %s spam, %zu would be "
	       "dropped; of the spam, %zu more %s tagged, %zu less\n",
	       result->ham, plural(result->ham, "message", "messages"), result->spam,
	       result->new_spam, plural(result->new_spam, "one becomes", "ones become"),
	       result->new_discards, result->caught, plural(result->caught, "is", "are"),
	       result->missed);
	if (result->cost > 0)
		printf("a message costs %s times the %s of the present rules\n",
		       decimal_format(result->cost, text),
		       result->by_instructions ? "instructions" : "processor time");
}

void rules_print_activated(const struct rules_options *options, struct str channel,
                           struct str version)
{
	struct str_list named = rules_named_channels(options->arena, &options->settings);
	const struct str *name;
	bool used = false;

	printf("%.*s/%.*s is in force\n", STR_FMT(channel), STR_FMT(version));
	vec_foreach (&named, name)
		used = used || str_eq(*name, channel);
	if (!used)
		printf("the configuration doesn't use it yet: write `rules channel:%.*s`\n",
		       STR_FMT(channel));
}

static bool take_option(struct rules_options *options, int option, int *status)
{
	switch (option) {
	case 'c':
		options->conf.path = optarg;
		return true;
	case 'C':
		if (!rule_channel_valid(str_from(optarg)))
			*status =
				cli_usage_error("rules", "\"%s\" is no name of a channel", optarg);
		vec_push(options->arena, &options->channels, str_from(optarg));
		return true;
	case 'k':
		if (strlen(optarg) < 8 ||
		    strspn(optarg, "0123456789abcdefABCDEF") != strlen(optarg))
			*status = cli_usage_error(
				"rules", "--gpgkey: \"%s\" is not 8 or more digits of a key",
				optarg);
		vec_push(options->arena, &options->gpg_keys, str_from(optarg));
		return true;
	case 'K':
		options->gpg_home = optarg;
		return true;
	case 'n':
		options->no_gpg = true;
		return true;
	case 'o':
		options->check_only = true;
		return true;
	case 'm':
		options->refresh_mirrors = true;
		return true;
	case 'd':
		*status = dns_options_server(options->arena, "rules", optarg, &options->dns);
		return true;
	case 'f':
		options->force = true;
		return true;
	case 'j':
		options->json = true;
		return true;
	default:
		return false;
	}
}

/* EX_OK, or another status, or -1 where help was printed. */
static int read_options(int argc, char **argv, struct rules_options *options)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "channel", required_argument, NULL, 'C' },
		{ "gpgkey", required_argument, NULL, 'k' },
		{ "gpghomedir", required_argument, NULL, 'K' },
		{ "nogpg", no_argument, NULL, 'n' },
		{ "no-gpg", no_argument, NULL, 'n' },
		{ "checkonly", no_argument, NULL, 'o' },
		{ "refreshmirrors", no_argument, NULL, 'm' },
		{ "dns-server", required_argument, NULL, 'd' },
		{ "force", no_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, status = EX_OK;

	while (status == EX_OK && (option = option_next("rules", argc, argv, "c:h", names)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return -1;
		}
		if (!take_option(options, option, &status))
			return EX_USAGE;
	}
	/* As sa-update: whoever names keys wants them to be asked for. */
	if (options->gpg_keys.len > 0 || options->gpg_home != NULL)
		options->no_gpg = false;
	return status;
}

static bool read_settings(struct rules_options *options)
{
	const char *path = cli_conf_path(&options->conf);
	struct problems problems;
	bool ok = true;

	problems_init(&problems, options->arena);
	settings_init(&options->settings, options->arena);
	if (path != NULL)
		ok = settings_read(&options->settings, options->arena, path, &problems);
	if (!ok)
		setup_print_problems(&problems);
	return ok;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

static int run(int argc, char **argv, struct rules_options *options)
{
	int status = read_options(argc, argv, options);
	const struct command *command;

	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	if (optind == argc)
		return cli_usage_error("rules", "a command is missing");
	command = find_command(argv[optind]);
	if (command == NULL)
		return cli_usage_error("rules", "unknown command \"%s\"", argv[optind]);
	optind++;
	if (optind < argc && command->takes_target)
		options->target = argv[optind++];
	if (optind < argc)
		return cli_usage_error("rules", "unexpected argument \"%s\"", argv[optind]);
	if (command->needs_target && options->target == NULL)
		return cli_usage_error("rules", "%s needs an argument", command->name);
	if (!read_settings(options))
		return command->run == rules_update ? 2 : EX_CONFIG;
	return command->run(options);
}

int cli_rules(int argc, char **argv)
{
	struct rules_options options = { .arena = arena_new() };
	int status = run(argc, argv, &options);

	arena_free(options.arena);
	return status;
}
