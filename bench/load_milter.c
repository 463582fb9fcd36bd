/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * As Postfix speaks it: packets that get no answer are collected and sent in one write with the
 * one that does. With --write-each, each has a write of its own, as with Sendmail.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "bench/load.h"
#include "cli/milter_packets.h"

struct writer {
	struct load *load;
	struct script *script;
	struct strbuf pending;
};

static void flush(struct writer *w, bool answered, bool body)
{
	struct step step = { strbuf_str(&w->pending), answered, body };

	if (step.bytes.len > 0)
		vec_push(w->load->arena, w->script, step);
	strbuf_init(&w->pending, w->load->arena);
}

static void add(struct writer *w, char command, struct str payload, uint32_t unwanted,
                uint32_t quiet)
{
	bool answered = command != 'D' && !(w->load->stages & quiet);

	if (w->load->stages & unwanted)
		return;
	milter_add_packet(&w->pending, command, payload);
	if (answered || w->load->write_each)
		flush(w, answered, command == 'B');
}

static void begin_script(struct writer *w, struct load *load, struct script *script)
{
	*w = (struct writer){ .load = load, .script = script };
	strbuf_init(&w->pending, load->arena);
}

static struct envelope typical_envelope(struct arena *arena)
{
	struct envelope envelope = {
		.client_ip = STR_INIT("192.0.2.1"),
		.client_name = STR_INIT("client.example.com"),
		.helo = STR_INIT("client.example.com"),
		.sender = STR_INIT("sender@example.com"),
		.queue_id = STR_INIT("4XyZ1a2b3c"),
		.daemon_name = STR_INIT("smtpd"),
		.host = STR_INIT("mx1.example.net"),
	};

	vec_add(arena, &envelope.recipients)->address = STR("recipient@example.net");
	return envelope;
}

static void make_greeting(struct load *load, const struct envelope *e)
{
	struct arena *arena = load->arena;
	struct writer w;

	begin_script(&w, load, &load->greeting);
	add(&w, 'D', milter_macros(arena, 'C', e), MILTER_STAGE_NO_CONNECT, 0);
	add(&w, 'C', milter_client_payload(arena, e), MILTER_STAGE_NO_CONNECT,
	    MILTER_STAGE_QUIET_CONNECT);
	add(&w, 'H', milter_helo(arena, e), MILTER_STAGE_NO_HELO, MILTER_STAGE_QUIET_HELO);
	flush(&w, false, false);
}

static void add_body(struct writer *w, struct str body)
{
	while (body.len > 0) {
		add(w, 'B', str_prefix(body, MILTER_BODY_CHUNK), MILTER_STAGE_NO_BODY,
		    MILTER_STAGE_QUIET_BODY);
		body = str_from_offset(body, MILTER_BODY_CHUNK);
	}
}

static void make_mail(struct load *load, struct mail *mail, const struct envelope *e)
{
	struct arena *arena = load->arena;
	struct header_list headers;
	struct writer w;
	size_t body_at;
	bool overflow;

	header_parse(arena, mail->raw, SIZE_MAX, &headers, &body_at, &overflow);
	begin_script(&w, load, &mail->scripts[load->variant]);
	add(&w, 'D', milter_macros(arena, 'M', e), MILTER_STAGE_NO_MAIL, 0);
	add(&w, 'M', milter_address(arena, e->sender), MILTER_STAGE_NO_MAIL,
	    MILTER_STAGE_QUIET_MAIL);
	add(&w, 'R', milter_address(arena, e->recipients.items[0].address), MILTER_STAGE_NO_RCPT,
	    MILTER_STAGE_QUIET_RCPT);
	add(&w, 'T', STR(""), MILTER_STAGE_NO_DATA, MILTER_STAGE_QUIET_DATA);
	for (size_t i = 0; i < headers.len; i++)
		add(&w, 'L', milter_header(arena, &headers.items[i], load->stages),
		    MILTER_STAGE_NO_HEADERS, MILTER_STAGE_QUIET_HEADER);
	add(&w, 'N', STR(""), MILTER_STAGE_NO_EOH, MILTER_STAGE_QUIET_EOH);
	add_body(&w, milter_body(arena, str_from_offset(mail->raw, body_at)));
	add(&w, 'E', STR(""), 0, 0);
}

static void make_scripts(struct load *load)
{
	struct envelope envelope = typical_envelope(load->arena);
	uint32_t quiet = load->wait_for_all ? 0 : MILTER_STAGE_QUIET_MAIL;
	struct mail *mail;

	make_greeting(load, &envelope);
	for (load->variant = 0; load->variant < VARIANTS; load->variant++) {
		load->stages &= ~MILTER_STAGE_QUIET_MAIL;
		load->stages |= load->variant == 0 ? quiet : 0;
		vec_foreach (&load->mails, mail)
			make_mail(load, mail, &envelope);
	}
	load->ready = true;
}

static void begin(struct load *load)
{
	const uint32_t quiet = MILTER_STAGE_QUIET_HEADER | MILTER_STAGE_QUIET_CONNECT |
	                       MILTER_STAGE_QUIET_HELO | MILTER_STAGE_QUIET_MAIL |
	                       MILTER_STAGE_QUIET_RCPT | MILTER_STAGE_QUIET_DATA |
	                       MILTER_STAGE_QUIET_EOH | MILTER_STAGE_QUIET_BODY;
	uint32_t offered = load->wait_for_all ? MILTER_STAGE_ALL & ~quiet : MILTER_STAGE_ALL;
	struct writer w;

	begin_script(&w, load, &load->opening);
	add(&w, 'O', milter_offer(load->arena, offered), 0, 0);
}

static enum taken take_packet(struct load *load, char command, struct str payload)
{
	uint32_t stages;

	switch (command) {
	case 'O':
		stages = milter_number_at(payload, 8);
		if (load->ready && ((stages ^ load->stages) & ~MILTER_STAGE_QUIET_MAIL) != 0)
			return TAKEN_BAD;
		load->stages = stages;
		if (!load->ready)
			make_scripts(load);
		load->variant = stages & MILTER_STAGE_QUIET_MAIL || load->wait_for_all ? 0 : 1;
		return TAKEN_ANSWER;
	case 'a':
	case 'c':
	case 'd':
	case 'r':
		return TAKEN_ANSWER;
	case 'y':
		return payload.len > 0 && payload.data[0] == '4' ? TAKEN_LATER : TAKEN_ANSWER;
	case 's':
		return TAKEN_SKIP;
	case 't':
		return TAKEN_LATER;
	default: /* what is to be changed, or progress */
		return TAKEN_PART;
	}
}

static enum taken take(struct load *load, struct str input, bool closed, size_t *used_r)
{
	uint32_t len;

	if (input.len < sizeof(len) + 1)
		return closed ? TAKEN_BAD : TAKEN_MORE;
	memcpy(&len, input.data, sizeof(len));
	len = ntohl(len);
	if (len == 0 || len > MILTER_PACKET_MAX)
		return TAKEN_BAD;
	if (input.len < sizeof(len) + len)
		return closed ? TAKEN_BAD : TAKEN_MORE;
	*used_r = sizeof(len) + len;
	return take_packet(load, input.data[sizeof(len)],
	                   (struct str){ input.data + sizeof(len) + 1, len - 1 });
}

const struct protocol protocol_milter = { .name = "milter", .begin = begin, .take = take };
