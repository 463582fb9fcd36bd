/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Filters that are given a message in one request: Rspamd's normal worker over HTTP, on connections
 * that stay open, and spamd's own protocol, in which every message has a connection. spamd is asked
 * for the score only (CHECK), which is its cheapest question.
 */
#include "base/strbuf.h"
#include "bench/load.h"

#define ENVELOPE                                                                                   \
	"IP: 192.0.2.1\r\nHelo: client.example.com\r\nHostname: client.example.com\r\n"            \
	"From: sender@example.com\r\nRcpt: recipient@example.net\r\nQueue-Id: 4XyZ1a2b3c\r\n"

static void make_requests(struct load *load, const char *head)
{
	struct mail *mail;

	vec_foreach (&load->mails, mail) {
		struct step step = { .answered = true };
		struct strbuf request;

		strbuf_init(&request, load->arena);
		strbuf_add(&request, str_from(head));
		strbuf_printf(&request, "Content-length: %zu\r\n\r\n", mail->raw.len);
		strbuf_add(&request, mail->raw);
		step.bytes = strbuf_str(&request);
		vec_push(load->arena, &mail->scripts[0], step);
	}
	load->ready = true;
}

static void http_begin(struct load *load)
{
	make_requests(load, "POST /checkv2 HTTP/1.1\r\nConnection: keep-alive\r\n" ENVELOPE);
}

static enum taken http_take(struct load *load, struct str input, bool closed, size_t *used_r)
{
	ptrdiff_t end = str_find(input, STR("\r\n\r\n")), at;
	struct str length;
	uint64_t len;

	(void)load;
	if (end < 0)
		return closed ? TAKEN_BAD : TAKEN_MORE;
	at = str_find_ci(str_prefix(input, (size_t)end), STR("\r\ncontent-length:"));
	if (!str_starts(input, STR("HTTP/1.1 200")) || at < 0)
		return TAKEN_BAD;
	length = str_from_offset(input, (size_t)at + sizeof("\r\ncontent-length:") - 1);
	length = str_trim(str_prefix(length, (size_t)str_find_char(length, '\r')));
	if (!str_to_uint(length, SIZE_MAX / 2, &len))
		return TAKEN_BAD;
	len += (size_t)end + 4;
	if (input.len < len)
		return closed ? TAKEN_BAD : TAKEN_MORE;
	*used_r = (size_t)len;
	return TAKEN_ANSWER;
}

static void spamd_begin(struct load *load)
{
	make_requests(load, "CHECK SPAMC/1.5\r\n");
}

static enum taken spamd_take(struct load *load, struct str input, bool closed, size_t *used_r)
{
	(void)load;
	if (!closed)
		return TAKEN_MORE;
	*used_r = input.len;
	return str_find(input, STR(" EX_OK\r\n")) > 0 ? TAKEN_ANSWER : TAKEN_BAD;
}

const struct protocol protocol_http = { .name = "http", .begin = http_begin, .take = http_take };
const struct protocol protocol_spamd = {
	.name = "spamd",
	.one_message = true,
	.half_close = true,
	.begin = spamd_begin,
	.take = spamd_take,
};
