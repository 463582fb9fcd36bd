/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/auth_results.h"

#include "base/strbuf.h"
#include "facts/spf_header.h"

/* As many of a signature's characters as tell it from others: RFC 6008 section 4. */
#define SIGNATURE_CHARS 8
/* Signatures that a summary names. */
#define SIGNERS_SHOWN 4

static bool is_plain_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!char_is_alnum(name.data[i]) && str_find_char(STR(".-_"), name.data[i]) < 0)
			return false;
	return name.len > 0;
}

static void add_property(struct strbuf *buf, const char *property, struct str value)
{
	if (is_plain_name(value))
		strbuf_printf(buf, " %s=%.*s", property, STR_FMT(value));
}

/* Of what he didn't judge it says only that it was forwarded. */
static struct str forwarded_spf_clause(struct arena *arena, const struct facts *facts)
{
	const struct spf_outcome *outcome = &facts->spf->mail_from;
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_printf(&buf, "spf=%s (forwarded by %.*s)", spf_status_name(outcome->status),
	              STR_FMT(facts->forwarder));
	add_property(&buf, "smtp.mailfrom", outcome->domain);
	return strbuf_str(&buf);
}

static struct str dkim_clause(struct arena *arena, const struct dkim_check *check)
{
	const struct dkim_signature *signature = &check->signature;
	struct str start = str_prefix(signature->signature_text, SIGNATURE_CHARS);
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_printf(&buf, "dkim=%s", dkim_result_name(check->result));
	if (check->found_by.len > 0)
		strbuf_printf(&buf, " (as %.*s found it)", STR_FMT(check->found_by));
	else if (check->reason[0] != '\0')
		strbuf_printf(&buf, " (%s)", check->reason);
	else if (check->unsigned_text)
		strbuf_add(&buf, STR(" (text at the end is not signed)"));
	add_property(&buf, "header.d", signature->domain);
	add_property(&buf, "header.s", signature->selector);
	add_property(&buf, "header.a", str_from(dkim_algorithm_name(signature->algorithm)));
	/* The "/" and "+" of base64 need quotes. */
	if (start.len > 0 && signature->broken == NULL)
		strbuf_printf(&buf, " header.b=\"%.*s\"", STR_FMT(start));
	return strbuf_str(&buf);
}

static void add_dkim(struct arena *arena, const struct dkim_facts *dkim, struct str_list *lines)
{
	if (dkim->message.count == 0)
		vec_push(arena, lines, STR("dkim=none"));
	for (size_t i = 0; i < dkim->message.count; i++)
		vec_push(arena, lines, dkim_clause(arena, &dkim->message.checks[i]));
}

static void add_arc(struct arena *arena, const struct arc *arc, struct str_list *lines)
{
	if (arc->result == ARC_NONE)
		return;
	vec_push(arena, lines,
	         arc->reason[0] == '\0'
	                 ? arena_printf(arena, "arc=%s", arc_result_name(arc->result))
	                 : arena_printf(arena, "arc=%s (%s)", arc_result_name(arc->result),
	                                arc->reason));
}

static void add_dmarc(struct arena *arena, const struct dmarc *dmarc, struct str_list *lines)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_printf(&buf, "dmarc=%s", dmarc_result_name(dmarc->result));
	if (dmarc->domain.len > 0)
		strbuf_printf(&buf, " policy.dmarc=%s", dmarc_policy_name(dmarc->policy));
	add_property(&buf, "header.from", dmarc->author);
	vec_push(arena, lines, strbuf_str(&buf));
}

void auth_results(struct arena *arena, const struct facts *facts, bool utf8, struct str_list *lines)
{
	size_t first = lines->len;

	if (facts->spf != NULL && facts->spf_is_forwarders)
		vec_push(arena, lines, forwarded_spf_clause(arena, facts));
	else if (facts->spf != NULL && !facts->spf_is_relays)
		vec_push(arena, lines, spf_auth_clause(arena, facts->spf, utf8));
	/* That there is no signature is worth a word beside something else. */
	if (facts->dkim != NULL && !facts->dkim_is_authservs &&
	    (facts->dkim->message.count > 0 || lines->len > first ||
	     (facts->dmarc != NULL && !facts->dmarc_is_authservs)))
		add_dkim(arena, facts->dkim, lines);
	if (facts->dkim != NULL && !facts->dkim_is_authservs)
		add_arc(arena, &facts->dkim->arc, lines);
	if (facts->dmarc != NULL && !facts->dmarc_is_authservs)
		add_dmarc(arena, facts->dmarc, lines);
	for (size_t i = first; i + 1 < lines->len; i++)
		lines->items[i] = arena_printf(arena, "%.*s;", STR_FMT(lines->items[i]));
}

enum dkim_result auth_dkim_result(const struct dkim_facts *dkim)
{
	enum dkim_result best = DKIM_NONE;

	for (size_t i = 0; i < dkim->message.count; i++) {
		enum dkim_result result = dkim->message.checks[i].result;

		/* They are in the order of how good they are, but for "none". */
		if (best == DKIM_NONE || result < best)
			best = result;
	}
	return best;
}

/* In short. */

static void add_name(struct strbuf *buf, const char *before, struct str name)
{
	if (is_plain_name(name))
		strbuf_printf(buf, "%s%.*s", before, STR_FMT(name));
}

/* Whose signatures have the best result. */
static void add_dkim_summary(struct strbuf *buf, const struct dkim_facts *dkim)
{
	enum dkim_result best = auth_dkim_result(dkim);
	const char *before = " ";

	strbuf_printf(buf, "%sdkim=%s", buf->len > 0 ? "; " : "", dkim_result_name(best));
	for (size_t i = 0; i < dkim->message.count && i < SIGNERS_SHOWN; i++) {
		if (dkim->message.checks[i].result != best)
			continue;
		add_name(buf, before, dkim->message.checks[i].signature.domain);
		before = ", ";
	}
}

struct str auth_summary(struct arena *arena, const struct facts *facts)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	if (facts->spf != NULL) {
		const struct spf_outcome *outcome = &facts->spf->mail_from;

		strbuf_printf(&buf, "spf=%s", spf_status_name(outcome->status));
		add_name(&buf, " ", outcome->domain);
	}
	if (facts->dkim != NULL)
		add_dkim_summary(&buf, facts->dkim);
	if (facts->dmarc != NULL) {
		strbuf_printf(&buf, "%sdmarc=%s", buf.len > 0 ? "; " : "",
		              dmarc_result_name(facts->dmarc->result));
		add_name(&buf, " ", facts->dmarc->author);
	}
	return strbuf_str(&buf);
}
