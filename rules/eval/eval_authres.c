/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What our own servers wrote into Authentication-Results (RFC 8601). A field that breaks the
 * grammar anywhere counts as nothing.
 */
#include "rules/eval/eval.h"

#define MAX_METHODS 100

/* Methods, their results, and what may be said about them: "ptype.property", "*" being any. */
static const struct {
	const char *name;
	const char *results;
	const char *properties;
} methods[] = {
	{ "arc", "fail none pass", "smtp.remote-ip header.oldest-pass arc.chain" },
	{ "auth", "fail none pass permerror temperror", "smtp.auth smtp.mailfrom" },
	{ "dkim", "fail neutral none pass permerror policy temperror",
	  "header.d header.i header.b header.a header.s" },
	{ "dkim-adsp", "discard fail none nxdomain pass permerror temperror unknown",
	  "header.from" },
	{ "dkim-atps", "fail none pass permerror temperror neutral", "header.from" },
	{ "dmarc", "bestguesspass fail none pass permerror temperror", "header.from policy.dmarc" },
	{ "dnswl", "none pass permerror temperror", "dns.zone dns.sec policy.ip policy.txt" },
	{ "domainkeys", "fail neutral none permerror policy pass temperror",
	  "header.d header.from header.sender" },
	{ "iprev", "fail pass permerror temperror", "policy.iprev" },
	{ "rrvs", "fail none pass permerror temperror unknown", "smtp.rcptto" },
	{ "sender-id", "fail hardfail neutral none pass permerror policy softfail temperror",
	  "header.*" },
	{ "smime", "fail neutral none pass permerror policy temperror",
	  "body.smime-part body.smime-identifer body.smime-serial body.smime-issuer" },
	{ "spf", "fail hardfail neutral none pass permerror policy softfail temperror",
	  "smtp.mailfrom smtp.mfrom smtp.helo smtp.rcptto"
	  "domain" },
	{ "vbr", "fail none pass permerror temperror", "header.md header.mv" },
};
#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))

/* The first result of each method, or pass if there is one; empty where there is none. */
struct results {
	struct str by_method[METHOD_COUNT];
};

/* White space and comments in front; false where a comment doesn't end. */
static bool skip_space(struct str *text)
{
	size_t depth = 0, i = 0;

	*text = str_trim_left(*text);
	if (!str_starts(*text, STR("(")))
		return true;
	do {
		depth += text->data[i] == '(';
		depth -= text->data[i] == ')';
		i++;
	} while (depth > 0 && i < text->len);
	*text = str_trim_left(str_from_offset(*text, i));
	return depth == 0;
}

/* A character and the space after it. */
static bool take(struct str *text, char c)
{
	if (text->len == 0 || text->data[0] != c)
		return false;
	*text = str_from_offset(*text, 1);
	return skip_space(text);
}

static bool is_token_char(char c)
{
	return (unsigned char)c > ' ' && (unsigned char)c < 0x80 &&
	       str_find_char(STR("()<>@,;:/[]?=\""), c) < 0;
}

static bool is_name_char(char c)
{
	return char_is_alnum(c) || c == '_' || c == '-';
}

static bool is_word_char(char c)
{
	return char_is_alnum(c) || c == '_';
}

static bool is_atom_char(char c)
{
	return char_is_alnum(c) || str_find_char(STR("@!#$%&\\'*+-/=?^_`{|}~."), c) >= 0;
}

static size_t count_while(struct str text, bool (*is_kind)(char c))
{
	size_t len = 0;

	while (len < text.len && is_kind(text.data[len]))
		len++;
	return len;
}

/* Characters of a kind at the front; false where there is none. */
static bool take_while(struct str *text, bool (*is_kind)(char c), struct str *piece_r)
{
	*piece_r = str_prefix(*text, count_while(*text, is_kind));
	*text = str_from_offset(*text, piece_r->len);
	return piece_r->len > 0;
}

/* "…" with \ before what it quotes; its end may be missing. */
static bool take_quoted(struct str *text)
{
	size_t i = 1;

	if (!str_starts(*text, STR("\"")))
		return false;
	while (i < text->len && text->data[i] != '"')
		i += text->data[i] == '\\' ? 2 : 1;
	*text = str_from_offset(*text, i + 1);
	return true;
}

