/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/field.h"
#include "rules/read/statement.h"

struct rule *statement_named_rule(struct statement *statement)
{
	struct str name;

	if (!statement_word(statement, "the rule's name", &name))
		return NULL;
	if (!rule_name_valid(name)) {
		statement_warn(statement, name.data,
		               "'%.*s' is no name for a rule: letters, digits and _, up to %d",
		               STR_FMT(name), RULE_NAME_MAX);
		return NULL;
	}
	statement->value = str_trim_left(statement->value);
	if (statement->value.len == 0) {
		statement_warn(statement, name.data + name.len, "the test of rule %.*s is missing",
		               STR_FMT(name));
		return NULL;
	}
	return ruleset_rule(statement->set, name);
}

void statement_define(struct statement *statement, struct rule *rule, enum rule_type type)
{
	struct ruleset *set = statement->set;

	if (rule->type == RULE_UNDEFINED) {
		rule->order = set->rules.len;
		vec_push(set->arena, &set->rules, rule);
	}
	rule->type = type;
	rule->line = statement->line;
	rule->definition = statement->value;
	rule->off = NULL;
	rule->exists = rule->negated = false;
	rule->if_unset = (struct str){ NULL, 0 };
	rule->pattern_text = (struct str){ NULL, 0 };
	rule->eval_args = (struct eval_args){ 0 };
	rule->ask = NULL;
}

/* One argument of an eval function: quoted, or a bare word of letters, digits and ".:-". */
static bool take_argument(struct str *rest, struct str *argument_r)
{
	char quote = rest->data[0];
	size_t len = 0;

	if (quote == '\'' || quote == '"') {
		ptrdiff_t close = str_find_char(str_from_offset(*rest, 1), quote);

		if (close < 0)
			return false;
		*argument_r = (struct str){ rest->data + 1, (size_t)close };
		*rest = str_from_offset(*rest, (size_t)close + 2);
		return true;
	}
	while (len < rest->len && (char_is_alnum(rest->data[len]) || rest->data[len] == '.' ||
	                           rest->data[len] == ':' || rest->data[len] == '-'))
		len++;
	*argument_r = str_prefix(*rest, len);
	*rest = str_from_offset(*rest, len);
	return len > 0;
}

static bool take_arguments(struct statement *statement, struct rule *rule, struct str rest)
{
	struct str argument;

	for (rest = str_trim(rest); rest.len > 0; rest = str_trim_left(rest)) {
		if (!take_argument(&rest, &argument)) {
			statement_warn(statement, rest.data,
			               "this is no argument; quote it or write a bare word");
			return false;
		}
		vec_push(statement->set->arena, &rule->eval_args.texts, argument);
		rest = str_trim_left(rest);
		if (rest.len > 0 && rest.data[0] != ',') {
			statement_warn(statement, rest.data, "a comma is missing here");
			return false;
		}
		rest = str_from_offset(rest, 1);
	}
	return true;
}

/* "eval:function(arguments)", and the old "rbleval:". */
static void define_eval(struct statement *statement, struct rule *rule, struct str call)
{
	size_t len = 0;

	while (len < call.len && (char_is_alnum(call.data[len]) || call.data[len] == '_'))
		len++;
	if (len == 0 || len >= call.len || call.data[len] != '(' ||
	    call.data[call.len - 1] != ')') {
		statement_warn(
			statement, call.data + len,
			"write the call of a function as eval:name() or eval:name(arguments)");
		return;
	}
	statement_define(statement, rule, RULE_EVAL);
	rule->eval_name = str_prefix(call, len);
	if (!take_arguments(statement, rule,
	                    (struct str){ call.data + len + 1, call.len - len - 2 }))
		rule->off = "its arguments are wrong";
}

static bool is_eval(struct str value, struct str *call_r)
{
	if (str_starts(value, STR("eval:")))
		*call_r = str_from_offset(value, 5);
	else if (str_starts(value, STR("rbleval:")))
		*call_r = str_from_offset(value, 8);
	else
		return false;
	return true;
}

