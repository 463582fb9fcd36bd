/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/utf8.h"
#include "message/charset.h"
#include "rules/eval/eval.h"
#include "rules/eval/eval_address.h"
#include "rules/eval/eval_pattern.h"
#include "rules/eval/mail_date.h"
#include "rules/match/field.h"
#include "rules/model/plugin.h"

/* "Re: Fwd: x" → "x". */
static struct str without_reply_prefixes(struct str subject)
{
	static const char *const prefixes[] = { "Re:", "Fwd:", "Fw:", "Aw:", "Antwort:",
		                                "WG:", "SV:",  "VB:", "VS:", "VL:" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		struct str prefix = str_from(prefixes[i]);

		if (str_starts_ci(subject, prefix)) {
			subject = str_trim_left(str_from_offset(subject, prefix.len));
			i = (size_t)-1;
		}
	}
	return subject;
}

/* Has an encoded word such a charset? */
static bool subject_charset_misleads(struct str raw)
{
	ptrdiff_t at;

	while ((at = str_find(raw, STR("=?"))) >= 0) {
		ptrdiff_t end;

		raw = str_from_offset(raw, (size_t)at + 2);
		end = str_find_char(raw, '?');
		if (end > 0 && eval_charset_looks_like_capitals(str_prefix(raw, (size_t)end)))
			return true;
	}
	return false;
}

static bool has_space(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (char_is_space(text.data[i]))
			return true;
	return false;
}

static double subject_is_all_caps(struct match *match, const struct str_list *args)
{
	struct str subject = str_trim(field_text(match, "Subject"));
	size_t letters = 0;

	(void)args;
	subject = without_reply_prefixes(subject);
	if (subject.len < 10 || !has_space(subject))
		return 0;
	for (size_t i = 0; i < subject.len; i++) {
		if (char_is_alpha(subject.data[i]) &&
		    char_lower(subject.data[i]) == subject.data[i])
			return 0;
		letters += char_is_alpha(subject.data[i]);
	}
	return letters > 0 && !subject_charset_misleads(field_text(match, "Subject:raw"));
}

/* A control character other than tab, LF and CR; or beyond ASCII. */
static bool is_illegal(unsigned char c)
{
	return c >= 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r');
}

/*
 * Line ends that fold nothing, which SpamAssassin 4.0.3 counts, too, a field's own included. In
 * "ALL" they are two characters where the message has CRLF, of which rules see the LF.
 */
static void count_line_ends(struct str text, size_t size, size_t *illegal, size_t *length)
{
	for (size_t i = 0; i < text.len; i++) {
		bool is_last = i + 1 == text.len;

		*illegal += text.data[i] == '\r';
		if (text.data[i] != '\n')
			continue;
		*length += size - 1;
		if (is_last || (text.data[i + 1] != ' ' && text.data[i + 1] != '\t'))
			*illegal += size;
	}
}

static size_t line_end_size(const struct match *match, struct str name)
{
	return str_starts(name, STR("ALL")) &&
	                       str_find(match->facts->message->raw_headers, STR("\r\n")) >= 0
	               ? 2
	               : 1;
}

/* ("Subject", RATIO, COUNT): so large a part, and so many, of the raw characters are illegal. */
static double check_illegal_chars(struct match *match, const struct str_list *args)
{
	struct str name = eval_arg(args, 0), text;
	size_t illegal = 0, controls = 0, symbols = 0, length;

	if (!str_ends_ci(name, STR(":raw")))
		name = arena_printf(match->arena, "%.*s:raw", STR_FMT(name));
	text = field_text(match, arena_cstr(match->arena, name));
	length = text.len;
	if (str_trim(text).len == 0)
		return 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (!is_illegal(c))
			continue;
		illegal++;
		controls += c < 0x20;
		symbols += c == 0xa2 || c == 0xa3 || c == 0xae;
	}
	if (illegal > 0 && controls == 0 && !charset_is_ascii(text) && utf8_is_valid(text))
		return 0;
	if (plugin_has_handlers(match->set))
		count_line_ends(text, line_end_size(match, name), &illegal, &length);
	/* One cent, pound or registered sign in a subject is forgiven. */
	if (illegal > 0 && symbols == 1 && str_eq_ci(name, STR("Subject:raw")))
		illegal--;
	return (double)illegal / (double)length >= eval_arg_number(args, 1, 0) &&
	       (double)illegal >= eval_arg_number(args, 2, 0);
}

static double check_for_matching_env_and_hdr_from(struct match *match, const struct str_list *args)
{
	(void)args;
	return str_eq_ci(eval_field_first(match, "EnvelopeFrom:addr"),
	                 eval_field_first(match, "From:addr"));
}

