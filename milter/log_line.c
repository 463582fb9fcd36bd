/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/log_line.h"

#include "base/decimal.h"
#include "base/strbuf.h"
#include "facts/auth_results.h"
#include "milter/action_name.h"
#include "milter/log_text.h"

/* Syslog servers cut long lines; the names that count most come first. */
#define TESTS_MAX 4000
#define TEXT_MAX  320
/* Questions without an answer that are named. */
#define LATE_NAMED 5

static void add_field(struct strbuf *line, const char *name, struct str value, size_t max)
{
	if (line->len > 0)
		strbuf_add(line, STR(", "));
	strbuf_add(line, str_from(name));
	strbuf_add_char(line, '=');
	strbuf_add(line, str_prefix(value, max));
}

static void add_client(struct strbuf *line, const struct envelope *envelope)
{
	struct str name = envelope->client_name.len > 0 ? envelope->client_name : STR("unknown");

	add_field(line, "client", log_text_host(line->arena, name, TEXT_MAX), SIZE_MAX);
	strbuf_add_char(line, '[');
	strbuf_add(line, envelope->client_ip.len > 0 ? envelope->client_ip : STR("local"));
	strbuf_add_char(line, ']');
}

/* The name of what was found, on the hop as well; else what became of the question. */
static void add_virus(struct strbuf *line, const struct assay *assay)
{
	const struct antivirus_result *result = assay->facts->antivirus;

	if (assay->infection.signature.len > 0)
		add_field(line, "virus", assay->infection.signature, TEXT_MAX);
	else if (result != NULL && result->state == ANTIVIRUS_CLEAN)
		add_field(line, "virus", STR("none"), TEXT_MAX);
	else if (result != NULL)
		strbuf_printf(line, ", virus=unknown(%s)", antivirus_state_name(result->state));
}

static void add_list(struct strbuf *line, const char *name, const struct str_list *items)
{
	const struct str *item;
	const char *separator = "";

	if (items->len == 0)
		return;
	strbuf_printf(line, ", %s=", name);
	vec_foreach (items, item) {
		strbuf_printf(line, "%s%.*s", separator, STR_FMT(*item));
		separator = ",";
	}
}

/* What rules asked for in vain: the first names, and how many there are besides. */
static void add_late(struct strbuf *line, const struct str_list *late)
{
	const char *before = ", late=";

	for (size_t i = 0; i < late->len && i < LATE_NAMED; i++) {
		struct str name = late->items[i];

		name = str_prefix(name, (size_t)str_find_char(name, ' '));
		strbuf_printf(line, "%s%.*s", before,
		              STR_FMT(log_text_host(line->arena, name, TEXT_MAX)));
		before = ",";
	}
	if (late->len > LATE_NAMED)
		strbuf_printf(line, "+%zu", late->len - LATE_NAMED);
}

/* Where the mail went that a dry run would have dropped. */
static void add_observed(struct strbuf *line, const struct verdict *verdict)
{
	const char *before = ", observed=";
	size_t limit = line->len + TESTS_MAX;

	for (size_t i = 0; i < verdict->recipient_count && line->len < limit; i++) {
		const struct recipient_verdict *recipient = &verdict->recipients[i];

		if (!recipient->observe)
			continue;
		strbuf_printf(
			line, "%s%.*s", before,
			STR_FMT(log_text_word(line->arena, recipient->destination, TEXT_MAX)));
		before = ",";
	}
}

/* Why mail was not dropped although the score says so, in words, for the first recipient. */
static void add_kept(struct strbuf *line, const struct verdict *verdict)
{
	const struct recipient_verdict *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < verdict->recipient_count; i++) {
		if (verdict->recipients[i].kept.len == 0)
			continue;
		if (count++ == 0)
			first = &verdict->recipients[i];
	}
	if (first == NULL)
		return;
	strbuf_printf(line, ", kept=%zu, note=not dropped: %.*s", count,
	              STR_FMT(log_text_sentence(line->arena, first->kept, TEXT_MAX)));
}

