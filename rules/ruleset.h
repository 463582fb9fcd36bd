/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A compiled set of rules in SpamAssassin's language. Loaded once, owned by a policy, never changed
 * after that; matched by any number of threads, of which at most `scanners` run at a time.
 */
#ifndef RULES_RULESET_H
#define RULES_RULESET_H

#include "base/deadline.h"
#include "base/problems.h"
#include "base/semaphore.h"
#include "facts/dns_questions.h"
#include "facts/facts.h"
#include "learn/learned.h"
#include "rules/model/hits.h"
#include "rules/model/site.h"

struct ruleset;

struct ruleset_options {
	struct str_list paths; /* files, or directories whose *.cf files are read in name order */
	bool network_tests;    /* false: rules with `tflags net` are off, score set 0 */
	bool trusted_authserv; /* … but for those about SPF, DKIM and DMARC: others tell of these */
	bool local_resolver;   /* the resolver is ours: can(Assay::local_resolver) holds in files */
	struct geo *geo;   /* instead of the databases that files name; NULL: those. It has to live
	                      as long as the rule set */
	unsigned scanners; /* how many messages are matched at once; at least 1 */
	uint32_t match_limit;       /* PCRE2's match limit a pattern and text; 0: the default */
	struct str cache_directory; /* where compiled prefilters are kept; empty: nowhere */
	bool cached_only;           /* don't compile those that aren't there; see below */
	bool profile;               /* for ruleset_list_costs() */
	bool all_rules; /* try every rule and list hits of sub-rules: slower, the same hits */
};

/*
 * Reads and compiles. What is wrong in a rule is a PROBLEM_MISTAKE at its file:line:column, that
 * rule is off and the rest on; a path that can't be read is a PROBLEM_ERROR. NULL where there is
 * an error. Blocks on the disk; thread-safe.
 */
struct ruleset *ruleset_load(const struct ruleset_options *options, struct problems *problems);
void ruleset_free(struct ruleset *ruleset);

/* The two ends of ruleset_load(): an empty rule set; and, once all text was read, one that can be
 * matched. */
struct ruleset *ruleset_new(const struct ruleset_options *options);
void ruleset_finish(struct ruleset *set, struct problems *problems);

/* Was it loaded with `cached_only`, and is something not compiled? Then it finds the same, slower.
 */
bool ruleset_is_provisional(const struct ruleset *ruleset);

/* How many scanners there are, match messages now, and are waited for. Thread-safe. */
void ruleset_count_scanners(const struct ruleset *ruleset, struct semaphore_counts *counts_r);

/* At MAIL FROM: asks what the envelope is enough for, so that the answers come sooner. `relays` is
 * of the connection alone. */
void ruleset_ask_early(const struct ruleset *ruleset, struct arena *arena,
                       const struct envelope *envelope, const struct relay_list *relays,
                       struct dns_questions *questions);

/*
 * One message being matched, in steps, since the network is asked and awaited between them:
 * ruleset_match_begin(), any number of waits, ruleset_match_tags(), any number of waits, and
 * ruleset_match_end(), which always has to come. One thread at a time; in the message's arena.
 */
struct matching;

/*
 * Asks, then tries the rules that need no answer; `facts` are not complete yet. Waits for a scanner
 * until the deadline. `questions` NULL: nothing is asked. What could not be done is in the hits.
 */
struct matching *ruleset_match_begin(const struct ruleset *ruleset, struct arena *arena,
                                     const struct facts *facts, struct dns_questions *questions,
                                     struct deadline deadline);
/* Is an answer missing that a rule waits for? */
bool ruleset_match_waits(struct matching *matching);
/* Lets go of the scanner, for somebody waits for something; no rule is tried until the end. */
void ruleset_match_park(struct matching *matching);
/* Takes answers as they come until none is missing, or the patience or the deadline ends. */
void ruleset_match_wait(struct matching *matching, struct dns_patience patience,
                        struct deadline deadline);
/* The same, but not longer than until something else has come; see dns_questions_run_until(). */
void ruleset_match_wait_until(struct matching *matching, struct dns_patience patience,
                              struct deadline deadline, dns_has_come *has_come,
                              const void *context);
/* The facts are complete: asks what had to wait for them. */
void ruleset_match_tags(struct matching *matching);
/* Asks what was learned, too, once the other rules have been tried: hits.learned. The models must
 * stay as they are until the end. NULL: nothing is asked. */
void ruleset_match_learned(struct matching *matching, const struct learned_models *models);
/* Tries the other rules. Never NULL: what could not be done is in `limits`. */
const struct hits *ruleset_match_end(struct matching *matching);

/* All of it without the network, for facts that are complete. */
const struct hits *ruleset_match(const struct ruleset *ruleset, struct arena *arena,
                                 const struct facts *facts, struct deadline deadline);

/* The `describe` text of a rule, or empty. */
struct str ruleset_description(const struct ruleset *ruleset, struct str name);

