/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/tags.h"

#include <string.h>
#include <time.h>

#include "base/decimal.h"
#include "base/strbuf.h"
#include "rules/match/message_tag.h"
#include "scoring/tags_report.h"

#define STARS_MAX 50
/* Of SpamAssassin, whose rule language this is. */
#define LANGUAGE_VERSION "4.0.1"

/* One use of a tag. */
struct tag {
	struct arena *arena;
	const struct report_input *input;
	struct strbuf *out;
	struct str argument; /* data NULL: none */
};

struct str tags_stars(struct arena *arena, int32_t score, char star)
{
	size_t count = score < 1000 ? 0 : (size_t)score / 1000;
	char *stars;

	count = count < STARS_MAX ? count : STARS_MAX;
	stars = arena_alloc(arena, count + 1);
	memset(stars, star, count);
	return (struct str){ stars, count };
}

/* "Yes" or "No", or the words of the argument: "spam,ham". */
static struct str yes_no(const struct tag *tag)
{
	bool spam = tag->input->verdict->tag;
	struct str rest = tag->argument, first;
	ptrdiff_t comma;

	if (rest.data == NULL)
		return spam ? STR("Yes") : STR("No");
	comma = str_find_char(rest, ',');
	first = comma < 0 ? rest : str_prefix(rest, (size_t)comma);
	if (spam)
		return first;
	return comma < 0 ? STR("No") : str_from_offset(rest, (size_t)comma + 1);
}

static void tag_yes_no(const struct tag *tag)
{
	strbuf_add(tag->out, yes_no(tag));
}

static void tag_yes_no_caps(const struct tag *tag)
{
	struct str word = yes_no(tag);

	for (size_t i = 0; i < word.len; i++) {
		char c = word.data[i];

		strbuf_add_char(tag->out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
	}
}

/* One decimal, padded to four characters and more by zeros or spaces of the argument. */
static void tag_score(const struct tag *tag)
{
	char text[DECIMAL_TEXT_SIZE];
	struct str score = str_from(decimal_format_short(tag->input->score, text));

	for (size_t len = score.len; len < tag->argument.len + 3; len++)
		strbuf_add_char(tag->out, tag->argument.data[0]);
	strbuf_add(tag->out, score);
}

static void tag_required(const struct tag *tag)
{
	char text[DECIMAL_TEXT_SIZE];

	strbuf_add(tag->out, str_from(decimal_format_short(tag->input->verdict->required, text)));
}

static void tag_stars(const struct tag *tag)
{
	char star = tag->argument.len > 0 ? tag->argument.data[0] : '*';

	strbuf_add(tag->out, tags_stars(tag->arena, tag->input->score, star));
}

/* Says that it isn't SpamAssassin, where a template says that it is. */
static void tag_version(const struct tag *tag)
{
	strbuf_add(tag->out, STR(ASSAY_VERSION "-assay"));
}

static void tag_subversion(const struct tag *tag)
{
	strbuf_add(tag->out, STR("rule language " LANGUAGE_VERSION));
}

static void tag_hostname(const struct tag *tag)
{
	const struct policy *policy = tag->input->policy;
	struct str host = policy->site->report_hostname;

	if (host.len == 0 && policy->settings.hostname.len == 0)
		host = tag->input->envelope->host;
	strbuf_add(tag->out, host.len > 0 ? host : policy->hostname);
}

static void tag_contact(const struct tag *tag)
{
	strbuf_add(tag->out, tag->input->policy->site->report_contact);
}

static const struct envelope *client_of(const struct tag *tag)
{
	return tag->input->facts != NULL ? tag->input->facts->envelope : tag->input->envelope;
}

static void tag_remote_name(const struct tag *tag)
{
	struct str name = client_of(tag)->client_name;

	strbuf_add(tag->out, name.len > 0 ? name : STR("localhost"));
}

static void tag_remote_address(const struct tag *tag)
{
	struct str address = client_of(tag)->client_ip;

	strbuf_add(tag->out, address.len > 0 ? address : STR("127.0.0.1"));
}

static void add_with_separator(const struct tag *tag, struct str list)
{
	struct str separator = tag->argument.data != NULL ? tag->argument : STR(",");

	if (list.len == 0)
		strbuf_add(tag->out, STR("none"));
	for (size_t i = 0; i < list.len; i++) {
		if (list.data[i] == ',')
			strbuf_add(tag->out, separator);
		else
			strbuf_add_char(tag->out, list.data[i]);
	}
}

static void tag_tests(const struct tag *tag)
{
	add_with_separator(tag, tag->input->rules);
}

static void tag_tests_scores(const struct tag *tag)
{
	add_with_separator(tag, tags_report_scores(tag->arena, tag->input));
}

static void tag_report(const struct tag *tag)
{
	strbuf_add_char(tag->out, '\n');
	strbuf_add(tag->out, tags_report(tag->arena, tag->input));
}

static void tag_summary(const struct tag *tag)
{
	strbuf_add(tag->out, tags_summary(tag->arena, tag->input));
}

static void tag_preview(const struct tag *tag)
{
	if (tag->input->facts != NULL)
		strbuf_add(tag->out, tags_preview(tag->arena, tag->input->facts->message));
}

static void tag_subject_prefix(const struct tag *tag)
{
	strbuf_add(tag->out, tags_subject_prefix(tag->arena, tag->input));
}

static void tag_date(const struct tag *tag)
{
	char text[64];
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm) != NULL &&
	    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S %z", &tm) > 0)
		strbuf_add(tag->out, str_from(text));
}

