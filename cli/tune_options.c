/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/tune_options.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/decimal.h"
#include "cli/option.h"
#include "cli/report_since.h"
#include "web/pasted.h"

#define JOBS_MAX  256
#define BAGS_MAX  1000
#define LIST_MAX  100000000
#define SCORE_MAX (1000 * 1000)

#define DEFAULT_SINCE "7d"
#define DEFAULT_LIST  100

static const char help[] =
	"usage: assay tune [--since TIME] [CHANGE]... [OPTION]...\n"
	"       assay tune --mail DIR [CHANGE]... [OPTION]...\n"
	"       assay tune [--fit | --hits] --ham [NAME=]PATH... --spam [NAME=]PATH... [OPTION]...\n"
	"\n"
	"Tells what a change would do before it is made: to the mail on assayd's records, or to mail\n"
	"that is sorted. Fits the points of rules to that, or tells what each rule hits. Only reads.\n"
	"\n"
	"Changes:\n"
	"      --required-score N, --forward-discard-score N\n"
	"      --score RULE=N    a rule gives so many points; may be repeated\n"
	"      --rules PATH      the points of a rule file or directory\n"
	"On records:\n"
	"      --since TIME      30m, 24h, 7d, a date as 2026-01-31, or all (default: 7d)\n"
	"      --account NAME    only recipients of this address or domain; the change of\n"
	"                        required_score is for them\n"
	"      --destination NAME  only forwards to this address or domain; the change of\n"
	"                        forward_discard_score is for that domain\n"
	"      --store URI       instead of the configuration's store\n"
	"      --list N          list so many messages (default: 100)\n"
	"      --json            one JSON object per line, the counts in the last one\n"
	"On mail, without --fit and --hits: false positives and negatives of each threshold\n"
	"      --mail DIR        the folders, Maildirs or mboxes ham and spam in it\n"
	"      --max-false-positives N%  the threshold that flags no more of good mail\n"
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
	OPTION_SINCE,
	OPTION_REQUIRED_SCORE,
	OPTION_DISCARD_SCORE,
	OPTION_SCORE,
	OPTION_ACCOUNT,
	OPTION_DESTINATION,
	OPTION_STORE,
	OPTION_LIST_LIMIT,
	OPTION_JSON,
	OPTION_MAIL,
	OPTION_RATE,
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
	{ "since", required_argument, NULL, OPTION_SINCE },
	{ "required-score", required_argument, NULL, OPTION_REQUIRED_SCORE },
	{ "forward-discard-score", required_argument, NULL, OPTION_DISCARD_SCORE },
	{ "score", required_argument, NULL, OPTION_SCORE },
	{ "account", required_argument, NULL, OPTION_ACCOUNT },
	{ "destination", required_argument, NULL, OPTION_DESTINATION },
	{ "store", required_argument, NULL, OPTION_STORE },
	{ "list", required_argument, NULL, OPTION_LIST_LIMIT },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "mail", required_argument, NULL, OPTION_MAIL },
	{ "max-false-positives", required_argument, NULL, OPTION_RATE },
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

/* A score that may be below 0. */
static bool read_score(const char *option, const char *value, int32_t *score_r)
{
	if (decimal_parse(str_from(value), score_r) && *score_r >= -SCORE_MAX &&
	    *score_r <= SCORE_MAX)
		return true;
	cli_usage_error("tune", "--%s takes a number from -1000 to 1000, not \"%s\"", option,
	                value);
	return false;
}

/* "RULE=N" */
static bool read_rule_score(struct tune_options *options, char *value)
{
	char *equals = strchr(value, '=');
	struct tune_score score;

	if (equals == NULL || equals == value) {
		cli_usage_error("tune", "--score takes RULE=NUMBER, not \"%s\"", value);
		return false;
	}
	score.rule = (struct str){ value, (size_t)(equals - value) };
	if (!read_score("score", equals + 1, &score.points))
		return false;
	vec_push(options->arena, &options->records.scores, score);
	return true;
}

static bool read_since(struct tune_records_options *records, const char *value)
{
	records->since = value;
	if (report_read_since(value, &records->since_us))
		return true;
	cli_usage_error("tune",
	                "--since \"%s\" is no time that there is; write 30m, 24h, 7d, 2026-01-31, "
	                "2026-01-31T18:00 or all",
	                value);
	return false;
}

