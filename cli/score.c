/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/plural.h"
#include "cli/cli.h"
#include "cli/envelope_option.h"
#include "cli/mail_source.h"
#include "cli/option.h"
#include "cli/score_output.h"
#include "scoring/assay.h"
#include "setup/setup.h"
#include "store/lessons_cache.h"
#include "store/lessons_place.h"
#include "store/people.h"
#include "store/people_keeper.h"

#define JOBS_MAX 256
/* Finished messages that may wait for an earlier one, for each job. */
#define WINDOW_PER_JOB 8

static const char help[] =
	"usage: assay score [OPTION]... [FILE... | -]\n"
	"\n"
	"Scores messages and explains the result. Without FILE, or with \"-\", reads stdin.\n"
	"\n"
	"What to score:\n"
	"      --list FILE       the files named in FILE, one per line\n"
	"      --mbox            each FILE is an mbox\n"
	"      --attached        what is attached to each FILE, not FILE itself\n"
	"      --maildir DIR     the messages of a Maildir\n"
	"How:\n"
	"  -c, --config FILE     the configuration (default: " CLI_DEFAULT_CONF ",\n"
	"                        or the built-in defaults where that does not exist)\n"
	"      --rules PATH      a rule file or directory instead of those of the configuration\n"
	"      --local           no tests that ask the network\n"
	"      --trusted-authserv NAME\n"
	"                        believe the Authentication-Results of this host, \"*\": the\n"
	"                        topmost ones; may be repeated; as trusted_authserv\n"
	"      --all-rules       try every rule; --json lists the sub-rules that hit, too\n"
	"  -j, --jobs N          this many messages at a time\n"
	"The envelope (where none of these is given, it is taken from the message's headers):\n"
	"      --from ADDR       sender; \"\" for a delivery report\n"
	"      --rcpt ADDR       recipient; may be repeated\n"
	"      --client-ip IP    address of the client\n"
	"      --client-name NAME, --helo NAME\n"
	"What to print:\n"
	"      --text            an explanation for people (default)\n"
	"      --json            one object per message and line\n"
	"      --message         the message as the filter would have delivered it\n"
	"      --profile         on stderr, at the end: what trying each rule cost, dearest first\n"
	"      --exit-code       exit with 1 where any message is spam\n"
	"\n"
	"Exit status: 0; 1 with --exit-code; 64 wrong arguments; 66 a message can't be read;\n"
	"78 a mistake in the configuration.\n";

/* What the command line says. */
struct score_options {
	struct arena *arena;
	struct cli_conf conf;
	enum score_format format;
	struct envelope envelope;
	enum mail_form form;
	bool exit_code;
	unsigned jobs;
};

/* One message's output, which waits until those before it are printed. */
struct finished {
	char *text; /* NULL: not there yet */
	size_t len;
};

/* Shared by all workers. */
struct score_job {
	const struct score_options *options;
	const struct policy *policy;
	struct lookups *lookups; /* NULL: no network tests */
	struct lessons_cache *lessons;
	struct people_keeper *people; /* NULL: nobody is known */
	struct mail_source *source;
	bool progress;
	size_t total;

	pthread_mutex_t lock;
	pthread_cond_t printed_more;
	struct finished *window; /* a ring; everything below is under the lock */
	size_t window_len;
	size_t printed;
	bool any_spam;
	bool any_unread;
};

