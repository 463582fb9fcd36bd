/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The settings as a plain value: a member for each key of assay.conf.
 */
#ifndef SCORING_SETTINGS_VALUES_H
#define SCORING_SETTINGS_VALUES_H

#include "base/log.h"
#include "base/problems.h"
#include "facts/networks.h"
#include "scoring/setting_key.h"

enum client_policy {
	CLIENT_POLICY_SCORE, /* scored; header and record, but no tag and no drop */
	CLIENT_POLICY_TAG,   /* like any other mail */
	CLIENT_POLICY_SKIP,  /* not scanned at all */
};

/* What a message may take in memory, as a multiple of its size: for the bounds of max_memory. */
#define SETTINGS_MEMORY_OF_MESSAGE 4

/* In the order of their names in the table. */
enum overload_policy {
	OVERLOAD_TEMPFAIL,
	OVERLOAD_ACCEPT, /* scored by what there is room for */
};

/* Whether forwarded mail gets a sender in our domain. */
enum srs_policy {
	SRS_POLICY_OFF,
	SRS_POLICY_ALWAYS,
	SRS_POLICY_WHEN_NEEDED, /* where the sender's SPF would not pass from our addresses */
};

/* In the order of their names in the table. */
enum srs_separator {
	SRS_SEPARATOR_EQUALS,
	SRS_SEPARATOR_PLUS,
	SRS_SEPARATOR_MINUS,
};

/* For whom it holds whom somebody here knows. In the order of their names in the table. */
enum people_scope {
	PEOPLE_SCOPE_OFF,
	PEOPLE_SCOPE_SITE,
	PEOPLE_SCOPE_DOMAIN, /* those of the same domain */
};

enum listener_role {
	ROLE_FRONT,   /* mail from outside */
	ROLE_FORWARD, /* the hop: every recipient is an external destination */
};

/* What a drop of a forward takes besides its score; in the order of their names in the table. */
enum discard_needs {
	DISCARD_NEEDS_ANY,
	DISCARD_NEEDS_TWO_KINDS, /* of evidence, see rules/evidence_kind.h; or twice the score */
};

/* Of which messages it is recorded what rules matched; in the order of their names in the table. */
enum record_matched {
	RECORD_MATCHED_NO,
	RECORD_MATCHED_SPAM, /* what scores more than its required_score */
	RECORD_MATCHED_ALL,
};

/* What becomes of infected mail; in the order of their names in the table. */
enum antivirus_action {
	ANTIVIRUS_DISCARD, /* what is forwarded is dropped, what is for mailboxes tagged */
	ANTIVIRUS_TAG,
	ANTIVIRUS_REJECT, /* at the front door; on the hop as ANTIVIRUS_DISCARD */
};

/* [recipient DOMAIN] or [recipient ADDRESS]. */
struct recipient_settings {
	/* Which of the values below its own section, or its domain's, gave. */
	bool has_required_score, has_rewrite_subject, has_subject_tag;
	struct str name; /* lower case; "example.com" or "joe@example.com" */
	bool enabled;    /* no: never tagged */
	int32_t required_score;
	const char *required_score_from; /* "FILE:LINE", or NULL for the default */
	bool rewrite_subject;
	struct str subject_tag;
	struct source_position at;
};

/* [destination DOMAIN]: a domain, "*.domain", or "*". */
struct destination_settings {
	struct str name;                /* lower case */
	bool keep;                      /* never dropped */
	bool has_forward_discard_score; /* its own section gave it */
	bool observe;                   /* not dropped, but recorded as if */
	int32_t forward_discard_score;
	const char *forward_discard_score_from; /* "FILE:LINE", or NULL for the default */
	enum discard_needs discard_needs;
	struct source_position at;
};

/* [daemon NAME] */
struct daemon_settings {
	struct str name;
	enum listener_role role;
	struct source_position at;
};

/* Where a key above the first section was given a value. */
struct setting_place {
	struct str key;
	struct str value;
	struct source_position at; /* of the value */
};

/* The directory of a site's own rules, unless the configuration names another. */
#define SETTINGS_LOCAL_RULES "rules.d"

struct settings {
	/* Restart only. */
	struct str_list listen;
	int64_t socket_mode; /* octal permissions of unix sockets */
	struct str socket_group;
	struct str user;
	enum log_destination log;
	struct str pid_file;
	struct str metrics; /* an address, or "none" */
	bool seccomp;
	struct str control;       /* where the running filter is asked; or "none" */
	struct str srs_socketmap; /* where SRS is served as a table; empty: nowhere */
	struct str store;
	int64_t records_keep;                 /* milliseconds that records are kept */
	int64_t records_max_size;             /* bytes that they may take */
	struct setting_keep discarded_copies; /* of what was dropped; age 0: none is kept */
	struct str discarded_copies_directory;
	struct str lessons;       /* empty: beside the records, see lessons_place() */
	int64_t lessons_keep;     /* milliseconds */
	int64_t lessons_max_size; /* bytes of a scope */
	int64_t lessons_memory;   /* bytes of all models */
	int64_t learn_weights;    /* of a model; a power of 2 */
	int64_t max_message_size; /* bytes */
	int64_t max_connections;
	int64_t max_connections_per_client; /* 0: as max_connections */
	int64_t max_memory;                 /* bytes; 0: by the machine */

