/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/md5.h"

#include <openssl/evp.h>

bool md5_hex(struct str text, char hex_r[MD5_HEX_LEN + 1])
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char sum[EVP_MAX_MD_SIZE];
	size_t size = 0;

	/* Also where the system's configuration asks for FIPS by default: nothing depends on it. */
	hex_r[0] = '\0';
	if (EVP_Q_digest(NULL, "MD5", "-fips", text.data, text.len, sum, &size) != 1 ||
	    size != MD5_HEX_LEN / 2)
		return false;
	for (size_t i = 0; i < size; i++) {
		hex_r[2 * i] = digits[sum[i] >> 4];
		hex_r[2 * i + 1] = digits[sum[i] & 0xf];
	}
	hex_r[MD5_HEX_LEN] = '\0';
	return true;
}
