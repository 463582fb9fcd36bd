/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/spf_header.h"

#include <string.h>

#include "base/shown.h"
#include "base/strbuf.h"
#include "message/header_write.h"
#include "message/uri.h"

#define VALUE_MAX 320 /* octets of one value: as long as any address may be */

static bool is_printable(char c)
{
	return c >= ' ' && c < 0x7f;
}

/* Printable ASCII, with `utf8` also what else may be shown, and of a bounded length. */
static struct str clean_text(struct arena *arena, struct str text, bool utf8)
{
	struct strbuf out;
	size_t step;

	strbuf_init(&out, arena);
	text = str_prefix(text, VALUE_MAX);
	for (size_t i = 0; i<text.len; i += step> 0 ? step : 1) {
		step = utf8 ? shown_char_len(str_from_offset(text, i)) : 1;
		if (step > 1 || is_printable(text.data[i]))
			strbuf_add(&out, (struct str){ text.data + i, step });
		else
			strbuf_add_char(&out, '?');
	}
	return strbuf_str(&out);
}

static struct str clean(struct arena *arena, struct str text)
{
	return clean_text(arena, text, false);
}

/*
 * An address or a host name with its domain as A-labels, which hold in any header. The local part
 * has no other form; without `utf8`, "@domain" is as much as can be said.
 */
static struct str clean_address(struct arena *arena, struct str address, bool utf8)
{
	ptrdiff_t at = str_rfind_char(address, '@');
	struct str local = str_prefix(address, (size_t)(at + 1));
	struct str domain = str_from_offset(address, (size_t)(at + 1));

	for (size_t i = 0; i < domain.len; i++)
		if ((unsigned char)domain.data[i] >= 0x80) {
			domain = uri_host_to_ascii(arena, domain);
			break;
		}
	for (size_t i = 0; i < local.len && !utf8; i++)
		if ((unsigned char)local.data[i] >= 0x80) {
			local = STR("@");
			break;
		}
	return clean_text(arena, arena_printf(arena, "%.*s%.*s", STR_FMT(local), STR_FMT(domain)),
	                  utf8);
}

/* The same for a comment in parentheses: RFC 5322 section 3.2.2. */
static void add_comment_text(struct strbuf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (strchr("()\\", text.data[i]) != NULL)
			strbuf_add_char(out, '\\');
		strbuf_add_char(out, text.data[i]);
	}
}

/* RFC 6532: where UTF-8 was let in, it is as good as letters. */
static bool is_dot_atom(struct str text)
{
	if (text.len == 0 || text.data[0] == '.' || text.data[text.len - 1] == '.')
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!char_is_alnum(text.data[i]) && (unsigned char)text.data[i] < 0x80 &&
		    strchr("!#$%&'*+-/=?^_`{|}~.", text.data[i]) == NULL)
			return false;
	return str_find(text, STR("..")) < 0;
}

static void add_quoted(struct strbuf *out, struct str text)
{
	strbuf_add_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"' || text.data[i] == '\\')
			strbuf_add_char(out, '\\');
		strbuf_add_char(out, text.data[i]);
	}
	strbuf_add_char(out, '"');
}

struct str spf_sentence(struct arena *arena, const struct spf_outcome *outcome,
                        struct str client_ip)
{
	struct str domain = clean_address(arena, outcome->domain, false),
		   ip = clean(arena, client_ip);

	switch (outcome->status) {
	case SPF_STATUS_PASS:
		return arena_printf(arena, "%.*s designates %.*s as permitted sender",
		                    STR_FMT(domain), STR_FMT(ip));
	case SPF_STATUS_FAIL:
		return arena_printf(arena, "%.*s does not designate %.*s as permitted sender",
		                    STR_FMT(domain), STR_FMT(ip));
	case SPF_STATUS_SOFTFAIL:
		return arena_printf(arena, "%.*s discourages use of %.*s as sender",
		                    STR_FMT(domain), STR_FMT(ip));
	case SPF_STATUS_NEUTRAL:
		return arena_printf(arena, "%.*s neither permits nor denies %.*s", STR_FMT(domain),
		                    STR_FMT(ip));
	case SPF_STATUS_NONE:
	case SPF_STATUS_TEMPERROR:
	case SPF_STATUS_PERMERROR:
		break;
	}
	if (outcome->problem.len > 0)
		return clean(arena, outcome->problem);
	return arena_printf(arena, "no policy of %.*s was found", STR_FMT(domain));
}

/* "key=value" on a line of its own, not folded: a quoted text keeps its spaces. */
static void add_pair(struct strbuf *out, const char *key, struct str value)
{
	if (value.len == 0)
		return;
	/* The first comes after the comment, where no semicolon is. */
	strbuf_printf(out, "%s\n %s=", out->data[out->len - 1] == ')' ? "" : ";", key);
	if (is_dot_atom(value))
		strbuf_add(out, value);
	else
		add_quoted(out, value);
}

