/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "health/history.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/replace_file.h"
#include "base/strbuf.h"

#define HEAD     "assay receivers 1"
#define END      "end"
#define DAY_S    86400
#define FILE_MAX (4 << 20)
/* Of a row, besides day and domain. */
#define NUMBERS (5 + 2 * RECEIVER_CLASSES + 5)

static struct history_row *row_of(struct arena *arena, struct history *history, struct str domain,
                                  int64_t day)
{
	struct history_row row = { .day = day, .of.domain = domain };

	for (size_t i = history->rows.len; i-- > 0 && history->rows.items[i].day >= day;)
		if (history->rows.items[i].day == day &&
		    str_eq(history->rows.items[i].of.domain, domain))
			return &history->rows.items[i];
	if (history->rows.len >= HISTORY_ROWS_MAX)
		return NULL;
	vec_push(arena, &history->rows, row);
	return &history->rows.items[history->rows.len - 1];
}

/* to += now - before; nothing was before where that is NULL */
static void add_counts(struct health_destination *to, const struct health_destination *now,
                       const struct health_destination *before)
{
	static const struct health_destination none;
	struct health_counts *sum = &to->counts;
	const struct health_counts *new = &now->counts, *old;

	if (before == NULL)
		before = &none;
	old = &before->counts;
	sum->forwards += new->forwards - old->forwards;
	sum->accepted += new->accepted - old->accepted;
	sum->deferred += new->deferred - old->deferred;
	sum->disliked += new->disliked - old->disliked;
	for (size_t i = 0; i < RECEIVER_CLASSES; i++) {
		sum->refused[i] += new->refused[i] - old->refused[i];
		sum->delayed[i] += new->delayed[i] - old->delayed[i];
	}
	if (now->scores > before->scores) {
		if (to->scores == 0 || now->lowest < to->lowest)
			to->lowest = now->lowest;
		if (to->scores == 0 || now->highest > to->highest)
			to->highest = now->highest;
		to->scores += now->scores - before->scores;
		to->score_sum += now->score_sum - before->score_sum;
	}
	to->others += now->others - before->others;
	if (now->last_s > to->last_s)
		to->last_s = now->last_s;
}

void history_add(struct arena *arena, struct history *history, const struct health_destination *now,
                 const struct health_destination *before, int64_t now_s)
{
	struct history_row *row = row_of(arena, history, now->domain, now_s / DAY_S);

	if (row != NULL)
		add_counts(&row->of, now, before);
}

void history_add_step(struct arena *arena, struct history *history, const struct history_step *step)
{
	if (history->steps.len == HISTORY_STEPS_MAX) {
		memmove(history->steps.items, history->steps.items + 1,
		        (HISTORY_STEPS_MAX - 1) * sizeof(*step));
		history->steps.len--;
	}
	vec_push(arena, &history->steps, *step);
}

void history_forget(struct history *history, int64_t now_s)
{
	int64_t first = now_s / DAY_S - HISTORY_DAYS + 1;
	size_t kept = 0;

	for (size_t i = 0; i < history->rows.len; i++)
		if (history->rows.items[i].day >= first)
			history->rows.items[kept++] = history->rows.items[i];
	history->rows.len = kept;
}

static int more_forwards_first(const void *a, const void *b)
{
	const struct health_destination *left = a, *right = b;

	if (left->counts.forwards != right->counts.forwards)
		return left->counts.forwards < right->counts.forwards ? 1 : -1;
	return str_cmp(left->domain, right->domain);
}

struct history_destinations history_sum(struct arena *arena, const struct history *history)
{
	struct map *places = map_new(arena, MAP_EXACT);
	struct history_destinations sums = { 0 };
	const struct history_row *row;

	vec_foreach (&history->rows, row) {
		size_t *place = map_get(places, row->of.domain);

		if (place == NULL) {
			struct health_destination none = { .domain = row->of.domain };

			place = arena_new_object(arena, size_t);
			*place = sums.len;
			map_set(places, row->of.domain, place);
			vec_push(arena, &sums, none);
		}
		add_counts(&sums.items[*place], &row->of, NULL);
	}
	if (sums.len > 0)
		qsort(sums.items, sums.len, sizeof(*sums.items), more_forwards_first);
	return sums;
}

const char *history_path(struct arena *arena, struct str health_file)
{
	return arena_printf(arena, "%.*s-days", STR_FMT(health_file)).data;
}

/* A row's numbers, in the order of the file. */
static void put_numbers(const struct health_destination *of, int64_t numbers[NUMBERS])
{
	const struct health_counts *counts = &of->counts;
	size_t n = 0;

	numbers[n++] = (int64_t)counts->forwards;
	numbers[n++] = (int64_t)counts->accepted;
	numbers[n++] = (int64_t)counts->deferred;
	numbers[n++] = (int64_t)counts->disliked;
	numbers[n++] = (int64_t)of->others;
	for (size_t i = 0; i < RECEIVER_CLASSES; i++) {
		numbers[n++] = (int64_t)counts->refused[i];
		numbers[n++] = (int64_t)counts->delayed[i];
	}
	numbers[n++] = of->lowest;
	numbers[n++] = of->highest;
	numbers[n++] = (int64_t)of->scores;
	numbers[n++] = of->score_sum;
	numbers[n] = of->last_s;
}

