/* SPDX-License-Identifier: GPL-3.0-or-later */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/memory_insist.h"
#include "rules/regex/jit_stack.h"
#include "rules/regex/lazy_dfa.h"
#include "rules/regex/literal.h"
#include "rules/regex/pattern.h"
#include "rules/regex/pattern_source.h"
#include "rules/regex/pattern_tables.h"
#include "rules/regex/prefilter.h"

/* KiB of heap that one match of the interpreter may take. */
#define HEAP_LIMIT_KIB 16384
/* How often the match limit is halved while one message is matched. */
#define MAX_HALVED 6

/*
 * Machine code takes PCRE2 as long as dozens of matches do by its interpreter, and memory. Most
 * patterns of a rule set are candidates once in a long time, so it is made of those that were tried
 * on JIT_AFTER bytes of text, where each try counts as JIT_TRY more. It is a copy that is published
 * once: others may be matching by the original. With the stock rules, machine code of all patterns
 * was half of the time of a start.
 */
#define JIT_AFTER 4096
#define JIT_TRY   256
/* Steps of the interpreter. Machine code counts others, so what takes many is left to it: whether a
 * limit holds must not depend on what was matched before. */
#define BRIEF_LIMIT 500

struct machine_code {
	_Atomic(pcre2_code *) code; /* NULL: not yet */
	atomic_uint bytes;          /* that were searched without it */
};
static pthread_mutex_t machine_lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * Machine code tries one way through a pattern after another: a list of hundreds of words takes
 * it 50 to 180 ns per byte. So patterns that are tried often get a DFA (lazy_dfa.h) on trial, and
 * keep it where it spares many comparisons per byte. With the stock rules that halved the time that
 * patterns take.
 */
#define DFA_AFTER 2048 /* bytes that are searched before, counted like JIT_AFTER's */
#define DFA_TRIAL 4096 /* bytes, and texts */
#define DFA_TRIES 12
#define DFA_WORTH 2 /* comparisons per byte that it spares */

enum dfa_stage {
	DFA_LATER,
	DFA_ON_TRIAL,
	DFA_DECIDED,
};

struct pattern_dfa {
	atomic_int stage;
	_Atomic(struct lazy_dfa *) dfa; /* NULL: not yet, or none */
	atomic_uint bytes;              /* that were searched before the trial */
	/* Of the trial, with machine_lock: */
	struct lazy_dfa *trial;
	uint64_t bytes_tried;
	uint64_t effort_spared; /* in texts that don't pass */
	unsigned tries;
};

struct pattern {
	pcre2_code *code;
	struct machine_code *machine; /* NULL: never made */
	struct pattern_dfa *dfa;      /* NULL: never made */
	struct str text;              /* in PCRE2's syntax */
	uint32_t options;
};

struct pattern_matcher {
	uint32_t match_limit;
	unsigned halved;
	pcre2_match_context *context;
	pcre2_match_context *brief; /* with BRIEF_LIMIT */
	pcre2_match_data *data;
	unsigned groups; /* that the last match filled in, its whole among them */
	pcre2_jit_stack *jit_stack;
};

static pthread_once_t dialect_once = PTHREAD_ONCE_INIT;
static pcre2_compile_context *dialect;

/* What Perl, and pattern_tree.c, take for letters and ends of lines, however PCRE2 was built. */
static void make_dialect(void)
{
	dialect = MEMORY_INSIST(pcre2_compile_context_create(NULL));
	pcre2_set_character_tables(dialect, pattern_tables());
	pcre2_set_newline(dialect, PCRE2_NEWLINE_LF);
	pcre2_set_bsr(dialect, PCRE2_BSR_UNICODE);
}

static void release_code(void *object)
{
	pcre2_code_free(object);
}

static void release_machine_code(void *object)
{
	struct machine_code *machine = object;

	pcre2_code_free(atomic_load(&machine->code));
}

static void release_dfa(void *object)
{
	struct pattern_dfa *own = object;

	lazy_dfa_free(atomic_load(&own->dfa));
	lazy_dfa_free(own->trial);
}