static bool ends_value(struct str text, size_t at)
{
	return at == text.len || text.data[at] == ';' || char_is_space(text.data[at]);
}

/* A value that ends at white space, ";" or the end; what can be none is passed over before it. */
static bool take_value(struct str *text)
{
	static bool (*const kinds[])(char c) = { is_atom_char, is_token_char };
	size_t tried[2] = { 0, 0 };

	if (take_quoted(text))
		return true;
	for (size_t i = 0; i < text->len; i++) {
		for (size_t kind = 0; kind < 2; kind++) {
			if (i < tried[kind])
				continue;
			tried[kind] = i + count_while(str_from_offset(*text, i), kinds[kind]);
			if (tried[kind] > i && ends_value(*text, tried[kind])) {
				*text = str_from_offset(*text, tried[kind]);
				return true;
			}
		}
	}
	return false;
}

/* "reason=…" or "action=…", where it is there. False: it breaks the grammar. */
static bool skip_remark(struct str *text, struct str word)
{
	struct str piece;

	if (!str_starts_ci(*text, word) ||
	    (text->len > word.len && is_word_char(text->data[word.len])))
		return true;
	*text = str_from_offset(*text, word.len);
	return skip_space(text) && take(text, '=') &&
	       (take_quoted(text) || take_while(text, is_token_char, &piece)) && skip_space(text);
}

static bool is_property(struct arena *arena, size_t method, struct str type, struct str name)
{
	type = arena_str_lower(arena, type);
	name = arena_str_lower(arena, name);
	return str_has_word(str_from(methods[method].properties),
	                    arena_printf(arena, "%.*s.%.*s", STR_FMT(type), STR_FMT(name))) ||
	       str_has_word(str_from(methods[method].properties),
	                    arena_printf(arena, "%.*s.*", STR_FMT(type)));
}

/* "smtp.mailfrom=x header.from=y;" up to and with the ";". */
static bool skip_properties(struct arena *arena, size_t method, struct str *text)
{
	while (text->len > 0) {
		struct str type, name;

		if (text->data[0] == ';')
			return take(text, ';');
		if (!take_while(text, is_name_char, &type) || !skip_space(text) ||
		    !take(text, '.') || !take_while(text, is_name_char, &name) ||
		    !skip_space(text) || !is_property(arena, method, type, name) ||
		    !take(text, '=') || !take_value(text) || !skip_space(text))
			return false;
	}
	return true;
}

/* "spf=pass", "dkim/1=fail"; the number of the method. */
static bool take_result(struct arena *arena, struct str *text, size_t *method_r,
                        struct str *result_r)
{
	struct str name, version;
	size_t i = 0;

	if (!take_while(text, is_name_char, &name) || !skip_space(text))
		return false;
	name = arena_str_lower(arena, name);
	while (i < METHOD_COUNT && !str_eq(name, str_from(methods[i].name)))
		i++;
	if (i == METHOD_COUNT)
		return false;
	if (str_starts(*text, STR("/")) &&
	    (!take(text, '/') || !take_while(text, char_is_digit, &version) || !skip_space(text)))
		return false;
	*method_r = i;
	return take(text, '=') && take_while(text, is_word_char, result_r) &&
	       str_has_word(str_from(methods[i].results), *result_r) && skip_space(text);
}

static bool is_none(struct str text)
{
	return str_starts_ci(text, STR("none")) && (text.len == 4 || !is_word_char(text.data[4]));
}

/* The server's name, its version, and ";". */
static bool take_server(const struct eval_context *context, struct str *text, struct str *server_r)
{
	const struct str_list *trusted = ruleset_words(context->set, "authres_trusted_authserv");
	const struct str_list *ignored = ruleset_words(context->set, "authres_ignored_authserv");
	bool is_trusted = trusted->len == 0;
	struct str version;

	if (!take_while(text, is_token_char, server_r) || str_starts(*text, STR("=")))
		return false;
	for (size_t i = 0; i < trusted->len; i++)
		is_trusted = is_trusted || str_eq_ci(trusted->items[i], *server_r);
	for (size_t i = 0; i < ignored->len; i++)
		is_trusted = is_trusted && !str_eq_ci(ignored->items[i], *server_r);
	if (!is_trusted || !skip_space(text))
		return false;
	if (take_while(text, char_is_digit, &version) && !skip_space(text))
		return false;
	return take(text, ';');
}