static void define_pattern(struct statement *statement, enum rule_type type)
{
	struct rule *rule = statement_named_rule(statement);
	struct str call;

	if (rule == NULL)
		return;
	if (is_eval(statement->value, &call)) {
		define_eval(statement, rule, call);
		rule->eval_raw = type == RULE_RAWBODY;
		return;
	}
	statement_define(statement, rule, type);
	rule->pattern_text = statement->value;
}

void statement_body(struct statement *statement)
{
	define_pattern(statement, RULE_BODY);
}

void statement_rawbody(struct statement *statement)
{
	define_pattern(statement, RULE_RAWBODY);
}

void statement_full(struct statement *statement)
{
	define_pattern(statement, RULE_FULL);
}

void statement_uri(struct statement *statement)
{
	define_pattern(statement, RULE_URI);
}

void statement_meta(struct statement *statement)
{
	struct rule *rule = statement_named_rule(statement);

	if (rule != NULL)
		statement_define(statement, rule, RULE_META);
}

void statement_unsupported_rule(struct statement *statement)
{
	struct rule *rule = statement_named_rule(statement);

	if (rule == NULL)
		return;
	statement_define(statement, rule, RULE_UNSUPPORTED);
	rule->off = statement->kind->argument;
}

/* The number of a field request, made where there is none yet; warns where it isn't one. */
static bool request_field(struct statement *statement, struct str text, size_t *field_r)
{
	struct ruleset *set = statement->set;
	struct field_request *request;
	struct error error;

	for (size_t i = 0; i < set->fields.len; i++) {
		if (str_eq(field_request_text(set->fields.items[i]), text)) {
			*field_r = i;
			return true;
		}
	}
	request = field_request_parse(set->arena, text, &error);
	if (request == NULL) {
		statement_warn(statement, text.data, "%s", error.text);
		return false;
	}
	*field_r = set->fields.len;
	vec_push(set->arena, &set->fields, request);
	return true;
}

/* Cuts " [if-unset: TEXT]" off the end of the pattern. */
static void take_if_unset(struct rule *rule)
{
	static const struct str mark = STR_INIT("[if-unset:");
	struct str text = rule->pattern_text;
	ptrdiff_t at;

	if (text.len == 0 || text.data[text.len - 1] != ']' || (at = str_find(text, mark)) < 1 ||
	    !char_is_space(text.data[at - 1]))
		return;
	rule->if_unset = str_from_offset(text, (size_t)at + mark.len);
	rule->if_unset = str_trim_left(str_prefix(rule->if_unset, rule->if_unset.len - 1));
	rule->pattern_text = str_trim_right(str_prefix(text, (size_t)at));
}

static void define_exists(struct statement *statement, struct rule *rule)
{
	struct str name = str_trim(str_from_offset(statement->value, 7));
	size_t field;

	if (name.len > 0 && name.data[name.len - 1] == ':')
		name.len--;
	if (!request_field(statement, name, &field))
		return;
	statement_define(statement, rule, RULE_HEADER);
	rule->exists = true;
	rule->field = field;
}

/* "NAME =~ REST": takes the name and the operator off the value. */
static bool take_comparison(struct statement *statement, struct str *name_r, bool *negated_r)
{
	struct str value = statement->value, name = { value.data, 0 };

	while (name.len < value.len && !char_is_space(value.data[name.len]) &&
	       value.data[name.len] != '=' && value.data[name.len] != '!')
		name.len++;
	value = str_trim_left(str_from_offset(value, name.len));
	*negated_r = str_starts(value, STR("!~"));
	if (!*negated_r && !str_starts(value, STR("=~"))) {
		statement_warn(statement, value.data, "=~ or !~ is missing here");
		return false;
	}
	if (name.len > 0 && name.data[name.len - 1] == ':')
		name.len--;
	*name_r = name;
	statement->value = str_trim_left(str_from_offset(value, 2));
	return true;
}