/* The last two labels of an address's domain, or empty. */
static struct str last_labels(struct str address)
{
	ptrdiff_t at = str_rfind_char(address, '@');
	struct str domain = at < 0 ? STR("") : str_from_offset(address, (size_t)at + 1);
	ptrdiff_t dot = str_rfind_char(domain, '.'), before;

	if (dot < 1)
		return domain;
	before = str_rfind_char(str_prefix(domain, (size_t)dot), '.');
	return before < 1 ? domain : str_from_offset(domain, (size_t)before + 1);
}

static double check_equal_from_domains(struct match *match, const struct str_list *args)
{
	struct str from = last_labels(eval_field_first(match, "From:addr"));
	struct str envelope = last_labels(eval_field_first(match, "EnvelopeFrom:addr"));

	(void)args;
	return from.len > 0 && envelope.len > 0 && !str_eq_ci(from, envelope);
}

#define MANY_RECIPIENTS 7
#define SOME_RECIPIENTS 5
#define MOST_RECIPIENTS 256

/* How alike the recipients are. */
struct recipients {
	bool sorted;
	double similar;
};

/* Those of To and Cc, with Bcc where they are few, without the same twice in a row. */
static void visible_recipients(struct match *match, struct str_list *list)
{
	static const char *const requests[] = { "ToCc:addr", "Bcc:addr" };
	size_t inputs = 0;

	for (size_t i = 0; i < 2 && inputs < SOME_RECIPIENTS; i++) {
		struct str rest = field_text(match, requests[i]), address;

		while (str_next_piece(&rest, '\n', &address)) {
			inputs++;
			if (list->len < MOST_RECIPIENTS && address.len > 0 &&
			    (list->len == 0 || !str_eq_ci(list->items[list->len - 1], address)))
				vec_push(match->arena, list, address);
		}
	}
}

static struct str host_of(struct str address)
{
	ptrdiff_t at = str_find_char(address, '@');

	return at < 0 ? STR("") : str_from_offset(address, (size_t)at + 1);
}

static double similarity(const struct str_list *list)
{
	double hits = 0, pairs = 0;

	for (size_t i = 0; i < list->len; i++) {
		for (size_t k = i + 1; k < list->len; k++) {
			struct str a = list->items[i], b = list->items[k];

			hits += str_eq(str_prefix(a, 2), str_prefix(b, 2));
			hits += str_eq(str_prefix(host_of(a), 2), str_prefix(host_of(b), 2)) &&
			        !str_eq(host_of(a), host_of(b));
			pairs++;
		}
	}
	return pairs > 0 ? hits / pairs : 0;
}

static const struct recipients *judge_recipients(struct match *match)
{
	struct recipients *result = eval_cached(match, EVAL_CACHE_RECIPIENTS);
	struct str_list list = { 0 };

	if (result != NULL)
		return result;
	result = arena_new_object(match->arena, struct recipients);
	visible_recipients(match, &list);
	result->sorted = list.len >= MANY_RECIPIENTS;
	for (size_t i = 1; result->sorted && i < list.len; i++)
		result->sorted = str_cmp(list.items[i - 1], list.items[i]) <= 0;
	if (list.len >= SOME_RECIPIENTS)
		result->similar = similarity(&list);
	eval_cache(match, EVAL_CACHE_RECIPIENTS, result);
	return result;
}

static double sorted_recipients(struct match *match, const struct str_list *args)
{
	(void)args;
	return judge_recipients(match)->sorted;
}

static double similar_recipients(struct match *match, const struct str_list *args)
{
	return eval_in_range(args, 0, judge_recipients(match)->similar);
}

static double check_for_missing_to_header(struct match *match, const struct str_list *args)
{
	(void)args;
	return field_text(match, "To").len == 0 && field_text(match, "Apparently-To").len == 0;
}

static bool is_word_char(char c)
{
	return char_is_alnum(c) || c == '_';
}

static bool at_word_border(struct str text, size_t at)
{
	bool before = at > 0 && is_word_char(text.data[at - 1]);
	bool behind = at < text.len && is_word_char(text.data[at]);

	return before != behind;
}

static bool holds_as_words(struct str text, struct str words)
{
	ptrdiff_t next;

	for (size_t at = 0; (next = str_find_ci(str_from_offset(text, at), words)) >= 0; at++) {
		at += (size_t)next;
		if (at_word_border(text, at) && at_word_border(text, at + words.len))
			return true;
	}
	return false;
}

static bool is_address_mark(char c)
{
	static const char marks[] = ",:;!?-";

	for (size_t i = 0; i + 1 < sizeof(marks); i++)
		if (c == marks[i])
			return true;
	return false;
}

