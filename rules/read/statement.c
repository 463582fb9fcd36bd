/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/read/statement.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/suggest.h"

#define REPORT          "messages are never wrapped in a report"
#define BAYES           "the classifier needs no such setting; see learning.md"
#define REPUTATION      "TxRep's statements hold, see txrep_factor"
#define OUR_STORE       "histories are in the store of assay.conf"
#define UNSHOWN         "only who is shown by DKIM or SPF has a history"
#define OUTGOING        "see correspondents in assay.conf"
#define LESSONS         "what is taught goes to the classifier"
#define NO_FETCHING     "links are not followed"
#define CHECKSUM        "there are no network checksums"
#define DAEMON          "set in assay.conf, or not needed"
#define SPF             "see spf in assay.conf"
#define USERS           "there are no per-user rule files"
#define PLUGIN          "the plugin is not here"
#define FETCH           "nothing is fetched"
#define NO_HANDLER      "there is no handler for parts of that kind"
#define ARC             "all there may be are checked, within the time that there is"
#define NO_SHORTCIRCUIT "the plugin Shortcircuit is not loaded"

/*
 * Every statement, in alphabetical order. A name that ends in * is the prefix of a family of names.
 * The old words whitelist and blacklist are read as welcomelist and blocklist.
 */
static const struct statement_kind statements[] = {
	{ "add_header", statement_add_header, NULL },
	{ "adsp_override", statement_adsp_override, NULL },
	{ "all_spam_to", statement_add_addresses, "all_spam_to" },
	{ "allow_user_rules", statement_ignore, USERS },
	{ "always_trust_envelope_sender", statement_ignore,
	  "the envelope of the SMTP session is used" },
	{ "askdns", statement_askdns, NULL },
	{ "arc_*", statement_ignore, ARC },
	{ "arc_trusted_sealers", statement_keep_words, "arc_trusted_sealers" },
	{ "archive_*", statement_ignore, NO_HANDLER },
	{ "asn_lookup", statement_asn_lookup, NULL },
	{ "asn_lookup_ipv6", statement_asn_lookup, "6" },
	{ "asn_prefer_geodb", statement_asn_switch, NULL },
	{ "asn_prefix", statement_asn_prefix, NULL },
	{ "asn_use_dns", statement_asn_switch, NULL },
	{ "asn_use_geodb", statement_asn_switch, NULL },
	{ "authres_ignored_authserv", statement_keep_words, "authres_ignored_authserv" },
	{ "authres_networks", statement_keep_words, "authres_networks" },
	{ "authres_trusted_authserv", statement_keep_words, "authres_trusted_authserv" },
	{ "auto_welcomelist_*", statement_ignore, REPUTATION },
	{ "bayes_*", statement_ignore, BAYES },
	{ "bayes_auto_expire", statement_ignore, "see lessons_keep in assay.conf" },
	{ "bayes_auto_learn", statement_autolearn_switch, NULL },
	{ "bayes_auto_learn_on_error", statement_autolearn_switch, NULL },
	{ "bayes_auto_learn_threshold_nonspam", statement_autolearn_threshold, NULL },
	{ "bayes_auto_learn_threshold_spam", statement_autolearn_threshold, NULL },
	{ "bayes_ignore_from", statement_add_addresses, "bayes_ignore_from" },
	{ "bayes_ignore_header", statement_keep_words, "bayes_ignore_header" },
	{ "bayes_ignore_to", statement_add_addresses, "bayes_ignore_to" },
	{ "bayes_min_ham_num", statement_learned_minimum, NULL },
	{ "bayes_min_spam_num", statement_learned_minimum, NULL },
	{ "blocklist_from", statement_add_addresses, "blocklist_from" },
	{ "blocklist_subject", statement_add_subject, "blocklist_subject" },
	{ "blocklist_to", statement_add_addresses, "blocklist_to" },
	{ "blocklist_uri_host", statement_list_uri_hosts, "BLOCK" },
	{ "body", statement_body, NULL },
	{ "body_part_scan_size", statement_scan_size, NULL },
	{ "body_total_scan_size", statement_scan_size, NULL },
	{ "brand", statement_brand, NULL },
	{ "brand_alone", statement_brand, "alone" },
	{ "brand_words", statement_brand_words, NULL },
	{ "clear_asn_lookups", statement_clear_asn_lookups, NULL },
	{ "clear_dns_query_restriction", statement_clear_dns_restriction, NULL },
	{ "clear_dns_servers", statement_clear_dns_servers, NULL },
	{ "clear_headers", statement_clear_headers, NULL },
	{ "clear_internal_networks", statement_clear_networks, "internal" },
	{ "clear_msa_networks", statement_clear_networks, "msa" },
	{ "clear_originating_ip_headers", statement_clear_origin_headers, NULL },
	{ "clear_report_template", statement_ignore, REPORT },
	{ "clear_trusted_networks", statement_clear_networks, "trusted" },
	{ "clear_unsafe_report_template", statement_ignore, REPORT },
	{ "clear_txrep_skip_domain", statement_ignore, REPUTATION },
	{ "clear_uridnsbl_skip_domain", statement_unskip_domains, NULL },
	{ "clear_url_redirector", statement_ignore, FETCH },
	{ "clear_url_redirector_*", statement_ignore, FETCH },
	{ "clear_url_shortener", statement_clear_shorteners, NULL },
	{ "clear_url_skip_redirect_to", statement_ignore, FETCH },
	{ "clear_util_rb", statement_clear_domains, NULL },
	{ "country_db_path", statement_geo_path, "country" },
	{ "country_db_type", statement_ignore, "databases are .mmdb files" },
	{ "dcc_*", statement_ignore, CHECKSUM },
	{ "dccifd_options", statement_ignore, CHECKSUM },
	{ "def_welcomelist_auth", statement_add_addresses, "def_welcomelist_auth" },
	{ "def_welcomelist_from_dkim", statement_add_address_relay, "def_welcomelist_from_dkim" },
	{ "def_welcomelist_from_rcvd", statement_add_address_relay, "def_welcomelist_from_rcvd" },
	{ "def_welcomelist_from_spf", statement_add_addresses, "def_welcomelist_from_spf" },
	{ "delist_uri_host", statement_delist_uri_hosts, NULL },
	{ "describe", statement_describe, NULL },
	{ "dkim_*", statement_ignore, "its value is fixed" },
	{ "dkim_minimum_key_bits", statement_keep_words, "dkim_minimum_key_bits" },
	{ "dmarc_save_reports", statement_ignore, "no reports are sent" },
	{ "dns_available", statement_dns_available, NULL },
	{ "dns_block_rule", statement_dns_block_rule, NULL },
	{ "dns_block_time", statement_keep_number, "dns_block_time" },
	{ "dns_local_ports_*", statement_ignore, "the resolver chooses its ports" },
	{ "dns_options", statement_dns_options, NULL },
	{ "dns_query_restriction", statement_dns_restriction, NULL },
	{ "dns_server", statement_dns_server, NULL },
	{ "dns_test_interval", statement_ignore, "the resolver is watched by its answers" },
	{ "do_not_use_mail_spf", statement_ignore, SPF },
	{ "do_not_use_mail_spf_query", statement_ignore, SPF },
	{ "empty_tags", statement_ignore, REPORT },
	{ "enable_compat", statement_enable_compat, NULL },
	{ "enlist_addrlist", statement_enlist_addresses, NULL },
	{ "enlist_uri_host", statement_enlist_uri_hosts, NULL },
	{ "envelope_sender_header", statement_sender_header, NULL },
	{ "extracttext_*", statement_ignore, PLUGIN },
	{ "fns_add_addrlist", statement_add_owners, NULL },
	{ "fns_check", statement_spoof_level, NULL },
	{ "fns_extrachars", statement_keep_words, "fns_extrachars" },
	{ "fns_ignore_dkim", statement_ignore, "signatures are not asked there" },
	{ "fns_ignore_headers", statement_keep_words, "fns_ignore_headers" },
	{ "fns_remove_addrlist", statement_remove_owners, NULL },
	{ "fold_headers", statement_ignore, "fields are always folded" },
	{ "freemail_add_describe_email", statement_ignore, "descriptions stay as they are" },
	{ "freemail_domains", statement_keep_words, "freemail_domains" },
	{ "freemail_import_def_welcomelist_auth", statement_keep_words,
	  "freemail_import_def_welcomelist_auth" },
	{ "freemail_import_welcomelist_auth", statement_keep_words,
	  "freemail_import_welcomelist_auth" },
	{ "freemail_max_body_emails", statement_keep_words, "freemail_max_body_emails" },
	{ "freemail_max_body_freemails", statement_keep_words, "freemail_max_body_freemails" },
	{ "freemail_skip_bulk_envfrom", statement_keep_words, "freemail_skip_bulk_envfrom" },
	{ "freemail_skip_when_over_max", statement_keep_words, "freemail_skip_when_over_max" },
	{ "freemail_welcomelist", statement_keep_words, "freemail_welcomelist" },
	{ "full", statement_full, NULL },
	{ "geodb_module", statement_ignore, "databases are .mmdb files" },
	{ "geodb_options", statement_geo_options, NULL },
	{ "geodb_search_path", statement_geo_search_path, NULL },
	{ "handler_*", statement_ignore, NO_HANDLER },
	{ "hashbl_acl_*", statement_hashbl_acl, NULL },
	{ "hashbl_email_domain_alias", statement_hashbl_alias, NULL },
	{ "hashbl_email_regex", statement_hashbl_address, NULL },
	{ "hashbl_email_welcomelist", statement_hashbl_welcomed, NULL },
	{ "hashbl_ignore", statement_hashbl_ignore, NULL },
	{ "header", statement_header, NULL },
	{ "icstext", statement_unsupported_rule, NO_HANDLER },
	{ "ignore_always_matching_regexps", statement_ignore, DAEMON },
	{ "ignore_received_spf_header", statement_received_spf, NULL },
	{ "image_*", statement_ignore, NO_HANDLER },
	{ "imagetext", statement_unsupported_rule, NO_HANDLER },
	{ "inactive_languages", statement_ignore, PLUGIN },
	{ "internal_networks", statement_networks, "internal" },
	{ "loadhandler", statement_loadhandler, NO_HANDLER },
	{ "loadplugin", statement_loadplugin, NULL },
	{ "lock_method", statement_ignore, "nothing is locked" },
	{ "max_redir_url_redirections", statement_ignore, FETCH },
	{ "max_redir_urls", statement_ignore, FETCH },
	{ "max_short_url_redirections", statement_ignore, NO_FETCHING },
	{ "max_short_urls", statement_ignore, NO_FETCHING },
	{ "mbox_format_from_regex", statement_ignore, "mbox files are read by assay score only" },
	{ "meta", statement_meta, NULL },
	{ "mimeheader", statement_mime_header, NULL },
	{ "more_spam_to", statement_add_addresses, "more_spam_to" },
	{ "msa_networks", statement_networks, "msa" },
	{ "multipart_alternative_preferred_part", statement_preferred_part, NULL },
	{ "neuralnetwork_*", statement_ignore, "there is no neural network" },
	{ "normalize_charset", statement_ignore, "text is always decoded" },
	{ "ok_languages", statement_ok_languages, "ok_languages" },
	{ "ok_locales", statement_keep_words, "ok_locales" },
	{ "olemacro_*", statement_ignore, PLUGIN },
	{ "originating_ip_headers", statement_origin_headers, NULL },
	{ "parse_dkim_uris", statement_uribl_switch, NULL },
	{ "pdf_*", statement_ignore, NO_HANDLER },
	{ "pdftext", statement_unsupported_rule, NO_HANDLER },
	{ "phishing_*", statement_ignore, PLUGIN },
	{ "priority", statement_priority, NULL },
	{ "pyzor_*", statement_ignore, CHECKSUM },
	{ "rawbody", statement_rawbody, NULL },
	{ "rawbody_part_scan_size", statement_scan_size, NULL },
	{ "rawbody_total_scan_size", statement_scan_size, NULL },
	{ "razor_*", statement_ignore, CHECKSUM },
	{ "rbl_headers", statement_keep_text, "rbl_headers" },
	{ "rbl_timeout", statement_rbl_timeout, NULL },
	{ "redirector_pattern", statement_redirector, NULL },
	{ "remove_header", statement_remove_header, NULL },
	{ "replace_end", statement_ignore, "tags are written <NAME>" },
	{ "replace_inter", statement_replace, NULL },
	{ "replace_post", statement_replace, NULL },
	{ "replace_pre", statement_replace, NULL },
	{ "replace_rules", statement_replace_rules, NULL },
	{ "replace_start", statement_ignore, "tags are written <NAME>" },
	{ "replace_tag", statement_replace, NULL },
	{ "report", statement_ignore, REPORT },
	{ "report_contact", statement_report_contact, NULL },
	{ "report_hostname", statement_report_hostname, NULL },
	{ "report_safe", statement_report_safe, REPORT },
	{ "report_wrap_width", statement_report_width, NULL },
	{ "report_*", statement_ignore, REPORT },
	{ "required_hits", statement_required_score, NULL },
	{ "required_score", statement_required_score, NULL },
	{ "resource_limit_*", statement_ignore, DAEMON },
	{ "reuse", statement_ignore, "it is for mass checks" },
	{ "rewrite_header", statement_rewrite_header, NULL },
	{ "run_reuse_tests_only", statement_ignore, "it is for mass checks" },
	{ "score", statement_score, NULL },
	{ "scan_returned_messages", statement_returned_messages, NULL },
	{ "scan_calendars", statement_calendars, NULL },
	{ "scan_text_attachments", statement_attached_text, NULL },
	{ "script", statement_unsupported_rule, NO_HANDLER },
	{ "shortcircuit", statement_shortcircuit, NO_SHORTCIRCUIT },
	{ "shortcircuit_ham_score", statement_shortcircuit_score, NO_SHORTCIRCUIT },
	{ "shortcircuit_max_spam_score", statement_shortcircuit_score, NO_SHORTCIRCUIT },
	{ "shortcircuit_min_ham_score", statement_shortcircuit_score, NO_SHORTCIRCUIT },
	{ "shortcircuit_spam_score", statement_shortcircuit_score, NO_SHORTCIRCUIT },
	{ "skip_rbl_checks", statement_keep_number, "skip_rbl_checks" },
	{ "skip_uribl_checks", statement_uribl_switch, NULL },
	{ "spamcop_*", statement_ignore, PLUGIN },
	{ "spf_timeout", statement_ignore, "spf_timeout is set in assay.conf" },
	{ "subjprefix", statement_subject_prefix, NULL },
	{ "svgtext", statement_unsupported_rule, NO_HANDLER },
	{ "test", statement_test, NULL },
	{ "textcat_*", statement_ignore, PLUGIN },
	{ "tflags", statement_tflags, NULL },
	{ "time_limit", statement_ignore, "scan_timeout is set in assay.conf" },
	{ "trigger_*", statement_ignore, PLUGIN },
	{ "trusted_networks", statement_networks, "trusted" },
	{ "tryhandler", statement_loadhandler, NO_HANDLER },
	{ "tryplugin", statement_loadplugin, NULL },
	{ "txrep_*", statement_ignore, OUR_STORE },
	{ "txrep_autolearn", statement_ignore, LESSONS },
	{ "txrep_dilution_factor", statement_keep_words, "txrep_dilution_factor" },
	{ "txrep_factor", statement_keep_words, "txrep_factor" },
	{ "txrep_ipv4_mask_len", statement_keep_words, "txrep_ipv4_mask_len" },
	{ "txrep_ipv6_mask_len", statement_keep_words, "txrep_ipv6_mask_len" },
	{ "txrep_learn_*", statement_ignore, LESSONS },
	{ "txrep_spf", statement_ignore, UNSHOWN },
	{ "txrep_weight_domain", statement_keep_words, "txrep_weight_domain" },
	{ "txrep_weight_email", statement_ignore, UNSHOWN },
	{ "txrep_weight_email_ip", statement_keep_words, "txrep_weight_email_ip" },
	{ "txrep_weight_helo", statement_ignore, UNSHOWN },
	{ "txrep_weight_ip", statement_ignore, UNSHOWN },
	{ "txrep_welcomelist_out", statement_ignore, OUTGOING },
	{ "unblocklist_from", statement_remove_addresses, "blocklist_from" },
	{ "unbrand", statement_unbrand, NULL },
	{ "unsafe_report", statement_ignore, REPORT },
	{ "unwelcomelist_auth", statement_remove_addresses, "welcomelist_auth" },
	{ "unwelcomelist_from", statement_remove_addresses, "welcomelist_from" },
	{ "unwelcomelist_from_dkim", statement_remove_addresses, "welcomelist_from_dkim" },
	{ "unwelcomelist_from_rcvd", statement_remove_addresses, "welcomelist_from_rcvd" },
	{ "unwelcomelist_from_spf", statement_remove_addresses, "welcomelist_from_spf" },
	{ "uri", statement_uri, NULL },
	{ "uri_block_cc", statement_uri_local, "cc" },
	{ "uri_block_cidr", statement_uri_local, "cidr" },
	{ "uri_block_cont", statement_uri_local, "cont" },
	{ "uri_block_exclude", statement_uri_local, "exclude" },
	{ "uri_block_isp", statement_uri_local, "isp" },
	{ "uri_country_db_isp_path", statement_geo_path, "isp" },
	{ "uri_country_db_path", statement_geo_path, "country" },
	{ "uri_detail", statement_uri_detail, NULL },
	{ "uridnsbl", statement_uribl, NULL },
	{ "uridnsbl_max_domains", statement_uribl_max, NULL },
	{ "uridnsbl_skip_domain", statement_skip_domains, NULL },
	{ "uridnsbl_skip_mailto", statement_uribl_switch, NULL },
	{ "uridnsbl_timeout", statement_ignore, "rbl_timeout is for all lists" },
	{ "uridnssub", statement_uribl, NULL },
	{ "urifullnsrhsbl", statement_uribl, NULL },
	{ "urifullnsrhssub", statement_uribl, NULL },
	{ "urinsrhsbl", statement_uribl, NULL },
	{ "urinsrhssub", statement_uribl, NULL },
	{ "urirhsbl", statement_uribl, NULL },
	{ "urirhssub", statement_uribl, NULL },
	{ "url_redirector", statement_ignore, FETCH },
	{ "url_redirector_*", statement_ignore, FETCH },
	{ "url_shortener", statement_add_shorteners, NULL },
	{ "url_shortener_get", statement_add_shorteners, NULL },
	{ "url_shortener_*", statement_ignore, NO_FETCHING },
	{ "url_skip_redirect_to", statement_ignore, FETCH },
	{ "use_auto_welcomelist", statement_ignore, REPUTATION },
	{ "use_bayes", statement_learned_switch, NULL },
	{ "use_bayes_rules", statement_learned_switch, NULL },
	{ "use_dcc", statement_ignore, CHECKSUM },
	{ "use_dcc_rep", statement_ignore, CHECKSUM },
	{ "use_learner", statement_learned_switch, NULL },
	{ "use_neuralnetwork", statement_ignore, "there is no neural network" },
	{ "use_newest_received_spf_header", statement_received_spf, NULL },
	{ "use_pyzor", statement_ignore, CHECKSUM },
	{ "use_razor2", statement_ignore, CHECKSUM },
	{ "use_txrep", statement_keep_words, "use_txrep" },
	{ "user_awl_*", statement_ignore, OUR_STORE },
	{ "user_scores_*", statement_ignore, USERS },
	{ "util_rb_2tld", statement_domains, "2" },
	{ "util_rb_3tld", statement_domains, "3" },
	{ "util_rb_4tld", statement_domains, "4" },
	{ "util_rb_tld", statement_domains, "1" },
	{ "version_tag", statement_ignore, REPORT },
	{ "welcomelist_allows_relays", statement_add_addresses, "welcomelist_allows_relays" },
	{ "welcomelist_auth", statement_add_addresses, "welcomelist_auth" },
	{ "welcomelist_bounce_relays", statement_keep_words, "welcomelist_bounce_relays" },
	{ "welcomelist_from", statement_add_addresses, "welcomelist_from" },
	{ "welcomelist_from_dkim", statement_add_address_relay, "welcomelist_from_dkim" },
	{ "welcomelist_from_rcvd", statement_add_address_relay, "welcomelist_from_rcvd" },
	{ "welcomelist_from_spf", statement_add_addresses, "welcomelist_from_spf" },
	{ "welcomelist_subject", statement_add_subject, "welcomelist_subject" },
	{ "welcomelist_to", statement_add_addresses, "welcomelist_to" },
	{ "welcomelist_uri_host", statement_list_uri_hosts, "WELCOME" },
};
#define STATEMENT_COUNT (sizeof(statements) / sizeof(statements[0]))

