/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay tune`: scores of rules by the mail that they hit. */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/tune_fit.h"
#include "cli/tune_mail.h"
#include "cli/tune_output.h"
#include "setup/setup.h"

#define JOBS_MAX 256
#define BAGS_MAX 1000

/* Points of one rule at most, unless --limit says otherwise. */
#define POINTS_MAX 3500
#define GOOD_MAX   1500
/* A rule that hits more of good mail than of spam accuses nobody. */
#define DUBIOUS_MAX 400
/* A rule of 0 points is off, and counts for no other: it keeps this. */
#define POINTS_LEAST 1

static const char help[] =
	"usage: assay tune --fit --ham [NAME=]PATH... --spam [NAME=]PATH... [OPTION]...\n"
	"       assay tune --hits --ham [NAME=]PATH... --spam [NAME=]PATH... [OPTION]...\n"
	"\n"
	"Fits the points of rules to mail that is sorted, or tells what each rule hits.\n"
	"\n"
	"      --fit             fit points; print what they do to each source, and as a rule file\n"
	"      --hits            print hits, rates and odds of each rule, with tabs between them\n"
	"      --ham [NAME=]PATH, --spam [NAME=]PATH\n"
	"                        good mail and spam: a folder with all that is in it, a Maildir, an\n"
	"                        mbox or a message; may be repeated. NAME is its source\n"
	"  -o, --output FILE     write the rule file there (default: after the table, on stdout)\n"
	"  -c, --config FILE     the configuration (default: " CLI_DEFAULT_CONF ",\n"
	"                        or the built-in defaults where that does not exist)\n"
	"      --rules PATH      a rule file or directory instead of those of the configuration\n"
	"  -j, --jobs N          this many messages at a time\n"
	"How to fit:\n"
	"      --limit GLOB=N    rules of these names get at most N points; may be repeated\n"
	"      --weight NAME=N   a source counts N times\n"
	"      --good-weight N   an error on good mail counts N times one on spam (default: 4)\n"
	"      --strength N      how hard it is to change the points that a rule has (default: 1)\n"
	"      --bags N          the mean of N fits to sources drawn at random\n"
	"      --no-cross        don't fit once for each source without it\n"
	"\n"
	"Exit status: 0; 64 wrong arguments; 66 mail can't be read; 73 the file can't be written;\n"
	"78 a mistake in the configuration.\n";

/* For rules, or a source, of that name. */
struct tune_number {
	const char *name;
	double number;
};

struct tune_number_list {
	vec_members(struct tune_number);
};

enum tune_task {
	TUNE_NOTHING,
	TUNE_FIT,
	TUNE_HITS,
};

struct tune_options {
	struct arena *arena;
	struct cli_conf conf;
	enum tune_task task;
	struct tune_mail *mail;
	const char *output;
	unsigned jobs;
	bool no_cross;
	struct tune_number_list limits, weights;
	struct tune_settings fit;
};

/* Points of every rule and scores of every message, in the three ways. */
struct tuning {
	const struct tune_options *options;
	struct tune_data data;
	struct tune_result result;
	double *points;
	int32_t *thousandths;
};

static double limit_of(const struct tune_options *options, const struct ruleset_score *rule)
{
	double limit = (rule->good ? GOOD_MAX : POINTS_MAX) / 1000.0;
	char *name = arena_cstr(options->arena, rule->name);

	for (size_t i = 0; i < options->limits.len; i++)
		if (fnmatch(options->limits.items[i].name, name, 0) == 0)
			limit = options->limits.items[i].number;
	return limit;
}

static void set_rules(struct tuning *tuning)
{
	const struct tune_options *options = tuning->options;
	const struct tune_mail *mail = options->mail;
	struct tune_rule *rules = arena_calloc(options->arena, mail->rules.len + 1, sizeof(*rules));

	for (size_t i = 0; i < mail->rules.len; i++) {
		const struct ruleset_score *score = &mail->rules.items[i];
		double limit = limit_of(options, score), least = POINTS_LEAST / 1000.0;

		if (!score->good && tune_hit_rate(mail, i, false) >= tune_hit_rate(mail, i, true))
			limit = fmin(limit, DUBIOUS_MAX / 1000.0);
		rules[i] = (struct tune_rule){ .prior = score->score / 1000.0,
			                       .min = score->good ? -limit : least,
			                       .max = score->good ? -least : limit };
	}
	tuning->data.rules = rules;
	tuning->data.rule_count = mail->rules.len;
}

static bool set_sources(struct tuning *tuning)
{
	const struct tune_options *options = tuning->options;
	const struct tune_mail *mail = options->mail;
	double *weights = arena_calloc(options->arena, mail->sources.len, sizeof(*weights));
	bool ok = true;

	for (size_t i = 0; i < mail->sources.len; i++)
		weights[i] = 1;
	for (size_t i = 0; i < options->weights.len; i++) {
		bool known = false;

		for (size_t k = 0; k < mail->sources.len; k++) {
			if (!str_eq(mail->sources.items[k].name,
			            str_from(options->weights.items[i].name)))
				continue;
			weights[k] = options->weights.items[i].number;
			known = true;
		}
		if (!known)
			cli_usage_error("tune",
			                "--weight names the source \"%s\", which isn't there",
			                options->weights.items[i].name);
		ok = ok && known;
	}
	tuning->data.source_weights = weights;
	tuning->data.source_count = mail->sources.len;
	return ok;
}

static double *score_rows(const struct tuning *tuning, const double *points)
{
	const struct tune_data *data = &tuning->data;
	double *scores = arena_calloc(tuning->options->arena, data->row_count + 1, sizeof(*scores));

	for (size_t i = 0; i < data->row_count; i++)
		scores[i] = tune_score(&data->rows[i], points);
	return scores;
}

/* Each source by a fit to the others; one name is one source, whatever kinds it has. */
static double *cross(const struct tuning *tuning)
{
	const struct tune_data *data = &tuning->data;
	struct arena *arena = tuning->options->arena;
	double *scores = arena_calloc(arena, data->row_count + 1, sizeof(*scores));
	double *points = arena_calloc(arena, data->rule_count + 1, sizeof(*points));
	struct tune_settings once = tuning->options->fit;

	once.bags = 0;
	for (size_t source = 0; source < data->source_count; source++) {
		tune_fit(data, &once, source, points);
		for (size_t i = 0; i < data->row_count; i++)
			if (data->rows[i].source == source)
				scores[i] = tune_score(&data->rows[i], points);
	}
	return scores;
}

static void fit(struct tuning *tuning)
{
	struct arena *arena = tuning->options->arena;
	const struct tune_mail *mail = tuning->options->mail;
	double *today = arena_calloc(arena, mail->rules.len + 1, sizeof(*today));

	for (size_t i = 0; i < mail->rules.len; i++)
		today[i] = mail->rules.items[i].score / 1000.0;
	tuning->result.today = score_rows(tuning, today);
	tuning->points = arena_calloc(arena, mail->rules.len + 1, sizeof(*tuning->points));
	tuning->thousandths = arena_calloc(arena, mail->rules.len + 1, sizeof(int32_t));
	tune_fit(&tuning->data, &tuning->options->fit, tuning->data.source_count, tuning->points);
	for (size_t i = 0; i < mail->rules.len; i++) {
		tuning->thousandths[i] = (int32_t)lround(tuning->points[i] * 1000);
		tuning->points[i] = tuning->thousandths[i] / 1000.0;
	}
	tuning->result.fitted = score_rows(tuning, tuning->points);
	tuning->result.crossed = tuning->options->no_cross ? tuning->result.fitted : cross(tuning);
}

static int write_scores(const struct tuning *tuning)
{
	const char *path = tuning->options->output;
	FILE *out = path != NULL ? fopen(path, "we") : stdout;

	if (out != NULL)
		tune_print_scores(out, tuning->options->mail, tuning->thousandths);
	if (out == NULL || fflush(out) != 0 || (path != NULL && fclose(out) != 0)) {
		fprintf(stderr, "assay tune: %s: can't be written: %s\n",
		        path != NULL ? path : "stdout", strerror(errno));
		return EX_CANTCREAT;
	}
	return EX_OK;
}

static int run_fit(struct tune_options *options, const struct policy *policy)
{
	struct tuning tuning = { .options = options };

	options->fit.threshold = policy->settings.required_score / 1000.0;
	tuning.result.threshold = options->fit.threshold;
	tuning.result.discard = policy->settings.forward_discard_score / 1000.0;
	tuning.data.rows = options->mail->rows;
	tuning.data.row_count = tune_mail_count(options->mail);
	set_rules(&tuning);
	if (!set_sources(&tuning))
		return EX_USAGE;
	fit(&tuning);
	tune_print_result(stdout, options->mail, &tuning.data, &tuning.result);
	return write_scores(&tuning);
}

static int run(struct tune_options *options)
{
	struct problems problems;
	struct policy *policy;
	int status = EX_OK;

	problems_init(&problems, options->arena);
	options->conf.local = true;
	policy = cli_load_policy(&options->conf, &problems);
	setup_print_problems(&problems);
	if (policy == NULL)
		return EX_CONFIG;
	tune_mail_score(options->mail, policy, options->jobs);
	for (size_t i = 0; i < options->mail->unread.len; i++) {
		fprintf(stderr, "assay tune: %.*s\n", STR_FMT(options->mail->unread.items[i]));
		status = EX_NOINPUT;
	}
	if (status == EX_OK && options->mail->rules.len > TUNE_RULES_MAX) {
		fprintf(stderr, "assay tune: there are more than %d rules\n", TUNE_RULES_MAX);
		status = EX_CONFIG;
	}
	if (status == EX_OK && options->task == TUNE_HITS)
		tune_print_hits(stdout, options->mail);
	else if (status == EX_OK)
		status = run_fit(options, policy);
	policy_free(policy);
	return status;
}

enum {
	OPTION_RULES = 256,
	OPTION_FIT,
	OPTION_HITS,
	OPTION_HAM,
	OPTION_SPAM,
	OPTION_LIMIT,
	OPTION_WEIGHT,
	OPTION_GOOD_WEIGHT,
	OPTION_STRENGTH,
	OPTION_BAGS,
	OPTION_NO_CROSS,
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ "rules", required_argument, NULL, OPTION_RULES },
	{ "fit", no_argument, NULL, OPTION_FIT },
	{ "hits", no_argument, NULL, OPTION_HITS },
	{ "ham", required_argument, NULL, OPTION_HAM },
	{ "spam", required_argument, NULL, OPTION_SPAM },
	{ "limit", required_argument, NULL, OPTION_LIMIT },
	{ "weight", required_argument, NULL, OPTION_WEIGHT },
	{ "good-weight", required_argument, NULL, OPTION_GOOD_WEIGHT },
	{ "strength", required_argument, NULL, OPTION_STRENGTH },
	{ "bags", required_argument, NULL, OPTION_BAGS },
	{ "no-cross", no_argument, NULL, OPTION_NO_CROSS },
	{ NULL, 0, NULL, 0 },
};

/* A number from 0 on in thousandths; false with a complaint. */
static bool read_number(const char *option, const char *value, double *number_r)
{
	int32_t thousandths;

	if (decimal_parse(str_from(value), &thousandths) && thousandths >= 0) {
		*number_r = thousandths / 1000.0;
		return true;
	}
	cli_usage_error("tune", "--%s takes a number that isn't below 0, not \"%s\"", option,
	                value);
	return false;
}

static bool read_count(const char *option, const char *value, unsigned max, unsigned *count_r)
{
	uint64_t count;

	if (str_to_uint(str_from(value), max, &count) && count > 0) {
		*count_r = (unsigned)count;
		return true;
	}
	cli_usage_error("tune", "--%s takes a number from 1 to %u", option, max);
	return false;
}

/* "NAME=NUMBER" */
static bool read_named(struct tune_options *options, const char *option, char *value,
                       struct tune_number_list *list)
{
	char *equals = strrchr(value, '=');
	double number;

	if (equals == NULL || equals == value) {
		cli_usage_error("tune", "--%s takes NAME=NUMBER, not \"%s\"", option, value);
		return false;
	}
	if (!read_number(option, equals + 1, &number))
		return false;
	*equals = '\0';
	vec_push(options->arena, list, ((struct tune_number){ value, number }));
	return true;
}

static bool add_mail(struct tune_options *options, bool spam)
{
	struct error err;

	if (tune_mail_add(options->mail, str_from(optarg), spam, &err))
		return true;
	fprintf(stderr, "assay tune: %s\n", err.text);
	return false;
}

/* One option; -1 to go on, else the exit status. */
static int apply_option(struct tune_options *options, int option)
{
	bool ok = true;

	switch (option) {
	case 'c':
		options->conf.path = optarg;
		break;
	case 'o':
		options->output = optarg;
		break;
	case 'j':
		ok = read_count("jobs", optarg, JOBS_MAX, &options->jobs);
		break;
	case OPTION_RULES:
		vec_push(options->arena, &options->conf.rules, str_from(optarg));
		break;
	case OPTION_FIT:
	case OPTION_HITS:
		options->task = option == OPTION_FIT ? TUNE_FIT : TUNE_HITS;
		break;
	case OPTION_HAM:
	case OPTION_SPAM:
		return add_mail(options, option == OPTION_SPAM) ? -1 : EX_NOINPUT;
	case OPTION_LIMIT:
		ok = read_named(options, "limit", optarg, &options->limits);
		break;
	case OPTION_WEIGHT:
		ok = read_named(options, "weight", optarg, &options->weights);
		break;
	case OPTION_GOOD_WEIGHT:
		ok = read_number("good-weight", optarg, &options->fit.good_weight);
		break;
	case OPTION_STRENGTH:
		ok = read_number("strength", optarg, &options->fit.strength);
		break;
	case OPTION_BAGS:
		ok = read_count("bags", optarg, BAGS_MAX, &options->fit.bags);
		break;
	case OPTION_NO_CROSS:
		options->no_cross = true;
		break;
	case 'h':
		fputs(help, stdout);
		return EX_OK;
	default:
		return cli_usage_error("tune", "wrong arguments");
	}
	return ok ? -1 : EX_USAGE;
}

/* Is there what the task needs? -1, else the exit status. */
static int check_options(const struct tune_options *options, int argc, char **argv)
{
	bool ham = false, spam = false;

	for (size_t i = 0; i < options->mail->sources.len; i++)
		*(options->mail->sources.items[i].spam ? &spam : &ham) = true;
	if (optind < argc)
		return cli_usage_error("tune",
		                       "\"%s\" is no option; name mail with --ham or --spam",
		                       argv[optind]);
	if (options->task == TUNE_NOTHING)
		return cli_usage_error("tune", "say what to do: --fit or --hits");
	if (!ham || !spam)
		return cli_usage_error("tune",
		                       "there must be mail of both kinds, --ham and --spam");
	if (options->fit.strength <= 0)
		return cli_usage_error("tune", "--strength takes a number above 0");
	return -1;
}

int cli_tune(int argc, char **argv)
{
	struct tune_options options = { .arena = arena_new(),
		                        .jobs = 1,
		                        .fit = { .good_weight = 4, .strength = 1 } };
	int status = -1, option;

	options.mail = tune_mail_new(options.arena);
	while (status < 0 &&
	       (option = getopt_long(argc, argv, "c:o:j:h", long_options, NULL)) != -1)
		status = apply_option(&options, option);
	if (status < 0)
		status = check_options(&options, argc, argv);
	if (status < 0)
		status = run(&options);
	tune_mail_free(options.mail);
	arena_free(options.arena);
	return status;
}
