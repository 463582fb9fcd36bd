/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a message on which every eval function is called, with fitting arguments, as a
 * header, a body and a rawbody rule: those that look into pictures, PDF files and dates among them.
 */
#include <assert.h>

#include "base/strbuf.h"
#include "rules/eval/eval.h"
#include "rules/read/reader.h"
#include "tests/fuzz/rules_match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct eval_function *const tables[] = {
	eval_date_functions,     eval_arc_functions,      eval_attachment_functions,
	eval_authres_functions,  eval_body_functions,     eval_brand_functions,
	eval_dkim_functions,     eval_freemail_functions, eval_header_functions,
	eval_html_functions,     eval_image_functions,    eval_mime_functions,
	eval_misc_functions,     eval_missing_functions,  eval_name_functions,
	eval_people_functions,   eval_received_functions, eval_pdf_functions,
	eval_relay_functions,    eval_reply_functions,    eval_short_url_functions,
	eval_language_functions, eval_learned_functions,  eval_limit_functions,
	eval_list_functions,     eval_locale_functions,   eval_sender_link_functions,
	eval_spf_functions,
};

static const char settings[] =
	"loadplugin Mail::SpamAssassin::Plugin::PDFInfo\n"
	"loadplugin Mail::SpamAssassin::Plugin::FromNameSpoof\n"
	"loadplugin Mail::SpamAssassin::Plugin::DecodeShortURLs\n"
	"loadplugin Mail::SpamAssassin::Plugin::AuthRes\n"
	"loadplugin Mail::SpamAssassin::Plugin::AntiVirus\n"
	"loadplugin Mail::SpamAssassin::Plugin::TextCat\n"
	"trusted_networks 192.0.2.0/24\n"
	"welcomelist_from *@example.com\nwelcomelist_from_rcvd *@example.org example.org\n"
	"blocklist_to *@example.net\nenlist_uri_host (BLOCK) bad.example\n"
	"freemail_domains example.com gmail.com\nok_locales en\nok_languages en de\n"
	"url_shortener bit.ly\nbrand bank bank.example\n";

/* One value for each letter; the optional ones, too, where asked for. */
static void add_arguments(struct strbuf *rules, const char *kinds, bool optional)
{
	bool first = true;

	for (; kinds != NULL && *kinds != '\0'; kinds++) {
		const char *value = *kinds == EVAL_ARG_FIELD                                ? "From"
		                    : *kinds == EVAL_ARG_NUMBER || *kinds == EVAL_ARG_LIMIT ? "1"
		                    : *kinds == EVAL_ARG_PATTERN ? "/a./i"
		                    : *kinds == EVAL_ARG_TEXT    ? "a"
		                                                 : NULL;

		if (*kinds == EVAL_ARG_OPTIONAL && !optional)
			break;
		if (value == NULL)
			continue;
		strbuf_printf(rules, "%s'%s'", first ? "" : ", ", value);
		first = false;
	}
}

static void add_rules(struct strbuf *rules, const struct eval_function *function, unsigned number)
{
	static const char *const kinds[] = { "header", "body", "rawbody" };
	struct str name = str_from(function->name);
	ptrdiff_t star = str_find_char(name, '*');

	if (star >= 0)
		name = str_prefix(name, (size_t)star);
	for (int i = 0; i < 3; i++)
		for (int optional = 0; optional < 2; optional++) {
			strbuf_printf(rules, "%s E%u_%d%d eval:%.*s(", kinds[i], number, i,
			              optional, STR_FMT(name));
			add_arguments(rules, function->args, optional == 1);
			strbuf_add(rules, STR(")\n"));
		}
}

static struct ruleset *load(void)
{
	struct ruleset_options options = { .scanners = 1, .match_limit = 10000 };
	struct ruleset *set = ruleset_new(&options);
	static struct arena *arena;
	struct problems problems;
	struct strbuf rules;
	struct ruleset_summary summary;
	unsigned count = 0;

	arena = arena_new();
	strbuf_init(&rules, arena);
	strbuf_add(&rules, STR(settings));
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct eval_function *row = tables[i]; row->name != NULL; row++)
			add_rules(&rules, row, count++);
	problems_init(&problems, arena);
	reader_read_text(set, "fuzz.cf", NULL, strbuf_str(&rules), &problems);
	ruleset_finish(set, &problems);
	ruleset_summarize(set, &summary);
	/* Most can run as one kind of rule at least. */
	assert(summary.eval > count / 2);
	/* The text stays as long as the set does. */
	return set;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ruleset *set;
	struct arena *arena = arena_new();
	struct str mail = { (const char *)data, size };
	const struct hits *hits, *again;

	if (set == NULL)
		set = load();
	hits = rules_match(arena, set, mail);
	again = rules_match(arena, set, mail);
	assert(hits->len == again->len || hits->limits != 0 || again->limits != 0);
	arena_free(arena);
	return 0;
}