/* Words that the reader handles itself, for suggestions. */
static const char *const control_words[] = { "if",    "ifplugin", "ifhandler",       "else",
	                                     "endif", "include",  "require_version", "lang" };

void statement_warn(struct statement *statement, const char *at, const char *format, ...)
{
	struct source_position position = source_line_position(statement->line, at);
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	problems_add(statement->problems, PROBLEM_MISTAKE, &position, "%s", text);
}

bool statement_word(struct statement *statement, const char *what, struct str *word_r)
{
	if (str_next_word(&statement->value, word_r))
		return true;
	statement_warn(statement, statement->line->text.data + statement->line->text.len,
	               "%s is missing", what);
	return false;
}

/* Puts the new word where the old one is in the name. */
static struct str rename_word(struct arena *arena, struct str name, struct str from, struct str to)
{
	ptrdiff_t at = str_find(name, from);

	if (at < 0)
		return name;
	return arena_printf(arena, "%.*s%.*s%.*s", (int)at, name.data, STR_FMT(to),
	                    STR_FMT(str_from_offset(name, (size_t)at + from.len)));
}

static bool row_matches(const char *row, struct str name)
{
	struct str row_name = str_from(row);

	if (row_name.data[row_name.len - 1] == '*')
		return str_starts(name, str_prefix(row_name, row_name.len - 1));
	return str_eq(row_name, name);
}

