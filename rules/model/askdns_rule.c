/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/askdns_rule.h"

#include "facts/dns_answer.h"

static bool is_capital_or_digit(char c)
{
	return (c >= 'A' && c <= 'Z') || char_is_digit(c);
}

/*
 * The tag at the start of a text, underscores included; 0 where there is none: words of capital
 * letters and digits with single underscores between them, the first of them beginning with a
 * letter, and maybe something in parentheses.
 */
static size_t tag_length(struct str text, struct askdns_tag *tag_r)
{
	size_t at = 1, end = 0, len = 0;

	if (text.len < 3 || text.data[0] != '_' || text.data[1] < 'A' || text.data[1] > 'Z')
		return 0;
	for (; at < text.len; at++) {
		if (is_capital_or_digit(text.data[at]))
			continue;
		if (text.data[at] != '_' || text.data[at - 1] == '_')
			break;
		end = at; /* where the longest name so far ends */
	}
	tag_r->argument = (struct str){ NULL, 0 };
	if (at < text.len && text.data[at] == '(' && text.data[at - 1] != '_') {
		ptrdiff_t close = str_find(str_from_offset(text, at), STR(")_"));

		if (close > 0) {
			end = at;
			len = at + (size_t)close + 2;
			tag_r->argument = (struct str){ text.data + at + 1, (size_t)close - 1 };
		}
	}
	if (end == 0)
		return 0;
	len = len > 0 ? len : end + 1;
	tag_r->name = (struct str){ text.data + 1, end - 1 };
	tag_r->text = str_prefix(text, len);
	return len;
}

static bool has_tag(const struct askdns_rule *rule, struct str text)
{
	for (size_t i = 0; i < rule->tag_count; i++)
		if (str_eq(rule->tags[i].text, text))
			return true;
	return false;
}

/* ".lookup.example.org." is the domain of a list; "_example" and ".org" are none. */
static struct str zone_of(struct str rest)
{
	if (rest.len < 2 || rest.data[0] != '.')
		return STR("");
	rest = str_from_offset(rest, 1);
	if (rest.data[rest.len - 1] == '.')
		rest.len--;
	return dns_list_name_valid(rest) && str_find_char(rest, '.') > 0 ? rest : STR("");
}

bool askdns_rule_read_template(struct str template, struct askdns_rule *rule)
{
	struct str rest = template, after = STR("");

	rule->template = template;
	while (rest.len > 0) {
		struct askdns_tag tag;
		size_t len = tag_length(rest, &tag);

		if (len > 0 && !has_tag(rule, tag.text)) {
			if (rule->tag_count == ASKDNS_TAGS_MAX)
				return false;
			rule->tags[rule->tag_count++] = tag;
		}
		rest = str_from_offset(rest, len > 0 ? len : 1);
		after = len > 0 ? rest : after;
	}
	rule->zone = zone_of(after);
	return true;
}

bool askdns_rule_read_types(struct str text, struct askdns_rule *rule, struct str *wrong_r)
{
	rule->type_count = 0;
	while (str_next_piece(&text, ',', wrong_r)) {
		enum dns_type type;

		if (rule->type_count == ASKDNS_TYPES_MAX || !dns_type_find(*wrong_r, &type))
			return false;
		rule->types[rule->type_count++] = type;
	}
	if (rule->type_count == 0)
		return false;
	rule->question = rule->type_count > 1 ? DNS_ANY : rule->types[0];
	return true;
}

static const struct {
	const char *name;
	unsigned code;
} rcodes[] = {
	{ "NOERROR", 0 },  { "FORMERR", 1 }, { "SERVFAIL", 2 },  { "NXDOMAIN", 3 },
	{ "NOTIMP", 4 },   { "REFUSED", 5 }, { "YXDOMAIN", 6 },  { "YXRRSET", 7 },
	{ "NXRRSET", 8 },  { "NOTAUTH", 9 }, { "NOTZONE", 10 },  { "BADVERS", 16 },
	{ "BADSIG", 16 },  { "BADKEY", 17 }, { "BADTIME", 18 },  { "BADMODE", 19 },
	{ "BADNAME", 20 }, { "BADALG", 21 }, { "BADTRUNC", 22 },
};

static bool rcode_of(struct str word, uint64_t *code_r)
{
	for (size_t i = 0; i < sizeof(rcodes) / sizeof(rcodes[0]); i++) {
		if (str_eq_ci(word, str_from(rcodes[i].name))) {
			*code_r = rcodes[i].code;
			return true;
		}
	}
	return str_to_uint(word, ASKDNS_RCODES_MAX - 1, code_r);
}

/* "NXDOMAIN,2" */
static bool read_rcodes(struct str words, struct askdns_rule *rule, struct error *err_r)
{
	struct str word;

	rule->filter = ASKDNS_RCODES;
	while (str_next_piece(&words, ',', &word)) {
		uint64_t code;

		if (!rcode_of(str_trim(word), &code))
			return error_set(err_r, "'%.*s' is no response code of the DNS",
			                 STR_FMT(str_trim(word)));
		rule->rcodes |= 1U << code;
	}
	return rule->rcodes != 0 || error_set(err_r, "response codes are missing");
}

static bool is_pattern(struct str text)
{
	return text.data[0] == '/' || (text.data[0] == 'm' && text.len > 1 &&
	                               !char_is_alnum(text.data[1]) && text.data[1] != '_');
}

static bool only_digits(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!char_is_digit(text.data[i]))
			return false;
	return text.len > 0;
}

bool askdns_rule_read_filter(struct arena *arena, struct str text, struct askdns_rule *rule,
                             size_t *offset_r, struct error *err_r)
{
	char last = text.data[text.len - 1];
	bool quoted;

	*offset_r = 0;
	if (is_pattern(text)) {
		rule->filter = ASKDNS_PATTERN;
		rule->pattern = pattern_compile(arena, text, offset_r, err_r);
		return rule->pattern != NULL;
	}
	if (text.len > 2 && text.data[0] == '[' && last == ']')
		return read_rcodes((struct str){ text.data + 1, text.len - 2 }, rule, err_r);
	rule->filter = ASKDNS_VALUE;
	rule->text = text;
	if (text.len >= 2 && (text.data[0] == '"' || text.data[0] == '\'') && last == text.data[0])
		rule->text = (struct str){ text.data + 1, text.len - 2 };
	quoted = rule->text.len != text.len;
	/* Digits are a number and a text, quoted or not; addresses and the like only one of them.
	 */
	rule->has_subtest = (!quoted || only_digits(rule->text)) &&
	                    dns_subtest_parse(rule->text, &rule->subtest);
	rule->has_text = quoted || only_digits(rule->text);
	return rule->has_subtest || quoted ||
	       error_set(err_r, "a filter is /…/, \"…\", [NXDOMAIN], an address, a number, or "
	                        "two of them with - or / between");
}
