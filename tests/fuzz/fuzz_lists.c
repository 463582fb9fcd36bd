/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules that ask lists about a message, the answers, and the message: any bytes as each of the
 * three, which stand one after the other with lines of "." between them. Answers are a line for
 * each question, in turn; its first letter says what kind, the rest is a record of it.
 */
#include <assert.h>

#include "rules/read/reader.h"
#include "rules/ruleset.h"
#include "rules/uri_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* More questions than these about a message would be a fault. */
#define QUESTIONS_MAX 4000

struct script {
	struct str all, rest;
	unsigned asked;
};

/* Lines from the start again where there are no more. */
static struct str next_line(struct script *script)
{
	struct str line = STR("");

	if (!str_next_line(&script->rest, &line)) {
		script->rest = script->all;
		if (!str_next_line(&script->rest, &line))
			return STR("");
	}
	return line;
}

/* An address or a name in wire format, of the line's bytes; a name of one label for each word. */
static size_t make_record(enum dns_type type, struct str line, unsigned char *out, size_t room)
{
	size_t len = 0;
	struct str label;

	if (type == DNS_A || line.len == 0) {
		while (len < line.len && len < 4) {
			out[len] = (unsigned char)line.data[len];
			len++;
		}
		return len;
	}
	while (str_next_word(&line, &label) && len + label.len + 2 < room) {
		out[len++] = (unsigned char)label.len;
		memcpy(out + len, label.data, label.len);
		len += label.len;
	}
	out[len++] = 0;
	return len;
}

static struct dns_answer *answer(void *context, struct str name, enum dns_type type)
{
	struct script *script = context;
	struct str line = next_line(script);
	char kind = line.len > 0 ? line.data[0] : 'x';
	unsigned char records[4][512];
	struct dns_rdata rdata[4] = { 0 };
	size_t count = 0;

	assert(dns_name_valid(name));
	assert(++script->asked < QUESTIONS_MAX);
	line = str_from_offset(line, 1);
	if (kind == 'x')
		return dns_answer_new(DNS_NXDOMAIN, type, 60, NULL, 0);
	if (kind == 'f')
		return dns_answer_new(DNS_FAILED, type, 0, NULL, 0);
	for (; count < 4; count++) {
		rdata[count].data = records[count];
		if (kind == 'r') { /* as it is */
			rdata[count].len = line.len < 512 ? line.len : 512;
			if (rdata[count].len > 0)
				memcpy(records[count], line.data, rdata[count].len);
		} else if (kind == 'l') { /* listed */
			rdata[count].len =
				make_record(DNS_A, STR("\x7F\0\0\2"), records[count], 512);
		} else {
			rdata[count].len = make_record(type, line, records[count], 512);
		}
		if (kind == 'm') /* several */
			line = next_line(script);
	}
	return dns_answer_new(DNS_OK, type, 60, rdata, count);
}

/* Takes the text up to a line that is "." off the input. */
static struct str take_part(struct str *rest)
{
	struct str whole = *rest;
	ptrdiff_t at = str_find(*rest, STR("\n.\n"));

	*rest = at >= 0 ? str_from_offset(whole, (size_t)at + 3) : STR("");
	return at >= 0 ? str_prefix(whole, (size_t)at + 1) : whole;
}

static void match_message(struct arena *arena, const struct ruleset *set, struct dns *dns,
                          struct str mail)
{
	struct message_limits limits = message_default_limits();
	struct envelope envelope = { .sender = STR("jane@example.com"), .has_sender = true };
	struct uri_rules *uri_rules = arena_new_object(arena, struct uri_rules);
	struct facts *facts = arena_new_object(arena, struct facts);
	struct dns_questions *questions = dns_questions_new(dns);
	const struct dns_patience patience = { 20, 5 };
	struct matching *matching;

	uri_rules_init(uri_rules, set, deadline_in_ms(500));
	facts->message = message_parse_for(arena, mail, &limits, &ruleset_site(set)->reading,
	                                   &uri_rules->knowledge);
	uri_rules_deinit(uri_rules);
	facts->envelope = &envelope;
	facts->relays = relays_parse(arena, &facts->message->headers, &envelope,
	                             &(struct relay_settings){ 0 });
	ruleset_ask_early(set, arena, &envelope, facts->relays, questions);
	matching = ruleset_match_begin(set, arena, facts, questions, deadline_in_ms(2000));
	ruleset_match_park(matching);
	ruleset_match_wait(matching, patience, deadline_in_ms(2000));
	ruleset_match_tags(matching);
	ruleset_match_wait(matching, patience, deadline_in_ms(2000));
	ruleset_match_end(matching);
	dns_questions_free(questions);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ruleset_options options = { .scanners = 1,
		                           .match_limit = 1000,
		                           .network_tests = true };
	struct arena *arena = arena_new(), *message_arena = arena_new();
	struct str rest = arena_str(arena, (struct str){ (const char *)data, size });
	struct str rules = take_part(&rest);
	struct script script = { .all = take_part(&rest) };
	struct problems problems;
	struct ruleset *set = ruleset_new(&options);
	struct dns *dns = dns_new_from(answer, &script);

	problems_init(&problems, arena);
	reader_read_text(set, "fuzz.cf", NULL, rules, &problems);
	ruleset_finish(set, &problems);
	match_message(message_arena, set, dns, rest);
	arena_free(message_arena);
	dns_free(dns);
	ruleset_free(set);
	arena_free(arena);
	return 0;
}
