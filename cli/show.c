/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `assay show`: a message as rules see it. It is read by the same functions, with the same rule
 * files, as when it is scored.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/shown.h"
#include "base/suggest.h"
#include "cli/cli.h"
#include "cli/envelope_option.h"
#include "cli/mail_source.h"
#include "cli/show_view.h"
#include "scoring/assay.h"
#include "setup/setup.h"

static const char help[] =
	"usage: assay show [OPTION]... [FILE... | -]\n"
	"\n"
	"Shows what rules see of messages: why one did or didn't hit. Without FILE, or with \"-\", reads\n"
	"stdin. Control characters, bytes that are not UTF-8 and backslashes are written as in patterns:\n"
	"\\x1b, \\\\.\n"
	"\n"
	"      --view NAME       only this: header, relays, body, rawbody, html, uris, attachments or\n"
	"                        auth; may be repeated, or several with commas between them\n"
	"      --field NAME      what header rules see under a name such as Subject:raw, From:addr or\n"
	"                        ToCc; may be repeated\n"
	"      --json            one object per message and line\n"
	"\n"
	"      --mbox            each FILE is an mbox\n"
	"      --attached        what is attached to each FILE, not FILE itself\n"
	"  -c, --config FILE     the configuration (default: " CLI_DEFAULT_CONF ",\n"
	"                        or the built-in defaults where that does not exist): networks, and\n"
	"                        rule files, which say how messages are read\n"
	"      --rules PATH      a rule file or directory instead of those of the configuration\n"
	"The envelope (where none of these is given, it is taken from the message's headers):\n"
	"      --from ADDR       sender; \"\" for a delivery report\n"
	"      --rcpt ADDR       recipient; may be repeated\n"
	"      --client-ip IP    address of the client\n"
	"      --client-name NAME, --helo NAME\n"
	"\n"
	"Exit status: 0; 64 wrong arguments; 66 a message can't be read; 78 a mistake in the\n"
	"configuration.\n";

struct view {
	const char *name;
	void (*show)(const struct show_message *shown, struct sheet *sheet);
};

static const struct view views[] = {
	{ "header", show_header },           { "relays", show_relays }, { "body", show_body },
	{ "rawbody", show_rawbody },         { "html", show_html },     { "uris", show_uris },
	{ "attachments", show_attachments }, { "auth", show_auth },
};
#define VIEW_COUNT (sizeof(views) / sizeof(views[0]))

struct show_options {
	struct arena *arena;
	struct cli_conf conf;
	struct envelope envelope;
	enum mail_form form;
	unsigned views; /* bits by number; 0, and no fields: all */
	struct str_list fields;
	bool json;
};

enum {
	OPTION_VIEW = 256,
	OPTION_FIELD,
	OPTION_JSON,
	OPTION_MBOX,
	OPTION_ATTACHED,
	OPTION_RULES,
};

/* -1 to go on, else the exit status. */
static int add_view(struct show_options *options, struct str name)
{
	struct suggestion near = { 0 };

	for (size_t i = 0; i < VIEW_COUNT; i++) {
		if (str_eq(name, str_from(views[i].name))) {
			options->views |= 1u << i;
			return -1;
		}
		suggest_consider(&near, name, views[i].name);
	}
	if (near.word != NULL)
		return cli_usage_error("show", "there is no view \"%.*s\"; did you mean \"%s\"?",
		                       STR_FMT(name), near.word);
	return cli_usage_error(
		"show",
		"there is no view \"%.*s\"; there are header, relays, body, rawbody, "
		"html, uris, attachments and auth",
		STR_FMT(name));
}

static int add_views(struct show_options *options, struct str names)
{
	struct str name;
	int status = -1;

	if (names.len == 0)
		return add_view(options, names);
	while (status < 0 && str_next_piece(&names, ',', &name))
		status = add_view(options, name);
	return status;
}

static int set_form(struct show_options *options, enum mail_form form)
{
	return mail_source_set_form(&options->form, form)
	               ? -1
	               : cli_usage_error("show", "--mbox and --attached exclude each other");
}

static int apply_option(struct show_options *options, int option)
{
	switch (option) {
	case 'c':
		options->conf.path = optarg;
		return -1;
	case OPTION_RULES:
		vec_push(options->arena, &options->conf.rules, str_from(optarg));
		return -1;
	case OPTION_VIEW:
		return add_views(options, str_from(optarg));
	case OPTION_FIELD:
		vec_push(options->arena, &options->fields, str_from(optarg));
		return -1;
	case OPTION_JSON:
		options->json = true;
		return -1;
	case OPTION_MBOX:
		return set_form(options, MAIL_FORM_MBOX);
	case OPTION_ATTACHED:
		return set_form(options, MAIL_FORM_ATTACHED);
	case 'h':
		fputs(help, stdout);
		return EX_OK;
	case '?':
		return EX_USAGE;
	default:
		envelope_option_set(options->arena, &options->envelope, option, optarg);
		return -1;
	}
}

