/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/salvage_pages.h"

#include <string.h>

#define MAGIC        "SQLite format 3" /* with its NUL */
#define HEADER       100
#define DEFAULT_SIZE 4096
#define SIZE_MIN     512
#define SIZE_MAX_    65536
#define LOG_HEADER   32
#define FRAME_HEADER 24
#define LOG_MAGIC    0x377f0682u /* or one more: numbers of checksums are big-endian */

/* Where the header is damaged, the log may still tell. */
static size_t page_size(struct str file, struct str log)
{
	size_t size = 0;

	if (file.len >= HEADER && memcmp(file.data, MAGIC, sizeof(MAGIC)) == 0)
		size = salvage_u16(file.data + 16);
	else if (log.len >= LOG_HEADER && (salvage_u32(log.data) & ~1u) == LOG_MAGIC)
		size = salvage_u32(log.data + 8);
	if (size == 1)
		size = SIZE_MAX_;
	return size >= SIZE_MIN && size <= SIZE_MAX_ && (size & (size - 1)) == 0 ? size
	                                                                         : DEFAULT_SIZE;
}

struct str salvage_page(const struct salvage_pages *pages, uint32_t number)
{
	if (number == 0 || number > pages->count)
		return STR("");
	if (pages->logged != NULL && pages->logged[number - 1] != NULL)
		return (struct str){ pages->logged[number - 1], pages->size };
	if ((size_t)number * pages->size > pages->file.len)
		return STR("");
	return (struct str){ pages->file.data + (size_t)(number - 1) * pages->size, pages->size };
}

bool salvage_page_is_used(const struct salvage_pages *pages, uint32_t number)
{
	return number >= 1 && number <= pages->count && !pages->unused[number - 1];
}

/* The log: frames, each with a page, up to the last that ends a transaction. */

struct checksum {
	uint32_t a, b;
	bool big_endian;
};

static uint32_t checksum_word(const struct checksum *sum, const char *at)
{
	uint32_t word = salvage_u32(at);

	return sum->big_endian ? word : __builtin_bswap32(word);
}

static void checksum_add(struct checksum *sum, const char *data, size_t len)
{
	for (size_t i = 0; i + 8 <= len; i += 8) {
		sum->a += checksum_word(sum, data + i) + sum->b;
		sum->b += checksum_word(sum, data + i + 4) + sum->a;
	}
}

static bool frame_is_good(struct checksum *sum, const char *log, const char *frame, size_t size)
{
	checksum_add(sum, frame, 8);
	checksum_add(sum, frame + FRAME_HEADER, size);
	return memcmp(frame + 8, log + 16, 8) == 0 && salvage_u32(frame + 16) == sum->a &&
	       salvage_u32(frame + 20) == sum->b;
}

struct frames {
	struct str log;
	size_t frame_size;
	size_t count;   /* those of whole transactions */
	uint32_t pages; /* that the file has after the last of them */
};

static struct frames read_frames(struct str log, size_t size)
{
	struct frames frames = { log, FRAME_HEADER + size, 0, 0 };
	struct checksum sum = { 0 };

	if (log.len < LOG_HEADER || (salvage_u32(log.data) & ~1u) != LOG_MAGIC ||
	    salvage_u32(log.data + 8) != size)
		return frames;
	sum.big_endian = (salvage_u32(log.data) & 1) != 0;
	checksum_add(&sum, log.data, 24);
	for (size_t i = 0; LOG_HEADER + (i + 1) * frames.frame_size <= log.len; i++) {
		const char *frame = log.data + LOG_HEADER + i * frames.frame_size;

		if (!frame_is_good(&sum, log.data, frame, size))
			break;
		if (salvage_u32(frame + 4) == 0)
			continue;
		frames.count = i + 1;
		frames.pages = salvage_u32(frame + 4);
	}
	return frames;
}

/* No number in a log that is whole is beyond what the file and it have room for. */
static void lay_log_over(struct arena *arena, const struct frames *frames,
                         struct salvage_pages *pages)
{
	size_t most = pages->file.len / pages->size + frames->count;

	if (frames->count == 0)
		return;
	pages->count = frames->pages <= most ? frames->pages : (uint32_t)most;
	pages->logged = arena_calloc(arena, pages->count + 1u, sizeof(*pages->logged));
	for (size_t i = 0; i < frames->count; i++) {
		const char *frame = frames->log.data + LOG_HEADER + i * frames->frame_size;
		uint32_t number = salvage_u32(frame);

		if (number >= 1 && number <= pages->count)
			pages->logged[number - 1] = frame + FRAME_HEADER;
	}
}

/* The header says how much of the file is in use, where its own change is the last one. */
static void read_header(struct salvage_pages *pages)
{
	struct str first = salvage_page(pages, 1);
	uint32_t count;

	pages->usable = pages->size;
	pages->headless = first.len < HEADER || memcmp(first.data, MAGIC, sizeof(MAGIC)) != 0;
	if (pages->headless)
		return;
	if ((size_t)(unsigned char)first.data[20] + 480 <= pages->size)
		pages->usable -= (unsigned char)first.data[20];
	count = salvage_u32(first.data + 28);
	if (count >= 1 && count < pages->count && memcmp(first.data + 24, first.data + 92, 4) == 0)
		pages->count = count;
}

/* What was removed is still to be read on pages that are free. */
static void read_free_list(struct salvage_pages *pages)
{
	struct str page = salvage_page(pages, 1);
	uint32_t trunk = pages->headless ? 0 : salvage_u32(page.data + 32);

	while (salvage_page_is_used(pages, trunk)) {
		uint32_t leaves;

		pages->unused[trunk - 1] = 1;
		page = salvage_page(pages, trunk);
		leaves = page.len > 0 ? salvage_u32(page.data + 4) : 0;
		if (page.len == 0 || leaves > pages->usable / 4 - 2)
			return;
		for (uint32_t i = 0; i < leaves; i++) {
			uint32_t leaf = salvage_u32(page.data + 8 + 4 * (size_t)i);

			if (salvage_page_is_used(pages, leaf))
				pages->unused[leaf - 1] = 1;
		}
		trunk = salvage_u32(page.data);
	}
}

bool salvage_pages_open(struct arena *arena, struct str file, struct str log,
                        struct salvage_pages *pages_r)
{
	struct frames frames;
	size_t size = page_size(file, log);

	*pages_r = (struct salvage_pages){ .file = file, .size = size };
	pages_r->count = (uint32_t)(file.len / size < UINT32_MAX ? file.len / size : UINT32_MAX);
	frames = read_frames(log, size);
	lay_log_over(arena, &frames, pages_r);
	read_header(pages_r);
	pages_r->unused = arena_calloc(arena, (size_t)pages_r->count + 1, 1);
	read_free_list(pages_r);
	return pages_r->count > 0;
}
