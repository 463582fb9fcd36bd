/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attached PDF files: how many, who made them, how large their images are. */
#include "message/pdf.h"

#include <ctype.h>

#include "rules/eval/eval.h"
#include "rules/eval/eval_part.h"
#include "rules/eval/eval_pattern.h"
#include "rules/model/number.h"
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

static void add_file(const struct eval_context *context, const struct mime_part *part,
                     struct pdf_files *files)
{
	enum pdf_manner manner = eval_reads_4_0_3(context) ? PDF_ACROSS_LINES : PDF_LINEWISE;
	const struct pdf *pdf =
		files->files.len < MAX_READ
			? pdf_read(context->arena, eval_part_bytes(context, part), manner)
			: NULL;

	files->count++;
	if (pdf == NULL)
		return;
	vec_push(context->arena, &files->files, pdf);
	files->image_count += pdf->image_count;
	if (pdf->area > 0)
		files->area = pdf->area;
	if (part->name.len > 0)
		vec_push(context->arena, &files->names, part->name);
}

static void set_sum(const struct eval_context *context, const char *tag, const char *md5)
{
	char *sum = arena_cstr(context->arena, str_from(md5));

	for (char *at = sum; *at != '\0'; at++)
		*at = (char)toupper((unsigned char)*at);
	eval_set_tag(context, tag, str_from(sum));
}

static void set_file_tags(const struct eval_context *context, const struct pdf *pdf)
{
	static const struct {
		const char *tag;
		enum pdf_detail detail;
	} details[] = { { "PDFAUTHOR", PDF_AUTHOR },
		        { "PDFCREATOR", PDF_CREATOR },
		        { "PDFPRODUCER", PDF_PRODUCER },
		        { "PDFTITLE", PDF_TITLE } };

	eval_set_tag(context, "PDFVERSION", pdf->version);
	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		const struct str *value;

		vec_foreach (&pdf->details[details[i].detail], value)
			eval_set_tag(context, details[i].tag, *value);
	}
	/* The last size is the sum of all. */
	for (size_t i = 0; i < pdf->image_count && i < pdf->sizes.len; i++)
		eval_set_tag(context, "PDFIMGDIM",
		             arena_printf(context->arena, "%.*sx%.*s",
		                          STR_FMT(pdf->sizes.items[i].height),
		                          STR_FMT(pdf->sizes.items[i].width)));
	if (pdf->area > 0)
		eval_set_tag(context, "PDFIMGAREA",
		             arena_printf(context->arena, "%.15g", pdf->area));
	set_sum(context, "PDFMD5", pdf->md5);
	set_sum(context, "PDFMD5FUZZY1", pdf->lines_md5);
	set_sum(context, "PDFMD5FUZZY2", pdf->keys_md5);
}

/* For names that are asked for and written fields, by SpamAssassin's names. */
static void set_tags(const struct eval_context *context, const struct pdf_files *files)
{
	const struct str *name;

	eval_set_tag(context, "PDFCOUNT", arena_printf(context->arena, "%zu", files->count));
	eval_set_tag(context, "PDFIMGCOUNT",
	             arena_printf(context->arena, "%zu", files->image_count));
	vec_foreach (&files->names, name)
		eval_set_tag(context, "PDFNAME", *name);
	for (size_t i = 0; i < files->files.len; i++)
		set_file_tags(context, files->files.items[i]);
}

static const struct pdf_files *pdf_files(const struct eval_context *context)
{
	const struct mime_part_list *parts = &context->message->parts;
	struct pdf_files *files = eval_cached(context, EVAL_CACHE_PDF);

	if (files != NULL)
		return files;
	files = arena_new_object(context->arena, struct pdf_files);
	for (size_t i = 0; i < parts->len; i++)
		if (is_pdf(parts->items[i]))
			add_file(context, parts->items[i], files);
	eval_cache(context, EVAL_CACHE_PDF, files);
	set_tags(context, files);
	return files;
}