/* "i=1;" in front of ARC-Authentication-Results. */
static bool take_arc_index(struct str *text)
{
	struct str digits;
	uint64_t index;

	if (!str_starts(*text, STR("i")))
		return false;
	*text = str_from_offset(*text, 1);
	return skip_space(text) && take(text, '=') && take_while(text, char_is_digit, &digits) &&
	       str_to_uint(digits, 50, &index) && index > 0 && skip_space(text) && take(text, ';');
}

/* Some servers write their name again. */
static void skip_server_again(struct str *text, struct str server)
{
	struct str rest = str_from_offset(*text, server.len);

	rest = str_trim_left(rest);
	if (server.len > 0 && str_starts(*text, server) && str_starts(rest, STR(";")) &&
	    take(&rest, ';'))
		*text = rest;
}

static void read_field(const struct eval_context *context, struct str text, bool is_arc,
                       struct results *results)
{
	struct {
		size_t method;
		struct str result;
	} found[MAX_METHODS];
	size_t count = 0;
	struct str server;

	if ((is_arc && !take_arc_index(&text)) || !take_server(context, &text, &server))
		return;
	server = arena_str_lower(context->arena, server);
	while (text.len > 0) {
		skip_server_again(&text, server);
		if (count == MAX_METHODS || is_none(text) ||
		    !take_result(context->arena, &text, &found[count].method,
		                 &found[count].result) ||
		    !skip_remark(&text, STR("reason")) || !skip_remark(&text, STR("action")) ||
		    !skip_properties(context->arena, found[count].method, &text))
			return;
		count++;
	}
	for (size_t i = 0; i < count; i++) {
		struct str *result = &results->by_method[found[i].method];

		if (result->len == 0 || str_eq(found[i].result, STR("pass")))
			*result = found[i].result;
	}
}

/* The fields of those servers whose network is believed: `authres_networks`. */
static struct str believed_fields(const struct eval_context *context)
{
	const struct str_list *words = ruleset_words(context->set, "authres_networks");
	struct str networks = words->len > 0 ? words->items[words->len - 1] : STR("internal");

	if (str_eq_ci(networks, STR("all")))
		return eval_field(context, "ALL");
	return eval_field(context,
	                  str_eq_ci(networks, STR("trusted")) ? "ALL-TRUSTED" : "ALL-INTERNAL");
}

static const struct results *read_results(const struct eval_context *context)
{
	static const struct str name = STR_INIT("Authentication-Results:");
	struct results *results = eval_cached(context, EVAL_CACHE_AUTHRES);
	struct str rest, line;

	if (results != NULL)
		return results;
	results = arena_new_object(context->arena, struct results);
	eval_cache(context, EVAL_CACHE_AUTHRES, results);
	rest = believed_fields(context);
	while (str_next_line(&rest, &line)) {
		bool is_arc = str_starts_ci(line, STR("ARC-"));

		line = str_from_offset(line, is_arc ? 4 : 0);
		if (str_starts_ci(line, name))
			read_field(context, str_trim(str_from_offset(line, name.len)), is_arc,
			           results);
	}
	return results;
}

/* ('spf', 'pass'), ('dkim', 'missing') */
static double check_authres_result(const struct eval_context *context)
{
	struct str wanted = arena_str_lower(context->arena, eval_text(context, 1)),
		   result = STR("");

	for (size_t i = 0; i < METHOD_COUNT; i++)
		if (str_eq(eval_text(context, 0), str_from(methods[i].name)))
			result = read_results(context)->by_method[i];
	if (str_eq(wanted, STR("missing")))
		return result.len == 0;
	return result.len > 0 && str_eq(result, wanted);
}

const struct eval_function eval_authres_functions[] = {
	{ .name = "check_authres_result",
	  .run = check_authres_result,
	  .args = "tt",
	  .fields = EVAL_FIELDS("ALL", "ALL-INTERNAL", "ALL-TRUSTED") },
	{ 0 },
};