/* Perl's modifiers as PCRE2's options. Those that don't change how bytes match are ignored. */
static bool options_of(struct str modifiers, uint32_t *options_r, size_t *bad_r)
{
	uint32_t options = PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;

	for (size_t i = 0; i < modifiers.len; i++) {
		switch (modifiers.data[i]) {
		case 'i':
			options |= PCRE2_CASELESS;
			break;
		case 's':
			options |= PCRE2_DOTALL;
			break;
		case 'm':
			options |= PCRE2_MULTILINE;
			break;
		case 'x':
			options |= (options & PCRE2_EXTENDED) != 0 ? PCRE2_EXTENDED_MORE
			                                           : PCRE2_EXTENDED;
			break;
		case 'n':
			options |= PCRE2_NO_AUTO_CAPTURE;
			break;
		case 'a':
		case 'd':
		case 'l':
		case 'u':
		case 'p':
		case 'g':
		case 'o':
			break;
		default:
			*bad_r = i;
			return false;
		}
	}
	*options_r = options;
	return true;
}

struct pattern *pattern_compile_once(struct arena *arena, const struct pattern_source *split,
                                     size_t *offset_r, struct error *err_r)
{
	struct str text = pattern_for_pcre2(arena, split->body);
	struct pattern *pattern;
	uint32_t options;
	PCRE2_SIZE at = 0;
	pcre2_code *code;
	int code_error;

	if (!options_of(split->modifiers, &options, &at)) {
		*offset_r = split->body_offset + split->body.len + 1 + at;
		error_set(err_r, "unknown pattern modifier '%c'", split->modifiers.data[at]);
		return NULL;
	}
	pthread_once(&dialect_once, make_dialect);
	code = pcre2_compile((PCRE2_SPTR)text.data, text.len, options, &code_error, &at, dialect);
	if (code == NULL) {
		PCRE2_UCHAR message[128];

		pcre2_get_error_message(code_error, message, sizeof(message));
		*offset_r = split->body_offset + (at < split->body.len ? at : split->body.len);
		error_set(err_r, "%s in the pattern", (const char *)message);
		return NULL;
	}
	pattern = arena_new_object(arena, struct pattern);
	pattern->code = code;
	pattern->text = text;
	pattern->options = options;
	arena_at_free(arena, release_code, code);
	return pattern;
}

static struct pattern *compile(struct arena *arena, const struct pattern_source *split,
                               size_t *offset_r, struct error *err_r)
{
	struct pattern *pattern = pattern_compile_once(arena, split, offset_r, err_r);

	if (pattern != NULL) {
		pattern->machine = arena_new_object(arena, struct machine_code);
		arena_at_free(arena, release_machine_code, pattern->machine);
		pattern->dfa = arena_new_object(arena, struct pattern_dfa);
		arena_at_free(arena, release_dfa, pattern->dfa);
	}
	return pattern;
}

struct pattern *pattern_compile(struct arena *arena, struct str source, size_t *offset_r,
                                struct error *err_r)
{
	struct pattern_source split;

	if (!pattern_source_split(source, &split, offset_r, err_r))
		return NULL;
	return compile(arena, &split, offset_r, err_r);
}

struct pattern *pattern_compile_bare(struct arena *arena, struct str source, const char *modifiers,
                                     size_t *offset_r, struct error *err_r)
{
	struct pattern_source split = { .body = source, .modifiers = str_from(modifiers) };

	return compile(arena, &split, offset_r, err_r);
}

unsigned pattern_matcher_halvings(const struct pattern_matcher *matcher)
{
	return matcher->halved;
}

uint32_t pattern_matcher_limit(const struct pattern_matcher *matcher)
{
	return matcher->match_limit >> matcher->halved;
}

void pattern_matcher_halve_limit(struct pattern_matcher *matcher)
{
	if (matcher->halved == MAX_HALVED)
		return;
	matcher->halved++;
	pcre2_set_match_limit(matcher->context, pattern_matcher_limit(matcher));
}

void pattern_matcher_reset(struct pattern_matcher *matcher)
{
	matcher->halved = 0;
	pcre2_set_match_limit(matcher->context, matcher->match_limit);
}

struct pattern_matcher *pattern_matcher_new(uint32_t match_limit)
{
	struct pattern_matcher *matcher = memory_calloc(1, sizeof(*matcher));

