/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <time.h>

#include "cli/show_view.h"
#include "facts/auth_results_read.h"
#include "message/address_field.h"

/* A signature is judged as far as it can be without its key. */
static void add_signature(const struct dkim_check *check, struct sheet *sheet)
{
	const struct dkim_signature *signature = &check->signature;
	bool decided = check->key_name.len == 0 || check->result != DKIM_NONE;

	sheet_item(sheet, "domain", signature->domain);
	sheet_text(sheet, "selector", signature->selector);
	sheet_text(sheet, "identity", signature->identity);
	sheet_word(sheet, "algorithm", dkim_algorithm_name(signature->algorithm));
	sheet_text(sheet, "headers", signature->headers);
	sheet_text(sheet, "key_name", check->key_name);
	sheet_word(sheet, "result", decided ? dkim_result_name(check->result) : "");
	sheet_word(sheet, "reason", decided ? check->reason : "");
	sheet_flag(sheet, "body_matches", !decided);
	sheet_flag(sheet, "unsigned_text", check->unsigned_text);
	sheet_close(sheet);
}

static void add_chain(const struct arc *arc, struct sheet *sheet)
{
	sheet_open(sheet, "arc");
	sheet_word(sheet, "problem", arc->questions.len == 0 ? arc->reason : "");
	sheet_open_list(sheet, "sealers");
	for (size_t i = 0; i < arc->count; i++)
		sheet_line(sheet, arc->sets[i].signature.domain);
	sheet_close(sheet);
	sheet_close(sheet);
}

/* Results of one field, "spf=pass smtp.mailfrom=…". */
static void add_results(const struct show_message *shown, struct sheet *sheet, struct str value)
{
	struct auth_result result;

	sheet_item(sheet, "host", auth_results_host(shown->arena, &value));
	sheet_open_list(sheet, "results");
	while (auth_results_next(shown->arena, &value, &result)) {
		struct str pieces[] = { result.method, STR("="), result.value, STR(" "),
			                str_trim(result.rest) };

		if (result.method.len > 0)
			sheet_line(sheet, str_trim(arena_concat(shown->arena, pieces, 5)));
	}
	sheet_close(sheet);
	sheet_close(sheet);
}

static void add_written(const struct show_message *shown, struct sheet *sheet)
{
	const struct header_list *headers = &shown->message->headers;
	const struct header *header = NULL;

	sheet_open_list(sheet, "authentication_results");
	while ((header = header_next(headers, STR("Authentication-Results"), header)) != NULL)
		add_results(shown, sheet, header->unfolded);
	sheet_close(sheet);
	sheet_open_list(sheet, "received_spf");
	while ((header = header_next(headers, STR("Received-SPF"), header)) != NULL)
		sheet_line(sheet, header->unfolded);
	sheet_close(sheet);
}

static void add_authors(const struct show_message *shown, struct sheet *sheet)
{
	const struct header *from = header_first(&shown->message->headers, STR("From"));
	struct str_list authors = { 0 };

	if (from != NULL)
		address_field_authors(shown->arena, from->unfolded, &authors);
	sheet_open_list(sheet, "authors");
	for (size_t i = 0; i < authors.len; i++) {
		struct str domain = address_field_domain(authors.items[i]);

		sheet_item(sheet, "address", authors.items[i]);
		sheet_text(sheet, "registered", uri_registered_domain(shown->arena, domain));
		sheet_close(sheet);
	}
	sheet_close(sheet);
}

/* What rules take for true, if it was found in fields that are believed. */
static void add_believed(const struct facts *facts, struct sheet *sheet)
{
	sheet_open(sheet, "believed");
	sheet_text(sheet, "forwarder", facts->forwarder);
	sheet_text(sheet, "authserv", facts->authserv);
	sheet_word(sheet, "spf",
	           facts->spf != NULL ? spf_status_name(facts->spf->mail_from.status) : "");
	sheet_word(sheet, "dmarc",
	           facts->dmarc != NULL ? dmarc_result_name(facts->dmarc->result) : "");
	sheet_flag(sheet, "client_trusted", facts->client_trusted);
	sheet_close(sheet);
}

void show_auth(const struct show_message *shown, struct sheet *sheet)
{
	const struct dkim_input input = { .headers = shown->message->raw_headers,
		                          .body = shown->message->raw_body,
		                          .truncated = shown->message->limits & MESSAGE_LIMIT_BYTES,
		                          .now = (int64_t)time(NULL) };
	struct dkim_message dkim;
	struct arc arc;

	dkim_read(shown->arena, &input, &dkim);
	arc_read(shown->arena, input, &dkim.fields, &arc);
	sheet_open(sheet, "auth");
	add_authors(shown, sheet);
	sheet_open_list(sheet, "signatures");
	for (size_t i = 0; i < dkim.count; i++)
		add_signature(&dkim.checks[i], sheet);
	sheet_close(sheet);
	add_chain(&arc, sheet);
	add_written(shown, sheet);
	add_believed(shown->facts, sheet);
	sheet_close(sheet);
}
