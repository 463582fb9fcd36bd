/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/md5.h"

#include <string.h>

#define BLOCK 64

/* The sines of RFC 1321 section 3.4, times 2^32. */
static const uint32_t sines[BLOCK] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613,
	0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193,
	0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,
	0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,
	0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122,
	0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
	0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244,
	0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
	0xeb86d391,
};

static const unsigned shifts[4][4] = {
	{ 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 }
};

static uint32_t little_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/* What round `round` mixes in, and the word that its step takes. */
static uint32_t mix(unsigned round, uint32_t b, uint32_t c, uint32_t d, unsigned step,
                    unsigned *word_r)
{
	switch (round) {
	case 0:
		*word_r = step;
		return (b & c) | (~b & d);
	case 1:
		*word_r = (5 * step + 1) % 16;
		return (d & b) | (~d & c);
	case 2:
		*word_r = (3 * step + 5) % 16;
		return b ^ c ^ d;
	default:
		*word_r = 7 * step % 16;
		return c ^ (b | ~d);
	}
}

static void add_block(uint32_t state[4], const unsigned char block[BLOCK])
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];

	for (unsigned step = 0; step < BLOCK; step++) {
		unsigned word, shift = shifts[step / 16][step % 4];
		uint32_t sum = a + mix(step / 16, b, c, d, step, &word) + sines[step];

		sum += little_endian(block + 4 * (size_t)word);
		a = d;
		d = c;
		c = b;
		b += sum << shift | sum >> (32 - shift);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

void md5_hex(struct str text, char hex_r[MD5_HEX_LEN + 1])
{
	static const char digits[] = "0123456789ABCDEF";
	uint32_t state[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
	unsigned char last[2 * BLOCK] = { 0 };
	uint64_t bits = (uint64_t)text.len * 8;
	size_t rest = text.len % BLOCK, end = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;

	for (size_t i = 0; i + BLOCK <= text.len; i += BLOCK)
		add_block(state, (const unsigned char *)text.data + i);
	if (rest > 0)
		memcpy(last, text.data + text.len - rest, rest);
	last[rest] = 0x80;
	for (size_t i = 0; i < 8; i++)
		last[end - 8 + i] = (unsigned char)(bits >> (8 * i));
	for (size_t i = 0; i < end; i += BLOCK)
		add_block(state, last + i);
	for (size_t i = 0; i < MD5_HEX_LEN / 2; i++) {
		unsigned byte = state[i / 4] >> (8 * (i % 4)) & 0xff;

		hex_r[2 * i] = digits[byte >> 4];
		hex_r[2 * i + 1] = digits[byte & 0xf];
	}
	hex_r[MD5_HEX_LEN] = '\0';
}
