/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/actions.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/strbuf.h"
#include "base/trouble.h"
#include "milter/bounce.h"
#include "milter/log_text.h"
#include "milter/report_link.h"

/* What is given to libmilter: what follows the colon, or, where the MTA writes a space of its own,
 * what follows that. */
static char *edit_value(const struct session *session, const struct header_edit *edit)
{
	struct str value = edit->value;
	struct strbuf text;

	strbuf_init(&text, session->arena);
	if (edit->exact && !session->lead_space && str_starts(value, STR(" ")))
		value = str_from_offset(value, 1);
	if (!edit->exact && session->lead_space && !str_starts(value, STR("\n")))
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

/* What the MTA did not let us do, by kind. */
#define ACTION_TROUBLE(name_, over_)                                                               \
	{                                                                                          \
		.name = name_, .over = over_, .by_itself = true, .severe = true                    \
	}

static struct trouble header_changes =
	ACTION_TROUBLE("headers", "the MTA lets the header be changed again");
static struct trouble drops = ACTION_TROUBLE("drops", "the MTA lets recipients be dropped again");
static struct trouble bounces = ACTION_TROUBLE("bounces", "the MTA lets bounces be sent on again");
static struct trouble senders =
	ACTION_TROUBLE("senders", "the MTA lets senders be rewritten again");

/* Of one message, for its own line. */
struct failures {
	struct strbuf text;
};

__attribute__((format(printf, 4, 5))) static void tell(struct failures *what, const char *queue_id,
                                                       struct trouble *trouble, const char *format,
                                                       ...)
{
	char text[600];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (what->text.len > 0)
		strbuf_add(&what->text, STR("; "));
	strbuf_add(&what->text, str_from(text));
	trouble_count(trouble, queue_id, "%s", text);
}

static void apply_report(SMFICTX *ctx, const struct session *session, const struct report *report,
                         const char *queue_id, struct failures *what)
{
	const struct header_edit *edit;
	size_t failed = 0;

	vec_foreach (report, edit)
		failed += apply_edit(ctx, session, edit) != MI_SUCCESS;
	if (failed > 0)
		tell(what, queue_id, &header_changes,
		     "%zu of %zu header changes failed; delivered without them", failed,
		     report->len);
}

static void add_report_link(SMFICTX *ctx, const struct session_ending *ending, const char *queue_id,
                            struct failures *what)
{
	struct header_edit edit = {
		.kind = HEADER_INSERT,
		.name = STR(REPORT_LINK_HEADER),
		.index = 1,
		.value = report_link_value(ending),
	};

	if (edit.value.len > 0 && apply_edit(ctx, ending->session, &edit) != MI_SUCCESS)
		tell(what, queue_id, &header_changes, "the link to report spam could not be added");
}

/* The recipient as the MTA gave it, which is what it finds again. */
static char *recipient_argument(const struct session *session, size_t i)
{
	return arena_cstr(session->arena, session->recipient_arguments.items[i]);
}

static void drop_recipients(SMFICTX *ctx, const struct session *session,
                            const struct verdict *verdict, const char *queue_id,
                            struct failures *what)
{
	for (size_t i = 0; i < verdict->recipient_count; i++) {
		const struct recipient_verdict *recipient = &verdict->recipients[i];

		if (!recipient->drop)
			continue;
		if (i >= session->recipient_arguments.len ||
		    !str_eq(recipient->address, session->envelope.recipients.items[i].address) ||
		    smfi_delrcpt(ctx, recipient_argument(session, i)) != MI_SUCCESS)
			tell(what, queue_id, &drops,
			     "recipient <%.*s> could not be dropped; delivered",
			     STR_FMT(log_text_word(session->arena, recipient->address, SIZE_MAX)));
	}
}

/* SRS, both ways. */
static void change_envelope(SMFICTX *ctx, const struct session_ending *ending, const char *queue_id,
                            struct failures *what)
{
	struct str sender = ending->assay->new_sender;
	struct arena *arena = ending->session->arena;
	size_t failed = bounce_redirect(ctx, ending->session, ending->assay->verdict);

	if (failed > 0)
		tell(what, queue_id, &bounces,
		     "%zu bounces could not be sent on to the original sender", failed);
	if (sender.len == 0)
		return;
	sender = arena_printf(arena, "<%.*s>", STR_FMT(sender));
	if (smfi_chgfrom(ctx, arena_cstr(arena, sender), NULL) != MI_SUCCESS)
		tell(what, queue_id, &senders,
		     "the sender could not be rewritten; forwarded with the old one");
}

/* The name is a word without anything that SMTP or libmilter might read. */
static sfsistat refuse(SMFICTX *ctx, const struct session_ending *ending)
{
	struct str text =
		arena_printf(ending->session->arena, "This message is infected with malware: %.*s",
	                     STR_FMT(ending->assay->infection.signature));

	smfi_setreply(ctx, (char *)"550", (char *)"5.7.1",
	              arena_cstr(ending->session->arena, text));
	return SMFIS_REJECT;
}

sfsistat actions_apply(SMFICTX *ctx, const struct session_ending *ending, struct str *failed_r)
{
	const struct session *session = ending->session;
	const struct verdict *verdict = ending->assay->verdict;
	const char *queue_id = arena_cstr(session->arena, session->envelope.queue_id);

	struct failures failures;

	strbuf_init(&failures.text, session->arena);
	*failed_r = STR("");
	/* Not delrcpt for all: Postfix and Sendmail then lose the message without logging anything.
	 */
	if (verdict->action == VERDICT_DROP)
		return SMFIS_DISCARD;
	if (verdict->action == VERDICT_REJECT)
		return refuse(ctx, ending);
	apply_report(ctx, session, ending->assay->report, queue_id, &failures);
	add_report_link(ctx, ending, queue_id, &failures);
	if (verdict->action == VERDICT_PARTIAL)
		drop_recipients(ctx, session, verdict, queue_id, &failures);
	change_envelope(ctx, ending, queue_id, &failures);
	*failed_r = strbuf_str(&failures.text);
	return SMFIS_CONTINUE;
}
