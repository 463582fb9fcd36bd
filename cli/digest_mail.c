/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/digest_mail.h"

#include <string.h>
#include <time.h>

#include "base/decimal.h"
#include "message/header_write.h"

/* Nothing in our parts has it: quoted-printable has no "=_". */
#define BOUNDARY "=_assay-digest"
#define PASSED_LEAD                                                                                \
	"This was let through, what scored most first. What you report as spam you get no more "   \
	"when it comes again; nobody else is concerned."
/* RFC 2045 section 6.7: 76, with the "=" at the end. */
#define QP_LINE 75

static const char *const link_names[] = {
	[DIGEST_DELIVER] = "deliver it",      [DIGEST_WELCOME] = "welcome this sender",
	[DIGEST_BLOCK] = "block this sender", [DIGEST_RIGHT] = "this was right",
	[DIGEST_SPAM] = "report it as spam",
};

/* Quoted-printable. */

static bool is_plain(struct str text, size_t i)
{
	unsigned char c = (unsigned char)text.data[i];
	bool last = i + 1 == text.len || text.data[i + 1] == '\n';

	return (c > ' ' && c < 0x7f && c != '=') || (c == ' ' && !last);
}

static void add_quoted(struct strbuf *buf, struct str text)
{
	size_t column = 0;

	for (size_t i = 0; i < text.len; i++) {
		size_t width = is_plain(text, i) ? 1 : 3;

		if (text.data[i] == '\n') {
			strbuf_add_char(buf, '\n');
			column = 0;
			continue;
		}
		if (column + width > QP_LINE) {
			strbuf_add(buf, STR("=\n"));
			column = 0;
		}
		if (width == 1)
			strbuf_add_char(buf, text.data[i]);
		else
			strbuf_printf(buf, "=%02X", (unsigned char)text.data[i]);
		column += width;
	}
}

static void add_part(struct strbuf *buf, const char *type, struct str text)
{
	strbuf_printf(buf,
	              "--" BOUNDARY "\nContent-Type: %s; charset=utf-8\n"
	              "Content-Transfer-Encoding: quoted-printable\n\n",
	              type);
	add_quoted(buf, text);
	strbuf_add_char(buf, '\n');
}

/* What both say. */

static size_t count(const struct digest *digest, enum digest_fate fate)
{
	size_t count = 0;

	for (size_t i = 0; i < digest->items->len; i++)
		count += digest->items->items[i].fate == fate;
	return count;
}

static struct str time_text(struct arena *arena, int64_t time_us)
{
	time_t seconds = (time_t)(time_us / 1000000);
	char text[64] = "";
	struct tm local;

	if (localtime_r(&seconds, &local) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &local);
	return arena_str(arena, str_from(text));
}

/* RFC 5322 section 3.3. */
static struct str date_text(struct arena *arena, int64_t now_s)
{
	time_t seconds = (time_t)now_s;
	char text[64] = "";
	struct tm local;

	if (localtime_r(&seconds, &local) != NULL)
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S %z", &local);
	return arena_str(arena, str_from(text));
}

static struct str summary(struct arena *arena, const struct digest *digest)
{
	struct str text = arena_printf(arena, "%zu dropped, %zu tagged",
	                               count(digest, DIGEST_DROPPED), count(digest, DIGEST_TAGGED));

	if (digest->passed->len == 0)
		return text;
	return arena_printf(arena, "%.*s, %zu let through", STR_FMT(text),
	                    digest->passed->len + digest->passed_left_out);
}

/* With one decimal, as readers see scores. */
static struct str score_text(struct arena *arena, int32_t score)
{
	char text[DECIMAL_TEXT_SIZE];

	return arena_str(arena, str_from(decimal_format_short(score, text)));
}

static const char *const fates[] = {
	[DIGEST_DROPPED] = "dropped",
	[DIGEST_TAGGED] = "tagged",
	[DIGEST_PASSED] = "let through",
};

static struct str fate(struct arena *arena, const struct digest_item *item)
{
	if (item->released_us > 0)
		return arena_printf(arena, "dropped, delivered after all on %.*s",
		                    STR_FMT(time_text(arena, item->released_us)));
	if (item->release_begun)
		return STR("dropped; whether it was delivered after all, support can tell");
	return str_from(fates[item->fate]);
}

/* Text. */

static void add_item_text(struct strbuf *buf, const struct digest_item *item)
{
	struct str sender = item->sender.len > 0 ? item->sender : STR("<> (a delivery report)");

	strbuf_printf(buf, "%.*s  %.*s  %.*s\n", STR_FMT(score_text(buf->arena, item->score)),
	              STR_FMT(time_text(buf->arena, item->time_us)),
	              STR_FMT(fate(buf->arena, item)));
	strbuf_printf(buf, "  from:    %.*s\n  to:      %.*s", STR_FMT(sender),
	              STR_FMT(item->recipient));
	if (item->destination.len > 0 && !str_eq(item->destination, item->recipient))
		strbuf_printf(buf, " -> %.*s", STR_FMT(item->destination));
	strbuf_add_char(buf, '\n');
	if (item->subject.len > 0)
		strbuf_printf(buf, "  subject: %.*s\n", STR_FMT(item->subject));
	for (size_t i = 0; i < DIGEST_LINK_COUNT; i++)
		if (item->links[i].len > 0)
			strbuf_printf(buf, "  %s:\n    %.*s\n", link_names[i],
			              STR_FMT(item->links[i]));
	strbuf_add_char(buf, '\n');
}