/* "pass (us.example: example.com designates 192.0.2.1 as permitted sender)" */
static struct str first_lines(struct arena *arena, const struct spf_result *result)
{
	struct str_list lines = { 0 };
	struct strbuf first;

	strbuf_init(&first, arena);
	strbuf_printf(&first, "%s (", spf_status_name(result->mail_from.status));
	if (result->receiver.len > 0) {
		add_comment_text(&first, clean_address(arena, result->receiver, false));
		strbuf_add(&first, STR(": "));
	}
	add_comment_text(&first, spf_sentence(arena, &result->mail_from, result->client_ip));
	strbuf_add_char(&first, ')');
	vec_push(arena, &lines, strbuf_str(&first));
	return header_fold(arena, STR("Received-SPF"), &lines);
}

struct str spf_received_value(struct arena *arena, const struct spf_result *result, bool utf8)
{
	const struct spf_outcome *outcome = &result->mail_from;
	struct strbuf out;

	strbuf_init(&out, arena);
	strbuf_add(&out, first_lines(arena, result));
	add_pair(&out, "receiver", clean_address(arena, result->receiver, utf8));
	add_pair(&out, "client-ip", clean(arena, result->client_ip));
	add_pair(&out, "envelope-from", clean_address(arena, outcome->identity, utf8));
	add_pair(&out, "helo", clean_address(arena, result->helo, utf8));
	add_pair(&out, "identity", STR("mailfrom"));
	add_pair(&out, "mechanism", clean(arena, outcome->mechanism));
	add_pair(&out, "problem", clean(arena, outcome->problem));
	/* A key of our own, so that whoever reads the header knows what the domain has to say. */
	add_pair(&out, "x-explanation", clean(arena, outcome->explanation));
	return strbuf_str(&out);
}

/* RFC 8601 pvalue: an address or a name as it is where it can be, else quoted. */
static void add_pvalue(struct strbuf *out, struct str value)
{
	ptrdiff_t at = str_rfind_char(value, '@');
	struct str local = at > 0 ? str_prefix(value, (size_t)at) : STR("x");
	struct str domain = str_from_offset(value, (size_t)(at + 1));

	if (is_dot_atom(local) && is_dot_atom(domain))
		strbuf_add(out, value);
	else
		add_quoted(out, value);
}

struct str spf_auth_clause(struct arena *arena, const struct spf_result *result, bool utf8)
{
	const struct spf_outcome *outcome = &result->mail_from;
	struct strbuf out;

	strbuf_init(&out, arena);
	strbuf_printf(&out, "spf=%s (", spf_status_name(outcome->status));
	add_comment_text(&out, spf_sentence(arena, outcome, result->client_ip));
	strbuf_add(&out, result->sender.len > 0 ? STR(") smtp.mailfrom=") : STR(") smtp.helo="));
	add_pvalue(
		&out,
		clean_address(arena, result->sender.len > 0 ? result->sender : result->helo, utf8));
	return strbuf_str(&out);
}

/* Skips a comment at the front, with those inside it. */
static bool skip_comment(struct str *rest)
{
	size_t depth = 0, i;

	*rest = str_trim_left(*rest);
	if (rest->len == 0 || rest->data[0] != '(')
		return true;
	for (i = 0; i < rest->len; i++) {
		if (rest->data[i] == '\\')
			i++;
		else if (rest->data[i] == '(')
			depth++;
		else if (rest->data[i] == ')' && --depth == 0)
			break;
	}
	if (i >= rest->len)
		return false;
	*rest = str_trim_left(str_from_offset(*rest, i + 1));
	return true;
}

static bool read_quoted(struct arena *arena, struct str *rest, struct str *value_r)
{
	struct strbuf out;
	size_t i;

	strbuf_init(&out, arena);
	for (i = 1; i < rest->len && rest->data[i] != '"'; i++) {
		if (rest->data[i] == '\\' && i + 1 < rest->len)
			i++;
		strbuf_add_char(&out, rest->data[i]);
	}
	if (i >= rest->len)
		return false;
	*value_r = strbuf_str(&out);
	*rest = str_from_offset(*rest, i + 1);
	return true;
}