	matcher->context = MEMORY_INSIST(pcre2_match_context_create(NULL));
	matcher->brief = MEMORY_INSIST(pcre2_match_context_create(NULL));
	pcre2_set_match_limit(matcher->brief, BRIEF_LIMIT);
	matcher->data = MEMORY_INSIST(pcre2_match_data_create(PATTERN_GROUPS, NULL));
	matcher->jit_stack = jit_stack_take();
	pcre2_jit_stack_assign(matcher->context, NULL, matcher->jit_stack);
	matcher->match_limit = match_limit != 0 ? match_limit : PATTERN_MATCH_LIMIT;
	pattern_matcher_reset(matcher);
	pcre2_set_heap_limit(matcher->context, HEAP_LIMIT_KIB);
	return matcher;
}

void pattern_matcher_free(struct pattern_matcher *matcher)
{
	if (matcher == NULL)
		return;
	jit_stack_leave(matcher->jit_stack);
	pcre2_match_data_free(matcher->data);
	pcre2_match_context_free(matcher->context);
	pcre2_match_context_free(matcher->brief);
	free(matcher);
}

struct pattern_node *pattern_tree_of(struct arena *arena, const struct pattern *pattern)
{
	const uint32_t options = pattern->options;

	return pattern_tree(arena, pattern->text,
	                    (struct pattern_flags){
				    .caseless = (options & PCRE2_CASELESS) != 0,
				    .dotall = (options & PCRE2_DOTALL) != 0,
				    .extended = (options & PCRE2_EXTENDED) != 0,
				    .extended_more = (options & PCRE2_EXTENDED_MORE) != 0,
			    });
}

bool pattern_always_matches(const struct pattern *pattern)
{
	struct arena *work;
	const struct pattern_node *tree;
	uint32_t matches_empty = 0;
	bool always;

	/* Nearly all don't, and need no tree. */
	pcre2_pattern_info(pattern->code, PCRE2_INFO_MATCHEMPTY, &matches_empty);
	if (!matches_empty)
		return false;
	work = arena_new();
	tree = pattern_tree_of(work, pattern);
	always = tree != NULL && pattern_tree_always_matches(tree);
	arena_free(work);
	return always;
}

bool pattern_is_anchored(const struct pattern *pattern)
{
	uint32_t options = 0;

	pcre2_pattern_info(pattern->code, PCRE2_INFO_ALLOPTIONS, &options);
	return (options & PCRE2_ANCHORED) != 0;
}

void pattern_needs(struct arena *arena, const struct pattern *pattern,
                   struct pattern_needs *needs_r)
{
	struct arena *work = arena_new();
	struct pattern_node *tree = pattern_tree_of(work, pattern);
	struct str_list required = { 0 };
	double rarity = 0;

	*needs_r = (struct pattern_needs){ 0 };
	if (tree != NULL)
		literal_required(arena, tree, &required);
	if (required.len > 0)
		rarity = factor_literals_rarity(&required);
	if (tree != NULL && (rarity < FACTOR_RARE || !prefilter_has_literals))
		factor_of(arena, tree, &needs_r->factors, &needs_r->literals);
	if (required.len > 0 &&
	    (needs_r->literals.len == 0 || rarity >= factor_literals_rarity(&needs_r->literals)))
		needs_r->literals = required;
	arena_free(work);
}

static pcre2_code *make_machine_code(const struct pattern *pattern)
{
	struct machine_code *machine = pattern->machine;
	pcre2_code *code;

	pthread_mutex_lock(&machine_lock);
	code = atomic_load(&machine->code);
	if (code == NULL) {
		code = MEMORY_INSIST(pcre2_code_copy(pattern->code));
		/* Without JIT (W^X, no memory) it gives the same matches, slower. */
		pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
		atomic_store(&machine->code, code);
	}
	pthread_mutex_unlock(&machine_lock);
	return code;
}

static struct lazy_dfa *make_dfa(const struct pattern *pattern)
{
	struct arena *work = arena_new();
	const struct pattern_node *tree = pattern_tree_of(work, pattern);
	struct lazy_dfa *dfa =
		tree != NULL ? lazy_dfa_new(tree, pattern_is_anchored(pattern)) : NULL;

	arena_free(work);
	return dfa;
}