const struct facts *eval_pdf_add_uris(const struct eval_context *context)
{
	const struct pdf_files *files;
	const struct message *old = context->message;
	struct message *message;
	struct facts *facts;

	if (!plugin_is_loaded(context->set, STR(PLUGIN_PREFIX "PDFInfo")))
		return context->facts;
	files = pdf_files(context);
	message = arena_new_object(context->arena, struct message);
	*message = *old;
	message->uris = uri_list_copy(context->arena, &old->uris);
	for (size_t i = 0; i < files->files.len; i++)
		for (size_t k = 0; k < files->files.items[i]->uris.len; k++)
			uri_add(context->arena, files->files.items[i]->uris.items[k],
			        &message->uris);
	if (message->uris.len == old->uris.len)
		return context->facts;
	facts = arena_new_object(context->arena, struct facts);
	*facts = *context->facts;
	facts->message = message;
	return facts;
}

/* Arguments `min` and the next are the least and the greatest value. */
static bool between(const struct eval_context *context, size_t min, double value)
{
	return context->args->texts.len > min && value >= eval_number(context, min, 0) &&
	       (context->args->texts.len <= min + 1 || value <= eval_number(context, min + 1, 0));
}

static double pdf_count(const struct eval_context *context)
{
	return between(context, 0, (double)pdf_files(context)->count);
}

static double pdf_image_count(const struct eval_context *context)
{
	return between(context, 0, (double)pdf_files(context)->image_count);
}

static double pdf_pixel_coverage(const struct eval_context *context)
{
	double area = pdf_files(context)->area;

	return area > 0 && between(context, 0, area);
}

static double pdf_image_to_text_ratio(const struct eval_context *context)
{
	double area = pdf_files(context)->area, text = (double)eval_texts_length(context), ratio;

	if (context->args->texts.len < 2 || area == 0 || text == 0)
		return 0;
	ratio = text / area;
	return between(context, 0, ratio) && ratio != eval_number(context, 1, 0);
}

static bool size_is(const struct pdf_size *size, const struct eval_context *context)
{
	return str_eq(size->height, eval_text(context, 0)) &&
	       str_eq(size->width, eval_text(context, 1));
}

static double pdf_image_size_exact(const struct eval_context *context)
{
	const struct pdf_files *files = pdf_files(context);

	for (size_t i = 0; i < files->files.len; i++) {
		const struct pdf_size *size;

		vec_foreach (&files->files.items[i]->sizes, size)
			if (size_is(size, context))
				return 1;
	}
	return 0;
}

/* (least height, least width, greatest height, greatest width) */
static bool size_fits(const struct pdf_size *size, const struct eval_context *context)
{
	struct str sides[] = { size->height, size->width };

	for (size_t side = 0; side < 2; side++) {
		double value = number_read(sides[side], 0);

		if (value < eval_number(context, side, 0) ||
		    (context->args->texts.len > side + 2 &&
		     value > eval_number(context, side + 2, 0)))
			return false;
	}
	return true;
}

static double pdf_image_size_range(const struct eval_context *context)
{
	const struct pdf_files *files = pdf_files(context);

	for (size_t i = 0; context->args->texts.len >= 2 && i < files->files.len; i++) {
		const struct pdf_size *size;

		vec_foreach (&files->files.items[i]->sizes, size)
			if (size_fits(size, context))
				return 1;
	}
	return 0;
}

static double pdf_named(const struct eval_context *context)
{
	const struct pdf_files *files = pdf_files(context);

	for (size_t i = 0; i < files->names.len; i++)
		if (context->args->texts.len > 0 &&
		    str_eq(files->names.items[i], eval_text(context, 0)))
			return 1;
	return 0;
}

static bool any_matches(const struct eval_context *context, const struct str_list *texts)
{
	struct pattern_span span;

	for (size_t i = 0; context->args->pattern != NULL && i < texts->len; i++)
		if (eval_match(context, context->args->pattern, texts->items[i], &span))
			return true;
	return false;
}

static double pdf_name_regex(const struct eval_context *context)
{
	return any_matches(context, &pdf_files(context)->names);
}

