/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The language of the text, by `ok_languages`. It is not guessed. */
#include "rules/eval/eval.h"

/* This many bytes beyond ASCII in a row are a word of a language with its own script. */
#define HIGH_BYTES 8

/* "all", and languages whose text has such bytes. */
static const char *const high_languages[] = {
	"all", "am", "ar", "be", "bg", "cs", "el", "et", "fa", "fi", "he", "hi", "hy", "is",
	"ja",  "ka", "ko", "mr", "pt", "ru", "ta", "th", "tr", "uk", "vi", "yi", "zh",
};

static bool expects_high_bytes(const struct eval_context *context)
{
	const struct str_list *languages = ruleset_words(context->set, "ok_languages");

	for (size_t i = 0; i < languages->len; i++)
		for (size_t k = 0; k < sizeof(high_languages) / sizeof(high_languages[0]); k++)
			if (str_eq(languages->items[i], str_from(high_languages[k])))
				return true;
	return languages->len == 0;
}

static double check_body_8bits(const struct eval_context *context)
{
	const struct str_list *texts = eval_texts(context);

	if (expects_high_bytes(context))
		return 0;
	for (size_t i = 0; i < texts->len; i++) {
		size_t run = 0;

		for (size_t k = 0; k < texts->items[i].len; k++) {
			run = (unsigned char)texts->items[i].data[k] >= 0x80 ? run + 1 : 0;
			if (run == HIGH_BYTES)
				return 1;
		}
	}
	return 0;
}

const struct eval_function eval_language_functions[] = {
	{ .name = "check_body_8bits", .run = check_body_8bits },
	{ .name = "check_language", .missing = "the language of text is not guessed" },
	{ 0 },
};
