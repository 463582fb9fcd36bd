/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/page_tune.h"

#include "base/decimal.h"
#include "scoring/settings_change.h"
#include "store/retrial.h"
#include "web/export.h"
#include "web/frame.h"
#include "web/list.h"
#include "web/row.h"

#define DOMAINS_SHOWN 50

/* What is to be tried, as it stands in the address. */
struct trial {
	struct page *page;
	struct list_filter filter;
	struct settings *settings;
	struct map *points; /* NULL: those on record */
	struct str wrong;   /* what of it can't be read; or empty */
	bool wanted;
	size_t listed, limit;
	struct strbuf rows; /* of the table of changes */
};

static enum word action_word(enum retrial_action action)
{
	static const enum word words[RETRIAL_ACTION_COUNT] = {
		[RETRIAL_PASSED] = WORD_TUNE_PASSED,
		[RETRIAL_TAGGED] = WORD_TUNE_TAGGED,
		[RETRIAL_OBSERVED] = WORD_TUNE_OBSERVED,
		[RETRIAL_DISCARDED] = WORD_TUNE_DISCARDED,
	};

	return words[action];
}

/* True where a score is given that can be read. */
static bool read_score(struct trial *trial, const char *name, int32_t *score_r)
{
	struct str text = form_get(&trial->page->request->query, name);

	if (text.len == 0)
		return false;
	trial->wanted = true;
	if (decimal_parse(text, score_r))
		return true;
	trial->wrong = text;
	return false;
}

static void read_points(struct trial *trial)
{
	struct str text = form_get(&trial->page->request->query, "points"), word;
	struct arena *arena = trial->page->arena;

	while (str_next_word(&text, &word)) {
		ptrdiff_t equals = str_find_char(word, '=');
		int32_t *points = arena_new_object(arena, int32_t);

		trial->wanted = true;
		if (equals <= 0 ||
		    !decimal_parse(str_from_offset(word, (size_t)equals + 1), points)) {
			trial->wrong = word;
			return;
		}
		if (trial->points == NULL)
			trial->points = map_new(arena, MAP_EXACT);
		map_set(trial->points, str_prefix(word, (size_t)equals), points);
	}
}

static struct trial read_trial(struct page *page)
{
	struct trial trial = {
		.page = page,
		.filter = list_filter_read(page, "7d", 0),
		.settings = settings_change_copy(page->arena, page->web->settings),
		.limit = page->format == PAGE_HTML ? LIST_ROWS : LIST_ROWS_EXPORT,
	};
	int32_t score;

	strbuf_init(&trial.rows, page->arena);
	if (read_score(&trial, "required_score", &score))
		settings_change_required_score(trial.settings, page->arena,
		                               trial.filter.mail.account, score);
	if (read_score(&trial, "forward_discard_score", &score))
		settings_change_discard_score(trial.settings, page->arena,
		                              trial.filter.mail.destination, score);
	read_points(&trial);
	return trial;
}

/* The form. */

static void add_field(struct trial *trial, const char *name, enum word label, const char *hint)
{
	struct strbuf *buf = &trial->page->response->body;

	strbuf_printf(buf, "<p><label for=\"f-%s\">", name);
	html_word(buf, label);
	strbuf_printf(buf,
	              "</label><input type=\"text\" id=\"f-%s\" name=\"%s\" maxlength=\"400\" "
	              "autocapitalize=\"none\" autocomplete=\"off\" spellcheck=\"false\" "
	              "placeholder=\"",
	              name, name);
	html_cstr(buf, hint);
	html_raw(buf, "\" value=\"");
	html_text(buf, form_get(&trial->page->request->query, name));
	html_raw(buf, "\"></p>\n");
}

