/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/digest_items.h"
#include "cli/digest_links.h"
#include "cli/option.h"
#include "cli/report_since.h"
#include "scoring/policy.h"
#include "scoring/scan_id.h"
#include "setup/setup.h"
#include "web/pasted.h"

/* Messages in one mail, and of those that were let through. */
#define ITEMS_MAX     300
#define PASSED_MAX    100
#define DEFAULT_SINCE "24h"
#define DEFAULT_VALID "7d"
#define STATUS_EMPTY  1

static const char help[] =
	"usage: assay report digest --account NAME [OPTION]...\n"
	"\n"
	"Writes one mail, text and HTML, of what was dropped or tagged for an account, by rising\n"
	"score, each with links that are signed: deliver it, welcome or block its sender, and that\n"
	"it was right. With spam_report_link yes, also of what was let through, with a link to report\n"
	"it as spam. For sendmail -t; contrib/systemd has a timer.\n"
	"\n"
	"  -c, --config FILE     the configuration (default: " CLI_DEFAULT_CONF ")\n"
	"      --account NAME    an address, or a domain for all addresses in it\n"
	"      --since TIME      30m, 24h, 7d (default: " DEFAULT_SINCE ")\n"
	"      --valid TIME      how long the links hold (default: " DEFAULT_VALID ")\n"
	"      --mail-to ADDRESS who gets it (default: the account, or postmaster of the domain)\n"
	"      --mail-from ADDRESS  (default: postmaster of this host)\n"
	"\n"
	"Exit status: 0; 1 where there is nothing to tell, and then nothing is written; 64 for wrong\n"
	"arguments, 74 where the store can't be read, 78 for an unusable configuration.\n";

struct digest_options {
	struct arena *arena;
	const char *config;
	struct str account, mail_to, mail_from;
	const char *since, *valid;
	int64_t since_us, valid_s;
	bool help;
};

/* Arguments. */

static int read_option(int option, struct digest_options *options)
{
	switch (option) {
	case 'c':
		options->config = optarg;
		return EX_OK;
	case 'a':
		options->account = pasted_account(options->arena, str_from(optarg));
		return EX_OK;
	case 'S':
		options->since = optarg;
		return EX_OK;
	case 'v':
		options->valid = optarg;
		return EX_OK;
	case 't':
		options->mail_to = pasted_address(options->arena, str_from(optarg));
		return EX_OK;
	case 'f':
		options->mail_from = pasted_address(options->arena, str_from(optarg));
		return EX_OK;
	case 'h':
		options->help = true;
		return EX_OK;
	default:
		return EX_USAGE;
	}
}

/* It stands in a header of ours. */
static bool is_safe(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] <= ' ' || (unsigned char)text.data[i] >= 0x7f)
			return false;
	return text.len > 0;
}

static int check_options(struct digest_options *options)
{
	if (!is_safe(options->account))
		return cli_usage_error("report", "say whose digest: --account NAME");
	if (!report_read_age(str_from(options->since), &options->since_us))
		return cli_usage_error("report", "--since \"%s\" is no time; write 30m, 24h or 7d",
		                       options->since);
	if (!report_read_age(str_from(options->valid), &options->valid_s))
		return cli_usage_error("report", "--valid \"%s\" is no time; write 12h or 7d",
		                       options->valid);
	options->since_us = ((int64_t)time(NULL) - options->since_us) * 1000000;
	if (options->mail_to.len == 0)
		options->mail_to = str_find_char(options->account, '@') > 0
		                           ? options->account
		                           : arena_printf(options->arena, "postmaster@%.*s",
		                                          STR_FMT(options->account));
	if (!is_safe(options->mail_to) ||
	    (options->mail_from.len > 0 && !is_safe(options->mail_from)))
		return cli_usage_error("report", "--mail-to and --mail-from are addresses");
	return EX_OK;
}