static const struct statement_kind *find_kind(struct str name)
{
	const struct statement_kind *family = NULL;

	for (size_t i = 0; i < STATEMENT_COUNT && name.len > 0; i++) {
		/* The first letter alone, for it decides nearly always. */
		if (statements[i].name[0] != name.data[0] || !row_matches(statements[i].name, name))
			continue;
		if (str_eq(str_from(statements[i].name), name))
			return &statements[i];
		family = &statements[i];
	}
	return family;
}

static void warn_unknown(struct statement *statement)
{
	struct suggestion best = { 0 };

	for (size_t i = 0; i < STATEMENT_COUNT; i++)
		suggest_consider(&best, statement->keyword, statements[i].name);
	for (size_t i = 0; i < sizeof(control_words) / sizeof(control_words[0]); i++)
		suggest_consider(&best, statement->keyword, control_words[i]);
	statement_warn(statement, statement->line->text.data, "unknown statement '%.*s'%s%s%s",
	               STR_FMT(statement->keyword), best.word != NULL ? "; did you mean '" : "",
	               best.word != NULL ? best.word : "", best.word != NULL ? "'?" : "");
}

void statement_run(struct statement *statement)
{
	struct arena *arena = statement->set->arena;
	struct str name = statement->keyword;

	name = rename_word(arena, name, STR("whitelist"), STR("welcomelist"));
	name = rename_word(arena, name, STR("blacklist"), STR("blocklist"));
	statement->kind = find_kind(name);
	if (statement->kind != NULL)
		statement->kind->run(statement);
	else
		warn_unknown(statement);
}