static void define_header(struct statement *statement, struct rule *rule)
{
	struct str definition = statement->value, name;
	bool negated;
	size_t field;

	if (!take_comparison(statement, &name, &negated) || !request_field(statement, name, &field))
		return;
	statement_define(statement, rule, RULE_HEADER);
	rule->definition = definition;
	rule->negated = negated;
	rule->field = field;
	rule->pattern_text = statement->value;
	take_if_unset(rule);
}

void statement_mime_header(struct statement *statement)
{
	struct rule *rule = statement_named_rule(statement);
	struct str name;
	bool negated;

	if (rule == NULL || !take_comparison(statement, &name, &negated))
		return;
	if (name.len == 0) {
		statement_warn(statement, statement->value.data, "the field's name is missing");
		return;
	}
	statement_define(statement, rule, RULE_MIME_HEADER);
	rule->negated = negated;
	rule->mime_name = name;
	rule->pattern_text = statement->value;
	take_if_unset(rule);
}

static const char *const uri_aspects[URI_ASPECT_COUNT] = {
	[URI_ASPECT_RAW] = "raw",         [URI_ASPECT_TYPE] = "type",
	[URI_ASPECT_CLEANED] = "cleaned", [URI_ASPECT_TEXT] = "text",
	[URI_ASPECT_DOMAIN] = "domain",   [URI_ASPECT_HOST] = "host",
};

/* Cuts off the next pattern, which ends at the white space after its closing delimiter. */
static struct str take_pattern(struct str *value)
{
	struct str text = *value;
	size_t start = text.len > 0 && text.data[0] == 'm' ? 1 : 0;
	size_t i = start + 1;

	while (i < text.len) {
		while (i < text.len && text.data[i] != text.data[start])
			i += text.data[i] == '\\' ? 2 : 1;
		for (i++; i < text.len && char_is_alpha(text.data[i]);)
			i++;
		if (i >= text.len || char_is_space(text.data[i]))
			break;
	}
	text = str_prefix(text, i < text.len ? i : text.len);
	*value = str_trim_left(str_from_offset(*value, text.len));
	return text;
}

static bool take_uri_condition(struct statement *statement, struct rule_uri_condition *conditions)
{
	struct rule_uri_condition condition = { 0 };
	struct str name;

	condition.none = str_starts(statement->value, STR("!"));
	statement->value = str_from_offset(statement->value, condition.none ? 1 : 0);
	if (!take_comparison(statement, &name, &condition.negated))
		return false;
	condition.pattern_text = take_pattern(&statement->value);
	for (size_t i = 0; i < URI_ASPECT_COUNT; i++) {
		if (str_eq(name, str_from(uri_aspects[i]))) {
			conditions[i] = condition;
			return true;
		}
	}
	statement_warn(statement, name.data,
	               "'%.*s' is nothing of a URI; known are raw, type, cleaned, text, domain "
	               "and host",
	               STR_FMT(name));
	return false;
}

/* "uri_detail NAME text =~ /…/ host !~ m,…,": one URI has to meet all conditions. */
void statement_uri_detail(struct statement *statement)
{
	struct rule *rule = statement_named_rule(statement);
	struct rule_uri_condition *conditions;

	if (rule == NULL)
		return;
	conditions = arena_calloc(statement->set->arena, URI_ASPECT_COUNT, sizeof(*conditions));
	do
		if (!take_uri_condition(statement, conditions))
			return;
	while (statement->value.len > 0);
	statement_define(statement, rule, RULE_URI_DETAIL);
	rule->conditions = conditions;
}

void statement_header(struct statement *statement)
{
	struct rule *rule = statement_named_rule(statement);
	struct str call;

	if (rule == NULL)
		return;
	if (is_eval(statement->value, &call))
		define_eval(statement, rule, call);
	else if (str_starts(statement->value, STR("exists:")))
		define_exists(statement, rule);
	else
		define_header(statement, rule);
}