static int read_arguments(int argc, char **argv, struct digest_options *options)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "account", required_argument, NULL, 'a' },
		{ "since", required_argument, NULL, 'S' },
		{ "valid", required_argument, NULL, 'v' },
		{ "mail-to", required_argument, NULL, 't' },
		{ "mail-from", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, status = EX_OK;

	optind = 1;
	while (status == EX_OK && (option = option_next("report", argc, argv, "c:h", names)) != -1)
		status = read_option(option, options);
	if (status != EX_OK || options->help)
		return status;
	if (optind < argc)
		return cli_usage_error("report", "unexpected argument \"%s\"", argv[optind]);
	return check_options(options);
}

/* The mail. */

static bool read_settings(const struct digest_options *options, struct settings *settings_r)
{
	struct arena *arena = options->arena;
	const struct cli_conf conf = { .path = options->config };
	const char *path = cli_conf_path(&conf);
	struct problems problems;
	bool ok = true;

	problems_init(&problems, arena);
	settings_init(settings_r, arena);
	if (path != NULL)
		ok = settings_read(settings_r, arena, path, &problems);
	setup_print_problems(&problems);
	return ok;
}

/* Cuts the list; how many are left out. */
static size_t cut(struct digest_items *items, size_t max)
{
	size_t len = items->len;

	if (len <= max)
		return 0;
	items->len = max;
	return len - max;
}

static bool add_links(struct digest_links *links, struct digest_items *items, struct error *err_r)
{
	for (size_t i = 0; i < items->len; i++)
		if (!digest_links_add(links, &items->items[i], err_r))
			return false;
	return true;
}

static void print(const struct digest_options *options, const struct settings *settings,
                  struct digest *digest)
{
	struct arena *arena = options->arena;
	struct str host = policy_hostname(arena, settings);
	struct strbuf buf;

	digest->account = options->account;
	digest->to = options->mail_to;
	digest->from = options->mail_from.len > 0
	                       ? options->mail_from
	                       : arena_printf(arena, "postmaster@%.*s", STR_FMT(host));
	digest->service = settings->service_name;
	digest->since = str_from(options->since);
	digest->message_id =
		arena_printf(arena, "digest.%.*s@%.*s", STR_FMT(scan_id_new(arena)), STR_FMT(host));
	strbuf_init(&buf, arena);
	digest_mail_write(&buf, digest);
	fwrite(buf.data, 1, buf.len, stdout);
}

static int fail(int status, const struct error *err)
{
	fprintf(stderr, "assay report: %s\n", err->text);
	return status;
}

static int write_digest(const struct digest_options *options)
{
	struct arena *arena = options->arena;
	struct digest_items items = { 0 }, passed = { 0 };
	struct digest digest = { .now_s = time(NULL), .items = &items, .passed = &passed };
	struct digest_links links;
	struct settings settings;
	struct error err;
	bool ok;

	if (!read_settings(options, &settings))
		return EX_CONFIG;
	if (!digest_links_open(&links, arena, &settings, options->account,
	                       digest.now_s + options->valid_s, &err))
		return fail(EX_CONFIG, &err);
	ok = digest_items_read(arena, arena_cstr(arena, settings.store), options->account,
	                       options->since_us, &items, &passed, &err);
	digest.left_out = cut(&items, ITEMS_MAX);
	digest.passed_left_out = cut(&passed, PASSED_MAX);
	ok = ok && add_links(&links, &items, &err) && add_links(&links, &passed, &err);
	digest_links_close(&links);
	if (!ok)
		return fail(EX_IOERR, &err);
	if (items.len == 0 && passed.len == 0)
		return STATUS_EMPTY;
	print(options, &settings, &digest);
	return EX_OK;
}

int report_digest(int argc, char **argv)
{
	struct digest_options options = { .arena = arena_new(),
		                          .since = DEFAULT_SINCE,
		                          .valid = DEFAULT_VALID };
	int status = read_arguments(argc, argv, &options);

	if (options.help)
		fputs(help, stdout);
	else if (status == EX_OK)
		status = write_digest(&options);
	arena_free(options.arena);
	return status;
}
