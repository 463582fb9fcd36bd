/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay sendmail`: the lines that attach the filter to Sendmail. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/socket_address.h"
#include "cli/cli.h"
#include "cli/option.h"
#include "setup/setup.h"

static const char help[] =
	"usage: assay sendmail attach [--hop] [-c FILE]\n"
	"\n"
	"Prints the lines that attach the filter to Sendmail, and what to do with them. Nothing is\n"
	"changed: sendmail.mc is the site's own program.\n"
	"\n"
	"      --hop          the forward hop, too: what is forwarded can be dropped\n"
	"  -c, --config FILE  the filter's configuration (default: " CLI_DEFAULT_CONF ")\n"
	"\n"
	"Exit status: 0; 64 wrong arguments; 78 the configuration is wrong, or Sendmail can't reach\n"
	"the filter.\n";

/* As S= of INPUT_MAIL_FILTER names it; false where it is a directory that Sendmail won't trust. */
static struct str socket_name(struct arena *arena, const struct settings *settings)
{
	for (size_t i = 0; i < settings->listen.len; i++) {
		struct socket_address address;
		struct error error;

		if (!socket_address_parse(arena, "listen", settings->listen.items[i], &address,
		                          &error))
			continue;
		if (address.family == AF_UNIX)
			return arena_printf(arena, "local:%s", address.path);
		return arena_printf(arena, "inet%s:%s@%s", address.family == AF_INET6 ? "6" : "",
		                    address.port,
		                    strcmp(address.host, "0.0.0.0") == 0 ? "127.0.0.1"
		                    : strcmp(address.host, "::") == 0    ? "::1"
		                                                         : address.host);
	}
	return STR("");
}

static void print_hop(const struct settings *settings)
{
	printf("\n"
	       "The forward hop, a second Sendmail on the loopback:\n"
	       "\n"
	       "    install -d -o smmta -g smmsp -m 2750 /var/spool/mqueue-forward\n"
	       "    cp " ASSAY_DATADIR "/sendmail/forward.mc " ASSAY_DATADIR
	       "/sendmail/forward.m4 /etc/mail/\n"
	       "    m4 /etc/mail/forward.mc > /etc/mail/forward.cf\n"
	       "    cp " ASSAY_DATADIR "/sendmail/assay-forward.service /etc/systemd/system/\n"
	       "    systemctl daemon-reload && systemctl enable --now assay-forward\n"
	       "\n"
	       "At the end of sendmail.mc, after the line above:\n"
	       "\n"
	       "    include(`/etc/mail/forward.m4')dnl\n");
	if (settings->seal_key_file.len == 0)
		puts("\nIn assay.conf, after `assay key new /etc/assay/seal.key`:\n\n"
		     "    seal_key_file /etc/assay/seal.key");
	if (settings_role(settings, STR("FORWARD")) != ROLE_FORWARD)
		puts("\nAt the end of assay.conf:\n\n    [daemon FORWARD]\n    role forward");
	puts("\nThen restart assayd.");
}

static int attach(struct arena *arena, const struct cli_conf *conf, bool hop)
{
	const char *path = cli_conf_path(conf);
	struct settings settings;
	struct problems problems;
	struct str name;

	problems_init(&problems, arena);
	settings_init(&settings, arena);
	if (path != NULL && !settings_read(&settings, arena, path, &problems)) {
		setup_print_problems(&problems);
		return EX_CONFIG;
	}
	name = socket_name(arena, &settings);
	if (name.len == 0) {
		fputs("assay sendmail: no address of `listen` can be read\n", stderr);
		return EX_CONFIG;
	}
	printf("At the end of /etc/mail/sendmail.mc:\n"
	       "\n"
	       "    INPUT_MAIL_FILTER(`assay', `S=%.*s, T=C:30s;S:30s;R:30s;E:5m')dnl\n"
	       "\n"
	       "Then `sendmailconfig` (Debian), or m4 sendmail.mc > sendmail.cf, and restart "
	       "Sendmail.\n"
	       "To undo it, remove the line and do the same.\n",
	       STR_FMT(name));
	if (hop)
		print_hop(&settings);
	return EX_OK;
}

int cli_sendmail(int argc, char **argv)
{
	static const struct option options[] = {
		{ "hop", no_argument, NULL, 'H' },
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct cli_conf conf = { .path = NULL };
	struct arena *arena;
	bool hop = false;
	int option, status;

	while ((option = option_next("sendmail", argc, argv, "c:h", options)) != -1) {
		if (option == 'H') {
			hop = true;
		} else if (option == 'c') {
			conf.path = optarg;
		} else if (option == 'h') {
			fputs(help, stdout);
			return EX_OK;
		} else {
			return EX_USAGE;
		}
	}
	if (optind + 1 != argc || strcmp(argv[optind], "attach") != 0)
		return optind == argc
		               ? cli_usage_error("sendmail", "say what to do: attach")
		               : cli_usage_error(
					 "sendmail", "unexpected argument \"%s\"",
					 argv[strcmp(argv[optind], "attach") == 0 ? optind + 1
		                                                                  : optind]);
	arena = arena_new();
	status = attach(arena, &conf, hop);
	arena_free(arena);
	return status;
}