static struct str shortcircuit_type(const struct tag *tag)
{
	const struct hits *hits = tag->input->hits;

	return hits != NULL && hits->shortcircuit_type != NULL ? str_from(hits->shortcircuit_type)
	                                                       : STR("no");
}

static void tag_shortcircuit_type(const struct tag *tag)
{
	strbuf_add(tag->out, shortcircuit_type(tag));
}

static void tag_shortcircuit_rule(const struct tag *tag)
{
	const struct hits *hits = tag->input->hits;

	strbuf_add(tag->out, hits != NULL && hits->shortcircuit_rule.len > 0
	                             ? hits->shortcircuit_rule
	                             : STR("none"));
}

static void tag_shortcircuit(const struct tag *tag)
{
	const struct hits *hits = tag->input->hits;

	if (hits != NULL && hits->shortcircuit_rule.len > 0)
		strbuf_printf(tag->out, "%.*s (%.*s)", STR_FMT(hits->shortcircuit_rule),
		              STR_FMT(shortcircuit_type(tag)));
	else
		strbuf_add(tag->out, STR("no"));
}

static struct evidence evidence_of(const struct tag *tag)
{
	const struct report_input *input = tag->input;

	if (input->hits == NULL || input->policy->ruleset == NULL)
		return (struct evidence){ 0 };
	return evidence_of_hits(input->policy->ruleset, input->hits);
}

static void tag_autolearn(const struct tag *tag)
{
	strbuf_printf(tag->out, "%s autolearn_force=%s", autolearn_name(tag->input->autolearn),
	              evidence_of(tag).forced ? "yes" : "no");
}

static void tag_autolearn_score(const struct tag *tag)
{
	char text[DECIMAL_TEXT_SIZE];

	strbuf_add(tag->out, str_from(decimal_format(evidence_of(tag).score, text)));
}

static void tag_list_answers(const struct tag *tag)
{
	if (tag->input->hits != NULL)
		strbuf_add(tag->out, tag->input->hits->list_answers);
}

/* Of what there is not: no rule set is updated, no times are told. */
static void tag_nothing(const struct tag *tag)
{
	(void)tag;
}

