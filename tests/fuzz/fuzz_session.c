/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as what an MTA says of a message, each line one step: C client, H HELO, M sender, R
 * recipient with arguments, L header field, B piece of the body. What comes of it is one message
 * whose Received field is one field, and whose text is the same however the body was cut.
 */
#include <assert.h>
#include <string.h>

#include "milter/mail_buffer.h"
#include "milter/mta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LIMIT         3000
#define ARGUMENTS_MAX 8

struct steps {
	struct arena *arena;
	struct envelope envelope;
	struct mail_buffer mail, byte_by_byte;
};

static void take_recipient(struct steps *steps, struct str text)
{
	char *arguments[ARGUMENTS_MAX + 1] = { NULL };
	struct envelope_recipient recipient;
	struct str word;
	size_t count = 0;

	while (count < ARGUMENTS_MAX && str_next_word(&text, &word))
		arguments[count++] = arena_cstr(steps->arena, word);
	if (count == 0)
		return;
	recipient.address = mta_address(steps->arena, arguments[0]);
	recipient.original = mta_original_recipient(steps->arena, arguments + 1);
	vec_push(steps->arena, &steps->envelope.recipients, recipient);
}

static void take_header(struct steps *steps, struct str text)
{
	ptrdiff_t colon = str_find_char(text, ':');
	char *name, *value;

	if (colon < 1)
		return;
	name = arena_cstr(steps->arena, str_prefix(text, (size_t)colon));
	value = arena_cstr(steps->arena, str_from_offset(text, (size_t)colon + 1));
	mail_buffer_header(&steps->mail, name, value, text.len % 2 == 0);
	mail_buffer_header(&steps->byte_by_byte, name, value, text.len % 2 == 0);
}

static void take_body(struct steps *steps, struct str text)
{
	mail_buffer_body(&steps->mail, text.data, text.len);
	mail_buffer_body(&steps->byte_by_byte, text.data, 0);
	for (size_t i = 0; i < text.len; i++)
		mail_buffer_body(&steps->byte_by_byte, text.data + i, 1);
}

static void take(struct steps *steps, struct str line)
{
	struct str rest = str_from_offset(line, 1);
	char *text = arena_cstr(steps->arena, rest);

	switch (line.len > 0 ? line.data[0] : '\0') {
	case 'C':
		steps->envelope.client_name = str_from(mta_client_name(text, text));
		break;
	case 'H':
		steps->envelope.helo = rest;
		break;
	case 'M':
		steps->envelope.sender = mta_address(steps->arena, text);
		break;
	case 'R':
		take_recipient(steps, rest);
		break;
	case 'L':
		take_header(steps, rest);
		break;
	case 'B':
		take_body(steps, rest);
		break;
	default:
		steps->envelope.queue_id = rest;
	}
}

static void check_received(struct str field)
{
	assert(field.len > 0 && field.len <= MAIL_BUFFER_RECEIVED_MAX);
	assert(field.data[field.len - 1] == '\n');
	for (size_t i = 0; i + 1 < field.len; i++)
		assert(field.data[i] != '\n' || field.data[i + 1] == '\t');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct steps steps = { .arena = arena_new() };
	struct str text = { (const char *)data, size }, line, received, whole, again;

	mail_buffer_init(&steps.mail, LIMIT);
	mail_buffer_init(&steps.byte_by_byte, LIMIT);
	/* Not by str_next_line(): a step may end in CR. */
	while (str_next_piece(&text, '\n', &line))
		take(&steps, line);
	received = mta_received(steps.arena, &steps.envelope, "Postfix 3.7.11",
	                        MAIL_BUFFER_RECEIVED_MAX);
	check_received(received);
	whole = mail_buffer_finish(&steps.mail, received);
	again = mail_buffer_finish(&steps.byte_by_byte, received);
	assert(str_eq(whole, again));
	assert(whole.len <= received.len + LIMIT);
	assert(str_starts(whole, received));
	assert(steps.mail.truncated == steps.byte_by_byte.truncated);
	mail_buffer_deinit(&steps.mail);
	mail_buffer_deinit(&steps.byte_by_byte);
	arena_free(steps.arena);
	return 0;
}