/* With those in force as what stands in empty fields. */
static void add_form(struct trial *trial)
{
	const struct settings *settings = trial->page->web->settings;
	struct strbuf *buf = &trial->page->response->body;
	char text[DECIMAL_TEXT_SIZE];

	html_raw(buf, "<form class=\"filter\" method=\"get\" action=\"tune\">\n");
	list_filter_fields(trial->page, &trial->filter);
	add_field(trial, "required_score", WORD_TUNE_REQUIRED,
	          decimal_format(settings->required_score, text));
	add_field(trial, "forward_discard_score", WORD_TUNE_DISCARD,
	          decimal_format(settings->forward_discard_score, text));
	add_field(trial, "points", WORD_TUNE_POINTS, words_text(WORD_TUNE_POINTS_HINT));
	html_raw(buf, "<p><button>");
	html_word(buf, WORD_TUNE_SHOW);
	html_raw(buf, "</button></p></form>\n");
}

/* What would change. */

static void add_transition(struct strbuf *buf, enum retrial_action before,
                           enum retrial_action after)
{
	html_word(buf, action_word(before));
	html_raw(buf, " <span aria-hidden=\"true\">→</span> ");
	html_word(buf, action_word(after));
}

static void export_change(struct trial *trial, const struct retrial_change *change,
                          export_writer *write)
{
	const struct record *record = change->record;
	struct arena *arena = trial->page->arena;
	char before[DECIMAL_TEXT_SIZE], after[DECIMAL_TEXT_SIZE];
	const struct export_cell cells[] = {
		export_time(arena, "time", record->time_us),
		{ "id", str_from(record->scan_id), false },
		{ "before", str_from(retrial_action_name(change->before)), false },
		{ "after", str_from(retrial_action_name(change->after)), false },
		{ "score", str_from(decimal_format(record->score, before)), true },
		{ "score_tried", str_from(decimal_format(change->score, after)), true },
		{ "sender", str_from(record->sender), false },
		{ "recipient", str_from(record->recipient), false },
		{ "destination", str_from(record->destination), false },
		{ "subject", str_from(record->subject), false },
	};

	write(trial->page, cells, sizeof(cells) / sizeof(*cells));
}

static void export_head(struct trial *trial)
{
	const struct record none = { 0 };

	export_begin(trial->page);
	export_change(trial, &(struct retrial_change){ .record = &none }, export_names);
}

static void list_change(struct strbuf *buf, const struct retrial_change *change)
{
	const struct store_row row = { .record = *change->record };

	html_raw(buf, "<tr>");
	row_begin_cell(buf, WORD_TUNE_CHANGE, "transition");
	html_raw(buf, "<span>");
	add_transition(buf, change->before, change->after);
	html_raw(buf, "</span></td>");
	row_begin_cell(buf, WORD_SCORE, "number");
	html_raw(buf, "<span>");
	html_decimal(buf, change->record->score);
	if (change->score != change->record->score) {
		html_raw(buf, " <span aria-hidden=\"true\">→</span> ");
		html_decimal(buf, change->score);
	}
	html_raw(buf, "</span></td>");
	row_begin_cell(buf, WORD_TIME, "time");
	html_time(buf, change->record->time_us);
	html_raw(buf, "</td>");
	row_begin_cell(buf, WORD_SENDER, "address");
	row_sender(buf, change->record->sender);
	html_raw(buf, "</td>");
	row_add_recipient(buf, &row.record);
	row_add_subject(buf, &row.record);
	html_raw(buf, "</tr>\n");
}

static bool take_change(const struct retrial_change *change, void *context)
{
	struct trial *trial = context;

	if (trial->listed == trial->limit)
		return true;
	trial->listed++;
	if (trial->page->format == PAGE_HTML)
		list_change(&trial->rows, change);
	else
		export_change(trial, change, export_row);
	return true;
}

static void add_transitions(struct strbuf *buf,
                            const size_t changes[RETRIAL_ACTION_COUNT][RETRIAL_ACTION_COUNT])
{
	for (int before = 0; before < RETRIAL_ACTION_COUNT; before++)
		for (int after = 0; after < RETRIAL_ACTION_COUNT; after++) {
			if (before == after || changes[before][after] == 0)
				continue;
			html_raw(buf, "<li>");
			html_number(buf, (int64_t)changes[before][after]);
			html_raw(buf, ": ");
			add_transition(buf, (enum retrial_action)before,
			               (enum retrial_action)after);
			html_raw(buf, "</li>");
		}
}