struct str log_line(const struct session_ending *ending, struct str note)
{
	const struct envelope *envelope = &ending->session->envelope;
	const struct assay *assay = ending->assay;
	char score[DECIMAL_TEXT_SIZE], required[DECIMAL_TEXT_SIZE];
	struct strbuf line;

	strbuf_init(&line, ending->session->arena);
	add_client(&line, envelope);
	strbuf_printf(&line, ", from=<%.*s>, nrcpt=%zu, size=%llu, score=%s, required=%s",
	              STR_FMT(log_text_word(line.arena, envelope->sender, TEXT_MAX)),
	              envelope->recipients.len, (unsigned long long)ending->session->mail.size,
	              decimal_format(assay->score, score),
	              decimal_format(assay->verdict->required, required));
	add_field(&line, "action", str_from(action_name(action_name_kind(assay))), TEXT_MAX);
	add_field(&line, "tests", assay->rules.len > 0 ? assay->rules : STR("none"), TESTS_MAX);
	strbuf_printf(&line, ", time=%lldms",
	              (long long)(clock_monotonic_us() - ending->started_us) / 1000);
	add_field(&line, "id", assay->id, TEXT_MAX);
	if (assay->facts->spf != NULL)
		add_field(&line, "spf",
		          str_from(spf_status_name(assay->facts->spf->mail_from.status)), TEXT_MAX);
	if (assay->facts->forwarder.len > 0)
		add_field(&line, "forwarder", assay->facts->forwarder, TEXT_MAX);
	if (assay->facts->authserv.len > 0)
		add_field(&line, "authserv",
		          log_text_word(line.arena, assay->facts->authserv, TEXT_MAX), SIZE_MAX);
	if (assay->facts->dkim != NULL)
		add_field(&line, "dkim",
		          str_from(dkim_result_name(auth_dkim_result(assay->facts->dkim))),
		          TEXT_MAX);
	if (assay->facts->dmarc != NULL)
		add_field(&line, "dmarc", str_from(dmarc_result_name(assay->facts->dmarc->result)),
		          TEXT_MAX);
	if (assay->new_sender.len > 0 && assay->verdict->action != VERDICT_DROP)
		add_field(&line, "srs", log_text_word(line.arena, assay->new_sender, TEXT_MAX),
		          SIZE_MAX);
	else if (assay->sender_passes && assay->verdict->action != VERDICT_DROP)
		add_field(&line, "srs", STR("not-needed"), TEXT_MAX);
	else if (assay->sender_trouble != NULL && assay->verdict->action != VERDICT_DROP)
		add_field(&line, "srs-failed",
		          log_text_sentence(line.arena, str_from(assay->sender_trouble), TEXT_MAX),
		          SIZE_MAX);
	add_virus(&line, assay);
	add_observed(&line, assay->verdict);
	if (assay->sealed)
		add_field(&line, "sealed", STR("yes"), TEXT_MAX);
	else if (assay->seal != SEAL_ABSENT)
		add_field(&line, "sealed", str_from(seal_state_name(assay->seal)), TEXT_MAX);
	add_list(&line, "limits", &assay->limits);
	add_late(&line, &assay->late);
	if (note.len > 0)
		add_field(&line, "note", log_text_sentence(line.arena, note, TEXT_MAX), SIZE_MAX);
	else
		add_kept(&line, assay->verdict);
	if (assay->verdict->hint.len > 0)
		add_field(&line, "hint",
		          log_text_sentence(line.arena, assay->verdict->hint, 2 * TEXT_MAX),
		          SIZE_MAX);
	return strbuf_str(&line);
}

struct str log_line_refused(const struct session *session, struct str note)
{
	const struct envelope *envelope = &session->envelope;
	struct strbuf line;

	strbuf_init(&line, session->arena);
	add_client(&line, envelope);
	strbuf_printf(&line, ", from=<%.*s>, nrcpt=%zu, size=%llu, action=%s, note=%.*s",
	              STR_FMT(log_text_word(line.arena, envelope->sender, TEXT_MAX)),
	              envelope->recipients.len, (unsigned long long)session->mail.size,
	              action_name(ACTION_TEMPFAIL), STR_FMT(note));
	strbuf_add_char(&line, '\0');
	line.len--;
	return strbuf_str(&line);
}
