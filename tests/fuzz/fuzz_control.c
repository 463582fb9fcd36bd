/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes to the control socket, in pieces of which the first byte says how large they are: a
 * request is read as it is written, and all else is refused with one line. Then the same bytes as
 * the answer to a reload.
 */
#include <assert.h>
#include <string.h>

#include "control/control_connection.h"
#include "control/reload_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(struct str line)
{
	assert(line.len > 0 && str_find_char(line, '\n') == (ptrdiff_t)line.len - 1);
}

static void check_request(struct arena *arena, const struct control_request *request)
{
	struct str text = control_request_text(arena, request);
	struct control_request again;
	struct error error;

	check_line(text);
	assert(control_request_parse(str_prefix(text, text.len - 1), &again, &error));
	assert(again.command == request->command && again.force == request->force);
	assert(strcmp(again.link, request->link) == 0);
	assert(again.message.len == request->message.len);
}

static void talk(struct arena *arena, struct str text)
{
	struct control_connection connection;
	size_t piece = text.len > 0 ? (unsigned char)text.data[0] + 1 : 1;

	control_connection_begin(&connection, -1);
	while (text.len > 0 && connection.state == CONTROL_READS) {
		size_t room =
			connection.has_request ? piece : sizeof(connection.in) - connection.in_len;
		struct str part = str_prefix(text, piece < room ? piece : room);

		assert(part.len > 0);
		control_connection_take(&connection, part);
		text = str_from_offset(text, part.len);
	}
	if (connection.state == CONTROL_WAITS)
		check_request(arena, &connection.request);
	else if (connection.state == CONTROL_WRITES)
		check_line(connection.answer);
	control_connection_end(&connection);
}

static void read_answer(struct arena *arena, struct str text)
{
	struct reload_result result, again;
	struct error error;
	struct str written;

	if (!reload_answer_parse(arena, text, &result, &error))
		return;
	written = reload_answer_text(arena, &result);
	check_line(written);
	assert(reload_answer_parse(arena, written, &again, &error));
	assert(again.problems.len == result.problems.len && str_eq(again.why, result.why));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *arena = arena_new();

	talk(arena, text);
	read_answer(arena, text);
	arena_free(arena);
	return 0;
}
