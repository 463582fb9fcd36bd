/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/page_receivers.h"

#include "base/decimal.h"
#include "health/history.h"
#include "scoring/adapted.h"
#include "web/export.h"
#include "web/frame.h"

#define SHOWN_MAX 500
#define SECOND_US INT64_C(1000000)

/* Where mail to a domain is dropped, so many half points below what is configured. */
static int32_t threshold(const struct page *page, struct str domain, unsigned steps)
{
	const struct settings *settings = page->web->settings;
	struct destination_settings destination = settings_for_destination(settings, domain);

	return adapted_threshold(destination.forward_discard_score, steps,
	                         settings->adapt_discard_floor);
}

static unsigned steps_of(const struct adapted *adapted, struct str domain)
{
	const struct adapted_destination *d;

	vec_foreach (adapted, d)
		if (str_eq(d->domain, domain))
			return d->steps;
	return 0;
}

static uint64_t sum_of(const uint64_t counts[RECEIVER_CLASSES])
{
	uint64_t sum = 0;

	for (size_t i = 0; i < RECEIVER_CLASSES; i++)
		sum += counts[i];
	return sum;
}

static struct export_cell decimal_cell(struct arena *arena, const char *name, int32_t value)
{
	char text[DECIMAL_TEXT_SIZE];

	return (struct export_cell){ name, arena_str(arena, str_from(decimal_format(value, text))),
		                     true };
}

static void export_destination(struct page *page, const struct health_destination *of,
                               unsigned steps, export_writer *write)
{
	struct arena *arena = page->arena;
	const struct health_counts *counts = &of->counts;
	struct export_cell cells[5 + RECEIVER_CLASSES + 3] = {
		{ "destination", of->domain, false },
		export_number(arena, "forwards", (int64_t)counts->forwards),
		export_number(arena, "accepted", (int64_t)counts->accepted),
		export_number(arena, "deferred", (int64_t)counts->deferred),
		export_number(arena, "disliked", (int64_t)counts->disliked),
	};
	size_t n = 5;

	for (size_t i = 0; i < RECEIVER_CLASSES; i++) {
		const char *class = receiver_class_name((enum receiver_class)i);

		cells[n++] = export_number(arena, arena_printf(arena, "refused_%s", class).data,
		                           (int64_t)counts->refused[i]);
	}
	cells[n++] = decimal_cell(arena, "disliked_lowest", of->lowest);
	cells[n++] = decimal_cell(arena, "disliked_highest", of->highest);
	cells[n++] = decimal_cell(arena, "threshold", threshold(page, of->domain, steps));
	write(page, cells, n);
}

/* "25 spam, 4 listed": classes are named as in the table of replies. */
static void add_reasons(struct strbuf *buf, const uint64_t counts[RECEIVER_CLASSES])
{
	const char *between = "<br><small>";

	for (size_t i = 0; i < RECEIVER_CLASSES; i++) {
		if (counts[i] == 0)
			continue;
		html_raw(buf, between);
		html_number(buf, (int64_t)counts[i]);
		strbuf_add_char(buf, ' ');
		html_cstr(buf, receiver_class_name((enum receiver_class)i));
		between = ", ";
	}
	if (sum_of(counts) > 0)
		html_raw(buf, "</small>");
}

static void add_number_cell(struct strbuf *buf, uint64_t number)
{
	html_raw(buf, "<td class=\"number\">");
	html_number(buf, (int64_t)number);
}

static void add_destination(struct page *page, const struct health_destination *of, unsigned steps)
{
	struct strbuf *buf = &page->response->body;
	const struct health_counts *counts = &of->counts;

	html_raw(buf, "<tr><td class=\"address\">");
	html_text(buf, of->domain);
	html_raw(buf, "</td>");
	add_number_cell(buf, counts->forwards);
	html_raw(buf, "</td>");
	add_number_cell(buf, counts->accepted);
	html_raw(buf, "</td>");
	add_number_cell(buf, counts->deferred);
	add_reasons(buf, counts->delayed);
	html_raw(buf, "</td>");
	add_number_cell(buf, sum_of(counts->refused));
	add_reasons(buf, counts->refused);
	html_raw(buf, "</td><td class=\"number\">");
	if (of->scores > 0) {
		html_decimal_short(buf, of->lowest);
		html_raw(buf, " – ");
		html_decimal_short(buf, of->highest);
	}
	html_raw(buf, "</td><td class=\"number\">");
	html_decimal_short(buf, threshold(page, of->domain, steps));
	html_raw(buf, "</td></tr>\n");
}

