/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pcre:PATH, in the syntax of pcre_table(5). Its flags toggle: case counts only *with* the flag i.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "forward/pattern_table.h"

/* An address is short; a pattern that needs more steps than this was not meant so. */
#define MATCH_LIMIT 1000000

static void free_code(void *code)
{
	pcre2_code_free(code);
}

static void *compile(struct arena *arena, struct str pattern, unsigned options, unsigned *groups_r,
                     struct error *err_r)
{
	PCRE2_UCHAR text[200];
	PCRE2_SIZE offset;
	pcre2_code *code;
	uint32_t groups;
	int error;

	code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.len, options, &error, &offset, NULL);
	if (code == NULL) {
		pcre2_get_error_message(error, text, sizeof(text));
		error_set(err_r, "/%.*s/ is no pattern: %s at offset %zu; correct it",
		          STR_FMT(pattern), (const char *)text, (size_t)offset);
		return NULL;
	}
	arena_at_free(arena, free_code, code);
	pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
	*groups_r = groups;
	return code;
}

static void copy_groups(struct str subject, pcre2_match_data *data, struct pattern_groups *groups_r)
{
	const PCRE2_SIZE *ovector = pcre2_get_ovector_pointer(data);
	uint32_t count = pcre2_get_ovector_count(data);

	for (uint32_t i = 1; i < count && i <= PATTERN_GROUPS_MAX; i++) {
		bool set = ovector[2 * i] != PCRE2_UNSET;

		groups_r->items[i] = set ? (struct str){ subject.data + ovector[2 * i],
			                                 ovector[2 * i + 1] - ovector[2 * i] }
		                         : STR("");
	}
}

static enum pattern_result match(const void *code, struct str subject,
                                 struct pattern_groups *groups_r)
{
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	enum pattern_result result = PATTERN_FAILED;
	int count = PCRE2_ERROR_NOMEMORY;

	if (data != NULL && context != NULL) {
		pcre2_set_match_limit(context, MATCH_LIMIT);
		count = pcre2_match(code, (PCRE2_SPTR)subject.data, subject.len, 0, 0, data,
		                    context);
	}
	if (count > 0) {
		copy_groups(subject, data, groups_r);
		result = PATTERN_YES;
	} else if (count == PCRE2_ERROR_NOMATCH) {
		result = PATTERN_NO;
	}
	pcre2_match_context_free(context);
	pcre2_match_data_free(data);
	return result;
}

static const struct pattern_engine engine = {
	.options = PCRE2_CASELESS | PCRE2_DOTALL,
	.flags = { { 'i', PCRE2_CASELESS },
	           { 'm', PCRE2_MULTILINE },
	           { 's', PCRE2_DOTALL },
	           { 'x', PCRE2_EXTENDED },
	           { 'A', PCRE2_ANCHORED },
	           { 'E', PCRE2_DOLLAR_ENDONLY },
	           { 'U', PCRE2_UNGREEDY },
	           { 'X', 0 } }, /* means nothing to PCRE2 */
	.compile = compile,
	.match = match,
};

static void *pcre_open(const struct map_load *load, struct str spec)
{
	return pattern_table_open(load, &engine, spec);
}

const struct forward_map_type forward_map_pcre = {
	.name = "pcre",
	.keys = MAP_KEYS_PATTERN,
	.open = pcre_open,
	.lookup = pattern_table_lookup,
};
