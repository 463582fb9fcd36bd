/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/show_view.h"

static void add_envelope(const struct envelope *envelope, struct sheet *sheet)
{
	sheet_open(sheet, "envelope");
	sheet_text(sheet, "client_ip", envelope->client_ip);
	sheet_text(sheet, "client_name", envelope->client_name);
	sheet_text(sheet, "helo", envelope->helo);
	sheet_flag(sheet, "has_sender", envelope->has_sender);
	sheet_text(sheet, "sender", envelope->sender);
	sheet_open_list(sheet, "recipients");
	for (size_t i = 0; i < envelope->recipients.len; i++)
		sheet_line(sheet, envelope->recipients.items[i].address);
	sheet_close(sheet);
	sheet_close(sheet);
}

static void add_relay(const struct relay *relay, struct sheet *sheet)
{
	sheet_item(sheet, "ip", relay->ip);
	sheet_text(sheet, "rdns", relay->rdns);
	sheet_text(sheet, "helo", relay->helo);
	sheet_text(sheet, "by", relay->by);
	sheet_text(sheet, "ident", relay->ident);
	sheet_text(sheet, "id", relay->id);
	sheet_text(sheet, "auth", relay->auth);
	sheet_text(sheet, "envfrom", relay->envelope_from);
	sheet_flag(sheet, "trusted", relay->trusted);
	sheet_flag(sheet, "internal", relay->internal);
	sheet_flag(sheet, "msa", relay->msa);
	sheet_flag(sheet, "private", relay->ip_private);
	sheet_word(sheet, "from",
	           relay->is_connection ? "the SMTP session"
	           : relay->is_origin   ? "a field of web mail"
	                                : "Received");
	sheet_close(sheet);
}

void show_relays(const struct show_message *shown, struct sheet *sheet)
{
	const struct relay_list *relays = shown->facts->relays;

	sheet_open(sheet, "relays");
	add_envelope(shown->facts->envelope, sheet);
	sheet_open_list(sheet, "list");
	for (size_t i = 0; i < relays->len; i++)
		add_relay(&relays->items[i], sheet);
	sheet_close(sheet);
	sheet_number(sheet, "unreadable", relays->unreadable);
	sheet_flag(sheet, "guessed", relays->guessed);
	sheet_open(sheet, "seen_by_rules");
	sheet_text(sheet, "trusted", relays_text(relays, RELAYS_TRUSTED));
	sheet_text(sheet, "untrusted", relays_text(relays, RELAYS_UNTRUSTED));
	sheet_text(sheet, "internal", relays_text(relays, RELAYS_INTERNAL));
	sheet_text(sheet, "external", relays_text(relays, RELAYS_EXTERNAL));
	sheet_text(sheet, "handover", relays_handover_text(shown->arena, relays));
	sheet_close(sheet);
	sheet_close(sheet);
}