static void get_numbers(const int64_t numbers[NUMBERS], struct health_destination *of_r)
{
	struct health_counts *counts = &of_r->counts;
	size_t n = 0;

	counts->forwards = (uint64_t)numbers[n++];
	counts->accepted = (uint64_t)numbers[n++];
	counts->deferred = (uint64_t)numbers[n++];
	counts->disliked = (uint64_t)numbers[n++];
	of_r->others = (uint64_t)numbers[n++];
	for (size_t i = 0; i < RECEIVER_CLASSES; i++) {
		counts->refused[i] = (uint64_t)numbers[n++];
		counts->delayed[i] = (uint64_t)numbers[n++];
	}
	of_r->lowest = (int32_t)numbers[n++];
	of_r->highest = (int32_t)numbers[n++];
	of_r->scores = (uint64_t)numbers[n++];
	of_r->score_sum = numbers[n++];
	of_r->last_s = numbers[n];
}

static struct str history_text(struct arena *arena, const struct history *history)
{
	const struct history_row *row;
	const struct history_step *step;
	struct strbuf text;

	strbuf_init(&text, arena);
	strbuf_add(&text, STR(HEAD "\n"));
	vec_foreach (&history->rows, row) {
		int64_t numbers[NUMBERS];

		put_numbers(&row->of, numbers);
		strbuf_printf(&text, "day %" PRId64 " %.*s", row->day, STR_FMT(row->of.domain));
		for (size_t i = 0; i < NUMBERS; i++)
			strbuf_printf(&text, " %" PRId64, numbers[i]);
		strbuf_add_char(&text, '\n');
	}
	vec_foreach (&history->steps, step)
		strbuf_printf(&text, "step %" PRId64 " %.*s %u %u %" PRIu64 " %" PRIu64 "\n",
		              step->time_s, STR_FMT(step->domain), step->before, step->after,
		              step->forwards, step->disliked);
	strbuf_add(&text, STR(END "\n"));
	return strbuf_str(&text);
}

/* The next word, a number no further than `max` from 0. */
static bool take_number(struct str *line, int64_t max, int64_t *number_r)
{
	struct str word;
	uint64_t number;
	bool below;

	if (!str_next_word(line, &word))
		return false;
	below = word.len > 1 && word.data[0] == '-';
	if (!str_to_uint(below ? str_from_offset(word, 1) : word, (uint64_t)max, &number))
		return false;
	*number_r = below ? -(int64_t)number : (int64_t)number;
	return true;
}

static bool parse_day(struct str line, struct history_row *row_r)
{
	int64_t numbers[NUMBERS];

	*row_r = (struct history_row){ 0 };
	if (!take_number(&line, INT32_MAX, &row_r->day) || !str_next_word(&line, &row_r->of.domain))
		return false;
	/* Half of what fits, so that days can be added up. */
	for (size_t i = 0; i < NUMBERS; i++) {
		bool score = i == NUMBERS - 5 || i == NUMBERS - 4;

		if (!take_number(&line, score ? INT32_MAX : INT64_MAX >> 16, &numbers[i]) ||
		    (numbers[i] < 0 && !score && i != NUMBERS - 2))
			return false;
	}
	get_numbers(numbers, &row_r->of);
	return str_trim(line).len == 0;
}

static bool parse_step(struct str line, struct history_step *step_r)
{
	int64_t before, after, forwards, disliked;

	*step_r = (struct history_step){ 0 };
	if (!take_number(&line, INT64_MAX >> 16, &step_r->time_s) ||
	    !str_next_word(&line, &step_r->domain) || !take_number(&line, 1000, &before) ||
	    !take_number(&line, 1000, &after) || !take_number(&line, INT64_MAX >> 16, &forwards) ||
	    !take_number(&line, INT64_MAX >> 16, &disliked) || before < 0 || after < 0 ||
	    forwards < 0 || disliked < 0)
		return false;
	step_r->before = (unsigned)before;
	step_r->after = (unsigned)after;
	step_r->forwards = (uint64_t)forwards;
	step_r->disliked = (uint64_t)disliked;
	return str_trim(line).len == 0;
}

static bool parse_line(struct arena *arena, struct str line, struct history *history)
{
	struct history_row row;
	struct history_step step;
	struct str kind;

	if (!str_next_word(&line, &kind))
		return false;
	if (str_eq(kind, STR("day")) && history->rows.len < HISTORY_ROWS_MAX &&
	    parse_day(line, &row)) {
		vec_push(arena, &history->rows, row);
		return true;
	}
	if (!str_eq(kind, STR("step")) || history->steps.len >= HISTORY_STEPS_MAX ||
	    !parse_step(line, &step))
		return false;
	vec_push(arena, &history->steps, step);
	return true;
}

bool history_parse(struct arena *arena, struct str text, struct history *history_r,
                   struct error *err_r)
{
	struct str line;

	*history_r = (struct history){ 0 };
	if (!str_next_line(&text, &line) || !str_eq(line, STR(HEAD)))
		return error_set(err_r, "it is no file of assay health");
	while (str_next_line(&text, &line)) {
		if (str_eq(line, STR(END)))
			return true;
		if (!parse_line(arena, line, history_r))
			return error_set(err_r, "a line of it is damaged");
	}
	return error_set(err_r, "its end is missing");
}

bool history_write(const char *path, const struct history *history, struct error *err_r)
{
	struct arena *arena = arena_new();
	bool ok = replace_file(path, history_text(arena, history), 0640, REPLACE_FILE_AS_DIRECTORY,
	                       err_r);

	arena_free(arena);
	return ok;
}

bool history_read(struct arena *arena, const char *path, struct history *history_r,
                  struct error *err_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct strbuf text;
	ssize_t got;

	*history_r = (struct history){ 0 };
	if (fd < 0)
		return errno == ENOENT || error_set(err_r, "%s: %s", path, strerror(errno));
	strbuf_init(&text, arena);
	while (text.len <= FILE_MAX && (got = read(fd, strbuf_reserve(&text, 4096), 4096)) > 0)
		text.len += (size_t)got;
	close(fd);
	return history_parse(arena, strbuf_str(&text), history_r, err_r);
}
