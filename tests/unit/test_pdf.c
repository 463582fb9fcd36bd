/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "tests/unit/unit.h"

#include "base/strbuf.h"
#include "message/pdf.h"

static const char file[] = "%PDF-1.4\n"
			   "<</Producer(GPL Ghostscript 8.15)/Author ( Jo\\(e\\))/Creator\n"
			   "/Title<FEFF00480069>/Title(second)\n"
			   "/CreationDate(D:20070703144220)/ModDate   (D:2008)\n"
			   "/Encrypt 5 0 R\n"
			   "/Type/XObject/Subtype/Image/Width 200/Height 100 \n"
			   "<</S /URI /URI (http://www.example.com/a)>>\n"
			   "<</A (https://bare.example.org/abcdefgh)>>\n"
			   "stream\n"
			   "/Subtype /Image\n"
			   "630 0 0 149 0 0 cm\n"
			   "/Image\n"
			   "/Width 5/Height 5\n"
			   "endstream\n";

static void assert_size(const struct pdf_size *size, const char *height, const char *width)
{
	assert_str(size->height, height);
	assert_str(size->width, width);
}

static void test_file(void **state)
{
	struct arena *arena = arena_new();
	const struct pdf *pdf = pdf_read(arena, str_from(file), PDF_LINEWISE);

	(void)state;
	assert_non_null(pdf);
	assert_int_equal(pdf->details[PDF_AUTHOR].len, 1);
	assert_str(pdf->details[PDF_AUTHOR].items[0], " Jo(e)");
	assert_str(pdf->details[PDF_PRODUCER].items[0], "GPL Ghostscript 8.15");
	assert_int_equal(pdf->details[PDF_CREATOR].len, 0);
	assert_int_equal(pdf->details[PDF_TITLE].len, 1);
	assert_str(pdf->details[PDF_TITLE].items[0], "Hi");
	assert_str(pdf->details[PDF_CREATED].items[0], "20070703144220");
	assert_int_equal(pdf->details[PDF_MODIFIED].len, 0);
	assert_true(pdf->encrypted);
	assert_int_equal(pdf->image_count, 2);
	assert_true(pdf->area == 200 * 100 + 630 * 149);
	assert_int_equal(pdf->sizes.len, 3);
	assert_size(&pdf->sizes.items[0], "100", "200");
	assert_size(&pdf->sizes.items[1], "149", "630");
	assert_size(&pdf->sizes.items[2], "249", "830");
	assert_int_equal(pdf->uris.len, 2);
	assert_str(pdf->uris.items[0], "http://www.example.com/a");
	assert_str(pdf->uris.items[1], "https://bare.example.org/abcdefgh");
	arena_free(arena);
}

/* How many images and links a file has in either manner: "1 2, 3 4". */
static void assert_manners(const char *lines, const char *expected)
{
	struct arena *arena = arena_new();
	struct str text = arena_printf(arena, "%%PDF-1.4\n%s\n", lines);
	const struct pdf *one = pdf_read(arena, text, PDF_LINEWISE);
	const struct pdf *two = pdf_read(arena, text, PDF_ACROSS_LINES);

	assert_str(arena_printf(arena, "%zu %zu, %zu %zu", one->image_count, one->uris.len,
	                        two->image_count, two->uris.len),
	           expected);
	arena_free(arena);
}

static void test_manners(void **state)
{
	(void)state;
	assert_manners("/Subtype /Image\n/Width 640\nx\n/Height 480", "0 0, 1 0");
	assert_manners("/Subtype /Image\n/Height 480\n/Width 640\n/Height 480", "0 0, 1 0");
	assert_manners("/Subtype /Image\n/Height 480\n/Width 0", "0 0, 0 0");
	assert_manners("/Width 640\n/Subtype /Image\n/Height 480", "0 0, 0 0");
	assert_manners("/Subtype /Image\n/Height 480\n/Image /Width 640/Height 480", "1 0, 1 0");
	assert_manners("/Image\n630 0 0 149 0 0 cm", "1 0, 1 0");
	assert_manners("/URI <687474703a2f2f612e746573742f>", "0 0, 0 1");
	assert_manners("/URI (http://a\\056test/)", "0 0, 0 1");
	assert_manners("/URI (none)", "0 0, 0 0");
	assert_manners("/URI (http://a.test/)", "0 1, 0 1");
}

