/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay doctor`: looks at the filter and at all that it needs, and says what to do. */
#include "base/plural.h"
#include "cli/doctor_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/shown.h"
#include "cli/cli.h"
#include "cli/doctor_run.h"
#include "cli/option.h"
#include "cli/running.h"

#define STATUS_MS 5000

/* For monitoring, as those of `assay status`. */
#define EXIT_DEGRADED 1
#define EXIT_DOWN     2

static const char help[] =
	"usage: assay doctor [-c FILE] [--json] [OPTION]...\n"
	"\n"
	"Looks at the filter and at what it needs, and says what to do, worst first: whether it runs\n"
	"and mail passes it; its configuration; who can reach it; what Postfix or Sendmail do with it;\n"
	"its keys; the store and the disk; the resolver and the DNS lists; the clock; the age of the\n"
	"rules and what the dearest cost; the limits that mail reached. It changes nothing. As root it\n"
	"sees more.\n"
	"\n"
	"  -c, --config FILE      the configuration (default: " CLI_DEFAULT_CONF ")\n"
	"      --socket ADDRESS   the control socket of assayd, such as unix:/run/assay/control.sock\n"
	"      --postfix-dir DIR  Postfix's directory with main.cf (default: Postfix's own)\n"
	"      --sendmail-cf FILE Sendmail's configuration (default: /etc/mail/sendmail.cf)\n"
	"      --only CHECKS      only these, with commas between them\n"
	"      --timeout SECONDS  for each check, instead of its own limit\n"
	"      --json             print one JSON object\n"
	"\n"
	"Exit status: 0 all is well, or could be better; 1 something should be mended; 2 mail isn't\n"
	"filtered, or is at risk; 64 wrong arguments.\n";

static const struct doctor_check checks[] = {
	{ "filter", doctor_filter, 10000 }, { "config", doctor_config, 120000 },
	{ "open", doctor_open, 10000 },     { "mta", doctor_mta, 20000 },
	{ "keys", doctor_keys, 10000 },     { "store", doctor_store, 30000 },
	{ "disk", doctor_disk, 10000 },     { "resolver", doctor_resolver, 30000 },
	{ "lists", doctor_lists, 60000 },   { "clock", doctor_clock, 10000 },
	{ "rules", doctor_rules, 120000 },  { "cost", doctor_cost, 120000 },
	{ "limits", doctor_limits, 10000 },
};
#define CHECK_COUNT (sizeof(checks) / sizeof(checks[0]))

struct doctor_options {
	struct str socket, only;
	int64_t limit_ms;
	bool json;
	bool help;
};

static int read_options(int argc, char **argv, struct doctor *doctor,
                        struct doctor_options *options)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "postfix-dir", required_argument, NULL, 'p' },
		{ "sendmail-cf", required_argument, NULL, 'm' },
		{ "only", required_argument, NULL, 'o' },
		{ "timeout", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	optind = 1;
	while ((option = option_next("doctor", argc, argv, "c:h", names)) != -1) {
		char *end;

		if (option == 'c') {
			doctor->path = optarg;
		} else if (option == 's') {
			options->socket = str_from(optarg);
		} else if (option == 'p') {
			doctor->postfix_directory = optarg;
		} else if (option == 'm') {
			doctor->sendmail_cf = optarg;
		} else if (option == 'o') {
			options->only = str_from(optarg);
		} else if (option == 't') {
			options->limit_ms = (int64_t)(strtod(optarg, &end) * 1000);
			if (*end != '\0' || options->limit_ms < 1 || options->limit_ms > 3600000)
				return cli_usage_error("doctor",
				                       "\"%s\" is no number of seconds from 0.001 "
				                       "to 3600",
				                       optarg);
		} else if (option == 'j') {
			options->json = true;
		} else if (option == 'h') {
			options->help = true;
		} else {
			return EX_USAGE;
		}
	}
	if (optind < argc && !options->help)
		return cli_usage_error("doctor", "unexpected argument \"%s\"", argv[optind]);
	return EX_OK;
}

static const struct doctor_check *find_check(struct str name)
{
	for (size_t i = 0; i < CHECK_COUNT; i++) {
		if (str_eq(name, str_from(checks[i].name)))
			return &checks[i];
	}
	return NULL;
}

/* Those that --only names, in the order of the table. */
static int choose(struct str only, struct doctor_check *chosen, size_t *count_r)
{
	struct str rest = only, name;

	*count_r = 0;
	while (str_next_piece(&rest, ',', &name)) {
		if (find_check(str_trim(name)) == NULL)
			return cli_usage_error(
				"doctor",
				"--only: there is no check \"%.*s\"; there are "
				"filter, config, open, mta, keys, store, disk, resolver, "
				"lists, clock, rules, cost and limits",
				STR_FMT(name));
	}
	for (size_t i = 0; i < CHECK_COUNT; i++) {
		bool wanted = only.len == 0;

		rest = only;
		while (!wanted && str_next_piece(&rest, ',', &name))
			wanted = find_check(str_trim(name)) == &checks[i];
		if (wanted)
			chosen[(*count_r)++] = checks[i];
	}
	return EX_OK;
}

/* Nothing but its own syntax has to be right here; the check of it tells the rest. */
static void read_settings(struct doctor *doctor)
{
	struct cli_conf conf = { .path = doctor->path };
	struct problems problems;

	problems_init(&problems, doctor->arena);
	settings_init(&doctor->settings, doctor->arena);
	doctor->path = cli_conf_path(&conf);
	doctor->has_settings =
		doctor->path == NULL ||
		settings_read(&doctor->settings, doctor->arena, doctor->path, &problems);
}

static void ask_filter(struct doctor *doctor)
{
	struct control_request request = { .command = CONTROL_STATUS };
	struct str answer;
	json_t *status;

	doctor->reach = running_ask(doctor->arena, doctor->control, &request,
	                            deadline_in_ms(STATUS_MS), &answer, &doctor->status_error);
	if (doctor->reach != CONTROL_ANSWERED)
		return;
	status = json_loadb(answer.data, answer.len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(status) && json_object_get(status, "error") == NULL) {
		doctor->status = status;
		return;
	}
	json_decref(status);
	doctor->reach = CONTROL_NO_ANSWER;
	error_set(&doctor->status_error, "what it answers is no assayd's");
}

static int exit_status(enum doctor_level worst)
{
	return worst == DOCTOR_FAULT ? EXIT_DOWN : worst == DOCTOR_WARNING ? EXIT_DEGRADED : EX_OK;
}

static void print_json(const struct doctor *doctor, int status)
{
	static const char *const states[] = { "ok", "degraded", "down" };
	json_t *object = json_object();

	json_object_set_new(object, "state", json_string(states[status]));
	json_object_set_new(object, "findings",
	                    doctor_findings_json(doctor->arena, &doctor->findings));
	json_dumpf(object, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(object);
}

static void print_findings(const struct doctor *doctor)
{
	size_t counts[DOCTOR_LEVELS] = { 0 };
	const struct doctor_finding *finding;

	vec_foreach (&doctor->findings, finding) {
		counts[finding->level]++;
		printf("%-8s %.*s: %.*s\n", doctor_level_name(finding->level),
		       STR_FMT(finding->check), STR_FMT(shown_text(doctor->arena, finding->text)));
		if (finding->mend.len > 0)
			printf("         do: %.*s\n",
			       STR_FMT(shown_text(doctor->arena, finding->mend)));
	}
	printf("%zu %s, %zu %s, %zu %s, %zu that could not be looked at, %zu in "
	       "order\n",
	       counts[DOCTOR_FAULT], plural(counts[DOCTOR_FAULT], "fault", "faults"),
	       counts[DOCTOR_WARNING], plural(counts[DOCTOR_WARNING], "warning", "warnings"),
	       counts[DOCTOR_HINT], plural(counts[DOCTOR_HINT], "hint", "hints"),
	       counts[DOCTOR_UNKNOWN], counts[DOCTOR_FINE]);
}

static int look(struct doctor *doctor, const struct doctor_options *options)
{
	struct doctor_check chosen[CHECK_COUNT];
	size_t count;
	int status = choose(options->only, chosen, &count);

	if (status != EX_OK)
		return status;
	read_settings(doctor);
	doctor->control = options->socket.len > 0 ? options->socket
	                                          : settings_address(doctor->settings.control);
	ask_filter(doctor);
	doctor_run(doctor, chosen, count, options->limit_ms);
	doctor_findings_sort(&doctor->findings);
	status = exit_status(doctor_findings_worst(&doctor->findings));
	if (options->json)
		print_json(doctor, status);
	else
		print_findings(doctor);
	return status;
}

int cli_doctor(int argc, char **argv)
{
	struct doctor doctor = { .arena = arena_new(), .sendmail_cf = "/etc/mail/sendmail.cf" };
	struct doctor_options options = { 0 };
	int status = read_options(argc, argv, &doctor, &options);

	if (options.help)
		fputs(help, stdout);
	if (status == EX_OK && !options.help)
		status = look(&doctor, &options);
	json_decref((json_t *)doctor.status);
	arena_free(doctor.arena);
	return status;
}
