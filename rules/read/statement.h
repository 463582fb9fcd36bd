/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The statements of the rule language: one table row each. Used while a rule set is loaded; what is
 * wrong is reported as a problem at its line and column, and left out.
 */
#ifndef RULES_READ_STATEMENT_H
#define RULES_READ_STATEMENT_H

#include "base/problems.h"
#include "rules/model/ruleset_data.h"

struct statement;

struct statement_kind {
	const char *name;
	void (*run)(struct statement *statement);
	const char *argument; /* for run(): which list, or why it is not acted on */
};

struct statement {
	struct ruleset *set;
	struct problems *problems;
	const struct source_line *line;
	const struct statement_kind *kind;
	struct str keyword; /* in lower case, - read as _ */
	struct str value;   /* a slice of line->text */
};

/* Finds the statement's row and runs it. */
void statement_run(struct statement *statement);

/* A PROBLEM_MISTAKE at the place of `at`, which points into the line's text. */
void statement_warn(struct statement *statement, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The next word of the value; warns and gives false where there is none. */
bool statement_word(struct statement *statement, const char *what, struct str *word_r);

/* statement_rules.c: rules are defined */

/* Takes the rule's name off the value; NULL, with a warning, where it or the text after it is
 * missing or wrong. */
struct rule *statement_named_rule(struct statement *statement);
/* Makes it a rule of the type, defined by the value; replaces an earlier definition. */
void statement_define(struct statement *statement, struct rule *rule, enum rule_type type);

void statement_header(struct statement *statement);
void statement_body(struct statement *statement);
void statement_rawbody(struct statement *statement);
void statement_full(struct statement *statement);
void statement_uri(struct statement *statement);
void statement_meta(struct statement *statement);
void statement_mime_header(struct statement *statement);
void statement_uri_detail(struct statement *statement);
void statement_unsupported_rule(struct statement *statement);

/* statement_askdns.c */
void statement_askdns(struct statement *statement);

/* statement_asn.c */
void statement_asn_lookup(struct statement *statement);
void statement_clear_asn_lookups(struct statement *statement);
void statement_asn_prefix(struct statement *statement);
void statement_asn_switch(struct statement *statement);

/* statement_autolearn.c: what is learned by itself */
void statement_autolearn_switch(struct statement *statement);
void statement_autolearn_threshold(struct statement *statement);

/* statement_brand.c: names of firms and their domains */
void statement_brand(struct statement *statement);
void statement_brand_words(struct statement *statement);
void statement_unbrand(struct statement *statement);

/* statement_learned.c: what of the classifier is in use */
void statement_learned_switch(struct statement *statement);
void statement_learned_minimum(struct statement *statement);

/* statement_geo.c: databases of countries and networks */
void statement_geo_options(struct statement *statement);
void statement_geo_path(struct statement *statement);
void statement_geo_search_path(struct statement *statement);
/* Once all was read: looks in the usual places where a plugin wants databases. */
void statement_finish_geo(struct ruleset *set);

/* statement_uri_local.c: "uri_block_cc NAME …"; the argument is what is blocked */
void statement_uri_local(struct statement *statement);

/* statement_attributes.c: rules are described */
void statement_describe(struct statement *statement);
void statement_subject_prefix(struct statement *statement);
void statement_score(struct statement *statement);
void statement_tflags(struct statement *statement);
void statement_priority(struct statement *statement);
void statement_test(struct statement *statement);
void statement_replace(struct statement *statement);
void statement_replace_rules(struct statement *statement);

/* statement_uri.c: redirectors, ends of domains */
void statement_redirector(struct statement *statement);
void statement_domains(struct statement *statement);
void statement_clear_domains(struct statement *statement);

/* statement_uribl.c: lists that are asked for hosts of URIs */
void statement_uribl(struct statement *statement);
void statement_skip_domains(struct statement *statement);
void statement_unskip_domains(struct statement *statement);
void statement_uribl_max(struct statement *statement);
void statement_uribl_switch(struct statement *statement);

/* statement_hashbl.c: lists that are asked for hashes */
void statement_hashbl_ignore(struct statement *statement);
void statement_hashbl_acl(struct statement *statement);
void statement_hashbl_alias(struct statement *statement);
void statement_hashbl_address(struct statement *statement);
void statement_hashbl_welcomed(struct statement *statement);

/* statement_networks.c: relays that are believed */
void statement_networks(struct statement *statement);
void statement_clear_networks(struct statement *statement);
void statement_origin_headers(struct statement *statement);
void statement_clear_origin_headers(struct statement *statement);
void statement_sender_header(struct statement *statement);
void statement_received_spf(struct statement *statement);
/* Once all was read. */
void statement_finish_networks(struct ruleset *set, struct problems *problems);

/* statement_dns.c: how the DNS is asked */
void statement_dns_available(struct statement *statement);
void statement_dns_server(struct statement *statement);
void statement_clear_dns_servers(struct statement *statement);
void statement_dns_options(struct statement *statement);
void statement_dns_restriction(struct statement *statement);
void statement_clear_dns_restriction(struct statement *statement);
void statement_rbl_timeout(struct statement *statement);

/* statement_report.c: what is written into messages */
void statement_required_score(struct statement *statement);
void statement_rewrite_header(struct statement *statement);
void statement_add_header(struct statement *statement);
void statement_remove_header(struct statement *statement);
void statement_clear_headers(struct statement *statement);
void statement_report_safe(struct statement *statement);
void statement_scan_size(struct statement *statement);
void statement_preferred_part(struct statement *statement);
void statement_attached_text(struct statement *statement);
void statement_calendars(struct statement *statement);
void statement_returned_messages(struct statement *statement);
/* Once all was read. */
void statement_finish_reading(struct ruleset *set);
void statement_report_contact(struct statement *statement);
void statement_report_hostname(struct statement *statement);
void statement_report_width(struct statement *statement);

/* statement_shortcircuit.c */
void statement_shortcircuit(struct statement *statement);
void statement_shortcircuit_score(struct statement *statement);

/* statement_lists.c: lists are filled */
void statement_add_addresses(struct statement *statement);
void statement_remove_addresses(struct statement *statement);
void statement_add_subject(struct statement *statement);
void statement_add_address_relay(struct statement *statement);
void statement_enlist_addresses(struct statement *statement);
void statement_enlist_uri_hosts(struct statement *statement);
void statement_delist_uri_hosts(struct statement *statement);
void statement_adsp_override(struct statement *statement);
void statement_list_uri_hosts(struct statement *statement);
void statement_keep_words(struct statement *statement);
void statement_ok_languages(struct statement *statement);
void statement_loadplugin(struct statement *statement);
void statement_loadhandler(struct statement *statement);
void statement_enable_compat(struct statement *statement);

/* statement_plugins.c: settings of plugins that rule files load */
void statement_add_shorteners(struct statement *statement);
void statement_clear_shorteners(struct statement *statement);
void statement_add_owners(struct statement *statement);
void statement_remove_owners(struct statement *statement);
void statement_spoof_level(struct statement *statement);

/* statement_rbl.c: how DNS lists are asked */
void statement_keep_text(struct statement *statement);
void statement_keep_number(struct statement *statement);
void statement_dns_block_rule(struct statement *statement);

/* Known, kept, counted, and not acted on. */
void statement_ignore(struct statement *statement);
/* Counts one that has no effect for what it says, which others of its name may well have; the
 * reason stays with the rule set. */
void statement_count_idle(struct statement *statement, const char *reason);

#endif
