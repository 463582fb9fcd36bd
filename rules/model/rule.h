/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One rule, as it was read and compiled. Owned by the rule set's arena; written while the rule set
 * is loaded and never after that. Plain values, for the folder rules/ only.
 */
#ifndef RULES_MODEL_RULE_H
#define RULES_MODEL_RULE_H

#include "base/error.h"
#include "base/vec.h"
#include "rules/expr/expr.h"
#include "rules/model/eval_function.h"
#include "rules/model/source_line.h"
#include "rules/model/uribl.h"
#include "rules/regex/pattern.h"

enum rule_type {
	RULE_UNDEFINED, /* named by score, describe … only */
	RULE_HEADER,
	RULE_BODY,
	RULE_RAWBODY,
	RULE_FULL,
	RULE_URI,
	RULE_URI_DETAIL,
	RULE_MIME_HEADER,
	RULE_EVAL,
	RULE_ASK, /* made by a statement that asks the network: askdns */
	RULE_META,
	RULE_UNSUPPORTED, /* of a kind that we know of and can't run: DNS lists … */
	RULE_TYPE_COUNT,
};

/* Bits of rule.flags, from `tflags`. */
enum rule_flag {
	RULE_FLAG_NICE = 1 << 0,
	RULE_FLAG_NET = 1 << 1,
	RULE_FLAG_LEARN = 1 << 2,
	RULE_FLAG_MULTIPLE = 1 << 3,
	RULE_FLAG_NOSUBJECT = 1 << 4,
	RULE_FLAG_USERCONF = 1 << 5,
	RULE_FLAG_NOAUTOLEARN = 1 << 6,
	RULE_FLAG_CAPTURE = 1 << 7, /* a uri rule may have %{NAME} */
	/* of what lists are asked for: */
	RULE_FLAG_ADDRESS = 1 << 8,       /* addresses of the hosts: "a" */
	RULE_FLAG_NAME_SERVER = 1 << 9,   /* addresses of their name servers: "ns" */
	RULE_FLAG_IPS_ONLY = 1 << 10,     /* hosts that are addresses */
	RULE_FLAG_DOMAINS_ONLY = 1 << 11, /* hosts that are names */
	RULE_FLAG_NOTRIM = 1 << 12,       /* whole host names, not their domains */
	/* of learning by itself; see evidence.h: */
	RULE_FLAG_AUTOLEARN_FORCE = 1 << 13,  /* a hit is enough evidence of spam */
	RULE_FLAG_AUTOLEARN_HEADER = 1 << 14, /* counts as a rule about the header, or the body */
	RULE_FLAG_AUTOLEARN_BODY = 1 << 15,
};

/* Reasons for a rule to be off that were chosen by somebody; nothing is missing. */
#define RULE_OFF_BY_SCORE "its score is 0"
#define RULE_OFF_BY_NET   "network tests are off"

/* SpamAssassin's four score sets: bit 0 of the number is network tests, bit 1 Bayes. */
#define RULE_SCORE_SETS 4

/* What a hit of the rule does to rules that would be tried after it. */
enum rule_shortcircuit {
	SHORTCIRCUIT_OFF,
	SHORTCIRCUIT_ON,
	SHORTCIRCUIT_SPAM,
	SHORTCIRCUIT_HAM,
};

struct ask_function;

/* What a condition of a `uri_detail` rule looks at. */
enum rule_uri_aspect {
	URI_ASPECT_RAW,
	URI_ASPECT_TYPE,
	URI_ASPECT_CLEANED,
	URI_ASPECT_TEXT,
	URI_ASPECT_DOMAIN,
	URI_ASPECT_HOST,
	URI_ASPECT_COUNT,
};

struct rule_uri_condition {
	struct str pattern_text; /* data NULL: the aspect doesn't matter */
	bool negated;            /* some value doesn't match */
	bool none;               /* "!key": no value does, with `negated` all do */
	struct pattern *pattern;
};

/* What matching reads comes first, close together: rules are many, and each line of the cache that
 * is fetched for one costs more than what is done with it. */
struct rule {
	struct str name;
	enum rule_type type;
	unsigned flags;
	size_t slot;       /* where a scanner keeps its value */
	unsigned max_hits; /* with RULE_FLAG_MULTIPLE; 0: no limit */
	bool filtered;     /* tried only on texts that its filter finds */
	bool deferred;     /* tried only where a meta's value depends on it */
	bool exists;       /* RULE_HEADER */
	bool negated;
	bool captures;           /* its named groups are kept for patterns with %{NAME} */
	bool wants_captures;     /* its pattern has %{NAME} and is compiled for each message */
	bool eval_raw;           /* see RULE_EVAL below */
	size_t field;            /* RULE_HEADER: number of the field request */
	struct pattern *pattern; /* of pattern_text */
	const struct eval_function *eval;
	struct expr *expr;    /* RULE_META */
	struct str if_unset;  /* data NULL where none is given */
	struct str mime_name; /* RULE_MIME_HEADER: of a MIME header, with ":raw" after it */

	const struct source_line *line; /* of the definition; NULL for RULE_UNDEFINED */
	struct str definition;          /* the text after the name, a slice of line->text */
	const char *off; /* why it never runs: "score is 0", … ; NULL where it does */

	struct str description;
	struct str subject_prefix; /* what is put in front of the Subject if it hits; or empty */
	int32_t scores[RULE_SCORE_SETS];
	bool has_score;
	bool tiny[RULE_SCORE_SETS]; /* the score is 0 here, but not in the file */
	/* That counts, once loaded: without what was learned, and with it. A rule is off if both
	 * are 0. */
	int32_t score, learned_score;
	bool learned; /* it says, or depends on, what was learned */
	int priority;
	enum rule_shortcircuit shortcircuit;
	int64_t turn; /* when it would be tried; only where shortcircuit is used */

	size_t order;      /* among the definitions */
	bool replace_tags; /* named by replace_rules */

	/* patterns; for RULE_HEADER without `exists` too */
	struct str pattern_text;
	struct rule_uri_condition *conditions; /* RULE_URI_DETAIL: one for each aspect */
	/* RULE_EVAL; with `eval_raw` a `rawbody` rule: functions about the text are given the
	 * undecoded one */
	struct str eval_name;
	struct eval_args eval_args;
	/* RULE_EVAL of a function that asks; then `eval` is NULL. */
	const struct ask_function *ask_function;
	void *ask; /* of that, and of RULE_ASK: what its kind keeps of the rule; see ask.h */
	struct uribl_rule *uribl; /* the list of check_uridnsbl(); NULL: none is named */
};

/* Sub-rules only feed metas; reports never show them. */
static inline bool rule_is_sub(const struct rule *rule)
{
	return str_starts(rule->name, STR("__"));
}

/* Does it hit by ask_hit() alone? Of a rule that is on. */
bool rule_asks(const struct rule *rule);

/* Characters of a name. */
#define RULE_NAME_MAX 128
/* Hits of one rule with `tflags multiple` that are counted without a maxhits. */
#define RULE_MAX_COUNT 10000

/* A name is a letter or underscore, then those or digits. */
bool rule_name_valid(struct str name);
/* The most that the rule's value can be. */
double rule_most(const struct rule *rule);

#endif