/* "0.1%" */
static bool read_rate(struct tune_options *options, const char *value)
{
	struct str text = str_from(value);

	if (str_ends_ci(text, STR("%")))
		text.len--;
	options->has_rate = true;
	if (decimal_parse(text, &options->rate) && options->rate >= 0 && options->rate <= 100000)
		return true;
	cli_usage_error("tune",
	                "--max-false-positives takes a percentage such as 0.1%%, not \"%s\"",
	                value);
	return false;
}

static bool read_account(struct tune_options *options, const char *name, struct str *account_r)
{
	*account_r = pasted_account(options->arena, str_from(optarg));
	if (account_r->len > 0)
		return true;
	cli_usage_error("tune", "--%s \"%s\" names nothing", name, optarg);
	return false;
}

/* The folders, or files, of that name in a directory; true where there is one. */
static bool add_sorted(struct tune_options *options, const char *directory, bool spam,
                       struct error *err_r)
{
	static const char *const ends[] = { "", ".mbox", ".eml" };
	const char *kind = spam ? "spam" : "ham";

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct str path = arena_printf(options->arena, "%s/%s%s", directory, kind, ends[i]);

		if (access(path.data, F_OK) == 0)
			return tune_mail_add(options->mail, path, spam, err_r);
	}
	return error_set(err_r,
	                 "%s: there is no %s in it; name good mail with --ham and spam with --spam",
	                 directory, kind);
}

static bool add_directory(struct tune_options *options, const char *directory)
{
	struct error err;

	if (add_sorted(options, directory, false, &err) &&
	    add_sorted(options, directory, true, &err))
		return true;
	fprintf(stderr, "assay tune: %s\n", err.text);
	return false;
}

/* What is tried, and on which records; -1 to go on, else the exit status. */
static int apply_change(struct tune_options *options, int option)
{
	struct tune_records_options *records = &options->records;
	unsigned limit;
	bool ok = true;

	switch (option) {
	case OPTION_SINCE:
		ok = read_since(records, optarg);
		break;
	case OPTION_REQUIRED_SCORE:
		records->has_required_score = true;
		ok = read_score("required-score", optarg, &records->required_score);
		break;
	case OPTION_DISCARD_SCORE:
		records->has_discard_score = true;
		ok = read_score("forward-discard-score", optarg, &records->discard_score);
		break;
	case OPTION_SCORE:
		ok = read_rule_score(options, optarg);
		break;
	case OPTION_ACCOUNT:
		ok = read_account(options, "account", &records->account);
		break;
	case OPTION_DESTINATION:
		ok = read_account(options, "destination", &records->destination);
		break;
	case OPTION_STORE:
		records->store = optarg;
		break;
	case OPTION_LIST_LIMIT:
		ok = read_count("list", optarg, LIST_MAX, &limit);
		records->limit = limit;
		break;
	case OPTION_JSON:
		records->json = true;
		break;
	case OPTION_MAIL:
		return add_directory(options, optarg) ? -1 : EX_NOINPUT;
	case OPTION_RATE:
		ok = read_rate(options, optarg);
		break;
	default:
		return EX_USAGE;
	}
	return ok ? -1 : EX_USAGE;
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
		return apply_change(options, option);
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
	if (!ham && !spam && options->task == TUNE_CHANGES)
		return options->has_rate ? cli_usage_error("tune", "--max-false-positives needs "
		                                                   "mail, --ham and --spam")
		                         : -1;
	if (!ham || !spam)
		return cli_usage_error("tune",
		                       "there must be mail of both kinds, --ham and --spam");
	if (options->fit.strength <= 0)
		return cli_usage_error("tune", "--strength takes a number above 0");
	return -1;
}

int tune_options_read(struct tune_options *options, int argc, char **argv)
{
	int status = -1, option;

	options->jobs = 1;
	options->fit = (struct tune_settings){ .good_weight = 4, .strength = 1 };
	options->records.since = DEFAULT_SINCE;
	options->records.limit = DEFAULT_LIST;
	report_read_since(DEFAULT_SINCE, &options->records.since_us);
	while (status < 0 &&
	       (option = option_next("tune", argc, argv, "c:o:j:h", long_options)) != -1)
		status = apply_option(options, option);
	if (status < 0)
		status = check_options(options, argc, argv);
	options->records.arena = options->arena;
	options->records.conf = options->conf;
	return status;
}