static struct str score_one(struct score_job *job, struct arena *arena,
                            const struct mail_item *item, struct str text, bool *spam_r)
{
	const struct score_options *options = job->options;
	int64_t max = job->policy->settings.max_message_size;
	struct envelope envelope = options->envelope;
	struct assay_input input = {
		.raw = str_prefix(text, (size_t)max),
		.envelope = &envelope,
		.deadline = deadline_in_ms(job->policy->settings.scan_timeout),
		.truncated = text.len > (size_t)max,
		.stored = envelope_option_is_stored(&envelope),
		.lookups = job->lookups,
		.asks_antivirus = job->lookups != NULL,
		.people = people_keeper_reader(job->people),
	};
	struct lessons_pin learned;
	const struct assay *assay;
	struct str output;

	envelope.received_at = time(NULL);
	/* All of the header is edited, however little of it is scanned. */
	if (input.truncated) {
		struct raw_field_list *fields = arena_new_object(arena, struct raw_field_list);

		raw_header_split(arena, str_from_offset(text, raw_header_mbox_line(text)), fields);
		input.fields = fields;
	}
	if (lessons_cache_pin(job->lessons, &envelope.recipients, &learned)) {
		learned.models.explained = options->format != SCORE_FORMAT_MESSAGE;
		input.learned = &learned.models;
	}
	assay = assay_message(arena, job->policy, &input);
	*spam_r = assay->verdict->over;
	output = score_output(arena, options->format, item->name, assay, text);
	lessons_cache_unpin(job->lessons, &learned);
	return output;
}

static void print_in_order(struct score_job *job)
{
	for (;;) {
		struct finished *next = &job->window[job->printed % job->window_len];

		if (next->text == NULL)
			break;
		fwrite(next->text, 1, next->len, stdout);
		free(next->text);
		next->text = NULL;
		job->printed++;
	}
	if (job->progress && (job->printed % 50 == 0 || job->printed == job->total))
		fprintf(stderr, "\r%zu of %zu %s%s", job->printed, job->total,
		        plural(job->total, "message", "messages"),
		        job->printed == job->total ? "\n" : "");
	pthread_cond_broadcast(&job->printed_more);
}

static void finish(struct score_job *job, size_t number, struct str output, bool spam, bool unread)
{
	struct finished done = { memory_alloc(output.len + 1), output.len };

	memcpy(done.text, output.data, output.len);
	pthread_mutex_lock(&job->lock);
	while (number >= job->printed + job->window_len)
		pthread_cond_wait(&job->printed_more, &job->lock);
	job->window[number % job->window_len] = done;
	job->any_spam = job->any_spam || spam;
	job->any_unread = job->any_unread || unread;
	print_in_order(job);
	pthread_mutex_unlock(&job->lock);
}

static void *work(void *context)
{
	struct score_job *job = context;
	struct mail_item item;

	while (mail_source_next(job->source, &item)) {
		struct arena *arena = arena_new();
		struct str text, output = STR("");
		struct error err;
		bool spam = false, unread = false;

		if (mail_item_read(arena, &item, &text, &err)) {
			output = score_one(job, arena, &item, text, &spam);
		} else {
			unread = true;
			fprintf(stderr, "assay score: %s\n", err.text);
		}
		finish(job, item.number, output, spam, unread);
		arena_free(arena);
	}
	return NULL;
}

static void run_jobs(struct score_job *job)
{
	unsigned count = job->options->jobs;
	pthread_t threads[JOBS_MAX];
	unsigned started = 0;

	pthread_mutex_init(&job->lock, NULL);
	pthread_cond_init(&job->printed_more, NULL);
	job->window_len = (size_t)count * WINDOW_PER_JOB;
	job->window = memory_calloc(job->window_len, sizeof(*job->window));
	while (started + 1 < count && pthread_create(&threads[started], NULL, work, job) == 0)
		started++;
	work(job);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	free(job->window);
	pthread_cond_destroy(&job->printed_more);
	pthread_mutex_destroy(&job->lock);
}

/* The lists that don't answer by then are found out about by the messages. */
#define SETTLE_MS 2000

static bool start_lookups(struct score_job *job)
{
	const struct settings *settings = &job->policy->settings;
	struct dns_settings dns = policy_dns_settings(job->policy);
	struct error err;

	if (!settings->network_tests)
		return true;
	job->lookups = lookups_new(&dns, settings->spf_timeout, &err);
	if (job->lookups == NULL) {
		fprintf(stderr, "assay score: %s\n", err.text);
		return false;
	}
	/* So that no list that lists everything counts for the first message. */
	dns_lists_probe(job->lookups->dns);
	dns_lists_settle(deadline_in_ms(SETTLE_MS));
	return true;
}

