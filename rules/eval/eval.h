/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The functions that rules call as eval:name(arguments): one table row and one small function each,
 * in files by subject. They read the message and its facts and nothing else; they never fail and
 * never block.
 */
#ifndef RULES_EVAL_EVAL_H
#define RULES_EVAL_EVAL_H

#include "rules/match/match.h"
#include "rules/model/eval_function.h"

/* The row of a function, or NULL where nobody has one of that name. */
const struct eval_function *eval_find(struct str name);

/* Does what it says follow from SPF? */
bool eval_is_about_spf(const struct eval_function *function);
/* … from DKIM, ARC or DMARC? */
bool eval_is_about_signatures(const struct eval_function *function);

/* Is the plugin there that the function is of? Most are of none that has to be asked for. */
bool eval_has_plugin(const struct ruleset *set, struct str name);

/* Rows of the files eval_*.c; each ends with a row without a name. */
extern const struct eval_function eval_date_functions[];
extern const struct eval_function eval_arc_functions[];
extern const struct eval_function eval_attachment_functions[];
extern const struct eval_function eval_authres_functions[];
extern const struct eval_function eval_body_functions[];
extern const struct eval_function eval_dkim_functions[];
extern const struct eval_function eval_freemail_functions[];
extern const struct eval_function eval_header_functions[];
extern const struct eval_function eval_html_functions[];
extern const struct eval_function eval_image_functions[];
extern const struct eval_function eval_mime_functions[];
extern const struct eval_function eval_misc_functions[];
extern const struct eval_function eval_missing_functions[];
extern const struct eval_function eval_name_functions[];
extern const struct eval_function eval_received_functions[];
extern const struct eval_function eval_pdf_functions[];
extern const struct eval_function eval_relay_functions[];
extern const struct eval_function eval_short_url_functions[];
extern const struct eval_function eval_language_functions[];
extern const struct eval_function eval_limit_functions[];
extern const struct eval_function eval_list_functions[];
extern const struct eval_function eval_locale_functions[];
extern const struct eval_function eval_spf_functions[];

/* An argument as text (empty where it is missing) and as a number. */
struct str eval_arg(const struct str_list *args, size_t i);
double eval_arg_number(const struct str_list *args, size_t i, double otherwise);
/* A number that a statement of the rule files sets, or its default. */
double eval_setting(const struct match *match, const char *statement, double otherwise);
/* Is the value of a range's two arguments: "undef" or missing leave an end open. min <= v < max. */
bool eval_in_range(const struct str_list *args, size_t first, double value);

/* Adds to the rule set's requests what functions ask of most messages. */
void eval_add_requests(struct ruleset *set);
/* The first value of a request that gives several, such as "From:addr"; or empty. */
struct str eval_field_first(struct match *match, const char *request);
/* The text with each run of white space as one space. */
struct str eval_collapse_space(struct arena *arena, struct str text);

/* The text that the rule is about: body, or rawbody where it is such a rule. */
const struct str_list *eval_texts(const struct match *match);

/* What functions count once a message and share, in its arena. NULL: not made yet. */
enum eval_cache_slot {
	EVAL_CACHE_MIME,
	EVAL_CACHE_ALTERNATIVES,
	EVAL_CACHE_RECIPIENTS,
	EVAL_CACHE_FREEMAIL,
	EVAL_CACHE_IMAGES,
	EVAL_CACHE_FROM_NAME,
	EVAL_CACHE_PDF,
	EVAL_CACHE_DATES,
	EVAL_CACHE_AUTHRES,
	EVAL_CACHE_SENDERS,
	EVAL_CACHE_CAPITALS,
	EVAL_CACHE_AUTHORS,
	EVAL_CACHE_PIXELS,
	EVAL_CACHE_COUNT,
};
void *eval_cached(const struct match *match, enum eval_cache_slot slot);
void eval_cache(struct match *match, enum eval_cache_slot slot, void *value);

/* Adds the links in attached PDF files to the message's URIs, where rule files ask for it. */
void eval_pdf_add_uris(struct match *match);

/* Did one of the forwarders that `arc_trusted_sealers` names find that DMARC passes? */
bool eval_arc_dmarc_passed(const struct match *match);

/* Charsets whose text, taken for ASCII, looks like capitals. */
bool eval_charset_looks_like_capitals(struct str charset);
/* A charset of languages that `ok_locales` doesn't name. */
bool eval_charset_faraway(struct match *match, struct str charset);

#endif
