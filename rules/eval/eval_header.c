/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/utf8.h"
#include "message/address_field.h"
#include "message/charset.h"
#include "rules/eval/eval.h"
#include "rules/eval/eval_address.h"
#include "rules/eval/eval_pattern.h"
#include "rules/eval/eval_received.h"
#include "rules/eval/mail_date.h"

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

/* So many bytes must there be, in 4.0.3 this many letters. */
#define MIN_CAPITALS 10

static double subject_is_all_caps(const struct eval_context *context)
{
	struct str subject = str_trim(eval_field(context, "Subject"));
	size_t letters = 0, least = eval_reads_4_0_3(context) ? MIN_CAPITALS : 1;

	subject = without_reply_prefixes(subject);
	if (subject.len < MIN_CAPITALS || !has_space(subject))
		return 0;
	for (size_t i = 0; i < subject.len; i++) {
		if (char_is_alpha(subject.data[i]) &&
		    char_lower(subject.data[i]) == subject.data[i])
			return 0;
		letters += char_is_alpha(subject.data[i]);
	}
	return letters >= least && !subject_charset_misleads(eval_field(context, "Subject:raw"));
}

/* A control character other than tab, LF and CR; or beyond ASCII. */
static bool is_illegal(unsigned char c)
{
	return c >= 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r');
}

/*
 * Line ends that fold nothing, which SpamAssassin 4.0.3 counts, too, a field's own included. In
 * "ALL" they are two characters where the message has CRLF, of which rules see the LF, and the
 * empty line after the header is one more.
 */