/* Ends the trial: the DFA is kept or not. */
static void decide_on_dfa(struct pattern_dfa *own)
{
	if (own->trial != NULL && own->effort_spared >= DFA_WORTH * own->bytes_tried)
		atomic_store(&own->dfa, own->trial);
	else
		lazy_dfa_free(own->trial);
	own->trial = NULL;
	atomic_store(&own->stage, DFA_DECIDED);
}

/* Does the text pass a DFA that is on trial? Of long texts only the beginning is looked at. */
static bool try_dfa(const struct pattern *pattern, struct str text)
{
	struct pattern_dfa *own = pattern->dfa;
	struct str start = str_prefix(text, DFA_TRIAL);
	bool passes = true;

	pthread_mutex_lock(&machine_lock);
	if (atomic_load(&own->stage) == DFA_LATER) {
		own->trial = make_dfa(pattern);
		atomic_store(&own->stage, DFA_ON_TRIAL);
		if (own->trial == NULL)
			decide_on_dfa(own);
	}
	if (own->trial != NULL) {
		passes = lazy_dfa_may_match(own->trial, start);
		if (!passes)
			own->effort_spared += lazy_dfa_effort(own->trial, start);
		own->bytes_tried += start.len;
		if (++own->tries >= DFA_TRIES && own->bytes_tried >= DFA_TRIAL)
			decide_on_dfa(own);
	}
	pthread_mutex_unlock(&machine_lock);
	return passes || start.len < text.len;
}

static bool dfa_may_match(const struct pattern *pattern, struct str text)
{
	struct pattern_dfa *own = pattern->dfa;
	struct lazy_dfa *dfa = atomic_load_explicit(&own->dfa, memory_order_acquire);
	int stage = atomic_load_explicit(&own->stage, memory_order_relaxed);

	if (dfa != NULL)
		return lazy_dfa_may_match(dfa, text);
	if (stage == DFA_DECIDED ||
	    (stage == DFA_LATER &&
	     atomic_fetch_add_explicit(&own->bytes, (unsigned)text.len + JIT_TRY,
	                               memory_order_relaxed) < DFA_AFTER))
		return true;
	return try_dfa(pattern, text);
}

static bool is_decided(int rc)
{
	return rc >= 0 || rc == PCRE2_ERROR_NOMATCH;
}

/* Counts one more text. */
static bool is_rare(struct machine_code *machine, size_t len)
{
	return len < JIT_AFTER &&
	       atomic_fetch_add_explicit(&machine->bytes, (unsigned)len + JIT_TRY,
	                                 memory_order_relaxed) < JIT_AFTER;
}

/* Without what pcre2_match() does before it comes to machine code, a tenth of a microsecond. */
static int run_machine_code(const pcre2_code *code, struct pattern_matcher *matcher,
                            struct str text, size_t start, uint32_t options)
{
	int rc = PCRE2_ERROR_JIT_BADOPTION;

	if ((options & PCRE2_NO_JIT) == 0)
		rc = pcre2_jit_match(code, (PCRE2_SPTR)text.data, text.len, start, options,
		                     matcher->data, matcher->context);
	/* There is none: W^X, or no memory. */
	if (rc == PCRE2_ERROR_JIT_BADOPTION)
		rc = pcre2_match(code, (PCRE2_SPTR)text.data, text.len, start, options,
		                 matcher->data, matcher->context);
	return rc;
}

static int search(const struct pattern *pattern, struct pattern_matcher *matcher, struct str text,
                  size_t start, uint32_t options)
{
	struct machine_code *machine = pattern->machine;
	const pcre2_code *code;

	if (text.data == NULL)
		text.data = "";
	if (machine == NULL)
		return pcre2_match(pattern->code, (PCRE2_SPTR)text.data, text.len, start, options,
		                   matcher->data, matcher->context);
	if (!dfa_may_match(pattern, str_from_offset(text, start)))
		return PCRE2_ERROR_NOMATCH;
	code = atomic_load_explicit(&machine->code, memory_order_acquire);
	if (code == NULL && is_rare(machine, text.len)) {
		int rc = pcre2_match(pattern->code, (PCRE2_SPTR)text.data, text.len, start, options,
		                     matcher->data, matcher->brief);

		if (is_decided(rc))
			return rc;
	}
	if (code == NULL)
		code = make_machine_code(pattern);
	return run_machine_code(code, matcher, text, start, options);
}

