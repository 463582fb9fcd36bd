/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attached PDF files: how many, who made them, how large their images are. */
#include "message/pdf.h"

#include "rules/eval/eval.h"
#include "rules/eval/eval_part.h"
#include "rules/model/plugin.h"

/* PDF files that are read; more are only counted. */
#define MAX_READ 50

struct pdf_files {
	size_t count;
	size_t image_count;
	double area; /* of the last file that has images; 0: none has */
	struct str_list names;
	vec_of(const struct pdf *) files;
};

/* By type or, where that says nothing, by name; some are sent as "application/octet-stream". */
static bool is_pdf(const struct mime_part *part)
{
	static const struct str types[] = { STR_INIT("application/pdf"), STR_INIT("image/pdf") };
	static const struct str others[] = { STR_INIT("application/octet-stream"),
		                             STR_INIT("image/octet-stream") };

	if (part->first_child != NULL)
		return false;
	for (size_t i = 0; i < 2; i++)
		if (str_eq(part->type, types[i]) ||
		    (str_eq(part->type, others[i]) && (str_ends_ci(part->name, STR(".pdf")) ||
		                                       str_ends_ci(part->name, STR(".fdf")))))
			return true;
	return false;
}

static void add_file(struct match *match, const struct mime_part *part, struct pdf_files *files)
{
	enum pdf_manner manner = plugin_has_handlers(match->set) ? PDF_ACROSS_LINES : PDF_LINEWISE;
	const struct pdf *pdf =
		files->files.len < MAX_READ
			? pdf_read(match->arena, eval_part_bytes(match, part), manner)
			: NULL;

	files->count++;
	if (pdf == NULL)
		return;
	vec_push(match->arena, &files->files, pdf);
	files->image_count += pdf->image_count;
	if (pdf->area > 0)
		files->area = pdf->area;
	if (part->name.len > 0)
		vec_push(match->arena, &files->names, part->name);
}

static const struct pdf_files *pdf_files(struct match *match)
{
	const struct mime_part_list *parts = &match->facts->message->parts;
	struct pdf_files *files = eval_cached(match, EVAL_CACHE_PDF);

	if (files != NULL)
		return files;
	files = arena_new_object(match->arena, struct pdf_files);
	for (size_t i = 0; i < parts->len; i++)
		if (is_pdf(parts->items[i]))
			add_file(match, parts->items[i], files);
	eval_cache(match, EVAL_CACHE_PDF, files);
	return files;
}

void eval_pdf_add_uris(struct match *match)
{
	const struct pdf_files *files;
	const struct message *old = match->facts->message;
	struct message *message;
	struct facts *facts;

	if (!plugin_is_loaded(match->set, STR(PLUGIN_PREFIX "PDFInfo")))
		return;
	files = pdf_files(match);
	message = arena_new_object(match->arena, struct message);
	*message = *old;
	message->uris = uri_list_copy(match->arena, &old->uris);
	for (size_t i = 0; i < files->files.len; i++)
		for (size_t k = 0; k < files->files.items[i]->uris.len; k++)
			uri_add(match->arena, files->files.items[i]->uris.items[k], &message->uris);
	if (message->uris.len == old->uris.len)
		return;
	facts = arena_new_object(match->arena, struct facts);
	*facts = *match->facts;
	facts->message = message;
	match->facts = facts;
}

/* Arguments `min` and the next are the least and the greatest value. */
static bool between(const struct str_list *args, size_t min, double value)
{
	return args->len > min && value >= eval_arg_number(args, min, 0) &&
	       (args->len <= min + 1 || value <= eval_arg_number(args, min + 1, 0));
}

static double pdf_count(struct match *match, const struct str_list *args)
{
	return between(args, 0, (double)pdf_files(match)->count);
}

static double pdf_image_count(struct match *match, const struct str_list *args)
{
	return between(args, 0, (double)pdf_files(match)->image_count);
}

static double pdf_pixel_coverage(struct match *match, const struct str_list *args)
{
	double area = pdf_files(match)->area;

	return area > 0 && between(args, 0, area);
}

static double pdf_image_to_text_ratio(struct match *match, const struct str_list *args)
{
	double area = pdf_files(match)->area, text = (double)eval_texts_length(match), ratio;

	if (args->len < 2 || area == 0 || text == 0)
		return 0;
	ratio = text / area;
	return between(args, 0, ratio) && ratio != eval_arg_number(args, 1, 0);
}

static bool size_is(const struct pdf_size *size, const struct str_list *args)
{
	return str_eq(size->height, eval_arg(args, 0)) && str_eq(size->width, eval_arg(args, 1));
}

static double pdf_image_size_exact(struct match *match, const struct str_list *args)
{
	const struct pdf_files *files = pdf_files(match);

	for (size_t i = 0; i < files->files.len; i++) {
		const struct pdf_size *size;

		vec_foreach (&files->files.items[i]->sizes, size)
			if (size_is(size, args))
				return 1;
	}
	return 0;
}

/* (least height, least width, greatest height, greatest width) */
static bool size_fits(const struct pdf_size *size, const struct str_list *args)
{
	struct str texts[] = { size->height, size->width };
	const struct str_list sides = { texts, 2, 2 };

	for (size_t side = 0; side < 2; side++) {
		double value = eval_arg_number(&sides, side, 0);

		if (value < eval_arg_number(args, side, 0) ||
		    (args->len > side + 2 && value > eval_arg_number(args, side + 2, 0)))
			return false;
	}
	return true;
}