static void add_domains(struct strbuf *buf, const struct retrial_summary *summary)
{
	html_raw(buf, "<table class=\"counts\"><thead><tr><th scope=\"col\" class=\"number\">");
	html_word(buf, WORD_COUNT_OF);
	html_raw(buf, "</th><th scope=\"col\">");
	html_word(buf, WORD_DOMAIN);
	html_raw(buf, "</th><th scope=\"col\">");
	html_word(buf, WORD_TUNE_CHANGE);
	html_raw(buf, "</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < summary->accounts.len && i < DOMAINS_SHOWN; i++) {
		const struct retrial_account *account = &summary->accounts.items[i];

		html_raw(buf, "<tr><td class=\"number\">");
		html_number(buf, (int64_t)account->changed);
		html_raw(buf, "</td><td class=\"address\">");
		html_text(buf, account->domain);
		html_raw(buf, "</td><td><ul class=\"plain\">");
		add_transitions(buf, account->changes);
		html_raw(buf, "</ul></td></tr>\n");
	}
	html_raw(buf, "</tbody></table>\n");
	if (summary->accounts.len > DOMAINS_SHOWN)
		frame_note(buf, WORD_DOMAINS_MORE, STR(""));
}

static void add_changes(struct trial *trial, const struct retrial_summary *summary)
{
	static const enum word heads[] = { WORD_TUNE_CHANGE, WORD_SCORE,     WORD_TIME,
		                           WORD_SENDER,      WORD_RECIPIENT, WORD_SUBJECT };
	struct strbuf *buf = &trial->page->response->body;

	html_raw(buf, "<table class=\"rows\"><thead><tr>");
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		html_raw(buf, "<th scope=\"col\">");
		html_word(buf, heads[i]);
		html_raw(buf, "</th>");
	}
	html_raw(buf, "</tr></thead><tbody>\n");
	strbuf_add(buf, strbuf_str(&trial->rows));
	html_raw(buf, "</tbody></table>\n");
	if (summary->changed > trial->listed)
		frame_note(buf, WORD_TUNE_MORE, STR(""));
}

static void add_result(struct trial *trial, const struct retrial_summary *summary)
{
	struct strbuf *buf = &trial->page->response->body;

	html_raw(buf, "<h2>");
	html_count(buf, (int64_t)summary->changed, WORD_TUNE_CHANGED_ONE, WORD_TUNE_CHANGED_MANY);
	html_raw(buf, " ");
	html_number(buf, (int64_t)summary->records);
	html_raw(buf, "</h2>\n");
	if (summary->changed == 0)
		return;
	add_domains(buf, summary);
	add_changes(trial, summary);
}

static bool try_it(struct trial *trial, struct retrial_summary *summary_r, struct error *err_r)
{
	struct page *page = trial->page;
	struct retrial_input input = {
		.settings = trial->settings,
		.ruleset = rule_texts_borrow(page->web->rules),
		.points = trial->points,
		.account = trial->filter.mail.account,
		.destination = trial->filter.mail.destination,
		.since_us = trial->filter.mail.since_us,
	};
	bool ok =
		retrial_run(page->view, page->arena, &input, take_change, trial, summary_r, err_r);

	if (input.ruleset != NULL)
		rule_texts_give_back(page->web->rules);
	return ok;
}

bool page_tune(struct page *page, struct error *err_r)
{
	struct strbuf *buf = &page->response->body;
	struct trial trial = read_trial(page);
	struct retrial_summary summary = { 0 };
	bool runs = trial.wanted && trial.wrong.len == 0;

	if (page->format != PAGE_HTML)
		export_head(&trial);
	if (runs && !try_it(&trial, &summary, err_r))
		return false;
	if (page->format != PAGE_HTML) {
		export_end(page);
		return true;
	}
	frame_begin(page);
	html_raw(buf, "<p class=\"lead\">");
	html_word(buf, WORD_LEAD_TUNE);
	html_raw(buf, "</p>\n");
	add_form(&trial);
	if (trial.wrong.len > 0)
		frame_note(buf, WORD_TUNE_WRONG, trial.wrong);
	else if (runs)
		add_result(&trial, &summary);
	frame_end(page);
	return true;
}
