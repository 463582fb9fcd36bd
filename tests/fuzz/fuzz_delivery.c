/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any octets as a mail log: what is read of a line is made of ordinary words, and nothing that
 * doesn't fit a record counts for a destination. */
#include <assert.h>

#include "health/health.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(struct arena *arena, struct str line)
{
	struct delivery delivery;
	enum delivery_line kind = delivery_read(arena, line, 1796082307, &delivery);
	const struct str *address;

	if (kind != DELIVERY_FOUND)
		return;
	assert(delivery.queue_id.len >= 5 && delivery.to.len > 0);
	vec_foreach (&delivery.to, address) {
		assert(str_rfind_char(*address, '@') > 0);
		assert(str_find_char(*address, ' ') < 0 && str_find_char(*address, '>') < 0 &&
		       str_find_char(*address, '"') < 0 && str_find_char(*address, ',') < 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct record record = { .kind = RECORD_FORWARDED,
		                              .queue_id = "E2E50A42041",
		                              .recipient = "joe@hosted.example",
		                              .destination = "fwd@aol.example" };
	struct arena *arena = arena_new();
	struct str text = { (const char *)data, size }, rest = text, line;
	const struct health_destination *destination;
	struct receivers receivers = { 0 };
	struct health *health;
	struct receiver_pattern any = { RECEIVER_SPAM, STR("*"), STR("*"), STR("*") };

	vec_push(arena, &receivers, any);
	health = health_new(&receivers);
	health_add_record(health, &record);
	while (str_next_line(&rest, &line)) {
		check_line(arena, line);
		health_add_line(health, line, 0, 1796082307);
	}
	health_settle(health, true);
	for (size_t i = 0; (destination = health_destination(health, i)) != NULL; i++)
		assert(destination->counts.forwards == 0 ||
		       str_eq_ci(destination->domain, STR("aol.example")));
	health_free(health);
	arena_free(arena);
	return 0;
}
