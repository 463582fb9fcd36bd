/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/lesson_message.h"

#include "base/strbuf.h"
#include "scoring/arrival.h"
#include "store/digest.h"

/* Of the body: what comes later may have been cut off, by a limit that the header counts for. */
#define BODY_BYTES (256 * 1024)

/* Words with one space between them, so that folds don't matter. */
static void add_words(struct strbuf *text, struct str value)
{
	struct str word;

	while (str_next_word(&value, &word)) {
		strbuf_add(text, word);
		strbuf_add_char(text, ' ');
	}
	strbuf_add_char(text, '\n');
}

static void add_field(struct strbuf *text, const struct message *message, const char *name)
{
	const struct header *header = header_first(&message->headers, str_from(name));

	if (header != NULL)
		add_words(text, header->unfolded);
	else
		strbuf_add_char(text, '\n');
}

/* Lines without the white space at their ends, and without the empty ones at the end of all, which
 * mailboxes add. */
static void add_body(struct strbuf *text, struct str body)
{
	struct str rest = str_trim_right(str_prefix(body, BODY_BYTES)), line;

	while (str_next_line(&rest, &line)) {
		strbuf_add(text, str_trim_right(line));
		strbuf_add_char(text, '\n');
	}
}

struct str lesson_message_identity(struct arena *arena, const struct policy *policy,
                                   const struct message *message)
{
	const struct header *subject = header_first(&message->headers, STR("Subject"));
	struct strbuf text;

	strbuf_init(&text, arena);
	add_field(&text, message, "Message-ID");
	add_field(&text, message, "Date");
	add_field(&text, message, "From");
	add_words(&text, subject != NULL ? arrival_subject(policy, subject->decoded) : STR(""));
	add_body(&text, message->raw_body);
	return digest_text(arena, strbuf_str(&text));
}

bool lesson_message_row(struct arena *arena, const struct policy *policy, const struct assay *assay,
                        struct lesson_row *row_r)
{
	struct str identity;

	if (assay->learned == NULL)
		return false;
	identity = lesson_message_identity(arena, policy, assay->facts->message);
	*row_r = (struct lesson_row){
		.log_odds = LESSON_UNPREDICTED,
		.version = LESSON_ROW_VERSION,
		.features = lesson_encode(arena, assay->learned->features),
	};
	if (!lesson_row_is_message(identity))
		return false;
	memcpy(row_r->message, identity.data, identity.len);
	return true;
}