static const struct {
	const char *name;
	void (*add)(const struct tag *tag);
} score_tags[] = {
	{ "AUTOLEARN", tag_autolearn },
	{ "AUTOLEARNSCORE", tag_autolearn_score },
	{ "CONTACTADDRESS", tag_contact },
	{ "DATE", tag_date },
	{ "HITS", tag_score },
	{ "HOSTNAME", tag_hostname },
	{ "PREVIEW", tag_preview },
	{ "RBL", tag_list_answers },
	{ "REMOTEHOSTADDR", tag_remote_address },
	{ "REMOTEHOSTNAME", tag_remote_name },
	{ "REPORT", tag_report },
	{ "REQD", tag_required },
	{ "RULESVERSION", tag_nothing },
	{ "SC", tag_shortcircuit },
	{ "SCORE", tag_score },
	{ "SCRULE", tag_shortcircuit_rule },
	{ "SCTYPE", tag_shortcircuit_type },
	{ "STARS", tag_stars },
	{ "SUBJPREFIX", tag_subject_prefix },
	{ "SUBVERSION", tag_subversion },
	{ "SUMMARY", tag_summary },
	{ "TESTS", tag_tests },
	{ "TESTSSCORES", tag_tests_scores },
	{ "TIMING", tag_nothing },
	{ "VERSION", tag_version },
	{ "YESNO", tag_yes_no },
	{ "YESNOCAPS", tag_yes_no_caps },
};

static bool is_tag_char(char c)
{
	return (c >= 'A' && c <= 'Z') || char_is_digit(c) || c == '_';
}

/*
 * The name after the underscore at the start of a text, and its argument in parentheses; gives
 * the length of the whole with both underscores, 0 where there is no tag.
 */
static size_t take_tag(struct str text, struct str *name_r, struct str *argument_r)
{
	size_t run = 1, len = 1;
	ptrdiff_t close;

	if (text.len < 3 || text.data[1] < 'A' || text.data[1] > 'Z')
		return 0;
	while (run < text.len && is_tag_char(text.data[run]) &&
	       !(text.data[run] == '_' && text.data[run - 1] == '_'))
		run++;
	*argument_r = (struct str){ NULL, 0 };
	if (run < text.len && text.data[run] == '(' && text.data[run - 1] != '_') {
		close = str_find(str_from_offset(text, run), STR(")_"));
		if (close > 0) {
			*name_r = (struct str){ text.data + 1, run - 1 };
			*argument_r = (struct str){ text.data + run + 1, (size_t)close - 1 };
			return run + (size_t)close + 2;
		}
	}
	for (size_t i = 1; i < run; i++)
		len = text.data[i] == '_' ? i : len;
	*name_r = (struct str){ text.data + 1, len - 1 };
	return len > 1 ? len + 1 : 0;
}

/* Several values stand with spaces between them. */
static bool add_message_tag(const struct tag *tag, struct str name)
{
	struct message_tags tags = { tag->arena, tag->input->facts,
		                     tag->input->hits != NULL ? tag->input->hits->tags : NULL };
	struct str_list values = { 0 };

	if (!message_tag_values(&tags, name, tag->argument, &values))
		return false;
	for (size_t i = 0; i < values.len; i++) {
		if (i > 0)
			strbuf_add_char(tag->out, ' ');
		strbuf_add(tag->out, values.items[i]);
	}
	return true;
}

static bool add_tag(const struct tag *tag, struct str name)
{
	for (size_t i = 0; i < sizeof(score_tags) / sizeof(score_tags[0]); i++) {
		if (str_eq(name, str_from(score_tags[i].name))) {
			score_tags[i].add(tag);
			return true;
		}
	}
	return add_message_tag(tag, name);
}

struct str tags_expand(struct arena *arena, const struct report_input *input, struct str text)
{
	struct strbuf out;
	struct tag tag = { .arena = arena, .input = input, .out = &out };
	struct str name;

	strbuf_init(&out, arena);
	for (size_t i = 0; i < text.len;) {
		struct str rest = str_from_offset(text, i);
		size_t len = rest.data[0] == '_' ? take_tag(rest, &name, &tag.argument) : 0;

		if (len > 0 && add_tag(&tag, name)) {
			i += len;
		} else {
			/* The underscore after an unknown tag may begin another. */
			len = len > 0 ? len - 1 : 1;
			strbuf_add(&out, str_prefix(rest, len));
			i += len;
		}
	}
	return strbuf_str(&out);
}
