/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any octets as clamd's answer, which comes in any pieces: what is taken from it can stand in a
 * header field and a log line, and is the same whatever the pieces were. */
#include <assert.h>

#include "facts/clamd_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct clamd_reply *reply)
{
	for (size_t i = 0; i < reply->text.len; i++)
		assert(reply->text.data[i] >= ' ' && reply->text.data[i] <= '~');
	if (reply->outcome != CLAMD_FOUND)
		return;
	assert(reply->text.len > 0 && reply->text.len <= CLAMD_NAME_MAX);
	for (size_t i = 0; i < reply->text.len; i++)
		assert(str_find_char(STR(" \",;=()<>\\%"), reply->text.data[i]) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str all = { (const char *)data, size < CLAMD_REPLY_MAX ? size : CLAMD_REPLY_MAX };
	struct clamd_reply whole = clamd_reply_read(arena, all, true);

	assert(whole.outcome != CLAMD_PARTIAL);
	check_text(&whole);
	for (size_t len = 0; len <= all.len; len++) {
		struct clamd_reply reply = clamd_reply_read(arena, str_prefix(all, len), false);

		if (reply.outcome == CLAMD_PARTIAL)
			continue;
		check_text(&reply);
		/* An answer ends with its NUL, and with nothing before that. */
		if (reply.outcome != CLAMD_NONSENSE)
			assert(len > 0 && all.data[len - 1] == '\0' &&
			       str_find_char(all, '\0') == (ptrdiff_t)len - 1);
	}
	arena_free(arena);
	return 0;
}
