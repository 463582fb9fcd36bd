/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a rule set is made of, for the folder rules/ only. Written by one thread while it is loaded,
 * read by any number after that; all in its own arena.
 */
#ifndef RULES_MODEL_RULESET_DATA_H
#define RULES_MODEL_RULESET_DATA_H

#include "base/deadline.h"
#include "base/map.h"
#include "facts/facts.h"
#include "rules/model/asn_settings.h"
#include "rules/model/brand.h"
#include "rules/model/hashbl.h"
#include "rules/model/hits.h"
#include "rules/model/rule.h"
#include "rules/model/site.h"
#include "rules/regex/prefilter_cache.h"

struct lazy_meta_index;
struct askdns_rule;
struct uri_local_rule;
struct dns_list_set;
struct field_request;
struct factor_set;
struct prefilter;
struct scanner_pool;

struct rule_list {
	vec_members(struct rule *);
};

/* What says which of the rules for some texts are worth trying on one of them. */
struct ruleset_filter {
	vec_of(uint32_t) slots; /* of the rules; those that need no filter, too. By place, the
	                         * numbers that the two below tell */
	struct prefilter *prefilter;
	struct factor_set *factors;
	bool any; /* of the rules is filtered */
};

/* The header rules of one field request. */
struct ruleset_field_rules {
	struct ruleset_filter filter;
	struct rule_list unfiltered; /* tried wherever there is such a field */
};

/* Field requests of one name, by number. */
struct ruleset_field_numbers {
	vec_members(size_t);
};

/* A `test NAME ok|fail TEXT` line. */
struct ruleset_test_line {
	struct rule *rule;
	const struct source_line *line;
	struct str text;
	bool must_hit;
};

/* A place that names a rule: an attribute's, or, in_meta, the expression of a meta. */
struct ruleset_mention {
	struct str name;
	const struct source_line *line;
	bool in_meta;
};

/* A statement that is kept but not acted on. */
struct ruleset_ignored_statement {
	struct str name;
	const char *reason;
	struct source_position at; /* the first */
	size_t count;
	bool some; /* others of the name have an effect */
};

/* Where one of the networks was given, until all is known. */
struct ruleset_network_place {
	struct network_list *networks;
	size_t index;
	struct str text;
	struct source_position at;
};

/* `dns_block_rule`: where the rule hits, nothing is asked below the domain for a while. */
struct ruleset_dns_block {
	struct str rule;
	struct str domain; /* in lower case, without its last dot */
};

struct ruleset_shortcircuit_settings {
	bool used; /* by some rule, or by a limit */
	int32_t spam_score, ham_score;
	bool has_min_ham, has_max_spam;
	int32_t min_ham, max_spam; /* the scan ends where the sum is below or above */
};

struct ruleset {
	struct arena *arena;
	bool network_tests, trusted_authserv;
	bool geo_is_given; /* statements about databases have no effect */
	bool local_resolver;
	struct prefilter_cache cache; /* of its own prefilters */
	bool profile;
	bool all_rules; /* rules on which no visible result depends are tried as well */
	unsigned scanners;
	uint32_t match_limit;

	struct map *by_name;          /* struct rule */
	struct rule_list rules;       /* those defined, in file order */
	struct map *plugins;          /* names of the plugins that rule files may ask for */
	struct map *compat;           /* names given to enable_compat */
	struct map *adsp_overrides;   /* a letter of check_dkim_adsp(), by domain or "*.domain" */
	struct map *address_lists;    /* struct address_list, by statement or list name */
	struct map *uri_host_lists;   /* struct map of host to host_listing, by list name */
	struct map *words;            /* struct str_list: arguments of list-like statements */
	struct map *replace_tags;     /* struct str; see replace.h */
	struct map *freemail_domains; /* exact ones, in lower case */
	struct map *ignored_fields;   /* that the classifier doesn't see */
	struct str_list freemail_globs;
	vec_of(struct pattern *) redirectors;
	struct factor_set *redirector_factors; /* by number of the redirector */
	struct uri_domains domains;
	struct brand_table brands;
	struct site site;
	struct uribl_settings uribl;
	struct hashbl_settings hashbl;
	struct ruleset_shortcircuit_settings shortcircuit;
	vec_of(struct askdns_rule *) askdns_rules; /* as they were read */
	struct asn_settings asn;
	vec_of(struct uri_local_rule *) uri_local_rules; /* as they were read */
	vec_of(struct ruleset_network_place) network_places;
	struct dns_list_set *dns_lists; /* DNS lists that rules ask */
	vec_of(struct ruleset_dns_block) dns_blocks;
	vec_of(struct ruleset_test_line) tests;
	vec_of(struct ruleset_mention) mentions;
	vec_of(struct ruleset_ignored_statement) ignored;
	size_t files;
	size_t open_ended_files; /* without a line end at their end */
	uint64_t id;             /* a hash of the files' texts */
	time_t newest;           /* when one was last changed */
	size_t includes;         /* files included so far */
	size_t bytes_read;       /* of all files */

	/* Compiled: what is matched, in order. */
	struct rule_list by_type[RULE_TYPE_COUNT];
	struct ruleset_filter
		filters[RULE_TYPE_COUNT];      /* but of RULE_HEADER, which has one per field */
	vec_of(struct prefilter *) prefilters; /* of all filters */
	struct rule_list unfiltered[RULE_TYPE_COUNT]; /* those that every message is tried for */
	struct ruleset_field_rules *by_field;         /* by number of the field request */
	struct rule_list hit_without_field; /* header rules that hit where theirs is missing */
	struct map *fields_by_name; /* struct ruleset_field_numbers, of fields of a message */
	struct ruleset_field_numbers pseudo_fields;
	struct map *fields_by_text;     /* size_t: their numbers */
	struct rule_list capturing;     /* tried before all others, and not in by_type */
	struct rule_list after_answers; /* functions about what the DNS says of the sender; not in
	                                 * by_type */
	struct rule_list after_learned; /* functions about what was learned; not in by_type */
	bool *matters;                  /* by slot: whether a hit of the rule can change anything */
	bool *shown;                    /* by slot: whether hits of the rule are reported */
	void **ask_data;                /* by number of the kind; see ask.h */
	struct lazy_meta_index *meta_index;
	vec_of(struct field_request *) fields;
	size_t slots;
	struct pattern **eval_patterns;
	struct scanner_pool *pool;
};

/* The rule of a name, made where there is none yet. */
struct rule *ruleset_rule(struct ruleset *set, struct str name);
/* The words kept for a statement; never NULL. */
const struct str_list *ruleset_words(const struct ruleset *set, const char *statement);

#endif
