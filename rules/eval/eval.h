/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The functions that rules call as eval:name(arguments): one table row and one small function each,
 * in files by subject. They read the message and its facts and nothing else; they never fail and
 * never block.
 */
#ifndef RULES_EVAL_EVAL_H
#define RULES_EVAL_EVAL_H

#include "rules/model/eval_context.h"

/* The row of a function, or NULL if there is none of that name. */
const struct eval_function *eval_find(struct str name);

/* Does what it says follow from SPF? */
bool eval_is_about_spf(const struct eval_function *function);
/* … from DKIM, ARC or DMARC? */
bool eval_is_about_signatures(const struct eval_function *function);

/* … from what was learned? */
bool eval_is_about_learned(const struct eval_function *function);

/* Does it need what the DNS says about the sender? Then it is run once that is known. */
bool eval_waits(const struct eval_function *function);

/* Is the function's plugin loaded? Most functions need none. */
bool eval_has_plugin(const struct ruleset *set, struct str name);

/* Rows of the files eval_*.c; each ends with a row without a name. */
extern const struct eval_function eval_date_functions[];
extern const struct eval_function eval_arc_functions[];
extern const struct eval_function eval_attachment_functions[];
extern const struct eval_function eval_authres_functions[];
extern const struct eval_function eval_body_functions[];
extern const struct eval_function eval_brand_functions[];
extern const struct eval_function eval_dkim_functions[];
extern const struct eval_function eval_freemail_functions[];
extern const struct eval_function eval_header_functions[];
extern const struct eval_function eval_html_functions[];
extern const struct eval_function eval_image_functions[];
extern const struct eval_function eval_mime_functions[];
extern const struct eval_function eval_misc_functions[];
extern const struct eval_function eval_missing_functions[];
extern const struct eval_function eval_name_functions[];
extern const struct eval_function eval_people_functions[];
extern const struct eval_function eval_received_functions[];
extern const struct eval_function eval_pdf_functions[];
extern const struct eval_function eval_relay_functions[];
extern const struct eval_function eval_reply_functions[];
extern const struct eval_function eval_short_url_functions[];
extern const struct eval_function eval_language_functions[];
extern const struct eval_function eval_learned_functions[];
extern const struct eval_function eval_limit_functions[];
extern const struct eval_function eval_list_functions[];
extern const struct eval_function eval_locale_functions[];
extern const struct eval_function eval_sender_link_functions[];
extern const struct eval_function eval_spf_functions[];

/* The argument of this number, from 0: as text (empty where it is missing); as a number,
 * `otherwise` where it is missing or none. */
struct str eval_text(const struct eval_context *context, size_t i);
double eval_number(const struct eval_context *context, size_t i, double otherwise);
/* A number that a statement of the rule files sets, or its default. */
double eval_setting(const struct eval_context *context, const char *statement, double otherwise);
/* Is the value of a range's two arguments: "undef" or missing leave an end open. min <= v < max. */
bool eval_in_range(const struct eval_context *context, size_t first, double value);

/* The values of a plain field by its name, decoded or as in the message, joined; empty where there
 * is none. Made once per message. */
struct str eval_field(const struct eval_context *context, const char *request);
/* The first value of a request that gives several, such as "From:addr"; or empty. */
struct str eval_field_first(const struct eval_context *context, const char *request);
/* The text with each run of white space as one space. */
struct str eval_collapse_space(struct arena *arena, struct str text);

/* Are the rules written for SpamAssassin 4.0.3? */
static inline bool eval_reads_4_0_3(const struct eval_context *context)
{
	return context->message->reading == READING_4_0_3;
}

/* What reports show beside the rule, as a reader would say it: why it hits. */
void eval_show(const struct eval_context *context, struct str why);

/* Gives a tag (rules/match/message_tag.h) one more value; an empty one is none. */
void eval_set_tag(const struct eval_context *context, const char *name, struct str value);

/* The text that the rule is about: body, or rawbody where it is such a rule. */
const struct str_list *eval_texts(const struct eval_context *context);

/* What functions share, see eval_context.h; NULL: not made yet. */
void *eval_cached(const struct eval_context *context, enum eval_cache_slot slot);
void eval_cache(const struct eval_context *context, enum eval_cache_slot slot, void *value);

/* The facts with the links in attached PDF files among the message's URIs, where rule files ask for
 * it. */
const struct facts *eval_pdf_add_uris(const struct eval_context *context);

/* Did one of the forwarders that `arc_trusted_sealers` names find that DMARC passes? */
bool eval_arc_dmarc_passed(const struct eval_context *context);

/* Charsets whose text, taken for ASCII, looks like capitals. */
bool eval_charset_looks_like_capitals(struct str charset);
/* A charset of languages that `ok_locales` doesn't name. */
bool eval_charset_faraway(const struct eval_context *context, struct str charset);

#endif