/* What the rule files say about the filter. */
const struct site *ruleset_site(const struct ruleset *ruleset);

/* What the Subject gets in front where this rule hit; or empty. */
struct str ruleset_subject_prefix(const struct ruleset *ruleset, struct str name);
/* "BODY: ", "RAW: ", "URI: ", "FULL: " or "": what the rule looks at, as reports show it. */
const char *ruleset_area(const struct ruleset *ruleset, struct str name);

/* Runs every `test NAME ok|fail text` line of the rule files; each that is wrong is a PROBLEM_ERROR
 * at its line. Returns how many were run. */
size_t ruleset_run_tests(const struct ruleset *ruleset, struct problems *problems);

/* Counts for check-config and the start line of the log. */
struct ruleset_summary {
	size_t files;
	size_t open_ended_files; /* that end in the middle of a line: perhaps cut off */
	uint64_t id;             /* of the files' texts, in their order: the same for the same */
	int64_t newest; /* when one of them was last changed, seconds since 1970; 0: no files */
	size_t rules;   /* that can hit, sub-rules included */
	size_t scored;  /* that reports show */
	size_t off;     /* that were left out for a problem or a missing feature */
	size_t header, body, rawbody, full, uri, eval, meta; /* of `rules` */
	size_t evals_named, evals_known; /* eval functions that rules name, and those we have */
	/* the same of rules that need neither the network nor a Bayes classifier */
	size_t local_evals_named, local_evals_known;
};
void ruleset_summarize(const struct ruleset *ruleset, struct ruleset_summary *summary_r);

/* Something of the rule files that has no effect, and why. */
struct ruleset_note {
	struct str name;    /* of the rule, the statement or the function */
	const char *reason; /* "its score is 0", "messages are never wrapped in a report", … */
	struct source_position at; /* of the (first) definition or statement; else file NULL */
	size_t count; /* how often the statement was there, or rules name the function; else 1 */
	bool chosen;  /* a rule that is off by its score or because there are no network tests */
	bool some;    /* of statements: others of that name have an effect */
};
struct ruleset_note_list {
	vec_members(struct ruleset_note);
};

/* The rules that never run, in file order, and the statements that are not acted on. The lists are
 * in the arena, what they point to belongs to the rule set. */
void ruleset_list_off(const struct ruleset *ruleset, struct arena *arena,
                      struct ruleset_note_list *notes_r);
void ruleset_list_ignored(const struct ruleset *ruleset, struct arena *arena,
                          struct ruleset_note_list *notes_r);
/* The eval functions that rules name and that are not implemented, by name. */
void ruleset_list_missing_evals(const struct ruleset *ruleset, struct arena *arena,
                                struct ruleset_note_list *notes_r);

/* The rules of one kind: "header", "header eval", "body", "meta", "askdns", … */
struct ruleset_kind {
	struct str name;
	size_t run; /* this many of them can hit */
	size_t off; /* and this many not */
};
struct ruleset_kind_list {
	vec_members(struct ruleset_kind);
};
/* Every kind that there is a rule of, by name; in the arena. */
void ruleset_list_kinds(const struct ruleset *ruleset, struct arena *arena,
                        struct ruleset_kind_list *kinds_r);

/* A rule that gives points. */
struct ruleset_score {
	struct str name;
	int32_t score; /* thousandths, in the score set in force */
	bool good;     /* it speaks for a message: `tflags nice`, or points below 0 */
	bool fixed;    /* the admin's lists, tests, what was learned: no odds set it */
};
struct ruleset_score_list {
	vec_members(struct ruleset_score);
};

/* The rules that can run and that reports show, in file order; in the arena. */
void ruleset_list_scores(const struct ruleset *ruleset, struct arena *arena,
                         struct ruleset_score_list *scores_r);

/* What a rule cost since the rule set was loaded. */
struct ruleset_cost {
	struct str name;
	const char *type; /* "body", "header" … */
	bool filtered;    /* tried only where literals occur that it requires */
	uint64_t tries;   /* messages on which it was tried */
	uint64_t hits;
	uint64_t ns;
};
struct ruleset_cost_list {
	vec_members(struct ruleset_cost);
};

/* The rules that were tried, dearest first; with ruleset_options.profile. */
void ruleset_list_costs(const struct ruleset *ruleset, struct arena *arena,
                        struct ruleset_cost_list *costs_r);

/* How a rule with a pattern is tried. */
struct ruleset_method {
	struct str name;
	const char *type;   /* "body", "header" … */
	const char *method; /* "literals", "factor"; "always": on every text of its kind */
	struct str needs;   /* the literals, or how many factors; empty */
	bool lazy;          /* only where the result of a meta depends on it */
};
struct ruleset_method_list {
	vec_members(struct ruleset_method);
};

/* Those of header, body, rawbody, full and uri rules, in file order; in the arena. */
void ruleset_list_methods(const struct ruleset *ruleset, struct arena *arena,
                          struct ruleset_method_list *methods_r);

#endif
