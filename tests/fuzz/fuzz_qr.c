/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any octets as a message with pictures, or as a picture: codes are looked for in them. */
#include <assert.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "message/message.h"
#include "message/qr_code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_codes(const struct str_list *texts)
{
	assert(texts->len <= QR_CODES_MAX);
	for (size_t i = 0; i < texts->len; i++)
		assert(utf8_is_valid(texts->items[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str raw = { (const char *)data, size };
	struct arena *arena = arena_new();
	struct message_limits limits = message_default_limits();
	struct mime_part part = { .type = STR("image/png"), .raw_body = raw };
	struct mime_part_list parts = { 0 };
	struct str_list texts = { 0 };
	const struct message *message;

	limits.qr_codes = true;
	message = message_parse(arena, raw, &limits);
	check_codes(&message->qr_codes);
	assert(message->qr_links <= message->qr_codes.len);
	part.decoded = raw;
	vec_push(arena, &parts, &part);
	qr_codes_find(arena, &parts, &texts);
	check_codes(&texts);
	arena_free(arena);
	return 0;
}
