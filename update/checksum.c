/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "update/checksum.h"

#include <openssl/evp.h>

bool checksum_matches(enum checksum_kind kind, struct str file, struct str text)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];
	char written[2 * EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct str word;

	if (!str_next_word(&file, &word) ||
	    EVP_Digest(text.data, text.len, digest, &len,
	               kind == CHECKSUM_SHA512 ? EVP_sha512() : EVP_sha256(), NULL) != 1)
		return false;
	for (unsigned i = 0; i < len; i++) {
		written[2 * i] = hex[digest[i] >> 4];
		written[2 * i + 1] = hex[digest[i] & 15];
	}
	return str_eq_ci(word, (struct str){ written, 2 * (size_t)len });
}