	/* Reloadable. */
	struct str hostname;    /* empty: the MTA's {j}, else the system's name */
	struct str authserv_id; /* empty: as report_authserv_id() says */
	struct str service_name;
	struct str support_url;
	struct str heading_text; /* sentences of X-Spam-Technical-Details, with %-escapes */
	struct str scanned_text;
	struct str threshold_text;
	struct str support_text;
	int32_t required_score;
	const char *required_score_from; /* as of a recipient */
	bool report_header;
	bool rewrite_subject, forwarded_subject;
	struct str subject_tag;
	int32_t forward_discard_score;
	const char *forward_discard_score_from; /* as of a destination */
	enum discard_needs discard_needs;
	bool record_subjects;
	enum record_matched record_matched;
	struct str_list trusted_forwarders, trusted_authserv;
	struct str_list hosted_domains;
	struct str_list local_domains;
	struct str_list relayed_domains;
	struct str recipient_delimiter;
	struct str_list forward_map;
	enum srs_policy srs;
	struct str srs_domain;
	struct str srs_secret_file;
	struct str_list srs_exclude_domains;
	struct network_list *srs_outgoing_addresses; /* NULL: none are given */
	enum srs_separator srs_separator;
	int64_t srs_hash_length;
	int64_t srs_hash_min;
	int64_t srs_max_age;        /* milliseconds */
	const char *path;           /* of the configuration; NULL: there is none */
	struct str_list rules;      /* files and directories */
	struct str local_rules;     /* as it was written; see scoring/rule_paths.h */
	struct str rules_directory; /* where channels are kept; see scoring/rule_channel.h */
	struct str rules_keyring;
	bool canary;                     /* a reload is tried on a sample first */
	struct str_list canary_mail;     /* folders with ham and spam in them */
	int32_t canary_max_new_spam;     /* thousandths of a percent of the good messages */
	int64_t canary_max_new_discards; /* good messages */
	int32_t canary_max_cost;         /* thousandths of the cost of the rules in force */
	int64_t rules_watch;             /* milliseconds after a change of rules; 0: not watched */
	int32_t rules_watch_jump;        /* thousandths of a percent */
	struct str cache_directory;      /* empty: none */
	bool qr_codes;
	bool network_tests;
	struct str mistakes_directory;
	/* Of the page, which is a process of its own; see web/. */
	struct str web; /* an address, or "none" */
	bool web_remote;
	struct str web_socket_group, web_staff_header, web_account_header;
	struct str web_url, web_key_file, web_links_file;
	bool autolearn;
	int64_t autolearn_after;    /* messages of each class */
	struct str_list dns_server; /* restart only; empty: those of resolv.conf */
	int64_t dns_timeout;        /* restart only */
	int64_t dns_wait;
	struct str_list geoip_database;
	struct str_list dns_zone; /* restart only; see dns_settings.h */
	struct str lists_file;    /* restart only; empty: none */
	bool spf, dkim, dmarc;
	int64_t spf_timeout; /* restart only */
	bool reuse_received_spf;
	struct network_list *trusted_networks;
	struct network_list *internal_networks; /* NULL: as trusted_networks */
	enum client_policy authenticated_clients;
	enum client_policy trusted_clients;
	enum people_scope correspondents, sender_history;
	int64_t people_keep;       /* milliseconds; restart only */
	struct str antivirus;      /* how a scanner of viruses is reached; empty: none is asked */
	int64_t antivirus_timeout; /* milliseconds */
	enum antivirus_action antivirus_action;
	bool adapt_discard;
	int32_t adapt_discard_share;    /* thousandths of a percent */
	int32_t adapt_discard_floor;    /* thousandths */
	int64_t adapt_discard_interval; /* milliseconds */
	struct str health_file;
	struct str health_receivers;        /* a file: what replies mean */
	struct str_list antivirus_only_tag; /* signatures, with * and ? */
	int64_t scan_timeout;               /* milliseconds */
	enum overload_policy overload;
	int64_t max_waiting;    /* messages */
	int64_t commit_timeout; /* milliseconds */
	int64_t scanners;       /* 0: one a processor */
	int64_t match_limit;
	bool cached_only; /* no key: policy_load_soon() */
	bool profile;     /* no key: `assay score --profile` */
	bool all_rules;   /* no key: `assay score --all-rules` */
	struct str seal_key_file;
	int64_t seal_max_age; /* milliseconds */
	bool web_customers_release;
	bool web_customers_lists;
	bool spam_report_link;
	struct str release_via;        /* "smtp:HOST:PORT" */
	struct str release_transport;  /* the same, or "sendmail:/path"; empty: release_via */
	struct str release_srs_domain; /* of the senders of what is released; or empty */

	vec_of(struct setting_place) places;
	vec_of(struct recipient_settings) recipients;
	vec_of(struct destination_settings) destinations;
	vec_of(struct daemon_settings) daemons;
};

#endif
