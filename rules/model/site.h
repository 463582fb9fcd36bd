/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What rule files, mainly a local.cf, say about the filter rather than about rules: networks, the
 * threshold, and what is written into messages. Plain values, owned by the rule set and never
 * changed once it is loaded. assay.conf, where it says something of the same, has precedence; the
 * folder scoring/ sees to that.
 */
#ifndef RULES_MODEL_SITE_H
#define RULES_MODEL_SITE_H

#include "base/error.h"
#include "base/vec.h"
#include "facts/geo.h"
#include "facts/networks.h"
#include "message/reading.h"

struct map;

/* A field X-Spam-NAME that messages get. */
struct site_field {
	struct str name; /* without X-Spam- */
	struct str text; /* with tags such as _SCORE_; data NULL: what Assay writes by itself */
};

struct site_field_list {
	vec_members(struct site_field);
};

/* Fields of the message that rewrite_header changes. */
enum site_rewrite {
	SITE_REWRITE_SUBJECT,
	SITE_REWRITE_FROM,
	SITE_REWRITE_TO,
	SITE_REWRITE_COUNT,
};

/* Something that was given in a rule file; the last one holds. */
struct site_text {
	bool given;
	struct str text;
	struct source_position at;
};

/* How long answers from a zone are waited for; see dns_questions.h. */
struct site_wait {
	struct str zone; /* in lower case; empty: any */
	int64_t most_ms, least_ms;
};

/* What they say about asking the DNS. */
struct site_dns {
	struct str_list servers; /* ADDRESS@PORT */
	bool mixed_case;
	unsigned edns_bytes; /* 0: the default */
	bool off;            /* dns_available no */
	struct map *allowed; /* by domain in lower case: whether it may be asked; NULL: any may */
	vec_of(struct site_wait) waits;
};

/* When the filter learns a message by itself; see scoring/autolearn.h. Thousandths. */
struct site_autolearn {
	bool off;          /* bayes_auto_learn 0 */
	int32_t ham_below; /* below this score as ham, */
	int32_t spam_from; /* from this on as spam */
	bool on_error;     /* only what the classifier is not sure of */
};

/* What of the classifier is in use; see learn/learned.h. */
struct site_learned {
	bool off;                   /* use_bayes or use_learner 0: it isn't asked */
	bool rules_off;             /* use_bayes_rules 0: no rule says what it thinks */
	uint64_t min_ham, min_spam; /* no rule says so before as many were learned */
};

struct site {
	struct message_reading reading; /* of messages, that the rules expect */
	struct network_list trusted_networks;
	struct network_list internal_networks;
	struct network_list msa_networks;
	bool has_origin_headers; /* originating_ip_headers was there, or its clear_ */
	struct str_list origin_headers;
	bool has_reuse_received_spf; /* ignore_received_spf_header was there */
	bool reuse_received_spf;     /* that it said 0 */
	bool newest_received_spf;    /* use_newest_received_spf_header */
	struct str sender_header;    /* envelope_sender_header; or empty */
	struct geo *geo;             /* databases of countries and networks; NULL: none */

	/* How much of one part, and of all parts, is looked at: characters for body, bytes for
	 * rawbody rules; 0: the default. */
	size_t body_part_chars, body_total_chars;
	size_t rawbody_part_bytes, rawbody_total_bytes;

	struct site_dns dns;
	struct site_autolearn autolearn;
	struct site_learned learned;

	bool has_required_score;
	int32_t required_score; /* thousandths */
	struct source_position required_score_at;
	struct site_text rewrite[SITE_REWRITE_COUNT]; /* empty texts: no rewriting */
	struct site_field_list ham_fields;            /* topmost first */
	struct site_field_list spam_fields;
	bool has_subject_prefixes; /* some rule has a subjprefix */
	struct str report_contact;
	struct str report_hostname;
	unsigned report_width; /* of the lines of a rule's description */
};

/* Without any rule file. */
void site_init(struct site *site, struct arena *arena);

#endif