static struct show_message read_message(struct arena *arena, const struct show_options *options,
                                        const struct policy *policy, struct str text)
{
	size_t max = (size_t)policy->settings.max_message_size;
	struct envelope *envelope = arena_new_object(arena, struct envelope);
	struct assay_input *input = arena_new_object(arena, struct assay_input);
	const struct facts *facts;

	*envelope = options->envelope;
	envelope->received_at = time(NULL);
	*input = (struct assay_input){
		.raw = str_prefix(text, max),
		.envelope = envelope,
		.deadline = deadline_in_ms(policy->settings.scan_timeout),
		.truncated = text.len > max,
		.stored = envelope_option_is_stored(envelope),
	};
	facts = assay_message(arena, policy, input)->facts;
	return (struct show_message){ arena, facts, facts->message };
}

static void add_limits(struct sheet *sheet, unsigned limits)
{
	sheet_open_list(sheet, "limits");
	for (unsigned bit = 0; bit < MESSAGE_LIMIT_COUNT; bit++)
		if ((limits & 1u << bit) != 0)
			sheet_line(sheet,
			           str_from(message_limit_name((enum message_limit)(1u << bit))));
	sheet_close(sheet);
}

static bool add_fields(const struct show_options *options, const struct show_message *shown,
                       struct sheet *sheet, struct error *err_r)
{
	bool ok = true;

	sheet_open_list(sheet, "fields");
	for (size_t i = 0; ok && i < options->fields.len; i++)
		ok = show_field(shown, options->fields.items[i], sheet, err_r);
	sheet_close(sheet);
	return ok;
}

static int show_message(const struct show_options *options, const struct policy *policy,
                        struct arena *arena, const char *name, struct str text)
{
	struct show_message shown = read_message(arena, options, policy, text);
	struct sheet *sheet = sheet_new(arena, options->json);
	bool all = options->views == 0 && options->fields.len == 0;
	struct error error;
	int status = EX_OK;

	sheet_word(sheet, "file", name);
	for (size_t i = 0; i < VIEW_COUNT; i++)
		if (all || (options->views & 1u << i) != 0)
			views[i].show(&shown, sheet);
	if (options->fields.len > 0 && !add_fields(options, &shown, sheet, &error))
		status = cli_usage_error("show", "--field: %s", error.text);
	if (shown.message->limits != 0 || options->json)
		add_limits(sheet, shown.message->limits);
	sheet_print(sheet);
	return status;
}

static int show_all(const struct show_options *options, const struct policy *policy,
                    struct mail_source *source)
{
	struct mail_item item;
	int status = EX_OK;

	while (status != EX_USAGE && mail_source_next(source, &item)) {
		struct arena *arena = arena_new();
		struct error error;
		struct str text;

		if (!options->json && item.number > 0)
			putchar('\n');
		if (mail_item_read(arena, &item, &text, &error)) {
			int code = show_message(options, policy, arena, item.name, text);

			status = code != EX_OK ? code : status;
		} else {
			fprintf(stderr, "assay show: %s\n", error.text);
			status = EX_NOINPUT;
		}
		arena_free(arena);
	}
	return status;
}

static int run(const struct show_options *options, struct mail_source *source)
{
	struct problems problems;
	struct policy *policy;
	int status;

	problems_init(&problems, options->arena);
	policy = cli_load_policy(&options->conf, &problems);
	setup_print_problems(&problems);
	if (policy == NULL)
		return EX_CONFIG;
	status = show_all(options, policy, source);
	policy_free(policy);
	return status;
}

/* The arguments after the options; -1 to go on, else the exit status. */
static int add_files(const struct show_options *options, struct mail_source *source, int count,
                     char **paths)
{
	struct error error;

	if (count == 0)
		mail_source_add_file(source, "-");
	for (int i = 0; i < count; i++) {
		if (mail_source_add(source, options->form, paths[i], &error))
			continue;
		fprintf(stderr, "assay show: %s\n", error.text);
		return EX_NOINPUT;
	}
	return -1;
}

int cli_show(int argc, char **argv)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "rules", required_argument, NULL, OPTION_RULES },
		{ "view", required_argument, NULL, OPTION_VIEW },
		{ "field", required_argument, NULL, OPTION_FIELD },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "mbox", no_argument, NULL, OPTION_MBOX },
		{ "attached", no_argument, NULL, OPTION_ATTACHED },
		ENVELOPE_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	struct show_options options = { .arena = arena_new(), .conf = { .local = true } };
	struct mail_source *source = mail_source_new();
	int status = -1, option;

	while (status < 0 && (option = option_next("show", argc, argv, "c:h", names)) != -1)
		status = apply_option(&options, option);
	if (status < 0)
		status = add_files(&options, source, argc - optind, argv + optind);
	if (status < 0)
		status = run(&options, source);
	mail_source_free(source);
	arena_free(options.arena);
	return status;
}