static double pdf_image_size_range(struct match *match, const struct str_list *args)
{
	const struct pdf_files *files = pdf_files(match);

	for (size_t i = 0; args->len >= 2 && i < files->files.len; i++) {
		const struct pdf_size *size;

		vec_foreach (&files->files.items[i]->sizes, size)
			if (size_fits(size, args))
				return 1;
	}
	return 0;
}

static double pdf_named(struct match *match, const struct str_list *args)
{
	const struct pdf_files *files = pdf_files(match);

	for (size_t i = 0; i < files->names.len; i++)
		if (args->len > 0 && str_eq(files->names.items[i], eval_arg(args, 0)))
			return 1;
	return 0;
}

static bool any_matches(struct match *match, const struct str_list *texts)
{
	struct pattern_span span;

	for (size_t i = 0; match->rule->eval_pattern != NULL && i < texts->len; i++)
		if (match_pattern(match, match->rule->eval_pattern, texts->items[i], &span))
			return true;
	return false;
}

static double pdf_name_regex(struct match *match, const struct str_list *args)
{
	(void)args;
	return any_matches(match, &pdf_files(match)->names);
}

static double pdf_match_details(struct match *match, const struct str_list *args)
{
	const struct pdf_files *files = pdf_files(match);
	enum pdf_detail detail;

	if (!pdf_detail_named(eval_arg(args, 0), &detail))
		return 0;
	for (size_t i = 0; i < files->files.len; i++)
		if (any_matches(match, &files->files.items[i]->details[detail]))
			return 1;
	return 0;
}

static bool sum_is(const char *sum, const struct str_list *args)
{
	return sum[0] != '\0' && str_eq_ci(str_from(sum), eval_arg(args, 0));
}

static double pdf_match_md5(struct match *match, const struct str_list *args)
{
	const struct pdf_files *files = pdf_files(match);

	for (size_t i = 0; i < files->files.len; i++)
		if (sum_is(files->files.items[i]->md5, args))
			return 1;
	return 0;
}

static double pdf_match_fuzzy_md5(struct match *match, const struct str_list *args)
{
	const struct pdf_files *files = pdf_files(match);

	for (size_t i = 0; i < files->files.len; i++)
		if (sum_is(files->files.items[i]->lines_md5, args) ||
		    sum_is(files->files.items[i]->keys_md5, args))
			return 1;
	return 0;
}

static bool is_encrypted(const struct pdf *pdf)
{
	return pdf->encrypted;
}

static bool has_form(const struct pdf *pdf)
{
	return pdf->has_form;
}

static bool has_script(const struct pdf *pdf)
{
	return pdf->has_script;
}

static bool has_auto_script(const struct pdf *pdf)
{
	return pdf->has_script && pdf->has_action;
}

static bool any_file(struct match *match, bool (*holds)(const struct pdf *pdf))
{
	const struct pdf_files *files = pdf_files(match);

	for (size_t i = 0; i < files->files.len; i++)
		if (holds(files->files.items[i]))
			return true;
	return false;
}

static double pdf_is_encrypted(struct match *match, const struct str_list *args)
{
	(void)args;
	return any_file(match, is_encrypted);
}

static double pdf_has_form(struct match *match, const struct str_list *args)
{
	(void)args;
	return any_file(match, has_form);
}

static double pdf_has_script(struct match *match, const struct str_list *args)
{
	(void)args;
	return any_file(match, has_script);
}

static double pdf_has_auto_script(struct match *match, const struct str_list *args)
{
	(void)args;
	return any_file(match, has_auto_script);
}

static double pdf_uri_count(struct match *match, const struct str_list *args)
{
	const struct pdf_files *files = pdf_files(match);
	size_t count = 0;

	for (size_t i = 0; i < files->files.len; i++)
		count += files->files.items[i]->uris.len;
	return between(args, 0, (double)count);
}

/* A file and at most so many bytes of text, the subject left out. */
static double pdf_is_empty_body(struct match *match, const struct str_list *args)
{
	const struct str_list *texts = eval_texts(match);
	size_t bytes = 0;

	for (size_t i = 1; i < texts->len; i++)
		if (str_trim(texts->items[i]).len > 0)
			bytes += texts->items[i].len;
	return pdf_files(match)->count > 0 && (double)bytes <= eval_arg_number(args, 0, 0);
}

const struct eval_function eval_pdf_functions[] = {
	{ "pdf_count", pdf_count, NULL, 0 },
	{ "pdf_image_count", pdf_image_count, NULL, 0 },
	{ "pdf_pixel_coverage", pdf_pixel_coverage, NULL, 0 },
	{ "pdf_image_to_text_ratio", pdf_image_to_text_ratio, NULL, 0 },
	{ "pdf_image_size_exact", pdf_image_size_exact, NULL, 0 },
	{ "pdf_image_size_range", pdf_image_size_range, NULL, 0 },
	{ "pdf_named", pdf_named, NULL, 0 },
	{ "pdf_name_regex", pdf_name_regex, NULL, 1 },
	{ "pdf_match_details", pdf_match_details, NULL, 2 },
	{ "pdf_match_md5", pdf_match_md5, NULL, 0 },
	{ "pdf_match_fuzzy_md5", pdf_match_fuzzy_md5, NULL, 0 },
	{ "pdf_is_encrypted", pdf_is_encrypted, NULL, 0 },
	{ "pdf_is_empty_body", pdf_is_empty_body, NULL, 0 },
	{ "pdf_has_form", pdf_has_form, NULL, 0 },
	{ "pdf_has_script", pdf_has_script, NULL, 0 },
	{ "pdf_has_auto_script", pdf_has_auto_script, NULL, 0 },
	{ "pdf_uri_count", pdf_uri_count, NULL, 0 },
	{ 0 },
};