static bool start_lessons(struct score_job *job)
{
	const struct settings *settings = &job->policy->settings;
	struct lessons_cache_settings cache =
		lessons_place_cache(lessons_place(job->options->arena, settings), settings);
	struct error err;

	cache.once = true;
	job->lessons = lessons_cache_start(&cache, &err);
	if (job->lessons == NULL)
		fprintf(stderr, "assay score: %s\n", err.text);
	return job->lessons != NULL;
}

/* What the filter's store knows, where there is one that this user may read. */
static void start_people(struct score_job *job)
{
	const struct settings *settings = &job->policy->settings;
	const char *uri = arena_cstr(job->options->arena, settings->store);
	struct error err;

	if (!people_exist(uri) || (!settings->network_tests && people_is_remote(uri)))
		return;
	job->people = people_keeper_start(uri, false, &err);
	if (job->people == NULL)
		fprintf(stderr, "assay score: %s\n", err.text);
}

static void print_costs(const struct score_job *job)
{
	struct arena *arena = arena_new();
	struct ruleset_cost_list costs;
	double messages = job->total > 0 ? (double)job->total : 1, sum = 0;

	ruleset_list_costs(job->policy->ruleset, arena, &costs);
	fprintf(stderr, "us/message    tries     hits  type        literals  rule\n");
	for (size_t i = 0; i < costs.len; i++) {
		const struct ruleset_cost *cost = &costs.items[i];
		double us = (double)cost->ns / 1000 / messages;

		sum += us;
		fprintf(stderr, "%10.3f %8" PRIu64 " %8" PRIu64 "  %-10s  %-8s  %.*s\n", us,
		        cost->tries, cost->hits, cost->type, cost->filtered ? "yes" : "-",
		        STR_FMT(cost->name));
	}
	fprintf(stderr, "%10.3f in all, %zu %s tried on %zu %s\n", sum, costs.len,
	        plural(costs.len, "rule", "rules"), job->total,
	        plural(job->total, "message", "messages"));
	arena_free(arena);
}

static int score_all(const struct score_options *options, struct mail_source *source)
{
	struct problems problems;
	struct score_job job = { .options = options, .source = source };
	struct policy *policy;

	problems_init(&problems, options->arena);
	policy = cli_load_policy(&options->conf, &problems);
	setup_print_problems(&problems);
	if (policy == NULL)
		return EX_CONFIG;
	job.policy = policy;
	if (!start_lookups(&job) || !start_lessons(&job)) {
		lookups_free(job.lookups);
		policy_free(policy);
		return EX_CONFIG;
	}
	start_people(&job);
	job.total = mail_source_count(source);
	job.progress = job.total > 50 && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
	run_jobs(&job);
	lookups_free(job.lookups);
	lessons_cache_stop(job.lessons);
	people_keeper_stop(job.people);
	if (options->conf.profile)
		print_costs(&job);
	policy_free(policy);
	if (job.any_unread)
		return EX_NOINPUT;
	return options->exit_code && job.any_spam ? 1 : EX_OK;
}

enum {
	OPTION_RULES = 256,
	OPTION_LOCAL,
	OPTION_TRUSTED_AUTHSERV,
	OPTION_ALL_RULES,
	OPTION_PROFILE,
	OPTION_LIST,
	OPTION_MBOX,
	OPTION_ATTACHED,
	OPTION_MAILDIR,
	OPTION_TEXT,
	OPTION_JSON,
	OPTION_MESSAGE,
	OPTION_EXIT_CODE,
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "rules", required_argument, NULL, OPTION_RULES },
	{ "local", no_argument, NULL, OPTION_LOCAL },
	{ "trusted-authserv", required_argument, NULL, OPTION_TRUSTED_AUTHSERV },
	{ "profile", no_argument, NULL, OPTION_PROFILE },
	{ "all-rules", no_argument, NULL, OPTION_ALL_RULES },
	{ "list", required_argument, NULL, OPTION_LIST },
	{ "mbox", no_argument, NULL, OPTION_MBOX },
	{ "attached", no_argument, NULL, OPTION_ATTACHED },
	{ "maildir", required_argument, NULL, OPTION_MAILDIR },
	ENVELOPE_OPTIONS,
	{ "text", no_argument, NULL, OPTION_TEXT },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "message", no_argument, NULL, OPTION_MESSAGE },
	{ "exit-code", no_argument, NULL, OPTION_EXIT_CODE },
	{ NULL, 0, NULL, 0 },
};