static void add_head(struct strbuf *buf, const enum word *words, size_t count)
{
	html_raw(buf, "<table class=\"counts\"><thead><tr>");
	for (size_t i = 0; i < count; i++) {
		html_raw(buf, "<th scope=\"col\">");
		html_word(buf, words[i]);
		html_raw(buf, "</th>");
	}
	html_raw(buf, "</tr></thead><tbody>\n");
}

static void add_destinations(struct page *page, const struct history_destinations *destinations,
                             const struct adapted *adapted)
{
	static const enum word words[] = { WORD_DESTINATION,        WORD_RECEIVERS_FORWARDS,
		                           WORD_RECEIVERS_ACCEPTED, WORD_RECEIVERS_DEFERRED,
		                           WORD_RECEIVERS_REFUSED,  WORD_RECEIVERS_SCORES,
		                           WORD_RECEIVERS_DROPPED };
	struct strbuf *buf = &page->response->body;

	if (destinations->len == 0) {
		frame_note(buf, WORD_RECEIVERS_NONE, STR(""));
		return;
	}
	add_head(buf, words, sizeof(words) / sizeof(*words));
	for (size_t i = 0; i < destinations->len && i < SHOWN_MAX; i++)
		add_destination(page, &destinations->items[i],
		                steps_of(adapted, destinations->items[i].domain));
	html_raw(buf, "</tbody></table>\n");
	if (destinations->len > SHOWN_MAX)
		frame_note(buf, WORD_DOMAINS_MORE, STR(""));
}

static void add_step(struct page *page, const struct history_step *step)
{
	struct strbuf *buf = &page->response->body;

	html_raw(buf, "<tr><td>");
	html_time(buf, step->time_s * SECOND_US);
	html_raw(buf, "</td><td class=\"address\">");
	html_text(buf, step->domain);
	html_raw(buf, "</td><td class=\"number\">");
	html_decimal_short(buf, threshold(page, step->domain, step->before));
	html_raw(buf, "</td><td class=\"number\">");
	html_decimal_short(buf, threshold(page, step->domain, step->after));
	html_raw(buf, "</td><td>");
	html_number(buf, (int64_t)step->disliked);
	strbuf_add_char(buf, ' ');
	html_word(buf, WORD_RECEIVERS_OF);
	strbuf_add_char(buf, ' ');
	html_number(buf, (int64_t)step->forwards);
	html_raw(buf, "</td></tr>\n");
}

/* The newest first. */
static void add_steps(struct page *page, const struct history *history)
{
	static const enum word words[] = { WORD_TIME, WORD_DESTINATION, WORD_RECEIVERS_BEFORE,
		                           WORD_RECEIVERS_AFTER, WORD_RECEIVERS_WHY };
	struct strbuf *buf = &page->response->body;

	if (history->steps.len == 0)
		return;
	html_raw(buf, "<h2>");
	html_word(buf, WORD_RECEIVERS_STEPS);
	html_raw(buf, "</h2>\n");
	add_head(buf, words, sizeof(words) / sizeof(*words));
	for (size_t i = history->steps.len; i-- > 0;)
		add_step(page, &history->steps.items[i]);
	html_raw(buf, "</tbody></table>\n");
}

bool page_receivers(struct page *page, struct error *err_r)
{
	const struct settings *settings = page->web->settings;
	struct strbuf *buf = &page->response->body;
	struct adapted adapted = { 0 };
	struct history_destinations destinations;
	struct history history;
	struct error unread;

	if (!history_read(page->arena, history_path(page->arena, settings->health_file), &history,
	                  err_r))
		return false;
	/* Where the filter wouldn't believe it, none is lowered. */
	if (settings->adapt_discard)
		adapted_read(page->arena, arena_cstr(page->arena, settings->health_file), &adapted,
		             &unread);
	history_forget(&history, page->now_us / SECOND_US);
	destinations = history_sum(page->arena, &history);
	if (page->format != PAGE_HTML) {
		export_begin(page);
		export_destination(page, &(struct health_destination){ 0 }, 0, export_names);
		for (size_t i = 0; i < destinations.len; i++)
			export_destination(page, &destinations.items[i],
			                   steps_of(&adapted, destinations.items[i].domain),
			                   export_row);
		export_end(page);
		return true;
	}
	frame_begin(page);
	html_raw(buf, "<p class=\"lead\">");
	html_word(buf, WORD_LEAD_RECEIVERS);
	html_raw(buf, "</p>\n");
	add_destinations(page, &destinations, &adapted);
	add_steps(page, &history);
	html_raw(buf, "<p class=\"downloads\">");
	html_word(buf, WORD_DOWNLOAD);
	html_raw(buf, " <a href=\"receivers.csv\" download>CSV</a> <a href=\"receivers.json\" "
	              "download>JSON</a></p>\n");
	frame_end(page);
	return true;
}
