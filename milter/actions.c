/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/actions.h"

#include "base/log.h"
#include "base/strbuf.h"
#include "milter/bounce.h"
#include "milter/log_text.h"

/* What is given to libmilter: what follows the colon, or, where the MTA writes a space of its own,
 * what follows that. */
static char *edit_value(const struct session *session, const struct header_edit *edit)
{
	struct str value = edit->value;
	struct strbuf text;

	strbuf_init(&text, session->arena);
	if (edit->exact && !session->lead_space && str_starts(value, STR(" ")))
		value = str_from_offset(value, 1);
	if (!edit->exact && session->lead_space)
		strbuf_add_char(&text, ' ');
	strbuf_add(&text, value);
	/* To libmilter, an empty value is no field. */
	if (text.len == 0)
		strbuf_add_char(&text, ' ');
	return arena_cstr(session->arena, strbuf_str(&text));
}

static int apply_edit(SMFICTX *ctx, const struct session *session, const struct header_edit *edit)
{
	char *name = arena_cstr(session->arena, edit->name);
	char *value = edit_value(session, edit);

	switch (edit->kind) {
	case HEADER_DELETE:
		return smfi_chgheader(ctx, name, (int)edit->index, NULL);
	case HEADER_CHANGE:
		return smfi_chgheader(ctx, name, (int)edit->index, value);
	case HEADER_INSERT:
		return smfi_insheader(ctx, 0, name, value);
	case HEADER_APPEND:
		return smfi_addheader(ctx, name, value);
	}
	return MI_FAILURE;
}

static void apply_report(SMFICTX *ctx, const struct session *session, const struct report *report,
                         const char *queue_id)
{
	const struct header_edit *edit;
	size_t failed = 0;

	vec_foreach (report, edit)
		failed += apply_edit(ctx, session, edit) != MI_SUCCESS;
	if (failed > 0)
		log_error(queue_id, "%zu of %zu header changes failed; delivered without them",
		          failed, report->len);
}

/* The recipient as the MTA gave it, which is what it finds again. */
static char *recipient_argument(const struct session *session, size_t i)
{
	return arena_cstr(session->arena, session->recipient_arguments.items[i]);
}

static void drop_recipients(SMFICTX *ctx, const struct session *session,
                            const struct verdict *verdict, const char *queue_id)
{
	for (size_t i = 0; i < verdict->recipient_count; i++) {
		const struct recipient_verdict *recipient = &verdict->recipients[i];

		if (!recipient->drop)
			continue;
		if (i >= session->recipient_arguments.len ||
		    !str_eq(recipient->address, session->envelope.recipients.items[i].address) ||
		    smfi_delrcpt(ctx, recipient_argument(session, i)) != MI_SUCCESS)
			log_error(queue_id, "recipient <%.*s> could not be dropped; delivered",
			          STR_FMT(log_text_word(session->arena, recipient->address,
			                                SIZE_MAX)));
	}
}

/* SRS, both ways. */
static void change_envelope(SMFICTX *ctx, const struct session_ending *ending, const char *queue_id)
{
	struct str sender = ending->assay->new_sender;
	struct arena *arena = ending->session->arena;
	size_t failed = bounce_redirect(ctx, ending->session, ending->assay->verdict);

	if (failed > 0)
		log_error(queue_id, "%zu bounces could not be sent on to the original sender",
		          failed);
	if (sender.len == 0)
		return;
	sender = arena_printf(arena, "<%.*s>", STR_FMT(sender));
	if (smfi_chgfrom(ctx, arena_cstr(arena, sender), NULL) != MI_SUCCESS)
		log_error(queue_id,
		          "the sender could not be rewritten; forwarded with the old one");
}

sfsistat actions_apply(SMFICTX *ctx, const struct session_ending *ending)
{
	const struct session *session = ending->session;
	const struct verdict *verdict = ending->assay->verdict;
	const char *queue_id = arena_cstr(session->arena, session->envelope.queue_id);

	/* Not delrcpt for all: Postfix and Sendmail then lose the message without logging anything.
	 */
	if (verdict->action == VERDICT_DROP)
		return SMFIS_DISCARD;
	apply_report(ctx, session, ending->assay->report, queue_id);
	if (verdict->action == VERDICT_PARTIAL)
		drop_recipients(ctx, session, verdict, queue_id);
	change_envelope(ctx, ending, queue_id);
	return SMFIS_CONTINUE;
}