static enum pattern_result match(const struct pattern *pattern, struct pattern_matcher *matcher,
                                 struct str text, size_t start, uint32_t options)
{
	int rc = search(pattern, matcher, text, start, options);

	if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
		rc = search(pattern, matcher, text, start, options | PCRE2_NO_JIT);
	if (rc >= 0) {
		matcher->groups = rc > 0 ? (unsigned)rc : PATTERN_GROUPS; /* 0: all */
		return PATTERN_MATCH;
	}
	return rc == PCRE2_ERROR_NOMATCH ? PATTERN_NO_MATCH : PATTERN_ABANDONED;
}

static void take_span(const struct pattern_matcher *matcher, struct pattern_span *span_r)
{
	const PCRE2_SIZE *ovector = pcre2_get_ovector_pointer(matcher->data);

	/* \K in a lookahead can put the start after the end. */
	span_r->start = ovector[0] < ovector[1] ? ovector[0] : ovector[1];
	span_r->end = ovector[1];
}

enum pattern_result pattern_match(const struct pattern *pattern, struct pattern_matcher *matcher,
                                  struct str text, size_t start, struct pattern_span *span_r)
{
	enum pattern_result result = match(pattern, matcher, text, start, 0);

	if (result == PATTERN_MATCH)
		take_span(matcher, span_r);
	return result;
}

enum pattern_result pattern_match_next(const struct pattern *pattern,
                                       struct pattern_matcher *matcher, struct str text,
                                       struct pattern_span *span)
{
	uint32_t options = span->start == span->end ? PCRE2_NOTEMPTY_ATSTART : 0;
	enum pattern_result result;

	if (span->end > text.len)
		return PATTERN_NO_MATCH;
	result = match(pattern, matcher, text, span->end, options);
	if (result == PATTERN_MATCH)
		take_span(matcher, span);
	return result;
}

/* PCRE2's table of names: two bytes of the group's number, the name, NUL. */
struct name_table {
	PCRE2_SPTR entries;
	uint32_t count;
	uint32_t entry_size;
};

static struct name_table names_of(const struct pattern *pattern)
{
	struct name_table table = { 0 };

	pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMECOUNT, &table.count);
	pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMETABLE, &table.entries);
	pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMEENTRYSIZE, &table.entry_size);
	return table;
}

static struct str name_at(const struct name_table *table, uint32_t i, unsigned *group_r)
{
	PCRE2_SPTR entry = table->entries + (size_t)i * table->entry_size;

	*group_r = (unsigned)entry[0] << 8 | entry[1];
	return str_from((const char *)entry + 2);
}

static bool is_capital(struct str name)
{
	return name.len > 0 && name.data[0] >= 'A' && name.data[0] <= 'Z';
}

size_t pattern_name_count(const struct pattern *pattern)
{
	return names_of(pattern).count;
}

bool pattern_has_names(const struct pattern *pattern)
{
	struct name_table table = names_of(pattern);
	unsigned group;

	for (uint32_t i = 0; i < table.count; i++)
		if (is_capital(name_at(&table, i, &group)))
			return true;
	return false;
}

void pattern_each_name(const struct pattern *pattern, const struct pattern_matcher *matcher,
                       struct str text,
                       void (*visit)(struct str name, struct str group, void *context),
                       void *context)
{
	struct name_table table = names_of(pattern);

	for (uint32_t i = 0; i < table.count; i++) {
		unsigned group;
		struct str name = name_at(&table, i, &group), value;

		if (is_capital(name) && pattern_group(matcher, text, group, &value))
			visit(name, value, context);
	}
}

bool pattern_group(const struct pattern_matcher *matcher, struct str text, unsigned group,
                   struct str *group_r)
{
	const PCRE2_SIZE *ovector = pcre2_get_ovector_pointer(matcher->data);

	if (group >= matcher->groups || ovector[2 * group] == PCRE2_UNSET)
		return false;
	*group_r = str_prefix(str_from_offset(text, ovector[2 * group]),
	                      ovector[2 * group + 1] - ovector[2 * group]);
	return true;
}
