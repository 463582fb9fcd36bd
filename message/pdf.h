/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a PDF file says about itself to a reader of its lines: who made it, how large its images
 * are, where its links lead. Streams are not unpacked. Linear in the file; lists are capped. All in
 * the given arena. Nothing fails: what is no PDF gives NULL, a broken one what can be read.
 */
#ifndef MESSAGE_PDF_H
#define MESSAGE_PDF_H

#include "base/md5.h"
#include "base/vec.h"

enum pdf_detail {
	PDF_AUTHOR,
	PDF_CREATOR,
	PDF_CREATED, /* digits: 20240131120000 */
	PDF_MODIFIED,
	PDF_PRODUCER,
	PDF_TITLE,
	PDF_DETAIL_COUNT,
};

/* Digits as the file has them. */
struct pdf_size {
	struct str height, width;
};

struct pdf_size_list {
	vec_members(struct pdf_size);
};

struct pdf {
	struct str version; /* "1.4" */
	bool encrypted;
	bool has_form;   /* AcroForm */
	bool has_script; /* JavaScript */
	bool has_action; /* that is run when something happens: AA, OpenAction */
	size_t image_count;
	double area;                /* of all images, in pixels */
	struct pdf_size_list sizes; /* of each image, and last the sums of all of them */
	struct str_list details[PDF_DETAIL_COUNT]; /* each value once, at most 256 bytes of it */
	struct str_list uris;                      /* that links lead to */
	/* Sums of the file; of its first lines without what differs from copy to copy; of the
	 * names of its dictionaries' keys. Empty where there is nothing to sum up. */
	char md5[MD5_HEX_LEN + 1];
	char lines_md5[MD5_HEX_LEN + 1];
	char keys_md5[MD5_HEX_LEN + 1];
};

enum pdf_manner {
	PDF_LINEWISE, /* as SpamAssassin 4.0.1 */
	/* As 4.0.3: width and height may have a line each, links may be in hexadecimal digits. */
	PDF_ACROSS_LINES,
};

/* Reads a file; NULL where "%PDF-" and a version are not among its first bytes. */
const struct pdf *pdf_read(struct arena *arena, struct str file, enum pdf_manner manner);
/* "author", "producer", …: SpamAssassin's names. False where the name is none. */
bool pdf_detail_named(struct str name, enum pdf_detail *detail_r);

#endif