static double pdf_match_details(const struct eval_context *context)
{
	const struct pdf_files *files = pdf_files(context);
	enum pdf_detail detail;

	if (!pdf_detail_named(eval_text(context, 0), &detail))
		return 0;
	for (size_t i = 0; i < files->files.len; i++)
		if (any_matches(context, &files->files.items[i]->details[detail]))
			return 1;
	return 0;
}

static bool sum_is(const char *sum, const struct eval_context *context)
{
	return sum[0] != '\0' && str_eq_ci(str_from(sum), eval_text(context, 0));
}

static double pdf_match_md5(const struct eval_context *context)
{
	const struct pdf_files *files = pdf_files(context);

	for (size_t i = 0; i < files->files.len; i++)
		if (sum_is(files->files.items[i]->md5, context))
			return 1;
	return 0;
}

static double pdf_match_fuzzy_md5(const struct eval_context *context)
{
	const struct pdf_files *files = pdf_files(context);

	for (size_t i = 0; i < files->files.len; i++)
		if (sum_is(files->files.items[i]->lines_md5, context) ||
		    sum_is(files->files.items[i]->keys_md5, context))
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

static bool any_file(const struct eval_context *context, bool (*holds)(const struct pdf *pdf))
{
	const struct pdf_files *files = pdf_files(context);

	for (size_t i = 0; i < files->files.len; i++)
		if (holds(files->files.items[i]))
			return true;
	return false;
}

static double pdf_is_encrypted(const struct eval_context *context)
{
	return any_file(context, is_encrypted);
}

static double pdf_has_form(const struct eval_context *context)
{
	return any_file(context, has_form);
}

static double pdf_has_script(const struct eval_context *context)
{
	return any_file(context, has_script);
}

static double pdf_has_auto_script(const struct eval_context *context)
{
	return any_file(context, has_auto_script);
}

static double pdf_uri_count(const struct eval_context *context)
{
	const struct pdf_files *files = pdf_files(context);
	size_t count = 0;

	for (size_t i = 0; i < files->files.len; i++)
		count += files->files.items[i]->uris.len;
	return between(context, 0, (double)count);
}

/* A file and at most this many bytes of text, the subject left out. */
static double pdf_is_empty_body(const struct eval_context *context)
{
	const struct str_list *texts = eval_texts(context);
	size_t bytes = 0;

	for (size_t i = 1; i < texts->len; i++)
		if (str_trim(texts->items[i]).len > 0)
			bytes += texts->items[i].len;
	return pdf_files(context)->count > 0 && (double)bytes <= eval_number(context, 0, 0);
}

const struct eval_function eval_pdf_functions[] = {
	{ .name = "pdf_count", .run = pdf_count, .args = "n|n" },
	{ .name = "pdf_image_count", .run = pdf_image_count, .args = "n|n" },
	{ .name = "pdf_pixel_coverage", .run = pdf_pixel_coverage, .args = "n|n" },
	{ .name = "pdf_image_to_text_ratio", .run = pdf_image_to_text_ratio, .args = "nn" },
	{ .name = "pdf_image_size_exact", .run = pdf_image_size_exact, .args = "nn" },
	{ .name = "pdf_image_size_range", .run = pdf_image_size_range, .args = "nn|nn" },
	{ .name = "pdf_named", .run = pdf_named, .args = "t" },
	{ .name = "pdf_name_regex", .run = pdf_name_regex, .args = "p" },
	{ .name = "pdf_match_details", .run = pdf_match_details, .args = "tp" },
	{ .name = "pdf_match_md5", .run = pdf_match_md5, .args = "t" },
	{ .name = "pdf_match_fuzzy_md5", .run = pdf_match_fuzzy_md5, .args = "t" },
	{ .name = "pdf_is_encrypted", .run = pdf_is_encrypted },
	{ .name = "pdf_is_empty_body", .run = pdf_is_empty_body, .args = "|n" },
	{ .name = "pdf_has_form", .run = pdf_has_form },
	{ .name = "pdf_has_script", .run = pdf_has_script },
	{ .name = "pdf_has_auto_script", .run = pdf_has_auto_script },
	{ .name = "pdf_uri_count", .run = pdf_uri_count, .args = "n|n" },
	{ 0 },
};