static void add_passed_text(struct strbuf *buf, const struct digest *digest)
{
	if (digest->passed->len == 0)
		return;
	strbuf_add(buf, STR(PASSED_LEAD "\n\n"));
	for (size_t i = 0; i < digest->passed->len; i++)
		add_item_text(buf, &digest->passed->items[i]);
	if (digest->passed_left_out > 0)
		strbuf_printf(buf, "%zu more scored less.\n", digest->passed_left_out);
}

static struct str plain_text(struct arena *arena, const struct digest *digest)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_printf(&buf, "%.*s: mail for %.*s of the last %.*s, %.*s.\n",
	              STR_FMT(digest->service), STR_FMT(digest->account), STR_FMT(digest->since),
	              STR_FMT(summary(arena, digest)));
	strbuf_add(&buf,
	           STR("What scored least comes first. Each link asks once more before it does "
	               "anything.\n\n"));
	for (size_t i = 0; i < digest->items->len; i++)
		add_item_text(&buf, &digest->items->items[i]);
	if (digest->left_out > 0)
		strbuf_printf(&buf, "%zu more scored higher.\n\n", digest->left_out);
	add_passed_text(&buf, digest);
	return strbuf_str(&buf);
}

/* HTML. */

static void add_escaped(struct strbuf *buf, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		switch (text.data[i]) {
		case '&':
			strbuf_add(buf, STR("&amp;"));
			break;
		case '<':
			strbuf_add(buf, STR("&lt;"));
			break;
		case '>':
			strbuf_add(buf, STR("&gt;"));
			break;
		case '"':
			strbuf_add(buf, STR("&quot;"));
			break;
		default:
			strbuf_add_char(buf, text.data[i]);
		}
	}
}

static void add_links(struct strbuf *buf, const struct digest_item *item)
{
	for (size_t i = 0; i < DIGEST_LINK_COUNT; i++) {
		if (item->links[i].len == 0)
			continue;
		strbuf_add(buf, STR("<a href=\""));
		add_escaped(buf, item->links[i]);
		strbuf_printf(buf, "\">%s</a> ", link_names[i]);
	}
}

static void add_item_html(struct strbuf *buf, const struct digest_item *item)
{
	struct str sender = item->sender.len > 0 ? item->sender : STR("<>");

	strbuf_printf(buf, "<tr><td><b>%.*s</b></td><td>%.*s<br>%.*s</td><td>",
	              STR_FMT(score_text(buf->arena, item->score)), STR_FMT(fate(buf->arena, item)),
	              STR_FMT(time_text(buf->arena, item->time_us)));
	add_escaped(buf, sender);
	strbuf_add(buf, STR("<br>"));
	add_escaped(buf, item->recipient);
	if (item->destination.len > 0 && !str_eq(item->destination, item->recipient)) {
		strbuf_add(buf, STR(" &rarr; "));
		add_escaped(buf, item->destination);
	}
	strbuf_add(buf, STR("</td><td><b>"));
	add_escaped(buf, item->subject);
	strbuf_add(buf, STR("</b><br>"));
	add_links(buf, item);
	strbuf_add(buf, STR("</td></tr>\n"));
}

static void add_passed_html(struct strbuf *buf, const struct digest *digest)
{
	if (digest->passed->len == 0)
		return;
	strbuf_add(buf, STR("<p>" PASSED_LEAD "</p>\n<table cellpadding=\"4\">\n"));
	for (size_t i = 0; i < digest->passed->len; i++)
		add_item_html(buf, &digest->passed->items[i]);
	strbuf_add(buf, STR("</table>\n"));
	if (digest->passed_left_out > 0)
		strbuf_printf(buf, "<p>%zu more scored less.</p>\n", digest->passed_left_out);
}

static struct str html_text(struct arena *arena, const struct digest *digest)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_add(&buf, STR("<!DOCTYPE html>\n<html><body>\n<p>"));
	add_escaped(&buf, digest->service);
	strbuf_add(&buf, STR(": mail for <b>"));
	add_escaped(&buf, digest->account);
	strbuf_printf(&buf,
	              "</b> of the last %.*s, %.*s. What scored least comes first. Each link asks "
	              "once more before it does anything.</p>\n<table cellpadding=\"4\">\n",
	              STR_FMT(digest->since), STR_FMT(summary(arena, digest)));
	for (size_t i = 0; i < digest->items->len; i++)
		add_item_html(&buf, &digest->items->items[i]);
	strbuf_add(&buf, STR("</table>\n"));
	if (digest->left_out > 0)
		strbuf_printf(&buf, "<p>%zu more scored higher.</p>\n", digest->left_out);
	add_passed_html(&buf, digest);
	strbuf_add(&buf, STR("</body></html>\n"));
	return strbuf_str(&buf);
}

static void add_header(struct strbuf *buf, const struct digest *digest)
{
	struct arena *arena = buf->arena;
	struct str subject = arena_printf(arena, "Mail for %.*s: %.*s", STR_FMT(digest->account),
	                                  STR_FMT(summary(arena, digest)));

	strbuf_printf(buf, "From: %.*s\nTo: %.*s\nSubject: %.*s\n", STR_FMT(digest->from),
	              STR_FMT(digest->to), STR_FMT(header_wrap(arena, STR("Subject"), subject)));
	strbuf_printf(buf, "Date: %.*s\nMessage-ID: <%.*s>\n",
	              STR_FMT(date_text(arena, digest->now_s)), STR_FMT(digest->message_id));
	strbuf_add(buf, STR("Auto-Submitted: auto-generated\nMIME-Version: 1.0\n"
	                    "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\n\n"));
}

void digest_mail_write(struct strbuf *buf, const struct digest *digest)
{
	add_header(buf, digest);
	add_part(buf, "text/plain", plain_text(buf->arena, digest));
	add_part(buf, "text/html", html_text(buf->arena, digest));
	strbuf_add(buf, STR("--" BOUNDARY "--\n"));
}