static void count_line_ends(struct str text, size_t size, size_t *illegal, size_t *length)
{
	if (size == 2) {
		*illegal += size;
		*length += size;
	}
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

static size_t line_end_size(const struct eval_context *context, struct str name)
{
	return str_starts(name, STR("ALL")) &&
	                       str_find(context->message->raw_headers, STR("\r\n")) >= 0
	               ? 2
	               : 1;
}

/* ("Subject", RATIO, COUNT): at least this part, and this many, of the raw characters are illegal.
 */
static double check_illegal_chars(const struct eval_context *context)
{
	struct str name = eval_text(context, 0), text;
	size_t illegal = 0, controls = 0, symbols = 0, length;

	if (!str_ends_ci(name, STR(":raw")))
		name = arena_printf(context->arena, "%.*s:raw", STR_FMT(name));
	text = eval_field(context, arena_cstr(context->arena, name));
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
	if (eval_reads_4_0_3(context))
		count_line_ends(text, line_end_size(context, name), &illegal, &length);
	/* One cent, pound or registered sign in a subject is forgiven. */
	if (illegal > 0 && symbols == 1 && str_eq_ci(name, STR("Subject:raw")))
		illegal--;
	return (double)illegal / (double)length >= eval_number(context, 1, 0) &&
	       (double)illegal >= eval_number(context, 2, 0);
}

static double check_for_matching_env_and_hdr_from(const struct eval_context *context)
{
	return str_eq_ci(eval_field_first(context, "EnvelopeFrom:addr"),
	                 eval_field_first(context, "From:addr"));
}

/* The last two labels of an address's domain, or empty. */
static struct str last_labels(struct str address)
{
	struct str domain = address_field_domain(address);
	ptrdiff_t dot = str_rfind_char(domain, '.'), before;

	if (dot < 1)
		return domain;
	before = str_rfind_char(str_prefix(domain, (size_t)dot), '.');
	return before < 1 ? domain : str_from_offset(domain, (size_t)before + 1);
}

static double check_equal_from_domains(const struct eval_context *context)
{
	struct str from = last_labels(eval_field_first(context, "From:addr"));
	struct str envelope = last_labels(eval_field_first(context, "EnvelopeFrom:addr"));

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
static void visible_recipients(const struct eval_context *context, struct str_list *list)
{
	static const char *const requests[] = { "ToCc:addr", "Bcc:addr" };
	size_t inputs = 0;

	for (size_t i = 0; i < 2 && inputs < SOME_RECIPIENTS; i++) {
		struct str rest = eval_field(context, requests[i]), address;

		while (str_next_piece(&rest, '\n', &address)) {
			inputs++;
			if (list->len < MOST_RECIPIENTS && address.len > 0 &&
			    (list->len == 0 || !str_eq_ci(list->items[list->len - 1], address)))
				vec_push(context->arena, list, address);
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

static const struct recipients *judge_recipients(const struct eval_context *context)
{
	struct recipients *result = eval_cached(context, EVAL_CACHE_RECIPIENTS);
	struct str_list list = { 0 };

	if (result != NULL)
		return result;
	result = arena_new_object(context->arena, struct recipients);
	visible_recipients(context, &list);
	result->sorted = list.len >= MANY_RECIPIENTS;
	for (size_t i = 1; result->sorted && i < list.len; i++)
		result->sorted = str_cmp(list.items[i - 1], list.items[i]) <= 0;
	if (list.len >= SOME_RECIPIENTS)
		result->similar = similarity(&list);
	eval_cache(context, EVAL_CACHE_RECIPIENTS, result);
	return result;
}

static double sorted_recipients(const struct eval_context *context)
{
	return judge_recipients(context)->sorted;
}

static double similar_recipients(const struct eval_context *context)
{
	return eval_in_range(context, 0, judge_recipients(context)->similar);
}

static double check_for_missing_to_header(const struct eval_context *context)
{
	return eval_field(context, "To").len == 0 && eval_field(context, "Apparently-To").len == 0;
}

static bool is_word_char(char c)
{
	return char_is_alnum(c) || c == '_';
}

static bool at_word_border(struct str text, size_t at)
{
	bool before = at > 0 && is_word_char(text.data[at - 1]);
	bool after = at < text.len && is_word_char(text.data[at]);

	return before != after;
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

static double check_for_to_in_subject(const struct eval_context *context)
{
	struct str to = eval_field_first(context, "To:addr");
	struct str subject = eval_field(context, "Subject");
	ptrdiff_t at = str_find_char(to, '@');

	if (to.len == 0)
		return 0;
	if (str_eq(eval_text(context, 0), STR("address")))
		return holds_as_words(subject, to);
	if (!str_eq(eval_text(context, 0), STR("user")))
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
 * message ids. It may differ from a date by this much.
 */
#define OUTLOOK_FUDGE 250

static bool outlook_time_fits(const struct eval_context *context, uint32_t token, struct str date)
{
	int64_t seconds;

	if (!mail_date_find(context->arena, date, &seconds))
		seconds = 0;
	return llabs((int64_t)token - (int64_t)((double)seconds * 0.0023283064365387 +
	                                        27111902.8329849)) < OUTLOOK_FUDGE;
}

/* The time of the id is neither the Date's nor the first one of the Received fields. */
static double check_outlook_message_id(const struct eval_context *context)
{
	struct str id = eval_field(context, "MESSAGEID"), token;

	return eval_pattern_group(context, EVAL_RE_OUTLOOK_ID, id, &token) &&
	       !outlook_time_fits(context, hex_value(token), eval_field(context, "Date")) &&
	       !outlook_time_fits(context, hex_value(token), eval_field(context, "Received"));
}

static double check_messageid_not_usable(const struct eval_context *context)
{
	return eval_pattern_in(context, EVAL_RE_LIST_UNSUBSCRIBE,
	                       eval_field(context, "List-Unsubscribe")) ||
	       eval_is_gated(context) ||
	       eval_pattern_in(context, EVAL_RE_UNUSABLE_ID_SERVER,
	                       eval_field(context, "Received"));
}

/* ("Subject", MIN, MAX): this many different fields of the name. */
static double check_header_count_range(const struct eval_context *context)
{
	struct str name = eval_text(context, 0);
	struct map *seen = map_new(context->arena, MAP_EXACT);
	const struct header *header = NULL;
	double count;

	while ((header = header_next(&context->message->headers, name, header)) != NULL)
		map_set(seen, header->decoded, seen);
	count = (double)map_len(seen);
	return count >= eval_number(context, 1, 0) && count <= eval_number(context, 2, 0);
}

/* "%RANDOM_WORD": a spammer's template that was not filled in. */
static double check_unresolved_template(const struct eval_context *context)
{
	struct str rest = eval_field(context, "ALL"), line;

	if (str_find_char(rest, '%') < 0)
		return 0;
	while (str_next_piece(&rest, '\n', &line))
		if (str_find_char(line, '%') >= 0 &&
		    eval_pattern_in(context, EVAL_RE_TEMPLATE, line) &&
		    !eval_pattern_in(context, EVAL_RE_TEMPLATE_FIELDS, line))
			return 1;
	return 0;
}

/* The Message-Id holds the address of From after 28 capitals. */
static double check_ratware_name_id(const struct eval_context *context)
{
	struct str id = eval_field(context, "MESSAGEID"), address,
		   from = eval_field(context, "From");
	ptrdiff_t at;

	if (!eval_pattern_group(context, EVAL_RE_RATWARE_ID, id, &address))
		return 0;
	at = str_find(from, arena_printf(context->arena, "<%.*s>", STR_FMT(address)));
	if (at < 0)
		return 0;
	from = str_trim_right(str_prefix(from, (size_t)at));
	return from.len > 2 && from.data[from.len - 1] == '"' &&
	       str_find_char(str_prefix(from, from.len - 2), '"') >= 0;
}

/* The envelope sender is made of the recipient's address: "x-example.org.user@…". */
static double check_ratware_envelope_from(const struct eval_context *context)
{
	struct str to = eval_field_first(context, "To:addr");
	struct str from = eval_field_first(context, "EnvelopeFrom:addr");
	ptrdiff_t at = str_find_char(to, '@');
	struct str domain, user;

	user = str_prefix(to, (size_t)(at + 1));
	if (at < 1 || str_find_ci(from, user) < 0 || eval_pattern_in(context, EVAL_RE_SRS, from))
		return 0;
	domain = uri_domain_in(context->arena, &context->set->domains,
	                       str_from_offset(to, (size_t)at + 1));
	for (size_t i = 0; domain.len > 0 && i + domain.len + 1 + user.len <= from.len; i++)
		if (at_word_border(from, i) &&
		    str_eq_ci((struct str){ from.data + i, domain.len }, domain) &&
		    str_starts_ci(str_from_offset(from, i + domain.len + 1), user))
			return 1;
	return 0;
}

/* Is any entry of the fields of that name not an address with a host? */
static bool has_invalid_address(const struct eval_context *context, const char *name)
{
	const struct header_list *headers = &context->message->headers;
	struct address_field_list list = { 0 };
	const struct header *header = NULL;

	while ((header = header_next(headers, str_from(name), header)) != NULL)
		address_field_read(context->arena, header->raw, &list);
	for (size_t i = 0; i < list.len; i++)
		if (list.items[i].invalid)
			return true;
	return false;
}

static double check_invalid_from(const struct eval_context *context)
{
	return has_invalid_address(context, "From");
}

static double check_invalid_replyto(const struct eval_context *context)
{
	return has_invalid_address(context, "Reply-To");
}

static double check_invalid_sender(const struct eval_context *context)
{
	return has_invalid_address(context, "Sender");
}

/* SpamAssassin keeps the name of a test that it took out: it never hits. */
static double never(const struct eval_context *context)
{
	(void)context;
	return 0;
}

const struct eval_function eval_header_functions[] = {
	{ .name = "subject_is_all_caps",
	  .run = subject_is_all_caps,
	  .fields = EVAL_FIELDS("Subject", "Subject:raw") },
	{ .name = "check_illegal_chars",
	  .run = check_illegal_chars,
	  .args = "fnn",
	  .fields = EVAL_FIELDS("%:raw") },
	{ .name = "check_for_matching_env_and_hdr_from",
	  .run = check_for_matching_env_and_hdr_from,
	  .fields = EVAL_FIELDS("EnvelopeFrom:addr", "From:addr") },
	{ .name = "check_equal_from_domains",
	  .run = check_equal_from_domains,
	  .fields = EVAL_FIELDS("EnvelopeFrom:addr", "From:addr") },
	{ .name = "sorted_recipients",
	  .run = sorted_recipients,
	  .fields = EVAL_FIELDS("ToCc:addr", "Bcc:addr") },
	{ .name = "similar_recipients",
	  .run = similar_recipients,
	  .args = "rr",
	  .fields = EVAL_FIELDS("ToCc:addr", "Bcc:addr") },
	{ .name = "check_for_missing_to_header",
	  .run = check_for_missing_to_header,
	  .fields = EVAL_FIELDS("To", "Apparently-To") },
	{ .name = "check_for_to_in_subject",
	  .run = check_for_to_in_subject,
	  .args = "t",
	  .fields = EVAL_FIELDS("To:addr", "Subject") },
	{ .name = "check_outlook_message_id",
	  .run = check_outlook_message_id,
	  .fields = EVAL_FIELDS("MESSAGEID", "Date", "Received") },
	{ .name = "check_messageid_not_usable",
	  .run = check_messageid_not_usable,
	  .fields = EVAL_FIELDS("List-Unsubscribe", EVAL_GATED_FIELDS) },
	{ .name = "check_header_count_range", .run = check_header_count_range, .args = "fnn" },
	{ .name = "check_unresolved_template",
	  .run = check_unresolved_template,
	  .fields = EVAL_FIELDS("ALL") },
	{ .name = "check_ratware_name_id",
	  .run = check_ratware_name_id,
	  .fields = EVAL_FIELDS("MESSAGEID", "From") },
	{ .name = "check_ratware_envelope_from",
	  .run = check_ratware_envelope_from,
	  .fields = EVAL_FIELDS("To:addr", "EnvelopeFrom:addr") },
	{ .name = "check_invalid_from", .run = check_invalid_from },
	{ .name = "check_invalid_replyto", .run = check_invalid_replyto },
	{ .name = "check_invalid_sender", .run = check_invalid_sender },
	{ .name = "check_for_unique_subject_id", .run = never },
	{ 0 },
};