/* "joe, …", "joe! …" */
static bool calls(struct str subject, struct str user)
{
	struct str rest = str_trim_left(str_from_offset(subject, user.len));

	return str_starts(subject, user) && rest.len > 0 && is_address_mark(rest.data[0]) &&
	       (rest.len == 1 || char_is_space(rest.data[1]));
}

/* ", joe!" and nothing else. */
static bool is_called(struct str subject, struct str user)
{
	struct str rest = str_trim_left(str_from_offset(subject, 1));

	return str_starts(subject, STR(",")) && rest.len == user.len + 1 &&
	       str_starts_ci(rest, user) && is_address_mark(rest.data[rest.len - 1]);
}

/* "joe", "Re: joe", "Re: hello joe" */
static bool ends_with_name(struct str subject, struct str user)
{
	struct str rest, word;

	if (str_eq_ci(subject, user))
		return true;
	if (!str_starts_ci(subject, STR("re:")) && !str_starts_ci(subject, STR("fw:")))
		return false;
	rest = str_trim_left(str_from_offset(subject, 3));
	if (str_eq_ci(rest, user))
		return true;
	if (!str_next_word(&rest, &word) || !str_eq_ci(str_trim_left(rest), user))
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (!is_word_char(word.data[i]))
			return false;
	return true;
}

/* The recipient's name in a place where it speaks to the reader. */
static bool speaks_to(struct str subject, struct str user)
{
	return ends_with_name(subject, user) || calls(subject, user) || is_called(subject, user);
}

static double check_for_to_in_subject(struct match *match, const struct str_list *args)
{
	struct str to = eval_field_first(match, "To:addr");
	struct str subject = field_text(match, "Subject");
	ptrdiff_t at = str_find_char(to, '@');

	if (to.len == 0)
		return 0;
	if (str_eq(eval_arg(args, 0), STR("address")))
		return holds_as_words(subject, to);
	if (!str_eq(eval_arg(args, 0), STR("user")))
		return 0;
	if (subject.len > 0 && subject.data[subject.len - 1] == '\n')
		subject.len--;
	return speaks_to(subject, at < 0 ? to : str_prefix(to, (size_t)at));
}

static uint32_t hex_value(struct str digits)
{
	uint32_t value = 0;

	for (size_t i = 0; i < digits.len; i++)
		value = value << 4 | (uint32_t)char_hex_value(digits.data[i]);
	return value;
}

/*
 * Outlook writes the high half of a Windows file time (units of 429.5 s since 1601) into its
 * message ids; it may be off by this much from a date.
 */
#define OUTLOOK_FUDGE 250

static bool outlook_time_fits(struct match *match, uint32_t token, struct str date)
{
	int64_t seconds;

	if (!mail_date_find(match->arena, date, &seconds))
		seconds = 0;
	return llabs((int64_t)token - (int64_t)((double)seconds * 0.0023283064365387 +
	                                        27111902.8329849)) < OUTLOOK_FUDGE;
}

/* The time of the id is neither the Date's nor the first one of the Received fields. */
static double check_outlook_message_id(struct match *match, const struct str_list *args)
{
	struct str id = field_text(match, "MESSAGEID"), token;

	(void)args;
	return eval_pattern_group(match, EVAL_RE_OUTLOOK_ID, id, &token) &&
	       !outlook_time_fits(match, hex_value(token), field_text(match, "Date")) &&
	       !outlook_time_fits(match, hex_value(token), field_text(match, "Received"));
}

static double check_messageid_not_usable(struct match *match, const struct str_list *args)
{
	const struct eval_function *gated = eval_find(STR("gated_through_received_hdr_remover"));

	return eval_pattern_in(match, EVAL_RE_LIST_UNSUBSCRIBE,
	                       field_text(match, "List-Unsubscribe")) ||
	       gated->run(match, args) != 0 ||
	       eval_pattern_in(match, EVAL_RE_UNUSABLE_ID_SERVER, field_text(match, "Received"));
}

/* ("Subject", MIN, MAX): so many different fields of the name. */
static double check_header_count_range(struct match *match, const struct str_list *args)
{
	struct str name = eval_arg(args, 0);
	struct map *seen = map_new(match->arena, MAP_EXACT);
	const struct header *header = NULL;
	double count;

	while ((header = header_next(&match->facts->message->headers, name, header)) != NULL)
		map_set(seen, header->decoded, seen);
	count = (double)map_len(seen);
	return count >= eval_arg_number(args, 1, 0) && count <= eval_arg_number(args, 2, 0);
}

/* "%RANDOM_WORD": a spammer's template that was not filled in. */
static double check_unresolved_template(struct match *match, const struct str_list *args)
{
	struct str rest = field_text(match, "ALL"), line;

	(void)args;
	if (str_find_char(rest, '%') < 0)
		return 0;
	while (str_next_piece(&rest, '\n', &line))
		if (str_find_char(line, '%') >= 0 &&
		    eval_pattern_in(match, EVAL_RE_TEMPLATE, line) &&
		    !eval_pattern_in(match, EVAL_RE_TEMPLATE_FIELDS, line))
			return 1;
	return 0;
}