static bool set_jobs(struct score_options *options, const char *value)
{
	uint64_t jobs;

	if (!str_to_uint(str_from(value), JOBS_MAX, &jobs) || jobs == 0)
		return false;
	options->jobs = (unsigned)jobs;
	return true;
}

static int set_form(struct score_options *options, enum mail_form form)
{
	return mail_source_set_form(&options->form, form)
	               ? -1
	               : cli_usage_error("score", "--mbox and --attached exclude each other");
}

/* One option; -1 to go on, else the exit status. */
static int apply_option(struct score_options *options, struct mail_source *source, int option)
{
	struct error err;

	switch (option) {
	case 'c':
		options->conf.path = optarg;
		return -1;
	case 'j':
		if (set_jobs(options, optarg))
			return -1;
		return cli_usage_error("score", "--jobs takes a number from 1 to %d", JOBS_MAX);
	case OPTION_RULES:
		vec_push(options->arena, &options->conf.rules, str_from(optarg));
		return -1;
	case OPTION_LOCAL:
		options->conf.local = true;
		return -1;
	case OPTION_TRUSTED_AUTHSERV:
		vec_push(options->arena, &options->conf.trusted_authserv, str_from(optarg));
		return -1;
	case OPTION_PROFILE:
		options->conf.profile = true;
		return -1;
	case OPTION_ALL_RULES:
		options->conf.all_rules = true;
		return -1;
	case OPTION_MBOX:
		return set_form(options, MAIL_FORM_MBOX);
	case OPTION_ATTACHED:
		return set_form(options, MAIL_FORM_ATTACHED);
	case OPTION_LIST:
	case OPTION_MAILDIR:
		if (option == OPTION_LIST ? mail_source_add_list(source, optarg, &err)
		                          : mail_source_add_maildir(source, optarg, &err))
			return -1;
		fprintf(stderr, "assay score: %s\n", err.text);
		return EX_NOINPUT;
	case OPTION_TEXT:
	case OPTION_JSON:
	case OPTION_MESSAGE:
		options->format = (enum score_format)(option - OPTION_TEXT);
		return -1;
	case OPTION_EXIT_CODE:
		options->exit_code = true;
		return -1;
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

/* The arguments after the options; -1 to go on, else the exit status. */
static int add_files(const struct score_options *options, struct mail_source *source, int argc,
                     char **argv)
{
	struct error err;

	if (optind == argc && mail_source_count(source) == 0)
		argv[--optind] = (char *)"-";
	for (int i = optind; i < argc; i++) {
		if (!mail_source_add(source, options->form, argv[i], &err)) {
			fprintf(stderr, "assay score: %s\n", err.text);
			return EX_NOINPUT;
		}
	}
	return -1;
}

int cli_score(int argc, char **argv)
{
	struct score_options options = { .arena = arena_new(), .jobs = 1 };
	struct mail_source *source = mail_source_new();
	int status = -1, option;

	while (status < 0 &&
	       (option = option_next("score", argc, argv, "c:j:h", long_options)) != -1)
		status = apply_option(&options, source, option);
	if (status < 0)
		status = add_files(&options, source, argc, argv);
	if (status < 0)
		status = score_all(&options, source);
	mail_source_free(source);
	arena_free(options.arena);
	return status;
}
