/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/health_output.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/plural.h"
#include "base/shown.h"
#include "cli/json_text.h"

static uint64_t refused(const struct health_counts *counts)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < RECEIVER_CLASSES; i++)
		sum += counts->refused[i];
	return sum;
}

static int32_t mean(const struct health_destination *destination)
{
	return destination->scores > 0
	               ? (int32_t)(destination->score_sum / (int64_t)destination->scores)
	               : 0;
}

/* "9.1% refused" would hide how few they may be. */
static void print_reasons(const char *what, const uint64_t counts[RECEIVER_CLASSES])
{
	bool first = true;

	for (size_t i = 0; i < RECEIVER_CLASSES; i++) {
		if (counts[i] == 0)
			continue;
		printf("%s%" PRIu64 " %s", first ? what : ", ", counts[i],
		       receiver_class_name((enum receiver_class)i));
		first = false;
	}
	if (!first)
		putchar('\n');
}

static void print_destination(struct arena *arena, const struct health_destination *destination)
{
	const struct health_counts *counts = &destination->counts;
	char low[DECIMAL_TEXT_SIZE], high[DECIMAL_TEXT_SIZE], middle[DECIMAL_TEXT_SIZE];

	printf("%-30.*s %7" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 "\n",
	       STR_FMT(shown_text(arena, destination->domain)), counts->forwards, counts->accepted,
	       counts->deferred, refused(counts));
	print_reasons("    refused: ", counts->refused);
	print_reasons("    put off: ", counts->delayed);
	if (destination->scores > 0)
		printf("    scores of what was taken for spam: %s to %s, %s on average\n",
		       decimal_format_short(destination->lowest, low),
		       decimal_format_short(destination->highest, high),
		       decimal_format_short(mean(destination), middle));
	if (destination->others > 0)
		printf("    not forwarded by us, or without a record: %" PRIu64 "\n",
		       destination->others);
}

static json_t *reasons(const uint64_t counts[RECEIVER_CLASSES])
{
	json_t *object = json_object();

	for (size_t i = 0; i < RECEIVER_CLASSES; i++)
		json_object_set_new(object, receiver_class_name((enum receiver_class)i),
		                    json_integer((json_int_t)counts[i]));
	return object;
}

static json_t *destination_json(struct arena *arena, const struct health_destination *destination)
{
	const struct health_counts *counts = &destination->counts;
	json_t *object = json_object(), *scores;

	json_object_set_new(object, "destination", json_text(arena, destination->domain));
	json_object_set_new(object, "forwards", json_integer((json_int_t)counts->forwards));
	json_object_set_new(object, "accepted", json_integer((json_int_t)counts->accepted));
	json_object_set_new(object, "deferred", json_integer((json_int_t)counts->deferred));
	json_object_set_new(object, "refused", reasons(counts->refused));
	json_object_set_new(object, "deferred_as", reasons(counts->delayed));
	json_object_set_new(object, "disliked", json_integer((json_int_t)counts->disliked));
	json_object_set_new(object, "others", json_integer((json_int_t)destination->others));
	if (destination->scores == 0)
		return object;
	scores = json_object();
	json_object_set_new(scores, "lowest", json_real(destination->lowest / 1000.0));
	json_object_set_new(scores, "highest", json_real(destination->highest / 1000.0));
	json_object_set_new(scores, "mean", json_real(mean(destination) / 1000.0));
	json_object_set_new(object, "disliked_scores", scores);
	return object;
}

static void print_json(struct arena *arena, const struct health *health)
{
	json_t *object = json_object(), *destinations = json_array();
	const struct health_destination *destination;
	char *text;

	for (size_t i = 0; (destination = health_destination(health, i)) != NULL; i++)
		if (destination->counts.forwards > 0)
			json_array_append_new(destinations, destination_json(arena, destination));
	json_object_set_new(object, "destinations", destinations);
	json_object_set_new(object, "odd_lines",
	                    json_integer((json_int_t)health_odd_lines(health)));
	text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));
	puts(text);
	free(text);
	json_decref(object);
}

static void print_text(struct arena *arena, const struct health *health)
{
	const struct health_destination *destination;
	size_t shown = 0;

	printf("%-30s %7s %9s %9s %9s\n", "destination", "forward", "accepted", "put off",
	       "refused");
	for (size_t i = 0; (destination = health_destination(health, i)) != NULL; i++)
		if (destination->counts.forwards > 0) {
			print_destination(arena, destination);
			shown++;
		}
	if (shown == 0)
		puts("(no line of the log is about a forward that is on record)");
	if (health_odd_lines(health) > 0)
		printf("%" PRIu64 " %s can be read in several ways, and %s left\n",
		       health_odd_lines(health), plural(health_odd_lines(health), "line", "lines"),
		       plural(health_odd_lines(health), "was", "were"));
}

void health_output_print(const struct health *health, bool json)
{
	struct arena *arena = arena_new();

	if (json)
		print_json(arena, health);
	else
		print_text(arena, health);
	arena_free(arena);
}
