/* SPDX-License-Identifier: GPL-3.0-or-later */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "rules/regex/pattern_tables.h"

#include <assert.h>
#include <pcre2.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory_insist.h"
#include "base/str.h"

/* PCRE2's tables begin with two of 256 bytes: in lower case, and in the other case. */
#define LOWER_CASE  0
#define OTHER_CASE  256
#define LENGTH_MAX  4096
#define CASE_BIT    0x20
#define MULTIPLIED  0xd7 /* × and ÷ stand in place of a letter */
#define DIVIDED     0xf7
#define SHARP_S     0xdf /* and these two have no other case among bytes */
#define Y_DIAERESIS 0xff

static unsigned char tables[LENGTH_MAX];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

unsigned char pattern_other_case(unsigned char byte)
{
	bool latin = byte >= 0xc0 && byte != MULTIPLIED && byte != DIVIDED && byte != SHARP_S &&
	             byte != Y_DIAERESIS;

	return latin || char_is_alpha((char)byte) ? byte ^ CASE_BIT : byte;
}

static void make_tables(void)
{
	const uint8_t *plain = MEMORY_INSIST(pcre2_maketables(NULL));
	uint32_t length = 0;

	pcre2_config(PCRE2_CONFIG_TABLES_LENGTH, &length);
	assert(length >= OTHER_CASE + 256 && length <= LENGTH_MAX);
	assert(plain[LOWER_CASE + 'A'] == 'a' && plain[OTHER_CASE + 'a'] == 'A');
	memcpy(tables, plain, length);
	pcre2_maketables_free(NULL, plain);
	for (unsigned c = 0; c < 256; c++) {
		unsigned char other = pattern_other_case((unsigned char)c);

		tables[LOWER_CASE + c] = (c & CASE_BIT) == 0 ? other : (unsigned char)c;
		tables[OTHER_CASE + c] = other;
	}
}

const unsigned char *pattern_tables(void)
{
	pthread_once(&tables_once, make_tables);
	return tables;
}