static void test_sums(void **state)
{
	struct arena *arena = arena_new();
	/* What differs from copy to copy is left out, and all after the first stream. */
	const struct pdf *a =
		pdf_read(arena, STR("%PDF-1.4\n%a\n/Foo 1 \n/Width 5\nstream\nx\n"), PDF_LINEWISE);
	const struct pdf *b =
		pdf_read(arena, STR("%PDF-1.5\n/Foo 1\n/Width 6\nstream\ny\n/Bar\n"), PDF_LINEWISE);
	char sum[MD5_HEX_LEN + 1];

	(void)state;
	md5_hex(STR("/Foo 1stream"), sum);
	assert_string_equal(a->lines_md5, sum);
	assert_string_equal(b->lines_md5, sum);
	assert_string_not_equal(a->md5, b->md5);
	md5_hex(STR("FooWidth"), sum);
	assert_string_equal(a->keys_md5, sum);
	md5_hex(STR("FooWidthBar"), sum);
	assert_string_equal(b->keys_md5, sum);
	assert_string_equal(pdf_read(arena, STR("%PDF-1.4"), PDF_LINEWISE)->lines_md5, "");
	arena_free(arena);
}

static const struct pdf *read_line(struct arena *arena, const char *line)
{
	return pdf_read(arena, arena_printf(arena, "%%PDF-1.4\n%s\n", line), PDF_LINEWISE);
}

static void test_strings(void **state)
{
	static const char *const cases[][2] = {
		{ "/Title(\\101\\\\101)", "A\\101" },
		{ "/Title(a\\)b)", "a)b" },
		{ "/Title(open", NULL },
		{ "/Title<41 4 42 zz43>", "ABC" },
		{ "/Title<41", NULL },
		{ "/Title(open /Title<41>", "A" },
		{ "/Title   (three spaces)", NULL },
		{ "/Title()", "" },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct str_list *titles = &read_line(arena, cases[i][0])->details[PDF_TITLE];

		assert_int_equal(titles->len, cases[i][1] != NULL);
		if (titles->len > 0)
			assert_str(titles->items[0], cases[i][1]);
	}
	arena_free(arena);
}

static void test_links(void **state)
{
	static const char *const cases[][2] = {
		{ "  /URI (http://a.example/)", "http://a.example/" },
		{ "x /URI (http://a.example/)", NULL },
		{ "x /S/URI/URI(http://a.example/)", "http://a.example/" },
		{ "/URI (nodot)", NULL },
		{ "/URI (a\\000b.c)", NULL },
		{ "(http://short.e)>>", NULL },
		{ "(http://a.example/)>> (b)>>", "http://a.example/)>> (b" },
		{ "(ftp://a.example/abc)>>", NULL },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct str_list *uris = &read_line(arena, cases[i][0])->uris;

		assert_int_equal(uris->len, cases[i][1] != NULL);
		if (uris->len > 0)
			assert_str(uris->items[0], cases[i][1]);
	}
	arena_free(arena);
}

static void test_what_is_none(void **state)
{
	struct arena *arena = arena_new();
	char *far = arena_alloc(arena, 1100);

	(void)state;
	assert_null(pdf_read(arena, STR(""), PDF_LINEWISE));
	assert_null(pdf_read(arena, STR("%PDF-x"), PDF_LINEWISE));
	assert_null(pdf_read(arena, STR("%PDF-1."), PDF_LINEWISE));
	assert_non_null(pdf_read(arena, STR("\xef\xbb\xbf%PDF-1.4"), PDF_LINEWISE));
	memset(far, ' ', 1100);
	memcpy(far + 1024, "%PDF-1.4", 8);
	assert_non_null(pdf_read(arena, (struct str){ far, 1100 }, PDF_LINEWISE));
	memcpy(far + 1024, " %PDF-1.4", 9);
	assert_null(pdf_read(arena, (struct str){ far, 1100 }, PDF_LINEWISE));
	arena_free(arena);
}

/* Lines that would take quadratic time, were every "(" followed to its end. */
static void test_long_line(void **state)
{
	struct arena *arena = arena_new();
	struct strbuf text;

	(void)state;
	strbuf_init(&text, arena);
	strbuf_add(&text, STR("%PDF-1.4\n"));
	for (int i = 0; i < 200000; i++)
		strbuf_add(&text, STR("/Author(/S/URI/URI("));
	assert_int_equal(pdf_read(arena, strbuf_str(&text), PDF_LINEWISE)->details[PDF_AUTHOR].len,
	                 0);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file),      cmocka_unit_test(test_manners),
		cmocka_unit_test(test_sums),      cmocka_unit_test(test_strings),
		cmocka_unit_test(test_links),     cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