/* One "key=value" with the semicolon after it. */
static bool read_pair(struct arena *arena, struct str *rest, struct str *key_r, struct str *value_r)
{
	ptrdiff_t equals = str_find_char(*rest, '=');
	size_t len = 0;

	if (equals <= 0)
		return false;
	*key_r = str_trim(str_prefix(*rest, (size_t)equals));
	*rest = str_trim_left(str_from_offset(*rest, (size_t)equals + 1));
	if (rest->len > 0 && rest->data[0] == '"') {
		if (!read_quoted(arena, rest, value_r))
			return false;
	} else {
		while (len < rest->len && rest->data[len] != ';' && !char_is_space(rest->data[len]))
			len++;
		*value_r = str_prefix(*rest, len);
		*rest = str_from_offset(*rest, len);
	}
	*rest = str_trim_left(*rest);
	if (rest->len > 0 && rest->data[0] == ';')
		*rest = str_trim_left(str_from_offset(*rest, 1));
	return true;
}

static void set_member(struct spf_result *result, struct str key, struct str value)
{
	const struct {
		struct str key;
		struct str *member;
	} members[] = {
		{ STR("receiver"), &result->receiver },
		{ STR("client-ip"), &result->client_ip },
		{ STR("envelope-from"), &result->mail_from.identity },
		{ STR("helo"), &result->helo },
		{ STR("mechanism"), &result->mail_from.mechanism },
		{ STR("problem"), &result->mail_from.problem },
		{ STR("x-explanation"), &result->mail_from.explanation },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (str_eq_ci(key, members[i].key))
			*members[i].member = value;
}

static struct spf_result *empty_result(struct arena *arena)
{
	struct spf_result *result = arena_new_object(arena, struct spf_result);
	const struct str none = STR("");

	*result = (struct spf_result){
		.client_ip = none,
		.helo = none,
		.receiver = none,
		.mail_from = { .identity = none,
		               .mechanism = none,
		               .explanation = none,
		               .problem = none,
		               .decided_in = none },
	};
	return result;
}

/* The pairs after the comment, up to what isn't one; false where that isn't the end. */
static bool read_pairs(struct arena *arena, struct str rest, struct spf_result *result,
                       struct str *identity_r)
{
	struct str key, value;

	while (rest.len > 0) {
		if (!read_pair(arena, &rest, &key, &value))
			return false;
		set_member(result, key, value);
		if (str_eq_ci(key, STR("identity")))
			*identity_r = value;
	}
	return true;
}

static void name_sender(struct spf_result *result)
{
	result->sender = result->mail_from.identity;
	result->mail_from.domain =
		str_from_offset(result->sender, (size_t)(str_rfind_char(result->sender, '@') + 1));
}

const struct spf_result *spf_received_read(struct arena *arena, struct str value, struct str host)
{
	struct spf_result *result = empty_result(arena);
	struct str rest = value, word, identity = STR("");

	if (!str_next_word(&rest, &word) || !spf_status_read(word, &result->mail_from.status) ||
	    !skip_comment(&rest) || !read_pairs(arena, rest, result, &identity))
		return NULL;
	if (!str_eq_ci(identity, STR("mailfrom")) || host.len == 0 ||
	    !str_eq_ci(result->receiver, host))
		return NULL;
	name_sender(result);
	return result;
}

/* "identity=…", wherever it stands; or empty. */
static struct str named_identity(struct str value)
{
	static const struct str key = STR_INIT("identity=");
	struct str rest = value, found = STR("");

	for (ptrdiff_t at; (at = str_find_ci(rest, key)) >= 0; found = rest)
		rest = str_from_offset(rest, (size_t)at + key.len);
	for (size_t i = 0; i < found.len; i++)
		if (char_is_space(found.data[i]) || found.data[i] == ';')
			return str_prefix(found, i);
	return found;
}

const struct spf_result *spf_received_read_any(struct arena *arena, struct str value)
{
	struct spf_result *result = empty_result(arena);
	struct str rest = str_trim(value), identity = named_identity(value), word;
	size_t len = 0;

	while (len < rest.len && char_is_alpha(rest.data[len]))
		len++;
	word = str_prefix(rest, len);
	rest = str_trim_left(str_from_offset(rest, len));
	if (!spf_status_read(word, &result->mail_from.status) ||
	    (identity.len > 0 && !str_eq_ci(identity, STR("mailfrom")) &&
	     !str_eq_ci(identity, STR("mfrom"))))
		return NULL;
	if (skip_comment(&rest))
		read_pairs(arena, rest, result, &identity);
	name_sender(result);
	return result;
}

void spf_received_receivers(struct arena *arena, struct str value, struct str_list *receivers)
{
	struct str rest = value, word, key, receiver;

	if (!str_next_word(&rest, &word) || !skip_comment(&rest))
		return;
	while (rest.len > 0 && read_pair(arena, &rest, &key, &receiver))
		if (str_ends_ci(key, STR("receiver")) && receiver.len > 0)
			vec_push(arena, receivers, receiver);
}