/* The Message-Id holds the address of From behind 28 capitals. */
static double check_ratware_name_id(struct match *match, const struct str_list *args)
{
	struct str id = field_text(match, "MESSAGEID"), address, from = field_text(match, "From");
	ptrdiff_t at;

	(void)args;
	if (!eval_pattern_group(match, EVAL_RE_RATWARE_ID, id, &address))
		return 0;
	at = str_find(from, arena_printf(match->arena, "<%.*s>", STR_FMT(address)));
	if (at < 0)
		return 0;
	from = str_trim_right(str_prefix(from, (size_t)at));
	return from.len > 2 && from.data[from.len - 1] == '"' &&
	       str_find_char(str_prefix(from, from.len - 2), '"') >= 0;
}

/* The envelope sender is made of the recipient's address: "x-example.org.user@…". */
static double check_ratware_envelope_from(struct match *match, const struct str_list *args)
{
	struct str to = eval_field_first(match, "To:addr");
	struct str from = eval_field_first(match, "EnvelopeFrom:addr");
	ptrdiff_t at = str_find_char(to, '@');
	struct str domain, user;

	(void)args;
	user = str_prefix(to, (size_t)(at + 1));
	if (at < 1 || str_find_ci(from, user) < 0 || eval_pattern_in(match, EVAL_RE_SRS, from))
		return 0;
	domain = uri_domain_in(match->arena, &match->set->domains,
	                       str_from_offset(to, (size_t)at + 1));
	for (size_t i = 0; domain.len > 0 && i + domain.len + 1 + user.len <= from.len; i++)
		if (at_word_border(from, i) &&
		    str_eq_ci((struct str){ from.data + i, domain.len }, domain) &&
		    str_starts_ci(str_from_offset(from, i + domain.len + 1), user))
			return 1;
	return 0;
}

/* Is any entry of the fields of that name no address with a host? */
static bool has_invalid_address(struct match *match, const char *name)
{
	const struct header_list *headers = &match->facts->message->headers;
	struct header_address_list list = { 0 };
	const struct header *header = NULL;

	while ((header = header_next(headers, str_from(name), header)) != NULL)
		header_addresses(match->arena, header->raw, &list);
	for (size_t i = 0; i < list.len; i++)
		if (list.items[i].invalid)
			return true;
	return false;
}

static double check_invalid_from(struct match *match, const struct str_list *args)
{
	(void)args;
	return has_invalid_address(match, "From");
}

static double check_invalid_replyto(struct match *match, const struct str_list *args)
{
	(void)args;
	return has_invalid_address(match, "Reply-To");
}

static double check_invalid_sender(struct match *match, const struct str_list *args)
{
	(void)args;
	return has_invalid_address(match, "Sender");
}

/* SpamAssassin keeps the name of a test that it took out: it never hits. */
static double never(struct match *match, const struct str_list *args)
{
	(void)match;
	(void)args;
	return 0;
}

const struct eval_function eval_header_functions[] = {
	{ "subject_is_all_caps", subject_is_all_caps, NULL, 0 },
	{ "check_illegal_chars", check_illegal_chars, NULL, 0 },
	{ "check_for_matching_env_and_hdr_from", check_for_matching_env_and_hdr_from, NULL, 0 },
	{ "check_equal_from_domains", check_equal_from_domains, NULL, 0 },
	{ "sorted_recipients", sorted_recipients, NULL, 0 },
	{ "similar_recipients", similar_recipients, NULL, 0 },
	{ "check_for_missing_to_header", check_for_missing_to_header, NULL, 0 },
	{ "check_for_to_in_subject", check_for_to_in_subject, NULL, 0 },
	{ "check_outlook_message_id", check_outlook_message_id, NULL, 0 },
	{ "check_messageid_not_usable", check_messageid_not_usable, NULL, 0 },
	{ "check_header_count_range", check_header_count_range, NULL, 0 },
	{ "check_unresolved_template", check_unresolved_template, NULL, 0 },
	{ "check_ratware_name_id", check_ratware_name_id, NULL, 0 },
	{ "check_ratware_envelope_from", check_ratware_envelope_from, NULL, 0 },
	{ "check_invalid_from", check_invalid_from, NULL, 0 },
	{ "check_invalid_replyto", check_invalid_replyto, NULL, 0 },
	{ "check_invalid_sender", check_invalid_sender, NULL, 0 },
	{ "check_for_unique_subject_id", never, NULL, 0 },
	{ 0 },
};
