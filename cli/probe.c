/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <sysexits.h>

#include "base/shown.h"
#include "cli/cli.h"
#include "cli/mail_file.h"
#include "cli/milter_client.h"
#include "cli/option.h"

#define REPLY_TIMEOUT_MS 60000

static const char help[] =
	"usage: assay probe [OPTION]... ADDRESS [FILE]\n"
	"\n"
	"Sends one message (FILE, or stdin) through a running assayd, as an MTA would, and prints\n"
	"what the filter wants done with it. Nothing is delivered.\n"
	"\n"
	"  ADDRESS               unix:/path, inet:port@host or inet:host:port\n"
	"      --from ADDR       envelope sender (default: sender@example.com)\n"
	"      --rcpt ADDR       envelope recipient; may be repeated (default: "
	"recipient@example.com)\n"
	"      --client-ip IP    the client's address (default: 192.0.2.1)\n"
	"      --client-name NAME, --helo NAME\n"
	"      --daemon NAME     the listener's {daemon_name}\n"
	"      --message         print the message as it would be delivered\n"
	"\n"
	"Exit status: 0; 64 wrong arguments; 66 no message; 69 the filter can't be reached or "
	"fails.\n";

static const char *const answers[] = { "deliver", "deliver", "discard", "reject", "defer" };

/* Text of a message: each line without what a terminal would obey. */
static void print_shown(struct arena *arena, struct str text)
{
	struct str line;

	for (const char *end = ""; str_next_line(&text, &line); end = "\n")
		printf("%s%.*s", end, STR_FMT(shown_text(arena, line)));
}

static void print_recipients(struct arena *arena, const char *what, const struct str_list *list)
{
	for (size_t i = 0; i < list->len; i++)
		printf("%s recipient <%.*s>\n", what, STR_FMT(shown_text(arena, list->items[i])));
}

static void print_edits(struct arena *arena, const struct milter_result *result)
{
	static const char *const kinds[] = { "delete", "change", "insert", "append" };

	for (size_t i = 0; i < result->edits.len; i++) {
		const struct header_edit *edit = &result->edits.items[i];

		printf("%s %.*s:%s", kinds[edit->kind], STR_FMT(shown_text(arena, edit->name)),
		       str_starts(edit->value, STR("\n")) ? "" : " ");
		print_shown(arena, edit->value);
		putchar('\n');
	}
	print_recipients(arena, "drop", &result->deleted_recipients);
	print_recipients(arena, "add", &result->added_recipients);
	if (result->has_new_sender)
		printf("change sender to <%.*s>\n", STR_FMT(shown_text(arena, result->new_sender)));
	printf("%s\n", answers[result->answer]);
}

struct probe_options {
	struct arena *arena;
	struct envelope envelope;
	bool message;
};

static int probe(const struct probe_options *options, const char *address, const char *path)
{
	struct milter_client *client;
	struct milter_result result;
	struct error err;
	struct str raw;
	bool ok = false;

	if (!mail_file_read(options->arena, path, &raw, &err)) {
		fprintf(stderr, "assay probe: %s\n", err.text);
		return EX_NOINPUT;
	}
	client = milter_client_open(address, REPLY_TIMEOUT_MS, &err);
	if (client != NULL)
		ok = milter_client_send(client, options->arena, &options->envelope, raw, &result,
		                        &err);
	milter_client_close(client);
	if (!ok) {
		fprintf(stderr, "assay probe: %s\n", err.text);
		return EX_UNAVAILABLE;
	}
	if (options->message && result.answer <= MILTER_ACCEPT) {
		struct str edited = report_apply(options->arena, &result.edits, raw);

		fwrite(edited.data, 1, edited.len, stdout);
	} else {
		print_edits(options->arena, &result);
	}
	return EX_OK;
}

static const struct option long_options[] = {
	{ "from", required_argument, NULL, 'f' },
	{ "rcpt", required_argument, NULL, 'r' },
	{ "client-ip", required_argument, NULL, 'i' },
	{ "client-name", required_argument, NULL, 'n' },
	{ "helo", required_argument, NULL, 'e' },
	{ "daemon", required_argument, NULL, 'd' },
	{ "message", no_argument, NULL, 'm' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* -1 to go on, else the exit status. */
static int apply_option(struct probe_options *options, int option)
{
	struct envelope *envelope = &options->envelope;

	switch (option) {
	case 'f':
		envelope->sender = str_from(optarg);
		return -1;
	case 'r':
		vec_add(options->arena, &envelope->recipients)->address = str_from(optarg);
		return -1;
	case 'i':
		envelope->client_ip = str_from(optarg);
		return -1;
	case 'n':
		envelope->client_name = str_from(optarg);
		return -1;
	case 'e':
		envelope->helo = str_from(optarg);
		return -1;
	case 'd':
		envelope->daemon_name = str_from(optarg);
		return -1;
	case 'm':
		options->message = true;
		return -1;
	case 'h':
		fputs(help, stdout);
		return EX_OK;
	default:
		return EX_USAGE;
	}
}

int cli_probe(int argc, char **argv)
{
	struct probe_options options = {
		.arena = arena_new(),
		.envelope = { .client_ip = STR_INIT("192.0.2.1"),
		              .client_name = STR_INIT("client.example.com"),
		              .helo = STR_INIT("client.example.com"),
		              .sender = STR_INIT("sender@example.com"),
		              .queue_id = STR_INIT("PROBE") },
	};
	int status = -1, option;

	while (status < 0 && (option = option_next("probe", argc, argv, "h", long_options)) != -1)
		status = apply_option(&options, option);
	if (status < 0 && optind >= argc)
		status = cli_usage_error("probe", "name the filter's socket, and at most one file");
	else if (status < 0 && argc - optind > 2)
		status = cli_usage_error("probe", "unexpected argument \"%s\"", argv[optind + 2]);
	if (options.envelope.recipients.len == 0)
		vec_add(options.arena, &options.envelope.recipients)->address =
			STR("recipient@example.com");
	if (status < 0)
		status = probe(&options, argv[optind], optind + 1 < argc ? argv[optind + 1] : "-");
	arena_free(options.arena);
	return status;
}
